"""What the SQL of a page of GET /statements hangs on, and what it is asked with. Pure; part of `queries`."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from lms.xapi import rules

Name = Literal["registration", "agent", "activity", "verb", "sent_by"]
Bound = Literal["since", "until", "cursor"]
_ROLES: dict[tuple[str, bool], tuple[int, ...]] = {
    ("registration", False): (rules.REGISTRATION,),
    ("agent", False): (0,),
    ("agent", True): (0, 1),
    ("activity", False): (2,),
    ("activity", True): (2, 3),
    ("verb", False): (rules.VERB,),
    ("sent_by", False): (),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Filter:
    """A filter without what it looks for: that is the parameter of its name. `related` is for agents and activities."""

    name: Name
    related: bool = False

    @property
    def roles(self) -> tuple[int, ...]:
        """The roles in which links and references may have its key; `sent_by` is not among them."""
        return _ROLES[self.name, self.related]


@dataclass(frozen=True, kw_only=True, slots=True)
class Shape:
    """What the SQL of a page hangs on. `direct` leads the search among statements, `referring` among references."""

    filters: tuple[Filter, ...]
    is_sent_by: bool
    bounds: tuple[Bound, ...]
    ascending: bool
    limit: int
    direct: Filter | None = None
    referring: Filter | None = None

    @property
    def leaders(self) -> tuple[Filter, ...]:
        """The filters with which a search may begin."""
        return (*self.filters, Filter(name="sent_by")) if self.is_sent_by else self.filters

    def order(self, stored: Any, identity: Any) -> Sequence[Any]:
        """The order of the page."""
        return (stored, identity) if self.ascending else (stored.desc(), identity.desc())


def shape_of(query: rules.StatementQuery, *, is_sent_by: bool, limit: int) -> Shape:
    """The shape of a query, whose leaders are still to be chosen where there are several."""
    asked: list[tuple[Name, Any, bool]] = [
        ("registration", query.registration, False),
        ("agent", query.agent, query.related_agents),
        ("activity", query.activity, query.related_activities),
        ("verb", query.verb, False),
    ]
    return Shape(
        filters=tuple(Filter(name=name, related=related) for name, value, related in asked if value is not None),
        is_sent_by=is_sent_by,
        bounds=_bounds(query),
        ascending=query.ascending,
        limit=limit,
    )


def _bounds(query: rules.StatementQuery) -> tuple[Bound, ...]:
    """SQLite begins at one bound only: of two on the same side, the one that follows from the other is left out."""
    since, until, cursor = query.since, query.until, query.cursor
    bounds: set[Bound] = set()
    if since is not None:
        bounds.add("since")
    if until is not None:
        bounds.add("until")
    if cursor is not None and query.ascending and (since is None or cursor.stored > since):
        bounds = bounds - {"since"} | {"cursor"}
    if cursor is not None and not query.ascending and (until is None or cursor.stored <= until):
        bounds = bounds - {"until"} | {"cursor"}
    return tuple(sorted(bounds))


def parameters(organisation_id: int, query: rules.StatementQuery, sent_by: UUID | None) -> dict[str, Any]:
    """What the SQL of any shape is asked with."""
    cursor, registration = query.cursor, query.registration
    return {
        "organisation_id": organisation_id,
        "agent": None if query.agent is None else query.agent.key,
        "activity": None if query.activity is None else rules.activity_key(query.activity),
        "verb": None if query.verb is None else rules.verb_key(query.verb),
        "registration": None if registration is None else registration.bytes,
        "registration_id": registration,
        "sent_by": sent_by,
        "since": query.since,
        "until": query.until,
        "cursor_stored": None if cursor is None else cursor.stored,
        "cursor_id": None if cursor is None else cursor.id,
    }
