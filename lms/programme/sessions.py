"""One session of a timetable: changed or moved, cancelled, restored. Marks are never touched.

Each of these leaves a line in the session's history, and the caller folds the cohort anew in the same transaction.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.orm import Session

from lms.errors import N_, Conflict, DomainError, NotFound
from lms.programme import checks, queries, session_writing
from lms.programme.models import ClassroomSession
from lms.programme.rows import TimetableSession
from lms.programme.session_rules import NewSession, flaws, reason_flaws, told_anew
from lms.programme.session_writing import Act, Kind, Timetable


def change_session(
    session: Session,
    *,
    organisation_id: int,
    cohort_id: UUID,
    row: NewSession,
    seen: int,
    reason: str = "",
    reason_needed: bool = False,
    changed_by: UUID | None,
    now: datetime,
) -> bool:
    """Make the session with this code what the row says; whether that was anything new. Moving is changing, too.

    `seen` is the revision that the change was made from: raises Conflict if somebody has changed it since. Raises
    Problems with everything that is wrong, each at its column; NotFound.
    """
    known, meeting = _found(session, organisation_id, cohort_id, row.code)
    after = told_anew(row, known.told[row.code])
    if after == known.told[row.code]:
        return False
    _check_seen(meeting, seen)
    facilitators = {one.id for one in queries.facilitator_accounts(session, organisation_id=organisation_id)}
    wrong = flaws(row, groups=known.groups.keys(), facilitators=facilitators, place="")
    checks.refuse([*map(_at_its_column, wrong), *reason_flaws(reason, needed=reason_needed)])
    acts = session_writing.change(session, known, {row.code: after}, now=now)
    session_writing.note(session, known, acts, changed_by=changed_by, reason=reason, now=now)
    return True


def _at_its_column(problem: DomainError) -> DomainError:
    """The same, at its column alone: there is but one row."""
    problem.place = problem.place.removeprefix(", ")
    return problem


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
    """Cancel a session: it counts for nobody from now on, and its marks stay readable.

    Raises Problems without a reason, Conflict where it is cancelled already, NotFound.
    """
    known, meeting = _found(session, organisation_id, cohort_id, code)
    if meeting.cancelled_at is not None:
        raise Conflict(N_("Session %(code)s is cancelled already."), code=code)
    checks.refuse(reason_flaws(reason, needed=True))
    _write(session, organisation_id, meeting, cancelled_at=now, reason=reason, now=now)
    _note(session, known, meeting, "cancelled", changed_by=changed_by, reason=reason, now=now)


def restore_session(
    session: Session,
    *,
    organisation_id: int,
    cohort_id: UUID,
    code: str,
    reason: str = "",
    changed_by: UUID | None,
    now: datetime,
) -> None:
    """Let a cancelled session take place after all: the marks that it has count again.

    Raises Conflict where it is not cancelled, Problems for a reason that is no line of text, NotFound.
    """
    known, meeting = _found(session, organisation_id, cohort_id, code)
    if meeting.cancelled_at is None:
        raise Conflict(N_("Session %(code)s is not cancelled."), code=code)
    checks.refuse(reason_flaws(reason, needed=False))
    _write(session, organisation_id, meeting, cancelled_at=None, reason="", now=now)
    _note(session, known, meeting, "restored", changed_by=changed_by, reason=reason, now=now)


def _found(session: Session, organisation_id: int, cohort_id: UUID, code: str) -> tuple[Timetable, TimetableSession]:
    queries.lock_cohort(session, organisation_id=organisation_id, cohort_id=cohort_id)
    known = session_writing.timetable(session, organisation_id=organisation_id, cohort_id=cohort_id)
    if code not in known.sessions:
        raise NotFound(N_("There is no session %(code)s in this cohort."), code=code)
    return known, known.sessions[code]


def _check_seen(meeting: TimetableSession, seen: int) -> None:
    if meeting.revision != seen:
        raise Conflict(N_("Somebody else has changed this session meanwhile; look at it again."))


def _write(
    session: Session,
    organisation_id: int,
    meeting: TimetableSession,
    *,
    cancelled_at: datetime | None,
    reason: str,
    now: datetime,
) -> None:
    session.execute(
        update(ClassroomSession)
        .where(ClassroomSession.organisation_id == organisation_id, ClassroomSession.id == meeting.id)
        .values(cancelled_at=cancelled_at, cancel_reason=reason, revision=meeting.revision + 1, changed_at=now)
    )


def _note(
    session: Session,
    known: Timetable,
    meeting: TimetableSession,
    kind: Kind,
    *,
    changed_by: UUID | None,
    reason: str,
    now: datetime,
) -> None:
    as_it_is = known.told[meeting.code]
    act = Act(session_id=meeting.id, kind=kind, before=as_it_is, after=as_it_is)
    session_writing.note(session, known, [act], changed_by=changed_by, reason=reason, now=now)
