"""Why one participant's results differ between two versions of a programme. Pure.

A cause is told only where it makes a difference to this participant: what changed is tried out on the figures of both
results, so a weight that changed for nothing, or a closing that caught nobody, is passed over.
"""

from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal, localcontext

from lms.programme.rules import Component, Programme, components
from lms.progress import rule_causes
from lms.progress.cause_values import Side, Why, parent, shares
from lms.progress.figures import EXACT, rounded, weighted_mean
from lms.progress.module_causes import module_causes
from lms.progress.values import Figures, Result, UnitResult

FIGURES: tuple[Callable[[Figures], Decimal | None], ...] = (
    lambda figures: figures.so_far,
    lambda figures: figures.of_all,
    lambda figures: figures.best_possible,
)


def causes(before: Side, after: Side) -> tuple[Why, ...]:
    """Everything that makes these two results of one participant differ, in the order of the programme file."""
    with localcontext(EXACT):
        return (
            *_components(before.programme, after.programme),
            *_weights(before, after),
            *_modules(before, after),
            *rule_causes.statuses(before, after),
            *rule_causes.limits(before, after),
            *rule_causes.pass_mark(before, after),
            *rule_causes.predicates(before, after),
        )


# Components


def _components(before: Programme, after: Programme) -> Iterator[Why]:
    """What was added and removed, a parent without what is in it, and what is of another kind now."""
    old = {one.path: one for one in components(before)}
    new = {one.path: one for one in components(after)}
    for path, component in new.items():
        if path not in old and parent(path) not in new.keys() - old.keys():
            yield Why(cause="component.added", subject=component.title, after=component.weight)
    for path, component in old.items():
        if path not in new and parent(path) not in old.keys() - new.keys():
            yield Why(cause="component.removed", subject=component.title, before=component.weight)
        elif path in new and new[path].kind != component.kind:
            yield Why(
                cause="component.kind",
                subject=new[path].title,
                before=component.kind or "components",
                after=new[path].kind or "components",
            )


def _weights(before: Side, after: Side) -> Iterator[Why]:
    """The weights that moved a figure of what is above them."""
    old = {one.path: one for one in components(before.programme)}
    new = {one.path: one for one in components(after.programme)}
    figures = [_figures(side.result) for side in (before, after)]
    families: dict[str, list[str]] = {}
    for path in old:
        if path in new:
            families.setdefault(parent(path), []).append(path)
    for paths in families.values():
        if any(_weigh_differently(paths, old, new, known) for known in figures):
            for path in paths:
                if old[path].weight != new[path].weight and any(_has_figure(known[path]) for known in figures):
                    was, comes = old[path], new[path]
                    yield Why(cause="component.weight", subject=comes.title, before=was.weight, after=comes.weight)


def _figures(result: Result) -> dict[str, Figures]:
    found, waiting = {}, list(result.components)
    while waiting:
        one = waiting.pop()
        found[one.path] = one.figures
        waiting.extend(one.components)
    return found


def _weigh_differently(
    paths: Sequence[str], old: dict[str, Component], new: dict[str, Component], figures: dict[str, Figures]
) -> bool:
    """Whether these siblings come to another mean by their new weights. What is beside them plays no part."""

    def mean(versions: dict[str, Component], of: Callable[[Figures], Decimal | None]) -> Decimal | None:
        value = weighted_mean((versions[path].weight, of(figures[path])) for path in paths)
        return None if value is None else rounded(value, 20)

    return any(mean(old, of) != mean(new, of) for of in FIGURES)


def _has_figure(figures: Figures) -> bool:
    return any(of(figures) is not None for of in FIGURES)


# Modules


def _modules(before: Side, after: Side) -> Iterator[Why]:
    old, new = _places(before), _places(after)
    paths_before, paths_after = shares(before.programme), shares(after.programme)
    for iri, (path, unit) in new.items():
        if iri not in old and path in paths_before:
            yield Why(cause="module.added", subject=unit.title, comes=unit.value)
        elif iri in old:
            was_at, was = old[iri]
            if was_at != path:
                place, other = paths_before[was_at].title, paths_after[path].title
                yield Why(cause="module.moved", subject=unit.title, before=place, after=other)
            counts = paths_before[was_at].share > 0 or paths_after[path].share > 0
            yield from (
                Why(subject=unit.title, **told)
                for told in module_causes(
                    before.plan.modules[iri].module, was, after.plan.modules[iri].module, unit, counts=counts
                )
            )
    for iri, (path, unit) in old.items():
        if iri not in new and path in paths_after:
            yield Why(cause="module.removed", subject=unit.title, was=unit.value)


def _places(side: Side) -> dict[str, tuple[str, UnitResult]]:
    """Each module with the path of its component, by IRI."""
    found: dict[str, tuple[str, UnitResult]] = {}
    waiting = list(reversed(side.result.components))
    while waiting:
        one = waiting.pop()
        found |= {unit.unit: (one.path, unit) for unit in one.units if unit.kind == "module"}
        waiting.extend(reversed(one.components))
    return found
