"""Marks that cannot simply be added are kept whole, until a person settles them."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy.orm import Session

from lms.attendance.models import Mark
from lms.attendance.register_models import ContestedMark
from lms.attendance.register_writing import columns
from lms.attendance.rules import NewMark, Origin

Why = Literal["meanwhile", "leave", "not_enrolled", "not_yours", "locked", "not_open", "cancelled", "bad_status"]
"""Why a mark is contested: somebody has said otherwise meanwhile, a leave says otherwise, or the rule that it met."""


def contest(
    session: Session,
    *,
    organisation_id: int,
    session_id: UUID,
    mark: NewMark,
    origin: Origin,
    why: Why,
    against: UUID | None,
    now: datetime,
) -> bool:
    """Keep a mark for a person to settle; `against` is the mark that stands. False where its id was kept before.

    The caller holds the participant, so that nobody else keeps the same one at this moment. Two queries at most.
    """
    if mark.id is not None and _is_known(session, (organisation_id, mark.id)):
        return False
    about = {"organisation_id": organisation_id, "session_id": session_id, "received_at": now}
    session.add(ContestedMark(**about, **columns(mark, origin), why=why, against=against))
    session.flush()
    return True


def _is_known(session: Session, key: tuple[int, UUID]) -> bool:
    return session.get(ContestedMark, key) is not None or session.get(Mark, key) is not None
