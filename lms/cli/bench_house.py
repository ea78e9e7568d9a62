"""What the benches of the record store share: options, a database to measure on, a server, and how they end."""

import json
import os
import signal
import socket
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import click

from lms import db
from lms.bench.inbox import NotCounted
from lms.bench.ingest import NotTaken
from lms.bench.scratch import NoScratch, scratch_database
from lms.cli.house import INTERRUPTED, REFUSED, Trouble, explained, say, settings
from lms.demo.server import NotServing, serving
from lms.settings import Settings

Command = TypeVar("Command", bound=Callable[..., Any])
HOST = "127.0.0.1"


def bench_options(command: Command) -> Command:
    """`--json`, `--check` and `--database`."""
    for option in (
        click.option(
            "--database",
            metavar="URL",
            help="Where to measure: a scratch database is made beside the one named, and dropped at the end; "
            "without it, a temporary SQLite file.",
        ),
        click.option("--check", is_flag=True, help="Exit with 1 if a figure misses its goal, and name each that does."),
        click.option("--json", "as_json", is_flag=True, help="Print one JSON object."),
    ):
        command = option(command)
    return command


@contextmanager
def scratch(given: str | None) -> Iterator[str]:
    """The URL of an empty database, gone at the end; also when the command is told to end."""
    signal.signal(signal.SIGTERM, _end)
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'bench.db'}"
        if given is not None:
            with explained():
                url = Settings.from_env({**os.environ, "LMS_DATABASE_URL": given}).database_url
        try:
            with scratch_database(url) as made:
                with explained():
                    db.upgrade(made)
                click.get_current_context().obj = replace(settings(), database_url=made)
                yield made
        except (NoScratch, NotServing, NotTaken, NotCounted, OSError) as error:
            raise Trouble(str(error)) from error


def _end(*_: object) -> None:
    raise SystemExit(INTERRUPTED)


@contextmanager
def served(url: str) -> Iterator[tuple[str, int]]:
    """The address and the process id of `serve` with two workers on the database, while it answers."""
    with closing(socket.create_server((HOST, 0))) as listening:
        port = int(listening.getsockname()[1])
    environment = {"LMS_DATABASE_URL": url.replace("postgresql+psycopg://", "postgresql://"), "LMS_PUBLIC_URL": ""}
    with (
        tempfile.TemporaryDirectory() as folder,
        serving(port, environment=environment, log=Path(folder) / "log") as one,
    ):
        yield f"http://{HOST}:{port}", one.pid


def conclude(
    report: dict[str, object], lines: Iterator[str], missed: Sequence[str], *, as_json: bool, check: bool
) -> None:
    """Print what was measured; end with 1 where it is checked and misses a goal."""
    click.echo(json.dumps(report) if as_json else "\n".join(lines))
    if check and missed:
        for sentence in missed:
            say(sentence)
        click.get_current_context().exit(REFUSED)
