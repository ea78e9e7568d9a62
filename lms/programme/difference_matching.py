"""Which component of one version is which of another, and what a source is about. Pure."""

from collections import defaultdict
from collections.abc import Iterator, Mapping

from lms.programme.values import Component, Programme
from lms.programme.walking import components


def matched(before: Programme, after: Programme) -> dict[str, str]:
    """The path in `after` by the path in `before`, for each component that is in both.

    One with the same path is the same. Of the others, one with the same key within a component that is the same, and
    else the only one with that key.
    """
    there = {one.path for one in components(after)}
    pairs = {one.path: one.path for one in components(before) if one.path in there}
    back = dict(pairs)
    left = _by_key(one for one in components(before) if one.path not in pairs)
    fresh = _by_key(one for one in components(after) if one.path not in pairs)
    # A parent comes before what is in it.
    for one in [one for one in components(after) if one.path not in back]:
        found = _counterpart(one, left[one.key], fresh[one.key], back)
        if found is not None:
            pairs[found], back[one.path] = one.path, found
            del left[one.key][found], fresh[one.key][one.path]
    return pairs


def _by_key(found: Iterator[Component]) -> dict[str, dict[str, None]]:
    """The paths by their last key, in order."""
    paths: dict[str, dict[str, None]] = defaultdict(dict)
    for one in found:
        paths[one.key][one.path] = None
    return paths


def _counterpart(
    one: Component, left: Mapping[str, None], fresh: Mapping[str, None], back: Mapping[str, str]
) -> str | None:
    parent = back.get(above(one.path))
    within = f"{parent}.{one.key}"
    if parent is not None and within in left:
        return within
    return next(iter(left)) if len(left) == len(fresh) == 1 else None


def above(path: str) -> str:
    """The path of the component around one, empty at the top."""
    return path.rpartition(".")[0]


def subjects(programme: Programme, pairs: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """What each place of the file in which a component or module stands is about, with its title.

    A component goes by its path as `pairs` has it, and a module by its IRI: its number changes with those before it.
    """
    found: dict[str, tuple[str, str]] = {}
    places = {"": ""}
    for one in components(programme):
        place = f"{places[above(one.path)]}component[{one.key}]"
        places[one.path] = f"{place}."
        found[place] = (f"component {pairs.get(one.path, one.path)}", one.title)
        for number, module in enumerate(one.modules, start=1):
            found[f"{place}.module[{number}]"] = (f"module {module.iri}", module.title)
    return found
