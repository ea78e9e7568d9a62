"""`lms export` and `lms rebuild`: results out, and results anew; statements are in `export_statements`."""

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from itertools import chain
from pathlib import Path

import click
from flask import current_app
from sqlalchemy.orm import Session

from lms.assessment import service as assessment
from lms.attendance import service as attendance
from lms.cli import options
from lms.cli.export_statements import export_statements
from lms.cli.house import Trouble, is_watched, opened, organisation_of, say
from lms.clock import now
from lms.db import reading, retrying
from lms.exchange.export import export_results
from lms.exchange.results import FORMATS, Results
from lms.exchange.service import drain
from lms.overrides import service as overrides
from lms.programme import queries as programmes
from lms.progress import service as progress
from lms.progress.service import NewEvidence, Rebuilt
from lms.xapi import service as xapi


@click.group(short_help="Take results or statements out.")
def export() -> None:
    """Take results or statements out."""


@export.command("results")
@options.cohort
@click.option("--as-of", type=options.MOMENT, help="The moment they are to show; without it, now.")
@click.option(
    "--format", "kind", type=click.Choice(list(FORMATS)), help="csv, unless the name of the output says otherwise."
)
@click.option("--output", type=click.Path(dir_okay=False), help="The file to write; without it, standard output.")
@options.organisation
def results(
    cohort_code: str, as_of: datetime | None, kind: str | None, output: str | None, organisation: str | None
) -> None:
    """Write the results of a cohort: one row a person, in the order of the participants' file.

    \b
    Example: lms export results --cohort III --as-of 2026-06-09T08:00:00+07:00 --output results.csv
    """
    moment = now()
    with opened():
        found = _results(cohort_code, as_of or moment, moment, organisation)
    content = FORMATS[kind or _format_of(output)](found)
    if output is None:
        sys.stdout.buffer.write(content)
        return
    try:
        Path(output).write_bytes(content)
    except OSError as error:
        raise Trouble(f"{output} cannot be written: {error.strerror}.") from error
    say(f"The results of {len(found.rows)} people are in {output}.")


def _results(cohort_code: str, as_of: datetime, moment: datetime, organisation: str | None) -> Results:
    session = reading()
    organisation_id = organisation_of(session, organisation)
    cohort = programmes.cohort_by_code(session, organisation_id=organisation_id, code=cohort_code)
    return export_results(
        organisation_id=organisation_id,
        cohort_id=cohort.id,
        dialects=current_app.extensions["dialects"],
        as_of=as_of,
        now=moment,
    )


def _format_of(output: str | None) -> str:
    ending = Path(output or "").suffix.lower().removeprefix(".")
    return ending if ending in FORMATS else "csv"


@click.command()
@click.option(
    "--cohort", "cohort_code", metavar="CODE", help="Only fold this cohort's results anew, from their evidence."
)
@options.organisation
def rebuild(cohort_code: str | None, organisation: str | None) -> None:
    """Make all evidence and results anew from statements, marks and scores. It should change nothing.

    \b
    Example: lms rebuild
    """
    with opened():
        organisation_id = organisation_of(reading(), organisation)
        if cohort_code is not None:
            cohort = programmes.cohort_by_code(reading(), organisation_id=organisation_id, code=cohort_code)
            retrying(partial(progress.refold, organisation_id=organisation_id, cohort_id=cohort.id, now=now()))
            say(f"The results of {cohort_code} were folded anew.")
            return
        drain(organisation_id=organisation_id, dialects=current_app.extensions["dialects"], now=now())
        done = retrying(partial(rebuilt, organisation_id=organisation_id, moment=now()))
    say(
        f"Results folded anew: {done.results}, of which changed: {done.results_changed}."
        f" Pieces of evidence changed: {done.evidence_changed}."
    )


def rebuilt(session: Session, *, organisation_id: int, moment: datetime) -> Rebuilt:
    """What the command does in one transaction."""
    with _collecting_later():
        return progress.rebuild(
            session,
            organisation_id=organisation_id,
            replayed=_replayed(session, organisation_id),
            now=moment,
            told=_tell if is_watched() else None,
        )


@contextmanager
def _collecting_later() -> Iterator[None]:
    """All the evidence is held meanwhile. To look through it for cycles, of which it has none, whenever it has grown,
    would be a third of the work."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _replayed(session: Session, organisation_id: int) -> Iterator[NewEvidence]:
    dialects = current_app.extensions["dialects"]
    return chain(
        xapi.replay(session, organisation_id=organisation_id, dialects=dialects),
        attendance.replay(session, organisation_id=organisation_id),
        assessment.replay(session, organisation_id=organisation_id),
        overrides.replay(session, organisation_id=organisation_id),
    )


def _tell(done: int, total: int) -> None:
    click.echo(f"\r{done} of {total}", nl=done == total, err=True)


export.add_command(export_statements)
