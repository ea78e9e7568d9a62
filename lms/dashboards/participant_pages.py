"""The pages about one participant: where they stand, how a figure comes about, and what stands behind a unit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from flask_babel import gettext

from lms.appeals import queries as appeals
from lms.assessment import queries as assessment
from lms.attendance import queries as attendance
from lms.dashboards import explain_rules, explanation, history, queries, rules
from lms.dashboards.pages import own_groups_in
from lms.db import reading
from lms.decisions import queries as decisions
from lms.decisions.rules import Decision
from lms.errors import N_, NotFound
from lms.overrides import queries as overrides
from lms.overrides.rules import Override
from lms.people.guards import SignedIn, participant_of
from lms.people.rules import PARTICIPANT
from lms.programme import queries as programmes
from lms.programme.rules import Module, modules
from lms.progress import queries as progress
from lms.progress.rules import ComponentResult, Figures, Reach, Result, UnitResult, reach, rounded

NOBODY_ELSES = N_("This page is about somebody else.")


@dataclass(frozen=True, kw_only=True, slots=True)
class About:
    """Whom a page is about, and their whole result; `is_own` when they look at it themselves.

    `as_of` is the moment that was asked for, None for the present one.
    """

    head: queries.Head
    person: queries.Person
    result: Result
    is_own: bool
    as_of: datetime | None = None

    @property
    def as_of_text(self) -> str | None:
        """That moment as an address has it."""
        return explain_rules.moment(self.as_of)

    def rounded(self, figure: Decimal | None) -> Decimal | None:
        """An exact figure as it is shown. A template that rounds by itself would keep a division's noise."""
        return None if figure is None else rounded(figure)


@dataclass(frozen=True, kw_only=True, slots=True)
class ParticipantPage:
    """Where one participant stands in a cohort. `first` are the modules that come before one, by its IRI."""

    about: About
    figures: Figures
    standing: rules.Standing
    completion: Decimal | None
    next_step: rules.NextStep
    first: Mapping[str, Sequence[UnitResult]]
    reach: Reach
    appeals: appeals.Own | None
    decision: Decision | None
    urls: Mapping[str, str]
    cohorts: Sequence[programmes.EnrolmentOf]

    @property
    def overridden(self) -> tuple[UnitResult, ...]:
        """The units that a manager has decided about."""
        return tuple(one for one in rules.units(self.about.result) if one.overridden)

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
    """What stands behind one unit: the evidence as it was weighed, or the changes of its mark or score.

    `overrides` are what managers decided instead, the newest first, withdrawn ones too. `behind` are the ratings by a
    rubric of which scores came, by the entry's id.
    """

    about: About
    unit: UnitResult
    component: ComponentResult | None
    changes: Sequence[history.Change[Any]]
    appeals: appeals.OfUnit
    overrides: Sequence[Override]
    behind: Mapping[UUID, assessment.Behind]

    @property
    def module(self) -> Module | None:
        """The module, as the programme has it, if the unit is one."""
        return next((one for one in modules(self.about.head.programme) if one.iri == self.unit.unit), None)

    @property
    def requires(self) -> Sequence[UnitResult]:
        """The modules that come before this one, done or not."""
        wanted = () if self.module is None else self.module.requires
        return [one for one in rules.units(self.about.result) if one.unit in wanted]

    @property
    def status(self) -> str:
        """The title of a session's status, empty without a mark."""
        return _titles(self.about).get(self.unit.status or "", "")


def mine(person: SignedIn, *, code: str | None, now: datetime) -> ParticipantPage:
    """The participant's own page, in the cohort asked for, or in the one that started last. Nine queries."""
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
    """Six queries, and one more for a facilitator, two for whoever looks at their own."""
    about = about_of(person, code=code, participant_id=participant_id, now=now)
    result, programme = about.result, about.head.programme
    figures, first = rules.shown(result.figures), rules.prerequisites(result, programme)
    return ParticipantPage(
        about=about,
        figures=figures,
        standing=rules.standing(figures, programme.pass_mark),
        completion=None if result.completion is None else rounded(result.completion),
        next_step=rules.next_step(result, first=first, now=now),
        first=first,
        appeals=_own_appeals(person, about, now),
        decision=_own_decision(person, about),
        reach=reach(result, programme, time_zone=about.head.time_zone, now=now),
        urls=rules.addresses(programme),
        cohorts=cohorts,
    )


def explained(
    person: SignedIn, *, code: str, participant_id: UUID, path: str, now: datetime, as_of: datetime | None = None
) -> ExplainPage:
    """Six queries, and one more for a facilitator. Raises NotFound for a component that the programme does not have."""
    about = about_of(person, code=code, participant_id=participant_id, now=now, as_of=as_of)
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


def unit(
    person: SignedIn,
    *,
    code: str,
    participant_id: UUID,
    kind: str,
    unit: str,
    now: datetime,
    as_of: datetime | None = None,
) -> UnitPage:
    """Twelve queries at most. Raises NotFound for a unit that is none of this participant's."""
    about = about_of(person, code=code, participant_id=participant_id, now=now, as_of=as_of)
    found = next((one for one in rules.units(about.result) if (one.kind, one.unit) == (kind, unit)), None)
    if found is None:
        raise NotFound(N_("There is no such module, session or assessment for this participant."))
    return UnitPage(
        about=about,
        unit=found,
        behind=_behind(person.organisation_id, about, found),
        component=rules.component_of(about.result, found),
        changes=_changes(person.organisation_id, about, found),
        appeals=appeals.of_unit(
            reading(),
            organisation_id=person.organisation_id,
            cohort_id=about.head.id,
            participant_id=participant_id,
            unit=found,
            now=now,
        ),
        overrides=overrides.of_unit(
            reading(),
            organisation_id=person.organisation_id,
            cohort_id=about.head.id,
            participant_id=participant_id,
            kind=kind,
            unit=unit,
        ),
    )


def _own_appeals(person: SignedIn, about: About, now: datetime) -> appeals.Own | None:
    if not about.is_own:
        return None
    of = {"cohort_id": about.head.id, "participant_id": about.person.participant_id}
    return appeals.own(reading(), organisation_id=person.organisation_id, **of, now=now)


def _own_decision(person: SignedIn, about: About) -> Decision | None:
    """What stands about somebody who looks at their own page; staff have another one for it."""
    if not about.is_own:
        return None
    of = {"cohort_id": about.head.id, "participant_id": about.person.participant_id}
    return decisions.standing(reading(), organisation_id=person.organisation_id, **of)


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


def _behind(organisation_id: int, about: About, unit: UnitResult) -> Mapping[UUID, assessment.Behind]:
    if unit.kind != "assessment":
        return {}
    who = {"cohort_id": about.head.id, "participant_id": about.person.participant_id}
    return assessment.behind(reading(), organisation_id=organisation_id, **who, path=unit.code)


def _titles(about: About) -> dict[str, str]:
    return {status.code: status.title for status in about.head.programme.statuses}


def about_of(
    person: SignedIn, *, code: str, participant_id: UUID, now: datetime, as_of: datetime | None = None
) -> About:
    """One participant's result, folded as of a moment (else the present one), for whoever may see it; for others there
    is no such page.

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
        session, organisation_id=organisation_id, cohort_id=head.id, participant_id=participant_id, as_of=as_of or now
    )
    return About(head=head, person=who, result=result, is_own=person.participant_id == participant_id, as_of=as_of)
