"""How a page of GET /statements is found: by ranges of indexes that come in the order of the page. Part of `queries`.

A page has up to four sources: what a filter finds itself, in one range of an index for each role, and what refers to
that. Each is read only as far as the page goes, so a page costs the same however many statements there are. That must
not hang on what the database believes of its rows, which is wrong exactly where a store grows fast or a verb is rare.
So each source names one table that only one index gives in order, and all that is to be checked of a row stands in a
subquery for a single value, which no planner turns around.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import BindParameter, ColumnElement, Integer, ScalarSelect, Subquery, bindparam, literal, or_, select
from sqlalchemy import tuple_ as row_value
from sqlalchemy.orm import Session, aliased

from lms.xapi import rules
from lms.xapi.models import StatementLink, StatementReference, StatementRow

FEW = 200
"""Rows of a range that are counted to tell whether it is the rarest; so many are checked without a second thought."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """What every source has in common; `limit` is how many rows are wanted at most."""

    organisation_id: int
    query: rules.StatementQuery
    sent_by: UUID | None
    limit: int

    @property
    def most(self) -> BindParameter[int]:
        """The limit, written into the SQL: what a database plans for an unknown limit costs too much to be kept."""
        return _number(self.limit)

    def order(self, stored: Any, identity: Any) -> Sequence[Any]:
        """The order of the page."""
        return (stored, identity) if self.query.ascending else (stored.desc(), identity.desc())


@dataclass(frozen=True, kw_only=True, slots=True)
class _Filter:
    """A filter as links and references know it: a key in one of the roles."""

    key: bytes
    roles: tuple[int, ...]


_SENDER = _Filter(key=b"", roles=())
"""Stands for `sent_by` where a page may begin with what the credential sent."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Range:
    """A range of an index, which is ordered by `stored` and `id`. `target_id` is there in one of references."""

    stored: Any
    id: Any
    within: tuple[ColumnElement[bool], ...]
    target_id: Any = None


def sources(session: Session, asked: Asked) -> list[Subquery]:
    """Pairs of `stored` and `id`, each in the order of the page and no more than it has; a pair may be in several.

    No query, or one where the rarest of several filters has to be found out.
    """
    filters = _filters(asked.query)
    leaders = filters if asked.sent_by is None else [*filters, _SENDER]
    if not leaders:
        return [_source(asked, _unvoided(asked))]
    direct, referring = _rarest(session, asked, leaders)
    found = [
        _source(asked, one, _given(asked, one.id, [other for other in filters if other is not direct]))
        for one in _of_statements(asked, direct)
    ]
    if filters:
        found += [
            _source(asked, one, _given(asked, one.id), *_refers(asked, one, filters, referring))
            for one in _of_references(asked, referring)
        ]
    return found


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


def _source(asked: Asked, one: _Range, *checks: ColumnElement[bool]) -> Subquery:
    # A statement may refer to several with the same key.
    wanted = select(one.stored.label("stored"), one.id.label("id")).where(*one.within, *_span(asked, one), *checks)
    if one.target_id is not None:
        wanted = wanted.distinct()
    return wanted.order_by(*asked.order(one.stored, one.id)).limit(asked.most).subquery()


# Ranges


def _unvoided(asked: Asked) -> _Range:
    row = aliased(StatementRow)
    within = (row.organisation_id == asked.organisation_id, row.voided.is_(False))
    return _Range(stored=row.stored, id=row.id, within=within)


def _is_linked(wanted: _Filter) -> bool:
    """Whether links know it; a statement knows its verb and its registration itself."""
    return wanted.roles[0] not in (rules.VERB, rules.REGISTRATION)


def _has(row: Any, wanted: _Filter) -> ColumnElement[bool]:
    """Whether the statement itself has the verb or the registration."""
    is_verb = wanted.roles == (rules.VERB,)
    return row.verb_key == wanted.key if is_verb else row.registration == UUID(bytes=wanted.key)


def _of_statements(asked: Asked, wanted: _Filter) -> list[_Range]:
    """What the filter finds itself: a range for each role, for both at once would not come in order."""
    if wanted is not _SENDER and _is_linked(wanted):
        return [_of_links(asked, wanted.key, role) for role in wanted.roles]
    row = aliased(StatementRow)
    is_wanted = row.credential_id == asked.sent_by if wanted is _SENDER else _has(row, wanted)
    return [_Range(stored=row.stored, id=row.id, within=(row.organisation_id == asked.organisation_id, is_wanted))]


def _of_links(asked: Asked, key: bytes, role: int) -> _Range:
    row = aliased(StatementLink)
    within = (row.organisation_id == asked.organisation_id, row.key == key, row.role == role)
    return _Range(stored=row.stored, id=row.statement_id, within=within)


def _of_references(asked: Asked, wanted: _Filter) -> list[_Range]:
    """What refers to a statement that the filter finds; what a credential sent is the same as among statements."""
    if wanted is _SENDER:
        return _of_statements(asked, wanted)
    return [_referring(asked, wanted.key, role) for role in wanted.roles]


def _referring(asked: Asked, key: bytes, role: int) -> _Range:
    row = aliased(StatementReference)
    within = (row.organisation_id == asked.organisation_id, row.key == key, row.role == role)
    return _Range(stored=row.stored, id=row.statement_id, within=within, target_id=row.target_id)


