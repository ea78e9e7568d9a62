"""The log of a live class, as conference services write it: who joined and left when. Pure.

Such a file often holds more than one table, with other columns each. The one that tells most is read.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from lms.attendance.presence_people import Known
from lms.errors import N_, DomainError, Problems
from lms.exchange import cells, times
from lms.exchange.cells import CellError, listed
from lms.exchange.readers import SEPARATORS, Row, Table, read_table
from lms.people.rules import fold

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "identifier": ("identifier", "nip", "nip/nrp", "employee id", "no. peserta", "nomor peserta"),
    "name": (
        "name",
        "name (original name)",
        "user name",
        "full name",
        "display name",
        "participant",
        "participant name",
        "attendee",
        "nama",
        "nama lengkap",
        "nama peserta",
        "nama (nama asli)",
    ),
    "first_name": ("first name", "nama depan"),
    "last_name": ("last name", "surname", "nama belakang"),
    "email": ("email", "e-mail", "user email", "email address", "participant id (upn)", "upn", "surel", "alamat email"),
    "joined": (
        "join",
        "join time",
        "joined",
        "joined at",
        "time joined",
        "first join",
        "first join time",
        "waktu bergabung",
        "bergabung",
        "waktu masuk",
        "masuk",
    ),
    "left": (
        "leave",
        "leave time",
        "left",
        "left at",
        "time exited",
        "time left",
        "last leave",
        "last leave time",
        "waktu keluar",
        "keluar",
    ),
    "minutes": (
        "minutes",
        "duration (minutes)",
        "total duration (minutes)",
        "duration",
        "in-meeting duration",
        "time in call",
        "time in session (minutes)",
        "durasi",
        "durasi (menit)",
        "menit",
    ),
}
"""What a column is called, by what it holds. Where a file has several of one kind, the first named here is read."""

OF_ALL_STAYS = {
    "first join",
    "first join time",
    "last leave",
    "last leave time",
    "total duration (minutes)",
    "in-meeting duration",
}
"""Columns that tell of all of somebody's stays at once; a table that tells of each goes before."""

TITLE = re.compile(r"\d+\.\s.*")
UTF_16 = (b"\xff\xfe", b"\xfe\xff")
BOM = b"\xef\xbb\xbf"
MOST_TO_LOOK_AT = 64 * 1024
LONGEST_STAY = timedelta(days=2)


@dataclass(frozen=True, kw_only=True, slots=True)
class LogRow:
    """Somebody's stay, from joining to leaving; moments are in UTC."""

    line: int
    known: Known
    joined_at: datetime
    left_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """One table of the file: where each thing stands in its rows."""

    header: Row
    places: Mapping[str, int]
    rows: tuple[Row, ...]

    @property
    def rank(self) -> tuple[bool, bool, bool]:
        """How much it tells: each stay, then when somebody left, then how long they were there."""
        names = {fold(self.header.cells[place]) for place in self.places.values()}
        return not names & OF_ALL_STAYS, {"joined", "left"} <= set(self.places), "joined" in self.places

    def cell(self, row: Row, what: str) -> str:
        """The cell that holds this, empty where there is none."""
        place = self.places.get(what, len(row.cells))
        return row.cells[place] if place < len(row.cells) else ""


def read_log(content: bytes) -> Table:
    """The same as `read_table`, for files that hold several tables or are UTF-16. Raises CellError.

    The separator is that of the line which names the columns: the first line may be a title without any.
    """
    if content.startswith(UTF_16):
        try:
            content = content.decode("utf-16").encode()
        except UnicodeDecodeError:
            raise CellError(N_("The file is no text; save it as CSV UTF-8.")).at(1) from None
    separator = _separator(content)
    if separator is None:
        return read_table(content)
    said = f"sep={separator}\n".encode()
    table = read_table(said + content.removeprefix(BOM))
    header, *rows = (replace(row, line=row.line - 1) for row in (table.header, *table.rows))
    return Table(header=header, rows=tuple(rows))


def _separator(content: bytes) -> str | None:
    """What separates the names of columns; None where no line of the text names any, or it is no text."""
    lines = content.removeprefix(BOM)[:MOST_TO_LOOK_AT].decode("utf-8", "replace").splitlines()
    for line in lines:
        for separator in SEPARATORS:
            cells = tuple(cell.strip(' "') for cell in line.split(separator))
            if _places(Row(line=0, cells=cells)) is not None:
                return separator
    return None


