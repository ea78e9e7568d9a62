"""Where the parts of a programme stand, and which of them stand elsewhere in another version. Pure."""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from lms.programme.difference_matching import above
from lms.programme.values import Programme
from lms.programme.walking import components


@dataclass(frozen=True, kw_only=True, slots=True)
class Stand:
    """Where a part stands: in which group, as which number from 1, and how people read the group."""

    group: str
    number: int
    where: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Move:
    """`parent`: into another component, told as the titles around it. `order`: among those beside it, by number."""

    field: Literal["parent", "order"]
    before: str | int
    after: str | int


def statuses_stand(programme: Programme) -> dict[str, Stand]:
    """Where each status stands, by its code."""
    return _stands("", "", (status.code for status in programme.statuses))


def components_stand(programme: Programme, pairs: Mapping[str, str]) -> dict[str, Stand]:
    """Where each component stands, by its path as `pairs` has it."""
    found = _stands("", "", (pairs.get(one.path, one.path) for one in programme.components))
    trails = _trails(programme)
    for one in components(programme):
        inner = (pairs.get(part.path, part.path) for part in one.components)
        found |= _stands(pairs.get(one.path, one.path), trails[one.path], inner)
    return found


def modules_stand(programme: Programme, pairs: Mapping[str, str]) -> dict[str, Stand]:
    """Where each module stands, by its IRI."""
    found: dict[str, Stand] = {}
    trails = _trails(programme)
    for one in components(programme):
        found |= _stands(pairs.get(one.path, one.path), trails[one.path], (module.iri for module in one.modules))
    return found


def _stands(group: str, where: str, keys: Iterable[str]) -> dict[str, Stand]:
    return {key: Stand(group=group, number=number, where=where) for number, key in enumerate(keys, start=1)}


def _trails(programme: Programme) -> dict[str, str]:
    """The titles from the top down to each component, by its path."""
    found: dict[str, str] = {}
    for one in components(programme):
        around = found.get(above(one.path), "")
        found[one.path] = f"{around} › {one.title}" if around else one.title
    return found


def moves(before: Mapping[str, Stand], after: Mapping[str, Stand]) -> dict[str, Move]:
    """What stands elsewhere, of that which is in both; in a changed order, as few as explain it."""
    found: dict[str, Move] = {}
    stayed: dict[str, list[str]] = {}
    for key, stand in after.items():
        if key in before and before[key].group == stand.group:
            stayed.setdefault(stand.group, []).append(key)
        elif key in before:
            found[key] = Move(field="parent", before=before[key].where, after=stand.where)
    for keys in stayed.values():
        in_order = _rising([before[key].number for key in keys])
        for key in keys:
            if before[key].number not in in_order:
                found[key] = Move(field="order", before=before[key].number, after=after[key].number)
    return found


def _rising(numbers: Sequence[int]) -> set[int]:
    """The most of these different numbers that rise as they stand."""
    ends: list[int] = []
    previous: dict[int, int | None] = {}
    for number in numbers:
        at = bisect_left(ends, number)
        previous[number] = ends[at - 1] if at else None
        ends[at : at + 1] = [number]
    found: set[int] = set()
    last = ends[-1] if ends else None
    while last is not None:
        found.add(last)
        last = previous[last]
    return found
