"""What a programme and a cohort come to before any evidence: moments, days, and who is who by key."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from uuid import UUID
from zoneinfo import ZoneInfo

from lms.programme.rules import AttendanceStatus, Module, Programme, leaves, modules
from lms.progress.values import Cohort, Session, UnitKind


@dataclass(frozen=True, kw_only=True, slots=True)
class PlannedModule:
    """A module in one cohort: when it is due and when it closes (the cohort's end closes it too), and the key under
    which its overrides are evidence."""

    module: Module
    override: str
    due_at: datetime | None
    closes_at: datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class PlannedSession:
    """A session, its key in the evidence and the local day on which it starts."""

    session: Session
    unit: str
    day: date


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """One programme version in one cohort. Sessions stand in the order of time. `overrides` are the keys under which an
    override may be evidence here."""

    programme: Programme
    cohort: Cohort
    modules: dict[str, PlannedModule]
    sessions: tuple[PlannedSession, ...]
    starts: dict[str, datetime]
    days: dict[str, date]
    statuses: dict[str, AttendanceStatus]
    assessments: frozenset[str]
    overrides: frozenset[str]
    has_attendance: bool


def assessment_unit(cohort_id: UUID, path: str) -> str:
    """The key under which a participant's assessment in one component of one cohort is evidence."""
    return f"{cohort_id}/{path}"


def override_unit(cohort_id: UUID, kind: UnitKind, unit: str) -> str:
    """The key under which an override of a participant's unit in one cohort is evidence.

    Sessions and assessments are of one cohort by their own keys. What a participant does in a module counts in each of
    their cohorts, but its override in one only, so the cohort leads its key. No IRI begins like that.
    """
    return f"{cohort_id}/{unit}" if kind == "module" else unit


@lru_cache(maxsize=64)
def plan(programme: Programme, cohort: Cohort) -> Plan:
    """The plan of a cohort, kept for the next participant of the same one."""
    zone = ZoneInfo(cohort.time_zone)
    sessions = _in_order(cohort.sessions, zone)
    leaf_kinds = {leaf.path: leaf.kind for leaf in leaves(programme)}
    planned = {module.iri: _planned(module, cohort, zone) for module in modules(programme)}
    starts = {one.unit: one.session.starts_at for one in sessions}
    assessments = frozenset(
        assessment_unit(cohort.id, path) for path, kind in leaf_kinds.items() if kind == "assessment"
    )
    return Plan(
        programme=programme,
        cohort=cohort,
        modules=planned,
        sessions=sessions,
        starts=starts,
        days={one.unit: one.day for one in sessions},
        statuses={status.code: status for status in programme.statuses},
        assessments=assessments,
        overrides=frozenset((*(one.override for one in planned.values()), *starts, *assessments)),
        has_attendance="attendance" in leaf_kinds.values(),
    )


def _in_order(sessions: tuple[Session, ...], zone: ZoneInfo) -> tuple[PlannedSession, ...]:
    ordered = sorted(sessions, key=lambda one: (one.starts_at, one.code, one.id))
    return tuple(
        PlannedSession(session=one, unit=str(one.id), day=one.starts_at.astimezone(zone).date()) for one in ordered
    )


def _planned(module: Module, cohort: Cohort, zone: ZoneInfo) -> PlannedModule:
    closing = (_days_later(cohort.starts_at, module.closes_after_days, zone), cohort.ends_at)
    return PlannedModule(
        module=module,
        override=override_unit(cohort.id, "module", module.iri),
        due_at=_days_later(cohort.starts_at, module.due_after_days, zone),
        closes_at=min((moment for moment in closing if moment is not None), default=None),
    )


def _days_later(start: datetime, days: int | None, zone: ZoneInfo) -> datetime | None:
    """The same local time of day whole local days later, whatever the clocks do in between."""
    if days is None:
        return None
    local = start.astimezone(zone)
    return (local + timedelta(days=days)).replace(fold=local.fold).astimezone(UTC)
