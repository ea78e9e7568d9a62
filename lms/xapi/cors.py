"""Content in a browser may come from another address: which ones may ask, and what they may see (Fetch, CORS protocol).

The origins are the operator's decision; without one no other page can use the record store from a browser. Credentials
travel in a header that the content sets itself, so cookies are never let through.
"""

from flask import Response, request

METHODS = "GET, HEAD, PUT, POST, DELETE, OPTIONS"
ASKED = (
    "Accept, Accept-Language, Authorization, Content-Type, If-Match, If-None-Match, "
    "X-Experience-API-Version, X-Experience-API-Hash"
)
SHOWN = (
    "Content-Length, Content-Type, Date, ETag, Last-Modified, Retry-After, "
    "X-Experience-API-Version, X-Experience-API-Consistent-Through"
)
SECONDS_TO_REMEMBER = "7200"


def add(response: Response, allowed: tuple[str, ...]) -> None:
    """Tell the browser whether the page that asks may see the reply, and after a preflight what it may send."""
    response.headers.add("Vary", "Origin")
    origin = request.headers.get("Origin")
    if origin is None or not ("*" in allowed or origin in allowed):
        return
    response.headers["Access-Control-Allow-Origin"] = "*" if "*" in allowed else origin
    response.headers["Access-Control-Expose-Headers"] = SHOWN
    if request.method == "OPTIONS":
        response.headers["Access-Control-Allow-Methods"] = METHODS
        response.headers["Access-Control-Allow-Headers"] = ASKED
        response.headers["Access-Control-Max-Age"] = SECONDS_TO_REMEMBER
