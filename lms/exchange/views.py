"""The addresses of exchange: files people bring into a cohort, and results they take out."""

from functools import partial
from io import BytesIO
from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from lms.clock import now
from lms.db import reading, retrying
from lms.errors import N_, NotAllowed, NotFound, Problems
from lms.exchange import cells
from lms.exchange.export import export_results
from lms.exchange.forms import ImportForm
from lms.exchange.results import FORMATS, MIME_TYPES, Results
from lms.exchange.rules import KINDS
from lms.exchange.service import Report, trial
from lms.exchange.service import import_file as bring
from lms.people.guards import allowed, current
from lms.people.rules import FACILITATOR, MANAGERS, STAFF_ROLES
from lms.programme import queries as programmes
from lms.programme.queries import CohortInfo

SHOWN_PROBLEMS = 200
MARK = "\ufeff".encode()

blueprint = Blueprint("exchange", __name__)


@blueprint.route("/cohorts/<code>/import/<kind>", methods=["GET", "POST"])
@allowed(*MANAGERS)
def import_file(code: str, kind: str) -> ResponseReturnValue:
    """Bring a file in, or try it."""
    cohort, form = _cohort(code, kind), ImportForm()
    if not form.validate_on_submit():
        return _page(cohort, kind, form), 422 if form.is_submitted() else 200
    try:
        report = _bring(cohort, kind, form)
    except Problems as found:
        return _page(cohort, kind, form, problems=found.problems), 422
    if form.trial.data:
        return _page(cohort, kind, form, report=report)
    flash(_told(report), "success")
    return redirect(url_for("exchange.import_file", code=code, kind=kind), 303)


@blueprint.get("/cohorts/<code>/export.<kind>", endpoint="export_results")
@allowed(*STAFF_ROLES)
def export(code: str, kind: str) -> ResponseReturnValue:
    """Take the results out; a facilitator takes those of their own groups."""
    if kind not in FORMATS:
        raise NotFound(N_("Results are exported as csv, xlsx or json."))
    results = _results(code)
    # Without a byte order mark Excel reads UTF-8 as something else.
    content = (MARK if kind == "csv" else b"") + FORMATS[kind](results)
    name = f"{code} {results.as_of:%Y-%m-%d}.{kind}"
    return send_file(BytesIO(content), mimetype=MIME_TYPES[kind], as_attachment=True, download_name=name)


def _cohort(code: str, kind: str) -> CohortInfo:
    if kind not in KINDS:
        raise NotFound(N_("There is no import of %(kind)s."), kind=kind)
    return programmes.cohort_by_code(reading(), organisation_id=current().organisation_id, code=code)


def _bring(cohort: CohortInfo, kind: str, form: ImportForm) -> Report:
    person, upload, moment = current(), form.file.data, now()
    work = partial(
        bring,
        kind=kind,
        organisation_id=person.organisation_id,
        cohort_id=cohort.id,
        filename=upload.filename or "",
        content=upload.read(),
        recorded_by=person.account_id,
        now=moment,
    )
    return trial(work) if form.trial.data else retrying(work)


def _page(cohort: CohortInfo, kind: str, form: ImportForm, *, problems: Any = (), report: Report | None = None) -> str:
    return render_template(
        "exchange/import.html",
        cohort=cohort,
        kind=kind,
        kinds=KINDS,
        form=form,
        problems=problems[:SHOWN_PROBLEMS],
        more=max(0, len(problems) - SHOWN_PROBLEMS),
        report=report,
    )


def _told(report: Report) -> str:
    told: str = gettext(
        "%(filename)s: %(added)s added, %(changed)s changed, %(unchanged)s unchanged.",
        filename=report.filename,
        added=report.added,
        changed=report.changed,
        unchanged=report.unchanged,
    )
    return told


def _results(code: str) -> Results:
    person, moment = current(), now()
    cohort = programmes.cohort_by_code(reading(), organisation_id=person.organisation_id, code=code)
    groups = _own_groups(cohort)
    as_of = cells.moment(request.args["as_of"]) if request.args.get("as_of") else moment
    return export_results(
        organisation_id=person.organisation_id,
        cohort_id=cohort.id,
        dialects=current_app.extensions["dialects"],
        groups=groups,
        as_of=as_of,
        now=moment,
    )


def _own_groups(cohort: CohortInfo) -> set[Any] | None:
    """The groups that a facilitator has in the cohort; None stands for everybody."""
    person = current()
    if person.role != FACILITATOR:
        return None
    known = programmes.groups_of(reading(), organisation_id=person.organisation_id, account_id=person.account_id)
    own = {group_id for cohort_id, group_id, _name in known if cohort_id == cohort.id}
    if not own:
        raise NotAllowed(N_("You have no group in this cohort."))
    return own
