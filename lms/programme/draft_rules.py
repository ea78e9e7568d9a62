"""A draft as a tree: the tables of a programme file in its order, however wrong or incomplete. Pure.

Numbers with a point are kept as texts of the same digits, so nothing becomes inexact on the way.
"""

import tomllib
from datetime import date, time
from typing import Any

import tomli_w

from lms.errors import N_
from lms.programme.parsing import SIZE_LIMIT, parse_programme
from lms.programme.reader import Problem, ProgrammeErrors

Tree = dict[str, Any]

# A programme lies 32 components deep at most; what is nested deeper is no programme.
NESTING_LIMIT = 100
# What is longer was made by no hand, and is more than a page can show.
LIST_LIMIT = 2000
# Python writes out no whole number of more digits than 4300.
LONGEST_NUMBER = 10**100


def tree_of(text: str) -> Tree:
    """The tree of a programme file that may be wrong; raises ProgrammeErrors if it is no TOML at all."""
    if len(text) > SIZE_LIMIT:
        raise _unreadable(text)
    try:
        read = tomllib.loads(text.removeprefix("\ufeff"), parse_float=str)
    except (ValueError, RecursionError):
        raise _unreadable(text) from None
    return {key: _plain(value, NESTING_LIMIT) for key, value in read.items()}


def toml_of(tree: Tree) -> str:
    """The programme file that says what the tree says."""
    return tomli_w.dumps(tree)


def problems_of(tree: Tree) -> tuple[Problem, ...]:
    """Everything that keeps the draft from being published, empty where nothing does."""
    try:
        parse_programme(toml_of(tree))
    except ProgrammeErrors as error:
        return tuple(problem for problem in error.problems if isinstance(problem, Problem))
    return ()


def _unreadable(text: str) -> ProgrammeErrors:
    """What parsing says of a text that is no programme file in any way."""
    try:
        parse_programme(text)
    except ProgrammeErrors as error:
        return error
    return _too_deep()


def _too_deep() -> ProgrammeErrors:
    return ProgrammeErrors((Problem(N_("The file is nested too deeply.")),))


def _plain(value: Any, depth: int) -> Any:
    """The value as JSON has it: dates, times and numbers that are too long become texts."""
    if depth == 0:
        raise _too_deep()
    if isinstance(value, dict):
        return {key: _plain(one, depth - 1) for key, one in value.items()}
    if isinstance(value, list):
        if len(value) > LIST_LIMIT:
            raise ProgrammeErrors((Problem(N_("A list may have at most %(limit)s entries."), limit=LIST_LIMIT),))
        return [_plain(one, depth - 1) for one in value]
    if isinstance(value, int) and abs(value) >= LONGEST_NUMBER:
        return hex(value)
    return value.isoformat() if isinstance(value, date | time) else value


def text_at(tree: Tree, key: str) -> str:
    """What lists show of a draft under a key: its text if it is one that can be shown, else nothing."""
    value = tree.get(key)
    return value.strip()[:300] if isinstance(value, str) and value.isprintable() else ""
