"""The rules of cohorts, with the defaults where nobody has set any. Part of `queries`."""

from collections.abc import Collection, Mapping
from ipaddress import ip_network
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from lms.attendance.cohort_rules import CohortRules, roles
from lms.attendance.register_models import AttendanceRules
from lms.errors import N_, NotFound
from lms.programme import queries as programmes
from lms.programme.queries import CohortInfo
from lms.programme.rules import AttendanceStatus

PLAIN = (
    "early_minutes",
    "late_days",
    "grace_minutes",
    "log_percent",
    "check_in",
    "check_in_before",
    "check_in_after",
    "warn_consecutive",
    "warn_by_mail",
)
"""The columns that a cohort's rules have as they are."""


def cohort_rules(session: Session, *, organisation_id: int, cohort_id: UUID) -> CohortRules:
    """The rules of a cohort; raises NotFound. Four queries."""
    found = rules_of(session, organisation_id=organisation_id, cohort_ids=[cohort_id])
    if cohort_id not in found:
        raise NotFound(N_("There is no such cohort."))
    return found[cohort_id]


def rules_of(session: Session, *, organisation_id: int, cohort_ids: Collection[UUID]) -> dict[UUID, CohortRules]:
    """The rules of several cohorts by their ids; ids that are none are left out. Four queries."""
    cohorts = programmes.cohorts_by_id(session, organisation_id=organisation_id, cohort_ids=cohort_ids)
    version_ids = {cohort.programme_version_id for cohort in cohorts.values()}
    found = programmes.programmes_of(session, organisation_id=organisation_id, version_ids=version_ids)
    statuses = {cohort.id: found[cohort.programme_version_id].statuses for cohort in cohorts.values()}
    return rules_for(session, organisation_id=organisation_id, cohorts=cohorts, statuses=statuses)


def rules_for(
    session: Session,
    *,
    organisation_id: int,
    cohorts: Mapping[UUID, CohortInfo],
    statuses: Mapping[UUID, tuple[AttendanceStatus, ...]],
) -> dict[UUID, CohortRules]:
    """The same where the cohorts and their statuses are known already. One query."""
    rows = stored_rules(session, organisation_id=organisation_id, cohort_ids=cohorts)
    return {
        cohort_id: rules_from(rows.get(cohort_id), cohort.time_zone, statuses[cohort_id])
        for cohort_id, cohort in cohorts.items()
    }


def stored_rules(
    session: Session, *, organisation_id: int, cohort_ids: Collection[UUID]
) -> dict[UUID, AttendanceRules]:
    """What somebody has set, by cohort. One query."""
    wanted = select(AttendanceRules).where(
        AttendanceRules.organisation_id == organisation_id, AttendanceRules.cohort_id.in_(cohort_ids)
    )
    return {row.cohort_id: row for row in session.scalars(wanted)}


def rules_from(row: AttendanceRules | None, time_zone: str, statuses: tuple[AttendanceStatus, ...]) -> CohortRules:
    """The rules by what somebody has set, None where nobody has."""
    if row is None:
        found = roles(statuses)
        set_by_somebody: dict[str, Any] = {}
    else:
        found = roles(
            statuses,
            present=row.present_status,
            late=row.late_status,
            absent=row.absent_status,
            leave=row.leave_statuses,
        )
        set_by_somebody = {name: getattr(row, name) for name in PLAIN}
        set_by_somebody["networks"] = tuple(ip_network(line) for line in row.networks.splitlines())
    return CohortRules(
        time_zone=time_zone,
        statuses=statuses,
        present=found.present,
        late=found.late,
        absent=found.absent,
        leave=found.leave,
        **set_by_somebody,
    )
