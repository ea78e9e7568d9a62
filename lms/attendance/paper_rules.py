"""How a register is laid out on paper: how many people a sheet has, and who stands on which. Pure."""

from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")

ROWS = 20
"""People of one sheet. Rows have one height whatever a name is like, so a sheet is always one page."""


def sheets(people: Sequence[T]) -> tuple[tuple[T, ...], ...]:
    """The people of each sheet, in their order; there is one sheet, to be filled in by hand, even for nobody."""
    starts = range(0, len(people), ROWS)
    return tuple(tuple(people[start : start + ROWS]) for start in starts) or ((),)
