"""The alternate request syntax of xAPI 1.0.x: a POST whose form holds another request (1.0.3, Communication 1.3).

Old browsers could send nothing else to another address. The request inside is what the application is given; what is
wrong with it goes along as `PROBLEM`, so that it is answered like any other error.
"""

from collections.abc import Callable, Iterable
from io import BytesIO
from typing import Any
from urllib.parse import parse_qsl, urlencode

from lms.errors import N_, DomainError, TooLarge
from lms.xapi.rules import V1, StatementError, VersionError, negotiate

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
PROBLEM = "lms.xapi.problem"
METHODS = ("GET", "HEAD", "PUT", "POST", "DELETE")
HEADERS = (
    "accept",
    "accept-language",
    "authorization",
    "content-length",
    "content-type",
    "if-match",
    "if-none-match",
    "x-experience-api-version",
)
FORM = "application/x-www-form-urlencoded"


def with_alternate_syntax(application: Wsgi, most_bytes: int) -> Wsgi:
    """The application, which is given the request inside a form as if it had come by itself."""

    def served(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] == "POST" and environ.get("PATH_INFO", "").startswith("/xapi/"):
            asked = parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True)
            if "method" in dict(asked):
                environ = _inner(environ, asked, most_bytes)
        return application(environ, start_response)

    return served


def _inner(environ: dict[str, Any], asked: list[tuple[str, str]], most_bytes: int) -> dict[str, Any]:
    try:
        return _rewritten(environ, asked, most_bytes)
    except DomainError as error:
        return {**environ, PROBLEM: error, "QUERY_STRING": "", "wsgi.input": BytesIO(), "CONTENT_LENGTH": "0"}


def _rewritten(environ: dict[str, Any], asked: list[tuple[str, str]], most_bytes: int) -> dict[str, Any]:
    if len(asked) > 1:
        raise StatementError(N_("With the alternate request syntax, method is the only parameter of the address."))
    method = asked[0][1]
    if method not in METHODS:
        raise StatementError(
            N_("%(method)s is not one of %(methods)s."), place="method", method=method, methods=", ".join(METHODS)
        )
    headers, parameters, content = _sorted(_form(environ, most_bytes))
    inner = {**environ, "REQUEST_METHOD": method, "QUERY_STRING": urlencode(parameters)}
    inner["wsgi.input"], inner["CONTENT_TYPE"] = BytesIO(content), headers.pop("content-type", "application/json")
    headers.pop("content-length", None)
    inner["CONTENT_LENGTH"] = str(len(content))
    inner.pop("HTTP_TRANSFER_ENCODING", None)
    inner |= {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()}
    if negotiate(inner.get("HTTP_X_EXPERIENCE_API_VERSION")) != V1:
        raise VersionError(N_("The alternate request syntax belongs to 1.0.x; under 2.0 send the request itself."))
    return inner


def _form(environ: dict[str, Any], most_bytes: int) -> list[tuple[str, str]]:
    kind = environ.get("CONTENT_TYPE", "").partition(";")[0].strip().lower()
    if kind != FORM:
        raise StatementError(N_("The alternate request syntax is a form, %(form)s."), form=FORM)
    length = environ.get("CONTENT_LENGTH") or ""
    stream = environ["wsgi.input"]
    if length.isascii() and length.isdigit():
        body = stream.read(min(int(length), most_bytes + 1))
    else:
        body = stream.read(most_bytes + 1) if environ.get("wsgi.input_terminated") else b""
    if len(body) > most_bytes:
        raise TooLarge(N_("A request may have %(most)s bytes; this one has more."), most=most_bytes)
    try:
        return parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="strict")
    except ValueError:
        raise StatementError(N_("The form is not percent-encoded UTF-8.")) from None


def _sorted(form: list[tuple[str, str]]) -> tuple[dict[str, str], list[tuple[str, str]], bytes]:
    """What of the form are headers, by their names in lower case, what are parameters, and the body."""
    headers: dict[str, str] = {}
    parameters: list[tuple[str, str]] = []
    content: str | None = None
    for name, value in form:
        if name.lower() in HEADERS:
            if not value.isascii() or not value.isprintable():
                raise StatementError(N_("A header has characters that none may have."), place=name)
            headers[name.lower()] = value
        elif name == "content":
            if content is not None:
                raise StatementError(N_("This parameter stands twice."), place="content")
            content = value
        else:
            parameters.append((name, value))
    return headers, parameters, (content or "").encode()
