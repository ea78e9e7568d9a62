"""Which fields a draft's pages have, and how a value of the file is shown in one and read back. Pure.

What was typed is never refused here: what cannot be read is kept as a text, and the problem stands beside the field.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from lms.programme.draft_rules import Tree
from lms.programme.parsing import ATTEMPTS, COMPLETE_WHEN, KINDS

Kind = Literal["text", "decimal", "integer", "flag", "choice", "lines"]

INTEGER = re.compile(r"[+-]?[0-9]{1,9}")
COMMA = re.compile(r"([+-]?[0-9]+),([0-9]+)")


@dataclass(frozen=True, kw_only=True, slots=True)
class Field:
    """A key of a table. `choices` are those of a choice; the first stands where the key is left out."""

    key: str
    kind: Kind = "text"
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Listing:
    """Tables that repeat under a key. In a place, one goes by what stands under `named_by`, or by its number."""

    key: str
    named_by: str
    fields: tuple[Field, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Sheet:
    """What one page edits of a table: keys of its own, of single tables in it (by their keys), and repeated tables."""

    singles: Mapping[str, tuple[Field, ...]]
    listings: tuple[Listing, ...]


SOURCED = (Field(key="source"), Field(key="verified", kind="flag"))
GENERAL = (
    Field(key="code"),
    Field(key="title"),
    Field(key="version", kind="integer"),
    Field(key="pass_mark", kind="decimal"),
    *SOURCED,
)
LIMITS = (
    Field(key="sessions", kind="integer"),
    Field(key="jp", kind="decimal"),
    Field(key="days", kind="integer"),
    *SOURCED,
)
PREDICATES = Listing(
    key="predicate",
    named_by="name",
    fields=(Field(key="name"), Field(key="from", kind="decimal"), *SOURCED),
)
STATUSES = Listing(
    key="attendance_status",
    named_by="code",
    fields=(
        Field(key="code"),
        Field(key="title"),
        Field(key="weight", kind="decimal"),
        Field(key="absent", kind="flag"),
        Field(key="excluded", kind="flag"),
        *SOURCED,
    ),
)
COMPONENTS = Listing(
    key="component",
    named_by="key",
    fields=(
        Field(key="key"),
        Field(key="title"),
        Field(key="kind", kind="choice", choices=("", *KINDS)),
        Field(key="weight", kind="decimal"),
    ),
)
MODULES = Listing(
    key="module",
    named_by="",
    fields=(
        Field(key="iri"),
        Field(key="title"),
        Field(key="jp", kind="decimal"),
        Field(key="attempts", kind="choice", choices=ATTEMPTS),
        Field(key="complete_when", kind="choice", choices=COMPLETE_WHEN),
        Field(key="pass_mark", kind="decimal"),
        Field(key="due_after_days", kind="integer"),
        Field(key="closes_after_days", kind="integer"),
        Field(key="url"),
        Field(key="requires", kind="lines"),
        *SOURCED,
    ),
)
FRAME = Sheet(
    singles={"": GENERAL, "absence_limit": LIMITS, "rounding": SOURCED}, listings=(PREDICATES, STATUSES, COMPONENTS)
)
"""The page of the programme as a whole."""
PART = Sheet(singles={"": SOURCED}, listings=(COMPONENTS, MODULES))
"""The page of one component: what is inside it. The rest of it stands in the list of its parent."""


def shown(field: Field, table: Tree) -> str:
    """What stands in the field, empty for a key that is left out; "on" for a flag that is true."""
    value = table.get(field.key)
    if field.kind == "flag":
        return "on" if value is True else ""
    if value is None:
        return field.choices[0] if field.choices else ""
    if field.kind == "lines" and isinstance(value, list) and all(isinstance(one, str) for one in value):
        return "\n".join(value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def put(field: Field, table: Tree, text: str) -> None:
    """Write what was typed into the table. A field that was left as it is leaves the value as it was written."""
    typed = "\n".join(text.split()) if field.kind == "lines" else text.strip()
    if typed == shown(field, table):
        return
    if typed:
        table[field.key] = _value(field.kind, typed)
    else:
        table.pop(field.key, None)


def _value(kind: Kind, typed: str) -> Any:
    if kind == "flag":
        return True
    if kind == "lines":
        return typed.split("\n")
    if kind == "integer":
        return int(typed) if INTEGER.fullmatch(typed) else typed
    return COMMA.sub(r"\1.\2", typed) if kind == "decimal" and COMMA.fullmatch(typed) else typed


def tables(table: Tree, key: str) -> list[Tree]:
    """The repeated tables at a key; what is none is left out."""
    found = table.get(key)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def single(table: Tree, key: str) -> Tree:
    """The table itself for an empty key, else the single table at the key, an empty one where there is none."""
    found = table.get(key) if key else table
    return found if isinstance(found, dict) else {}
