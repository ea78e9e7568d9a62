"""Importing the files people bring, and counting what waits.

An import is all or nothing, and the same file again changes nothing.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
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
from lms.exchange.live_logs import read_log
from lms.exchange.presence import bring_live_log, bring_scans, differences_of
from lms.exchange.ratings import bring_ratings
from lms.exchange.readers import Table, read_table
from lms.exchange.targets import Done, Options, Report, Target
from lms.people.rules import fold
from lms.programme import queries as programmes
from lms.programme import service as programme
from lms.programme.rules import components
from lms.progress import service as progress
from lms.xapi import service as xapi
from lms.xapi.dialects import Dialect

__all__ = ["Options", "Report", "drain", "import_as_tried", "import_file", "trial"]

T = TypeVar("T")
PLACE = re.compile(r"line (?P<line>\d+)(?:, (?P<column>\w+))?")


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


def import_as_tried(work: Callable[[Session], Report], *, fingerprint: str) -> Report | None:
    """Do the work, if it comes to what was shown of it (`fingerprint`; an empty one stands for nothing shown).

    None, and everything is undone, where something else was recorded since.
    """

    def done(session: Session) -> Report:
        report = work(session)
        if fingerprint and report.fingerprint != fingerprint:
            raise _Undone
        return report

    with suppress(_Undone):
        return retrying(done)
    return None


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
    options: Options | None = None,
) -> Report:
    """Bring a file of one of rules.KINDS into a cohort, and fold the results concerned.

    Raises Problems with everything that is wrong, and where; NotFound for an unknown kind, cohort or session.
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
        filename=filename,
        options=options or Options(),
        recorded_by=recorded_by,
        now=now,
    )
    table = _table(known, content)
    done = IMPORTS[known](session, target, table)
    return Report(
        kind=known,
        filename=filename,
        rows=len(table.rows),
        done=done,
        people=tuple(programmes.roster(session, **target.where)) if done.unmatched else (),
        titles={status.code: status.title for status in target.programme.statuses},
    )


def _table(kind: rules.Kind, content: bytes) -> Table:
    try:
        return read_log(content) if kind == "live-log" else read_table(content)
    except CellError as error:
        raise Problems((error,)) from None


def _participants(session: Session, target: Target, table: Table) -> Done:
    roster = programmes.roster(session, **target.where)
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
        done = programme.enrol(session, **target.where, rows=rows, now=target.now)
    # Only these people are held already: waiting for others could end in waiting for each other.
    known = {fold(identifier): person for identifier, person in _people(session, target).items()}
    _refold(session, target, [known[fold(row.identifier)] for row in rows])
    return Done(changed=done)


def _place(row: rules.ParticipantRow, before: programmes.Enrolled | None, named: Collection[str]) -> dict[str, Any]:
    """The row's group, category and unit. A file without such a column says nothing of it, so what was there stays."""
    return {
        column: getattr(row if column in named or before is None else before, column)
        for column in ("group", "category", "unit")
    }


def _sessions(session: Session, target: Target, table: Table) -> Done:
    known = programmes.groups(session, **target.where)
    accounts = programmes.facilitator_accounts(session, organisation_id=target.organisation_id)
    mailed = {account.email: account.id for account in accounts if account.email}
    named = {fold(cell) for cell in table.header.cells}
    rows = [
        programme.NewSession(
            code=row.code,
            title=row.title,
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            jp=row.jp,
            group=row.group,
            # A file without such a column says nothing of it, so what was there stays.
            room=row.room if "room" in named else None,
            facilitators=row.facilitators if "facilitators" in named else None,
            place=f"line {row.line}",
        )
        for row in rules.sessions(table, groups=[group.name for group in known], facilitators=mailed)
    ]
    with _told_by_line():
        done = programme.add_sessions(session, **target.where, rows=rows, changed_by=target.recorded_by, now=target.now)
    attendance.drop_claims_of_before(session, **target.where)
    _refold(session, target)
    return Done(changed=done)


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
        **target.where,
        participant_ids=participant_ids,
        now=target.now,
    )


def _attendance(session: Session, target: Target, table: Table) -> Done:
    timetable = programmes.timetable(session, **target.where)
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
    told = differences_of(session, target, registers)
    origin = attendance.Origin(source="import", recorded_by=target.recorded_by, source_name=target.filename)
    changed = attendance.import_marks(
        session, **target.where, registers=registers, recorded_by=target.recorded_by, now=target.now, origin=origin
    )
    return Done(changed=changed, differences=told)


def _assessments(session: Session, target: Target, table: Table) -> Done:
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
    changed = assessment.enter(
        session, **target.where, entries=entries, recorded_by=target.recorded_by, source="import", now=target.now
    )
    return Done(changed=changed)


def _people(session: Session, target: Target) -> dict[str, UUID]:
    roster = programmes.roster(session, **target.where)
    return {person.identifier: person.participant_id for person in roster}


IMPORTS: Mapping[rules.Kind, Callable[[Session, Target, Table], Done]] = {
    "participants": _participants,
    "sessions": _sessions,
    "attendance": _attendance,
    "assessments": _assessments,
    "ratings": bring_ratings,
    "scans": bring_scans,
    "live-log": bring_live_log,
}
