"""What a programme is, and how its file is read: the entrance for other rooms. Pure."""

import json
from dataclasses import asdict
from decimal import Decimal
from typing import Any

from lms.programme.checks import CODE_LIMIT, JP_LIMIT, TAKEN_CODES, YEARS
from lms.programme.difference_rules import Difference, differences
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
from lms.programme.walking import component, components, leaves, modules

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
    "Difference",
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
    "differences",
    "leaves",
    "modules",
    "parse_programme",
]


def canonical(programme: Programme) -> str:
    """The content as one JSON text: equal for two files exactly when they say the same.

    The order of keys, predicates and sources means nothing, nor does the form of a number ("20", "20.0"). Components,
    modules and statuses keep their order, since that is the order in which people see them. Modules that require
    nothing do not say so: a version that was published before there were prerequisites has the content it had.
    """
    content = asdict(programme)
    for part in content["components"]:
        _sort_requires(part)
    content["predicates"] = sorted(content["predicates"], key=lambda band: band["at_least"])
    content["sources"] = sorted(content["sources"], key=lambda source: source["place"])
    return json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=_plain)


def _sort_requires(component: dict[str, Any]) -> None:
    for module in component["modules"]:
        requires = sorted(module.pop("requires"))
        if requires:
            module["requires"] = requires
    for inner in component["components"]:
        _sort_requires(inner)


def _plain(value: Any) -> str:
    if not isinstance(value, Decimal):
        raise TypeError(f"{type(value).__name__} is no part of a programme")
    return format(value.normalize(), "f")
