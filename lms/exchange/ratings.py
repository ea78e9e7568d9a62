"""A file of ratings by rubrics: who gave whom how many points by each criterion."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from lms.assessment import rubric_queries, rubric_rules, rubric_service
from lms.assessment.rubric_queries import Assessor, CurrentRubric
from lms.assessment.rubric_rules import NewRating
from lms.errors import N_, Problems
from lms.exchange import cells
from lms.exchange.cells import CellError, listed
from lms.exchange.readers import Table
from lms.exchange.rules import person_column
from lms.exchange.tables import Column, checked
from lms.exchange.targets import Done, Target
from lms.people.rules import fold
from lms.programme import queries as programmes
from lms.programme.queries import Enrolled
from lms.programme.rules import leaves

POINTS = "points of "


@dataclass(frozen=True, kw_only=True, slots=True)
class RatingRow:
    """What an assessor gave somebody, by the criterion's key, for the component at `path`."""

    line: int
    path: str
    participant_id: UUID
    assessor_id: UUID
    points: rubric_rules.Points
    remark: str


def bring_ratings(session: Session, target: Target, table: Table) -> Done:
    """Bring ratings into a cohort. An assessment without a rubric has none."""
    assessments = [one.path for one in leaves(target.programme) if one.kind == "assessment"]
    found = {path: rubric_queries.current_rubric(session, **target.where, path=path) for path in assessments}
    rubrics = {path: one for path, one in found.items() if one is not None}
    rows = ratings(
        table,
        people=programmes.roster(session, **target.where),
        rubrics=rubrics,
        assessors=rubric_queries.assessors(session, **target.where),
        importer=target.recorded_by,
    )
    new = [
        NewRating(
            path=row.path,
            participant_id=row.participant_id,
            assessor_id=row.assessor_id,
            version=rubrics[row.path].version,
            points=row.points,
            remark=row.remark,
        )
        for row in rows
    ]
    return Done(changed=rubric_service.bring_ratings(session, **target.where, ratings=new, now=target.now))


def ratings(
    table: Table,
    *,
    people: Sequence[Enrolled],
    rubrics: Mapping[str, CurrentRubric],
    assessors: Sequence[Assessor],
    importer: UUID | None,
) -> tuple[RatingRow, ...]:
    """The ratings of a file, in its order, with a column for each criterion of the cohort's rubrics (by path).

    Where no assessor is named it is whoever imports, None on the command line. Raises Problems.
    """
    keys = sorted({one.key for current in rubrics.values() for one in current.rubric.criteria})
    columns = (
        Column(
            name="component",
            read=cells.one_of({path: path for path in rubrics}, lambda value: _no_rubric(value, list(rubrics))),
            into="path",
        ),
        person_column({person.identifier: person.participant_id for person in people}),
        Column(name="assessor", read=_assessor(assessors, importer), needed=False, into="assessor_id"),
        *(Column(name=key, read=_points, needed=False, into=POINTS + key) for key in keys),
        Column(name="remark", read=cells.remark, needed=False),
    )
    groups = {person.participant_id: person.group_id for person in people}
    of = {one.id: one.group_ids for one in assessors}

    def check(row: RatingRow) -> None:
        own = of.get(row.assessor_id)
        if own is not None and groups[row.participant_id] not in own:
            problem = CellError(N_("This facilitator does not mark this person's group; name another assessor."))
            raise problem.at(row.line, "assessor")
        try:
            rubric_rules.check_rating(rubrics[row.path].rubric, row.points, row.remark)
        except Problems as refused:
            problems = (CellError(one.template, **one.params).at(row.line, one.place) for one in refused.problems)
            raise Problems(tuple(problems)) from None

    once = {"identifier": lambda row: (row.path, row.participant_id, row.assessor_id)}
    return checked(table, columns, _made, once, check)


def _made(**values: Any) -> RatingRow:
    given = {name.removeprefix(POINTS): values.pop(name) for name in list(values) if name.startswith(POINTS)}
    return RatingRow(points={key: points for key, points in given.items() if points is not None}, **values)


def _points(cell: str) -> Any:
    return cells.score(cell) if cell.strip() else None


def _assessor(assessors: Sequence[Assessor], importer: UUID | None) -> Any:
    known = {fold(one.email): one.id for one in assessors}

    def read(cell: str) -> UUID:
        value = cells.text(cell)
        if not value and importer is not None:
            return importer
        if not value:
            raise CellError(N_("Name the assessor by the e-mail address of their account."))
        if fold(value) not in known:
            raise CellError(N_("Nobody who may rate has the e-mail %(value)s."), value=value)
        return known[fold(value)]

    return read


def _no_rubric(value: str, known: Sequence[str]) -> CellError:
    if not known:
        return CellError(N_("No assessment of this cohort has a rubric; set one first."))
    return CellError(
        N_("%(value)s is no assessment with a rubric; there are: %(known)s."), value=value, known=listed(known)
    )
