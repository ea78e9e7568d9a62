"""All statements that match, as a file holds them, and how far a file was brought in. Part of `queries`."""

import heapq
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, exists, literal, select
from sqlalchemy import tuple_ as row_value
from sqlalchemy.orm import Session

from lms.xapi import rules, shapes
from lms.xapi.consistency import consistent_through
from lms.xapi.document_models import ImportRow
from lms.xapi.models import StatementLink, StatementRow
from lms.xapi.statement_queries import Found, Page, statements

AT_ONCE = 500
_Portion = Callable[[rules.StatementQuery], Page]


@dataclass(frozen=True, kw_only=True, slots=True)
class ImportProgress:
    """How far a file was brought in: so many bytes of its content, uncompressed, and the line that ends there."""

    ends: int
    lines: int


def import_progress(session: Session, *, organisation_id: int, file_key: bytes) -> ImportProgress | None:
    """How far the import of the file with this key has come; None for one that was not begun. One query."""
    wanted = select(ImportRow.ends, ImportRow.lines).where(
        ImportRow.organisation_id == organisation_id, ImportRow.file_key == file_key
    )
    row = session.execute(wanted).one_or_none()
    return None if row is None else ImportProgress(ends=row.ends, lines=row.lines)


def readable_through(session: Session) -> datetime | None:
    """Up to when a list may be read that goes on later from its last statement; None on SQLite, which has no limit.

    What SQLite's one writer commits is stored later than all that can be read, while on PostgreSQL something stored
    earlier may still come. Ends the reading of the session.
    """
    if session.get_bind().dialect.name == "sqlite":
        session.rollback()
        return None
    return consistent_through(session)


def exported(
    session: Session,
    *,
    organisation_id: int,
    query: rules.StatementQuery,
    sent_by: UUID | None = None,
    with_voided: bool = True,
) -> Iterator[Found]:
    """The statements that match, the oldest first, read a portion at a time; what comes in meanwhile may be left out.

    They are those of GET /statements, and with `with_voided` also those of them that are voided, in their places. So
    the next export goes on after the moment at which the last of them was stored. No transaction stays open while the
    caller writes. Two queries for 500 statements at most, one more where several filters are given.
    """
    through = readable_through(session)
    until = query.until if through is None or (query.until is not None and query.until < through) else through
    asked = replace(query, ascending=True, until=until, cursor=None)

    def shown(part: rules.StatementQuery) -> Page:
        return statements(session, organisation_id=organisation_id, query=part, limit=AT_ONCE, sent_by=sent_by)

    def hidden(part: rules.StatementQuery) -> Page:
        return _voided(session, organisation_id=organisation_id, query=part, sent_by=sent_by)

    sources = (shown, hidden) if with_voided else (shown,)
    every = [_all(session, source, asked) for source in sources]
    return heapq.merge(*every, key=lambda found: (found.stored, found.id))


def _all(session: Session, portion: _Portion, query: rules.StatementQuery) -> Iterator[Found]:
    cursor: rules.Cursor | None = None
    while True:
        page = portion(replace(query, cursor=cursor))
        session.rollback()
        yield from page.statements
        cursor = page.more
        if cursor is None:
            return


def _voided(session: Session, *, organisation_id: int, query: rules.StatementQuery, sent_by: UUID | None) -> Page:
    """Voided statements that match by themselves: no reference leads to them. One query."""
    wanted = _matching(organisation_id, query)
    if sent_by is not None:
        wanted = wanted.where(StatementRow.credential_id == sent_by)
    if query.cursor is not None:
        last = literal(query.cursor.stored, StatementRow.stored.type), literal(query.cursor.id, StatementRow.id.type)
        wanted = wanted.where(row_value(StatementRow.stored, StatementRow.id) > row_value(*last))
    rows = session.execute(wanted.order_by(StatementRow.stored, StatementRow.id).limit(AT_ONCE + 1))
    found = [Found(**row._asdict()) for row in rows]
    shown = tuple(found[:AT_ONCE])
    goes_on = len(found) > AT_ONCE
    more = rules.Cursor(stored=shown[-1].stored, id=shown[-1].id, ascending=True) if goes_on else None
    return Page(statements=shown, more=more)


def _matching(organisation_id: int, query: rules.StatementQuery) -> Select[UUID, datetime, str]:
    wanted = select(StatementRow.id, StatementRow.stored, StatementRow.payload).where(
        StatementRow.organisation_id == organisation_id, StatementRow.voided.is_(True)
    )
    if query.since is not None:
        wanted = wanted.where(StatementRow.stored > query.since)
    if query.until is not None:
        wanted = wanted.where(StatementRow.stored <= query.until)
    if query.verb is not None:
        wanted = wanted.where(StatementRow.verb_key == rules.verb_key(query.verb))
    if query.registration is not None:
        wanted = wanted.where(StatementRow.registration == query.registration)
    linked = {
        "agent": None if query.agent is None else query.agent.key,
        "activity": None if query.activity is None else rules.activity_key(query.activity),
    }
    for one in shapes.shape_of(query, is_sent_by=False, limit=0).filters:
        key = linked.get(one.name)
        if key is not None:
            wanted = wanted.where(
                exists().where(
                    StatementLink.organisation_id == organisation_id,
                    StatementLink.key == key,
                    StatementLink.role.in_(one.roles),
                    StatementLink.stored == StatementRow.stored,
                    StatementLink.statement_id == StatementRow.id,
                )
            )
    return wanted
