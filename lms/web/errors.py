"""The one place where an error becomes an answer: a page, a fragment for htmx, or JSON."""

from typing import Any

from flask import Flask, Response, current_app, jsonify, make_response, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_login import current_user
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection
from werkzeug.exceptions import HTTPException

from lms.db import Again
from lms.errors import N_, DomainError, NotSignedIn, Problems, TooMany, Unavailable
from lms.outages import passes

TITLES = {
    400: N_("That cannot be read"),
    401: N_("Please sign in"),
    403: N_("You may not do this"),
    404: N_("There is nothing here"),
    405: N_("That is not possible here"),
    409: N_("That contradicts what is recorded"),
    413: N_("That is too large"),
    422: N_("Something needs to be corrected"),
    429: N_("Too many tries"),
    500: N_("Something went wrong on our side"),
    503: N_("The database cannot be reached"),
}


def init(app: Flask) -> None:
    """Register the handlers."""
    app.register_error_handler(DomainError, _domain_error)
    app.register_error_handler(CSRFError, _csrf_error)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(OperationalError, _database_error)
    app.register_error_handler(NoConnection, _unavailable)
    app.register_error_handler(Again, _unavailable)
    app.register_error_handler(Exception, _unexpected)
    app.jinja_env.globals["explain_error"] = told


def told(error: DomainError) -> str:
    """The error's message in the reader's language."""
    text: str = gettext(error.template)
    return text % error.params if error.params else text


def _domain_error(error: DomainError) -> Any:
    if isinstance(error, NotSignedIn) and not _wants_json():
        return redirect(url_for("people.sign_in", next=request.full_path.rstrip("?")))
    problems = error.problems if isinstance(error, Problems) else ()
    response = _answer(error.status, told(error), place=error.place, problems=problems)
    if isinstance(error, TooMany | Unavailable):
        response.headers["Retry-After"] = str(error.retry_after)
    return response


def _csrf_error(error: CSRFError) -> Any:
    # A script of ours can have its user sign in, and send again what it has kept.
    if _wants_json() and not current_user.is_authenticated:
        return _domain_error(NotSignedIn(N_("Please sign in.")))
    return _answer(400, gettext("The page was open for too long. Go back, load it again and repeat what you did."))


def _http_error(error: HTTPException) -> Any:
    if error.code is None or error.code < 400:
        return error
    response = _answer(error.code, "")
    for name, value in error.get_headers():
        if name.lower() != "content-type":
            response.headers[name] = value
    return response


def _database_error(error: OperationalError) -> Any:
    """503 only where sending again may help: a sender would repeat a mistake of ours for ever."""
    if not passes(error):
        return _unexpected(error)
    return _unavailable(error)


def _unavailable(error: Exception) -> Any:
    """The same request may be sent again: the database was out of reach or busy, or others were faster every time.

    A line for each: senders that go on trying for a night without a database must fill no disk.
    """
    first_line = str(error).strip().partition("\n")[0]
    current_app.logger.error("%s %s could not be answered: %s", request.method, _place(), first_line)
    return _domain_error(Unavailable(N_("Nothing was lost. Please try again in a moment.")))


def _unexpected(error: Exception) -> Any:
    current_app.logger.error("%s %s failed", request.method, _place(), exc_info=error)
    return _answer(500, gettext("Nothing was changed. The administrator finds the cause in the server's log."))


def _place() -> str:
    """The path, but for one that holds a token: whoever reads the log must not be able to use it."""
    rule = request.url_rule
    return rule.rule if rule is not None and "token" in rule.arguments else request.path


def _wants_json() -> bool:
    best = request.accept_mimetypes.best_match(["text/html", "application/json"], default="text/html")
    return request.blueprint == "xapi" or request.path.startswith("/xapi") or best == "application/json"


def _answer(status: int, message: str, *, place: str = "", problems: tuple[DomainError, ...] = ()) -> Response:
    if _wants_json():
        body: dict[str, Any] = {"error": message or gettext(TITLES.get(status, TITLES[400]))}
        if place:
            body["place"] = place
        if problems:
            body["problems"] = [{"place": problem.place, "message": told(problem)} for problem in problems]
        response = jsonify(body)
    else:
        template = "web/_error.html" if request.headers.get("HX-Request") else "web/error.html"
        title = gettext(TITLES.get(status, TITLES[400]))
        response = make_response(
            render_template(template, status=status, title=title, message=message, problems=problems)
        )
    response.status_code = status
    return response
