"""What one cell of a file may hold: each function takes the text of a cell and returns its value, or refuses it."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal
from difflib import get_close_matches
from typing import Any, Self, TypeVar
from zoneinfo import ZoneInfo

from lms.assessment.rules import is_score
from lms.attendance.rules import MOST_MINUTES_LATE
from lms.errors import N_, DomainError
from lms.people.rules import fold, is_email
from lms.programme.rules import CODE_LIMIT, JP_LIMIT, TAKEN_CODES, YEARS

T = TypeVar("T")

SHORT, LONG = 200, 500
# Spreadsheets always write the sign of the exponent, so a code such as 12E5 is left alone.
SPOILT = re.compile(r"[+-]?\d+(?:[.,]\d+)?E[+-]\d+", re.IGNORECASE)
NUMBER = re.compile(r"[+-]?\d{1,9}(?:[.,]\d{1,12})?")
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
FORCED_TEXT = re.compile(r"'[\d=+@-]")


class CellError(DomainError):
    """Something is wrong with a file: on a line as an editor counts them, in a column; 0 and empty for none."""

    line: int = 0
    column: str = ""

    def at(self, line: int, column: str = "") -> Self:
        """The same, said of this place."""
        self.line, self.column = line, column
        self.place = f"line {line}, {column}" if column else f"line {line}"
        return self


def text(cell: str) -> str:
    """A short text on one line, perhaps empty; runs of blanks become one."""
    value = " ".join(cell.split())
    if not value.isprintable():
        raise CellError(N_("It holds characters that cannot be shown; type the text anew."))
    return _within(value, SHORT)


def remark(cell: str) -> str:
    """A text of several lines, perhaps empty."""
    if CONTROL.search(cell):
        raise CellError(N_("It holds characters that cannot be shown; type the text anew."))
    return _within(cell.strip(), LONG)


def _within(value: str, longest: int) -> str:
    if len(value) > longest:
        raise CellError(N_("It is longer than %(longest)s characters."), longest=longest)
    return value


def needed(cell: str) -> str:
    """A short text that may not be empty."""
    value = text(cell)
    if not value:
        raise CellError(N_("It is empty, and has to be filled in."))
    return value


def code(cell: str) -> str:
    """A session's code, which is also part of an address."""
    value = needed(cell)
    if "/" in value or len(value) > CODE_LIMIT or value in TAKEN_CODES:
        raise CellError(N_("%(value)s cannot be a code: it may have up to 60 characters, no /."), value=value)
    return value


def identifier(cell: str) -> str:
    """What a person is known by. The apostrophe by which people keep a number as text is taken off."""
    value = needed(cell[1:] if FORCED_TEXT.match(cell) else cell)
    if SPOILT.fullmatch(value):
        raise CellError(
            N_(
                "%(value)s is what a spreadsheet made of a long number: its last digits are lost. Format the column as "
                "text, enter the numbers again from their source, and save the file anew."
            ),
            value=value,
        )
    return value


def email(cell: str) -> str | None:
    """An e-mail address, None where there is none."""
    value = text(cell)
    if value and not is_email(value):
        raise CellError(N_("%(value)s is no e-mail address; it should look like name@example.org."), value=value)
    return value or None


def optional(cell: str) -> str | None:
    """A short text, None where there is none."""
    return text(cell) or None


def moment(cell: str) -> datetime:
    """A moment with its offset, in UTC."""
    value = needed(cell)
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        raise CellError(
            N_("%(value)s is no date and time; write it as 2021-05-20T06:00:00+07:00."), value=value
        ) from None
    if found.tzinfo is None:
        raise CellError(
            N_("%(value)s does not say in which time zone; add the offset, as in 2021-05-20T06:00:00+07:00."),
            value=value,
        )
    if found.year not in YEARS:
        raise CellError(N_("%(value)s lies outside the years 1900 to 2200."), value=value)
    return found.astimezone(UTC)


def dated(time_zone: str) -> Callable[[str], datetime | None]:
    """Reads a day (its first moment in this IANA zone), a moment with offset, or nothing."""

    def read(cell: str) -> datetime | None:
        value = text(cell)
        if not value:
            return None
        try:
            day = date.fromisoformat(value)
        except ValueError:
            return moment(value)
        if day.year not in YEARS:
            raise CellError(N_("%(value)s lies outside the years 1900 to 2200."), value=value)
        return datetime.combine(day, time(), ZoneInfo(time_zone)).astimezone(UTC)

    return read


def jp(cell: str) -> Decimal:
    """Lesson hours: more than 0, at most JP_LIMIT."""
    value = _number(cell)
    if not 0 < value <= JP_LIMIT:
        raise CellError(N_("%(value)s are no lesson hours; they are more than 0 and at most 1000."), value=cell.strip())
    return value


def score(cell: str) -> Decimal:
    """A score from 0 to 100 with up to four decimals."""
    value = _number(cell)
    if not is_score(value):
        raise CellError(N_("%(value)s is no score; it runs from 0 to 100, with up to 4 decimals."), value=cell.strip())
    return value


def _number(cell: str) -> Decimal:
    value = needed(cell)
    if not NUMBER.fullmatch(value) or not value.isascii():
        raise CellError(N_("%(value)s is no number; write it as 75.5 or 75,5."), value=value)
    return Decimal(value.replace(",", "."))


def minutes(cell: str) -> int | None:
    """Whole minutes from 0 to MOST_MINUTES_LATE, None where there are none."""
    value = text(cell)
    if not value:
        return None
    if not (value.isascii() and value.isdigit()) or len(value) > 3 or int(value) > MOST_MINUTES_LATE:
        raise CellError(N_("%(value)s are no minutes; write a whole number from 0 to 600, or nothing."), value=value)
    return int(value)


def one_of(known: Mapping[str, T], refuse: Callable[[str], CellError]) -> Callable[[str], T]:
    """Reads one of the known names, letter case aside where that leaves just one; else `refuse` makes the error."""
    folded: dict[str, list[T]] = {}
    for name, value in known.items():
        folded.setdefault(fold(name), []).append(value)

    def read(cell: str) -> T:
        value = needed(cell)
        if value in known:
            return known[value]
        found = folded.get(fold(value), [])
        if len(found) != 1:
            raise refuse(value)
        return found[0]

    return read


def nearest(value: str, known: Sequence[str]) -> str | None:
    """The known name that `value` was probably meant to be, None where none is like it."""
    folded = {fold(name): name for name in known}
    found = get_close_matches(fold(value), folded, n=1, cutoff=0.6)
    return folded[found[0]] if found else None


def listed(names: Sequence[Any]) -> str:
    """The names as a message lists them, a dash where there are none."""
    return ", ".join(str(name) for name in names) or "–"
