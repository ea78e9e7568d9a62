"""Importing the files people bring, and counting what waits.

An import is all or nothing, and the same file again changes nothing.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy.orm import Session

from lms.assessment import service as assessment
from lms.attendance import service as attendance
from lms.db import retrying
from lms.errors import N_, DomainError, NotFound, Problems
from lms.exchange import rules
from lms.exchange.cells import CellError
from lms.exchange.readers import Table, read_table
from lms.people.rules import fold
from lms.programme import queries as programmes
from lms.programme import service as programme
from lms.programme.rules import Programme, components
from lms.programme.service import Changed
from lms.progress import service as progress
from lms.xapi import service as xapi
from lms.xapi.dialects import Dialect

T = TypeVar("T")
PLACE = re.compile(r"line (?P<line>\d+)(?:, (?P<column>\w+))?")


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """What a file came to: its rows, and how many of them were added, changed something, or said nothing new."""

    kind: rules.Kind
    filename: str
    rows: int
    added: int
    changed: int
    unchanged: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Target:
    """Where a file goes: the cohort, with its programme, and who brings it when."""

    organisation_id: int
    cohort: programmes.CohortInfo
    programme: Programme
    recorded_by: UUID | None
    now: datetime


class _Undone(Exception):
    """Raised to have a trial rolled back."""


def trial(work: Callable[[Session], T]) -> T:
    """What `work` returns. Everything that it does is undone."""
    done: list[T] = []

    def undone(session: Session) -> None:
        done.append(work(session))
        raise _Undone

    with suppress(_Undone):
        retrying(undone)
    return done[-1]


def drain(*, organisation_id: int, dialects: Sequence[Dialect], now: datetime) -> None:
    """Count all that waits, also what other workers are at, each batch in a transaction of its own.

    So nobody of one batch is held while those of the next are waited for.
    """
    batch = partial(xapi.project, organisation_id=organisation_id, dialects=dialects, now=now, wait=True)
    while retrying(batch):
        pass


def import_file(
    session: Session,
    *,
    kind: str,
    organisation_id: int,
    cohort_id: UUID,
    filename: str,
    content: bytes,
    recorded_by: UUID | None,
    now: datetime,
) -> Report:
    """Bring a file of one of rules.KINDS into a cohort, and fold the results concerned.

    Raises Problems with everything that is wrong, and where; NotFound for an unknown kind or cohort.
    """
    known = next((one for one in rules.KINDS if one == kind), None)
    if known is None:
        raise NotFound(N_("There is no import of %(kind)s."), kind=kind)
    cohort = programmes.cohort_by_id(session, organisation_id=organisation_id, cohort_id=cohort_id)
    version = cohort.programme_version_id
    target = Target(
        organisation_id=organisation_id,
        cohort=cohort,
        programme=programmes.programme_of(session, organisation_id=organisation_id, version_id=version),
        recorded_by=recorded_by,
        now=now,
    )
    table = _table(content)
    done = IMPORTS[known](session, target, table)
    return Report(
        kind=known,
        filename=filename,
        rows=len(table.rows),
        added=done.added,
        changed=done.changed,
        unchanged=done.unchanged,
    )


def _table(content: bytes) -> Table:
    try:
        return read_table(content)
    except CellError as error:
        raise Problems((error,)) from None


def _participants(session: Session, target: Target, table: Table) -> Changed:
    roster = programmes.roster(session, organisation_id=target.organisation_id, cohort_id=target.cohort.id)
    enrolled = {fold(person.identifier): person for person in roster}
    named = {fold(cell) for cell in table.header.cells}
    rows = [
        programme.NewEnrolment(
            identifier=row.identifier,
            name=row.name,
            email=row.email,
            **_place(row, enrolled.get(fold(row.identifier)), named),
            place=f"line {row.line}",
        )
        for row in rules.participants(table)
    ]
    with _told_by_line():
        done = programme.enrol(
            session, organisation_id=target.organisation_id, cohort_id=target.cohort.id, rows=rows, now=target.now
        )
    # Only these people are held already: waiting for others could end in waiting for each other.
    known = {fold(identifier): person for identifier, person in _people(session, target).items()}
    _refold(session, target, [known[fold(row.identifier)] for row in rows])
    return done


def _place(row: rules.ParticipantRow, before: programmes.Enrolled | None, named: Collection[str]) -> dict[str, Any]:
    """The row's group, category and unit. A file without such a column says nothing of it, so what was there stays."""
    return {
        column: getattr(row if column in named or before is None else before, column)
        for column in ("group", "category", "unit")
    }


