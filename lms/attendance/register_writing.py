"""How marks are checked and added, whichever way they came. Part of `service`."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from lms.attendance import queries, rules
from lms.attendance.models import Mark
from lms.attendance.register_rules import refusal, shut
from lms.attendance.rules import Groups, History, NewMark, Origin
from lms.db import new_id
from lms.events import MarksTaken, announce
from lms.programme import queries as programmes
from lms.programme.queries import CohortInfo, TimetableSession
from lms.progress import service as progress
from lms.progress.rules import Evidence
from lms.progress.service import NewEvidence


def refuse_shut(
    session: Session, *, organisation_id: int, meeting: TimetableSession, manages: bool, now: datetime
) -> None:
    """Raise Conflict where a register can't be taken now: not open yet, cancelled, locked or closed. Five queries."""
    known = queries.cohort_rules(session, organisation_id=organisation_id, cohort_id=meeting.cohort_id)
    state = queries.register_state(session, organisation_id=organisation_id, session_id=meeting.id)
    why = shut(
        known,
        starts_at=meeting.starts_at,
        cancelled_at=meeting.cancelled_at,
        closed_at=state.closed_at,
        manages=manages,
        at=now,
    )
    if why:
        raise refusal(why, meeting.code)


def checker(
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
        allowed = rules.markable(roster, session_group=meeting.group, own=own)
        rules.check(marks, statuses=programme.statuses, people=identifiers, allowed=allowed)

    return check


def rows_of(
    marks: Sequence[NewMark],
    *,
    organisation_id: int,
    session_id: UUID,
    origin: Origin,
    history: History,
    now: datetime,
) -> list[Mark]:
    """The rows that marks become at a session, one a person; `history` are the marks that they follow."""
    newest = {participant_id: past[-1] for participant_id, past in history.items() if past}
    return [
        _row(mark, organisation_id, session_id, origin, rules.recording_moment(now, newest.get(mark.participant_id)))
        for mark in marks
    ]


def _row(mark: NewMark, organisation_id: int, session_id: UUID, origin: Origin, recorded_at: datetime) -> Mark:
    return Mark(
        organisation_id=organisation_id, session_id=session_id, recorded_at=recorded_at, **columns(mark, origin)
    )


def columns(mark: NewMark, origin: Origin) -> dict[str, Any]:
    """What a mark says and where it comes from: the columns that marks and contested marks share."""
    return {
        "id": mark.id or new_id(),
        "participant_id": mark.participant_id,
        "status": mark.status,
        "minutes_late": mark.minutes_late,
        "remark": mark.remark,
        "made_at": mark.made_at,
        "skew_ms": mark.skew_ms,
        "source": origin.source,
        "source_name": origin.source_name,
        "recorded_by": origin.recorded_by,
        "device": origin.device,
        "device_id": origin.device_id,
    }


def append(session: Session, organisation_id: int, marks: Sequence[Mark], now: datetime) -> None:
    """Add marks of any sessions, fold the results of whom they are about, and tell who listens."""
    if not marks:
        return
    session.add_all(marks)
    session.flush()
    evidence = [
        evidence_of(mark.id, mark.session_id, mark.participant_id, mark.status, mark.recorded_at) for mark in marks
    ]
    progress.record(session, organisation_id=organisation_id, evidence=evidence, now=now)
    for meeting_id in dict.fromkeys(mark.session_id for mark in marks):
        about = tuple(mark.participant_id for mark in marks if mark.session_id == meeting_id)
        announce(session, MarksTaken(organisation_id=organisation_id, session_id=meeting_id, participant_ids=about))


def evidence_of(
    mark_id: UUID, session_id: UUID, participant_id: UUID, status: str, recorded_at: datetime
) -> NewEvidence:
    """What a mark claims; one that takes others back claims nothing."""
    evidence = Evidence(
        kind="session",
        unit=str(session_id),
        source="mark",
        source_id=mark_id,
        status=None if status == rules.TAKEN_BACK else status,
        recorded_at=recorded_at,
    )
    return NewEvidence(participant_id=participant_id, evidence=evidence)
