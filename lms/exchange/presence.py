"""Bringing in what machines saw: the scans of cards, and the log of a live class."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from lms.attendance import presence_queries, presence_service
from lms.attendance import queries as attendance_queries
from lms.attendance import service as attendance
from lms.attendance.presence_people import Directory, Known
from lms.attendance.presence_rules import MINUTE, Presence, Stay, merged
from lms.attendance.presence_scans import Scan, Sorted, sort
from lms.attendance.presence_service import Proposed
from lms.attendance.queries import cohort_rules
from lms.attendance.rules import NewMark, belongs
from lms.errors import N_, Conflict, DomainError, NotFound, Problems
from lms.exchange import live_logs
from lms.exchange.differences import Difference, differences
from lms.exchange.live_logs import LogRow
from lms.exchange.readers import Table
from lms.exchange.scans import ScanRow, scans
from lms.exchange.targets import Done, Loose, Target, Unmatched
from lms.exchange.wording import remark
from lms.people.rules import fold
from lms.programme import queries as programmes
from lms.programme.queries import Enrolled, TimetableSession
from lms.programme.service import Changed

MOST_GUESSES = 50
"""Of how many people whom nobody knows it is told who they perhaps are: each is compared with the whole cohort."""
NOTHING = Changed(added=0, changed=0, unchanged=0)


def bring_scans(session: Session, target: Target, table: Table) -> Done:
    """Mark whoever was scanned at a session; what fits none is told, and marks nobody."""
    timetable = programmes.timetable(session, **target.where)
    rules = cohort_rules(session, **target.where)
    starts = sorted({meeting.starts_at for meeting in timetable})
    rows = scans(table, time_zone=target.cohort.time_zone, starts=starts)
    people = {fold(person.identifier): person for person in programmes.roster(session, **target.where)}
    listed = [Scan(line=row.line, identifier=fold(row.identifier), scanned_at=row.scanned_at) for row in rows]
    found = sort(listed, people=people, meetings=timetable, rules=rules)
    proposed = presence_service.marks_of_scans(
        session,
        organisation_id=target.organisation_id,
        arrivals=found.arrivals,
        meetings={meeting.id: meeting for meeting in timetable},
        rules=rules,
    )
    done = Done(changed=NOTHING, loose=_loose(found, rows), repeated=found.repeated)
    return _written(session, target, proposed, "scan", done)


def _loose(found: Sorted, rows: Sequence[ScanRow]) -> tuple[Loose, ...]:
    """With the identifiers as they were written."""
    written = {row.line: row.identifier for row in rows}
    return tuple(
        Loose(line=one.scan.line, who=written[one.scan.line], at=one.scan.scanned_at, why=one.why)
        for one in found.loose
    )


def bring_live_log(session: Session, target: Target, table: Table) -> Done:
    """Mark whoever was in a session's live class by how long they stayed, and keep the stays, also those of nobody."""
    meeting = _meeting(session, target)
    times = {"starts_at": meeting.starts_at, "ends_at": meeting.ends_at}
    rows = live_logs.stays(table, time_zone=target.cohort.time_zone, **times)
    roster = programmes.roster(session, **target.where)
    directory = Directory(roster, _by_hand(session, target, roster))
    stays = [_stay(row, directory) for row in rows]
    where: dict[str, Any] = {"organisation_id": target.organisation_id, "meeting": meeting}
    presences = presence_service.keep_stays(
        session, **where, stays=stays, imported_by=target.recorded_by, now=target.now
    )
    proposed = presence_service.marks_of_stays(
        session,
        **where,
        presences=presences,
        remarks={participant_id: remark(presence) for participant_id, presence in presences.items()},
        rules=cohort_rules(session, **target.where),
    )
    unmatched = _unmatched(rows, stays, directory)
    done = Done(changed=NOTHING, unmatched=unmatched, missing=_missing(roster, meeting, presences))
    return _written(session, target, proposed, "log", done)


def _written(session: Session, target: Target, proposed: Proposed, source: str, done: Done) -> Done:
    """Add the marks, and tell how they differ from what was recorded before."""
    told = differences_of(session, target, proposed.registers)
    origin = attendance.Origin(source=source, recorded_by=target.recorded_by, source_name=target.filename)
    changed = attendance.import_marks(
        session,
        **target.where,
        registers=proposed.registers,
        recorded_by=target.recorded_by,
        now=target.now,
        origin=origin,
    )
    unchanged = changed.unchanged + proposed.unchanged
    return replace(done, changed=replace(changed, unchanged=unchanged), differences=told)


def differences_of(
    session: Session, target: Target, registers: Mapping[UUID, Sequence[NewMark]]
) -> tuple[Difference, ...]:
    """How these marks differ from what is recorded. Three queries."""
    return differences(
        registers,
        histories=attendance_queries.histories(
            session, organisation_id=target.organisation_id, session_ids=list(registers)
        ),
        timetable=programmes.timetable(session, **target.where),
        people=programmes.roster(session, **target.where),
    )


def _meeting(session: Session, target: Target) -> TimetableSession:
    code = target.options.session_code
    if not code:
        raise Problems((DomainError(N_("Say which session this is the log of."), place="session"),))
    timetable = programmes.timetable(session, **target.where)
    found = next((meeting for meeting in timetable if meeting.code == code), None)
    if found is None:
        raise NotFound(N_("There is no session %(code)s in cohort %(cohort)s."), code=code, cohort=target.cohort.code)
    if found.cancelled_at is not None:
        raise Conflict(N_("Session %(code)s is cancelled; nobody is marked at it."), code=code)
    return found


def _by_hand(session: Session, target: Target, roster: Sequence[Enrolled]) -> dict[str, UUID]:
    """Whom a log means, as somebody says now or has said before."""
    said = target.options.matches
    if not set(said.values()) <= {person.participant_id for person in roster}:
        raise NotFound(N_("This person is not enrolled in the cohort."))
    return presence_queries.who_is_who(session, **target.where) | dict(said)


def _stay(row: LogRow, directory: Directory) -> Stay:
    return Stay(
        who=row.known.who,
        participant_id=directory.find(row.known),
        joined_at=row.joined_at,
        left_at=row.left_at,
    )


def _unmatched(rows: Sequence[LogRow], stays: Sequence[Stay], directory: Directory) -> tuple[Unmatched, ...]:
    of_nobody: dict[str, tuple[Known, list[Stay]]] = {}
    for row, stay in zip(rows, stays, strict=True):
        if stay.participant_id is None:
            of_nobody.setdefault(stay.who, (row.known, []))[1].append(stay)
    return tuple(
        Unmatched(
            who=who,
            minutes=_length(found) // MINUTE,
            perhaps=directory.nearest(known) if place < MOST_GUESSES else None,
        )
        for place, (who, (known, found)) in enumerate(of_nobody.items())
    )


def _length(stays: Sequence[Stay]) -> timedelta:
    spans = merged((stay.joined_at, stay.left_at) for stay in stays)
    return sum((end - start for start, end in spans), timedelta())


def _missing(
    roster: Sequence[Enrolled], meeting: TimetableSession, presences: dict[UUID, Presence]
) -> tuple[Enrolled, ...]:
    """Whose session it is and who do not stand in the log: they keep the mark that they have, or have none."""
    return tuple(
        person
        for person in roster
        if belongs(person_group=person.group, session_group=meeting.group) and person.participant_id not in presences
    )
