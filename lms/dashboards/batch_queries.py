"""Whole cohorts in figures: averages of batches, and what a cohort's people can be filtered by. Part of `queries`."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, func, literal, select, union_all
from sqlalchemy.orm import Session

from lms.dashboards import rules
from lms.programme.models import Cohort, CohortGroup, Enrolment, ProgrammeVersion
from lms.progress.models import ComponentRow, ResultRow
from lms.progress.rules import Figures

FIGURES = ("so_far", "of_all", "best_possible")


@dataclass(frozen=True, kw_only=True, slots=True)
class Batch:
    """A cohort's averages: the means of its people's published figures, by component path (empty for the whole)."""

    cohort_id: UUID
    code: str
    name: str
    starts_at: datetime
    people: int
    figures: dict[str, Figures]


@dataclass(frozen=True, kw_only=True, slots=True)
class Facets:
    """What the people of a cohort can be filtered by, and how many there are of each."""

    people: int
    groups: dict[str, int]
    categories: dict[str, int]
    statuses: dict[str, int]
    reasons: dict[str, int]


def batches(session: Session, *, organisation_id: int, programme_code: str | None = None) -> list[Batch]:
    """The averages of every cohort (of one programme), the one that starts last first. One query.

    Facilitators see the averages of whole batches too: they tell nothing of any one person.
    """
    averages = union_all(
        _sums(ResultRow, literal("").label("path"), organisation_id, programme_code),
        _sums(ComponentRow, ComponentRow.path, organisation_id, programme_code),
    )
    heads: dict[UUID, Any] = {}
    figures: dict[UUID, dict[str, Figures]] = defaultdict(dict)
    for row in session.execute(averages):
        heads[row.id] = row
        figures[row.id][row.path] = _averages(row)
    found = [
        Batch(
            cohort_id=row.id,
            code=row.code,
            name=row.name,
            starts_at=row.starts_at,
            people=row.people,
            figures=figures[row.id],
        )
        for row in heads.values()
    ]
    return sorted(found, key=lambda batch: (batch.starts_at, batch.code), reverse=True)


def _sums(table: Any, path: Any, organisation_id: int, programme_code: str | None) -> Select[Any]:
    """Sums of hundredths and how many they are of; an average in SQL would be a float on SQLite."""
    sums = [func.sum(getattr(table, name)).label(name) for name in FIGURES]
    counts = [func.count(getattr(table, name)).label(f"{name}_people") for name in FIGURES]
    units = [func.sum(table.counted).label("counted"), func.sum(table.units).label("units")]
    cohort = (Cohort.id, Cohort.code, Cohort.name, Cohort.starts_at)
    query = (
        select(*cohort, path, func.count().label("people"), *sums, *counts, *units)
        .join(table, and_(table.organisation_id == Cohort.organisation_id, table.cohort_id == Cohort.id))
        .join(
            ProgrammeVersion,
            and_(
                ProgrammeVersion.organisation_id == Cohort.organisation_id,
                ProgrammeVersion.id == Cohort.programme_version_id,
            ),
        )
        .where(Cohort.organisation_id == organisation_id)
        .group_by(*cohort, *([] if table is ResultRow else [path]))
    )
    return query if programme_code is None else query.where(ProgrammeVersion.code == programme_code)


def _averages(row: Any) -> Figures:
    means = {name: rules.average(_hundredths(getattr(row, name)), getattr(row, f"{name}_people")) for name in FIGURES}
    return Figures(**means, counted=int(row.counted), units=int(row.units))


def _hundredths(total: Any) -> int | None:
    """A sum comes back as what is summed: a figure."""
    return None if total is None else int(total * 100)


def facets(session: Session, *, organisation_id: int, cohort_id: UUID, groups: Sequence[UUID] | None = None) -> Facets:
    """How many people there are of each group, category, status and reason. One query."""
    query = (
        select(CohortGroup.name, Enrolment.category, ResultRow.status, ResultRow.reasons, func.count())
        .select_from(Enrolment)
        .join(
            ResultRow,
            and_(
                ResultRow.organisation_id == Enrolment.organisation_id,
                ResultRow.cohort_id == Enrolment.cohort_id,
                ResultRow.participant_id == Enrolment.participant_id,
            ),
        )
        .outerjoin(
            CohortGroup,
            and_(CohortGroup.organisation_id == Enrolment.organisation_id, CohortGroup.id == Enrolment.group_id),
        )
        .where(Enrolment.organisation_id == organisation_id, Enrolment.cohort_id == cohort_id)
        .group_by(CohortGroup.name, Enrolment.category, ResultRow.status, ResultRow.reasons)
    )
    if groups is not None:
        query = query.where(Enrolment.group_id.in_(groups))
    return _counted(session.execute(query).all())


def _counted(rows: Sequence[Any]) -> Facets:
    groups: Counter[str] = Counter()
    categories: Counter[str] = Counter()
    statuses: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    for group, category, status, told, people in rows:
        groups[group or ""] += people
        categories[category] += people
        statuses[status] += people
        for reason in told.split():
            reasons[reason] += people
    return Facets(
        people=statuses.total(),
        groups=dict(sorted(groups.items())),
        categories=dict(sorted(categories.items())),
        statuses=dict(statuses),
        reasons=dict(reasons),
    )
