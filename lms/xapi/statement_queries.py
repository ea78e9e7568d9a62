"""GET /statements as SQL: filters, references, and pages by key. Part of `queries`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, literal, or_, select, tuple_
from sqlalchemy.orm import Session, aliased

from lms.xapi import rules
from lms.xapi.models import StatementLink, StatementRow


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """A statement to give back."""

    id: UUID
    stored: datetime
    payload: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """Statements in the order asked for; `more` is where the next page begins, None on the last one."""

    statements: tuple[Found, ...]
    more: rules.Cursor | None


def statement(
    session: Session, *, organisation_id: int, statement_id: UUID, voided: bool = False, sent_by: UUID | None = None
) -> Found | None:
    """The statement with this id if it is voided or not, as asked; None otherwise. One query."""
    query = _found().where(
        StatementRow.organisation_id == organisation_id,
        StatementRow.id == statement_id,
        StatementRow.voided.is_(voided),
        *_only(sent_by),
    )
    row = session.execute(query).one_or_none()
    return None if row is None else Found(**row._asdict())


def statements(
    session: Session, *, organisation_id: int, query: rules.StatementQuery, limit: int, sent_by: UUID | None = None
) -> Page:
    """One page by `stored` and id, newest first unless ascending; `sent_by` keeps to one credential. One query.

    A statement that refers to a match is a match too, by any number of steps; voided ones are left out, those that void
    them are not (xAPI 1.0.3, Communication 2.1.4).
    """
    filters = _filters(organisation_id, query, StatementRow)
    wanted = _found().where(StatementRow.organisation_id == organisation_id, StatementRow.voided.is_(False))
    wanted = wanted.where(*_only(sent_by), *_span(query))
    if filters:
        wanted = wanted.where(or_(and_(*filters), StatementRow.id.in_(_referring(organisation_id, query))))
    order = (StatementRow.stored, StatementRow.id)
    wanted = wanted.order_by(*(order if query.ascending else [column.desc() for column in order]))
    rows = [Found(**row._asdict()) for row in session.execute(wanted.limit(limit + 1))]
    shown = rows[:limit]
    goes_on = len(rows) > limit
    more = rules.Cursor(stored=shown[-1].stored, id=shown[-1].id, ascending=query.ascending) if goes_on else None
    return Page(statements=tuple(shown), more=more)


def _found() -> Select[UUID, datetime, str]:
    return select(StatementRow.id, StatementRow.stored, StatementRow.payload)


def _only(sent_by: UUID | None) -> Sequence[ColumnElement[bool]]:
    return [] if sent_by is None else [StatementRow.credential_id == sent_by]


def _span(query: rules.StatementQuery) -> Sequence[ColumnElement[bool]]:
    """Between `since` and `until`, and after the cursor."""
    found: list[ColumnElement[bool]] = []
    if query.since is not None:
        found.append(StatementRow.stored > query.since)
    if query.until is not None:
        found.append(StatementRow.stored <= query.until)
    if query.cursor is not None:
        here = tuple_(StatementRow.stored, StatementRow.id)
        # A bare value in a tuple would be bound by its Python type, which is not how SQLite keeps a UUID.
        last = tuple_(
            literal(query.cursor.stored, StatementRow.stored.type), literal(query.cursor.id, StatementRow.id.type)
        )
        found.append(here > last if query.ascending else here < last)
    return found


def _filters(
    organisation_id: int, query: rules.StatementQuery, row: type[StatementRow]
) -> Sequence[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if query.verb is not None:
        found.append(row.verb_key == rules.verb_key(query.verb))
    if query.registration is not None:
        found.append(row.registration == query.registration)
    if query.agent is not None:
        found.append(_linked(organisation_id, row, query.agent.key, (0, 1) if query.related_agents else (0,)))
    if query.activity is not None:
        key = rules.activity_key(query.activity)
        found.append(_linked(organisation_id, row, key, (2, 3) if query.related_activities else (2,)))
    return found


def _linked(organisation_id: int, row: type[StatementRow], key: bytes, roles: Sequence[int]) -> ColumnElement[bool]:
    return exists().where(
        StatementLink.organisation_id == organisation_id,
        StatementLink.key == key,
        StatementLink.role.in_(roles),
        StatementLink.stored == row.stored,
        StatementLink.statement_id == row.id,
    )


def _referring(organisation_id: int, query: rules.StatementQuery) -> Select[UUID]:
    """The statements that refer to a match, or to one that does."""
    target, source = aliased(StatementRow), aliased(StatementRow)
    matches = select(target.id).where(
        target.organisation_id == organisation_id, *_filters(organisation_id, query, target)
    )
    referring = (
        select(source.id)
        .where(source.organisation_id == organisation_id, source.target_id.in_(matches))
        .cte("referring", recursive=True)
    )
    further = aliased(StatementRow)
    referring = referring.union(
        select(further.id).where(further.organisation_id == organisation_id, further.target_id == referring.c.id)
    )
    return select(referring.c.id)
