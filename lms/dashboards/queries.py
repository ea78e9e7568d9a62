"""The reads of the dashboards, joined across rooms. Each page has a fixed number of queries, told in its docstring."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, func, literal, or_, select
from sqlalchemy.orm import Session

from lms.dashboards import rules
from lms.dashboards.batch_queries import Batch, Facets, batches, facets
from lms.dashboards.head_queries import Head, head
from lms.errors import N_, NotFound
from lms.overrides.models import UnitOverride
from lms.people.models import Participant
from lms.people.rules import fold
from lms.programme.models import CohortGroup, Enrolment
from lms.progress.models import ComponentRow, ResultRow
from lms.progress.rules import Figures

__all__ = [
    "Batch",
    "Facets",
    "Head",
    "Line",
    "Lines",
    "Person",
    "batches",
    "facets",
    "head",
    "lines",
    "person",
]


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """One participant in the table of a cohort; figures are rounded. `components` are by path.

    `overridden` says that an override stands on some unit.
    """

    participant_id: UUID
    identifier: str
    name: str
    group: str
    category: str
    unit: str
    position: int
    figures: Figures
    completion: Decimal | None
    predicate: str | None
    status: str
    reasons: tuple[str, ...]
    overridden: bool
    components: dict[str, Figures]


@dataclass(frozen=True, kw_only=True, slots=True)
class Person:
    """Whom a page is about, in one cohort."""

    participant_id: UUID
    identifier: str
    name: str
    group_id: UUID | None
    group: str
    category: str
    unit: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Lines:
    """One page of participants. `more` is the cursor of the next one, empty on the last."""

    lines: tuple[Line, ...]
    more: str


def lines(
    session: Session,
    *,
    organisation_id: int,
    cohort: Head,
    asked: rules.Asked,
    groups: Sequence[UUID] | None,
    limit: int = rules.PAGE,
) -> Lines:
    """One page of a cohort's participants; with `groups`, only people of these. Two queries."""
    key = _sort_key(asked.sort)
    query = _people(organisation_id, cohort.id).add_columns(key.label("sort_key"))
    if asked.sort.startswith("c."):
        path = asked.sort.removeprefix("c.")
        query = query.outerjoin(ComponentRow, and_(_of_result(ComponentRow), ComponentRow.path == path))
    query = query.where(*_filters(asked, groups))
    if asked.after is not None:
        query = query.where(_after(asked, key))
    query = query.order_by(key.desc() if asked.descending else key, Enrolment.position).limit(limit + 1)
    rows = session.execute(query).all()
    shown = rows[:limit]
    components = _components(session, organisation_id, cohort.id, [row.participant_id for row in shown])
    more = rules.cursor(shown[-1].sort_key, shown[-1].position) if len(rows) > limit else ""
    return Lines(lines=tuple(_line(row, components[row.participant_id]) for row in shown), more=more)


def person(session: Session, *, organisation_id: int, cohort_id: UUID, participant_id: UUID) -> Person:
    """Somebody in a cohort. One query. Raises NotFound."""
    query = _people(organisation_id, cohort_id).add_columns(Enrolment.group_id)
    row = session.execute(query.where(Enrolment.participant_id == participant_id)).one_or_none()
    if row is None:
        raise NotFound(N_("This person is not in this cohort."))
    return Person(**{name: getattr(row, name) for name in Person.__dataclass_fields__})


