"""Asking for leave and deciding about it. Approved, it becomes marks in the same transaction.

Whoever changes a request holds it, then its participant: so of two decisions at once one wins, and the other is told.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from lms.attendance import queries as attendance_queries
from lms.attendance import service as attendance
from lms.db import new_id
from lms.errors import N_, Conflict, DomainError, NotFound
from lms.leave import letters, marking, queries, rules
from lms.leave.marking import astray, follow, follow_astray
from lms.leave.models import LeaveNote, LeaveRequest
from lms.leave.notes import erase_note, erase_old_notes, read_note
from lms.leave.queries import Request
from lms.leave.rules import Decided, Document, Period
from lms.programme import queries as programmes

__all__ = [
    "approve",
    "ask",
    "astray",
    "erase_note",
    "erase_old_notes",
    "follow",
    "follow_astray",
    "read_note",
    "refuse",
    "take_back_request",
    "withdraw_approval",
]


def ask(
    session: Session,
    *,
    organisation_id: int,
    cohort_id: UUID,
    participant_id: UUID,
    status: str,
    period: Period,
    note: str = "",
    document: Document | None = None,
    asked_by: UUID | None,
    now: datetime,
) -> UUID:
    """A new request, and its id; its note is kept apart. The managers are written to.

    Raises Conflict where leave was asked for at that time already, NotFound for somebody who is not in the cohort, and
    DomainError for a status that is none of the cohort's kinds of leave.
    """
    text = rules.check_text(note, most=rules.LONGEST_NOTE, place="note")
    _check_kind(session, organisation_id, cohort_id, status)
    marking.lock(session, organisation_id, [participant_id])
    _check_enrolled(session, organisation_id, cohort_id, participant_id)
    taken = queries.taken_periods(
        session, organisation_id=organisation_id, cohort_id=cohort_id, participant_id=participant_id
    )
    if any(rules.overlapping(period, taken)):
        raise Conflict(N_("Leave was asked for at that time already; take that request back first."))
    request_id = _add(session, organisation_id, cohort_id, participant_id, status, period, asked_by, now)
    if text or document is not None:
        _add_note(session, organisation_id, request_id, text, document)
    request = queries.request(session, organisation_id=organisation_id, request_id=request_id)
    letters.tell_managers(session, organisation_id=organisation_id, request=request, now=now)
    return request_id


def approve(session: Session, *, organisation_id: int, request_id: UUID, decided_by: UUID, now: datetime) -> int:
    """Approve a request and mark its sessions, past and future; returns how many marks that were.

    A mark that says the person came is contested instead of gone over. Raises Decided where it is not open any more.
    """
    row = _held(session, organisation_id, request_id, rules.ASKED)
    row.state, row.decided_at, row.decided_by = rules.APPROVED, now, decided_by
    request = _changed(session, row, now)
    return marking.speak(session, organisation_id, [request], now)


def refuse(
    session: Session, *, organisation_id: int, request_id: UUID, decided_by: UUID, reason: str, now: datetime
) -> None:
    """Refuse a request, with the reason that its participant reads. Raises Decided where it is not open any more."""
    told = rules.check_text(reason, most=rules.LONGEST_REASON, place="reason", needed=True)
    row = _held(session, organisation_id, request_id, rules.ASKED)
    row.state, row.decided_at, row.decided_by, row.reason = rules.REFUSED, now, decided_by, told
    _changed(session, row, now)


def withdraw_approval(
    session: Session, *, organisation_id: int, request_id: UUID, withdrawn_by: UUID, reason: str, now: datetime
) -> int:
    """Take an approval back, with a reason, and those of its marks that still count; returns how many these were."""
    told = rules.check_text(reason, most=rules.LONGEST_REASON, place="reason", needed=True)
    row = _held(session, organisation_id, request_id, rules.APPROVED)
    row.state, row.withdrawn_at, row.withdrawn_by, row.withdrawn_reason = rules.WITHDRAWN, now, withdrawn_by, told
    request = _changed(session, row, now)
    timetable = programmes.timetable(session, organisation_id=organisation_id, cohort_id=request.cohort_id)
    put = [rules.contested_id(request.id, meeting.id) for meeting in timetable]
    attendance.drop_contested(session, organisation_id=organisation_id, ids=put, settled_by=withdrawn_by, now=now)
    return marking.take_back(session, organisation_id, request, withdrawn_by, now)


def take_back_request(
    session: Session, *, organisation_id: int, request_id: UUID, participant_id: UUID, account_id: UUID, now: datetime
) -> None:
    """Let a participant take back what nobody has decided about yet. NotFound where it is somebody else's."""
    row = _held(session, organisation_id, request_id, rules.ASKED, participant_id=participant_id)
    row.state, row.withdrawn_at, row.withdrawn_by = rules.WITHDRAWN, now, account_id
    session.flush()


def _held(
    session: Session, organisation_id: int, request_id: UUID, state: str, *, participant_id: UUID | None = None
) -> LeaveRequest:
    row = queries.held(session, organisation_id=organisation_id, request_id=request_id)
    if participant_id is not None and row.participant_id != participant_id:
        raise NotFound(queries.NONE)
    if row.state != state:
        raise Decided(N_("Somebody has decided about this request meanwhile. This is how it stands now."))
    marking.lock(session, organisation_id, [row.participant_id])
    return row


def _changed(session: Session, row: LeaveRequest, now: datetime) -> Request:
    """The request as it is now; its participant is written to."""
    session.flush()
    request = queries.request(session, organisation_id=row.organisation_id, request_id=row.id)
    letters.tell_participant(session, organisation_id=row.organisation_id, request=request, now=now)
    return request


def _add(
    session: Session,
    organisation_id: int,
    cohort_id: UUID,
    participant_id: UUID,
    status: str,
    period: Period,
    asked_by: UUID | None,
    now: datetime,
) -> UUID:
    row = LeaveRequest(
        organisation_id=organisation_id,
        id=new_id(),
        cohort_id=cohort_id,
        participant_id=participant_id,
        status=status,
        starts_at=period.starts_at,
        ends_at=period.ends_at,
        asked_at=now,
        asked_by=asked_by,
        state=rules.ASKED,
    )
    session.add(row)
    session.flush()
    return row.id


def _add_note(session: Session, organisation_id: int, request_id: UUID, text: str, document: Document | None) -> None:
    row = LeaveNote(organisation_id=organisation_id, request_id=request_id, text=text)
    if document is not None:
        row.file_name, row.file_type, row.content = document.name, document.type, document.content
    session.add(row)
    session.flush()


def _check_kind(session: Session, organisation_id: int, cohort_id: UUID, status: str) -> None:
    found = attendance_queries.cohort_rules(session, organisation_id=organisation_id, cohort_id=cohort_id)
    if status not in found.leave_statuses:
        known = ", ".join(one.title for one in found.leave)
        raise DomainError(N_("Choose one of the kinds of leave: %(known)s."), place="status", known=known)


def _check_enrolled(session: Session, organisation_id: int, cohort_id: UUID, participant_id: UUID) -> None:
    mine = programmes.enrolments_of(session, organisation_id=organisation_id, participant_ids=[participant_id])
    if cohort_id not in {one.cohort_id for one in mine}:
        raise NotFound(N_("This person is not in this cohort."))
