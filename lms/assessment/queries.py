"""Every SELECT of this room. Each docstring tells how many queries are made; that never grows with what is found."""

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, select
from sqlalchemy.orm import Session

from lms.assessment import rules
from lms.assessment.models import AssessmentEntry
from lms.assessment.rubric_queries import Behind, behind, rubric_paths
from lms.assessment.rules import Groups, PastEntry, Unit
from lms.errors import N_, NotFound
from lms.people.models import Account
from lms.programme import queries as programmes
from lms.programme.queries import CohortInfo, Enrolled
from lms.programme.rules import Component, leaves

__all__ = [
    "Behind",
    "Grid",
    "Person",
    "all_entries",
    "assessments_of",
    "behind",
    "entry_history",
    "grid",
    "history",
    "rubric_paths",
]

NO_ASSESSMENT = N_("There is no assessment %(path)s in this programme.")


@dataclass(frozen=True, kw_only=True, slots=True)
class Person:
    """One row of a grid: who, all their entries in the order in which they count, and the one that counts now."""

    enrolled: Enrolled
    entries: tuple[PastEntry, ...]
    counting: PastEntry | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Grid:
    """An assessment of a cohort and whoever is scored, in the order of the participants' file.

    `assessments` are all of the programme's; `groups` are those that may be shown, by name.
    """

    cohort: CohortInfo
    component: Component
    assessments: tuple[Component, ...]
    groups: tuple[str, ...]
    people: tuple[Person, ...]

    @property
    def scored(self) -> int:
        """How many of these people have a score that counts."""
        return sum(person.counting is not None for person in self.people)


def grid(
    session: Session,
    *,
    organisation_id: int,
    cohort_code: str,
    path: str,
    groups: Groups | None = None,
    only_group: str | None = None,
    now: datetime,
) -> Grid:
    """Whom somebody with these groups scores (of `only_group`, where one is named), with all entries. Five queries.

    Raises NotFound, or NotAllowed for somebody who has no group in the cohort.
    """
    cohort = programmes.cohort_by_code(session, organisation_id=organisation_id, code=cohort_code)
    own = rules.own_groups(groups, cohort.id)
    assessments = assessments_of(session, organisation_id=organisation_id, cohort=cohort)
    component = next((one for one in assessments if one.path == path), None)
    if component is None:
        raise NotFound(NO_ASSESSMENT, path=path)
    roster = programmes.roster(session, organisation_id=organisation_id, cohort_id=cohort.id)
    mine = [person for person in roster if rules.may_score(person_group=person.group, own=own)]
    entries = history(session, organisation_id=organisation_id, cohort_id=cohort.id, paths=[path])
    return Grid(
        cohort=cohort,
        component=component,
        assessments=assessments,
        groups=tuple(sorted({person.group for person in mine if person.group is not None})),
        people=tuple(
            _person(person, entries.get((path, person.participant_id), []), now)
            for person in mine
            if only_group in (None, person.group)
        ),
    )


def _person(enrolled: Enrolled, entries: list[PastEntry], now: datetime) -> Person:
    return Person(enrolled=enrolled, entries=tuple(entries), counting=rules.counting(entries, now))


def assessments_of(session: Session, *, organisation_id: int, cohort: CohortInfo) -> tuple[Component, ...]:
    """The programme's assessments in the file's order. One query."""
    programme = programmes.programme_of(
        session, organisation_id=organisation_id, version_id=cohort.programme_version_id
    )
    return tuple(one for one in leaves(programme) if one.kind == "assessment")


def history(
    session: Session, *, organisation_id: int, cohort_id: UUID, paths: Collection[str]
) -> dict[Unit, list[PastEntry]]:
    """Everybody's entries for some assessments by unit, in the order in which they count. One query."""
    found: dict[Unit, list[PastEntry]] = defaultdict(list)
    wanted = _entries(organisation_id, cohort_id).where(AssessmentEntry.path.in_(paths))
    for row in session.execute(wanted):
        found[row.path, row.participant_id].append(PastEntry(**row._asdict()))
    return {unit: rules.ordered(entries) for unit, entries in found.items()}


def entry_history(
    session: Session, *, organisation_id: int, cohort_id: UUID, path: str, participant_id: UUID
) -> tuple[PastEntry, ...]:
    """One person's entries for one assessment, in the order in which they count. One query."""
    wanted = _entries(organisation_id, cohort_id).where(
        AssessmentEntry.path == path, AssessmentEntry.participant_id == participant_id
    )
    return tuple(rules.ordered(PastEntry(**row._asdict()) for row in session.execute(wanted)))


def _entries(organisation_id: int, cohort_id: UUID) -> Select[*tuple[Any, ...]]:
    entry = AssessmentEntry
    recorder = and_(Account.organisation_id == entry.organisation_id, Account.id == entry.recorded_by)
    return (
        select(
            entry.id,
            entry.path,
            entry.participant_id,
            entry.score,
            entry.remark,
            entry.dated_at,
            entry.source,
            entry.recorded_at,
            Account.name.label("recorded_by"),
        )
        .outerjoin(Account, recorder)
        .where(entry.organisation_id == organisation_id, entry.cohort_id == cohort_id)
    )


def all_entries(session: Session, *, organisation_id: int) -> Iterator[AssessmentEntry]:
    """Every entry of an organisation, older ones first, without holding them all. One query."""
    wanted = (
        select(AssessmentEntry).where(AssessmentEntry.organisation_id == organisation_id).order_by(AssessmentEntry.id)
    )
    yield from session.scalars(wanted.execution_options(yield_per=1000))
