"""The page on which a cohort's start, end and time zone are changed, once it is told what that comes to."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from lms.attendance import date_service
from lms.attendance.date_forms import DatesForm, filled
from lms.attendance.date_queries import Foreseen, foreseen
from lms.clock import now
from lms.db import reading, retrying
from lms.errors import Conflict, Problems
from lms.people.guards import allowed, current
from lms.people.rules import MANAGERS
from lms.programme import queries as programmes
from lms.programme import service as programme
from lms.programme.queries import CohortInfo
from lms.web import formats
from lms.web.forms import refusal


@allowed(*MANAGERS)
def cohort_dates(code: str) -> ResponseReturnValue:
    """First it is told what another start, end or zone comes to, then it is changed as it was told."""
    cohort = programmes.cohort_by_code(reading(), organisation_id=current().organisation_id, code=code)
    form = DatesForm(data=filled(programme.dates_of(cohort)))
    form.offer()
    told = list[Foreseen]()
    if request.form.get("do") != "change":
        status = refusal(form, lambda: told.append(_foreseen(cohort, form)))
        return _page(cohort, form, *told), 200 if status is None else status
    status = refusal(form, lambda: _change(cohort, form))
    if status is not None:
        return _page(cohort, form), status
    return redirect(url_for("programme.cohort_setup", code=code), 303)


def _foreseen(cohort: CohortInfo, form: DatesForm) -> Foreseen:
    organisation_id, before, after = current().organisation_id, form.seen_dates(), form.dates()
    if before != programme.dates_of(cohort):
        raise Conflict(programme.CHANGED_MEANWHILE)
    timetable = programmes.timetable(reading(), organisation_id=organisation_id, cohort_id=cohort.id)
    wrong = programme.dates_flaws(before, after, timetable)
    if before != after:
        wrong += programme.why_flaws(form.reason.data or "")
    if wrong:
        raise Problems(tuple(wrong))
    return foreseen(
        reading(), organisation_id=organisation_id, cohort_id=cohort.id, before=before, after=after, now=now()
    )


def _change(cohort: CohortInfo, form: DatesForm) -> None:
    person, moment, dates, seen = current(), now(), form.dates(), form.seen_dates()
    changed = retrying(
        lambda session: date_service.change_dates(
            session,
            organisation_id=person.organisation_id,
            cohort_id=cohort.id,
            seen=seen,
            dates=dates,
            reason=form.reason.data or "",
            changed_by=person.account_id,
            now=moment,
        )
    )
    if not changed:
        flash(_("Nothing was new."), "success")
        return
    when = formats.current(dates.time_zone).moment(moment)
    flash(_("Start, end and zone are changed by %(name)s, %(when)s.", name=person.name, when=when), "success")


def _page(cohort: CohortInfo, form: DatesForm, told: Foreseen | None = None) -> str:
    sent = [(name, request.form.get(name, "")) for name in ("time_zone", "starts_at", "ends_at", "reason", "seen")]
    return render_template("attendance/cohort_dates.html", cohort=cohort, form=form, told=told, sent=sent)
