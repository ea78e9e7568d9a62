"""What becomes of contested marks when what they came by holds no more: a leave, or a statement. Part of service.py."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.orm import Session

from lms.attendance.register_models import ContestedMark
from lms.db import portions


def drop_contested(
    session: Session, *, organisation_id: int, ids: Collection[UUID], settled_by: UUID | None, now: datetime
) -> None:
    """Settle those of these contested marks that are still open: what stands stays. One query per 500 ids.

    `settled_by` is None where no account did it.
    """
    for some in portions(sorted(ids)):
        session.execute(
            update(ContestedMark)
            .where(ContestedMark.organisation_id == organisation_id, ContestedMark.id.in_(some))
            .where(ContestedMark.outcome == "")
            .values(outcome="dropped", settled_at=now, settled_by=settled_by)
        )
