"""When a cohort starts and ends, changed by a manager together with all results, in one transaction."""

import logging
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from lms.programme import service as programme
from lms.programme.service import Dates
from lms.progress import service as progress

logger = logging.getLogger(__name__)


def change_dates(
    session: Session,
    *,
    organisation_id: int,
    cohort_id: UUID,
    seen: Dates,
    dates: Dates,
    reason: str,
    changed_by: UUID,
    now: datetime,
) -> bool:
    """Change start, end or zone, and fold everybody anew; whether anything is new. Sessions keep their moments.

    `seen` are the dates that the change was made from. Who did it and why goes into the log. Raises Problems, Conflict,
    NotFound.
    """
    changed = programme.change_dates(
        session, organisation_id=organisation_id, cohort_id=cohort_id, seen=seen, dates=dates, reason=reason
    )
    if changed:
        progress.refold(session, organisation_id=organisation_id, cohort_id=cohort_id, now=now)
        # A warning, since the log leaves out what weighs less, and nothing else keeps this.
        logger.warning(
            "Cohort %s: account %s changed its dates from %s to %s: %s", cohort_id, changed_by, seen, dates, reason
        )
    return changed
