"""What is kept of live classes. Each docstring tells how many queries are made; that never grows with what is found."""

from uuid import UUID

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from lms.attendance.presence_rules import Stay
from lms.attendance.register_models import LivePresence
from lms.programme.models import ClassroomSession


def stays(session: Session, *, organisation_id: int, session_id: UUID) -> dict[UUID, Stay]:
    """Everybody's stays in a session's live class by their ids, the first to join first. One query."""
    rows = session.execute(
        select(
            LivePresence.id,
            LivePresence.who,
            LivePresence.participant_id,
            LivePresence.joined_at,
            LivePresence.left_at,
        )
        .where(LivePresence.organisation_id == organisation_id, LivePresence.session_id == session_id)
        .order_by(LivePresence.joined_at, LivePresence.left_at, LivePresence.id)
    )
    return {
        row.id: Stay(who=row.who, participant_id=row.participant_id, joined_at=row.joined_at, left_at=row.left_at)
        for row in rows
    }


def who_is_who(session: Session, *, organisation_id: int, cohort_id: UUID) -> dict[str, UUID]:
    """Whom the logs of this cohort meant, by what they called them; the newest word counts. One query."""
    at_session = and_(
        ClassroomSession.organisation_id == LivePresence.organisation_id, ClassroomSession.id == LivePresence.session_id
    )
    rows = session.execute(
        select(LivePresence.who, LivePresence.participant_id)
        .join(ClassroomSession, at_session)
        .where(
            LivePresence.organisation_id == organisation_id,
            ClassroomSession.cohort_id == cohort_id,
            LivePresence.participant_id.is_not(None),
        )
        .order_by(LivePresence.imported_at, LivePresence.id)
    )
    return {row.who: row.participant_id for row in rows}
