"""A participant's own appeals: making one, adding to it, taking it back."""

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from lms.appeals import looking, queries, rules, service
from lms.appeals.forms import AddForm, AppealForm
from lms.appeals.queries import Appeal
from lms.clock import now
from lms.db import reading, retrying
from lms.errors import N_, DomainError, NotAllowed, NotFound
from lms.people.guards import SignedIn, allowed, current, participant_of
from lms.people.rules import PARTICIPANT
from lms.programme import queries as programmes
from lms.programme.queries import EnrolmentOf


@allowed(PARTICIPANT)
def mine() -> ResponseReturnValue:
    """All of one's appeals, and when they are taken in one's cohorts."""
    who, session = current(), reading()
    about: dict[str, Any] = {"organisation_id": who.organisation_id}
    found = queries.of_participant(session, participant_id=participant_of(who), **about)
    windows = [(one, queries.window(session, cohort_id=one.cohort_id, **about)) for one in _enrolments(who)]
    return render_template("appeals/mine.html", appeals=found, windows=windows, now=now())


@allowed(PARTICIPANT)
def new() -> ResponseReturnValue:
    """Appeal against the unit that the address names; outside the window the page says when it is."""
    who, form = current(), AppealForm()
    enrolment = _enrolment(who)
    if not form.is_submitted():
        return _asking(who, enrolment, form)
    about = _about(who, enrolment) | {"kind": request.args.get("kind", ""), "unit": request.args.get("unit", "")}
    try:
        work = partial(service.appeal, **about, text=form.text.data or "", now=now())
        appeal_id = retrying(work)
    except (NotFound, NotAllowed):
        raise
    except DomainError as refusal:
        form.blame(refusal)
        return _asking(who, enrolment, form, status=409 if refusal.status == 409 else 422)
    flash(_("Your appeal was passed on. The answer will stand here."), "success")
    return redirect(url_for("appeals.my_appeal", appeal_id=appeal_id), 303)


@allowed(PARTICIPANT)
def my_appeal(appeal_id: UUID) -> ResponseReturnValue:
    """One of one's appeals, with all that was said."""
    return _page(current(), appeal_id, AddForm())


@allowed(PARTICIPANT)
def add(appeal_id: UUID) -> ResponseReturnValue:
    """Add to it while it is open."""
    form = AddForm()
    work = partial(service.add, text=form.text.data or "")
    return _done(appeal_id, form, work, _("It was added; those who answer are told."))


@allowed(PARTICIPANT)
def take_back(appeal_id: UUID) -> ResponseReturnValue:
    """Take it back while it is open."""
    return _done(appeal_id, AddForm(), service.take_back, _("You have taken the appeal back."))


def _done(appeal_id: UUID, form: AddForm, work: Callable[..., None], told: str) -> ResponseReturnValue:
    who = current()
    about = {"organisation_id": who.organisation_id, "participant_id": participant_of(who), "now": now()}
    try:
        retrying(partial(work, appeal_id=appeal_id, **about))
    except NotFound:
        raise
    except DomainError as refusal:
        form.blame(refusal)
        return _page(who, appeal_id, form, status=409 if refusal.status == 409 else 422)
    flash(told, "success")
    return redirect(url_for("appeals.my_appeal", appeal_id=appeal_id), 303)


def _asking(who: SignedIn, enrolment: EnrolmentOf, form: AppealForm, *, status: int = 200) -> ResponseReturnValue:
    session, about = reading(), _about(who, enrolment)
    kind, unit = request.args.get("kind", ""), request.args.get("unit", "")
    found = service.unit_now(session, **about, kind=kind, unit=unit, now=now())
    if found is None:
        raise NotFound(service.NO_UNIT)
    page = render_template(
        "appeals/new.html",
        enrolment=enrolment,
        unit=found,
        standing=looking.standing_of(who.organisation_id, enrolment.cohort_id, found),
        about=queries.of_unit(session, **about, unit=found, now=now()),
        form=form,
        now=now(),
    )
    return page, status


def _page(who: SignedIn, appeal_id: UUID, form: AddForm, *, status: int = 200) -> ResponseReturnValue:
    found = _own(who, appeal_id)
    page = render_template(
        "appeals/my_appeal.html",
        appeal=found,
        looked=looking.look(found, organisation_id=who.organisation_id, now=now()),
        form=form,
        asks=found.state == rules.ASKED_BACK,
    )
    return page, status


def _own(who: SignedIn, appeal_id: UUID) -> Appeal:
    found = queries.appeal(reading(), organisation_id=who.organisation_id, appeal_id=appeal_id)
    if found.participant_id != participant_of(who):
        raise NotFound(queries.NONE)
    return found


def _about(who: SignedIn, enrolment: EnrolmentOf) -> dict[str, Any]:
    return {
        "organisation_id": who.organisation_id,
        "cohort_id": enrolment.cohort_id,
        "participant_id": participant_of(who),
    }


def _enrolment(who: SignedIn) -> EnrolmentOf:
    wanted = request.args.get("cohort", "")
    found = next((one for one in _enrolments(who) if one.cohort_code == wanted), None)
    if found is None:
        raise NotFound(N_("You are not in this cohort."))
    return found


def _enrolments(who: SignedIn) -> list[EnrolmentOf]:
    return programmes.enrolments_of(
        reading(), organisation_id=who.organisation_id, participant_ids=[participant_of(who)]
    )
