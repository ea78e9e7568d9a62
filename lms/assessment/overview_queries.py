"""Who has rated whom by the rubric of an assessment, and what that comes to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from lms.assessment import queries, rubric_queries, rubric_rules
from lms.assessment.queries import Grid, Person
from lms.assessment.rubric_queries import CurrentRubric
from lms.assessment.rubric_rules import Rating
from lms.assessment.rules import Groups
from lms.errors import N_, NotFound
from lms.programme import queries as programmes


@dataclass(frozen=True, kw_only=True, slots=True)
class RatedPerson:
    """One row: who, their score as `person` has it, and each assessor's newest rating by the assessor's account.

    `past` are all ratings, the oldest first. `lacking` is how many more assessors are needed before there is a score;
    `awaited` are the names of the group's facilitators who have not rated.
    """

    person: Person
    newest: Mapping[UUID, Rating]
    past: tuple[Rating, ...]
    lacking: int
    awaited: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Overview:
    """An assessment that is rated by a rubric, of the people whom somebody rates. `assessors` have names by account."""

    grid: Grid
    current: CurrentRubric
    assessors: Mapping[UUID, str]
    people: tuple[RatedPerson, ...]

    def one(self, participant_id: UUID) -> RatedPerson:
        """The row of one participant; raises NotFound for somebody who is not among them."""
        for row in self.people:
            if row.person.enrolled.participant_id == participant_id:
                return row
        raise NotFound(N_("There is nobody like that among the people whom you rate here."))

    def next_after(self, participant_id: UUID, assessor_id: UUID) -> UUID | None:
        """The next person whom an assessor has not rated, beginning anew at the end; None where there is nobody."""
        ids = [row.person.enrolled.participant_id for row in self.people]
        place = ids.index(participant_id) + 1
        around = (*self.people[place:], *self.people[: place - 1])
        return next((row.person.enrolled.participant_id for row in around if assessor_id not in row.newest), None)


def overview(
    session: Session,
    *,
    organisation_id: int,
    cohort_code: str,
    path: str,
    groups: Groups | None = None,
    only_group: str | None = None,
    now: datetime,
) -> Overview:
    """Whom somebody with these groups rates (of `only_group`, where one is named), and all ratings. Nine queries.

    Raises NotFound, also where there is no rubric, or NotAllowed for somebody who has no group in the cohort.
    """
    of: dict[str, Any] = {"organisation_id": organisation_id}
    shown: dict[str, Any] = {"groups": groups, "only_group": only_group, "now": now}
    grid = queries.grid(session, **of, cohort_code=cohort_code, path=path, **shown)
    about: dict[str, Any] = of | {"cohort_id": grid.cohort.id}
    current = rubric_queries.current_rubric(session, **about, path=path)
    if current is None:
        raise NotFound(N_("There is no rubric for this assessment."))
    ratings = rubric_queries.ratings_of(session, **about, path=path)
    marking = _facilitators(session, **about)
    people = tuple(
        _rated(
            person,
            ratings.get(person.enrolled.participant_id, []),
            needed=current.rubric.needed,
            facilitators=marking.get(person.enrolled.group_id, {}),
        )
        for person in grid.people
    )
    told = sorted({(one.assessor, one.assessor_id) for row in people for one in row.newest.values()})
    assessors = {assessor_id: name for name, assessor_id in told}
    return Overview(grid=grid, current=current, assessors=assessors, people=people)


def _facilitators(
    session: Session, *, organisation_id: int, cohort_id: UUID
) -> Mapping[UUID | None, Mapping[UUID, str]]:
    """The names of each group's facilitators by their accounts. Two queries."""
    names = {one.id: one.name for one in programmes.facilitator_accounts(session, organisation_id=organisation_id)}
    found: dict[UUID | None, dict[UUID, str]] = {}
    for one in programmes.facilitators(session, organisation_id=organisation_id, cohort_id=cohort_id):
        if one.account_id in names:
            found.setdefault(one.group_id, {})[one.account_id] = names[one.account_id]
    return found


def _rated(person: Person, past: Sequence[Rating], *, needed: int, facilitators: Mapping[UUID, str]) -> RatedPerson:
    newest = {one.assessor_id: one for one in rubric_rules.newest(past)}
    awaited = sorted(name for account_id, name in facilitators.items() if account_id not in newest)
    lacking = max(0, needed - len(newest))
    return RatedPerson(person=person, newest=newest, past=tuple(past), lacking=lacking, awaited=tuple(awaited))
