"""Moving a cohort to another version of its programme: everybody is folded by it in the same transaction."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.orm import Session

from lms.people import queries as people
from lms.programme import queries as programmes
from lms.programme import service as programme
from lms.programme.rules import components
from lms.progress.models import ComponentRow
from lms.progress.move_queries import recorded
from lms.progress.service import refold


def move_cohort(
    session: Session,
    *,
    organisation_id: int,
    cohort_id: UUID,
    version_id: UUID,
    seen_version_id: UUID,
    reason: str,
    moved_by: UUID | None,
    now: datetime,
) -> int:
    """Move a cohort from the version that somebody saw to another one of the same programme; returns whom it concerns.

    Nothing that is recorded changes; everybody is folded anew. Raises NotFound, Conflict where the cohort was moved
    meanwhile, and Problems with everything recorded that would have no place in the new version.
    """
    programmes.lock_cohort(session, organisation_id=organisation_id, cohort_id=cohort_id)
    roster = programmes.roster(session, organisation_id=organisation_id, cohort_id=cohort_id)
    # Whoever marks or scores them waits here, and then asks the new version what counts.
    ids = [person.participant_id for person in roster]
    people.lock_participants(session, organisation_id=organisation_id, participant_ids=ids)
    found = programme.change_version(
        session,
        organisation_id=organisation_id,
        cohort_id=cohort_id,
        version_id=version_id,
        seen_version_id=seen_version_id,
        recorded=recorded(session, organisation_id=organisation_id, cohort_id=cohort_id),
        reason=reason,
        moved_by=moved_by,
        now=now,
    )
    # A fold writes the components that there are; those that are no more would stay in the averages.
    session.execute(
        delete(ComponentRow).where(
            ComponentRow.organisation_id == organisation_id,
            ComponentRow.cohort_id == cohort_id,
            ComponentRow.path.not_in([one.path for one in components(found)]),
        )
    )
    refold(session, organisation_id=organisation_id, cohort_id=cohort_id, now=now)
    return len(roster)
