"""`lms import`: the files people bring, and statements."""

import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import click
from flask import current_app

from lms.cli import options
from lms.cli.house import Refused, is_watched, opened, organisation_of, say, settings
from lms.clock import now
from lms.db import reading, retrying
from lms.errors import DomainError
from lms.exchange import statements
from lms.exchange.readers import MOST_BYTES
from lms.exchange.service import drain, import_file, trial
from lms.exchange.statements import Line
from lms.programme import queries as programmes
from lms.xapi import service as xapi
from lms.xapi.rules import Prepared

COLUMNS = {
    "participants": "identifier, name, email, group, category, unit",
    "sessions": "code, title, starts_at, ends_at (ISO 8601 with offset), jp, group",
    "attendance": "session, identifier, status, minutes_late, remark",
    "assessments": "component, identifier, score, remark, date",
}
TRIAL = click.option("--dry-run", is_flag=True, help="Do everything, tell what would change, and undo it.")


@click.group("import", short_help="Bring in participants, sessions, attendance, assessments or statements.")
def imports() -> None:
    """Bring in participants, sessions, attendance, assessments or statements.

    An import is all or nothing, and the same file again changes nothing.
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


def _import(kind: str, cohort_code: str, path: Path, *, dry_run: bool, organisation: str | None) -> None:
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
        )
        report = trial(work) if dry_run else retrying(work)
    counts = f"{report.added} added, {report.changed} changed, {report.unchanged} unchanged"
    say(f"{kind}: {report.rows} rows, {counts}." + (" Nothing was written: this was a trial." if dry_run else ""))


@imports.command("statements", short_help="Bring in xAPI statements (JSON Lines, or a JSON array).")
@click.argument("file", type=options.FILE)
@click.option("--dry-run", is_flag=True, help="Check every statement, and store none.")
@options.organisation
def import_statements(file: str, dry_run: bool, organisation: str | None) -> None:
    """Bring in the xAPI statements of FILE: one a line (JSON Lines), or one JSON array.

    Every statement is checked before the first is stored. They are stored 500 at a time; should it be interrupted,
    run it again: what is stored already is skipped.

    \b
    Example: lms import statements statements.jsonl
    """
    path, moment = Path(file), now()
    with opened():
        organisation_id = organisation_of(reading(), organisation)
        authority = statements.authority(settings().public_url)
        checked = _check(path, moment, authority)
        if dry_run:
            say(f"statements: {checked} are valid. Nothing was written: this was a trial.")
            return
        _store(path, organisation_id, moment, authority, checked)


def _check(path: Path, moment: datetime, authority: Mapping[str, Any]) -> int:
    """How many statements the file holds; raises Refused after telling everything that is wrong with them."""
    wrong = seen = 0
    with _progress(path, "Checking") as lines:
        for line in lines:
            seen += 1
            for problem in statements.problems([line], now=moment, authority=authority):
                say(str(problem))
                wrong += 1
    if wrong:
        raise Refused(f"{wrong} of {seen} statements are wrong; nothing was stored.")
    return seen


def _store(path: Path, organisation_id: int, moment: datetime, authority: Mapping[str, Any], total: int) -> None:
    stored = done = 0
    with _progress(path, "Storing") as lines:
        for batch in statements.batches(lines, now=moment, authority=authority):
            try:
                stored += _store_batch(organisation_id, batch)
            except DomainError as error:
                raise Refused(f"{error}\n{stored} statements before it are stored; the others are not.") from error
            done += len(batch)
    drain(organisation_id=organisation_id, dialects=current_app.extensions["dialects"], now=now())
    say(f"statements: {total} read, {stored} added, {total - stored} known already.")


def _store_batch(organisation_id: int, batch: list[Prepared]) -> int:
    """How many of them are new."""
    done = retrying(
        lambda session: xapi.store_one(session, organisation_id=organisation_id, prepared=batch, credential_id=None)
    )
    return len(done.new)


@contextmanager
def _progress(path: Path, label: str) -> Iterator[Iterable[Line]]:
    """The file's statements, with a bar for whoever watches."""
    if not is_watched():
        yield statements.read_statements(path)
        return
    bar: AbstractContextManager[Any] = click.progressbar(length=path.stat().st_size, label=label, file=sys.stderr)
    with bar as shown:

        def told() -> Iterator[Line]:
            before = 0
            for line in statements.read_statements(path):
                yield line
                shown.update(line.ends - before)
                before = line.ends

        yield told()
