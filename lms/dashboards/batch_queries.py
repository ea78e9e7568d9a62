"""Whole cohorts in figures: averages of batches, and what a cohort's people can be filtered by. Part of `queries`."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, case, func, literal, select, union_all
from sqlalchemy.orm import Session

from lms.dashboards import rules
from lms.dashboards.explanation import FIGURES, FigureName
from lms.programme.models import Cohort, CohortGroup, Enrolment, ProgrammeVersion
from lms.progress.models import ComponentRow, ResultRow
from lms.progress.rules import Figures


@dataclass(frozen=True, kw_only=True, slots=True)
class Batch:
    """A cohort's averages: the means of its people's published figures, by component path (empty for the whole).

    `averages` are how each of the three comes about; `review` of the people have a reason for a review.
    """

    cohort_id: UUID
    code: str
    name: str
    starts_at: datetime
    people: int
    review: int
    figures: dict[str, Figures]
    averages: dict[str, dict[FigureName, rules.Average]]


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
    rows: dict[UUID, list[Any]] = defaultdict(list)
    for row in session.execute(averages):
        rows[row.id].append(row)
    found = [_batch(of_one) for of_one in rows.values()]
    return sorted(found, key=lambda batch: (batch.starts_at, batch.code), reverse=True)


def _batch(rows: Sequence[Any]) -> Batch:
    head = rows[0]
    averages = {row.path: {name: _average(row, name) for name in FIGURES} for row in rows}
    return Batch(
        cohort_id=head.id,
        code=head.code,
        name=head.name,
        starts_at=head.starts_at,
        people=max(row.people for row in rows),
        review=max(row.review for row in rows),
        averages=averages,
        figures={row.path: _figures(row, averages[row.path]) for row in rows},
    )


def _average(row: Any, name: FigureName) -> rules.Average:
    return rules.Average(total=getattr(row, name) or Decimal(0), people=getattr(row, f"{name}_people"))


def _figures(row: Any, means: dict[FigureName, rules.Average]) -> Figures:
    return Figures(
        so_far=means["so_far"].figure,
        of_all=means["of_all"].figure,
        best_possible=means["best_possible"].figure,
        counted=int(row.counted),
        units=int(row.units),
    )


def _sums(table: Any, path: Any, organisation_id: int, programme_code: str | None) -> Select[Any]:
    """Sums of hundredths and how many they are of; an average in SQL would be a float on SQLite."""
    sums = [func.sum(getattr(table, name)).label(name) for name in FIGURES]
    counts = [func.count(getattr(table, name)).label(f"{name}_people") for name in FIGURES]
    units = [func.sum(table.counted).label("counted"), func.sum(table.units).label("units")]
    review = func.count(case((ResultRow.status == "review", 1))) if table is ResultRow else literal(0)
    cohort = (Cohort.id, Cohort.code, Cohort.name, Cohort.starts_at)
    query = (
        select(*cohort, path, func.count().label("people"), review.label("review"), *sums, *counts, *units)
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
