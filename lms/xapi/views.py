"""The addresses of the learning record store, under /xapi."""

from collections.abc import Sequence
from functools import partial
from urllib.parse import quote, urlencode
from uuid import UUID

from flask import Blueprint, Response, current_app, jsonify, request, url_for
from sqlalchemy.orm import Session

from lms.clock import now
from lms.db import reading, retrying
from lms.errors import N_, DomainError
from lms.people.guards import public
from lms.settings import Settings
from lms.xapi import access, protocol, queries, rules, service

blueprint = Blueprint("xapi", __name__, url_prefix="/xapi")
blueprint.before_request(protocol.begin)
blueprint.after_request(protocol.finish)

MOST_AT_ONCE = 100
"""Statements on one page of GET /statements, whatever `limit` asks for."""


@blueprint.get("/about")
@public
def about() -> Response:
    """Which versions are served (xAPI 1.0.3, Communication 2.8). No header and no credential needed."""
    return jsonify({"version": ["1.0.3", "2.0.0"]})


@blueprint.post("/statements")
@public
def post_statements() -> Response:
    """Store one statement or an array of them; answers their ids (Communication 2.1.2)."""
    protocol.only()
    return jsonify([str(one) for one in _store(None)])


@blueprint.put("/statements")
@public
def put_statement() -> Response:
    """Store one statement under the id in the address (Communication 2.1.1)."""
    _store(protocol.statement_id())
    return Response(status=204)


@blueprint.get("/statements")
@public
def get_statements() -> Response:
    """One statement by its id, or a page of those that match (Communication 2.1.3)."""
    credential = access.credential(reading(), request, scopes=access.READ_MINE, now=now())
    query = rules.parse_filters(request.args.items(multi=True), version=protocol.version())
    sent_by = None if access.READ & set(credential.scopes) else credential.id
    protocol.touch(credential)
    # What commits after this may be missing from the page, so it must not be promised.
    protocol.consistent_through()
    if query.statement_id is not None or query.voided_statement_id is not None:
        return _one(credential, query, sent_by)
    return _page(credential, query, sent_by)


def _store(statement_id: UUID | None) -> Sequence[UUID]:
    """Take in, check and store. `stored` is read once the body is here, at most STAMPED_WITHIN before the transaction.

    So a request that is refused holds up nobody, and Consistent-Through can be told from the open transactions.
    """
    settings: Settings = current_app.extensions["settings"]
    credential = access.credential(reading(), request, scopes=access.WRITE, now=now())
    # However slowly the body comes in, it holds no connection to the database meanwhile.
    reading().rollback()
    prepare = partial(
        rules.prepare,
        protocol.body(),
        version=protocol.version(),
        authority=access.authority(credential, settings.public_url),
        statement_id=statement_id,
        most=settings.xapi_max_statements,
    )
    moment = now()
    prepared = prepare(now=moment)
    rules.require_content(prepared, ())

    def work(session: Session) -> service.Stored:
        began = now()
        return service.store_now(
            session,
            organisation_id=credential.organisation_id,
            # Who waited for a connection or for the write lock is stamped anew.
            prepared=prepared if began - moment <= protocol.STAMPED_WITHIN else prepare(now=began),
            credential_id=credential.id,
            dialects=current_app.extensions["dialects"] if settings.is_sqlite else None,
            now=began,
        )

    stored = retrying(work)
    protocol.touch(credential)
    return stored.ids


def _one(credential: queries.CredentialInfo, query: rules.StatementQuery, sent_by: UUID | None) -> Response:
    wanted = query.statement_id or query.voided_statement_id
    if wanted is None:
        raise DomainError(N_("statementId or voidedStatementId is needed."))
    found = queries.statement(
        reading(),
        organisation_id=credential.organisation_id,
        statement_id=wanted,
        voided=query.voided_statement_id is not None,
        sent_by=sent_by,
    )
    if found is None:
        return protocol.error(404, N_("There is no such statement."))
    response = Response(protocol.shown(found, query), mimetype="application/json")
    response.last_modified = found.stored
    return response


def _page(credential: queries.CredentialInfo, query: rules.StatementQuery, sent_by: UUID | None) -> Response:
    page = queries.statements(
        reading(),
        organisation_id=credential.organisation_id,
        query=query,
        limit=MOST_AT_ONCE if query.limit == 0 else min(query.limit, MOST_AT_ONCE),
        sent_by=sent_by,
    )
    more = "" if page.more is None else _address(page.more)
    listed = ",".join(protocol.shown(found, query) for found in page.statements)
    return Response(f'{{"statements":[{listed}],"more":{rules.write(more)}}}', mimetype="application/json")


def _address(cursor: rules.Cursor) -> str:
    """The next page, relative to this server. A space is %20 in it: a + would be read as one by some, by others not."""
    kept = [(name, value) for name, value in request.args.items(multi=True) if name != "cursor"]
    following = urlencode([*kept, ("cursor", rules.encode_cursor(cursor))], quote_via=quote)
    return f"{url_for('xapi.get_statements')}?{following}"
