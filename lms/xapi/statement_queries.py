"""GET /statements as SQL: each filter is a range of an index, in the order of the page. Part of `queries`.

A page is made of sources: the statements that a filter finds itself, and those that refer to one. Each source gives no
more rows than a page has, so a page costs the same however many statements there are.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Subquery, and_, exists, literal, or_, select, tuple_, union
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from lms.xapi import rules
from lms.xapi.models import StatementLink, StatementReference, StatementRow


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


@dataclass(frozen=True, kw_only=True, slots=True)
class _Filter:
    """A filter as links and references know it: a key in one of the roles."""

    key: bytes
    roles: tuple[int, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Asked:
    """What every source has in common."""

    organisation_id: int
    query: rules.StatementQuery
    sent_by: UUID | None
    limit: int


def statement(
    session: Session, *, organisation_id: int, statement_id: UUID, voided: bool = False, sent_by: UUID | None = None
) -> Found | None:
    """The statement with this id if it is voided or not, as asked; None otherwise. One query."""
    query = select(StatementRow.id, StatementRow.stored, StatementRow.payload).where(
        StatementRow.organisation_id == organisation_id,
        StatementRow.id == statement_id,
        StatementRow.voided.is_(voided),
    )
    if sent_by is not None:
        query = query.where(StatementRow.credential_id == sent_by)
    row = session.execute(query).one_or_none()
    return None if row is None else Found(**row._asdict())


def statements(
    session: Session, *, organisation_id: int, query: rules.StatementQuery, limit: int, sent_by: UUID | None = None
) -> Page:
    """One page by `stored` and id, newest first unless ascending; `sent_by` keeps to one credential. One query.

    A statement that refers to a match is a match too, by any number of steps; voided ones are left out, those that void
    them are not. The moments, `sent_by` and the page go by the statement that is given back, all other filters by the
    one that matches (xAPI 1.0.3, Communication 2.1.3, 2.1.4).
    """
    asked = _Asked(organisation_id=organisation_id, query=query, sent_by=sent_by, limit=limit + 1)
    sources = [select(source.c.stored, source.c.id) for source in _sources(asked)]
    keys = union(*sources).subquery() if len(sources) > 1 else sources[0].subquery()
    order = _order(query, keys.c.stored, keys.c.id)
    page = select(keys.c.stored, keys.c.id).order_by(*order).limit(limit + 1).subquery()
    wanted = (
        select(StatementRow.id, StatementRow.stored, StatementRow.payload)
        .join(page, and_(StatementRow.organisation_id == organisation_id, StatementRow.id == page.c.id))
        .order_by(*_order(query, page.c.stored, page.c.id))
    )
    rows = [Found(**row._asdict()) for row in session.execute(wanted)]
    shown = rows[:limit]
    goes_on = len(rows) > limit
    more = rules.Cursor(stored=shown[-1].stored, id=shown[-1].id, ascending=query.ascending) if goes_on else None
    return Page(statements=tuple(shown), more=more)


def _sources(asked: _Asked) -> Iterator[Subquery]:
    """The first of the filters finds, the others check. What is named first here usually names the fewest."""
    query = asked.query
    filters = _filters(query)
    if not filters:
        yield _of_statements(asked, [])
        return
    first, others = filters[0], filters[1:]
    if first.roles == (rules.REGISTRATION,):
        yield _of_statements(
            asked, [StatementRow.registration == query.registration, *_checks(asked, StatementRow, others)]
        )
    elif first.roles == (rules.VERB,):
        yield _of_statements(asked, [StatementRow.verb_key == first.key])
    else:
        # A range for each role: both at once would not come in the order of the page.
        yield from (_of_links(asked, first.key, role, others) for role in first.roles)
    yield from (_of_references(asked, first.key, role, others) for role in first.roles)


def _filters(query: rules.StatementQuery) -> list[_Filter]:
    found = []
    if query.registration is not None:
        found.append(_Filter(key=query.registration.bytes, roles=(rules.REGISTRATION,)))
    if query.agent is not None:
        found.append(_Filter(key=query.agent.key, roles=(0, 1) if query.related_agents else (0,)))
    if query.activity is not None:
        key = rules.activity_key(query.activity)
        found.append(_Filter(key=key, roles=(2, 3) if query.related_activities else (2,)))
    if query.verb is not None:
        found.append(_Filter(key=rules.verb_key(query.verb), roles=(rules.VERB,)))
    return found


def _of_statements(asked: _Asked, conditions: Sequence[ColumnElement[bool]]) -> Subquery:
    stored, identity = StatementRow.stored, StatementRow.id
    wanted = select(stored.label("stored"), identity.label("id")).where(
        *_shown(asked, StatementRow), *_span(asked.query, stored, identity), *conditions
    )
    return wanted.order_by(*_order(asked.query, stored, identity)).limit(asked.limit).subquery()


def _of_links(asked: _Asked, key: bytes, role: int, others: Sequence[_Filter]) -> Subquery:
    stored, identity = StatementLink.stored, StatementLink.statement_id
    wanted = (
        select(stored.label("stored"), identity.label("id"))
        .join(
            StatementRow,
            and_(StatementRow.organisation_id == StatementLink.organisation_id, StatementRow.id == identity),
        )
        .where(
            StatementLink.organisation_id == asked.organisation_id,
            StatementLink.key == key,
            StatementLink.role == role,
            *_span(asked.query, stored, identity),
            *_shown(asked, StatementRow),
            *_checks(asked, StatementRow, others),
        )
    )
    return wanted.order_by(*_order(asked.query, stored, identity)).limit(asked.limit).subquery()


def _of_references(asked: _Asked, key: bytes, role: int, others: Sequence[_Filter]) -> Subquery:
    """Statements that refer to one with this key, which passes the other checks as well. Each once."""
    stored, identity = StatementReference.stored, StatementReference.statement_id
    wanted = (
        select(stored.label("stored"), identity.label("id"))
        .distinct()
        .join(
            StatementRow,
            and_(StatementRow.organisation_id == StatementReference.organisation_id, StatementRow.id == identity),
        )
        .where(
            StatementReference.organisation_id == asked.organisation_id,
            StatementReference.key == key,
            StatementReference.role == role,
            *_span(asked.query, stored, identity),
            *_shown(asked, StatementRow),
        )
    )
    if others:
        target = aliased(StatementRow)
        is_target = and_(
            target.organisation_id == StatementReference.organisation_id, target.id == StatementReference.target_id
        )
        wanted = wanted.join(target, is_target).where(*_checks(asked, target, others))
    return wanted.order_by(*_order(asked.query, stored, identity)).limit(asked.limit).subquery()


def _shown(asked: _Asked, row: type[StatementRow]) -> list[ColumnElement[bool]]:
    found = [row.organisation_id == asked.organisation_id, row.voided.is_(False)]
    return found if asked.sent_by is None else [*found, row.credential_id == asked.sent_by]


def _checks(asked: _Asked, row: type[StatementRow], filters: Sequence[_Filter]) -> list[ColumnElement[bool]]:
    return [_check(asked, row, one) for one in filters]


def _check(asked: _Asked, row: type[StatementRow], wanted: _Filter) -> ColumnElement[bool]:
    if wanted.roles == (rules.VERB,):
        return row.verb_key == wanted.key
    # Another name, since the statement around may read links as well.
    link = aliased(StatementLink)
    links = [
        exists().where(
            link.organisation_id == asked.organisation_id,
            link.key == wanted.key,
            link.role == role,
            link.stored == row.stored,
            link.statement_id == row.id,
        )
        for role in wanted.roles
    ]
    return or_(*links)


def _order(query: rules.StatementQuery, stored: Any, identity: Any) -> Sequence[Any]:
    return (stored, identity) if query.ascending else (stored.desc(), identity.desc())


def _span(
    query: rules.StatementQuery, stored: InstrumentedAttribute[datetime], identity: InstrumentedAttribute[UUID]
) -> list[ColumnElement[bool]]:
    """Between `since` and `until`, and after the cursor."""
    found: list[ColumnElement[bool]] = []
    if query.since is not None:
        found.append(stored > query.since)
    if query.until is not None:
        found.append(stored <= query.until)
    if query.cursor is not None:
        here = tuple_(stored, identity)
        # A bare value in a tuple would be bound by its Python type, which is not how SQLite keeps a UUID.
        last = tuple_(literal(query.cursor.stored, stored.type), literal(query.cursor.id, identity.type))
        found.append(here > last if query.ascending else here < last)
    return found
