"""Enrolling people in a cohort from a list that may come again, longer or changed."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import insert, update
from sqlalchemy.orm import Session

from lms.db import new_id
from lms.errors import DomainError, Problems
from lms.people import queries as people_queries
from lms.people import rules as people_rules
from lms.people import service as people_service
from lms.programme import checks, queries
from lms.programme.checks import Changed
from lms.programme.models import CohortGroup, Enrolment
from lms.programme.rows import Enrolled


@dataclass(frozen=True, kw_only=True, slots=True)
class NewEnrolment:
    """A row of a participants' list; without an e-mail, one that is known already stays.

    `place` is where the row stands (`line 7`), for problems; by default its number.
    """

    identifier: str
    name: str
    email: str | None = None
    group: str | None = None
    category: str = ""
    unit: str = ""
    place: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """What an enrolment is to say of a participant."""

    participant_id: UUID
    group_id: UUID | None
    category: str
    unit: str
    position: int


def enrol(
    session: Session, *, organisation_id: int, cohort_id: UUID, rows: Sequence[NewEnrolment], now: datetime
) -> Changed:
    """Enrol these people, or bring what is recorded of them up to date; groups that are new are made. Removes nobody.

    Raises Problems with everything that is wrong. The caller folds the cohort anew, in the same transaction.
    """
    checks.refuse(_problems(rows))
    people_queries.lock_organisation(session, organisation_id=organisation_id)
    queries.lock_cohort(session, organisation_id=organisation_id, cohort_id=cohort_id)
    before = _enrolled(session, organisation_id, cohort_id)
    ids = _add_people(session, organisation_id, rows, now)
    groups = _add_groups(session, organisation_id, cohort_id, rows)
    _write(session, organisation_id, cohort_id, before, _places(rows, ids, groups, before), now)
    after = _enrolled(session, organisation_id, cohort_id)
    return checks.compared(before, {person: after[person] for person in ids})


def positions(enrolled: Mapping[UUID, int], listed: Sequence[UUID]) -> dict[UUID, int]:
    """The place of everyone on a list, from 0.

    A list that names everybody who is enrolled sets the order; one that names only some adds the others at the end.
    """
    if enrolled.keys() <= set(listed):
        return {person: place for place, person in enumerate(listed)}
    new = [person for person in listed if person not in enrolled]
    added = {person: place for place, person in enumerate(new, start=max(enrolled.values()) + 1)}
    return {person: enrolled[person] for person in listed if person in enrolled} | added


def _problems(rows: Sequence[NewEnrolment]) -> list[DomainError]:
    found = checks.doubled(rows, lambda row: people_rules.fold(row.identifier), column="identifier")
    found += checks.doubled(rows, lambda row: people_rules.fold(row.email or ""), column="email")
    for number, row in enumerate(rows, start=1):
        found += _problems_of(row, checks.place_of(row, number))
    return found


def _problems_of(row: NewEnrolment, place: str) -> list[DomainError]:
    found = []
    wrong = people_rules.participant_problem(_participant(row))
    if wrong is not None:
        wrong.place = f"{place}, {wrong.place}"
        found.append(wrong)
    for column in ("group", "category", "unit"):
        found += checks.optional_label(getattr(row, column), place=f"{place}, {column}")
    return found


def _participant(row: NewEnrolment) -> people_rules.NewParticipant:
    return people_rules.NewParticipant(identifier=row.identifier, name=row.name, email=row.email)


def _enrolled(session: Session, organisation_id: int, cohort_id: UUID) -> dict[UUID, Enrolled]:
    roster = queries.roster(session, organisation_id=organisation_id, cohort_id=cohort_id)
    return {person.participant_id: person for person in roster}


def _add_people(session: Session, organisation_id: int, rows: Sequence[NewEnrolment], now: datetime) -> list[UUID]:
    """The ids of the rows' people, in the rows' order, locked: whoever records evidence of them waits."""
    people = [_participant(row) for row in rows]
    try:
        found = people_service.add_participants(session, organisation_id=organisation_id, people=people, now=now)
    except Problems as refused:
        raise Problems(tuple(_placed(problem, rows) for problem in refused.problems)) from None
    ids = [found[row.identifier] for row in rows]
    people_queries.lock_participants(session, organisation_id=organisation_id, participant_ids=ids)
    return ids


def _placed(problem: DomainError, rows: Sequence[NewEnrolment]) -> DomainError:
    """The same problem, told of the row instead of the person: what the people's room finds is about e-mails."""
    places = {row.identifier: checks.place_of(row, number) for number, row in enumerate(rows, start=1)}
    problem.place = f"{places[problem.place]}, email"
    return problem


def _add_groups(
    session: Session, organisation_id: int, cohort_id: UUID, rows: Sequence[NewEnrolment]
) -> dict[str, UUID]:
    """The ids of the cohort's groups by their names; those that only the rows know are made."""
    found = queries.groups(session, organisation_id=organisation_id, cohort_id=cohort_id)
    ids = {group.name: group.id for group in found}
    new = {row.group: new_id() for row in rows if row.group and row.group not in ids}
    leading = {"organisation_id": organisation_id, "cohort_id": cohort_id}
    if new:
        session.execute(insert(CohortGroup), [leading | {"id": group, "name": name} for name, group in new.items()])
    return ids | new


def _places(
    rows: Sequence[NewEnrolment], ids: Sequence[UUID], groups: Mapping[str, UUID], before: Mapping[UUID, Enrolled]
) -> list[Place]:
    order = positions({participant: enrolled.position for participant, enrolled in before.items()}, ids)
    return [
        Place(
            participant_id=participant,
            group_id=groups[row.group] if row.group else None,
            category=row.category,
            unit=row.unit,
            position=order[participant],
        )
        for row, participant in zip(rows, ids, strict=True)
    ]


def _write(
    session: Session,
    organisation_id: int,
    cohort_id: UUID,
    before: Mapping[UUID, Enrolled],
    places: Sequence[Place],
    now: datetime,
) -> None:
    leading = {"organisation_id": organisation_id, "cohort_id": cohort_id}
    new = [leading | asdict(place) | {"enrolled_at": now} for place in places if place.participant_id not in before]
    moved = [leading | asdict(place) for place in places if _is_moved(place, before.get(place.participant_id))]
    if new:
        session.execute(insert(Enrolment), new)
    if moved:
        session.execute(update(Enrolment), moved)


def _is_moved(place: Place, before: Enrolled | None) -> bool:
    return before is not None and any(getattr(before, name) != value for name, value in asdict(place).items())
