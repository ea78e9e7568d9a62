"""What the statuses, the absence limit, the pass mark and the bands change for one participant. Pure."""

from collections import Counter
from collections.abc import Iterator, Sequence
from decimal import Decimal

from lms.programme.rules import AttendanceStatus, Predicate, Programme
from lms.progress.cause_values import Cause, Leaf, Side, Why, shares
from lms.progress.figures import HUNDRED, ZERO, rounded
from lms.progress.values import Result, UnitResult


def statuses(before: Side, after: Side) -> Iterator[Why]:
    """The statuses that this participant has somewhere and that count otherwise now, with at how many sessions."""
    old, new = before.plan.statuses, after.plan.statuses
    counts = any(leaf.share > 0 for side in (before, after) for leaf in _attendance(side.programme))
    for code, count in sorted(_marks(before, after).items()):
        was, comes = old.get(code), new.get(code)
        if was is None or comes is None:
            status = was or comes
            assert status is not None  # noqa: S101  (a mark counts by one version at least)
            yield Why(cause="status.removed" if comes is None else "status.added", subject=status.title, count=count)
            continue
        yield from _status(was, comes, count, counts=counts)


def _status(was: AttendanceStatus, comes: AttendanceStatus, count: int, *, counts: bool) -> Iterator[Why]:
    title = comes.title
    if was.excluded != comes.excluded:
        yield Why(
            cause="status.excluded", subject=title, before=_told(was.excluded), after=_told(comes.excluded), count=count
        )
    if was.absent != comes.absent:
        yield Why(
            cause="status.absent", subject=title, before=_told(was.absent), after=_told(comes.absent), count=count
        )
    if was.weight != comes.weight and counts and not (was.excluded and comes.excluded):
        before, after = was.weight * HUNDRED, comes.weight * HUNDRED
        yield Why(cause="status.weight", subject=title, before=before, after=after, count=count)


def _told(is_so: bool) -> str:
    return "yes" if is_so else "no"


def _attendance(programme: Programme) -> list[Leaf]:
    return [leaf for leaf in shares(programme).values() if leaf.kind == "attendance"]


def _marks(before: Side, after: Side) -> Counter[str]:
    """At how many sessions this participant has each status, by either version."""
    found: dict[str, str] = {}
    for side in (before, after):
        inside = (unit for leaf in _units(side.result) for unit in leaf)
        found |= {unit.unit: unit.status for unit in inside if unit.kind == "session" and unit.status is not None}
    return Counter(found.values())


def _units(result: Result) -> Iterator[tuple[UnitResult, ...]]:
    yield result.sessions_outside
    waiting = list(result.components)
    while waiting:
        one = waiting.pop()
        yield one.units
        waiting.extend(one.components)


def limits(before: Side, after: Side) -> Iterator[Why]:
    """The limits that somebody is beyond by one version only."""
    limits: tuple[tuple[Cause, str], ...] = (
        ("limit.sessions", "sessions"),
        ("limit.jp", "jp"),
        ("limit.days", "days"),
    )
    for cause, name in limits:
        old, new = getattr(before.programme.absence_limit, name), getattr(after.programme.absence_limit, name)
        missed = (getattr(side.result.absence, name) for side in (before, after))
        if any(_beyond(one, old) != _beyond(one, new) for one in missed):
            yield Why(cause=cause, subject="", before=old, after=new)


def _beyond(missed: Decimal | int, limit: Decimal | int | None) -> bool:
    return limit is not None and missed > limit


def pass_mark(before: Side, after: Side) -> Iterator[Why]:
    """The pass mark, where a figure reaches one of the two only."""
    old, new = before.programme.pass_mark, after.programme.pass_mark
    figures = [side.result.figures for side in (before, after)]
    shown = [rounded(value) for one in figures for value in (one.of_all, one.best_possible) if value is not None]
    if any((figure < old) != (figure < new) for figure in shown):
        yield Why(cause="pass_mark", subject="", before=old, after=new)


def predicates(before: Side, after: Side) -> Iterator[Why]:
    """The bands, where they and not the figure make another predicate."""
    old, new = before.programme.predicates, after.programme.predicates
    if before.result.predicate == after.result.predicate:
        return
    figures = [
        rounded(ZERO if value is None else value)
        for value in (before.result.figures.of_all, after.result.figures.of_all)
    ]
    if any(_band(old, figure) != _band(new, figure) for figure in figures):
        yield Why(cause="predicates", subject="", before=_bands(old), after=_bands(new))


def _band(bands: Sequence[Predicate], figure: Decimal) -> str | None:
    reached = [band for band in bands if band.at_least <= figure]
    return max(reached, key=lambda band: band.at_least).name if reached else None


def _bands(bands: Sequence[Predicate]) -> str:
    """The bands as one text, the highest first: `Baik 80, Cukup 0`."""
    ordered = sorted(bands, key=lambda band: band.at_least, reverse=True)
    return ", ".join(f"{band.name} {format(band.at_least.normalize(), 'f')}" for band in ordered)
