"""What a programme is: values read from a programme file, frozen once a version is published.

Every weight, mark and figure is a `Decimal`; figures run from 0 to 100; JP (jam pelajaran) are lesson hours.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

Kind = Literal["modules", "attendance", "assessment"]
Attempts = Literal["best", "last", "first", "mean"]
CompleteWhen = Literal["completed", "passed", "completed_and_passed"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Module:
    """An online unit, known by its activity IRI. Days count whole local days from the cohort's start.

    `requires` are the IRIs of the modules that come before it, in the file's order: advice, which no figure looks at.
    """

    iri: str
    title: str
    jp: Decimal = Decimal(1)
    attempts: Attempts = "best"
    pass_mark: Decimal | None = None
    complete_when: CompleteWhen = "completed"
    due_after_days: int | None = None
    closes_after_days: int | None = None
    url: str | None = None
    requires: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Component:
    """A weighted part of a programme. A leaf has a `kind`; a parent has `components` whose weights sum to 100.

    `path` is the keys from the top joined by dots (`mooc`, `academic.mooc`).
    """

    key: str
    path: str
    title: str
    weight: Decimal
    kind: Kind | None = None
    modules: tuple[Module, ...] = ()
    components: tuple["Component", ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class AttendanceStatus:
    """`weight` runs from 0 to 1; `excluded` takes the session out of that person's count altogether."""

    code: str
    title: str
    weight: Decimal = Decimal(1)
    absent: bool = False
    excluded: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Predicate:
    """A band of the whole's of-all figure, from `at_least` up to the next band. They are kept highest first."""

    name: str
    at_least: Decimal


@dataclass(frozen=True, kw_only=True, slots=True)
class AbsenceLimit:
    """What may be missed; one more than that is a reason for a review. None is no limit."""

    sessions: int | None = None
    jp: Decimal | None = None
    days: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """Where a rule comes from.

    `place` is the table in the file (`absence_limit`, `component[mooc]`), or `programme` for the keys at its top;
    `text` is empty where only `verified` is told.
    """

    place: str
    text: str
    verified: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Programme:
    """One published version; `places` and the half-up `mode` say how figures are rounded at the last step."""

    code: str
    title: str
    version: int
    pass_mark: Decimal
    components: tuple[Component, ...]
    statuses: tuple[AttendanceStatus, ...] = ()
    predicates: tuple[Predicate, ...] = ()
    absence_limit: AbsenceLimit = AbsenceLimit()
    sources: tuple[Source, ...] = ()
    places: int = 2
    mode: str = "half-up"