def stays(table: Table, *, time_zone: str, starts_at: datetime, ends_at: datetime) -> tuple[LogRow, ...]:
    """The stays of a log, in its order, for a session of this time. Raises Problems.

    A time without an offset is of `time_zone`, a time without a date of the session's day. Who has no time of leaving
    and no minutes stayed until the end; who has minutes only is taken to have come at the start.
    """
    part = _part(table)
    problems: list[DomainError] = []
    rows: list[LogRow] = []
    # Where only minutes are told, somebody's second stay begins as the first one ends.
    until: dict[str, datetime] = {}
    for row in part.rows:
        try:
            known = _who(part, row)
            begins = until.get(known.who, starts_at)
            joined_at, left_at = _span(part, row, time_zone, begins, starts_at, ends_at)
            until[known.who] = left_at
            rows.append(LogRow(line=row.line, known=known, joined_at=joined_at, left_at=left_at))
        except CellError as problem:
            problems.append(problem if problem.line else problem.at(row.line))
    if problems:
        raise Problems(tuple(problems))
    return tuple(rows)


def _part(table: Table) -> Part:
    found = max(_parts((table.header, *table.rows)), key=lambda part: part.rank, default=None)
    if found is None:
        known = listed([COLUMNS[what][0] for what in ("identifier", "name", "email", "joined", "left", "minutes")])
        problem = CellError(N_("No line names the columns of a log; they may be called: %(known)s."), known=known)
        raise Problems((problem.at(table.header.line),))
    return found


def _parts(rows: Sequence[Row]) -> Iterator[Part]:
    heads = [(number, places) for number, row in enumerate(rows) if (places := _places(row)) is not None]
    ends = [number for number, _ in heads[1:]] + [len(rows)]
    for (number, places), following in zip(heads, ends, strict=False):
        below = rows[number + 1 : following]
        last = next((at for at, row in enumerate(below) if _is_title(row)), len(below))
        yield Part(header=rows[number], places=places, rows=tuple(below[:last]))


def _is_title(row: Row) -> bool:
    filled = [cell for cell in row.cells if cell]
    return len(filled) == 1 and TITLE.fullmatch(filled[0]) is not None


def _places(row: Row) -> dict[str, int] | None:
    """Where each thing stands below this row; None where it does not name the columns of a log."""
    named = {fold(cell): place for place, cell in reversed(list(enumerate(row.cells))) if cell}
    places = {}
    for what, names in COLUMNS.items():
        name = next((name for name in names if name in named), None)
        if name is not None:
            places[what] = named[name]
    tells_who = places.keys() & {"identifier", "name", "first_name", "email"}
    return places if tells_who and places.keys() & {"joined", "minutes"} else None


def _who(part: Part, row: Row) -> Known:
    name = part.cell(row, "name") or " ".join((part.cell(row, "first_name"), part.cell(row, "last_name")))
    known = Known(
        identifier=cells.identifier(part.cell(row, "identifier")) if part.cell(row, "identifier") else "",
        name=cells.text(name),
        email=cells.text(part.cell(row, "email")),
    )
    if not known.who:
        raise CellError(N_("This line does not say who it was."))
    return known


def _span(
    part: Part, row: Row, zone: str, begins: datetime, starts_at: datetime, ends_at: datetime
) -> tuple[datetime, datetime]:
    joined, left, minutes = (part.cell(row, what) for what in ("joined", "left", "minutes"))
    if not joined and not minutes:
        raise CellError(N_("This line does not say when they joined, nor for how many minutes."))
    joined_at = times.moment_of_day(joined, zone=zone, around=starts_at) if joined else begins
    if left and joined:
        left_at = _left(left, zone, joined_at)
    elif minutes:
        left_at = joined_at + times.duration(minutes)
    else:
        left_at = max(joined_at, ends_at)
    if left_at - joined_at > LONGEST_STAY:
        raise CellError(N_("They would have stayed for more than two days; look at the dates."))
    return joined_at, left_at


def _left(cell: str, zone: str, joined_at: datetime) -> datetime:
    left_at = times.moment_of_day(cell, zone=zone, around=joined_at, after=joined_at)
    if left_at < joined_at:
        raise CellError(N_("They left before they joined; look at the two times."))
    return left_at
