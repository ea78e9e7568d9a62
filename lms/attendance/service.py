"""Taking a register: marks are added, never overwritten, and each becomes evidence in the same transaction."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import starmap
from uuid import UUID

from sqlalchemy.orm import Session

from lms.attendance import queries, rules
from lms.attendance.check_in_moved_service import drop_claims_of_before
from lms.attendance.contested_service import contest
from lms.attendance.leave_marks import drop_contested
from lms.attendance.models import Mark
from lms.attendance.register_rules import TYPED, refusal
from lms.attendance.register_writing import append, checker, evidence_of, refuse_shut, rows_of
from lms.attendance.rules import Groups, History, NewMark, Origin, Seen
from lms.attendance.warning_service import warn
from lms.errors import N_, NotFound
from lms.people import queries as people
from lms.programme import queries as programmes
from lms.programme.service import Changed
from lms.progress.service import NewEvidence

__all__ = [
    "Changed",
    "NewMark",
    "Origin",
    "contest",
    "drop_claims_of_before",
    "drop_contested",
    "import_marks",
    "replay",
    "take_register",
    "warn",
]


def take_register(
    session: Session,
    *,
    organisation_id: int,
    session_id: UUID,
    marks: Sequence[NewMark],
    recorded_by: UUID | None,
    source: str,
    now: datetime,
    groups: Groups | None = None,
    seen: Seen | None = None,
    origin: Origin | None = None,
    manages: bool = True,
) -> Changed:
    """Add those marks that say something new, and fold the results of whom they are about.

    `source` is one of the table's, `origin` tells more of it. What is typed into a register keeps to its times: none is
    taken before it opens, or once it is locked or closed except by whoever `manages`; nobody is marked at a cancelled
    session (Conflict). `groups` are those of whoever marks, None for all of them. With `seen`,
    MarkedMeanwhile is raised where somebody else has marked the same person differently since. Raises Problems with
    every bad mark. All or nothing.
    """
    # Whoever marks the same people waits here, and then sees the marks of the one before, or that the register is shut.
    people.lock_participants(
        session, organisation_id=organisation_id, participant_ids={mark.participant_id for mark in marks}
    )
    meeting = queries.meeting(session, organisation_id=organisation_id, session_id=session_id)
    cohort = programmes.cohort_by_id(session, organisation_id=organisation_id, cohort_id=meeting.cohort_id)
    if source in TYPED:
        refuse_shut(session, organisation_id=organisation_id, meeting=meeting, manages=manages, now=now)
    if meeting.cancelled_at is not None:
        raise refusal("cancelled", meeting.code)
    marks = [rules.tidy(mark) for mark in marks]
    checker(session, organisation_id, cohort, groups)(meeting, marks)
    history = queries.history(session, organisation_id=organisation_id, session_id=session_id)
    sifted = rules.sift(marks, history=history, seen=seen)
    if sifted.overtaken:
        raise rules.MarkedMeanwhile(mark.participant_id for mark in sifted.overtaken)
    new = rows_of(
        sifted.new,
        organisation_id=organisation_id,
        session_id=session_id,
        origin=origin or Origin(source=source, recorded_by=recorded_by),
        history=history,
        now=now,
    )
    append(session, organisation_id, new, now)
    return _changed(sifted, history)


def import_marks(
    session: Session,
    *,
    organisation_id: int,
    cohort_id: UUID,
    registers: Mapping[UUID, Sequence[NewMark]],
    recorded_by: UUID | None,
    now: datetime,
    origin: Origin | None = None,
) -> Changed:
    """Add those marks of a file that say something new; `registers` are the marks of each session by its id.

    Everybody is folded once, however many sessions there are. Sessions may lie ahead. Raises Problems with every bad
    mark of the first register that has any; NotFound for a session that is not the cohort's, Conflict where a new mark
    is at a cancelled one. All or nothing.
    """
    cohort = programmes.cohort_by_id(session, organisation_id=organisation_id, cohort_id=cohort_id)
    timetable = programmes.timetable(session, organisation_id=organisation_id, cohort_id=cohort_id)
    meetings = [meeting for meeting in timetable if meeting.id in registers]
    if len(meetings) != len(registers):
        raise NotFound(N_("There is no such session."))
    check = checker(session, organisation_id, cohort, None)
    tidied = {meeting.id: [rules.tidy(mark) for mark in registers[meeting.id]] for meeting in meetings}
    for meeting in meetings:
        check(meeting, tidied[meeting.id])
    everybody = {mark.participant_id for marks in tidied.values() for mark in marks}
    people.lock_participants(session, organisation_id=organisation_id, participant_ids=everybody)
    histories = queries.histories(session, organisation_id=organisation_id, session_ids=list(tidied))
    cancelled = {meeting.id: meeting.code for meeting in meetings if meeting.cancelled_at is not None}
    done, new = list[Changed](), list[Mark]()
    for meeting_id, marks in tidied.items():
        history = histories.get(meeting_id, {})
        sifted = rules.sift(marks, history=history, seen=None)
        if sifted.new and meeting_id in cancelled:
            raise refusal("cancelled", cancelled[meeting_id])
        done.append(_changed(sifted, history))
        new += rows_of(
            sifted.new,
            organisation_id=organisation_id,
            session_id=meeting_id,
            origin=origin or Origin(source="import", recorded_by=recorded_by),
            history=history,
            now=now,
        )
    append(session, organisation_id, new, now)
    return _total(done)


def _total(done: Sequence[Changed]) -> Changed:
    return Changed(
        added=sum(one.added for one in done),
        changed=sum(one.changed for one in done),
        unchanged=sum(one.unchanged for one in done),
    )


def _changed(sifted: rules.Sifted, history: History) -> Changed:
    changed = sum(mark.participant_id in history for mark in sifted.new)
    return Changed(added=len(sifted.new) - changed, changed=changed, unchanged=sifted.unchanged)


def replay(session: Session, *, organisation_id: int) -> Iterator[NewEvidence]:
    """The evidence of every mark anew, as `take_register` recorded it. One query."""
    yield from starmap(evidence_of, queries.all_marks(session, organisation_id=organisation_id))
