"""Statements as replies: one by its id, or a page of those that match."""

from urllib.parse import quote, urlencode
from uuid import UUID

from flask import Response, request, url_for

from lms.db import reading
from lms.errors import N_, DomainError
from lms.xapi import protocol, queries, rules

MOST_AT_ONCE = 100
"""Statements on one page of GET /statements, whatever `limit` asks for."""


def one(credential: queries.CredentialInfo, query: rules.StatementQuery, sent_by: UUID | None) -> Response:
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


def page(credential: queries.CredentialInfo, query: rules.StatementQuery, sent_by: UUID | None) -> Response:
    found = queries.statements(
        reading(),
        organisation_id=credential.organisation_id,
        query=query,
        limit=MOST_AT_ONCE if query.limit == 0 else min(query.limit, MOST_AT_ONCE),
        sent_by=sent_by,
    )
    more = "" if found.more is None else _address(found.more)
    listed = ",".join(protocol.shown(statement, query) for statement in found.statements)
    return Response(f'{{"statements":[{listed}],"more":{rules.write(more)}}}', mimetype="application/json")


def _address(cursor: rules.Cursor) -> str:
    """The next page, relative to this server. A space is %20 in it: a + would be read as one by some, by others not."""
    kept = [(name, value) for name, value in request.args.items(multi=True) if name != "cursor"]
    following = urlencode([*kept, ("cursor", rules.encode_cursor(cursor))], quote_via=quote)
    return f"{url_for('xapi.get_statements')}?{following}"
