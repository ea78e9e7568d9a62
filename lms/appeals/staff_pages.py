"""Appeals as staff see them: those of a cohort with the window, and one with its thread and the figures."""

from functools import partial
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from lms.appeals import looking, queries, rules, service
from lms.appeals.forms import AnswerForm, WindowForm, filled
from lms.appeals.queries import Appeal
from lms.clock import now
from lms.db import reading, retrying
from lms.errors import DomainError, NotAllowed, NotFound
from lms.people.guards import SignedIn, allowed, current
from lms.people.rules import AUDITOR, FACILITATOR, MANAGERS, STAFF_ROLES
from lms.programme import queries as programmes
from lms.programme.queries import CohortInfo
from lms.web.forms import refusal


@allowed(*STAFF_ROLES)
def appeals(code: str) -> ResponseReturnValue:
    """The appeals of a cohort, open ones first, and when they are taken."""
    who = current()
    return _listed(who, _cohort(who, code))


@allowed(*MANAGERS)
def set_window(code: str) -> ResponseReturnValue:
    """Say when appeals are taken."""
    who, form = current(), WindowForm()
    cohort = _cohort(who, code)
    about: dict[str, Any] = {"organisation_id": who.organisation_id, "cohort_id": cohort.id}
    about["set_by"] = who.account_id
    changed: list[bool] = []

    def work() -> None:
        told = about | form.moments(cohort.time_zone) | {"reason": form.reason.data or ""}
        changed.append(retrying(partial(service.set_window, now=now(), **told)))

    status = refusal(form, work)
    if status is not None:
        return _listed(who, cohort, form=form, status=status)
    flash(_("The time for appeals was set.") if changed == [True] else _("It was set so already."), "success")
    return redirect(url_for("appeals.appeals", code=code), 303)


@allowed(*STAFF_ROLES)
def one_appeal(code: str, appeal_id: UUID) -> ResponseReturnValue:
    """One appeal, with what was said, what its unit stood at and stands at, and the form of an answer."""
    return _page(current(), code, appeal_id, AnswerForm())


@allowed(*MANAGERS, FACILITATOR)
def answer(code: str, appeal_id: UUID) -> ResponseReturnValue:
    """Answer it, and show how it stands: also where somebody else was faster, or something is missing."""
    who, form = current(), AnswerForm()
    _found(who, code, appeal_id)
    work = partial(service.answer, organisation_id=who.organisation_id, appeal_id=appeal_id, manages=_manages(who))
    told = {"outcome": form.outcome.data or "", "text": form.text.data or ""}
    try:
        retrying(partial(work, answered_by=who.account_id, now=now(), **told))
    except (NotFound, NotAllowed):
        raise
    except DomainError as wrong:
        form.blame(wrong)
        return _page(who, code, appeal_id, form, status=409 if wrong.status == 409 else 422)
    flash(_("The answer was recorded; the participant is told."), "success")
    return redirect(url_for("appeals.one_appeal", code=code, appeal_id=appeal_id), 303)


def _manages(who: SignedIn) -> bool:
    return who.role in MANAGERS


def _cohort(who: SignedIn, code: str) -> CohortInfo:
    return programmes.cohort_by_code(reading(), organisation_id=who.organisation_id, code=code)


def _groups(who: SignedIn, cohort_id: UUID) -> set[UUID] | None:
    """The groups of a facilitator in a cohort, None for all of them; raises NotAllowed where they have none."""
    if who.role != FACILITATOR:
        return None
    return programmes.own_group_ids(
        reading(), organisation_id=who.organisation_id, account_id=who.account_id, cohort_id=cohort_id
    )


def _listed(
    who: SignedIn, cohort: CohortInfo, *, form: WindowForm | None = None, status: int = 200
) -> ResponseReturnValue:
    session, moment = reading(), now()
    about: dict[str, Any] = {"organisation_id": who.organisation_id, "cohort_id": cohort.id}
    windows = queries.windows(session, **about)
    found = queries.of_cohort(session, **about, groups=_groups(who, cohort.id))
    window = windows[0].window if windows else None
    page = render_template(
        "appeals/appeals.html",
        cohort=cohort,
        open=[one for one in found if one.is_open],
        ended=[one for one in found if not one.is_open],
        window=window,
        windows=windows,
        form=form or WindowForm(formdata=None, data=filled(window, cohort.time_zone, now=moment)),
        may_set=_manages(who),
        now=moment,
    )
    return page, status


def _found(who: SignedIn, code: str, appeal_id: UUID) -> Appeal:
    """The appeal, if it is one of this cohort, of somebody whom this person may see."""
    found = queries.appeal(reading(), organisation_id=who.organisation_id, appeal_id=appeal_id)
    groups = _groups(who, found.cohort_id)
    if found.cohort_code != code or (groups is not None and found.group_id not in groups):
        raise NotFound(queries.NONE)
    return found


def _page(who: SignedIn, code: str, appeal_id: UUID, form: AnswerForm, *, status: int = 200) -> ResponseReturnValue:
    found = _found(who, code, appeal_id)
    gave_it = found.stood_by == who.account_id
    form.offer(rules.answers(gave_it=gave_it, manages=_manages(who)))
    page = render_template(
        "appeals/appeal.html",
        appeal=found,
        looked=looking.look(found, organisation_id=who.organisation_id, now=now()),
        form=form,
        gave_it=gave_it,
        manages=_manages(who),
        may_answer=who.role != AUDITOR and found.is_open,
    )
    return page, status
