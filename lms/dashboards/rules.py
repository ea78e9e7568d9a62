"""What a page says, decided without a database: the next step, averages of a batch, and how lists are asked for."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

from lms.programme.rules import Programme, modules
from lms.progress.rules import ComponentResult, Figures, Result, UnitResult, flattened, rounded

HUNDREDTH = Decimal("0.01")
PAGE = 50

SORTS = ("position", "name", "of_all", "so_far", "best_possible", "completion")
"""By what the participants of a cohort can be sorted; `c.<path>` is a component's of-all figure."""

Step = Literal["overdue_module", "module", "session", "assessment", "nothing"]


@dataclass(frozen=True, kw_only=True, slots=True)
class NextStep:
    """What a participant does next: one thing. `unit` is None when there is nothing left to do."""

    step: Step
    unit: UnitResult | None


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
    return Asked(
        **{field: args.get(field, "").strip() for field in ("group", "category", "status", "reason", "search")},
        sort=name if known else "position",
        descending=known and sort.startswith("-"),
        after=_after(args.get("after", "")),
    )


def _after(text: str) -> tuple[str, int] | None:
    key, separator, position = text.rpartition("~")
    return (key, int(position)) if separator and position.isascii() and position.isdigit() else None


def cursor(key: object, position: int) -> str:
    """Where the next page begins: after the row with this sort key and position."""
    return f"{key}~{position}"


def average(total: int | None, people: int) -> Decimal | None:
    """The mean of figures given as a sum of hundredths, half up to two places; None over nobody."""
    if total is None or people == 0:
        return None
    return (Decimal(total) / people / 100).quantize(HUNDREDTH, ROUND_HALF_UP)


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


def next_step(result: Result, *, now: datetime) -> NextStep:
    """The most pressing thing to do: an overdue module, then what comes first by date, then what others still enter."""
    open_modules = [unit for unit in units(result) if unit.kind == "module" and unit.outstanding]
    late = [unit for unit in open_modules if unit.due]
    if late:
        return NextStep(step="overdue_module", unit=min(late, key=_closing))
    coming = [unit for unit in units(result) if unit.kind == "session" and _is_coming(unit, now)]
    dated = [(unit.due_at, "module", unit) for unit in open_modules if unit.due_at is not None]
    dated += [(unit.starts_at, "session", unit) for unit in coming if unit.starts_at is not None]
    if dated:
        _, step, unit = min(dated, key=lambda entry: (entry[0], entry[2].code))
        return NextStep(step="session" if step == "session" else "module", unit=unit)
    if open_modules:
        return NextStep(step="module", unit=open_modules[0])
    missing = [unit for unit in units(result) if unit.kind == "assessment" and unit.outstanding]
    return NextStep(step="assessment", unit=missing[0]) if missing else NextStep(step="nothing", unit=None)


def _closing(unit: UnitResult) -> tuple[bool, datetime | None, str]:
    return (unit.closes_at is None, unit.closes_at, unit.code)


def _is_coming(unit: UnitResult, now: datetime) -> bool:
    return unit.outstanding and unit.starts_at is not None and unit.starts_at >= now
