"""What each page shows, read for whoever is signed in: their organisation, and of it what their role may see."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from lms.assessment import queries as assessment
from lms.assessment.rules import PastEntry
from lms.attendance import queries as attendance
from lms.attendance.rules import PastMark
from lms.dashboards import explanation, queries, rules
from lms.db import reading, transaction
from lms.errors import N_, NotFound
from lms.people.guards import SignedIn
from lms.people.rules import FACILITATOR, PARTICIPANT, READERS
from lms.programme import queries as programmes
from lms.programme.rules import Component, Module, leaves, modules
from lms.progress import queries as progress
from lms.progress import service
from lms.progress.rules import ComponentResult, Figures, Result, UnitResult, rounded
from lms.xapi import queries as xapi

NOBODY_ELSES = N_("This page is about somebody else.")


@dataclass(frozen=True, kw_only=True, slots=True)
class FrontPage:
    """Where staff begin: the batches, today's sessions, and what does not count (None for facilitators)."""

    batches: Sequence[queries.Batch]
    cohorts: Sequence[programmes.CohortEntry]
    today: Sequence[attendance.SessionEntry]
    counts: xapi.Counts | None


@dataclass(frozen=True, kw_only=True, slots=True)
class CohortPage:
    """A cohort's dashboard. `own_groups` says that only the facilitator's groups are listed."""

    head: queries.Head
    asked: rules.Asked
    people: queries.Lines
    facets: queries.Facets
    batch: queries.Batch | None
    others: Sequence[queries.Batch]
    own_groups: bool

    @property
    def assessments(self) -> list[Component]:
        """The components whose scores people enter."""
        return [one for one in leaves(self.head.programme) if one.kind == "assessment"]

    def group_options(self, every: str) -> list[tuple[str, str]]:
        """The choices of the group filter, `every` first."""
        return [("", every), *((name, name) for name in self.facets.groups if name)]

    def category_options(self, every: str) -> list[tuple[str, str]]:
        """The choices of the category filter, `every` first."""
        return [("", every), *((name, name) for name in self.facets.categories if name)]


@dataclass(frozen=True, kw_only=True, slots=True)
class ParticipantPage:
    """One participant in a cohort, with the whole result; `is_own` when they look at it themselves."""

    head: queries.Head
    person: queries.Person
    result: Result
    figures: Figures
    completion: Decimal | None
    next_step: rules.NextStep
    urls: Mapping[str, str]
    cohorts: Sequence[programmes.EnrolmentOf]
    is_own: bool

    def shown(self, figures: Figures) -> Figures:
        """A component's figures, rounded."""
        return rules.shown(figures)


@dataclass(frozen=True, kw_only=True, slots=True)
class ExplainPage:
    """A figure taken apart. `component` is None for the whole; `trail` are the components above it."""

    head: queries.Head
    person: queries.Person
    result: Result
    component: ComponentResult | None
    trail: Sequence[ComponentResult]
    figures: Figures
    parts: Sequence[explanation.Part]
    sums: Mapping[str, explanation.Sum]
    is_own: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class UnitPage:
    """What stands behind one unit: the evidence as it was weighed, and the history of marks or entries."""

    head: queries.Head
    person: queries.Person
    unit: UnitResult
    component: ComponentResult | None
    marks: Sequence[PastMark]
    entries: Sequence[PastEntry]
    is_own: bool

    @property
    def module(self) -> Module | None:
        """The module, as the programme has it, if the unit is one."""
        return next((one for one in modules(self.head.programme) if one.iri == self.unit.unit), None)


def front(person: SignedIn, *, now: datetime) -> FrontPage:
    """Seven queries at most."""
    session, organisation_id = reading(), person.organisation_id
    groups = _groups(person)
    is_facilitator = person.role == FACILITATOR
    cohorts = programmes.cohorts(
        session, organisation_id=organisation_id, facilitator_id=person.account_id if is_facilitator else None
    )
    own = {cohort.id for cohort in cohorts}
    return FrontPage(
        cohorts=cohorts,
        batches=[one for one in queries.batches(session, organisation_id=organisation_id) if one.cohort_id in own],
        today=attendance.today(session, organisation_id=organisation_id, groups=groups, now=now),
        counts=xapi.counts(session, organisation_id=organisation_id) if person.role in READERS else None,
    )


def cohort(person: SignedIn, *, code: str, args: Mapping[str, str], now: datetime) -> CohortPage:
    """Six queries, and one more for a facilitator."""
    head = _head(person, code, now)
    groups = _groups_in(person, head.id)
    session, organisation_id = reading(), person.organisation_id
    asked = rules.asked(args, paths=[path for path, _ in head.components])
    batches = queries.batches(session, organisation_id=organisation_id, programme_code=head.programme.code)
    return CohortPage(
        head=head,
        asked=asked,
        people=queries.lines(session, organisation_id=organisation_id, cohort=head, asked=asked, groups=groups),
        facets=queries.facets(session, organisation_id=organisation_id, cohort_id=head.id, groups=groups),
        batch=next((one for one in batches if one.cohort_id == head.id), None),
        others=[one for one in batches if one.cohort_id != head.id],
        own_groups=groups is not None,
    )


