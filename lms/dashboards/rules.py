"""What a page says, decided without a database: the next step, averages of a batch, and how lists are asked for.

`explanation` takes a figure apart, `history` tells how a mark or a score came to be.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

from lms.programme.rules import Programme, modules
from lms.progress.rules import ComponentResult, Figures, Result, UnitResult, flattened, rounded

HUNDREDTH = Decimal("0.01")
PAGE = 50

SORTS = ("position", "name", "of_all", "so_far", "best_possible", "completion")
"""By what the participants of a cohort can be sorted; `c.<path>` is a component's of-all figure."""

FIGURE_KEY = re.compile(r"-?[0-9]{1,3}\.[0-9]{2}")
"""A figure in a cursor; -1.00 stands for none."""

CURSOR = re.compile(r"(.*)~([0-9]{1,9})", re.DOTALL)

Step = Literal["overdue_module", "module", "session", "mark", "assessment", "nothing"]
"""What comes next: `mark` and `assessment` are for a facilitator to do."""

Standing = Literal["reached", "open", "out_of_reach", "none"]
"""How the whole stands to the pass mark; `none` is without any figure."""


@dataclass(frozen=True, kw_only=True, slots=True)
class NextStep:
    """What a participant does next: one thing. `unit` is None when there is nothing left to do.

    `waits` is the more pressing module that this one comes before, None where it stands for itself.
    """

    step: Step
    unit: UnitResult | None
    waits: UnitResult | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """What a list is asked for: filters (empty means all), order, and where the page begins."""

    group: str = ""
    category: str = ""
    status: str = ""
    reason: str = ""
    search: str = ""
    sort: str = "position"
    descending: bool = False
    after: tuple[str, int] | None = None


def asked(args: Mapping[str, str], *, paths: Iterable[str]) -> Asked:
    """What the address asks for; anything unknown is as if it were not there. `-name` sorts the other way round."""
    sort = args.get("sort", "")
    name = sort.removeprefix("-")
    known = name in SORTS or name in {f"c.{path}" for path in paths}
    chosen = name if known else "position"
    return Asked(
        **{field: args.get(field, "").strip() for field in ("group", "category", "status", "reason", "search")},
        sort=chosen,
        descending=known and sort.startswith("-"),
        after=_after(args.get("after", ""), chosen),
    )


def _after(text: str, sort: str) -> tuple[str, int] | None:
    """A cursor as `cursor` wrote it for this sort; anything else is no cursor."""
    found = CURSOR.fullmatch(text)
    if found is None or (sort not in ("name", "position") and FIGURE_KEY.fullmatch(found[1]) is None):
        return None
    return found[1], int(found[2])


def cursor(key: object, position: int) -> str:
    """Where the next page begins: after the row with this sort key and position."""
    return f"{key}~{position}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Average:
    """The mean of `people` rounded figures that add up to `total`, itself rounded half up; None over nobody."""

    total: Decimal
    people: int

    @property
    def figure(self) -> Decimal | None:
        """The mean, to two places."""
        return (self.total / self.people).quantize(HUNDREDTH, ROUND_HALF_UP) if self.people else None


def shown(figures: Figures) -> Figures:
    """The figures as they are shown: rounded."""
    return Figures(
        so_far=_rounded(figures.so_far),
        of_all=_rounded(figures.of_all),
        best_possible=_rounded(figures.best_possible),
        counted=figures.counted,
        units=figures.units,
    )


def _rounded(figure: Decimal | None) -> Decimal | None:
    return None if figure is None else rounded(figure)


def units(result: Result) -> Iterator[UnitResult]:
    """All units of a result, sessions that count for absence only included."""
    for component in flattened(result.components):
        yield from component.units
    yield from result.sessions_outside


def component(result: Result, path: str) -> ComponentResult | None:
    """The component at this path."""
    return next((one for one in flattened(result.components) if one.path == path), None)


def trail(result: Result, path: str) -> tuple[ComponentResult, ...]:
    """The components above the one at this path, from the top."""
    keys = path.split(".") if path else []
    above = {".".join(keys[:depth]) for depth in range(1, len(keys))}
    return tuple(one for one in flattened(result.components) if one.path in above)


