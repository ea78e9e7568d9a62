"""Reads the tables of a programme file value by value.

A problem never stops the reading: it is kept, and a harmless value stands in, so that one reading finds them all.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from difflib import get_close_matches
from typing import Any, TypeVar, cast

from lms.errors import N_, DomainError, Problems
from lms.programme.values import Source

T = TypeVar("T")

DECIMAL = re.compile(r"-?[0-9]{1,9}(\.[0-9]{1,9})?")
INTEGER_LIMIT = 10**9
CONTROL = re.compile(r"[\x00-\x1f\x7f]")
TEXT_LIMIT = 300
LABEL_LIMIT = 64


class Problem(DomainError):
    """One thing that is wrong with a programme file, and what would be right.

    `place` is `component[mooc].module[3].pass_mark`: a component goes by its key, a status by its code, a predicate by
    its name, and a module by its number, counted from 1.
    """


class ProgrammeErrors(Problems):
    """Everything that is wrong with a programme file at once; `problems` holds a `Problem` for each."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Float:
    """A floating-point number of the file, kept as it is written: it is not exact, so no key takes one."""

    text: str


class Report:
    """What a reading of the file has gathered besides the values themselves."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.places: set[str] = set()
        self.sources: list[Source] = []
        self.used: dict[tuple[str, str], Table] = {}

    def add(self, place: str, template: str, **params: object) -> None:
        self.places.add(place)
        self.problems.append(Problem(template, place=place, **params))


class Table:
    """One table of the file. A key that is asked for is thereby known; `close` reports the others."""

    def __init__(self, content: dict[str, Any], place: str, report: Report) -> None:
        self.content = content
        self.place = place
        self.report = report
        self.known: set[str] = set()

    def at(self, key: str) -> str:
        """The place of a key of this table."""
        return f"{self.place}.{key}" if self.place else key

    def complain(self, key: str, template: str, **params: object) -> None:
        self.report.add(self.at(key), template, **params)

    def clean(self, key: str) -> bool:
        """Whether nothing is wrong with a key so far."""
        return self.at(key) not in self.report.places

    def has(self, key: str) -> bool:
        self.known.add(key)
        return key in self.content

    def optional(self, key: str, read: Callable[[str], T]) -> T | None:
        """What `read` makes of a key that may be left out, None if it is."""
        return read(key) if self.has(key) else None

    def text(self, key: str, default: str | None = None, *, limit: int = TEXT_LIMIT) -> str:
        """A text of 1 to `limit` characters without line breaks, and without blanks around it."""
        if not self.has(key):
            if default is None:
                self.complain(key, N_("This is missing; give a text."))
            return default or ""
        value = self.content[key]
        if not isinstance(value, str) or not value or value != value.strip():
            self.complain(key, N_("This must be a text in quotes, not empty and without blanks around it."))
            return ""
        if CONTROL.search(value) or len(value) > limit:
            self.complain(key, N_("This must be one line of at most %(limit)s characters."), limit=limit)
            return ""
        return value

    def decimal(self, key: str, default: Decimal | None = None, *, low: int = 0, high: int = 100) -> Decimal:
        """A decimal written as text, or an integer, from `low` to `high`."""
        bounds = {"low": low, "high": high}
        if not self.has(key) and default is not None:
            return default
        if not self.has(key):
            self.complain(key, N_("This is missing; give a decimal from %(low)s to %(high)s in quotes."), **bounds)
            return Decimal(low)
        value = self._exact(key, self.content[key])
        if value is None:
            return Decimal(low)
        if value.is_signed() or not low <= value <= high:
            template = N_("%(value)s is out of range; it must lie from %(low)s to %(high)s.")
            self.complain(key, template, value=value, **bounds)
        return value

    def _exact(self, key: str, value: object) -> Decimal | None:
        if isinstance(value, int) and not isinstance(value, bool) and abs(value) < INTEGER_LIMIT:
            return Decimal(value)
        if isinstance(value, str) and DECIMAL.fullmatch(value):
            return Decimal(value)
        if isinstance(value, Float):
            template = N_('A number with a point is not exact here; write it in quotes: "%(value)s".')
            self.complain(key, template, value=value.text[:LABEL_LIMIT])
        else:
            template = N_('This must be a decimal in quotes, with a point and at most nine places, such as "70.01".')
            self.complain(key, template)
        return None

    def integer(self, key: str, *, low: int, high: int) -> int:
        """A whole number from `low` to `high`."""
        bounds = {"low": low, "high": high}
        if not self.has(key):
            self.complain(key, N_("This is missing; give a whole number from %(low)s to %(high)s."), **bounds)
            return low
        value = self.content[key]
        if isinstance(value, int) and not isinstance(value, bool) and low <= value <= high:
            return value
        self.complain(key, N_("This must be a whole number without quotes, from %(low)s to %(high)s."), **bounds)
        return low

    def flag(self, key: str) -> bool:
        """True or false, false where it is left out."""
        value = self.content.get(key, False)
        if self.has(key) and not isinstance(value, bool):
            self.complain(key, N_("This must be true or false, without quotes."))
        return value is True

    def choice(self, key: str, choices: tuple[str, ...], default: str | None = None) -> str:
        """One of the words in `choices`; the first stands in for a wrong one."""
        value = self.content[key] if self.has(key) else default
        if value in choices:
            return cast(str, value)
        self.complain(key, N_("This must be one of: %(choices)s."), choices=", ".join(choices))
        return choices[0]

    def matching(self, key: str, pattern: re.Pattern[str], template: str, *, limit: int = TEXT_LIMIT) -> str:
        """A text that matches the whole pattern; `template` tells what would be right."""
        value = self.text(key, limit=limit)
        if value and not pattern.fullmatch(value):
            self.complain(key, template)
            return ""
        return value

    def unique(self, key: str, value: str, among: str) -> None:
        """Report a value that another table has used already in the same scope."""
        first = self.report.used.setdefault((among, value), self)
        if value and first is not self:
            template = N_("“%(value)s” is used already, at %(other)s; each must be different.")
            self.complain(key, template, value=value, other=first.at(key))

    def table(self, key: str) -> "Table":
        """The table at a key, an empty one where it is left out."""
        value = self.content[key] if self.has(key) else {}
        if not isinstance(value, dict):
            self.complain(key, N_("This must be a table: write [%(name)s] above its keys."), name=key)
            value = {}
        return Table(value, self.at(key), self.report)

    def tables(self, key: str, named_by: str = "") -> tuple["Table", ...]:
        """The tables at a key in the file's order, none where it is left out."""
        value = self.content[key] if self.has(key) else []
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            self.complain(key, N_("These must be tables: write [[%(name)s]] above each of them."), name=key)
            return ()
        return tuple(
            Table(item, f"{self.at(key)}[{label_of(item.get(named_by), str(number))}]", self.report)
            for number, item in enumerate(value, start=1)
        )

    def close(self) -> None:
        """Gather where the table comes from, then report every key that nobody asked for."""
        if self.has("source") | self.has("verified"):
            text = self.text("source", default="")
            source = Source(place=self.place or "programme", text=text, verified=self.flag("verified"))
            self.report.sources.append(source)
        for key in self.content:
            if key not in self.known:
                self._unknown(key)

    def _unknown(self, key: str) -> None:
        known, shown = sorted(self.known), label_of(key, "?")
        close = get_close_matches(key[:LABEL_LIMIT], known, n=1)
        if close:
            self.complain(shown, N_("This key is unknown. Did you mean “%(name)s”?"), name=close[0])
        else:
            self.complain(shown, N_("This key is unknown. Known here are: %(keys)s."), keys=", ".join(known))


def label_of(value: object, otherwise: str) -> str:
    """What names a table in a place, unless it would make the place unreadable."""
    shown = isinstance(value, str) and value.isprintable() and 0 < len(value) <= LABEL_LIMIT
    return str(value) if shown else otherwise
