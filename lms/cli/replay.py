"""`lms replay`: whose result changes by another version of the programme, or by a file or draft; nothing is written."""

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from uuid import UUID

import click
from sqlalchemy.orm import Session

from lms.cli import options
from lms.cli.cohorts import text_of
from lms.cli.house import is_watched, opened, organisation_of, say
from lms.clock import now
from lms.dashboards.replay_csv import as_csv
from lms.dashboards.replay_words import sentence
from lms.db import reading
from lms.programme import queries as programmes
from lms.programme.queries import CohortInfo, Enrolled
from lms.programme.rules import Programme, parse_programme
from lms.progress.comparison import Compared, Standing, tally
from lms.progress.replay_queries import Told, replayed
from lms.web.formats import Formatter, formatter

Line = tuple[Enrolled, Compared]


@click.command()
@click.argument("cohort_code", metavar="COHORT")
@click.option("--version", type=click.IntRange(min=1), help="The number of another version of its programme.")
@click.option("--file", "path", type=options.FILE, help="A programme file (TOML) that is not published.")
@click.option("--draft", "draft_id", type=click.UUID, help="The id of a draft, which is in the address of its page.")
@click.option("--as-of", type=options.MOMENT, help="The moment that both are to show; without it, now.")
@click.option("--csv", "table", is_flag=True, help="Write a table of everybody to standard output instead.")
@options.organisation
def replay(
    cohort_code: str,
    version: int | None,
    path: str | None,
    draft_id: UUID | None,
    as_of: datetime | None,
    table: bool,
    organisation: str | None,
) -> None:
    """Tell whose result in COHORT changes by another version, and why. Nothing is written.

    It takes exactly one of --version, --file and --draft. Whoever changes stands on standard output, the counts on
    standard error.

    \b
    Example: lms replay III --file next.toml
    """
    if sum(one is not None for one in (version, path, draft_id)) != 1:
        raise click.UsageError("Name exactly one of --version, --file and --draft.")
    text = None if path is None else text_of(Path(path))
    moment = as_of or now()
    with opened():
        session = reading()
        organisation_id = organisation_of(session, organisation)
        cohort = programmes.cohort_by_code(session, organisation_id=organisation_id, code=cohort_code)
        found = _programme(session, organisation_id, cohort, version=version, text=text, draft_id=draft_id)
        with _progress() as told:
            lines = list(_lines(session, organisation_id, cohort, found, moment, told))
    write = formatter("en", cohort.time_zone)
    sys.stdout.writelines(as_csv(lines, write=write, translate=str) if table else _told(lines, write))
    _count(lines)


def _programme(
    session: Session,
    organisation_id: int,
    cohort: CohortInfo,
    *,
    version: int | None,
    text: str | None,
    draft_id: UUID | None,
) -> Programme:
    if draft_id is not None:
        text = programmes.draft_text(session, organisation_id=organisation_id, draft_id=draft_id)
    if text is not None:
        return parse_programme(text)
    runs = programmes.programme_of(session, organisation_id=organisation_id, version_id=cohort.programme_version_id)
    other = programmes.version(session, organisation_id=organisation_id, code=runs.code, version=version)
    return programmes.parsed(other.content)


def _lines(
    session: Session, organisation_id: int, cohort: CohortInfo, found: Programme, as_of: datetime, told: Told
) -> Iterator[Line]:
    people = programmes.roster(session, organisation_id=organisation_id, cohort_id=cohort.id)
    return replayed(
        session,
        organisation_id=organisation_id,
        cohort_id=cohort.id,
        people=people,
        programme=found,
        as_of=as_of,
        told=told,
    )


@contextmanager
def _progress() -> Iterator[Told]:
    """What hears (people done, people in all): a bar for whoever watches."""
    if not is_watched():
        yield lambda done, total: None
        return
    with click.progressbar(length=1, label="replaying", file=sys.stderr) as bar:

        def told(done: int, total: int) -> None:
            bar.length = total
            bar.update(done - bar.pos)

        yield told


def _told(lines: Iterable[Line], write: Formatter) -> Iterator[str]:
    """Whoever changes: their figures before and after, then every cause."""
    for person, found in lines:
        if found.changes:
            yield f"{person.identifier} {person.name}: {', '.join(_changes(found.before, found.after, write))}\n"
            yield from (f"    {sentence(why, write=write, translate=str)}\n" for why in found.why)


def _changes(before: Standing, after: Standing, write: Formatter) -> Iterator[str]:
    for name in ("of_all", "so_far", "best_possible", "completion"):
        old, new = getattr(before, name), getattr(after, name)
        if old != new:
            yield f"{name.replace('_', ' ')} {write.figure(old)} -> {write.figure(new)}"
    for name, old, new in (
        ("status", before.status, after.status),
        ("predicate", before.predicate or "none", after.predicate or "none"),
        ("reasons", " ".join(before.reasons) or "none", " ".join(after.reasons) or "none"),
    ):
        if old != new:
            yield f"{name} {old} -> {new}"


def _count(lines: Iterable[Line]) -> None:
    found = tally(compared for _, compared in lines)
    say(
        f"{found.changed} of {found.people} results change: {found.better} better, {found.worse} worse,"
        f" {found.status} with another status or reason. Nothing was written."
    )
