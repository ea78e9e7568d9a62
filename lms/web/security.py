"""The headers that every reply carries. No page has an inline script or style, so the policy allows none."""

from itertools import chain

from flask import Flask, Request, Response, request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface

from lms.errors import N_, DomainError
from lms.settings import Settings

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "worker-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
TWO_YEARS = "max-age=63072000"


class PageSessions(SecureCookieSessionInterface):
    """Pages have a session, by a signed cookie. The record store knows credentials only, and looks at no cookie."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """The session of a page; one that holds nothing, and keeps nothing, for the record store."""
        is_page = not request.path.startswith("/xapi/")
        return super().open_session(app, request) if is_page else self.make_null_session(app)


def headers(*, https: bool) -> dict[str, str]:
    """What is sent where a view has not set its own; HSTS only where people come by HTTPS."""
    return HEADERS | ({"Strict-Transport-Security": TWO_YEARS} if https else {})


def init(app: Flask) -> None:
    """Add the headers to every reply. Pages name people, so no cache keeps them unless a view says it may."""
    settings: Settings = app.extensions["settings"]
    defaults = headers(https=settings.is_https)

    def add(response: Response) -> Response:
        kept_out = {"Cache-Control": "no-store"} if response.mimetype == "text/html" else {}
        own = {name.lower() for name in response.headers.keys()}  # noqa: SIM118  (as a mapping it gives pairs)
        for name, value in (defaults | kept_out).items():
            if name.lower() not in own:
                response.headers.add(name, value)
        return response

    app.session_interface = PageSessions()
    app.before_request(refuse_nul)
    app.after_request(add)


def refuse_nul() -> None:
    """Refuse a character that no text has, and that PostgreSQL cannot keep, before it reaches any room."""
    sent = [request.path]
    if request.query_string:
        sent += chain(*request.args.listvalues())
    if request.mimetype in ("application/x-www-form-urlencoded", "multipart/form-data"):
        sent += chain(*request.form.listvalues())
    if any("\0" in text for text in sent):
        raise DomainError(N_("What was sent holds a character that no text has (NUL)."))
