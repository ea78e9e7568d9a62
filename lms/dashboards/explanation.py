"""A figure taken apart: what it is the weighted mean of, and how that comes out. Pure; part of the rules."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext

from lms.progress.rules import EXACT, ComponentResult, Result, UnitResult, rounded

FIGURES = ("so_far", "of_all", "best_possible")
ZERO = Decimal(0)
ASSESSMENT_WEIGHT = Decimal(1)
"""An assessment is the only unit of its component, so any weight gives the same mean."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """One of the things a figure is made of: a component or a unit, with its weight and its three values.

    A value is None where the part does not stand in that figure. `missing` says that a 0 stands for no value at all.
    """

    title: str
    weight: Decimal
    so_far: Decimal | None
    of_all: Decimal | None
    best_possible: Decimal | None
    missing: bool = False
    component: ComponentResult | None = None
    unit: UnitResult | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Sum:
    """The last step of one figure: `products` (weight times value, summed) over `weights` gives `figure`, rounded."""

    weights: Decimal
    products: Decimal
    figure: Decimal | None


def parts_of(result: Result, component: ComponentResult | None) -> tuple[Part, ...]:
    """What the whole's figures, or a component's, are made of, in the programme's order."""
    if component is None:
        return tuple(_component(one) for one in result.components)
    if component.components:
        return tuple(_component(one) for one in component.components)
    return tuple(_unit(one) for one in component.units)


def _component(one: ComponentResult) -> Part:
    figures = one.figures
    return Part(
        title=one.title,
        weight=one.weight,
        so_far=figures.so_far,
        of_all=figures.of_all,
        best_possible=figures.best_possible,
        component=one,
    )


def _unit(one: UnitResult) -> Part:
    value = ZERO if one.value is None else one.value
    return Part(
        title=one.title,
        weight=ASSESSMENT_WEIGHT if one.kind == "assessment" else one.jp,
        so_far=value if one.counts and not one.excluded else None,
        of_all=None if one.excluded else value,
        best_possible=None if one.excluded else one.best_value,
        missing=one.value is None and not one.excluded,
        unit=one,
    )


def sums(parts: Sequence[Part]) -> dict[str, Sum]:
    """The last step of each of the three figures."""
    return {name: _sum((part.weight, getattr(part, name)) for part in parts) for name in FIGURES}


def _sum(weighted: Iterable[tuple[Decimal, Decimal | None]]) -> Sum:
    with localcontext(EXACT):
        standing = [(weight, value) for weight, value in weighted if value is not None]
        weights = sum((weight for weight, _ in standing), ZERO)
        products = sum((weight * value for weight, value in standing), ZERO)
        figure = rounded(products / weights) if weights != 0 else None
    return Sum(weights=weights, products=products, figure=figure)
