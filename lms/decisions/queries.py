"""Every SELECT of this room. Each docstring tells how many queries are made; that never grows with the people."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select
from sqlalchemy.orm import Session, aliased

from lms.appeals import queries as appeals
from lms.decisions import rules
from lms.decisions.models import DecisionRow
from lms.decisions.rules import Basis, Case, Decision
from lms.people.models import Account
from lms.programme import queries as programmes
from lms.programme.queries import CohortInfo, Enrolled
from lms.progress import queries as progress
from lms.progress.models import ResultRow
from lms.progress.rules import Figures, Result

_ONE = DecisionRow
FIGURES = ("so_far", "of_all", "best_possible")
COPIED = (
    *("id", "outcome", "grounds", "deadline", "made_at", "made_by"),
    *("seconded_at", "ended_at", "ended_by", "ended_reason"),
)
"""What a decision has as its row has it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Listed:
    """One participant of a cohort with their case; `figures` are the rounded ones of now."""

    person: Enrolled
    figures: Figures
    case: Case


@dataclass(frozen=True, kw_only=True, slots=True)
class Looked:
    """One participant's case with the whole result that it comes from."""

    result: Result
    case: Case


def listed(session: Session, *, organisation_id: int, cohort: CohortInfo, now: datetime) -> list[Listed]:
    """Everybody in a cohort, in the order of the participants' file, by the results as they are stored.

    Five queries, and one more for every 500 appeals.
    """
    about: dict[str, Any] = {"organisation_id": organisation_id, "cohort_id": cohort.id}
    known = _results(session, organisation_id, cohort.id)
    made = _histories(session, **about)
    open_ones = Counter(one.participant_id for one in appeals.of_cohort(session, **about) if one.is_open)
    today = rules.today(now, cohort.time_zone)
    return [
        Listed(
            person=person,
            figures=_figures(known[person.participant_id]),
            case=Case(
                basis=_basis(known[person.participant_id], cohort.programme_version_id),
                history=made.get(person.participant_id, ()),
                today=today,
                open_appeals=open_ones[person.participant_id],
            ),
        )
        for person in programmes.roster(session, **about)
        if person.participant_id in known
    ]


def looked(
    session: Session, *, organisation_id: int, cohort: CohortInfo, participant_id: UUID, now: datetime
) -> Looked:
    """One person's case, folded as of now. Seven queries at most. Raises NotFound for somebody not in the cohort."""
    about: dict[str, Any] = {"organisation_id": organisation_id, "cohort_id": cohort.id}
    about["participant_id"] = participant_id
    result = progress.result_of(session, **about, as_of=now)
    said = appeals.of_participant(session, **about)
    case = Case(
        basis=rules.basis_of(result, cohort.programme_version_id),
        history=_histories(session, **about).get(participant_id, ()),
        today=rules.today(now, cohort.time_zone),
        open_appeals=sum(one.is_open for one in said),
    )
    return Looked(result=result, case=case)


def standing(session: Session, *, organisation_id: int, cohort_id: UUID, participant_id: UUID) -> Decision | None:
    """The decision that stands about somebody; what waits for a second person does not. One query."""
    found = _histories(session, organisation_id=organisation_id, cohort_id=cohort_id, participant_id=participant_id)
    return rules.standing(found.get(participant_id, ()))


def _histories(
    session: Session, *, organisation_id: int, cohort_id: UUID, participant_id: UUID | None = None
) -> dict[UUID, Sequence[Decision]]:
    """Every decision by participant, the newest first. One query."""
    maker, seconder, ender = aliased(Account), aliased(Account), aliased(Account)
    wanted = (
        select(_ONE, maker.name.label("maker"), seconder.name.label("seconder"), ender.name.label("ender"))
        .join(maker, _account(maker, _ONE.made_by))
        .outerjoin(seconder, _account(seconder, _ONE.seconded_by))
        .outerjoin(ender, _account(ender, _ONE.ended_by))
        .where(_ONE.organisation_id == organisation_id, _ONE.cohort_id == cohort_id)
        .order_by(_ONE.made_at.desc(), _ONE.id.desc())
        # A page that is shown again after somebody else was faster reads anew what it has read before.
        .execution_options(populate_existing=True)
    )
    if participant_id is not None:
        wanted = wanted.where(_ONE.participant_id == participant_id)
    found: dict[UUID, list[Decision]] = defaultdict(list)
    for row in session.execute(wanted):
        found[row.DecisionRow.participant_id].append(_decision(row))
    return dict(found)


def _account(one: Any, by: Any) -> Any:
    return (one.organisation_id == _ONE.organisation_id) & (one.id == by)


def _decision(row: Any) -> Decision:
    one: DecisionRow = row.DecisionRow
    return Decision(
        **{name: getattr(one, name) for name in COPIED},
        basis=_basis(one, one.programme_version_id),
        maker=row.maker,
        seconder=row.seconder,
        ender=row.ender,
    )


def _results(session: Session, organisation_id: int, cohort_id: UUID) -> dict[UUID, Row[Any]]:
    names = ("participant_id", *FIGURES, "counted", "units", "predicate", "status", "reasons", "outstanding")
    rows = session.execute(
        select(*(getattr(ResultRow, name) for name in names)).where(
            ResultRow.organisation_id == organisation_id, ResultRow.cohort_id == cohort_id
        )
    )
    return {row.participant_id: row for row in rows}


def _figures(row: Any) -> Figures:
    return Figures(**{name: getattr(row, name) for name in (*FIGURES, "counted", "units")})


def _basis(row: Any, version_id: UUID) -> Basis:
    return Basis(
        **{name: getattr(row, name) for name in (*FIGURES, "predicate", "status", "outstanding")},
        reasons=tuple(row.reasons.split()),
        version_id=version_id,
    )
