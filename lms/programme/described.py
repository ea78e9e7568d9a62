"""A programme in an order and in units that people read. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from lms.programme.rules import Component, Programme


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """A component with how deep it lies, from 0, and its weight in the whole, from 0 to 100."""

    component: Component
    depth: int
    share: Decimal


def parts(programme: Programme) -> list[Part]:
    """Every component in the file's order, a parent before its sub-components."""
    return list(_parts(programme.components, 0, Decimal(100)))


def _parts(components: tuple[Component, ...], depth: int, whole: Decimal) -> Iterator[Part]:
    for component in components:
        share = whole * component.weight / 100
        yield Part(component=component, depth=depth, share=share)
        yield from _parts(component.components, depth + 1, share)