def mine(person: SignedIn, *, code: str | None, now: datetime) -> ParticipantPage:
    """The participant's own page, in the cohort asked for, or in the one that started last. Eight queries."""
    if person.participant_id is None:
        raise NotFound(N_("This account belongs to no participant."))
    enrolments = programmes.enrolments_of(
        reading(), organisation_id=person.organisation_id, participant_ids=[person.participant_id]
    )
    wanted = next((one for one in enrolments if code in (None, one.cohort_code)), None)
    if wanted is None:
        raise NotFound(N_("You are not in a cohort yet."))
    return participant(
        person, code=wanted.cohort_code, participant_id=person.participant_id, now=now, cohorts=enrolments
    )


def participant(
    person: SignedIn,
    *,
    code: str,
    participant_id: UUID,
    now: datetime,
    cohorts: Sequence[programmes.EnrolmentOf] = (),
) -> ParticipantPage:
    """Seven queries."""
    head, who, result = _result(person, code, participant_id, now)
    return ParticipantPage(
        head=head,
        person=who,
        result=result,
        figures=rules.shown(result.figures),
        completion=None if result.completion is None else rounded(result.completion),
        next_step=rules.next_step(result, now=now),
        urls=rules.addresses(head.programme),
        cohorts=cohorts,
        is_own=person.participant_id == participant_id,
    )


def explained(person: SignedIn, *, code: str, participant_id: UUID, path: str, now: datetime) -> ExplainPage:
    """Seven queries. Raises NotFound for a component that the programme does not have."""
    head, who, result = _result(person, code, participant_id, now)
    component = rules.component(result, path) if path else None
    if path and component is None:
        raise NotFound(N_("There is no component %(path)s."), path=path)
    parts = explanation.parts_of(result, component)
    return ExplainPage(
        head=head,
        person=who,
        result=result,
        component=component,
        trail=rules.trail(result, path),
        figures=rules.shown(result.figures if component is None else component.figures),
        parts=parts,
        sums=explanation.sums(parts),
        is_own=person.participant_id == participant_id,
    )


def unit(person: SignedIn, *, code: str, participant_id: UUID, kind: str, unit: str, now: datetime) -> UnitPage:
    """Eight queries. Raises NotFound for a unit that does not count for this participant."""
    head, who, result = _result(person, code, participant_id, now)
    found = next((one for one in rules.units(result) if (one.kind, one.unit) == (kind, unit)), None)
    if found is None:
        raise NotFound(N_("There is no such module, session or assessment for this participant."))
    session, organisation_id = reading(), person.organisation_id
    marks: Sequence[PastMark] = ()
    entries: Sequence[PastEntry] = ()
    if found.kind == "session":
        marks = attendance.mark_history(
            session, organisation_id=organisation_id, session_id=UUID(found.unit), participant_id=participant_id
        )
    if found.kind == "assessment":
        entries = assessment.entry_history(
            session, organisation_id=organisation_id, cohort_id=head.id, path=found.code, participant_id=participant_id
        )
    return UnitPage(
        head=head,
        person=who,
        unit=found,
        component=rules.component_of(result, found),
        marks=marks,
        entries=entries,
        is_own=person.participant_id == participant_id,
    )


def _head(person: SignedIn, code: str, now: datetime) -> queries.Head:
    """The cohort, after its stale results were folded anew: figures change by the clock alone, too."""
    organisation_id = person.organisation_id
    head = queries.head(reading(), organisation_id=organisation_id, code=code, now=now)
    if head.is_stale:
        with transaction() as session:
            service.refresh(session, organisation_id=organisation_id, cohort_id=head.id, now=now)
    return head


def _result(
    person: SignedIn, code: str, participant_id: UUID, now: datetime
) -> tuple[queries.Head, queries.Person, Result]:
    """One participant's result, for whoever may see it; for everybody else there is no such page."""
    if person.role == PARTICIPANT and person.participant_id != participant_id:
        raise NotFound(NOBODY_ELSES)
    session, organisation_id = reading(), person.organisation_id
    head = queries.head(session, organisation_id=organisation_id, code=code, now=now)
    who = queries.person(session, organisation_id=organisation_id, cohort_id=head.id, participant_id=participant_id)
    groups = _groups_in(person, head.id)
    if groups is not None and who.group_id not in groups:
        raise NotFound(NOBODY_ELSES)
    result = progress.result_of(
        session, organisation_id=organisation_id, cohort_id=head.id, participant_id=participant_id, as_of=now
    )
    return head, who, result


def _groups(person: SignedIn) -> set[tuple[UUID, UUID, str]] | None:
    """A facilitator's groups; None for whoever sees all."""
    if person.role != FACILITATOR:
        return None
    return programmes.groups_of(reading(), organisation_id=person.organisation_id, account_id=person.account_id)


def _groups_in(person: SignedIn, cohort_id: UUID) -> list[UUID] | None:
    """The ids of a facilitator's groups in this cohort, None for whoever sees all. Raises NotFound without any."""
    groups = _groups(person)
    if groups is None:
        return None
    ids = [group for cohort, group, _ in groups if cohort == cohort_id]
    if not ids:
        raise NotFound(N_("You have no group in this cohort."))
    return ids
