"""What names, codes and moments may be, and how a whole list of rows is checked at once. Pure."""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lms.errors import N_, DomainError, Problems

NAME_LIMIT = 200
CODE_LIMIT = 60
JP_LIMIT = 1000
YEARS = range(1900, 2201)
"""In which a date may lie: what is outside is a slip, and near the ends of the calendar zones cannot be told apart."""
# What would be another page's address, or be resolved away by a browser.
TAKEN_CODES = frozenset({"new", ".", ".."})


@dataclass(frozen=True, kw_only=True, slots=True)
class Changed:
    """What a list of rows came to: how many are new, how many differ from before, how many were there as they are."""

    added: int
    changed: int
    unchanged: int


def compared(before: Mapping[Any, object], after: Mapping[Any, object]) -> Changed:
    """What has become of the rows that are told after; rows told before only are not counted."""
    known = [key for key in after if key in before]
    unchanged = sum(before[key] == after[key] for key in known)
    return Changed(added=len(after) - len(known), changed=len(known) - unchanged, unchanged=unchanged)


def label(text: str, *, place: str, limit: int = NAME_LIMIT) -> list[DomainError]:
    """What is wrong with a name or title: it is 1 to `limit` printable characters without blanks around."""
    if not text:
        return [DomainError(N_("This is missing."), place=place)]
    if len(text) > limit:
        return [DomainError(N_("This may have %(limit)s characters at most."), place=place, limit=limit)]
    if text != text.strip() or not text.isprintable():
        template = N_("This must be one line without blanks around it and without invisible characters.")
        return [DomainError(template, place=place)]
    return []


def optional_label(text: str | None, *, place: str, limit: int = NAME_LIMIT) -> list[DomainError]:
    """What is wrong with a text that may be left out."""
    return label(text, place=place, limit=limit) if text else []


def address_part(code: str, *, place: str) -> list[DomainError]:
    """What is wrong with a code that is part of a page's address: a cohort's or a session's."""
    if code in TAKEN_CODES:
        return [DomainError(N_("“%(code)s” cannot be a code; choose another."), place=place, code=code)]
    if "/" in code:
        return [DomainError(N_("A code cannot hold a “/”."), place=place)]
    return label(code, place=place, limit=CODE_LIMIT)


def period(starts_at: datetime, ends_at: datetime | None, *, place: str = "") -> list[DomainError]:
    """What is wrong with a start and an end: both name their offset from UTC, and the end is later."""
    at = {name: f"{place}, {name}" if place else name for name in ("starts_at", "ends_at")}
    template = N_("This needs an offset from UTC, such as 2026-03-02T08:00:00+07:00.")
    moments = {"starts_at": starts_at, "ends_at": ends_at}
    naive = [DomainError(template, place=at[name]) for name, moment in moments.items() if _naive(moment)]
    if naive or ends_at is None or ends_at > starts_at:
        return naive
    return [DomainError(N_("The end must be later than the start."), place=at["ends_at"])]


def _naive(moment: datetime | None) -> bool:
    return moment is not None and moment.utcoffset() is None


def place_of(row: Any, number: int) -> str:
    """Where a row stands: what its maker says of it (a line of a file), else its number, counted from 1."""
    return row.place or f"row {number}"


def doubled(rows: Sequence[Any], key: Callable[[Any], Hashable], *, column: str) -> list[DomainError]:
    """One problem for each row whose key, where it has one, an earlier row has already."""
    first: dict[Hashable, str] = {}
    problems = []
    for number, row in enumerate(rows, start=1):
        place = place_of(row, number)
        if key(row) and key(row) in first:
            template = N_("This stands at %(first)s already; keep one of the two.")
            problems.append(DomainError(template, place=f"{place}, {column}", first=first[key(row)]))
        first.setdefault(key(row), place)
    return problems


def refuse(problems: Iterable[DomainError]) -> None:
    """Raise Problems if there are any."""
    found = tuple(problems)
    if found:
        raise Problems(found)
