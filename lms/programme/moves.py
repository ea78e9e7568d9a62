"""Moving a cohort to another version of its programme: the programme's part of it, which folds nothing."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import insert, update
from sqlalchemy.orm import Session

from lms.db import new_id
from lms.errors import N_, Conflict, DomainError, NotFound
from lms.events import TimetableChanged, announce
from lms.programme import checks, queries
from lms.programme.models import Cohort, CohortMove
from lms.programme.move_rules import Recorded, obstacles, reason_problems
from lms.programme.rules import Programme


def change_version(
    session: Session,
    *,
    organisation_id: int,
    cohort_id: UUID,
    version_id: UUID,
    seen_version_id: UUID,
    recorded: Recorded,
    reason: str,
    moved_by: UUID | None,
    now: datetime,
) -> Programme:
    """Have a cohort run this version from now on, and keep who did it and why; returns what the version says.

    The caller has locked the cohort and its people before it read what is `recorded`, and folds everybody afterwards.
    Raises NotFound without such a version, Conflict if the cohort no longer runs the version that was seen, Problems
    with everything that would lose its place. It announces nothing about modules: evidence about those of a published
    version is there since it was published, whoever runs it.
    """
    cohort = queries.cohort_by_id(session, organisation_id=organisation_id, cohort_id=cohort_id)
    ids = {cohort.programme_version_id, version_id}
    known = queries.programmes_of(session, organisation_id=organisation_id, version_ids=ids)
    if version_id not in known:
        raise NotFound(N_("There is no such version."))
    if cohort.programme_version_id != seen_version_id:
        template = N_("Somebody has moved this cohort meanwhile; it runs version %(version)s now.")
        raise Conflict(template, place="version", version=known[cohort.programme_version_id].version)
    before, after = known[cohort.programme_version_id], known[version_id]
    checks.refuse(_wrong(before, after) + reason_problems(reason))
    checks.refuse(obstacles(before, after, recorded=recorded, targets=cohort.targets))
    _keep(session, organisation_id, cohort, version_id, reason=reason.strip(), moved_by=moved_by, moved_at=now)
    _announce(session, organisation_id, cohort_id)
    return after


def _wrong(before: Programme, after: Programme) -> list[DomainError]:
    if (before.code, before.version) != (after.code, after.version):
        return []
    return [DomainError(N_("The cohort runs this version already."), place="version")]


def _keep(session: Session, organisation_id: int, cohort: queries.CohortInfo, version_id: UUID, **act: object) -> None:
    session.execute(
        update(Cohort)
        .where(Cohort.organisation_id == organisation_id, Cohort.id == cohort.id)
        .values(programme_version_id=version_id)
    )
    versions = {"from_version_id": cohort.programme_version_id, "to_version_id": version_id}
    leading = {"organisation_id": organisation_id, "id": new_id(), "cohort_id": cohort.id}
    session.execute(insert(CohortMove), leading | versions | act)


def _announce(session: Session, organisation_id: int, cohort_id: UUID) -> None:
    """A status may be an absence in one version and not in the other, so what marks are told as may differ."""
    timetable = queries.timetable(session, organisation_id=organisation_id, cohort_id=cohort_id)
    if timetable:
        ids = tuple(one.id for one in timetable)
        announce(session, TimetableChanged(organisation_id=organisation_id, cohort_id=cohort_id, session_ids=ids))
