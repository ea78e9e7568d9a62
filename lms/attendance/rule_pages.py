"""The page on which the rules of a cohort's registers are set."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from lms.attendance import queries, rule_service
from lms.attendance.queries import CohortRules
from lms.attendance.rule_forms import RulesForm, defaults
from lms.attendance.rule_queries import stored_rules
from lms.db import reading, transaction
from lms.errors import Problems
from lms.people.guards import allowed, current
from lms.people.rules import MANAGERS, READERS
from lms.programme import queries as programmes
from lms.programme.queries import CohortInfo


@allowed(*READERS)
def attendance_rules(code: str) -> ResponseReturnValue:
    """The rules that hold, each with what it does."""
    cohort, form = _cohort(code), RulesForm(formdata=None)
    organisation_id = current().organisation_id
    row = stored_rules(reading(), organisation_id=organisation_id, cohort_ids=[cohort.id]).get(cohort.id)
    form.show(row or defaults())
    return _page(cohort, form, _rules(cohort))


@allowed(*MANAGERS)
def set_attendance_rules(code: str) -> ResponseReturnValue:
    """Set them; what was typed is kept where something is wrong."""
    cohort, form = _cohort(code), RulesForm()
    found = _rules(cohort)
    try:
        values = form.values(found.statuses)
    except Problems as problems:
        form.blame(problems)
        return _page(cohort, form, found), 422
    with transaction() as session:
        rule_service.set_rules(session, organisation_id=current().organisation_id, cohort_id=cohort.id, values=values)
    flash(_("The rules are saved."), "success")
    return redirect(url_for("attendance.attendance_rules", code=code), 303)


def _cohort(code: str) -> CohortInfo:
    return programmes.cohort_by_code(reading(), organisation_id=current().organisation_id, code=code)


def _rules(cohort: CohortInfo) -> CohortRules:
    return queries.cohort_rules(reading(), organisation_id=current().organisation_id, cohort_id=cohort.id)


def _page(cohort: CohortInfo, form: RulesForm, found: CohortRules) -> str:
    form.offer(found.statuses, _("Found by name and weight"))
    may_change = current().role in MANAGERS
    return render_template("attendance/rules.html", cohort=cohort, form=form, rules=found, may_change=may_change)
