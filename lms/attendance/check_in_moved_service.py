"""What becomes of claims to be at a session that is moved to another day."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from lms.attendance import check_in_queries as queries

MOVED = "moved"
LONGEST_BEFORE = timedelta(days=1)
"""A claim that was made longer before the start is one of an earlier time of the session."""


def drop_claims_of_before(session: Session, *, organisation_id: int, cohort_id: UUID) -> int:
    """Let claims stand no longer which were made before the day of their session; returns how many of a cohort's.

    Whoever made one is not taken to be there at the new time, and may check in anew. Those that became marks stay. One
    query, and one for all that is written.
    """
    standing = queries.unmarked(session, organisation_id=organisation_id, cohort_id=cohort_id)
    old = [claim for claim, starts_at in standing if claim.claimed_at < starts_at - LONGEST_BEFORE]
    for claim in old:
        claim.state, claim.why = "refused", MOVED
    session.flush()
    return len(old)
