"""What every request of the record store has in common: version, headers, the body, and how statements are shown."""

from contextlib import suppress
from datetime import datetime
from uuid import UUID

from flask import Response, current_app, g, jsonify, request
from flask_babel import gettext
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection

from lms.clock import now
from lms.db import reading, transaction
from lms.errors import N_, DomainError, TooLarge
from lms.outages import passes
from lms.settings import Settings
from lms.xapi import access, alternate, consistency, cors, queries, rules, service

VERSION = "X-Experience-API-Version"
CONSISTENT = "X-Experience-API-Consistent-Through"


def begin() -> None:
    """Settle the version before anything else; /about needs none (xAPI 1.0.3, Communication 2.8, 3.3).

    Where statements are brought, a wrong one is refused once it is known who sends, so that they can be kept.
    """
    settings: Settings = current_app.extensions["settings"]
    problem: DomainError | None = request.environ.get(alternate.PROBLEM)
    if problem is not None:
        raise problem
    if request.method == "OPTIONS":
        # A preflight asks without a version; automatic options answer it.
        return
    # A body that comes in chunks is cut here without a word; the byte too many shows that it was.
    request.max_content_length = settings.xapi_max_body_bytes + 1
    if request.endpoint == "xapi.about":
        return
    try:
        version()
    except rules.VersionError:
        if request.endpoint not in ("xapi.post_statements", "xapi.put_statement"):
            raise


def version() -> str:
    """The version under which this request is served; VersionError where there is none."""
    if "xapi_version" not in g:
        g.xapi_version = rules.negotiate(request.headers.get(VERSION))
    return str(g.xapi_version)


def told_version() -> str:
    """The version that the reply names, also where the request names none that is served."""
    settings: Settings = current_app.extensions["settings"]
    with suppress(rules.VersionError):
        return version()
    return settings.xapi_default_version


def finish(response: Response) -> Response:
    """Every reply names the version, every one of GET /statements up to when it is complete; a 401 asks for Basic."""
    settings: Settings = current_app.extensions["settings"]
    response.headers[VERSION] = told_version()
    cors.add(response, settings.xapi_cors_origins)
    if response.status_code == 401:
        response.headers["WWW-Authenticate"] = 'Basic realm="xAPI"'
    if request.endpoint == "xapi.get_statements" and response.status_code < 500:
        # What is refused needs no database, and is told so also where there is none just now.
        with suppress(OperationalError, NoConnection):
            response.headers[CONSISTENT] = rules.timestamp(consistent_through())
    return response


def consistent_through() -> datetime:
    """Up to when everything stored can be read, as of the first call in this request, which ends what is being read."""
    if "consistent_through" not in g:
        g.consistent_through = consistency.consistent_through(reading())
    through: datetime = g.consistent_through
    return through


def needed(parameter: str) -> str:
    """The one value of a parameter that the request needs; ParameterError if it is missing or repeated."""
    values = request.args.getlist(parameter)
    if not values:
        raise rules.ParameterError(N_("This parameter is needed."), place=parameter)
    if len(values) > 1:
        raise rules.ParameterError(N_("This parameter stands twice."), place=parameter)
    return values[0]


def content() -> bytes:
    """The whole body of the request, whatever it is; TooLarge beyond the limit."""
    settings: Settings = current_app.extensions["settings"]
    most = settings.xapi_max_body_bytes
    _check_size(request.content_length or 0, most)
    sent = request.get_data()
    _check_size(len(sent), most)
    return sent


def body() -> rules.Body:
    """The statements of the request, and the contents of their attachments (Communication 1.5)."""
    if request.mimetype == "application/json":
        return rules.Body(statements=content(), contents={})
    if request.mimetype == "multipart/mixed":
        return rules.body_of_parts(rules.read_parts(content(), request.mimetype_params.get("boundary")))
    raise rules.StatementError(
        N_("The Content-Type must be application/json, or multipart/mixed with attachments; it is “%(kind)s”."),
        kind=request.mimetype,
    )


def _check_size(size: int, most: int) -> None:
    if size > most:
        raise TooLarge(N_("A request may have %(most)s bytes; this one has more."), most=most)


def only(*parameters: str) -> None:
    """Refuse every other parameter (xAPI 1.0.3, Communication 3.2)."""
    unknown = set(request.args) - set(parameters) if request.query_string else set()
    if unknown:
        raise rules.ParameterError(N_("There is no such parameter; the case of letters counts."), place=min(unknown))


def no_parameters() -> None:
    """POST /statements and GET /about have none."""
    only()


def statement_id() -> UUID:
    """The one parameter of PUT /statements."""
    only("statementId")
    query = rules.parse_filters(request.args.items(multi=True), version=version())
    if query.statement_id is None:
        raise rules.ParameterError(N_("This parameter is needed."), place="statementId")
    return query.statement_id


def shown(found: queries.Found, query: rules.StatementQuery) -> str:
    """The statement as JSON text in the format asked for."""
    if query.format == "ids":
        return rules.write(rules.as_ids(found.payload))
    if query.format == "canonical":
        languages = rules.accepted_languages(request.headers.get("Accept-Language"))
        return rules.write(rules.as_canonical(found.payload, languages))
    return rules.as_exact(found.payload)


def error(status: int, template: str) -> Response:
    """An error that is an answer like any other, not a refusal."""
    response = jsonify({"error": gettext(template)})
    response.status_code = status
    return response


def touch(credential: queries.CredentialInfo) -> None:
    """Note the use of the credential, once a minute at most.

    While somebody else writes, it is left to a later request: nobody who reads should wait for that.
    """
    moment = now()
    if access.is_use_noted(credential, moment):
        return
    try:
        with transaction(waits=False) as session:
            service.use_credential(
                session,
                organisation_id=credential.organisation_id,
                credential_id=credential.id,
                now=moment,
            )
    except OperationalError as error:
        if not passes(error):
            raise
