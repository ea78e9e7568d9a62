"""`lms bench ingest`: how fast statements are taken in on this machine, beside what the database itself could do."""

import json
import os
import socket
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import click
from sqlalchemy.exc import DBAPIError

from lms import db
from lms.bench import ingest, ingest_rules
from lms.bench.traffic import Sender
from lms.cli.house import REFUSED, Trouble, explained, opened, say, settings
from lms.demo.server import NotServing, serving
from lms.settings import Settings


@click.command("ingest")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--check", is_flag=True, help="Exit with 1 if a figure misses its goal, and name each that does.")
@click.option(
    "--database",
    metavar="URL",
    help="A PostgreSQL server to measure on: a scratch database is made beside the one named, and dropped; "
    "without it, a temporary SQLite file.",
)
@click.option("--seconds", default=5.0, show_default=True, type=click.FloatRange(0.2, 600), help="For each figure.")
@click.pass_context
def bench_ingest(ctx: click.Context, as_json: bool, check: bool, database: str | None, seconds: float) -> None:
    """Measure how fast statements are taken in over HTTP, beside the floor.

    It starts a server of two processes on a database of its own, and sends statements of about a kilobyte: in batches
    of 50 and of 500, and one at a time on 1, 8 and 32 connections. The floor is what the database does with the very
    same rows and links: binary COPY on PostgreSQL, executemany on SQLite, one transaction each. The goals: half of the
    floor for batches, and for one at a time on 32 connections; a process of the server stays under 250 MB.

    \b
    Example: lms bench ingest --database postgresql://padu@localhost/postgres --check
    """
    with tempfile.TemporaryDirectory() as folder, _database(database, Path(folder)) as url:
        ctx.obj = replace(settings(), database_url=url)
        lines, memory = _measure(url, seconds, Path(folder) / "server.log")
    missed = list(ingest_rules.misses(lines, memory))
    told = json.dumps(ingest_rules.report(lines, memory)) if as_json else "\n".join(ingest_rules.table(lines, memory))
    click.echo(told)
    if check and missed:
        for sentence in missed:
            say(sentence)
        ctx.exit(REFUSED)


@contextmanager
def _database(given: str | None, folder: Path) -> Iterator[str]:
    if given is None:
        yield f"sqlite:///{folder / 'bench.db'}"
        return
    with explained():
        url = Settings.from_env({**os.environ, "LMS_DATABASE_URL": given}).database_url
    if url.startswith("sqlite"):
        raise Trouble("--database names a PostgreSQL server; without it, the bench makes an SQLite file of its own.")
    try:
        with ingest.scratch_database(url) as scratch:
            yield scratch
    except DBAPIError as error:
        raise Trouble(f"The scratch database could not be made or dropped: {error.orig}") from error


def _measure(url: str, seconds: float, log: Path) -> tuple[list[ingest_rules.Line], list[int]]:
    with explained():
        db.upgrade(url)
    with opened():
        organisation_id, key, secret = ingest.tenant()
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:
        port = int(listening.getsockname()[1])
    sender = Sender(address=f"http://127.0.0.1:{port}", key=key, secret=secret)
    environment = {"LMS_DATABASE_URL": url.replace("postgresql+psycopg://", "postgresql://"), "LMS_PUBLIC_URL": ""}
    try:
        with serving(port, environment=environment, log=log) as server:
            lines = list(ingest.measure(url, organisation_id=organisation_id, sender=sender, seconds=seconds, told=say))
            return lines, sorted(ingest.memory(server.pid).values())
    except (NotServing, OSError) as error:
        raise Trouble(str(error)) from error
