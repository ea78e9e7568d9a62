"""`lms bench query`: whether GET /statements takes as long in a large store as in a small one."""

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta

import click

from lms.bench import asking, building, query_rules, sizes, stock
from lms.bench.ingest import credential
from lms.bench.scratch import place, settle
from lms.bench.traffic import Sender
from lms.cli.bench_house import bench_options, conclude, scratch, served
from lms.cli.house import Trouble, is_watched, opened, say
from lms.clock import now
from lms.db import open_engine
from lms.demo.mooc import Told


@click.command("query")
@bench_options
@click.option(
    "--statements",
    default=1_000_000,
    show_default=True,
    type=click.IntRange(2 * query_rules.SMALLEST, 100_000_000),
    help="Statements of the large store; the small one has a hundredth.",
)
@click.option(
    "--requests", default=200, show_default=True, type=click.IntRange(20, 100_000), help="Requests of each query."
)
def bench_query(as_json: bool, check: bool, database: str | None, statements: int, requests: int) -> None:
    """Measure GET /statements among 10,000 and among 1,000,000 statements.

    It fills two databases of its own, starts a server on each, and asks both in turn: for the newest 50; by agent, by
    a rare one, by one who is named elsewhere; by activity, by one that is named elsewhere; by verb; by registration;
    since a moment; for page 20. The goal: p95 in the large store is at most 1.5 times that in the small one.

    \b
    Example: lms bench query --database postgresql://padu@localhost/postgres --check
    """
    with ExitStack() as open_ones:
        stores = [open_ones.enter_context(_store(database, size)) for size in query_rules.sizes(statements)]
        try:
            with _progress("Asking", len(asking.WISHES)) as told:
                small, large = asking.ask(stores, requests=requests, told=told)
        except asking.NotFound as error:
            raise Trouble(str(error)) from error
        engine = stores[-1].engine
        found = place(engine.url.render_as_string(hide_password=False))
        measured = query_rules.Measured(small=small, large=large, written=sizes.written(engine), place=found)
    missed = list(query_rules.misses(measured))
    conclude(query_rules.report(measured), query_rules.table(measured), missed, as_json=as_json, check=check)


@contextmanager
def _store(database: str | None, size: int) -> Iterator[asking.Store]:
    """A store of so many statements with its server."""
    began = now() - timedelta(hours=1) - (stock.stored(size, began=now()) - now())
    with scratch(database) as url:
        with opened():
            organisation_id = building.add_house(now=now())
            key, secret = credential(organisation_id)
        with _progress(f"Storing {size:,} statements", size) as told:
            stock.fill(url, organisation_id=organisation_id, total=size, began=began, told=told)
        settle(url)
        engine = open_engine(url)
        try:
            with served(url) as (address, _):
                yield asking.Store(
                    sender=Sender(address=address, key=key, secret=secret),
                    engine=engine,
                    organisation_id=organisation_id,
                    statements=size,
                    began=began,
                )
        finally:
            engine.dispose()


@contextmanager
def _progress(label: str, total: int) -> Iterator[Told]:
    if not is_watched():
        say(label)
        yield lambda _more: None
        return
    with click.progressbar(length=total, label=label, file=sys.stderr) as bar:
        yield bar.update
