"""What measurements come to: percentiles, goals, and how both are told. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

PERCENTILES = (50, 95, 99)
MICROSECONDS = 1000
"""In a millisecond."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Goal:
    """What a page must keep to: its p95 stays under so many milliseconds, and it makes at most so many queries."""

    p95: int
    queries: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Measured:
    """A page shown again and again. `microseconds` are of each request, `queries` those of the costliest one."""

    page: str
    people: int
    microseconds: Sequence[int]
    queries: int

    def percentile(self, percent: int) -> int:
        """The smallest number of microseconds that so many percent of the requests did not exceed (nearest rank)."""
        return percentile(self.microseconds, percent)


def percentile(microseconds: Sequence[int], percent: int) -> int:
    """The smallest of them that so many percent of them do not exceed (nearest rank); 0 of none."""
    ordered = sorted(microseconds)
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)] if ordered else 0


def milliseconds(microseconds: int) -> str:
    """With two decimals, cut off."""
    return f"{microseconds // MICROSECONDS}.{microseconds % MICROSECONDS // 10:02}"


def hundredths(number: int) -> str:
    """A number of hundredths, with two decimals."""
    return f"{number // 100}.{number % 100:02}"


GOAL = Goal(p95=80, queries=8)


def misses(measured: Sequence[Measured], goal: Goal) -> Iterator[str]:
    """A sentence for each figure that misses the goal."""
    for one in measured:
        name = f"{one.page}, {one.people} people"
        if one.percentile(95) >= goal.p95 * MICROSECONDS:
            yield f"{name}: p95 is {milliseconds(one.percentile(95))} ms; the goal is under {goal.p95} ms."
        if one.queries > goal.queries:
            yield f"{name}: {one.queries} queries; the goal is at most {goal.queries}."


def table(measured: Sequence[Measured], goal: Goal) -> Iterator[str]:
    """The measurements in lines of text."""
    yield f"{'page':10}{'people':>8}{'requests':>10}{'p50 ms':>10}{'p95 ms':>10}{'p99 ms':>10}{'queries':>9}"
    for one in measured:
        figures = "".join(f"{milliseconds(one.percentile(percent)):>10}" for percent in PERCENTILES)
        yield f"{one.page:10}{one.people:8}{len(one.microseconds):10}{figures}{one.queries:9}"
    yield f"{'goal':28}{'':10}{f'< {goal.p95}':>10}{'':10}{f'<= {goal.queries}':>9}"
    ratios = "".join(f"{_ratio(measured, percent):>10}" for percent in PERCENTILES)
    yield f"{f'ratio {measured[-1].people} to {measured[0].people}':28}{ratios}"


def report(measured: Sequence[Measured], goal: Goal) -> dict[str, object]:
    """The same as values for JSON; milliseconds and ratios are texts of decimals."""
    return {
        "pages": [
            {
                "page": one.page,
                "people": one.people,
                "requests": len(one.microseconds),
                **{f"p{percent}_ms": milliseconds(one.percentile(percent)) for percent in PERCENTILES},
                "queries": one.queries,
            }
            for one in measured
        ],
        "goal": {"p95_ms": str(goal.p95), "queries": goal.queries},
        "ratio": {f"p{percent}": _ratio(measured, percent) for percent in PERCENTILES},
        "misses": list(misses(measured, goal)),
    }


def _ratio(measured: Sequence[Measured], percent: int) -> str:
    """How many times longer the last takes than the first, with two decimals."""
    return hundredths(measured[-1].percentile(percent) * 100 // max(1, measured[0].percentile(percent)))
