"""What can still be reached: the best and the worst, what is needed for each mark, and what may still be missed. Pure.

What is left has no value yet: a module that is not closed, a session without a mark, a missing assessment. Whoever has
a score in a module that is not closed may try again, and does so only where it helps. So the whole grows with the
average in what is open, and the average that is needed is found by halving, with the very rounding that decides.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, localcontext
from itertools import accumulate
from typing import Literal
from zoneinfo import ZoneInfo

from lms.programme.rules import AbsenceLimit, Attempts, Programme, modules
from lms.progress.figures import ATTEMPTS, EXACT, HUNDRED, ONE, ZERO, rounded, weight_of
from lms.progress.values import Absence, ComponentResult, Result, UnitResult

FALLING: tuple[Attempts, ...] = ("last", "mean")
"""Policies by which another attempt may also lower a score."""

HUNDREDTHS = range(100 * 100 + 1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Need:
    """What it takes to reach a mark: the least average that suffices, 0.00..100.00 in hundredths, weighed as the
    programme weighs the parts.

    `name` is the predicate's, empty for the pass mark. `left` is the average over what has no value yet, None where
    that alone does not suffice; `again` is the one over these and the modules that may be tried again, at most `left`,
    None where the mark is out of reach.
    """

    name: str
    at_least: Decimal
    is_reached: bool
    left: Decimal | None
    again: Decimal | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Loss:
    """What a unit has lost for good: points of the whole, rounded."""

    unit: UnitResult
    points: Decimal


@dataclass(frozen=True, kw_only=True, slots=True)
class Allowance:
    """One limit of absence: how much may still be missed, not under 0. More than the limit is a reason for a review."""

    by: Literal["sessions", "jp", "days"]
    missed: Decimal
    limit: Decimal

    @property
    def left(self) -> Decimal:
        """What may still be missed: sessions, JP or days."""
        return max(self.limit - self.missed, ZERO)

    @property
    def is_over(self) -> bool:
        """Whether more is missed than allowed."""
        return self.missed > self.limit


@dataclass(frozen=True, kw_only=True, slots=True)
class Ahead:
    """Sessions without a mark: those `to_come`, and those that began and are `unmarked`, in the order of time.

    Missing any one of `tipping` exceeds a limit that is kept so far.
    """

    allowances: tuple[Allowance, ...]
    to_come: tuple[UnitResult, ...]
    unmarked: tuple[UnitResult, ...]
    tipping: tuple[UnitResult, ...]

    @property
    def jp_to_come(self) -> Decimal:
        """The JP of the sessions to come."""
        return sum((unit.jp for unit in self.to_come), ZERO)


@dataclass(frozen=True, kw_only=True, slots=True)
class Reach:
    """What is still possible for one participant. Figures are rounded as they are shown; None where there are none.

    `worst` is the whole if nothing more comes, `best` if all that is open goes perfectly. `left` has no value yet,
    `improvable` has a score and may be tried again; `may_fall` says whether trying again can also lower one of them.
    `unless` is empty while the pass mark can be reached, else the fewest units that would have to be corrected for it,
    the largest loss first.
    """

    worst: Decimal | None
    best: Decimal | None
    left: tuple[UnitResult, ...]
    improvable: tuple[UnitResult, ...]
    may_fall: bool
    needs: tuple[Need, ...]
    unless: tuple[Loss, ...]
    ahead: Ahead


@dataclass(frozen=True, kw_only=True, slots=True)
class _Part:
    """A unit with its share of the whole (over 0, at most 1) and the scores that counted so far."""

    unit: UnitResult
    share: Decimal
    attempts: Attempts
    scores: tuple[Decimal, ...]

    @property
    def is_left(self) -> bool:
        return self.unit.value is None and self.unit.best_value > 0

    @property
    def is_improvable(self) -> bool:
        return self.unit.value is not None and self.unit.best_value > self.unit.value

    def value(self, average: Decimal) -> Decimal:
        """What it comes to by another attempt with this score, which nobody makes where it would lower the value."""
        if self.unit.value is None:
            return average
        return max(self.unit.value, ATTEMPTS[self.attempts]([*self.scores, average]))


def reach(result: Result, programme: Programme, *, time_zone: str, now: datetime) -> Reach:
    """What is still possible after a result, which was folded for this programme as of `now`.

    `time_zone` is the cohort's, an IANA name: in it absences fall on days.
    """
    with localcontext(EXACT):
        parts = tuple(_parts(result, programme))
        improvable = [part for part in parts if part.is_improvable]
        return Reach(
            worst=_rounded(result.figures.of_all, programme),
            best=_rounded(result.figures.best_possible, programme),
            left=tuple(part.unit for part in parts if part.is_left),
            improvable=tuple(part.unit for part in improvable),
            may_fall=any(part.attempts in FALLING for part in improvable),
            needs=tuple(_needs(result, programme, parts)),
            unless=_unless(result, programme, parts),
            ahead=_ahead(result, programme.absence_limit, ZoneInfo(time_zone), now),
        )


def _parts(result: Result, programme: Programme) -> Iterator[_Part]:
    """The units that weigh something; a session that is a condition only is none of them."""
    attempts = {module.iri: module.attempts for module in modules(programme)}
    for unit, share in _shares(result.components, ONE):
        if share > 0:
            counted = (one.evidence.score for one in unit.evidence if one.counted)
            scores = tuple(score for score in counted if score is not None)
            yield _Part(unit=unit, share=share, attempts=attempts.get(unit.unit, "best"), scores=scores)


def _rounded(figure: Decimal | None, programme: Programme) -> Decimal | None:
    return None if figure is None else rounded(figure, programme.places)


def _shares(components: Iterable[ComponentResult], share: Decimal) -> Iterator[tuple[UnitResult, Decimal]]:
    """Every unit in a figure, with its share of the whole. A component without a figure is left out, as in the fold."""
    there = [one for one in components if one.figures.of_all is not None and one.weight > 0]
    total = sum((one.weight for one in there), ZERO)
    for one in there:
        part = share * one.weight / total
        if one.components:
            yield from _shares(one.components, part)
        else:
            included = [(unit, weight_of(unit)) for unit in one.units if not unit.excluded]
            hours = sum((weight for _, weight in included), ZERO)
            yield from ((unit, part * weight / hours) for unit, weight in included)


def _needs(result: Result, programme: Programme, parts: Sequence[_Part]) -> Iterator[Need]:
    """The pass mark, then the predicates above where one stands, the lowest first."""
    stands = _rounded(result.figures.of_all, programme)
    if stands is None:
        return
    above = [(band.at_least, band.name) for band in programme.predicates if band.at_least > stands]
    for at_least, name in [(programme.pass_mark, ""), *sorted(above)]:
        yield Need(
            name=name,
            at_least=at_least,
            is_reached=stands >= at_least,
            left=_least(parts, at_least, programme.places, again=False),
            again=_least(parts, at_least, programme.places, again=True),
        )


def _least(parts: Sequence[_Part], at_least: Decimal, places: int, *, again: bool) -> Decimal | None:
    """The least hundredth 0..100 with which the rounded whole reaches the mark; None if 100 does not."""
    whole = _whole(parts, again=again)
    place = bisect_left(HUNDREDTHS, True, key=lambda number: rounded(whole(_hundredths(number)), places) >= at_least)
    return _hundredths(place) if place in HUNDREDTHS else None


def _hundredths(number: int) -> Decimal:
    return Decimal(number).scaleb(-2)


def _whole(parts: Sequence[_Part], *, again: bool) -> Callable[[Decimal], Decimal]:
    """The whole by the average in what is open; it never falls as the average grows."""
    opened, shut = [], ZERO
    for part in parts:
        if part.is_left or (again and part.is_improvable):
            opened.append(part)
        elif part.unit.value is not None:
            shut += part.share * part.unit.value
    return lambda average: sum((part.share * part.value(average) for part in opened), shut)


def _unless(result: Result, programme: Programme, parts: Sequence[_Part]) -> tuple[Loss, ...]:
    """The fewest units without whose loss the pass mark could be reached. No correction gives a unit more than 100,
    so the largest losses are the fewest."""
    best, mark = result.figures.best_possible, programme.pass_mark
    if best is None or rounded(best, programme.places) >= mark:
        return ()
    lost = [(part.share * (HUNDRED - part.unit.best_value), part.unit) for part in parts]
    lost = sorted((pair for pair in lost if pair[0] > 0), key=lambda pair: pair[0], reverse=True)
    regained = accumulate(points for points, _ in lost)
    short = sum(rounded(best + points, programme.places) < mark for points in regained)
    return tuple(Loss(unit=unit, points=rounded(points, programme.places)) for points, unit in lost[: short + 1])


def _ahead(result: Result, limit: AbsenceLimit, zone: ZoneInfo, now: datetime) -> Ahead:
    """What may still be missed, and which sessions are left to miss."""
    sessions = [unit for one in _leaves(result.components) for unit in one.units if unit.kind == "session"]
    sessions += result.sessions_outside
    opened = [unit for unit in sessions if unit.outstanding]
    missed = {_day(unit, zone) for unit in sessions if unit.absent}
    return Ahead(
        allowances=_allowances(result.absence, limit),
        to_come=tuple(unit for unit in opened if unit.starts_at is not None and unit.starts_at > now),
        unmarked=tuple(unit for unit in opened if unit.starts_at is None or unit.starts_at <= now),
        tipping=tuple(
            unit for unit in opened if _tips(unit, result.absence, limit, is_new_day=_day(unit, zone) not in missed)
        ),
    )


def _leaves(components: Iterable[ComponentResult]) -> Iterator[ComponentResult]:
    for one in components:
        yield from _leaves(one.components) if one.components else (one,)


def _day(unit: UnitResult, zone: ZoneInfo) -> date | None:
    return None if unit.starts_at is None else unit.starts_at.astimezone(zone).date()


def _allowances(absence: Absence, limit: AbsenceLimit) -> tuple[Allowance, ...]:
    missed: tuple[tuple[Literal["sessions", "jp", "days"], Decimal, Decimal | int | None], ...] = (
        ("sessions", Decimal(absence.sessions), limit.sessions),
        ("jp", absence.jp, limit.jp),
        ("days", Decimal(absence.days), limit.days),
    )
    return tuple(Allowance(by=by, missed=count, limit=Decimal(most)) for by, count, most in missed if most is not None)


def _tips(unit: UnitResult, absence: Absence, limit: AbsenceLimit, *, is_new_day: bool) -> bool:
    """Whether missing this session exceeds a limit that is kept so far."""
    after = Absence(sessions=absence.sessions + 1, jp=absence.jp + unit.jp, days=absence.days + is_new_day)
    pairs = zip(_allowances(absence, limit), _allowances(after, limit), strict=True)
    return any(then.is_over and not before.is_over for before, then in pairs)
