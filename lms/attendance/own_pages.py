"""A participant's own marks, the moment they are made, and what they say against one."""

from functools import partial
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from lms.attendance import dispute_rules
from lms.attendance.dispute_forms import DisputeForm
from lms.attendance.dispute_service import dispute_mark, withdraw_dispute
from lms.attendance.own_queries import OwnAttendance, own_attendance, own_session
from lms.clock import now
from lms.db import reading, retrying
from lms.errors import N_, DomainError, NotFound
from lms.people.guards import SignedIn, allowed, current, participant_of
from lms.people.rules import PARTICIPANT
from lms.programme import queries as programmes
from lms.programme.queries import EnrolmentOf


@allowed(PARTICIPANT)
def my_attendance() -> ResponseReturnValue:
    """All sessions of one's cohort with one's marks, and what was and may be missed."""
    who = current()
    mine = _enrolments(who)
    wanted = request.args.get("cohort") or None
    enrolment = next((one for one in mine if wanted in (None, one.cohort_code)), None)
    if enrolment is None:
        raise NotFound(N_("You are not in this cohort.") if wanted else N_("You are not in a cohort yet."))
    found = own_attendance(reading(), organisation_id=who.organisation_id, enrolment=enrolment, now=now())
    return render_template("attendance/own.html", attendance=found, enrolments=mine, now=now())


@allowed(PARTICIPANT)
def my_session(session_id: UUID) -> ResponseReturnValue:
    """One session: who marked what, when and why, and what one says against it."""
    return _page(current(), session_id, DisputeForm())


@allowed(PARTICIPANT)
def dispute_own_mark(session_id: UUID) -> ResponseReturnValue:
    """Dispute the mark that the page showed."""
    who, form = current(), DisputeForm()
    work = partial(dispute_mark, organisation_id=who.organisation_id, participant_id=participant_of(who))
    try:
        sent = {"mark_id": form.mark(), "text": form.text.data or ""}
        retrying(partial(work, session_id=session_id, now=now(), **sent))
    except NotFound:
        raise
    except DomainError as refusal:
        form.blame(refusal)
        return _page(who, session_id, form, status=409 if refusal.status == 409 else 422)
    flash(_("It was passed on. The answer will stand here."), "success")
    return redirect(url_for("attendance.my_session", session_id=session_id), 303)


@allowed(PARTICIPANT)
def withdraw_own_dispute(session_id: UUID, dispute_id: UUID) -> ResponseReturnValue:
    """Take back what has no answer yet."""
    who = current()
    work = partial(withdraw_dispute, organisation_id=who.organisation_id, participant_id=participant_of(who))
    retrying(partial(work, dispute_id=dispute_id, now=now()))
    flash(_("You have taken it back."), "success")
    return redirect(url_for("attendance.my_session", session_id=session_id), 303)


def _page(who: SignedIn, session_id: UUID, form: DisputeForm, *, status: int = 200) -> ResponseReturnValue:
    found = _attendance_with(who, session_id)
    one = own_session(found, session_id)
    if one is None:
        raise NotFound(N_("There is no such session."))
    page = render_template(
        "attendance/own_session.html",
        attendance=found,
        one=one,
        form=form,
        runs=dispute_rules.runs(found.enrolment.ends_at, now()),
    )
    return page, status


def _attendance_with(who: SignedIn, session_id: UUID) -> OwnAttendance:
    """One's attendance in the cohort whose session it is; raises NotFound."""
    mine = _enrolments(who)
    timetables = programmes.timetables(
        reading(), organisation_id=who.organisation_id, cohort_ids=[one.cohort_id for one in mine]
    )
    of = {meeting.id: cohort_id for cohort_id, meetings in timetables.items() for meeting in meetings}
    enrolment = next((one for one in mine if one.cohort_id == of.get(session_id)), None)
    if enrolment is None:
        raise NotFound(N_("There is no such session."))
    return own_attendance(reading(), organisation_id=who.organisation_id, enrolment=enrolment, now=now())


def _enrolments(who: SignedIn) -> list[EnrolmentOf]:
    ids = [participant_of(who)]
    return programmes.enrolments_of(reading(), organisation_id=who.organisation_id, participant_ids=ids)