def _span(asked: Asked, one: _Range) -> list[ColumnElement[bool]]:
    """Between `since` and `until`, and after the cursor.

    SQLite begins at one bound only: of two on the same side, the one that the other follows from is left out.
    """
    query, cursor = asked.query, asked.query.cursor
    since, until = query.since, query.until
    found: list[ColumnElement[bool]] = []
    if cursor is not None:
        here = row_value(one.stored, one.id)
        # A bare value in a tuple would be bound by its Python type, which is not how SQLite keeps a UUID.
        last = row_value(literal(cursor.stored, StatementRow.stored.type), literal(cursor.id, StatementRow.id.type))
        if query.ascending and (since is None or cursor.stored > since):
            since = None
            found.append(here > last)
        elif not query.ascending and (until is None or cursor.stored <= until):
            until = None
            found.append(here < last)
    if since is not None:
        found.append(one.stored > since)
    if until is not None:
        found.append(one.stored <= until)
    return found


# What is checked of a row


def _given(asked: Asked, identity: Any, others: Sequence[_Filter] = ()) -> ColumnElement[bool]:
    """Whether the statement may be given back, and is what the other filters look for."""
    row = aliased(StatementRow)
    wanted = select(row.id).where(
        row.organisation_id == asked.organisation_id,
        row.id == identity,
        row.voided.is_(False),
        *(_links(asked, row, one) if _is_linked(one) else _has(row, one) for one in others),
    )
    if asked.sent_by is not None:
        wanted = wanted.where(row.credential_id == asked.sent_by)
    return wanted.scalar_subquery().is_not(None)


def _links(asked: Asked, row: Any, wanted: _Filter) -> ColumnElement[bool]:
    return or_(*(_is_in(_of_links(asked, wanted.key, role), row.stored, row.id) for role in wanted.roles))


def _refers(asked: Asked, one: _Range, filters: Sequence[_Filter], led_by: _Filter) -> list[ColumnElement[bool]]:
    """Whether one and the same target is what all filters look for."""
    if led_by is not _SENDER:
        return _targets(asked, one, [other for other in filters if other is not led_by])
    first, others = filters[0], filters[1:]
    ranges = [_referring(asked, first.key, role) for role in first.roles]
    return [or_(*(_is_in(found, one.stored, one.id, *_targets(asked, found, others)) for found in ranges))]


def _targets(asked: Asked, one: _Range, others: Sequence[_Filter]) -> list[ColumnElement[bool]]:
    """References have all the keys of a target, so the other filters are looked for among them."""
    return [or_(*(_same(asked, one, other.key, role) for role in other.roles)) for other in others]


def _same(asked: Asked, one: _Range, key: bytes, role: int) -> ColumnElement[bool]:
    found = _referring(asked, key, role)
    return _is_in(found, one.stored, one.id, found.target_id == one.target_id)


def _is_in(one: _Range, stored: Any, identity: Any, *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    wanted = select(one.id).where(*one.within, one.stored == stored, one.id == identity, *conditions)
    return wanted.limit(_number(1)).scalar_subquery().is_not(None)


# The rarest filter

_Kind = Callable[[Asked, _Filter], list[_Range]]
_KINDS: tuple[_Kind, _Kind] = (_of_statements, _of_references)
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


def _rarest(session: Session, asked: Asked, filters: Sequence[_Filter]) -> tuple[_Filter, _Filter]:
    """The filter to begin with among statements, and the one among references: what finds the fewest near the page.

    It is the one that goes furthest with `FEW` rows. So a rare agent is not looked for among all statements with a
    common verb, nor a rare verb among all of a busy agent. One query, none for one filter.
    """
    if len(filters) == 1:
        return filters[0], filters[0]
    ranges = [(kind, one, part) for kind in _KINDS for one in filters for part in kind(asked, one)]
    places = [_place(asked, part).label(f"place_{number}") for number, (_, _, part) in enumerate(ranges)]
    reached = session.execute(select(*places)).one()

    def nearness(kind: _Kind, wanted: _Filter) -> tuple[bool, timedelta]:
        parts = [place for (of, one, _), place in zip(ranges, reached, strict=True) if of is kind and one is wanted]
        return _nearest([place for place in parts if place is not None], ascending=asked.query.ascending)

    direct, referring = (min(filters, key=partial(nearness, kind)) for kind in _KINDS)
    return direct, referring


def _nearest(places: Sequence[datetime], *, ascending: bool) -> tuple[bool, timedelta]:
    """How near to the page the nearest of the places is: the further, the less. None is further than any."""
    since = [_BEGINNING - place if ascending else place - _BEGINNING for place in places]
    return bool(since), max(since, default=timedelta())


def _place(asked: Asked, one: _Range) -> ScalarSelect[datetime]:
    """Where the last of the first few rows of a range lies; null if there are not so many."""
    first = select(one.stored).where(*one.within, *_span(asked, one)).order_by(*asked.order(one.stored, one.id))
    return first.offset(_number(FEW - 1)).limit(_number(1)).scalar_subquery()


def _number(value: int) -> BindParameter[int]:
    return bindparam(None, value, Integer, literal_execute=True)
