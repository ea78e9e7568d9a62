"""What is different between two versions of a programme, part by part. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Literal

from lms.programme.difference_matching import matched, subjects
from lms.programme.difference_moves import Move, components_stand, modules_stand, moves, statuses_stand
from lms.programme.values import AttendanceStatus, Component, Module, Predicate, Programme, Source
from lms.programme.walking import components, modules

Place = Literal["general", "limit", "statuses", "predicates", "components", "modules", "sources"]
What = Literal["added", "removed", "changed", "moved"]
Part = AttendanceStatus | Predicate | Component | Module | Source
Value = Decimal | int | str | tuple[str, ...] | Part | None

PLACES: tuple[Place, ...] = ("general", "limit", "statuses", "predicates", "components", "modules", "sources")
"""In the order in which they are told."""

GENERAL = ("code", "title", "pass_mark", "places", "mode")
LIMIT = ("sessions", "jp", "days")
STATUS = ("title", "weight", "absent", "excluded")
PREDICATE = ("at_least",)
COMPONENT = ("title", "kind", "weight")
MODULE = ("title", "jp", "attempts", "pass_mark", "complete_when", "due_after_days", "closes_after_days", "url")
SOURCE = ("text", "verified")


@dataclass(frozen=True, kw_only=True, slots=True)
class Difference:
    """One thing that is different.

    `key` is by what the part is known in the file: a status's code, a predicate's name, a component's path, a module's
    IRI, a source's place; empty in `general` and `limit`. `title` is how it reads, empty where it has no title of its
    own. `field` is the key of the file (`weight`, `at_least` for a predicate's `from`), empty where the whole part was
    added or removed: then the side where it is has the part itself, and the other None. Of what `moved`, the field is
    `parent`, with the titles of the components around it, or `order`, with its number among those beside it, from 1.
    `requires` holds titles.
    """

    place: Place
    what: What
    key: str = ""
    title: str = ""
    field: str = ""
    before: Value = None
    after: Value = None


def differences(before: Programme, after: Programme) -> tuple[Difference, ...]:
    """Everything that `after` says otherwise than `before`, by place as in `PLACES`.

    It is empty exactly when both have the same content, their version aside. Modules are known by their IRI and
    statuses by their code. A component is known by its path, and one that is elsewhere by its key.
    """
    pairs = matched(before, after)
    return (
        *_fields(Difference(place="general", what="changed"), before, after, GENERAL),
        *_fields(Difference(place="limit", what="changed"), before.absence_limit, after.absence_limit, LIMIT),
        *_statuses(before, after),
        *_predicates(before, after),
        *_components(before, after, pairs),
        *_modules(before, after, pairs),
        *_sources(before, after, pairs),
    )


def _statuses(before: Programme, after: Programme) -> Iterator[Difference]:
    old, new = ({one.code: one for one in programme.statuses} for programme in (before, after))
    moved = moves(statuses_stand(before), statuses_stand(after))
    for key in _keys(old, new):
        told = Difference(place="statuses", what="changed", key=key, title=(new.get(key) or old[key]).title)
        yield from _part(told, old.get(key), new.get(key), STATUS, moved.get(key))


def _predicates(before: Programme, after: Programme) -> Iterator[Difference]:
    old, new = ({one.name: one for one in programme.predicates} for programme in (before, after))
    for key in _keys(old, new):
        told = Difference(place="predicates", what="changed", key=key, title=key)
        yield from _part(told, old.get(key), new.get(key), PREDICATE)


def _components(before: Programme, after: Programme, pairs: Mapping[str, str]) -> Iterator[Difference]:
    """Those of `before` go by the path that they have in `after`, where they are there."""
    old = {pairs.get(one.path, one.path): one for one in components(before)}
    new = {one.path: one for one in components(after)}
    moved = moves(components_stand(before, pairs), components_stand(after, {}))
    for key in _keys(old, new):
        told = Difference(place="components", what="changed", key=key, title=(new.get(key) or old[key]).title)
        yield from _part(told, old.get(key), new.get(key), COMPONENT, moved.get(key))


def _modules(before: Programme, after: Programme, pairs: Mapping[str, str]) -> Iterator[Difference]:
    old, new = ({one.iri: one for one in modules(programme)} for programme in (before, after))
    moved = moves(modules_stand(before, pairs), modules_stand(after, {}))
    for key in _keys(old, new):
        told = Difference(place="modules", what="changed", key=key, title=(new.get(key) or old[key]).title)
        yield from _part(told, old.get(key), new.get(key), MODULE, moved.get(key))
        was, now = (set(side[key].requires) if key in side else set() for side in (old, new))
        if was != now and key in old and key in new:
            yield replace(told, field="requires", before=_titles(old, was), after=_titles(new, now))


def _titles(named: Mapping[str, Module], wanted: set[str]) -> tuple[str, ...]:
    """The titles of modules, in the order of the programme."""
    position = {iri: number for number, iri in enumerate(named)}
    return tuple(named[iri].title for iri in sorted(wanted, key=position.__getitem__))


def _sources(before: Programme, after: Programme, pairs: Mapping[str, str]) -> Iterator[Difference]:
    """A source is the same where it is about the same, wherever that stands in the file."""
    was, now = subjects(before, pairs), subjects(after, {})
    old = {was.get(one.place, (one.place, ""))[0]: one for one in before.sources}
    new = {now.get(one.place, (one.place, ""))[0]: one for one in after.sources}
    titles = dict(was.values()) | dict(now.values())
    for key in _keys(old, new):
        place = (new.get(key) or old[key]).place
        told = Difference(place="sources", what="changed", key=place, title=titles.get(key, ""))
        yield from _part(told, old.get(key), new.get(key), SOURCE)


def _keys(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """All that is there afterwards, in its order, then what is there no more."""
    return [*new, *(key for key in old if key not in new)]


def _part(
    told: Difference, before: Part | None, after: Part | None, fields: tuple[str, ...], move: Move | None = None
) -> Iterator[Difference]:
    """What is different in one part; `told` says which."""
    if before is None or after is None:
        yield replace(told, what="added" if before is None else "removed", before=before, after=after)
        return
    if move is not None:
        yield replace(told, what="moved", field=move.field, before=move.before, after=move.after)
    yield from _fields(told, before, after, fields)


def _fields(told: Difference, before: object, after: object, fields: tuple[str, ...]) -> Iterator[Difference]:
    for field in fields:
        was, now = getattr(before, field), getattr(after, field)
        if was != now:
            yield replace(told, field=field, before=was, after=now)
