"""What goes into the fold and what comes out of it.

Figures run from 0 to 100 and carry fifty digits until the last step; moments are aware and in UTC. What a fold makes
hundreds of is a struct, which is made several times faster than a dataclass.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal
from uuid import UUID

from msgspec import Struct

UnitKind = Literal["module", "session", "assessment"]
Status = Literal["in_progress", "eligible", "review"]

OVERRIDE = "override"
"""The source of evidence that overrides a unit: where one stands, the unit is what it says, whatever else there is."""


class Evidence(Struct, frozen=True, kw_only=True):
    """One dated claim about one participant and one unit, with where it came from.

    `unit` is a module's IRI, a session's UUID as text, or `assessment_unit(cohort, path)`; of an override it is
    `override_unit(...)`, which belongs to one cohort.
    `completed` is True, False (taken back) or None (says nothing); `passed` is True or None; `score` is 0..100.
    `status` is the attendance status code of a mark. `occurred_at` is None for a mark (its session dates it) and for an
    assessment without a date. `recorded_at` is when it was stored. `claim` is a fingerprint of what a statement claims
    (verb, timestamp, result by value): two pieces of evidence of one unit with one claim count once.
    """

    kind: UnitKind
    unit: str
    recorded_at: datetime
    source: str
    source_id: UUID
    completed: bool | None = None
    passed: bool | None = None
    score: Decimal | None = None
    status: str | None = None
    occurred_at: datetime | None = None
    claim: str | None = None
    voided: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Session:
    """A classroom meeting of a cohort; `group` None is for everyone. `jp` is its worth in lesson hours."""

    id: UUID
    code: str
    title: str
    starts_at: datetime
    ends_at: datetime
    jp: Decimal
    group: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Cohort:
    """What the fold needs to know of a cohort. `time_zone` is an IANA name; `ends_at` closes every module."""

    id: UUID
    starts_at: datetime
    time_zone: str
    ends_at: datetime | None = None
    sessions: tuple[Session, ...] = ()


class Weighed(Struct, frozen=True, kw_only=True):
    """A piece of evidence and whether it counted. `why` is empty when it did, else one of
    `voided`, `repeat`, `before_start`, `after_closing`, `later` (than the moment asked for), `superseded`, `overridden`
    (it would count, but an override stands)."""

    evidence: Evidence
    counted: bool
    why: str = ""


class UnitResult(Struct, frozen=True, kw_only=True):
    """What one unit came to.

    `unit` is its key in the evidence; `code` is what people call it: a session's code, a component's path, a module's
    IRI. `value` is None without one, and then counts as 0; `best_value` assumes 100 for what is open. `jp` is 0 for an
    assessment, which is the only unit of its component. `counts` says whether it stands in the so-far figure. An
    excluded session has `excluded` and is in no figure. `overridden` says that a person decided what it comes to; then
    nothing about it is open. `evidence` is in order, overrides last, with why a piece did not count.
    """

    kind: UnitKind
    unit: str
    title: str
    code: str
    jp: Decimal
    value: Decimal | None
    best_value: Decimal
    counts: bool
    done: bool
    outstanding: bool
    completed: bool = False
    passed: bool = False
    absent: bool = False
    excluded: bool = False
    status: str | None = None
    starts_at: datetime | None = None
    due_at: datetime | None = None
    closes_at: datetime | None = None
    due: bool = False
    closed: bool = False
    overridden: bool = False
    evidence: tuple[Weighed, ...] = ()


class Figures(Struct, frozen=True, kw_only=True):
    """The three figures, always together, exact (`rounded` makes them showable); None where there is none.

    `counted` of `units` units stand behind `so_far`.
    """

    so_far: Decimal | None
    of_all: Decimal | None
    best_possible: Decimal | None
    counted: int
    units: int


class ComponentResult(Struct, frozen=True, kw_only=True):
    """A component's figures, and its units (a leaf) or its components (a parent).
    `weight` is its weight in its parent, as the programme gives it."""

    key: str
    path: str
    title: str
    kind: str | None
    weight: Decimal
    figures: Figures
    units: tuple[UnitResult, ...] = ()
    components: tuple["ComponentResult", ...] = ()


class Absence(Struct, frozen=True, kw_only=True):
    """What was missed: sessions, their JP, and the distinct local days on which they started."""

    sessions: int
    jp: Decimal
    days: int


class Outstanding(Struct, frozen=True, kw_only=True):
    """What is still to come, by kind."""

    modules: int
    sessions: int
    assessments: int


class Result(Struct, frozen=True, kw_only=True):
    """A participant's figures in a cohort at one moment.

    `completion` is a percentage (exact) of JP done; None where there are no JP. `valid_until` is the next moment at
    which the clock alone changes something, None if it never will; the result holds for as_of <= t < valid_until.
    """

    figures: Figures
    components: tuple[ComponentResult, ...]
    jp_done: Decimal
    jp_total: Decimal
    completion: Decimal | None
    absence: Absence
    outstanding: Outstanding
    predicate: str | None
    status: Status
    reasons: tuple[str, ...]
    valid_until: datetime | None
    sessions_outside: tuple[UnitResult, ...] = ()
