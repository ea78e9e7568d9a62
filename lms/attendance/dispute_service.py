"""Disputing a mark, and answering: an accepted dispute becomes a new mark, in the same transaction."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from lms.attendance import dispute_letters as letters
from lms.attendance import dispute_queries, queries, service
from lms.attendance import dispute_rules as rules
from lms.attendance import rules as attendance_rules
from lms.attendance.register_models import MarkDispute
from lms.attendance.rules import Groups, NewMark, Origin
from lms.db import new_id
from lms.errors import N_, NotAllowed, NotFound
from lms.people import queries as people
from lms.programme import queries as programmes


def dispute_mark(
    session: Session,
    *,
    organisation_id: int,
    participant_id: UUID,
    session_id: UUID,
    mark_id: UUID,
    text: str,
    now: datetime,
) -> UUID:
    """Keep what a participant says against their own mark; returns the id. Those who can answer are written to.

    Raises Conflict where the mark cannot be disputed, NotFound where the session is of a cohort that is not theirs.
    """
    told = rules.check_text(text, place="text")
    about = {"organisation_id": organisation_id, "session_id": session_id, "participant_id": participant_id}
    # Whoever marks the same person meanwhile waits.
    people.lock_participants(session, organisation_id=organisation_id, participant_ids=[participant_id])
    _check_disputable(session, about, mark_id, now)
    row = MarkDispute(**about, id=new_id(), mark_id=mark_id, text=told, created_at=now, state=rules.OPEN)
    session.add(row)
    session.flush()
    found = dispute_queries.dispute(session, organisation_id=organisation_id, dispute_id=row.id)
    letters.tell_staff(session, organisation_id=organisation_id, dispute=found, now=now)
    return row.id


def _check_disputable(session: Session, about: dict[str, Any], mark_id: UUID, now: datetime) -> None:
    organisation_id, participant_id = about["organisation_id"], about["participant_id"]
    meeting = queries.meeting(session, organisation_id=organisation_id, session_id=about["session_id"])
    mine = programmes.enrolments_of(session, organisation_id=organisation_id, participant_ids=[participant_id])
    enrolment = next((one for one in mine if one.cohort_id == meeting.cohort_id), None)
    if enrolment is None:
        raise NotFound(N_("There is no such session."))
    past = queries.mark_history(session, **about)
    known = dispute_queries.of_person(session, cohort_id=meeting.cohort_id, **about)
    has_open = any(one.is_open for one in known)
    newest = past[-1] if past else None
    rules.check_disputable(newest, mark_id, has_open=has_open, ends_at=enrolment.ends_at, now=now)


def withdraw_dispute(
    session: Session, *, organisation_id: int, dispute_id: UUID, participant_id: UUID, now: datetime
) -> None:
    """Let a participant take back what has no answer yet. NotFound where it is somebody else's."""
    row = dispute_queries.held(session, organisation_id=organisation_id, dispute_id=dispute_id)
    if row.participant_id != participant_id:
        raise NotFound(dispute_queries.NONE)
    _check_open(row)
    row.state, row.answered_at = rules.WITHDRAWN, now
    session.flush()


def accept_dispute(
    session: Session,
    *,
    organisation_id: int,
    dispute_id: UUID,
    mark: NewMark,
    seen: UUID | None,
    origin: Origin,
    groups: Groups | None,
    manages: bool,
    now: datetime,
) -> None:
    """Accept a dispute with a new mark, whose remark is the answer. As taking a register, by the same rules.

    `seen` is the mark that the answer was made from: MarkedMeanwhile is raised where another came since. Raises
    Answered where somebody else was faster, NotAllowed for somebody who does not mark this person there.
    """
    answer = rules.check_text(mark.remark, place="answer")
    row = _answerable(session, organisation_id, dispute_id, groups)
    about: dict[str, Any] = {"organisation_id": organisation_id, "session_id": row.session_id}
    past = queries.mark_history(session, participant_id=row.participant_id, **about)
    newest = past[-1] if past else None
    rules.check_changed(newest, row.mark_id, status=mark.status, minutes_late=mark.minutes_late)
    taking = {"recorded_by": origin.recorded_by, "source": origin.source, "origin": origin}
    about |= taking | {"seen": {row.participant_id: seen}, "groups": groups, "manages": manages, "now": now}
    service.take_register(session, marks=[mark], **about)
    _answer(session, row, rules.ACCEPTED, answer, origin.recorded_by, now)


def decline_dispute(
    session: Session,
    *,
    organisation_id: int,
    dispute_id: UUID,
    answer: str,
    answered_by: UUID,
    groups: Groups | None,
    now: datetime,
) -> None:
    """Decline a dispute with an answer; the mark stands. Raises Answered where somebody else was faster."""
    told = rules.check_text(answer, place="answer")
    row = _answerable(session, organisation_id, dispute_id, groups)
    _answer(session, row, rules.DECLINED, told, answered_by, now)


def _answerable(session: Session, organisation_id: int, dispute_id: UUID, groups: Groups | None) -> MarkDispute:
    """The dispute, held, for whoever marks its person at its session."""
    row = dispute_queries.held(session, organisation_id=organisation_id, dispute_id=dispute_id)
    found = dispute_queries.dispute(session, organisation_id=organisation_id, dispute_id=dispute_id)
    own = attendance_rules.own_groups_at(groups, cohort_id=found.cohort_id, session_group=found.session_group)
    if not attendance_rules.may_mark(person_group=found.group, session_group=found.session_group, own=own):
        raise NotAllowed(N_("You don't mark this person at this session."))
    _check_open(row)
    people.lock_participants(session, organisation_id=organisation_id, participant_ids=[row.participant_id])
    return row


def _check_open(row: MarkDispute) -> None:
    if row.state != rules.OPEN:
        raise rules.Answered(N_("There is an answer already. This is how it stands now."))


def _answer(
    session: Session, row: MarkDispute, state: str, answer: str, answered_by: UUID | None, now: datetime
) -> None:
    row.state, row.answer, row.answered_at, row.answered_by = state, answer, now, answered_by
    session.flush()
    found = dispute_queries.dispute(session, organisation_id=row.organisation_id, dispute_id=row.id)
    letters.tell_participant(session, organisation_id=row.organisation_id, dispute=found, now=now)
