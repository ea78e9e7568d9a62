"""`lms bench`: how fast the product is on this machine."""

import json
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import click

from lms import db
from lms.bench import building, pages, rules
from lms.cli.bench_check_in import bench_check_in
from lms.cli.bench_ingest import bench_ingest
from lms.cli.bench_query import bench_query
from lms.cli.bench_results import bench_results
from lms.cli.house import REFUSED, Trouble, explained, is_watched, opened, say, settings
from lms.cli.scratch import require_own
from lms.clock import now
from lms.demo.mooc import Told
from lms.settings import Settings

SIZES = (40, 1000)


@click.group(short_help="Measure how fast Padu is on this machine.")
def bench() -> None:
    """Measure how fast Padu is on this machine."""


bench.add_command(bench_check_in)
bench.add_command(bench_ingest)
bench.add_command(bench_query)
bench.add_command(bench_results)


@bench.command("pages")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--check", is_flag=True, help="Exit with 1 if a figure misses its goal, and name each that does.")
@click.option("--database", metavar="URL", help="An empty database to build in; without it, a temporary SQLite file.")
@click.option(
    "--requests", default=200, show_default=True, type=click.IntRange(20, 100_000), help="Requests of each cohort."
)
@click.pass_context
def bench_pages(ctx: click.Context, as_json: bool, check: bool, database: str | None, requests: int) -> None:
    """Measure the page of a cohort of 40 people and of one of 1,000, the first 50 people shown.

    It builds both cohorts with modules, marks and scores in a database of its own, signs a manager in, and asks for the
    two pages in turn. Measured is the server's time for a request within this process: signing in, SQL and rendering,
    without a network. The goals: p95 under 80 ms, and at most 8 queries. A database that it built before is used again.

    \b
    Example: lms bench pages --check
    """
    with _database(database) as url:
        ctx.obj = replace(settings(), database_url=url)
        measured = _measure(url, requests)
    missed = list(rules.misses(measured, rules.GOAL))
    told = json.dumps(rules.report(measured, rules.GOAL)) if as_json else "\n".join(rules.table(measured, rules.GOAL))
    click.echo(told)
    if check and missed:
        for sentence in missed:
            say(sentence)
        ctx.exit(REFUSED)


@contextmanager
def _database(given: str | None) -> Iterator[str]:
    """The URL of the database to build in: the given one, or that of a file which is removed at the end."""
    if given is not None:
        with explained():
            url = Settings.from_env({**os.environ, "LMS_DATABASE_URL": given}).database_url
        yield url
        return
    with tempfile.TemporaryDirectory() as folder:
        yield f"sqlite:///{Path(folder) / 'bench.db'}"


def _measure(url: str, requests: int) -> list[rules.Measured]:
    with explained():
        require_own(url, slug=building.SLUG, what="the bench")
        db.upgrade(url)
    with opened() as app:
        organisation_id = building.build(sizes=SIZES, now=now(), told=lambda size: say(f"Building a cohort of {size}"))
        try:
            with _progress(requests + pages.WARM_UP) as told:
                return pages.measure(app, organisation_id=organisation_id, sizes=SIZES, requests=requests, told=told)
        except pages.NotShown as error:
            raise Trouble(str(error)) from error


@contextmanager
def _progress(total: int) -> Iterator[Told]:
    label = "Showing both pages"
    if not is_watched():
        say(f"{label} {total} times")
        yield lambda _more: None
        return
    with click.progressbar(length=total, label=label, file=sys.stderr) as bar:
        yield bar.update
