"""The timetable as managers change it: sessions, and in the same transaction all results in which they count.

Results lie above the timetable, and marks beside it, so these use cases stand here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lms.attendance import queries
from lms.attendance.check_in_moved_service import drop_claims_of_before
from lms.attendance.models import Mark
from lms.attendance.queries import Person
from lms.programme import queries as programmes
from lms.programme import service as programme
from lms.programme.service import Changed, NewSession
from lms.progress import service as progress

COUNTING = ("starts_at", "ends_at", "jp", "group")
"""What of a session is part of its marks' meaning: when it was, for whom, and what it was worth."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Concerned:
    """Whom a session counts for: those that it is for, and guests with a mark, but for those whom a status excludes.

    `marks` says how many of all have a mark that counts.
    """

    marks: int
    people: tuple[Person, ...]


def concerned(session: Session, *, organisation_id: int, session_id: UUID) -> Concerned:
    """Whose results change if the session is cancelled or restored. Six queries."""
    found = queries.register(session, organisation_id=organisation_id, session_id=session_id)
    excluded = {status.code for status in found.statuses if status.excluded}
    people = [one for one in found.people if one.counting is None or one.counting.status not in excluded]
    return Concerned(marks=found.marked, people=tuple(people))


def add_sessions(
    session: Session,
    *,
    organisation_id: int,
    cohort_id: UUID,
    rows: Sequence[NewSession],
    changed_by: UUID | None,
    now: datetime,
) -> Changed:
    """Add these, none of which may be there yet. Raises Problems with everything that is wrong."""
    done = programme.add_sessions(
        session,
        organisation_id=organisation_id,
        cohort_id=cohort_id,
        rows=rows,
        changed_by=changed_by,
        only_new=True,
        now=now,
    )
    progress.refold(session, organisation_id=organisation_id, cohort_id=cohort_id, now=now)
    return done


def change_session(
    session: Session,
    *,
    organisation_id: int,
    cohort_id: UUID,
    row: NewSession,
    seen: int,
    reason: str,
    changed_by: UUID | None,
    now: datetime,
) -> bool:
    """Change or move a session; whether anything is new. Where it has marks, moving it needs a reason.

    `seen` is the revision that the change was made from. Raises Problems, Conflict, NotFound.
    """
    changed = programme.change_session(
        session,
        organisation_id=organisation_id,
        cohort_id=cohort_id,
        row=row,
        seen=seen,
        reason=reason,
        reason_needed=_moves_marks(session, organisation_id, cohort_id, row),
        changed_by=changed_by,
        now=now,
    )
    if changed:
        drop_claims_of_before(session, organisation_id=organisation_id, cohort_id=cohort_id)
        progress.refold(session, organisation_id=organisation_id, cohort_id=cohort_id, now=now)
    return changed


def _moves_marks(session: Session, organisation_id: int, cohort_id: UUID, row: NewSession) -> bool:
    timetable = programmes.timetable(session, organisation_id=organisation_id, cohort_id=cohort_id)
    meeting = next((one for one in timetable if one.code == row.code), None)
    if meeting is None or all(getattr(meeting, name) == getattr(row, name) for name in COUNTING):
        return False
    wanted = select(func.count()).where(Mark.organisation_id == organisation_id, Mark.session_id == meeting.id)
    return bool(session.scalar(wanted))


def cancel_session(
    session: Session,
    *,
    organisation_id: int,
    cohort_id: UUID,
    code: str,
    reason: str,
    changed_by: UUID | None,
    now: datetime,
) -> None:
    """Cancel a session: it counts for nobody, its marks stay readable. Raises Problems, Conflict, NotFound."""
    programme.cancel_session(
        session,
        organisation_id=organisation_id,
        cohort_id=cohort_id,
        code=code,
        reason=reason,
        changed_by=changed_by,
        now=now,
    )
    progress.refold(session, organisation_id=organisation_id, cohort_id=cohort_id, now=now)


def restore_session(
    session: Session,
    *,
    organisation_id: int,
    cohort_id: UUID,
    code: str,
    reason: str,
    changed_by: UUID | None,
    now: datetime,
) -> None:
    """Let a cancelled session take place after all; its marks count again. Raises Problems, Conflict, NotFound."""
    programme.restore_session(
        session,
        organisation_id=organisation_id,
        cohort_id=cohort_id,
        code=code,
        reason=reason,
        changed_by=changed_by,
        now=now,
    )
    progress.refold(session, organisation_id=organisation_id, cohort_id=cohort_id, now=now)
