"""`lms bench ingest`: how fast statements are taken in on this machine, beside what the database itself could do."""

import click

from lms.bench import building, ingest, ingest_rules, projecting
from lms.bench.scratch import place
from lms.bench.traffic import Sender
from lms.cli.bench_house import bench_options, conclude, scratch, served
from lms.cli.house import opened, say
from lms.clock import now
from lms.db import reading


@click.command("ingest")
@bench_options
@click.option("--seconds", default=5.0, show_default=True, type=click.FloatRange(0.2, 600), help="For each figure.")
@click.option(
    "--people",
    default=1000,
    show_default=True,
    type=click.IntRange(10, 100_000),
    help="How many are enrolled where projection is measured.",
)
def bench_ingest(as_json: bool, check: bool, database: str | None, seconds: float, people: int) -> None:
    """Measure how fast statements are taken in over HTTP, beside the floor, and how soon they show.

    It starts a server of two workers on a database of its own, and sends statements of about a kilobyte: in batches of
    50 and of 500, and one at a time on 1, 8 and 32 connections. The floor is what the database does with the very same
    rows and links: binary COPY on one connection for batches and an INSERT each for single ones; executemany on SQLite.
    Then, at half of the best rate, it follows statements that count until the result is there.

    The goals: half of the floor for batches and for one at a time on 32 connections; as many SQL statements for a batch
    of 500 as for one; a process of the server stays under 250 MB; figures show within a second at p99.

    \b
    Example: lms bench ingest --database postgresql://padu@localhost/postgres --check
    """
    with scratch(database) as url:
        measured = _measure(url, seconds=seconds, people=people)
    missed = list(ingest_rules.misses(measured))
    conclude(ingest_rules.report(measured), ingest_rules.table(measured), missed, as_json=as_json, check=check)


def _measure(url: str, *, seconds: float, people: int) -> ingest_rules.Measured:
    with opened() as app:
        organisation_id = building.build(sizes=[people], now=now(), told=lambda size: say(f"Enrolling {size} people"))
        key, secret = ingest.credential(organisation_id)
        sql = ingest.sql_statements(app, key=key, secret=secret)
        learners = projecting.classroom(reading(), organisation_id=organisation_id, code=str(people))
    with served(url) as (address, server_id):
        sender = Sender(address=address, key=key, secret=secret)
        lines = list(ingest.measure(url, organisation_id=organisation_id, sender=sender, seconds=seconds, told=say))
        say("How soon figures show")
        projection = projecting.measure(
            url,
            organisation_id=organisation_id,
            sender=sender,
            learners=learners,
            wanted=max(1, ingest.top(lines) // 2),
            seconds=seconds,
        )
        processes = ingest.processes(server_id)
    return ingest_rules.Measured(lines=lines, processes=processes, sql=sql, projection=projection, place=place(url))
