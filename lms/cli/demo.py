"""`lms demo`: a made-up city to look at, with a finished batch and a running one."""

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

import click

from lms import db
from lms.cli.house import INTERRUPTED, Trouble, explained, is_watched, opened, say, settings
from lms.cli.scratch import clear, require_own
from lms.clock import now
from lms.db import reading
from lms.demo import figures, rules, seeding, stage
from lms.demo.mooc import NotTaken, Told
from lms.demo.server import HOST, NotServing, is_free, serving
from lms.demo.values import Batch
from lms.people.rules import PARTICIPANT
from lms.settings import ROOT, Settings

DATABASE = f"sqlite:///{ROOT / 'var' / 'demo.db'}"
LOG = ROOT / "var" / "demo-server.log"
LINES_APART = 250


@click.command()
@click.option("--no-serve", is_flag=True, help="Stop after the figures are shown.")
@click.option("--reset", is_flag=True, help="Start afresh: forget the demo that is there.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535), help="The port to listen on.")
@click.option("--seed", default=1, show_default=True, help="Another number makes other people and other scores.")
def demo(no_serve: bool, reset: bool, port: int, seed: int) -> None:
    """Show Padu with a made-up city: a finished batch, and one that is running.

    It fills a database of its own (var/demo.db, or the one that LMS_DATABASE_URL names, if that is empty), serves it,
    and has a MOOC send its statements over HTTP. Running it again goes on with what is there.

    \b
    Example: lms demo --port 8080
    """
    for end in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(end, _interrupt)
    try:
        _show(no_serve=no_serve, reset=reset, port=port, seed=seed)
    except KeyboardInterrupt:
        say("\nInterrupted: run the command again to go on.")
        sys.exit(INTERRUPTED)
    except NotServing as error:
        raise Trouble(str(error)) from error
    except NotTaken as error:
        raise Trouble(f"The MOOC could not send everything: {error}") from error


def _interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


def _show(*, no_serve: bool, reset: bool, port: int, seed: int) -> None:
    if not is_free(port):
        raise Trouble(f"Port {port} is taken by another program; choose another one with --port.")
    chosen = _settings(port)
    _prepare(chosen.database_url, reset=reset)
    address = f"http://{HOST}:{port}"
    with opened():
        brought = stage.bring_in(seed=seed, now=now(), told=_tell_batch)
        with serving(port, environment=_environment(chosen), log=LOG) as server:
            with _progress(len(brought.story.sent_before) + len(brought.story.sent_lately)) as told:
                stage.send(brought, address=address, told=told)
            _print(brought, chosen.public_url)
            reading().rollback()
            if not no_serve:
                _wait(server.wait)


def _settings(port: int) -> Settings:
    """The settings of the demo and of its server, which reads them from the same environment."""
    os.environ.setdefault("LMS_DATABASE_URL", DATABASE)
    os.environ.setdefault("LMS_PUBLIC_URL", f"http://{HOST}:{port}")
    with explained():
        chosen, wanted = settings(), Settings.from_env(os.environ)
    if chosen.database_url != wanted.database_url:
        raise Trouble(
            "config.py names a database of its own, which the demo must not fill; have it read the environment."
        )
    return chosen


def _environment(chosen: Settings) -> dict[str, str]:
    return {"LMS_DATABASE_URL": chosen.database_url, "LMS_PUBLIC_URL": chosen.public_url}


def _prepare(url: str, *, reset: bool) -> None:
    """The demo's database with all its tables, empty after `reset`."""
    with explained():
        require_own(url, slug=seeding.SLUG, what="the demo")
        if reset:
            clear(url)
        db.upgrade(url)


def _tell_batch(batch: Batch) -> None:
    say(f"{batch.name}: {len(batch.people)} people, their registers and their scores")


@contextmanager
def _progress(total: int) -> Iterator[Told]:
    """A bar for whoever watches, and a line now and then for a log."""
    label = "The MOOC sends its statements"
    if is_watched():
        with click.progressbar(length=total, label=label, file=sys.stderr) as bar:
            yield bar.update
        return
    sent = 0

    def told(more: int) -> None:
        nonlocal sent
        before, sent = sent, sent + more
        if sent == total or before // LINES_APART < sent // LINES_APART:
            say(f"{label}: {sent} of {total}")

    yield told


def _print(brought: stage.Brought, address: str) -> None:
    click.echo()
    for line in figures.told(figures.comparison(reading(), organisation_id=brought.organisation_id)):
        click.echo(line)
    click.echo(f"\nOpen {address}/sign-in; every password is: {seeding.PASSWORD}")
    for one in seeding.STAFF:
        groups = f"groups {' and '.join(one.groups)}" if one.groups else ""
        click.echo(f"  {one.role:12}{one.email:34}{groups}")
    for person in brought.story.running.people[: seeding.ENTRANTS]:
        click.echo(f"  {PARTICIPANT:12}{person.identifier:34}{person.name}, {person.profile}")
    click.echo(f"\n{address}/cohorts/{rules.RUNNING}   the running batch")
    click.echo(f"{address}/waiting       statements that do not count yet\n")


def _wait(server: Callable[[], int]) -> None:
    try:
        say("Ctrl-C stops it.")
        server()
    except KeyboardInterrupt:
        say("\nThe demo has stopped; run the command again to go on with it.")
        return
    raise NotServing(f"The server has ended by itself; {LOG} says why.")
