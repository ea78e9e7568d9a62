"""What `lms check` counts of the rooms, read-only."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lms.people.models import Mail


def failing_mail(session: Session, *, organisation_id: int) -> tuple[int, str]:
    """How many letters failed twice or more and did not go out, and what the last of them met with. Two queries."""
    failing = (Mail.organisation_id == organisation_id, Mail.sent_at.is_(None), Mail.attempts >= 2, Mail.error != "")
    number = session.scalar(select(func.count()).select_from(Mail).where(*failing)) or 0
    error = session.scalar(select(Mail.error).where(*failing).order_by(Mail.id.desc()).limit(1))
    return number, error or ""
