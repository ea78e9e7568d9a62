"""Exporting results: what waits is counted first, then everybody is folded as of the moment asked for."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from uuid import UUID

from sqlalchemy.orm import Session

from lms.db import retrying
from lms.exchange.results import Results, tabled
from lms.exchange.service import drain
from lms.programme import queries as programmes
from lms.progress import queries as progress_queries
from lms.progress import service as progress
from lms.xapi.dialects import Dialect


def export_results(
    *,
    organisation_id: int,
    cohort_id: UUID,
    dialects: Sequence[Dialect],
    groups: set[UUID] | None = None,
    as_of: datetime,
    now: datetime,
) -> Results:
    """The results of a cohort as of a moment; those of these groups (by id), if any are named. Raises NotFound.

    It has transactions of its own: one for each batch that waits, and one in which everybody is folded.
    """
    drain(organisation_id=organisation_id, dialects=dialects, now=now)
    return retrying(
        partial(_results, organisation_id=organisation_id, cohort_id=cohort_id, groups=groups, as_of=as_of, now=now)
    )


def _results(
    session: Session,
    *,
    organisation_id: int,
    cohort_id: UUID,
    groups: set[UUID] | None,
    as_of: datetime,
    now: datetime,
) -> Results:
    progress.refresh(session, organisation_id=organisation_id, cohort_id=cohort_id, now=now)
    cohort = programmes.cohort_by_id(session, organisation_id=organisation_id, cohort_id=cohort_id)
    version = cohort.programme_version_id
    folded = progress_queries.folded(session, organisation_id=organisation_id, cohort_id=cohort_id, as_of=as_of)
    return tabled(
        cohort=cohort.code,
        as_of=as_of,
        programme=programmes.programme_of(session, organisation_id=organisation_id, version_id=version),
        folded=[(person, result) for person, result in folded if groups is None or person.group_id in groups],
    )
