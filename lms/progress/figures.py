"""The arithmetic of figures: where they are exact, where they are rounded, and how they are weighed."""

from collections.abc import Callable, Iterable, Sequence
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Context, Decimal

from lms.programme.rules import Attempts
from lms.progress.values import ComponentResult, Figures, UnitResult

ZERO = Decimal(0)
ONE = Decimal(1)
HUNDRED = Decimal(100)

# Fifty digits carry every sum and product of figures exactly; only a division is ever cut, near the 48th place.
EXACT = Context(prec=50, rounding=ROUND_HALF_EVEN)
_NOISE = Decimal(1).scaleb(-30)


def settle(value: Decimal) -> Decimal:
    """The figure without the noise of cut divisions.

    Three thirds of 100 add up to 99.99…9, which is 100 to everybody but a comparison. Noise lies beyond the 45th place
    and nobody's scores reach the 30th, so rounding there brings both back to one figure. Every figure passes through
    here once, right before it is rounded or compared, and never before it is reckoned with further.
    """
    return value.quantize(_NOISE, context=EXACT)


def rounded(value: Decimal, places: int = 2) -> Decimal:
    """The figure as it is shown and as bands, the pass mark and reasons read it: half up, from any exact figure."""
    return settle(value).quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP, context=EXACT)


def mean(scores: Sequence[Decimal]) -> Decimal:
    """The mean of at least one score, in the context of the caller."""
    return sum(scores, ZERO) / len(scores)


# What several scores of one module come to; they are in the order of time, and at least one.
ATTEMPTS: dict[Attempts, Callable[[Sequence[Decimal]], Decimal]] = {
    "best": max,
    "last": lambda scores: scores[-1],
    "first": lambda scores: scores[0],
    "mean": mean,
}


def weighted_mean(pairs: Iterable[tuple[Decimal, Decimal | None]]) -> Decimal | None:
    """The mean of (weight, value) pairs. A pair without a value is left out, so that the other weights are scaled up;
    without any weight there is no mean."""
    there = [(weight, value) for weight, value in pairs if value is not None]
    total = sum((weight for weight, _ in there), ZERO)
    return sum((weight * value for weight, value in there), ZERO) / total if total != 0 else None


def leaf_figures(units: Sequence[UnitResult]) -> Figures:
    """The three figures over the units of one component, weighed by JP; what has no value is 0."""
    included = [(weight_of(unit), unit) for unit in units if not unit.excluded]
    valued = [(weight, ZERO if unit.value is None else unit.value, unit.counts) for weight, unit in included]
    return Figures(
        so_far=weighted_mean((weight, value) for weight, value, counts in valued if counts),
        of_all=weighted_mean((weight, value) for weight, value, _ in valued),
        best_possible=weighted_mean((weight, unit.best_value) for weight, unit in included),
        counted=sum(unit.counts for _, unit in included),
        units=len(included),
    )


def parent_figures(components: Sequence[ComponentResult]) -> Figures:
    """The three figures over components, weighed by their weights: of a parent, and of the whole."""
    parts = [(one.weight, one.figures) for one in components]
    return Figures(
        so_far=weighted_mean((weight, figures.so_far) for weight, figures in parts),
        of_all=weighted_mean((weight, figures.of_all) for weight, figures in parts),
        best_possible=weighted_mean((weight, figures.best_possible) for weight, figures in parts),
        counted=sum(figures.counted for _, figures in parts),
        units=sum(figures.units for _, figures in parts),
    )


def weight_of(unit: UnitResult) -> Decimal:
    """What a unit weighs in its component: its JP. An assessment has no JP: it is the only unit of its component."""
    return ONE if unit.kind == "assessment" else unit.jp
