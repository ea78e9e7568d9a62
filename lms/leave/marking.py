"""What approved leaves come to as marks, and the writing of these. Part of service.py."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from itertools import groupby
from uuid import UUID

from sqlalchemy.orm import Session

from lms.attendance import queries as attendance_queries
from lms.attendance import service as attendance
from lms.attendance.rules import NewMark, Origin, PastMark
from lms.leave import queries, rules
from lms.leave.queries import By, Request
from lms.leave.rules import Outcome
from lms.people import queries as people
from lms.programme import queries as programmes
from lms.programme.queries import TimetableSession


@dataclass(frozen=True, kw_only=True, slots=True)
class Said:
    """What a request comes to at a session of its cohort."""

    request: Request
    session_id: UUID
    outcome: Outcome


@dataclass(frozen=True, kw_only=True, slots=True)
class Around:
    """What is around some requests: the sessions of their cohorts, which statuses say somebody came, and the marks."""

    timetables: Mapping[UUID, tuple[TimetableSession, ...]]
    there: Mapping[UUID, frozenset[str]]
    past: Mapping[By, list[PastMark]]

    def covered(self, request: Request) -> tuple[TimetableSession, ...]:
        """The sessions that a request covers."""
        return rules.covered(self.timetables[request.cohort_id], request.period, group=request.group)


def around(session: Session, *, organisation_id: int, requests: Collection[Request]) -> Around:
    """Five queries, and one more for every 500 people."""
    cohort_ids = sorted({one.cohort_id for one in requests})
    found = attendance_queries.rules_of(session, organisation_id=organisation_id, cohort_ids=cohort_ids)
    return Around(
        timetables=programmes.timetables(session, organisation_id=organisation_id, cohort_ids=cohort_ids),
        there={cohort_id: rules.there(one.statuses, one.leave_statuses) for cohort_id, one in found.items()},
        past=queries.past_marks(
            session,
            organisation_id=organisation_id,
            cohort_ids=cohort_ids,
            participant_ids={one.participant_id for one in requests},
        ),
    )


def follow(session: Session, *, organisation_id: int, cohort_id: UUID, now: datetime) -> int:
    """Bring the marks of a cohort's approved leaves up to its timetable; returns how many that were.

    A session that lies in a leave now gets its mark, one that lies outside now loses it. Whatever somebody has marked
    after a leave stays, and a mark that says somebody came is contested, not gone over.
    """
    found = queries.approved(session, organisation_id=organisation_id, cohort_ids=[cohort_id])
    lock(session, organisation_id, {one.participant_id for one in found})
    # What was decided before the people were held is known only now.
    held = queries.approved(session, organisation_id=organisation_id, cohort_ids=[cohort_id])
    known = {one.participant_id for one in found}
    return speak(session, organisation_id, [one for one in held if one.participant_id in known], now)


def follow_astray(session: Session, *, organisation_id: int, now: datetime) -> int:
    """The same for every cohort that is astray."""
    found = astray(session, organisation_id=organisation_id, now=now)
    return sum(follow(session, organisation_id=organisation_id, cohort_id=one, now=now) for one in found)


def astray(session: Session, *, organisation_id: int, now: datetime) -> list[UUID]:
    """The running cohorts whose approved leaves say else than the marks. Eight queries, or one without any."""
    cohort_ids = queries.cohorts_with_leave(session, organisation_id=organisation_id, now=now)
    if not cohort_ids:
        return []
    found = queries.approved(session, organisation_id=organisation_id, cohort_ids=cohort_ids)
    told = sayings(found, around(session, organisation_id=organisation_id, requests=found))
    return sorted({one.request.cohort_id for one in told})


def speak(session: Session, organisation_id: int, requests: Sequence[Request], now: datetime) -> int:
    """Write what these approved requests come to; their people are held by the caller. Returns how many marks."""
    if not requests:
        return 0
    told = list(sayings(requests, around(session, organisation_id=organisation_id, requests=requests)))
    contested = sum(_contest(session, organisation_id, one, now) for one in told if one.outcome.contested)
    plain = [(one.request, one.session_id, one.outcome.mark) for one in told if not one.outcome.contested]
    return contested + write(session, organisation_id, plain, now)


def sayings(requests: Sequence[Request], around: Around) -> Iterator[Said]:
    """What approved requests say that no mark says yet, and what they said of sessions that they cover no more."""
    for request in requests:
        covered = {meeting.id for meeting in around.covered(request)}
        for meeting in around.timetables[request.cohort_id]:
            past = around.past.get((request.participant_id, meeting.id), [])
            found = _says(request, past, around) if meeting.id in covered else _unsays(request, meeting, past)
            if found is not None:
                yield Said(request=request, session_id=meeting.id, outcome=found)


def _says(request: Request, past: Sequence[PastMark], around: Around) -> Outcome | None:
    return rules.outcome(
        past,
        code=request.code,
        participant_id=request.participant_id,
        status=request.status,
        there=around.there[request.cohort_id],
    )


def _unsays(request: Request, meeting: TimetableSession, past: Sequence[PastMark]) -> Outcome | None:
    """A cancelled session keeps its marks, which count for nobody: it may take place yet."""
    if meeting.cancelled_at is not None:
        return None
    back = rules.taken_back(past, code=request.code, participant_id=request.participant_id, status=request.status)
    return None if back is None else Outcome(mark=back)


def take_back(session: Session, organisation_id: int, request: Request, by: UUID, now: datetime) -> int:
    """Take back the marks of a request that still count; what was marked before them counts again."""
    known = around(session, organisation_id=organisation_id, requests=[request])
    backs = []
    for meeting in known.timetables[request.cohort_id]:
        past = known.past.get((request.participant_id, meeting.id), [])
        found = _unsays(request, meeting, past)
        if found is not None:
            backs.append((replace(request, decided_by_id=by), meeting.id, found.mark))
    return write(session, organisation_id, backs, now)


def write(session: Session, organisation_id: int, marks: Sequence[tuple[Request, UUID, NewMark]], now: datetime) -> int:
    """Add marks, each in the name of whoever decided about its request."""
    added = 0
    ordered = sorted(marks, key=lambda one: (str(one[0].cohort_id), str(one[0].decided_by_id)))
    for (cohort_id, by), some in groupby(ordered, key=lambda one: (one[0].cohort_id, one[0].decided_by_id)):
        registers: dict[UUID, list[NewMark]] = {}
        for _, session_id, mark in some:
            registers.setdefault(session_id, []).append(mark)
        done = attendance.import_marks(
            session,
            organisation_id=organisation_id,
            cohort_id=cohort_id,
            registers=registers,
            recorded_by=by,
            origin=Origin(source=rules.SOURCE, recorded_by=by),
            now=now,
        )
        added += done.added + done.changed
    return added


def _contest(session: Session, organisation_id: int, one: Said, now: datetime) -> bool:
    return attendance.contest(
        session,
        organisation_id=organisation_id,
        session_id=one.session_id,
        mark=replace(one.outcome.mark, id=rules.contested_id(one.request.id, one.session_id)),
        origin=Origin(source=rules.SOURCE, recorded_by=one.request.decided_by_id),
        why="leave",
        against=one.outcome.against,
        now=now,
    )


def lock(session: Session, organisation_id: int, participant_ids: Collection[UUID]) -> None:
    """Hold these people until the transaction ends, so that no two leaves of theirs are decided about at once."""
    people.lock_participants(session, organisation_id=organisation_id, participant_ids=participant_ids)


def on_leave(requests: Sequence[Request], around: Around) -> dict[UUID, Decimal]:
    """The JP that approved requests have turned into leave, by participant: the sessions where their mark counts."""
    found: dict[UUID, Decimal] = {}
    for request in requests:
        for meeting in around.timetables.get(request.cohort_id, ()):
            past = around.past.get((request.participant_id, meeting.id), [])
            is_own = bool(past) and rules.is_own(past[-1], request.code) and past[-1].status == request.status
            if is_own and meeting.cancelled_at is None and request.state == rules.APPROVED:
                found[request.participant_id] = found.get(request.participant_id, Decimal(0)) + meeting.jp
    return found
