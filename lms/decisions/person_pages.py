"""The decision about one participant: the figures then and now, what was decided, and the ways to decide."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from lms.clock import now
from lms.db import reading, retrying
from lms.decisions import queries, service
from lms.decisions.forms import AnswerForm, DecideForm, ReasonForm
from lms.decisions.rules import Case, shown
from lms.decisions.service import About
from lms.people import queries as people
from lms.people.guards import SignedIn, allowed, current
from lms.people.queries import ParticipantInfo
from lms.people.rules import MANAGERS, READERS
from lms.programme import queries as programmes
from lms.programme.queries import CohortInfo
from lms.progress.rules import Figures, Result
from lms.web.forms import HouseForm, refusal


@dataclass(frozen=True, kw_only=True, slots=True)
class Looked:
    """One participant of a cohort as it stands about them at `now`."""

    who: SignedIn
    now: datetime
    cohort: CohortInfo
    person: ParticipantInfo
    result: Result
    case: Case

    @property
    def about(self) -> About:
        """What a service has to know of it."""
        return About(organisation_id=self.who.organisation_id, cohort_id=self.cohort.id, participant_id=self.person.id)

    @property
    def figures(self) -> Figures:
        """The three figures now, rounded."""
        return shown(self.result.figures)

    @property
    def may_decide(self) -> bool:
        """Whether whoever looks may decide: nobody decides while something waits."""
        return self.who.role in MANAGERS and self.case.waiting is None

    @property
    def may_answer(self) -> bool:
        """Whether they may be the second person."""
        return self.who.role in MANAGERS and self.case.waiting is not None and not self.proposed_it

    @property
    def may_take_back(self) -> bool:
        """Whether they may take back what stands, or what they have proposed."""
        return self.who.role in MANAGERS and (
            self.proposed_it if self.case.waiting is not None else self.case.standing is not None
        )

    @property
    def proposed_it(self) -> bool:
        """Whether what waits is theirs."""
        return self.case.waiting is not None and self.case.waiting.made_by == self.who.account_id


@allowed(*READERS)
def decision(code: str, participant_id: UUID) -> ResponseReturnValue:
    """What was decided about somebody, from which figures, and what can be done."""
    return _page(_look(code, participant_id))


@allowed(*MANAGERS)
def decide(code: str, participant_id: UUID) -> ResponseReturnValue:
    """Decide about somebody: first what and why, then a second look, and then it is saved."""
    looked, form, step = _look(code, participant_id), DecideForm(), request.form.get("step", "")
    if step == "change":
        return _page(looked, form)
    wrong = refusal(form, partial(_save if step == "save" else _check, looked, form))
    if wrong is not None:
        return _page(_look(code, participant_id), form, status=wrong)
    if step != "save":
        return render_template("decisions/look.html", looked=looked, said=form.said())
    flash(_("The decision was recorded."), "success")
    return _back(looked)


@allowed(*MANAGERS)
def answer(code: str, participant_id: UUID) -> ResponseReturnValue:
    """Agree to “not passed” as the second person, or refuse it."""
    looked, form = _look(code, participant_id), AnswerForm()
    wrong = refusal(form, partial(_answer, looked, form))
    if wrong is not None:
        return _page(_look(code, participant_id), form, status=wrong)
    flash(_("It stands now: not passed.") if form.answer.data == "agree" else _("It was refused."), "success")
    return _back(looked)


@allowed(*MANAGERS)
def withdraw(code: str, participant_id: UUID) -> ResponseReturnValue:
    """Withdraw the decision that stands, or take back what one has proposed oneself."""
    looked, form = _look(code, participant_id), ReasonForm()
    wrong = refusal(form, partial(_withdraw, looked, form))
    if wrong is not None:
        return _page(_look(code, participant_id), form, status=wrong)
    flash(_("It was taken back.") if looked.proposed_it else _("The decision was withdrawn."), "success")
    return _back(looked)


def _look(code: str, participant_id: UUID) -> Looked:
    """Nine queries at most. Raises NotFound for a cohort or a person that is none of this organisation's."""
    who, session, moment = current(), reading(), now()
    cohort = programmes.cohort_by_code(session, organisation_id=who.organisation_id, code=code)
    found = queries.looked(
        session, organisation_id=who.organisation_id, cohort=cohort, participant_id=participant_id, now=moment
    )
    person = people.participant(session, organisation_id=who.organisation_id, participant_id=participant_id)
    return Looked(who=who, now=moment, cohort=cohort, person=person, result=found.result, case=found.case)


def _check(looked: Looked, form: DecideForm) -> None:
    form.check(looked.case)


def _save(looked: Looked, form: DecideForm) -> None:
    work = partial(service.decide, about=looked.about, said=form.said(), seen=form.seen.data or "")
    retrying(partial(work, made_by=looked.who.account_id, now=looked.now))


def _answer(looked: Looked, form: AnswerForm) -> None:
    by = looked.who.account_id
    if form.answer.data == "agree":
        work = partial(service.second, about=looked.about, seen=form.seen.data or "", seconded_by=by, now=looked.now)
        retrying(work)
    else:
        _end(looked, form.reason.data or "")


def _withdraw(looked: Looked, form: ReasonForm) -> None:
    reason = form.reason.data or ""
    if looked.proposed_it:
        _end(looked, reason)
    else:
        work = partial(service.withdraw, about=looked.about, reason=reason)
        retrying(partial(work, withdrawn_by=looked.who.account_id, now=looked.now))


def _end(looked: Looked, reason: str) -> None:
    by = looked.who.account_id
    retrying(partial(service.end_waiting, about=looked.about, reason=reason, ended_by=by, now=looked.now))


def _page(looked: Looked, form: HouseForm | None = None, *, status: int = 200) -> ResponseReturnValue:
    """The page with an empty form of each kind, but the one that was sent."""
    kinds: dict[str, type[HouseForm]] = {"decide": DecideForm, "answer": AnswerForm, "withdraw": ReasonForm}
    forms = {name: form if isinstance(form, kind) else kind(formdata=None) for name, kind in kinds.items()}
    return render_template("decisions/decision.html", looked=looked, forms_of=forms, sent=form), status


def _back(looked: Looked) -> ResponseReturnValue:
    return redirect(url_for("decisions.decision", code=looked.cohort.code, participant_id=looked.person.id), 303)
