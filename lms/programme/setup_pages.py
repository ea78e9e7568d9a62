"""The page on which a cohort is set up step by step, and what is posted from it."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from lms.clock import now
from lms.db import reading, transaction
from lms.errors import DomainError, Problems
from lms.people import service as people
from lms.people.guards import allowed, current
from lms.people.pages.links import shown_once
from lms.people.rules import MANAGERS, READERS
from lms.programme import queries, service, setup_rules
from lms.programme.forms import TargetField, read_targets, target_fields
from lms.programme.queries import CohortInfo, FacilitatorAccount, Group, TimetableSession
from lms.programme.rules import Programme, components
from lms.programme.setup_rules import Step


@dataclass(frozen=True, kw_only=True, slots=True)
class Setup:
    """What there is of a cohort. `assigned` says who marks each group, by the group's id."""

    cohort: CohortInfo
    programme: Programme
    participants: int
    groups: list[Group]
    facilitators: list[FacilitatorAccount]
    assigned: Mapping[UUID, list[FacilitatorAccount]]
    timetable: tuple[TimetableSession, ...]

    @property
    def steps(self) -> list[Step]:
        """How far each step is."""
        return setup_rules.steps(
            self.programme,
            groups=self.groups,
            marked={group_id for group_id, found in self.assigned.items() if found},
            participants=self.participants,
            timetable=self.timetable,
            targets=self.cohort.targets,
        )


@allowed(*READERS)
def cohort_setup(code: str) -> ResponseReturnValue:
    """What there is of a cohort, what is still missing, and what to do next."""
    return _page(_setup(code))


@allowed(*MANAGERS)
def rename(code: str) -> ResponseReturnValue:
    """Call the cohort something else."""
    setup, name = _setup(code), " ".join(request.form.get("name", "").split())
    try:
        with transaction() as session:
            service.rename_cohort(
                session, organisation_id=current().organisation_id, cohort_id=setup.cohort.id, name=name
            )
    except Problems as error:
        return _page(setup, name=name, wrong=error.problems[0]), 422
    flash(_("The name is saved."), "success")
    return _back(code)


@allowed(*READERS)
def cohort_targets(code: str) -> ResponseReturnValue:
    """What the averages of the cohort are to reach."""
    cohort, programme = _planned(code)
    return _targets_page(cohort, target_fields(programme, cohort.targets))


@allowed(*MANAGERS)
def set_targets(code: str) -> ResponseReturnValue:
    """Replace the cohort's targets."""
    cohort, programme = _planned(code)
    paths = ["", *(one.path for one in components(programme))]
    try:
        targets = read_targets(request.form, paths)
        with transaction() as session:
            service.set_targets(
                session, organisation_id=current().organisation_id, cohort_id=cohort.id, targets=targets
            )
    except Problems as error:
        return _targets_page(cohort, target_fields(programme, cohort.targets, request.form, error)), 422
    flash(_("The targets are saved."), "success")
    return _back(code)


@allowed(*MANAGERS)
def invite(code: str) -> ResponseReturnValue:
    """Fresh one-time links for everybody in the cohort who has not chosen a password yet, shown this once."""
    organisation_id = current().organisation_id
    with transaction() as session:
        cohort = queries.cohort_by_code(session, organisation_id=organisation_id, code=code)
        roster = queries.roster(session, organisation_id=organisation_id, cohort_id=cohort.id)
        ids = [person.participant_id for person in roster]
        invited = people.invite_participants(session, organisation_id=organisation_id, participant_ids=ids, now=now())
    return shown_once(invited, back=url_for("programme.cohort_setup", code=code))


def _planned(code: str) -> tuple[CohortInfo, Programme]:
    """Three queries; raises NotFound."""
    session, organisation_id = reading(), current().organisation_id
    cohort = queries.cohort_by_code(session, organisation_id=organisation_id, code=code)
    version_id = cohort.programme_version_id
    return cohort, queries.programme_of(session, organisation_id=organisation_id, version_id=version_id)


def _setup(code: str) -> Setup:
    """Eight queries; raises NotFound."""
    session, organisation_id = reading(), current().organisation_id
    cohort, programme = _planned(code)
    groups = queries.groups(session, organisation_id=organisation_id, cohort_id=cohort.id)
    facilitators = queries.facilitator_accounts(session, organisation_id=organisation_id)
    pairs = queries.facilitators(session, organisation_id=organisation_id, cohort_id=cohort.id)
    marking = {(pair.account_id, pair.group_id) for pair in pairs}
    return Setup(
        cohort=cohort,
        programme=programme,
        participants=queries.how_many(session, organisation_id=organisation_id, cohort_id=cohort.id),
        groups=groups,
        facilitators=facilitators,
        assigned={group.id: [one for one in facilitators if (one.id, group.id) in marking] for group in groups},
        timetable=queries.timetable(session, organisation_id=organisation_id, cohort_id=cohort.id),
    )


def _page(setup: Setup, *, name: str | None = None, wrong: DomainError | None = None) -> str:
    """The page; `name` is one that was typed and not saved, `wrong` says why."""
    steps = setup.steps
    return render_template(
        "programme/setup.html",
        setup=setup,
        steps=steps,
        following=setup_rules.following(steps),
        assessments=[one for one in components(setup.programme) if one.kind == "assessment"],
        name=setup.cohort.name if name is None else name,
        wrong=wrong,
    )


def _targets_page(cohort: CohortInfo, targets: list[TargetField]) -> str:
    return render_template("programme/targets.html", cohort=cohort, targets=targets)


def _back(code: str) -> ResponseReturnValue:
    return redirect(url_for("programme.cohort_setup", code=code), 303)
