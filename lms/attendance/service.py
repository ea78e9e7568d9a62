"""Taking a register: marks are added, never overwritten, and each becomes evidence in the same transaction."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from lms.attendance import queries, rules
from lms.attendance.models import Mark
from lms.attendance.rules import Groups, History, NewMark, Seen
from lms.db import new_id
from lms.errors import N_, Conflict
from lms.people import queries as people
from lms.programme import queries as programmes
from lms.programme.queries import CohortInfo, TimetableSession
from lms.programme.service import Changed
from lms.progress import service as progress
from lms.progress.rules import Evidence
from lms.progress.service import NewEvidence

__all__ = ["Changed", "NewMark", "replay", "take_register"]


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
) -> Changed:
    """Add those marks that say something new, and fold the results of whom they are about.

    `source` is register or import; a register can't be taken before the local day of its session (Conflict). `groups`
    are those of whoever marks, None for all of them. With `seen`, MarkedMeanwhile is raised where somebody else has
    marked the same person differently since. Raises Problems with every bad mark. All or nothing.
    """
    meeting = queries.meeting(session, organisation_id=organisation_id, session_id=session_id)
    cohort = programmes.cohort_by_id(session, organisation_id=organisation_id, cohort_id=meeting.cohort_id)
    if source == "register" and not rules.is_open(meeting.starts_at, time_zone=cohort.time_zone, now=now):
        raise Conflict(N_("The register of %(code)s opens on the day of the session."), code=meeting.code)
    marks = [rules.tidy(mark) for mark in marks]
    _check(session, organisation_id, cohort, meeting, marks, groups)
    # Whoever marks the same people waits here, and then sees the marks of the one before.
    people.lock_participants(
        session, organisation_id=organisation_id, participant_ids={mark.participant_id for mark in marks}
    )
    history = queries.history(session, organisation_id=organisation_id, session_id=session_id)
    sifted = rules.sift(marks, history=history, seen=seen)
    if sifted.overtaken:
        raise rules.MarkedMeanwhile(mark.participant_id for mark in sifted.overtaken)
    about = {"organisation_id": organisation_id, "session_id": session_id, "source": source, "recorded_by": recorded_by}
    _add(session, organisation_id, [Mark(**about, **_values(mark, history, now)) for mark in sifted.new], now)
    changed = sum(mark.participant_id in history for mark in sifted.new)
    return Changed(added=len(sifted.new) - changed, changed=changed, unchanged=sifted.unchanged)


def _check(
    session: Session,
    organisation_id: int,
    cohort: CohortInfo,
    meeting: TimetableSession,
    marks: Sequence[NewMark],
    groups: Groups | None,
) -> None:
    programme = programmes.programme_of(
        session, organisation_id=organisation_id, version_id=cohort.programme_version_id
    )
    roster = programmes.roster(session, organisation_id=organisation_id, cohort_id=cohort.id)
    own = rules.own_groups_at(groups, cohort_id=cohort.id, session_group=meeting.group)
    rules.check(
        marks,
        statuses=programme.statuses,
        people={person.participant_id: person.identifier for person in roster},
        allowed={
            person.participant_id
            for person in roster
            if rules.may_mark(person_group=person.group, session_group=meeting.group, own=own)
        },
    )


def _values(mark: NewMark, history: History, now: datetime) -> dict[str, object]:
    past = history.get(mark.participant_id, ())
    return {
        "id": new_id(),
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


def replay(session: Session, *, organisation_id: int) -> Iterator[NewEvidence]:
    """The evidence of every mark anew, as `take_register` recorded it. One query."""
    yield from map(_evidence, queries.all_marks(session, organisation_id=organisation_id))


def _evidence(mark: Mark) -> NewEvidence:
    evidence = Evidence(
        kind="session",
        unit=str(mark.session_id),
        source="mark",
        source_id=mark.id,
        status=mark.status,
        recorded_at=mark.recorded_at,
    )
    return NewEvidence(participant_id=mark.participant_id, evidence=evidence)
