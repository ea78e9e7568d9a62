"""Statements as replies: one by its id, or a page of those that match; with the contents of attachments if asked."""

import secrets
from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import quote, urlencode
from uuid import UUID

from flask import Response, request, stream_with_context, url_for

from lms.db import reading
from lms.errors import N_, DomainError
from lms.xapi import protocol, queries, rules

MOST_AT_ONCE = 100
"""Statements on one page of GET /statements, whatever `limit` asks for."""
MOST_BYTES = 32 * 1024 * 1024
"""Contents of attachments on one page together, unless a single statement has more."""


def one(credential: queries.CredentialInfo, query: rules.StatementQuery, sent_by: UUID | None) -> Response:
    """The statement with the id that is asked for, or a 404."""
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
    response = _reply(credential, query, [found], protocol.shown(found, query))
    response.last_modified = found.stored
    return response


def page(credential: queries.CredentialInfo, query: rules.StatementQuery, sent_by: UUID | None) -> Response:
    """A page of the statements that match, and where the next one begins."""
    found = queries.statements(
        reading(),
        organisation_id=credential.organisation_id,
        query=query,
        limit=MOST_AT_ONCE if query.limit == 0 else min(query.limit, MOST_AT_ONCE),
        sent_by=sent_by,
    )
    if query.attachments:
        found = _cut(credential, query, found)
    more = "" if found.more is None else _address(found.more)
    listed = ",".join(protocol.shown(statement, query) for statement in found.statements)
    return _reply(credential, query, found.statements, f'{{"statements":[{listed}],"more":{rules.write(more)}}}')


def _address(cursor: rules.Cursor) -> str:
    """The next page, relative to this server. A space is %20 in it: a + would be read as one by some, by others not."""
    kept = [(name, value) for name, value in request.args.items(multi=True) if name != "cursor"]
    following = urlencode([*kept, ("cursor", rules.encode_cursor(cursor))], quote_via=quote)
    return f"{url_for('xapi.get_statements')}?{following}"


def _cut(credential: queries.CredentialInfo, query: rules.StatementQuery, found: queries.Page) -> queries.Page:
    """The page as far as the contents of its attachments stay below MOST_BYTES, but one statement at least."""
    hashes = [_hashes(one) for one in found.statements]
    sizes = _sizes(credential, found.statements)
    seen: set[str] = set()
    total = 0
    for number, named in enumerate(hashes):
        total += sum(sizes.get(sha2, 0) for sha2 in named.keys() - seen)
        seen |= named.keys()
        if number > 0 and total > MOST_BYTES:
            last = found.statements[number - 1]
            more = rules.Cursor(stored=last.stored, id=last.id, ascending=query.ascending)
            return queries.Page(statements=found.statements[:number], more=more)
    return found


def _hashes(found: queries.Found) -> Mapping[str, rules.AttachmentRef]:
    """The attachments of a statement by their SHA-2 in lower case."""
    return {one.sha2.lower(): one for one in rules.attachments_of(found.payload)}


def _sizes(credential: queries.CredentialInfo, statements: Sequence[queries.Found]) -> dict[str, int]:
    named = {sha2 for found in statements for sha2 in _hashes(found)}
    return queries.attachment_sizes(reading(), organisation_id=credential.organisation_id, sha2=named)


def _reply(
    credential: queries.CredentialInfo, query: rules.StatementQuery, statements: Sequence[queries.Found], text: str
) -> Response:
    """JSON, or multipart/mixed where attachments are asked for, be there any or not (Communication 2.1.3)."""
    if not query.attachments:
        return Response(text, mimetype="application/json")
    named = {sha2: one for found in statements for sha2, one in _hashes(found).items()}
    sizes = _sizes(credential, statements)
    boundary = secrets.token_hex(24)
    heads = {sha2: _head(boundary, named[sha2]) for sha2 in sizes}
    first = f"--{boundary}\r\nContent-Type: application/json\r\n\r\n{text}".encode()
    last = f"\r\n--{boundary}--\r\n".encode()
    response = Response(
        stream_with_context(_parts(credential, first, heads, last)),
        content_type=f"multipart/mixed; boundary={boundary}",
    )
    response.content_length = len(first) + len(last) + sum(len(heads[sha2]) + size for sha2, size in sizes.items())
    return response


def _head(boundary: str, attachment: rules.AttachmentRef) -> bytes:
    lines = (
        "",
        f"--{boundary}",
        f"Content-Type: {attachment.content_type}",
        "Content-Transfer-Encoding: binary",
        f"X-Experience-API-Hash: {attachment.sha2}",
    )
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def _parts(
    credential: queries.CredentialInfo, first: bytes, heads: Mapping[str, bytes], last: bytes
) -> Iterator[bytes]:
    """One content at a time: a page of large ones must not fill the memory.

    However slowly they are taken, that holds no connection to the database: contents never change.
    """
    reading().rollback()
    yield first
    for sha2, head in heads.items():
        content = queries.attachment(reading(), organisation_id=credential.organisation_id, sha2=sha2)
        reading().rollback()
        yield head + content
    yield last
