"""The page on which a cohort is set up, and what is posted from it."""

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
from lms.programme import queries, service
from lms.programme.forms import TargetField, chosen_id, read_targets, target_fields
from lms.programme.queries import CohortInfo, FacilitatorAccount, Group, TimetableSession
from lms.programme.rules import Programme, components


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

    def facilitator_options(self) -> list[tuple[UUID, str]]:
        """Values and words of the list of facilitators."""
        return [(one.id, f"{one.name} ({one.email})" if one.email else one.name) for one in self.facilitators]

    def group_options(self) -> list[tuple[str, str]]:
        """Values and words of the list of groups."""
        return [(group.name, group.name) for group in self.groups]


@allowed(*READERS)
def cohort_setup(code: str) -> ResponseReturnValue:
    """What there is of a cohort, and what is still missing."""
    setup = _setup(code)
    return _page(setup, target_fields(setup.programme, setup.cohort.targets))


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
        saved = target_fields(setup.programme, setup.cohort.targets)
        return _page(setup, saved, name=name, wrong=error.problems[0]), 422
    flash(_("The name is saved."), "success")
    return _back(code)


@allowed(*MANAGERS)
def set_targets(code: str) -> ResponseReturnValue:
    """Replace the cohort's targets."""
    setup = _setup(code)
    paths = ["", *(one.path for one in components(setup.programme))]
    try:
        targets = read_targets(request.form, paths)
        with transaction() as session:
            service.set_targets(
                session, organisation_id=current().organisation_id, cohort_id=setup.cohort.id, targets=targets
            )
    except Problems as error:
        return _page(setup, target_fields(setup.programme, setup.cohort.targets, request.form, error)), 422
    flash(_("The targets are saved."), "success")
    return _back(code)


@allowed(*MANAGERS)
def assign(code: str) -> ResponseReturnValue:
    """Let a facilitator mark a group of this cohort."""
    with transaction() as session:
        service.assign_facilitator(
            session,
            organisation_id=current().organisation_id,
            account_id=chosen_id(request.form, "account"),
            groups=[f"{code}/{request.form.get('group', '')}"],
            now=now(),
        )
    flash(_("The facilitator has the group now."), "success")
    return _back(code)


@allowed(*MANAGERS)
def unassign(code: str) -> ResponseReturnValue:
    """Take a group of this cohort from a facilitator."""
    with transaction() as session:
        service.unassign_facilitator(
            session,
            organisation_id=current().organisation_id,
            account_id=chosen_id(request.form, "account"),
            group_id=chosen_id(request.form, "group"),
        )
    flash(_("The facilitator no longer has the group."), "success")
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


def _setup(code: str) -> Setup:
    """Eight queries; raises NotFound."""
    session, organisation_id = reading(), current().organisation_id
    cohort = queries.cohort_by_code(session, organisation_id=organisation_id, code=code)
    version_id = cohort.programme_version_id
    groups = queries.groups(session, organisation_id=organisation_id, cohort_id=cohort.id)
    facilitators = queries.facilitator_accounts(session, organisation_id=organisation_id)
    pairs = queries.facilitators(session, organisation_id=organisation_id, cohort_id=cohort.id)
    marking = {(pair.account_id, pair.group_id) for pair in pairs}
    return Setup(
        cohort=cohort,
        programme=queries.programme_of(session, organisation_id=organisation_id, version_id=version_id),
        participants=queries.how_many(session, organisation_id=organisation_id, cohort_id=cohort.id),
        groups=groups,
        facilitators=facilitators,
        assigned={group.id: [one for one in facilitators if (one.id, group.id) in marking] for group in groups},
        timetable=queries.timetable(session, organisation_id=organisation_id, cohort_id=cohort.id),
    )


def _page(
    setup: Setup, targets: list[TargetField], *, name: str | None = None, wrong: DomainError | None = None
) -> str:
    """The page; `name` is one that was typed and not saved, `wrong` says why."""
    page = {"targets": targets, "name": setup.cohort.name if name is None else name, "wrong": wrong}
    assessments = [one for one in components(setup.programme) if one.kind == "assessment"]
    return render_template("programme/setup.html", setup=setup, assessments=assessments, **page)


def _back(code: str) -> ResponseReturnValue:
    return redirect(url_for("programme.cohort_setup", code=code), 303)
