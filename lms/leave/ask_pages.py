"""Asking for leave: first for when, which shows what it covers, then for what. By oneself, or by staff for somebody."""

from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from lms.attendance import queries as attendance
from lms.clock import now
from lms.db import reading, retrying
from lms.errors import N_, DomainError, NotFound
from lms.leave import rules, service
from lms.leave.forms import AskForm, WhenForm
from lms.leave.rules import Period
from lms.people.guards import SignedIn, allowed, current, participant_of
from lms.people.rules import FACILITATOR, MANAGERS, PARTICIPANT
from lms.programme import queries as programmes
from lms.programme.queries import CohortInfo, Enrolled, EnrolmentOf, TimetableSession


@dataclass(frozen=True, kw_only=True, slots=True)
class Asking:
    """A page on which leave is asked for. `person` is None until staff say who it is, `period` until they say when."""

    cohort: CohortInfo
    cohorts: tuple[EnrolmentOf, ...]
    people: tuple[Enrolled, ...]
    person: Enrolled | None
    when: WhenForm
    form: AskForm
    period: Period | None
    covered: tuple[TimetableSession, ...]
    is_own: bool
    may_note: bool

    @property
    def jp(self) -> Decimal:
        """What the covered sessions are worth together."""
        return rules.worth(self.covered)


@allowed(PARTICIPANT)
def ask() -> ResponseReturnValue:
    """A participant asks for themselves."""
    page = _own_page(current())
    if request.method == "GET" or page.period is None:
        return _shown(page)
    request_id = _sent(page)
    if request_id is None:
        return _shown(page, 422)
    flash(_("Your request was sent. The programme managers decide about it."), "success")
    return redirect(url_for("leave.my_request", request_id=request_id), 303)


@allowed(*MANAGERS, FACILITATOR)
def enter(code: str) -> ResponseReturnValue:
    """Staff ask for somebody, a facilitator for people of their groups."""
    page = _staff_page(current(), code)
    if request.method == "GET" or page.period is None or page.person is None:
        return _shown(page)
    request_id = _sent(page)
    if request_id is None:
        return _shown(page, 422)
    flash(_("The request was entered. It waits for a decision."), "success")
    return redirect(url_for("leave.one_request", code=code, request_id=request_id), 303)


def _shown(page: Asking, status: int = 200) -> ResponseReturnValue:
    # What was posted without saying when is no request yet: the page asks for it.
    status = 422 if page.when.errors else status
    return render_template("leave/ask.html", page=page), status


def _own_page(who: SignedIn) -> Asking:
    session, participant_id = reading(), participant_of(who)
    mine = programmes.enrolments_of(session, organisation_id=who.organisation_id, participant_ids=[participant_id])
    wanted = request.args.get("cohort") or None
    enrolment = next((one for one in mine if wanted in (None, one.cohort_code)), None)
    if enrolment is None:
        raise NotFound(N_("You are not in this cohort.") if wanted else N_("You are not in a cohort yet."))
    cohort = programmes.cohort_by_id(session, organisation_id=who.organisation_id, cohort_id=enrolment.cohort_id)
    roster = programmes.roster(session, organisation_id=who.organisation_id, cohort_id=cohort.id)
    person = next(one for one in roster if one.participant_id == participant_id)
    return _page(who, cohort, person=person, people=(), cohorts=tuple(mine))


def _staff_page(who: SignedIn, code: str) -> Asking:
    session = reading()
    cohort = programmes.cohort_by_code(session, organisation_id=who.organisation_id, code=code)
    groups = own_groups(who, cohort.id)
    people = programmes.roster(session, organisation_id=who.organisation_id, cohort_id=cohort.id, groups=groups)
    wanted = request.args.get("participant", "")
    person = next((one for one in people if str(one.participant_id) == wanted), None)
    if wanted and person is None:
        raise NotFound(N_("This person is not in this cohort."))
    return _page(who, cohort, person=person, people=tuple(people), cohorts=())


def own_groups(who: SignedIn, cohort_id: UUID) -> set[UUID] | None:
    """The ids of a facilitator's groups in a cohort, None for all of them; raises NotAllowed where they have none."""
    if who.role != FACILITATOR:
        return None
    return programmes.own_group_ids(
        reading(), organisation_id=who.organisation_id, account_id=who.account_id, cohort_id=cohort_id
    )


def _page(
    who: SignedIn,
    cohort: CohortInfo,
    *,
    person: Enrolled | None,
    people: tuple[Enrolled, ...],
    cohorts: tuple[EnrolmentOf, ...],
) -> Asking:
    session, zone = reading(), cohort.time_zone
    timetable = programmes.timetable(session, organisation_id=who.organisation_id, cohort_id=cohort.id)
    theirs = [one for one in timetable if person is None or one.group in (None, person.group)]
    kinds = attendance.cohort_rules(session, organisation_id=who.organisation_id, cohort_id=cohort.id)
    when, form = WhenForm(request.args), AskForm()
    when.offer(theirs, time_zone=zone)
    form.offer(kinds.leave)
    period = when.period(theirs, time_zone=zone) if person is not None else None
    covered = () if person is None or period is None else rules.covered(timetable, period, group=person.group)
    about: dict[str, Any] = {"cohort": cohort, "cohorts": cohorts, "people": people, "person": person}
    return Asking(
        **about,
        when=when,
        form=form,
        period=period,
        covered=covered,
        is_own=who.participant_id is not None,
        # A note may be about somebody's health, so it goes to those who decide, not through others.
        may_note=who.role in (PARTICIPANT, *MANAGERS),
    )


def _sent(page: Asking) -> UUID | None:
    """The id of the new request, None where it is told on the form what is wrong."""
    who, form = current(), page.form
    if page.person is None or page.period is None or not form.validate_on_submit():
        return None
    try:
        work = partial(
            service.ask,
            organisation_id=who.organisation_id,
            cohort_id=page.cohort.id,
            participant_id=page.person.participant_id,
            status=form.status.data,
            period=page.period,
            note=(form.note.data or "") if page.may_note else "",
            document=form.came() if page.may_note else None,
            asked_by=who.account_id,
            now=now(),
        )
        return retrying(work)
    except DomainError as wrong:
        form.blame(wrong)
        return None
