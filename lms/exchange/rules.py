"""What the files hold that people bring: the table of a kind in, checked rows out, or every problem at once. Pure."""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal
from uuid import UUID

from lms.errors import N_
from lms.exchange import cells
from lms.exchange.cells import CellError, listed, nearest
from lms.exchange.readers import Table
from lms.exchange.tables import Column, checked
from lms.people.rules import fold
from lms.programme.rules import AttendanceStatus

Kind = Literal["participants", "sessions", "attendance", "assessments", "ratings", "scans", "live-log"]
KINDS: tuple[Kind, ...] = ("participants", "sessions", "attendance", "assessments", "ratings", "scans", "live-log")


@dataclass(frozen=True, kw_only=True, slots=True)
class ParticipantRow:
    """A person to be enrolled; `line` is where the file says so."""

    line: int
    identifier: str
    name: str
    email: str | None
    group: str | None
    category: str
    unit: str


@dataclass(frozen=True, kw_only=True, slots=True)
class SessionRow:
    """A classroom session; moments are in UTC, `jp` is its worth in lesson hours."""

    line: int
    code: str
    title: str
    starts_at: datetime
    ends_at: datetime
    jp: Decimal
    group: str | None
    room: str = ""
    facilitators: frozenset[UUID] = frozenset()


@dataclass(frozen=True, kw_only=True, slots=True)
class MarkRow:
    """A person's attendance status at a session."""

    line: int
    session_id: UUID
    participant_id: UUID
    status: str
    minutes_late: int | None
    remark: str


@dataclass(frozen=True, kw_only=True, slots=True)
class EntryRow:
    """A person's score, 0 to 100, for the component at `path`."""

    line: int
    path: str
    participant_id: UUID
    score: Decimal
    remark: str
    dated_at: datetime | None


def participants(table: Table) -> tuple[ParticipantRow, ...]:
    """The people of a participants' file, in its order; raises Problems."""
    columns = (
        Column(name="identifier", read=cells.identifier),
        Column(name="name", read=cells.needed),
        Column(name="email", read=cells.email, needed=False),
        Column(name="group", read=cells.optional, needed=False),
        Column(name="category", read=cells.text, needed=False),
        Column(name="unit", read=cells.text, needed=False),
    )
    once = {
        "identifier": lambda row: fold(row.identifier),
        "email": lambda row: None if row.email is None else fold(row.email),
    }
    return checked(table, columns, ParticipantRow, once)


def sessions(
    table: Table, *, groups: Sequence[str], facilitators: Mapping[str, UUID] | None = None
) -> tuple[SessionRow, ...]:
    """The sessions of a timetable, in its order, of these groups or the whole cohort; raises Problems.

    `facilitators` are the ids of the organisation's by their e-mail addresses.
    """
    group = cells.one_of({name: name for name in groups}, lambda value: _no_group(value, groups))
    columns = (
        Column(name="code", read=cells.code),
        Column(name="title", read=cells.needed),
        Column(name="starts_at", read=cells.moment),
        Column(name="ends_at", read=cells.moment),
        Column(name="jp", read=cells.jp),
        Column(name="group", read=lambda cell: group(cell) if cell else None, needed=False),
        Column(name="room", read=cells.text, needed=False),
        Column(name="facilitators", read=_several(facilitators or {}), needed=False),
    )
    return checked(table, columns, SessionRow, {"code": lambda row: row.code}, _ends_after_start)


def attendance(
    table: Table, *, people: Mapping[str, UUID], sessions: Mapping[str, UUID], statuses: Sequence[AttendanceStatus]
) -> tuple[MarkRow, ...]:
    """The marks of an attendance file. `people` are the cohort's by identifier, `sessions` by code; raises Problems."""
    codes = [status.code for status in statuses]
    status = cells.one_of({code: code for code in codes}, lambda value: _no_status(value, codes))
    absent = {status.code for status in statuses if status.absent}
    columns = (
        Column(
            name="session",
            read=cells.one_of(sessions, lambda value: _no_session(value, list(sessions))),
            into="session_id",
        ),
        person_column(people),
        Column(name="status", read=status),
        Column(name="minutes_late", read=cells.minutes, needed=False),
        Column(name="remark", read=cells.remark, needed=False),
    )
    return checked(
        table,
        columns,
        MarkRow,
        {"identifier": lambda row: (row.session_id, row.participant_id)},
        lambda row: _not_both(row, absent),
    )