def _people(organisation_id: int, cohort_id: UUID) -> Select[Any]:
    return (
        select(
            Enrolment.participant_id,
            Participant.identifier,
            Participant.name,
            func.coalesce(CohortGroup.name, "").label("group"),
            Enrolment.category,
            Enrolment.unit,
            Enrolment.position,
            *(getattr(ResultRow, name) for name in ("so_far", "of_all", "best_possible", "counted", "units")),
            *(getattr(ResultRow, name) for name in ("completion", "predicate", "status", "reasons")),
            exists().where(_of_enrolment(UnitOverride), UnitOverride.withdrawn_at.is_(None)).label("overridden"),
        )
        .select_from(Enrolment)
        .join(ResultRow, _of_enrolment(ResultRow))
        .join(
            Participant,
            and_(Participant.organisation_id == Enrolment.organisation_id, Participant.id == Enrolment.participant_id),
        )
        .outerjoin(
            CohortGroup,
            and_(CohortGroup.organisation_id == Enrolment.organisation_id, CohortGroup.id == Enrolment.group_id),
        )
        .where(Enrolment.organisation_id == organisation_id, Enrolment.cohort_id == cohort_id)
    )


def _of_enrolment(table: Any) -> ColumnElement[bool]:
    return and_(
        table.organisation_id == Enrolment.organisation_id,
        table.cohort_id == Enrolment.cohort_id,
        table.participant_id == Enrolment.participant_id,
    )


def _of_result(table: Any) -> ColumnElement[bool]:
    return and_(
        table.organisation_id == ResultRow.organisation_id,
        table.cohort_id == ResultRow.cohort_id,
        table.participant_id == ResultRow.participant_id,
    )


def _sort_key(sort: str) -> ColumnElement[Any]:
    """Nobody's figure is missing from the order: none comes before 0."""
    if sort == "name":
        return func.lower(Participant.name)
    if sort == "position":
        return Enrolment.position + literal(0)
    column = ComponentRow.of_all if sort.startswith("c.") else getattr(ResultRow, sort)
    return func.coalesce(column, literal(Decimal(-1), column.type))


def _after(asked: rules.Asked, key: ColumnElement[Any]) -> ColumnElement[bool]:
    text, position = asked.after or ("", 0)
    if asked.sort == "name":
        last: Any = text
    elif asked.sort == "position":
        last = position
    else:
        last = Decimal(text)
    beyond = key < last if asked.descending else key > last
    return or_(beyond, and_(key == last, Enrolment.position > position))


def _filters(asked: rules.Asked, groups: Sequence[UUID] | None) -> Sequence[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if groups is not None:
        found.append(Enrolment.group_id.in_(groups))
    if asked.group:
        found.append(CohortGroup.name == asked.group)
    if asked.category:
        found.append(Enrolment.category == asked.category)
    if asked.status:
        found.append(ResultRow.status == asked.status)
    if asked.reason:
        found.append((" " + ResultRow.reasons + " ").contains(f" {asked.reason} ", autoescape=True))
    if asked.search:
        named = Participant.name.icontains(asked.search, autoescape=True)
        found.append(or_(named, Participant.identifier_folded.contains(fold(asked.search), autoescape=True)))
    return found


def _components(
    session: Session, organisation_id: int, cohort_id: UUID, participant_ids: Sequence[UUID]
) -> dict[UUID, dict[str, Figures]]:
    found: dict[UUID, dict[str, Figures]] = defaultdict(dict)
    rows = session.execute(
        select(
            ComponentRow.participant_id,
            ComponentRow.path,
            *(getattr(ComponentRow, name) for name in ("so_far", "of_all", "best_possible", "counted", "units")),
        ).where(
            ComponentRow.organisation_id == organisation_id,
            ComponentRow.cohort_id == cohort_id,
            ComponentRow.participant_id.in_(participant_ids),
        )
    )
    for row in rows:
        found[row.participant_id][row.path] = _figures(row)
    return found


def _figures(row: Any) -> Figures:
    return Figures(
        so_far=row.so_far,
        of_all=row.of_all,
        best_possible=row.best_possible,
        counted=row.counted,
        units=row.units,
    )


def _line(row: Any, components: dict[str, Figures]) -> Line:
    names = ("participant_id", "identifier", "name", "group", "category", "unit", "position", "completion", "predicate")
    return Line(
        **{name: getattr(row, name) for name in names},
        status=row.status,
        reasons=tuple(row.reasons.split()),
        overridden=row.overridden,
        figures=_figures(row),
        components=components,
    )
