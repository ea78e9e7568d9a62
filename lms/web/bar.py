"""The geometry of the three-figure bar: figures of 0 to 100 become positions that an SVG takes as attributes.

Positions are percentages of the drawing's width, so one drawing serves every width and nothing needs a style attribute.
"""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

HUNDREDTH = Decimal("0.01")


@dataclass(frozen=True, kw_only=True, slots=True)
class Mark:
    """A point on the scale. `anchor` is the SVG text-anchor that keeps its label inside the drawing."""

    value: Decimal
    at: str
    anchor: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Bar:
    """What is drawn; None is left out. `solid` and `possible` both begin at 0, and the solid one lies on top."""

    solid: str | None
    possible: str | None
    so_far: Mark | None
    pass_mark: Mark | None
    target: Mark | None


def three_figure_bar(
    *,
    so_far: Decimal | None,
    of_all: Decimal | None,
    best_possible: Decimal | None,
    pass_mark: Decimal | None = None,
    target: Decimal | None = None,
) -> Bar:
    """The bar of three figures; what lies outside 0..100 is drawn at the edge."""
    return Bar(
        solid=None if of_all is None else position(of_all),
        possible=None if best_possible is None else position(best_possible),
        so_far=mark(so_far),
        pass_mark=mark(pass_mark),
        target=mark(target),
    )


def mark(value: Decimal | None) -> Mark | None:
    """A labelled point, or None for none."""
    return None if value is None else Mark(value=value, at=position(value), anchor=anchor(value))


def position(value: Decimal) -> str:
    """`41.87%`: always with a point, whatever the page's language, since SVG reads it."""
    within = min(max(value, Decimal(0)), Decimal(100))
    return f"{within.quantize(HUNDREDTH, ROUND_HALF_UP):f}%"


def anchor(value: Decimal) -> str:
    """A label in the outer quarters grows inwards, so that it stays within 320 pixels."""
    if value < 25:
        return "start"
    return "end" if value > 75 else "middle"
