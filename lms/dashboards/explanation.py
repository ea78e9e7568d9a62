"""A figure taken apart: what it is the weighted mean of, and how that comes out. Pure; part of the rules."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from typing import Literal

from lms.progress.rules import EXACT, ComponentResult, Result, UnitResult, rounded

FigureName = Literal["so_far", "of_all", "best_possible"]
FIGURES: tuple[FigureName, ...] = ("so_far", "of_all", "best_possible")
ZERO = Decimal(0)
ASSESSMENT_WEIGHT = Decimal(1)
"""An assessment is the only unit of its component, so any weight gives the same mean."""

SHOWN_EXACTLY = 30
"""Places: beyond them lies only the noise of divisions that were cut, such as 99.99…9 for three thirds of 100."""


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
class Term:
    """One line of a receipt: weight times value is product; both are None for what is not in the figure."""

    title: str
    weight: Decimal
    value: Decimal | None
    product: Decimal | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Receipt:
    """How one figure comes out: the products of its terms, added and divided by their weights, then rounded.

    `figure` is None where nothing weighs anything.
    """

    name: FigureName
    terms: tuple[Term, ...]
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


def receipts(parts: Sequence[Part]) -> tuple[Receipt, ...]:
    """The three figures of these parts, each line by line."""
    with localcontext(EXACT):
        return tuple(_receipt(name, parts) for name in FIGURES)


def _receipt(name: FigureName, parts: Sequence[Part]) -> Receipt:
    values = [(part, getattr(part, name)) for part in parts]
    standing = [(part.weight, value) for part, value in values if value is not None]
    weights = sum((weight for weight, _ in standing), ZERO)
    products = sum((weight * value for weight, value in standing), ZERO)
    return Receipt(
        name=name,
        terms=tuple(_term(part, value) for part, value in values),
        weights=weights,
        products=rounded(products, SHOWN_EXACTLY),
        figure=rounded(products / weights) if weights != 0 else None,
    )


def _term(part: Part, value: Decimal | None) -> Term:
    if value is None:
        return Term(title=part.title, weight=part.weight, value=None, product=None)
    product = rounded(part.weight * value, SHOWN_EXACTLY)
    return Term(title=part.title, weight=part.weight, value=rounded(value, SHOWN_EXACTLY), product=product)
