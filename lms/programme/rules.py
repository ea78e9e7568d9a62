"""What a programme is, and how its file is read: the entrance for other rooms. Pure."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from decimal import Decimal
from typing import Any

from lms.programme.checks import CODE_LIMIT, JP_LIMIT, TAKEN_CODES, YEARS
from lms.programme.parsing import parse_programme
from lms.programme.reader import Problem, ProgrammeErrors
from lms.programme.values import (
    AbsenceLimit,
    Attempts,
    AttendanceStatus,
    CompleteWhen,
    Component,
    Kind,
    Module,
    Predicate,
    Programme,
    Source,
)

__all__ = [
    "CODE_LIMIT",
    "JP_LIMIT",
    "TAKEN_CODES",
    "YEARS",
    "AbsenceLimit",
    "Attempts",
    "AttendanceStatus",
    "CompleteWhen",
    "Component",
    "Kind",
    "Module",
    "Predicate",
    "Problem",
    "Programme",
    "ProgrammeErrors",
    "Source",
    "canonical",
    "component",
    "components",
    "leaves",
    "modules",
    "parse_programme",
]


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


def canonical(programme: Programme) -> str:
    """The content as one JSON text: equal for two files exactly when they say the same.

    The order of keys, predicates and sources means nothing, nor does the form of a number ("20", "20.0"). Components,
    modules and statuses keep their order, since that is the order in which people see them.
    """
    content = asdict(programme)
    content["predicates"] = sorted(content["predicates"], key=lambda band: band["at_least"])
    content["sources"] = sorted(content["sources"], key=lambda source: source["place"])
    return json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=_plain)


def _plain(value: Any) -> str:
    if not isinstance(value, Decimal):
        raise TypeError(f"{type(value).__name__} is no part of a programme")
    return format(value.normalize(), "f")
