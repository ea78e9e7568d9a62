"""The pages on which managers set up sessions, and on which everybody of the staff reads what was changed."""

from collections.abc import Callable, Sequence
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from lms.attendance import timetabling
from lms.attendance.timetable_forms import RepeatForm, SessionForm, filled, usual
from lms.attendance.timetable_queries import About, about
from lms.attendance.timetable_words import changes_told
from lms.clock import now
from lms.db import reading, retrying
from lms.errors import DomainError, Problems
from lms.people.guards import allowed, current
from lms.people.rules import FACILITATOR, MANAGERS, STAFF_ROLES
from lms.programme import queries as programmes
from lms.programme import service as programme
from lms.programme.queries import CohortInfo
from lms.programme.service import NewSession
from lms.web import formats
from lms.web.forms import refusal


@allowed(*MANAGERS)
def new_session(code: str) -> ResponseReturnValue:
    """Add one session."""
    cohort, form = _cohort(code), SessionForm()
    form.offer(*_choices(cohort))
    status = refusal(form, lambda: _add(cohort, [form.row(cohort.time_zone)]))
    if status is None:
        flash(_("The session is in the timetable."), "success")
        return redirect(url_for(".session_details", code=code, session_code=form.code.data), 303)
    return render_template("attendance/session_new.html", cohort=cohort, form=form), status


@allowed(*MANAGERS)
def repeat_sessions(code: str) -> ResponseReturnValue:
    """Add sessions by a pattern: first they are shown, then they are added as they were shown."""
    cohort, rows = _cohort(code), list[NewSession]()
    form = RepeatForm(data=usual(cohort))
    form.offer(*_choices(cohort), weekdays=formats.current().days)
    status = refusal(form, lambda: rows.extend(_repeated(cohort, form)))
    if status is not None:
        return _repeat_page(cohort, form), status
    problems = _problems(cohort, rows)
    if problems or request.form.get("do") != "add":
        return _repeat_page(cohort, form, rows, problems), 422 if problems else 200
    _add(cohort, rows)
    flash(ngettext("%(num)s session was added.", "%(num)s sessions were added.", len(rows)), "success")
    return redirect(url_for(".sessions", code=code), 303)


@allowed(*STAFF_ROLES)
def session_details(code: str, session_code: str) -> ResponseReturnValue:
    """When and where a session is, who facilitates it, and all that was changed of it."""
    found = _about(code, session_code)
    told = changes_told(found.changes, found.cohort.time_zone)
    return render_template("attendance/session_details.html", about=found, changes=told)


@allowed(*MANAGERS)
def change_session(code: str, session_code: str) -> ResponseReturnValue:
    """Change or move a session."""
    found = _about(code, session_code)
    form = SessionForm(data=filled(found.session, found.facilitators, found.cohort))
    form.code.data = found.session.code
    form.offer(*_choices(found.cohort))
    status = refusal(form, lambda: _change(found, form))
    if status is None:
        return redirect(url_for(".session_details", code=code, session_code=session_code), 303)
    return render_template("attendance/session_change.html", about=found, form=form), status


@allowed(*MANAGERS)
def cancel_session(code: str, session_code: str) -> ResponseReturnValue:
    """Say what cancelling a session means for whom, and cancel it."""
    return _switch(code, session_code, timetabling.cancel_session, "cancel", _("The session is cancelled."))


@allowed(*MANAGERS)
def restore_session(code: str, session_code: str) -> ResponseReturnValue:
    """Say what restoring a cancelled session means for whom, and restore it."""
    return _switch(code, session_code, timetabling.restore_session, "restore", _("The session takes place after all."))


def _switch(code: str, session_code: str, act: Callable[..., None], kind: str, told: str) -> ResponseReturnValue:
    found, reason = _about(code, session_code), " ".join(request.form.get("reason", "").split())
    error, values = None, _who(found.cohort) | {"code": found.session.code, "reason": reason}
    if request.method == "POST":
        try:
            retrying(lambda session: act(session, **values))
        except Problems as refused:
            error = refused.problems[0]
        else:
            flash(told, "success")
            return redirect(url_for(".session_details", code=code, session_code=session_code), 303)
    who = timetabling.concerned(reading(), organisation_id=current().organisation_id, session_id=found.session.id)
    page = {"about": found, "concerned": who, "kind": kind, "reason": reason, "error": error}
    return render_template("attendance/session_cancel.html", **page), 422 if error else 200


def _about(code: str, session_code: str) -> About:
    person = current()
    return about(
        reading(),
        organisation_id=person.organisation_id,
        code=code,
        session_code=session_code,
        facilitator_id=person.account_id if person.role == FACILITATOR else None,
    )


def _cohort(code: str) -> CohortInfo:
    return programmes.cohort_by_code(reading(), organisation_id=current().organisation_id, code=code)


def _choices(cohort: CohortInfo) -> tuple[Any, Any]:
    session, organisation_id = reading(), current().organisation_id
    groups = programmes.groups(session, organisation_id=organisation_id, cohort_id=cohort.id)
    return groups, programmes.facilitator_accounts(session, organisation_id=organisation_id)


def _who(cohort: CohortInfo) -> dict[str, Any]:
    """For whom, by whom and when something is done."""
    person = current()
    return {
        "organisation_id": person.organisation_id,
        "cohort_id": cohort.id,
        "changed_by": person.account_id,
        "now": now(),
    }


def _add(cohort: CohortInfo, rows: list[NewSession]) -> None:
    values = _who(cohort) | {"rows": rows}
    retrying(lambda session: timetabling.add_sessions(session, **values))


def _change(found: About, form: SessionForm) -> None:
    row = form.row(found.cohort.time_zone, code=found.session.code)
    values = _who(found.cohort) | {"row": row, "seen": form.seen(), "reason": form.reason.data or ""}
    changed = retrying(lambda session: timetabling.change_session(session, **values))
    flash(_("The session is changed.") if changed else _("Nothing was new."), "success")


def _repeated(cohort: CohortInfo, form: RepeatForm) -> list[NewSession]:
    pattern = form.pattern()
    wrong = programme.pattern_flaws(pattern)
    if wrong:
        raise Problems(tuple(wrong))
    return programme.repeated(pattern, time_zone=cohort.time_zone)


def _problems(cohort: CohortInfo, rows: list[NewSession]) -> list[DomainError]:
    return programme.problems_of_new(
        reading(), organisation_id=current().organisation_id, cohort_id=cohort.id, rows=rows
    )


def _repeat_page(
    cohort: CohortInfo, form: RepeatForm, rows: Sequence[NewSession] = (), problems: Sequence[DomainError] = ()
) -> str:
    timetable = programmes.timetable(reading(), organisation_id=current().organisation_id, cohort_id=cohort.id)
    sent = [pair for pair in request.form.items(multi=True) if pair[0] not in ("csrf_token", "do")]
    page = {"rows": rows, "problems": problems, "clashes": programme.clashes(rows, timetable), "sent": sent}
    return render_template("attendance/session_repeat.html", cohort=cohort, form=form, **page)
