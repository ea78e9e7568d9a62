"""`lms import`: the files people bring; statements are in `import_statements`."""

from functools import partial
from pathlib import Path

import click

from lms.cli import options
from lms.cli.house import opened, organisation_of, say
from lms.cli.import_statements import import_statements
from lms.clock import now
from lms.db import reading, retrying
from lms.exchange.readers import MOST_BYTES
from lms.exchange.service import Options, Report, import_file, trial
from lms.programme import queries as programmes

COLUMNS = {
    "participants": "identifier, name, email, group, category, unit",
    "sessions": "code, title, starts_at, ends_at (ISO 8601 with offset), jp, group",
    "attendance": "session, identifier, status, minutes_late, remark",
    "assessments": "component, identifier, score, remark, date",
    "ratings": "component, identifier, assessor (e-mail), one for each criterion by its key, remark",
    "scans": "identifier, scanned_at (ISO 8601; without an offset of the cohort's time zone)",
}
WHY_LOOSE = {
    "unknown": "nobody in this cohort has this identifier",
    "no_session": "no session at that time",
    "other_group": "the session at that time is for another group",
    "cancelled": "the session at that time is cancelled",
}
TRIAL = click.option("--dry-run", is_flag=True, help="Do everything, tell what would change, and undo it.")


@click.group("import", short_help="Bring in participants, sessions, attendance, assessments or statements.")
def imports() -> None:
    """Bring in participants, sessions, attendance, assessments or statements.

    An import of a table is all or nothing, one of statements goes on where it was interrupted. The same file again
    changes nothing.
    """


def _add_import(kind: str, columns: str) -> None:
    @imports.command(
        kind,
        short_help=f"Bring in {kind} (CSV or XLSX).",
        help=f"Bring in the {kind} of a cohort from FILE (CSV in UTF-8, or XLSX).\n\n"
        f"Columns: {columns}.\n\n\b\nExample: lms import {kind} --cohort III {kind}.csv",
    )
    @options.cohort
    @click.argument("file", type=options.FILE)
    @TRIAL
    @options.organisation
    def command(cohort_code: str, file: str, dry_run: bool, organisation: str | None) -> None:
        _import(kind, cohort_code, Path(file), dry_run=dry_run, organisation=organisation)


for _kind, _columns in COLUMNS.items():
    _add_import(_kind, _columns)


@imports.command("live-log", short_help="Bring in who joined and left a live class (CSV or XLSX).")
@options.cohort
@click.option("--session", "session_code", metavar="CODE", required=True, help="The session's code.")
@click.argument("file", type=options.FILE)
@TRIAL
@options.organisation
def live_log(cohort_code: str, session_code: str, file: str, dry_run: bool, organisation: str | None) -> None:
    """Bring in FILE, the attendance file of a conference service: who joined and left the class of a session when.

    Time becomes minutes, and minutes a status by the rules of the cohort. Whom a line means is told by the identifier,
    the e-mail address or the name; who is not known is listed, and can be matched on the page of imports.

    \b
    Example: lms import live-log --cohort III --session S01 attendance.csv
    """
    said = Options(session_code=session_code)
    _import("live-log", cohort_code, Path(file), dry_run=dry_run, organisation=organisation, said=said)


def _import(
    kind: str, cohort_code: str, path: Path, *, dry_run: bool, organisation: str | None, said: Options | None = None
) -> None:
    with path.open("rb") as file:
        content = file.read(MOST_BYTES + 1)
    with opened():
        organisation_id = organisation_of(reading(), organisation)
        cohort = programmes.cohort_by_code(reading(), organisation_id=organisation_id, code=cohort_code)
        work = partial(
            import_file,
            kind=kind,
            organisation_id=organisation_id,
            cohort_id=cohort.id,
            filename=path.name,
            content=content,
            recorded_by=None,
            now=now(),
            options=said,
        )
        report = trial(work) if dry_run else retrying(work)
    _tell(report)
    counts = f"{report.added} added, {report.changed} changed, {report.unchanged} unchanged"
    say(f"{kind}: {report.rows} rows, {counts}." + (" Nothing was written: this was a trial." if dry_run else ""))


def _tell(report: Report) -> None:
    """Everything in the file that marks nobody, so that nothing is dropped silently."""
    for loose in report.done.loose:
        say(f"line {loose.line}: {loose.who} at {loose.at.isoformat()} marks nobody: {WHY_LOOSE[loose.why]}.")
    if report.done.repeated:
        scans = "1 scan repeats" if report.done.repeated == 1 else f"{report.done.repeated} scans repeat"
        say(f"{scans} an earlier one; the first counts.")
    for unmatched in report.done.unmatched:
        say(f"{unmatched.who}, {unmatched.minutes} minutes: nobody of the cohort for sure; kept, but marks nobody.")
    for person in report.done.missing:
        say(f"{person.identifier} {person.name} does not stand in the log.")


imports.add_command(import_statements)
