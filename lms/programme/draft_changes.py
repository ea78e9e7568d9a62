"""What a page of a draft sends, put into its tree: the fields first, then what its button asks for. Pure."""

import copy
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lms.programme.draft_fields import Field, Listing, Sheet, put, single, tables
from lms.programme.draft_places import line_of
from lms.programme.draft_rules import Tree

ACT = re.compile(r"(?P<key>[a-z_]+)\.((?P<number>[0-9]{1,5})\.)?(?P<verb>add|remove|up|down|open)")


@dataclass(frozen=True, kw_only=True, slots=True)
class Act:
    """What a button asks for: `verb` add, or remove, up, down or open the table with this number, counted from 1."""

    key: str
    verb: str
    number: int = 0


def act_of(do: str) -> Act | None:
    """The act that a button names (`predicate.add`, `component.2.up`), None for one that only saves."""
    found = ACT.fullmatch(do)
    if found is None or (found["verb"] == "add") != (found["number"] is None):
        return None
    return Act(key=found["key"], verb=found["verb"], number=int(found["number"] or 0))


def changed(tree: Tree, *, where: str, sent: Mapping[str, str]) -> Tree:
    """The tree after a page was sent; raises NotFound if there is no part at `where`."""
    after = copy.deepcopy(tree)
    part = line_of(after, where)[-1]
    fill(part.table, part.sheet, sent)
    act, keys = act_of(sent.get("do", "")), {listing.key for listing in part.sheet.listings}
    if act is not None and act.key in keys:
        _do(part.table, act)
    return after


def fill(table: Tree, sheet: Sheet, sent: Mapping[str, str]) -> list[tuple[str, ...]]:
    """Write what was typed into a table and those in it; returns the rows for which there is no table any more.

    A row finds its table by what the table was called when the page was made, so it lands on no other one where
    somebody has moved them meanwhile.
    """
    for key, fields in sheet.singles.items():
        before = f"{key}." if key else ""
        if f"{before}was" in sent:
            _fill_single(table, key, fields, sent, before)
    lost: list[tuple[str, ...]] = []
    for listing in sheet.listings:
        _tidy(table, listing.key)
        lost += _fill_rows(tables(table, listing.key), listing, sent)
    return lost


def _fill_single(table: Tree, key: str, fields: tuple[Field, ...], sent: Mapping[str, str], before: str) -> None:
    target = single(table, key)
    _fill(target, fields, sent, before)
    if target and key:
        table[key] = target


def _fill_rows(found: list[Tree], listing: Listing, sent: Mapping[str, str]) -> list[tuple[str, ...]]:
    free = [(was(listing, one), one) for one in found]
    lost = []
    for before in _rows(listing, sent):
        match = next((pair for pair in free if pair[0] == sent[f"{before}was"]), None)
        if match is None:
            lost.append(tuple(text for field in listing.fields if (text := sent.get(f"{before}{field.key}", ""))))
        else:
            free = [pair for pair in free if pair is not match]
            _fill(match[1], listing.fields, sent, before)
    return lost


def _rows(listing: Listing, sent: Mapping[str, str]) -> Iterator[str]:
    """What the names of each row's inputs begin with, in the page's order."""
    number = 1
    while f"{listing.key}.{number}.was" in sent:
        yield f"{listing.key}.{number}."
        number += 1


def was(listing: Listing, table: Tree) -> str:
    """What a page calls a repeated table, so that its row is known again: one line, whatever the value is."""
    value = str(table.get(listing.named_by or listing.fields[0].key, ""))
    return " ".join("".join(one if one.isprintable() else " " for one in value).split())


def _fill(table: Tree, fields: tuple[Field, ...], sent: Mapping[str, str], before: str) -> None:
    for field in fields:
        if field.kind == "flag" or f"{before}{field.key}" in sent:
            put(field, table, sent.get(f"{before}{field.key}", ""))


def _tidy(table: Tree, key: str) -> None:
    """Where the tables at a key are none, or not all tables, keep those that are."""
    if table.get(key, []) != tables(table, key):
        table[key] = tables(table, key)


def _do(table: Tree, act: Act) -> None:
    found = tables(table, act.key)
    index = act.number - 1
    if act.verb == "add":
        table[act.key] = [*found, {}]
    elif not 0 <= index < len(found):
        return
    elif act.verb == "remove":
        table[act.key] = found[:index] + found[index + 1 :]
    elif act.verb in ("up", "down"):
        table[act.key] = _moved(found, index, -1 if act.verb == "up" else 1)
    if not table.get(act.key, True):
        del table[act.key]


def _moved(found: list[Any], index: int, by: int) -> list[Any]:
    other = index + by
    if 0 <= other < len(found):
        found[index], found[other] = found[other], found[index]
    return found
