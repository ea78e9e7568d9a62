"""The notes of requests: read on purpose, by name, and erased. Part of service.py."""

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.orm import Session

from lms.db import new_id, portions
from lms.errors import N_, Conflict, NotFound
from lms.leave import queries, rules
from lms.leave.models import LeaveNote, LeaveNoteReading
from lms.leave.queries import Note


def read_note(session: Session, *, organisation_id: int, request_id: UUID, read_by: UUID, now: datetime) -> Note:
    """What a note says; who has read it when is kept with it. Raises NotFound where there is none any more."""
    note = queries.note(session, organisation_id=organisation_id, request_id=request_id)
    session.add(
        LeaveNoteReading(
            organisation_id=organisation_id, id=new_id(), request_id=request_id, read_at=now, read_by=read_by
        )
    )
    session.flush()
    return note


def erase_note(
    session: Session,
    *,
    organisation_id: int,
    request_id: UUID,
    erased_by: UUID,
    participant_id: UUID | None = None,
    now: datetime,
) -> None:
    """Erase the note and the document of a request; that it was done, when and by whom stays.

    With `participant_id`, for the one who asked: NotFound where that is somebody else, Conflict before a decision.
    """
    row = queries.held(session, organisation_id=organisation_id, request_id=request_id)
    if participant_id is not None and row.participant_id != participant_id:
        raise NotFound(queries.NONE)
    if participant_id is not None and row.state == rules.ASKED:
        raise Conflict(N_("The note can be erased once there is a decision. You can take the request back before."))
    _erase(session, organisation_id, [request_id], erased_by, now)


def erase_old_notes(session: Session, *, organisation_id: int, days: int, now: datetime) -> int:
    """Erase the notes of leaves that were decided about, and ended more than so many days ago; returns how many."""
    ended_before = now - timedelta(days=days)
    found = queries.old_notes(session, organisation_id=organisation_id, ended_before=ended_before)
    _erase(session, organisation_id, found, None, now)
    return len(found)


def _erase(
    session: Session, organisation_id: int, request_ids: Collection[UUID], erased_by: UUID | None, now: datetime
) -> None:
    for ids in portions(sorted(request_ids)):
        session.execute(
            update(LeaveNote)
            .where(LeaveNote.organisation_id == organisation_id, LeaveNote.request_id.in_(ids))
            .where(LeaveNote.erased_at.is_(None))
            .values(text="", file_name="", file_type="", content=None, erased_at=now, erased_by=erased_by)
        )