def _sessions(session: Session, target: Target, table: Table) -> Changed:
    known = programmes.groups(session, organisation_id=target.organisation_id, cohort_id=target.cohort.id)
    rows = [
        programme.NewSession(
            code=row.code,
            title=row.title,
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            jp=row.jp,
            group=row.group,
            place=f"line {row.line}",
        )
        for row in rules.sessions(table, groups=[group.name for group in known])
    ]
    with _told_by_line():
        done = programme.add_sessions(
            session, organisation_id=target.organisation_id, cohort_id=target.cohort.id, rows=rows, now=target.now
        )
    _refold(session, target)
    return done


@contextmanager
def _told_by_line() -> Iterator[None]:
    """Problems found while rows are written are told as those of a cell are: a page names the line in its language."""
    try:
        yield
    except Problems as refused:
        raise Problems(tuple(map(_at_its_line, refused.problems))) from None


def _at_its_line(problem: DomainError) -> DomainError:
    """The same, if its place is that of a row as it was given on (`line 7, email`)."""
    found = PLACE.fullmatch(problem.place)
    if found is None:
        return problem
    return CellError(problem.template, **problem.params).at(int(found["line"]), found["column"] or "")


def _refold(session: Session, target: Target, participant_ids: Sequence[UUID] | None = None) -> None:
    progress.refold(
        session,
        organisation_id=target.organisation_id,
        cohort_id=target.cohort.id,
        participant_ids=participant_ids,
        now=target.now,
    )


def _attendance(session: Session, target: Target, table: Table) -> Changed:
    timetable = programmes.timetable(session, organisation_id=target.organisation_id, cohort_id=target.cohort.id)
    rows = rules.attendance(
        table,
        people=_people(session, target),
        sessions={meeting.code: meeting.id for meeting in timetable},
        statuses=target.programme.statuses,
    )
    registers: dict[UUID, list[attendance.NewMark]] = {}
    for row in rows:
        mark = attendance.NewMark(
            participant_id=row.participant_id, status=row.status, minutes_late=row.minutes_late, remark=row.remark
        )
        registers.setdefault(row.session_id, []).append(mark)
    return attendance.import_marks(
        session,
        organisation_id=target.organisation_id,
        cohort_id=target.cohort.id,
        registers=registers,
        recorded_by=target.recorded_by,
        now=target.now,
    )


def _assessments(session: Session, target: Target, table: Table) -> Changed:
    rows = rules.assessments(
        table,
        people=_people(session, target),
        kinds={component.path: component.kind for component in components(target.programme)},
        time_zone=target.cohort.time_zone,
    )
    entries = [
        assessment.NewEntry(
            path=row.path, participant_id=row.participant_id, score=row.score, remark=row.remark, dated_at=row.dated_at
        )
        for row in rows
    ]
    return assessment.enter(
        session,
        organisation_id=target.organisation_id,
        cohort_id=target.cohort.id,
        entries=entries,
        recorded_by=target.recorded_by,
        source="import",
        now=target.now,
    )


def _people(session: Session, target: Target) -> dict[str, UUID]:
    roster = programmes.roster(session, organisation_id=target.organisation_id, cohort_id=target.cohort.id)
    return {person.identifier: person.participant_id for person in roster}


IMPORTS: Mapping[rules.Kind, Callable[[Session, Target, Table], Changed]] = {
    "participants": _participants,
    "sessions": _sessions,
    "attendance": _attendance,
    "assessments": _assessments,
}
