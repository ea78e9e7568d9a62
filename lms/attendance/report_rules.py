"""What marks come to: done, missed, and what may still be missed. Pure; the figures are those of the fold."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from lms.programme.rules import AbsenceLimit
from lms.progress.rules import ComponentResult, Result, UnitResult

Measure = Literal["sessions", "jp", "days"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Allowance:
    """What was missed of what may be missed, by one measure. `left` is not below 0; `exceeded` once it is more."""

    measure: Measure
    missed: Decimal
    limit: Decimal

    @property
    def left(self) -> Decimal:
        """What may still be missed."""
        return max(Decimal(0), self.limit - self.missed)

    @property
    def exceeded(self) -> bool:
        """Whether more was missed than may be."""
        return self.missed > self.limit


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """How somebody stands with their sessions, in the order in which these start.

    `open` are the sessions without a mark, `in_a_row` the last marked ones that were all missed. Excluded sessions
    neither end a row nor belong to one. `jp_done` are the JP of sessions that were not missed.
    """

    units: tuple[UnitResult, ...]
    missed_sessions: int
    missed_jp: Decimal
    missed_days: int
    allowances: tuple[Allowance, ...]
    in_a_row: tuple[UnitResult, ...]

    @property
    def jp_done(self) -> Decimal:
        """The JP of sessions that somebody attended."""
        return sum((unit.jp for unit in self.units if unit.done), Decimal(0))

    @property
    def excluded(self) -> int:
        """How many sessions are out of their count."""
        return sum(unit.excluded for unit in self.units)

    @property
    def open(self) -> tuple[UnitResult, ...]:
        """The sessions without a mark."""
        return tuple(unit for unit in self.units if unit.outstanding)

    @property
    def open_jp(self) -> Decimal:
        """Their JP."""
        return sum((unit.jp for unit in self.open), Decimal(0))

    @property
    def exceeded(self) -> bool:
        """Whether more was missed than may be, by any measure."""
        return any(one.exceeded for one in self.allowances)

    @property
    def exhausted(self) -> bool:
        """Whether nothing more may be missed, by any measure."""
        return any(one.left == 0 for one in self.allowances)


def standing(result: Result, limit: AbsenceLimit) -> Standing:
    """How a result stands to the limits of absence. What is counted and how is the fold's."""
    absence = result.absence
    missed: tuple[tuple[Measure, Decimal, Decimal | int | None], ...] = (
        ("sessions", Decimal(absence.sessions), limit.sessions),
        ("jp", absence.jp, limit.jp),
        ("days", Decimal(absence.days), limit.days),
    )
    units = session_units(result)
    return Standing(
        units=units,
        missed_sessions=absence.sessions,
        missed_jp=absence.jp,
        missed_days=absence.days,
        allowances=tuple(
            Allowance(measure=measure, missed=so_far, limit=Decimal(most))
            for measure, so_far, most in missed
            if most is not None
        ),
        in_a_row=missed_in_a_row(units),
    )


def session_units(result: Result) -> tuple[UnitResult, ...]:
    """The sessions of a result by their start, whether a component counts them or not."""
    found = [unit for component in _leaves(result.components) for unit in component.units if unit.kind == "session"]
    return tuple(sorted([*found, *result.sessions_outside], key=starts))


def _leaves(components: Iterable[ComponentResult]) -> Iterable[ComponentResult]:
    for component in components:
        yield component
        yield from _leaves(component.components)


def starts(unit: UnitResult) -> datetime:
    """When a session's unit starts."""
    if unit.starts_at is None:
        raise ValueError(f"{unit.unit} is no session")
    return unit.starts_at


def missed_in_a_row(units: Sequence[UnitResult]) -> tuple[UnitResult, ...]:
    """The last sessions with a mark that were all missed, by their start; empty where the last was not."""
    marked = [unit for unit in units if not unit.outstanding and not unit.excluded]
    row: list[UnitResult] = []
    for unit in reversed(marked):
        if not unit.absent:
            break
        row.append(unit)
    return tuple(reversed(row))


Kind = Literal["absent", "consecutive", "limit"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Due:
    """A warning that somebody is due. `row` counts the sessions missed in a row up to this one."""

    kind: Kind
    session_id: UUID
    row: int


def warnings(units: Sequence[UnitResult], limit: AbsenceLimit, *, consecutive: int, time_zone: str) -> tuple[Due, ...]:
    """Every warning that these sessions, by their start, give reason for.

    Each missed one gives one by itself; the one that makes it `consecutive` in a row gives another (0: none does), and
    so does each that uses up what may be missed by some measure, or goes beyond it for the first time.
    """
    zone = ZoneInfo(time_zone)
    found: list[Due] = []
    row, sessions, jp = 0, 0, Decimal(0)
    days: set[date] = set()
    for unit in units:
        if unit.outstanding or unit.excluded:
            continue
        if not unit.absent:
            row = 0
            continue
        before = _levels(limit, sessions, jp, len(days))
        row, sessions, jp = row + 1, sessions + 1, jp + unit.jp
        days.add(starts(unit).astimezone(zone).date())
        after = _levels(limit, sessions, jp, len(days))
        session_id = UUID(unit.unit)
        found.append(Due(kind="absent", session_id=session_id, row=row))
        if row == consecutive:
            found.append(Due(kind="consecutive", session_id=session_id, row=row))
        if after != before:
            found.append(Due(kind="limit", session_id=session_id, row=row))
    return tuple(found)


def _levels(limit: AbsenceLimit, sessions: int, jp: Decimal, days: int) -> tuple[int, ...]:
    """By measure: 0 while something may be missed, 1 once nothing may, 2 beyond it."""
    pairs = ((sessions, limit.sessions), (jp, limit.jp), (days, limit.days))
    return tuple(0 if most is None or so_far < most else 1 if so_far == most else 2 for so_far, most in pairs)
