"""What must be done before what: how a programme file says it, and circles in it. Pure."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from graphlib import CycleError, TopologicalSorter

from lms.errors import N_
from lms.programme.reader import TEXT_LIMIT, Report, Table
from lms.programme.values import Component, Module

REQUIRES_LIMIT = 100
# How many modules of a circle are told.
CIRCLE_LIMIT = 10


def read_requires(table: Table) -> tuple[str, ...]:
    """The IRIs of the modules that come before this one; that they are modules is looked at by `check_requires`."""
    value = table.content["requires"] if table.has("requires") else []
    if not isinstance(value, list) or not all(isinstance(iri, str) for iri in value):
        table.complain("requires", N_('This must be a list of IRIs in quotes, such as ["https://…", "https://…"].'))
        return ()
    if len(value) > REQUIRES_LIMIT:
        template = N_("At most %(limit)s modules can come before a module; name the last ones only.")
        table.complain("requires", template, limit=REQUIRES_LIMIT)
        return ()
    return tuple(value)


def check_requires(report: Report, components: tuple[Component, ...]) -> None:
    """Report what is wrong between modules, which is known only once all of them are read."""
    requires = {module.iri: module.requires for module in _modules(components)}
    for iri, wanted in requires.items():
        for number, one in enumerate(wanted):
            template = _flaw(iri, one, wanted[:number], requires)
            if template:
                _complain(report, iri, template, iri=one[:TEXT_LIMIT])
    known = {iri: [one for one in wanted if one in requires and one != iri] for iri, wanted in requires.items()}
    for circle in circles(known):
        template = N_("These modules wait for each other, so that none of them can be the first: %(circle)s.")
        _complain(report, circle[0], template, circle=" → ".join(_told(circle)))


def _flaw(iri: str, wanted: str, before: Sequence[str], known: Collection[str]) -> str:
    if wanted == iri:
        return N_("A module cannot come before itself; leave it out here.")
    if wanted in before:
        return N_("“%(iri)s” stands here twice; once is enough.")
    # A module whose own IRI is wrong has been told, and may be the one that is meant.
    if wanted not in known and "" not in known:
        return N_("“%(iri)s” is no module of this programme; give the IRI of one, exactly as it stands there.")
    return ""


def _complain(report: Report, iri: str, template: str, /, **params: object) -> None:
    report.used["module", iri].complain("requires", template, **params)


def _told(circle: tuple[str, ...]) -> list[str]:
    long = len(circle) > CIRCLE_LIMIT
    return [*circle[:CIRCLE_LIMIT], *(["…"] if long else []), circle[0]]


def _modules(components: tuple[Component, ...]) -> Iterator[Module]:
    for one in components:
        yield from one.modules
        yield from _modules(one.components)


def circles(requires: Mapping[str, Collection[str]]) -> list[tuple[str, ...]]:
    """The circles among modules that require each other, each as its modules, every one before what it requires.

    `requires` has every module that is required as a key too. Each module is in one circle at most, and where there
    are circles, one at least is found. It takes steps in proportion to the size of what it is given.
    """
    free = _free(requires)
    # Each module left is in a circle or requires one that is left, so a walk from it ends in a circle.
    following = {one: next(it for it in needs if it not in free) for one, needs in requires.items() if one not in free}
    found: list[tuple[str, ...]] = []
    seen: set[str] = set()
    for start in tuple(following):
        walk: list[str] = []
        at = start
        while at not in seen:
            seen.add(at)
            walk.append(at)
            at = following[at]
        if at in walk:
            found.append(tuple(walk[walk.index(at) :]))
    return found


def _free(requires: Mapping[str, Collection[str]]) -> set[str]:
    """The modules that can be done one after another."""
    order: TopologicalSorter[str] = TopologicalSorter(requires)
    # After that error the order still goes as far as it can.
    with suppress(CycleError):
        order.prepare()
    free: set[str] = set()
    while ready := order.get_ready():
        free.update(ready)
        order.done(*ready)
    return free
