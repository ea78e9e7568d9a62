"""The addresses of exchange: files people bring into a cohort, and results they take out."""

from dataclasses import dataclass, replace
from functools import partial
from io import BytesIO
from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from lms.clock import now
from lms.db import reading
from lms.errors import N_, DomainError, NotFound, Problems
from lms.exchange import cells
from lms.exchange.export import export_results
from lms.exchange.forms import ImportForm
from lms.exchange.results import FORMATS, MIME_TYPES, Results
from lms.exchange.rules import KINDS
from lms.exchange.service import import_as_tried, trial
from lms.exchange.service import import_file as bring
from lms.exchange.targets import Options, Report
from lms.exchange.uploads import Upload, kept, taken
from lms.people.guards import allowed, current
from lms.people.rules import FACILITATOR, MANAGERS, STAFF_ROLES
from lms.programme import queries as programmes
from lms.programme.queries import CohortInfo, TimetableSession
from lms.settings import Settings

SHOWN_PROBLEMS = 200
"""Lines of each list that a page shows at most; the others are counted."""
MARK = "\ufeff".encode()

blueprint = Blueprint("exchange", __name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class Brought:
    """What became of an upload: the report of what was `written` or only tried, or what is wrong.

    `outdated` is that something else was recorded since the trial that the user saw.
    """

    upload: Upload
    options: Options
    report: Report | None = None
    problems: tuple[DomainError, ...] = ()
    written: bool = False
    outdated: bool = False


@blueprint.route("/cohorts/<code>/import/<kind>", methods=["GET", "POST"])
@allowed(*MANAGERS)
def import_file(code: str, kind: str) -> ResponseReturnValue:
    """Bring a file in, or try it."""
    cohort, form = _cohort(code, kind), ImportForm()
    if not form.is_submitted():
        return _page(cohort, kind, form)
    try:
        brought = _brought(cohort, kind, form) if form.validate() else None
    except DomainError as refused:
        form.blame(refused)
        brought = None
    return _answered(cohort, kind, form, brought)


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


def _brought(cohort: CohortInfo, kind: str, form: ImportForm) -> Brought:
    """What the file came to. It is only tried where that was asked for, or where the trial it comes from is outdated.

    Raises DomainError where the form does not say all that is needed.
    """
    upload, options, person = _upload(cohort, kind, form), form.options(), current()
    work = partial(
        bring,
        kind=kind,
        organisation_id=person.organisation_id,
        cohort_id=cohort.id,
        filename=upload.filename,
        content=upload.content,
        recorded_by=person.account_id,
        now=now(),
        options=options,
    )
    told = partial(Brought, upload=upload, options=options)
    try:
        if form.trial.data:
            return told(report=trial(work))
        report = import_as_tried(work, fingerprint=upload.fingerprint)
        return told(report=report or trial(work), written=report is not None, outdated=report is None)
    except Problems as found:
        # What is wrong with the form itself is told at its field.
        if all(problem.place in form._fields for problem in found.problems):
            raise
        return told(problems=found.problems)


def _upload(cohort: CohortInfo, kind: str, form: ImportForm) -> Upload:
    if form.file.data:
        return Upload(filename=form.file.data.filename or "", content=form.file.data.read())
    if form.text.data:
        return Upload(filename=gettext("pasted text"), content=form.text.data.encode())
    return taken(form.kept.data or "", secret=_secret(), purpose=_purpose(cohort, kind))


def _secret() -> str:
    settings: Settings = current_app.extensions["settings"]
    return settings.secret_key


def _purpose(cohort: CohortInfo, kind: str) -> str:
    person = current()
    return f"{person.organisation_id} {person.account_id} {cohort.id} {kind}"


def _answered(cohort: CohortInfo, kind: str, form: ImportForm, brought: Brought | None) -> ResponseReturnValue:
    """The page; the same one anew after an import that leaves nothing to be told."""
    if brought is None or brought.report is None:
        return _page(cohort, kind, form, brought), 422
    if not brought.written or brought.report.done.leaves_something:
        return _page(cohort, kind, form, brought)
    flash(_told(brought.report), "success")
    return redirect(url_for("exchange.import_file", code=cohort.code, kind=kind), 303)


def _page(cohort: CohortInfo, kind: str, form: ImportForm, brought: Brought | None = None) -> str:
    report = None if brought is None else brought.report
    problems = () if brought is None else brought.problems
    again = ""
    if brought is not None and report is not None:
        tried = replace(brought.upload, fingerprint=report.fingerprint)
        again = kept(tried, secret=_secret(), purpose=_purpose(cohort, kind))
    return render_template(
        "exchange/import.html",
        cohort=cohort,
        kind=kind,
        kinds=KINDS,
        form=form,
        problems=problems[:SHOWN_PROBLEMS],
        more=max(0, len(problems) - SHOWN_PROBLEMS),
        brought=brought,
        report=report,
        most=SHOWN_PROBLEMS,
        kept=again,
        chosen=form.session.data or request.args.get("session", ""),
        meetings=_meetings(cohort) if kind == "live-log" else (),
    )


def _meetings(cohort: CohortInfo) -> tuple[TimetableSession, ...]:
    """The sessions that a log may be of, the last one first."""
    timetable = programmes.timetable(reading(), organisation_id=current().organisation_id, cohort_id=cohort.id)
    return tuple(meeting for meeting in reversed(timetable) if meeting.cancelled_at is None)


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
    return programmes.own_group_ids(
        reading(), organisation_id=person.organisation_id, account_id=person.account_id, cohort_id=cohort.id
    )
