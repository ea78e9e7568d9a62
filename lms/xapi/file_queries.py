"""All statements that match, as a file holds them, and how far a file was brought in. Part of `queries`."""

import heapq
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from uuid import UUID

from sqlalchemy import Select, Tuple, exists, literal, select
from sqlalchemy import tuple_ as row_value
from sqlalchemy.orm import Session

from lms.xapi import rules, shapes
from lms.xapi.consistency import consistent_through
from lms.xapi.document_models import ImportRow
from lms.xapi.models import StatementLink, StatementRow
from lms.xapi.statement_queries import Found, statements

AT_ONCE = 500


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

    They are those of GET /statements, and with `with_voided` also those of them that are voided, in their places,
    whenever that happens. So the next export goes on after the moment at which the last of them was stored. No
    transaction stays open while the caller writes. Two queries for 500 statements, one more where several filters are
    given, and one for each 500 voided ones.
    """
    through = readable_through(session)
    until = query.until if through is None or (query.until is not None and query.until < through) else through
    asked = replace(query, ascending=True, until=until, cursor=None)
    return _exported(session, organisation_id, asked, sent_by, with_voided=with_voided)


def _exported(
    session: Session, organisation_id: int, query: rules.StatementQuery, sent_by: UUID | None, *, with_voided: bool
) -> Iterator[Found]:
    """A portion of those that are shown, and then the voided ones of the same stretch.

    In this order, since what is voided while an export goes on is then in one of the two, or in both.
    """
    cursor: rules.Cursor | None = None
    while True:
        part = replace(query, cursor=cursor)
        page = statements(session, organisation_id=organisation_id, query=part, limit=AT_ONCE, sent_by=sent_by)
        session.rollback()
        hidden = _voided(session, organisation_id, part, sent_by, last=page.more) if with_voided else iter(())
        yield from _each_once(heapq.merge(page.statements, hidden, key=lambda found: (found.stored, found.id)))
        cursor = page.more
        if cursor is None:
            return


def _each_once(ordered: Iterable[Found]) -> Iterator[Found]:
    return (next(same) for _, same in groupby(ordered, key=lambda found: found.id))


def _voided(
    session: Session,
    organisation_id: int,
    query: rules.StatementQuery,
    sent_by: UUID | None,
    *,
    last: rules.Cursor | None,
) -> Iterator[Found]:
    """Voided statements that match by themselves, since no reference leads to them: after the cursor, up to `last`."""
    wanted = _matching(organisation_id, query).order_by(StatementRow.stored, StatementRow.id).limit(AT_ONCE)
    here = row_value(StatementRow.stored, StatementRow.id)
    if sent_by is not None:
        wanted = wanted.where(StatementRow.credential_id == sent_by)
    if last is not None:
        wanted = wanted.where(here <= _place(last))
    cursor = query.cursor
    while True:
        portion = wanted if cursor is None else wanted.where(here > _place(cursor))
        found = [Found(**row._asdict()) for row in session.execute(portion)]
        session.rollback()
        yield from found
        if len(found) < AT_ONCE:
            return
        cursor = rules.Cursor(stored=found[-1].stored, id=found[-1].id, ascending=True)


def _place(cursor: rules.Cursor) -> Tuple:
    return row_value(literal(cursor.stored, StatementRow.stored.type), literal(cursor.id, StatementRow.id.type))


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
