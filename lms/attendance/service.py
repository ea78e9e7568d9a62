"""Taking a register: marks are added, never overwritten, and each becomes evidence in the same transaction."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from lms.attendance import queries, rules
from lms.attendance.models import Mark
from lms.attendance.rules import Groups, History, NewMark, Origin, Seen
from lms.db import new_id
from lms.errors import N_, Conflict, NotFound
from lms.events import MarksTaken, announce
from lms.people import queries as people
from lms.programme import queries as programmes
from lms.programme.queries import CohortInfo, TimetableSession
from lms.programme.service import Changed
from lms.progress import service as progress
from lms.progress.rules import Evidence
from lms.progress.service import NewEvidence

__all__ = ["Changed", "NewMark", "Origin", "import_marks", "replay", "take_register"]


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
) -> Changed:
    """Add those marks that say something new, and fold the results of whom they are about.

    `source` is one of the table's, `origin` tells more of it; a register can't be taken before the local day of its
    session, nor of a cancelled one (Conflict). `groups` are those of whoever marks, None for all of them. With `seen`,
    MarkedMeanwhile is raised where somebody else has marked the same person differently since. Raises Problems with
    every bad mark. All or nothing.
    """
    meeting = queries.meeting(session, organisation_id=organisation_id, session_id=session_id)
    cohort = programmes.cohort_by_id(session, organisation_id=organisation_id, cohort_id=meeting.cohort_id)
    if source == "register" and not rules.is_open(meeting.starts_at, time_zone=cohort.time_zone, now=now):
        raise Conflict(N_("The register of %(code)s opens on the day of the session."), code=meeting.code)
    if meeting.cancelled_at is not None:
        raise Conflict(N_("Session %(code)s is cancelled; nobody is marked at it."), code=meeting.code)
    marks = [rules.tidy(mark) for mark in marks]
    _checker(session, organisation_id, cohort, groups)(meeting, marks)
    # Whoever marks the same people waits here, and then sees the marks of the one before.
    people.lock_participants(
        session, organisation_id=organisation_id, participant_ids={mark.participant_id for mark in marks}
    )
    history = queries.history(session, organisation_id=organisation_id, session_id=session_id)
    sifted = rules.sift(marks, history=history, seen=seen)
    if sifted.overtaken:
        raise rules.MarkedMeanwhile(mark.participant_id for mark in sifted.overtaken)
    about = _about(organisation_id, session_id, origin or Origin(source=source, recorded_by=recorded_by))
    _add(session, organisation_id, [Mark(**about, **_values(mark, history, now)) for mark in sifted.new], now)
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
    mark of the first register that has any; NotFound for a session that is not the cohort's. All or nothing.
    """
    cohort = programmes.cohort_by_id(session, organisation_id=organisation_id, cohort_id=cohort_id)
    timetable = programmes.timetable(session, organisation_id=organisation_id, cohort_id=cohort_id)
    meetings = [meeting for meeting in timetable if meeting.id in registers]
    if len(meetings) != len(registers):
        raise NotFound(N_("There is no such session."))
    check = _checker(session, organisation_id, cohort, None)
    tidied = {meeting.id: [rules.tidy(mark) for mark in registers[meeting.id]] for meeting in meetings}
    for meeting in meetings:
        check(meeting, tidied[meeting.id])
    everybody = {mark.participant_id for marks in tidied.values() for mark in marks}
    people.lock_participants(session, organisation_id=organisation_id, participant_ids=everybody)
    histories = queries.histories(session, organisation_id=organisation_id, session_ids=list(tidied))
    done, new = [], []
    for meeting_id, marks in tidied.items():
        history = histories.get(meeting_id, {})
        sifted = rules.sift(marks, history=history, seen=None)
        done.append(_changed(sifted, history))
        about = _about(organisation_id, meeting_id, origin or Origin(source="import", recorded_by=recorded_by))
        new += [Mark(**about, **_values(mark, history, now)) for mark in sifted.new]
    _add(session, organisation_id, new, now)
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


def _checker(
    session: Session, organisation_id: int, cohort: CohortInfo, groups: Groups | None
) -> Callable[[TimetableSession, Sequence[NewMark]], None]:
    """What checks the marks of any session of the cohort. Two queries."""
    programme = programmes.programme_of(
        session, organisation_id=organisation_id, version_id=cohort.programme_version_id
    )
    roster = programmes.roster(session, organisation_id=organisation_id, cohort_id=cohort.id)
    identifiers = {person.participant_id: person.identifier for person in roster}

    def check(meeting: TimetableSession, marks: Sequence[NewMark]) -> None:
        own = rules.own_groups_at(groups, cohort_id=cohort.id, session_group=meeting.group)
        allowed = {
            person.participant_id
            for person in roster
            if rules.may_mark(person_group=person.group, session_group=meeting.group, own=own)
        }
        rules.check(marks, statuses=programme.statuses, people=identifiers, allowed=allowed)

    return check


def _about(organisation_id: int, session_id: UUID, origin: Origin) -> dict[str, object]:
    return {
        "organisation_id": organisation_id,
        "session_id": session_id,
        "source": origin.source,
        "recorded_by": origin.recorded_by,
        "device": origin.device,
        "device_id": origin.device_id,
        "source_name": origin.source_name,
    }


def _values(mark: NewMark, history: History, now: datetime) -> dict[str, object]:
    past = history.get(mark.participant_id, ())
    return {
        "id": mark.id or new_id(),
        "made_at": mark.made_at,
        "skew_ms": mark.skew_ms,
        "participant_id": mark.participant_id,
        "status": mark.status,
        "minutes_late": mark.minutes_late,
        "remark": mark.remark,
        "recorded_at": rules.recording_moment(now, past[-1] if past else None),
    }


def _add(session: Session, organisation_id: int, marks: Sequence[Mark], now: datetime) -> None:
    if not marks:
        return
    session.add_all(marks)
    session.flush()
    evidence = [_evidence(mark) for mark in marks]
    progress.record(session, organisation_id=organisation_id, evidence=evidence, now=now)
    for meeting_id in dict.fromkeys(mark.session_id for mark in marks):
        about = tuple(mark.participant_id for mark in marks if mark.session_id == meeting_id)
        announce(session, MarksTaken(organisation_id=organisation_id, session_id=meeting_id, participant_ids=about))


def replay(session: Session, *, organisation_id: int) -> Iterator[NewEvidence]:
    """The evidence of every mark anew, as `take_register` recorded it. One query."""
    yield from map(_evidence, queries.all_marks(session, organisation_id=organisation_id))


def _evidence(mark: Mark) -> NewEvidence:
    evidence = Evidence(
        kind="session",
        unit=str(mark.session_id),
        source="mark",
        source_id=mark.id,
        status=None if mark.status == rules.TAKEN_BACK else mark.status,
        recorded_at=mark.recorded_at,
    )
    return NewEvidence(participant_id=mark.participant_id, evidence=evidence)