def assessments(
    table: Table, *, people: Mapping[str, UUID], kinds: Mapping[str, str | None], time_zone: str
) -> tuple[EntryRow, ...]:
    """The scores of an assessments' file. `kinds` are those of the programme's components by path; a date is a day in
    `time_zone` or a moment. One person may have several scores of other dates for one component. Raises Problems."""
    paths = {path: path for path, kind in kinds.items() if kind == "assessment"}
    columns = (
        Column(
            name="component",
            read=cells.one_of(paths, lambda value: _no_assessment(value, kinds, list(paths))),
            into="path",
        ),
        person_column(people),
        Column(name="score", read=cells.score),
        Column(name="remark", read=cells.remark, needed=False),
        Column(name="date", read=cells.dated(time_zone), needed=False, into="dated_at"),
    )
    return checked(table, columns, EntryRow, {"identifier": lambda row: (row.path, row.participant_id, row.dated_at)})


def person_column(people: Mapping[str, UUID]) -> Column:
    """The column of who it is about; `people` are the cohort's by identifier."""
    known = {fold(identifier): person for identifier, person in people.items()}

    def read(cell: str) -> UUID:
        value = cells.identifier(cell)
        if fold(value) not in known:
            raise CellError(
                N_("Nobody in this cohort has the identifier %(value)s; correct it, or import the participants first."),
                value=value,
            )
        return known[fold(value)]

    return Column(name="identifier", read=read, into="participant_id")


def _several(known: Mapping[str, UUID]) -> Callable[[str], frozenset[UUID]]:
    """Reads e-mail addresses of facilitators, apart by blanks; none is nobody."""
    one = cells.one_of(known, lambda value: _no_facilitator(value, list(known)))
    return lambda cell: frozenset(one(word) for word in re.split(r"[\s,;]+", cell) if word)


def _no_facilitator(value: str, known: Sequence[str]) -> CellError:
    return CellError(
        N_("No facilitator has the e-mail %(value)s; there are: %(known)s."), value=value, known=listed(known)
    )


def _no_group(value: str, known: Sequence[str]) -> CellError:
    return CellError(N_("This cohort has no group %(value)s; it has: %(known)s."), value=value, known=listed(known))


def _no_status(value: str, known: Sequence[str]) -> CellError:
    return CellError(
        N_("%(value)s is no attendance status of this programme; it has: %(known)s."), value=value, known=listed(known)
    )


def _no_session(value: str, known: Sequence[str]) -> CellError:
    near = nearest(value, known)
    if near is None:
        return CellError(
            N_("This cohort has no session %(value)s; correct it, or import the sessions first."), value=value
        )
    return CellError(N_("This cohort has no session %(value)s; did you mean %(near)s?"), value=value, near=near)


def _no_assessment(value: str, kinds: Mapping[str, str | None], known: Sequence[str]) -> CellError:
    if value in kinds:
        return CellError(
            N_("People give no scores for the component %(value)s; they do for: %(known)s."),
            value=value,
            known=listed(known),
        )
    return CellError(
        N_("This programme has no component %(value)s; scores are given for: %(known)s."),
        value=value,
        known=listed(known),
    )


def _not_both(row: MarkRow, absent: Collection[str]) -> None:
    if row.minutes_late not in (None, 0) and row.status in absent:
        raise CellError(N_("Whoever was absent was not late; leave the minutes empty.")).at(row.line, "minutes_late")


def _ends_after_start(row: SessionRow) -> None:
    if row.ends_at <= row.starts_at:
        raise CellError(N_("The session ends before it starts.")).at(row.line, "ends_at")
