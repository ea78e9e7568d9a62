"""The pages about one participant: where they stand, how a figure comes about, and what stands behind a unit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from flask_babel import gettext

from lms.assessment import queries as assessment
from lms.attendance import queries as attendance
from lms.dashboards import explanation, history, queries, rules
from lms.dashboards.pages import own_groups_in
from lms.db import reading
from lms.errors import N_, NotFound
from lms.people.guards import SignedIn, participant_of
from lms.people.rules import PARTICIPANT
from lms.programme import queries as programmes
from lms.programme.rules import Module, modules
from lms.progress import queries as progress
from lms.progress.rules import ComponentResult, Figures, Result, UnitResult, rounded

NOBODY_ELSES = N_("This page is about somebody else.")


@dataclass(frozen=True, kw_only=True, slots=True)
class About:
    """Whom a page is about, and their whole result; `is_own` when they look at it themselves."""

    head: queries.Head
    person: queries.Person
    result: Result
    is_own: bool

    def rounded(self, figure: Decimal | None) -> Decimal | None:
        """An exact figure as it is shown. A template that rounds by itself would keep a division's noise."""
        return None if figure is None else rounded(figure)


@dataclass(frozen=True, kw_only=True, slots=True)
class ParticipantPage:
    """Where one participant stands in a cohort."""

    about: About
    figures: Figures
    standing: rules.Standing
    completion: Decimal | None
    next_step: rules.NextStep
    urls: Mapping[str, str]
    cohorts: Sequence[programmes.EnrolmentOf]

    def shown(self, figures: Figures) -> Figures:
        """A component's figures, rounded."""
        return rules.shown(figures)


@dataclass(frozen=True, kw_only=True, slots=True)
class ExplainPage:
    """A figure taken apart. `component` is None for the whole; `trail` are the components above it."""

    about: About
    component: ComponentResult | None
    trail: Sequence[ComponentResult]
    figures: Figures
    parts: Sequence[explanation.Part]
    receipts: Sequence[explanation.Receipt]


@dataclass(frozen=True, kw_only=True, slots=True)
class UnitPage:
    """What stands behind one unit: the evidence as it was weighed, or the changes of its mark or score."""

    about: About
    unit: UnitResult
    component: ComponentResult | None
    changes: Sequence[history.Change[Any]]

    @property
    def module(self) -> Module | None:
        """The module, as the programme has it, if the unit is one."""
        return next((one for one in modules(self.about.head.programme) if one.iri == self.unit.unit), None)

    @property
    def status(self) -> str:
        """The title of a session's status, empty without a mark."""
        return _titles(self.about).get(self.unit.status or "", "")


def mine(person: SignedIn, *, code: str | None, now: datetime) -> ParticipantPage:
    """The participant's own page, in the cohort asked for, or in the one that started last. Seven queries."""
    participant_id = participant_of(person)
    enrolments = programmes.enrolments_of(
        reading(), organisation_id=person.organisation_id, participant_ids=[participant_id]
    )
    wanted = next((one for one in enrolments if code in (None, one.cohort_code)), None)
    if wanted is None:
        raise NotFound(N_("You are not in this cohort.") if code else N_("You are not in a cohort yet."))
    return participant(person, code=wanted.cohort_code, participant_id=participant_id, now=now, cohorts=enrolments)


def participant(
    person: SignedIn,
    *,
    code: str,
    participant_id: UUID,
    now: datetime,
    cohorts: Sequence[programmes.EnrolmentOf] = (),
) -> ParticipantPage:
    """Six queries, and one more for a facilitator."""
    about = _about(person, code, participant_id, now)
    result, programme = about.result, about.head.programme
    figures = rules.shown(result.figures)
    return ParticipantPage(
        about=about,
        figures=figures,
        standing=rules.standing(figures, programme.pass_mark),
        completion=None if result.completion is None else rounded(result.completion),
        next_step=rules.next_step(result, now=now),
        urls=rules.addresses(programme),
        cohorts=cohorts,
    )


def explained(person: SignedIn, *, code: str, participant_id: UUID, path: str, now: datetime) -> ExplainPage:
    """Six queries, and one more for a facilitator. Raises NotFound for a component that the programme does not have."""
    about = _about(person, code, participant_id, now)
    component = rules.component(about.result, path) if path else None
    if path and component is None:
        raise NotFound(N_("There is no component %(path)s."), path=path)
    parts = explanation.parts_of(about.result, component)
    return ExplainPage(
        about=about,
        component=component,
        trail=rules.trail(about.result, path),
        figures=rules.shown(about.result.figures if component is None else component.figures),
        parts=parts,
        receipts=explanation.receipts(parts),
    )


def unit(person: SignedIn, *, code: str, participant_id: UUID, kind: str, unit: str, now: datetime) -> UnitPage:
    """Seven queries, and one more for a facilitator. Raises NotFound for a unit that is none of this participant's."""
    about = _about(person, code, participant_id, now)
    found = next((one for one in rules.units(about.result) if (one.kind, one.unit) == (kind, unit)), None)
    if found is None:
        raise NotFound(N_("There is no such module, session or assessment for this participant."))
    return UnitPage(
        about=about,
        unit=found,
        component=rules.component_of(about.result, found),
        changes=_changes(person.organisation_id, about, found),
    )


def _changes(organisation_id: int, about: About, unit: UnitResult) -> Sequence[history.Change[Any]]:
    session, participant_id = reading(), about.person.participant_id
    if unit.kind == "session":
        marks = attendance.mark_history(
            session, organisation_id=organisation_id, session_id=UUID(unit.unit), participant_id=participant_id
        )
        # A mark may take those before it back.
        return history.of_marks(marks, unit.evidence, {"": gettext("No mark")} | _titles(about))
    if unit.kind == "assessment":
        entries = assessment.entry_history(
            session,
            organisation_id=organisation_id,
            cohort_id=about.head.id,
            path=unit.code,
            participant_id=participant_id,
        )
        return history.of_entries(entries, unit.evidence)
    return ()


def _titles(about: About) -> dict[str, str]:
    return {status.code: status.title for status in about.head.programme.statuses}


def _about(person: SignedIn, code: str, participant_id: UUID, now: datetime) -> About:
    """One participant's result, folded at this moment, for whoever may see it; for others there is no such page.

    Six queries, and one more for a facilitator.
    """
    if person.role == PARTICIPANT and person.participant_id != participant_id:
        raise NotFound(NOBODY_ELSES)
    session, organisation_id = reading(), person.organisation_id
    head = queries.head(session, organisation_id=organisation_id, code=code, now=now)
    who = queries.person(session, organisation_id=organisation_id, cohort_id=head.id, participant_id=participant_id)
    groups = own_groups_in(person, head.id)
    if groups is not None and who.group_id not in groups:
        raise NotFound(NOBODY_ELSES)
    result = progress.result_of(
        session, organisation_id=organisation_id, cohort_id=head.id, participant_id=participant_id, as_of=now
    )
    return About(head=head, person=who, result=result, is_own=person.participant_id == participant_id)
