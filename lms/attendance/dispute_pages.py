"""Disputes as staff see them: those of a cohort, and one with its answer."""

from collections.abc import Callable
from functools import partial
from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from lms.attendance import dispute_queries, queries
from lms.attendance.dispute_forms import AnswerForm
from lms.attendance.dispute_queries import Dispute
from lms.attendance.dispute_service import accept_dispute, decline_dispute
from lms.attendance.queries import Register
from lms.attendance.register_access import groups_at, groups_of, manages, named_for, origin
from lms.attendance.rules import own_groups
from lms.clock import now
from lms.db import reading, retrying
from lms.errors import DomainError, NotAllowed, NotFound
from lms.people.guards import SignedIn, allowed, current
from lms.people.rules import AUDITOR, FACILITATOR, MANAGERS, STAFF_ROLES
from lms.programme import queries as programmes


@allowed(*STAFF_ROLES)
def disputes(code: str) -> ResponseReturnValue:
    """The disputes of a cohort that somebody can see: open ones first."""
    who, session = current(), reading()
    cohort = programmes.cohort_by_code(session, organisation_id=who.organisation_id, code=code)
    groups, named = _visible(session, who, cohort.id)
    found = dispute_queries.of_cohort(
        session, organisation_id=who.organisation_id, cohort_id=cohort.id, groups=groups, named=named
    )
    return render_template("attendance/disputes.html", cohort=cohort, disputes=found, titles=_titles(who, cohort.id))


@allowed(*STAFF_ROLES)
def one_dispute(code: str, dispute_id: UUID) -> ResponseReturnValue:
    """One dispute with the marks that it is about, and the forms of an answer."""
    return _page(current(), code, dispute_id, AnswerForm())


@allowed(*MANAGERS, FACILITATOR)
def accept_disputed(code: str, dispute_id: UUID) -> ResponseReturnValue:
    """Accept it, with the mark that is right."""
    who, form = current(), AnswerForm()
    found = _found(who, code, dispute_id)

    def answer(session: Session) -> None:
        accept_dispute(
            session,
            organisation_id=who.organisation_id,
            dispute_id=dispute_id,
            mark=form.mark(found.participant_id),
            seen=form.basis(),
            origin=origin(who),
            groups=groups_at(session, who, found.session_id),
            manages=manages(who),
            now=now(),
        )

    return _answered(who, code, dispute_id, form, answer)


@allowed(*MANAGERS, FACILITATOR)
def decline_disputed(code: str, dispute_id: UUID) -> ResponseReturnValue:
    """Decline it, with an answer."""
    who, form = current(), AnswerForm()
    found = _found(who, code, dispute_id)
    work = partial(decline_dispute, organisation_id=who.organisation_id, dispute_id=dispute_id, now=now())

    def answer(session: Session) -> None:
        groups = groups_at(session, who, found.session_id)
        work(session, answer=form.answer.data or "", answered_by=who.account_id, groups=groups)

    return _answered(who, code, dispute_id, form, answer)


def disputes_of(register: Register) -> list[Dispute]:
    """The open disputes of the people of a register. One query."""
    found = dispute_queries.open_at(
        reading(), organisation_id=current().organisation_id, session_id=register.session.id
    )
    theirs = {person.enrolled.participant_id for person in register.people}
    return [one for one in found if one.participant_id in theirs]


def _answered(
    who: SignedIn, code: str, dispute_id: UUID, form: AnswerForm, answer: Callable[[Session], None]
) -> ResponseReturnValue:
    """Answer, and show how it stands: also where somebody else was faster, or something is missing."""
    try:
        retrying(answer)
    except (NotFound, NotAllowed):
        raise
    except DomainError as refusal:
        return _page(who, code, dispute_id, form, refusal=refusal)
    flash(_("The answer was recorded; the participant is told."), "success")
    return redirect(url_for("attendance.disputes", code=code), 303)


def _visible(session: Session, who: SignedIn, cohort_id: UUID) -> tuple[set[UUID] | None, set[UUID]]:
    """The groups (None: all) and the sessions of which somebody sees disputes. Two queries for a facilitator."""
    groups, named = groups_of(session, who), named_for(session, who)
    if groups is None:
        return None, set()
    if not named:
        own_groups(groups, cohort_id)
    return {group_id for of_cohort, group_id, _name in groups if of_cohort == cohort_id}, named


def _found(who: SignedIn, code: str, dispute_id: UUID) -> Dispute:
    session = reading()
    found = dispute_queries.dispute(session, organisation_id=who.organisation_id, dispute_id=dispute_id)
    groups, named = _visible(session, who, found.cohort_id)
    is_theirs = groups is None or found.group_id in groups or found.session_id in named
    if found.cohort_code != code or not is_theirs:
        raise NotFound(dispute_queries.NONE)
    return found


def _page(
    who: SignedIn, code: str, dispute_id: UUID, form: AnswerForm, *, refusal: DomainError | None = None
) -> ResponseReturnValue:
    session, found = reading(), _found(who, code, dispute_id)
    known = queries.cohort_rules(session, organisation_id=who.organisation_id, cohort_id=found.cohort_id)
    at = {"session_id": found.session_id, "participant_id": found.participant_id}
    marks = queries.mark_history(session, organisation_id=who.organisation_id, **at)
    form.offer(known.statuses)
    if refusal is not None:
        form.blame(refusal)
    # What somebody else has marked meanwhile is in sight now, so the next answer is made from it.
    form.seen.data = str(marks[-1].id) if marks else ""
    page = render_template(
        "attendance/dispute.html",
        dispute=found,
        cohort=programmes.cohort_by_id(session, organisation_id=who.organisation_id, cohort_id=found.cohort_id),
        marks=marks,
        titles={status.code: status.title for status in known.statuses},
        form=form,
        may_answer=who.role != AUDITOR and found.is_open,
    )
    return page, 200 if refusal is None else 409 if refusal.status == 409 else 422


def _titles(who: SignedIn, cohort_id: UUID) -> dict[str, str]:
    known = queries.cohort_rules(reading(), organisation_id=who.organisation_id, cohort_id=cohort_id)
    return {status.code: status.title for status in known.statuses}
