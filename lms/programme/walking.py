"""Ways through the parts of a programme. Part of `rules`, by which others come here."""

from collections.abc import Iterator

from lms.programme.values import Component, Module, Programme


def components(programme: Programme) -> Iterator[Component]:
    """Every component in the file's order, a parent before its sub-components: the order of columns in an export."""
    waiting = list(reversed(programme.components))
    while waiting:
        one = waiting.pop()
        yield one
        waiting.extend(reversed(one.components))


def leaves(programme: Programme) -> Iterator[Component]:
    """The components that have units of their own, in the file's order."""
    return (one for one in components(programme) if not one.components)


def modules(programme: Programme) -> Iterator[Module]:
    """Every module of every component, in the file's order."""
    return (module for leaf in leaves(programme) for module in leaf.modules)


def component(programme: Programme, path: str) -> Component | None:
    """The component at a dotted path (`academic.mooc`), None where there is none."""
    return next((one for one in components(programme) if one.path == path), None)