def component_of(result: Result, unit: UnitResult) -> ComponentResult | None:
    """The component in which a unit counts; None for a session that counts for absence only."""
    return next((one for one in flattened(result.components) if unit in one.units), None)


def addresses(programme: Programme) -> dict[str, str]:
    """What a participant opens, by module IRI; modules without an address are left out."""
    return {module.iri: module.url for module in modules(programme) if module.url is not None}


def standing(figures: Figures, pass_mark: Decimal) -> Standing:
    """How rounded figures stand to the pass mark: reached by what is there, still within reach, or not."""
    if figures.of_all is None or figures.best_possible is None:
        return "none"
    if figures.of_all >= pass_mark:
        return "reached"
    return "open" if figures.best_possible >= pass_mark else "out_of_reach"


def prerequisites(result: Result, programme: Programme) -> dict[str, tuple[UnitResult, ...]]:
    """What comes first, by the IRI of the module that waits for it; modules that wait for nothing are left out.

    Both are outstanding: what is done needs nothing, and what has closed can no longer be done, so nobody waits for it.
    """
    open_ = {unit.unit: unit for unit in units(result) if unit.kind == "module" and unit.outstanding}
    waiting = {
        module.iri: tuple(open_[iri] for iri in module.requires if iri in open_)
        for module in modules(programme)
        if module.iri in open_
    }
    return {iri: first for iri, first in waiting.items() if first}


def next_step(result: Result, *, first: Mapping[str, tuple[UnitResult, ...]], now: datetime) -> NextStep:
    """The most pressing thing to do: what is overdue, then what comes first by date, then what has no date.

    Of two at the same moment the one that stands first in the programme. What others have to enter comes last. `first`
    are the `prerequisites`: for a module that waits for others, the most pressing of those that wait for nothing.
    """
    step = _most_pressing([unit for unit in units(result) if unit.outstanding], now)
    if step.unit is None or step.unit.unit not in first:
        return step
    needed = _needed(step.unit.unit, first)
    before = [unit for unit in units(result) if unit.unit in needed and unit.unit not in first]
    return replace(_most_pressing(before, now), waits=step.unit)


def _needed(iri: str, first: Mapping[str, tuple[UnitResult, ...]]) -> set[str]:
    """All that a module waits for, and what those wait for in turn."""
    found: set[str] = set()
    waiting = [iri]
    while waiting:
        fresh = {unit.unit for unit in first.get(waiting.pop(), ())} - found
        found |= fresh
        waiting.extend(fresh)
    return found


def _most_pressing(waiting: Sequence[UnitResult], now: datetime) -> NextStep:
    late = [unit for unit in waiting if unit.kind == "module" and unit.due]
    if late:
        return NextStep(step="overdue_module", unit=min(late, key=_closing))
    dated = [(moment, unit) for unit in waiting if (moment := _moment(unit, now)) is not None]
    if dated:
        unit = min(dated, key=lambda pair: pair[0])[1]
        return NextStep(step="session" if unit.kind == "session" else "module", unit=unit)
    for kind, step in LEFT:
        left = next((unit for unit in waiting if unit.kind == kind), None)
        if left is not None:
            return NextStep(step=step, unit=left)
    return NextStep(step="nothing", unit=None)


LEFT: tuple[tuple[str, Step], ...] = (("module", "module"), ("session", "mark"), ("assessment", "assessment"))
"""What is left once nothing has a date any more, by kind of unit, the most pressing first."""


def _closing(unit: UnitResult) -> tuple[bool, datetime | None]:
    return (unit.closes_at is None, unit.closes_at)


def _moment(unit: UnitResult, now: datetime) -> datetime | None:
    """When a unit calls for something: a module's due date or closing, the start of a session to come."""
    if unit.kind == "module":
        return unit.closes_at if unit.due_at is None else unit.due_at
    coming = unit.starts_at is not None and unit.starts_at >= now
    return unit.starts_at if coming else None
