"""The moves of a cohort from one version of its programme to another. Part of `queries`."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, select
from sqlalchemy.orm import Session, aliased

from lms.people.models import Account
from lms.programme.models import CohortMove, ProgrammeVersion


@dataclass(frozen=True, kw_only=True, slots=True)
class Move:
    """One move, by the numbers of the versions; `moved_by` is a name, None where no account did it."""

    before: int
    after: int
    reason: str
    moved_at: datetime
    moved_by: str | None


def moves(session: Session, *, organisation_id: int, cohort_id: UUID) -> list[Move]:
    """Every move of a cohort, the latest first. One query."""
    old, new = aliased(ProgrammeVersion), aliased(ProgrammeVersion)
    here = CohortMove.organisation_id
    rows = session.execute(
        select(
            old.version.label("before"),
            new.version.label("after"),
            CohortMove.reason,
            CohortMove.moved_at,
            Account.name.label("moved_by"),
        )
        .join(old, and_(old.organisation_id == here, old.id == CohortMove.from_version_id))
        .join(new, and_(new.organisation_id == here, new.id == CohortMove.to_version_id))
        .outerjoin(Account, and_(Account.organisation_id == here, Account.id == CohortMove.moved_by))
        .where(here == organisation_id, CohortMove.cohort_id == cohort_id)
        .order_by(CohortMove.moved_at.desc(), CohortMove.id.desc())
    )
    return [Move(**row._asdict()) for row in rows]
