"""`lms serve`: the web server, with the background work beside it."""

import logging
import multiprocessing
import os
import resource
import signal
import socket
import threading
from collections.abc import Sequence
from functools import partial
from multiprocessing import resource_tracker
from multiprocessing.context import SpawnProcess
from typing import Any
from urllib.parse import urlsplit

import click
from flask import Flask
from granian.constants import HTTPModes, Interfaces, Loops
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server.mp import MPServer

from lms import db
from lms.cli.check import LOOPBACK
from lms.cli.house import Trouble, explained, opened, say, settings
from lms.cli.worker import work
from lms.clock import now
from lms.people import queries as people
from lms.people import service as people_service
from lms.serving import application, collect_less
from lms.settings import ROOT, Settings

EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104  (an address to listen on, not one to open)
SECONDS_TO_STOP = 15
SECONDS_FOR_HEADERS = 10
CONNECTIONS = 8192
"""Connections that a process has at once. Each that waits costs it some kilobytes; further ones wait to be accepted."""
ENDED = (0, -signal.SIGTERM, -signal.SIGKILL)
"""Exit codes of a worker that somebody ended; any other is a failure of its own."""


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535), help="The port to listen on.")
@click.option("--workers", default=2, show_default=True, type=click.IntRange(1, 64), help="Web server processes.")
def serve(host: str, port: int, workers: int) -> None:
    """Serve the pages and the learning record store, and do the background work beside it.

    A database file (SQLite) is brought up to date by itself; on PostgreSQL, run `db upgrade` first.

    \b
    Example: lms serve --port 8000
    """
    _require_free(host, port)
    if host not in EVERYWHERE:
        # Links that are handed out must lead here, unless the operator knows of a better address.
        os.environ.setdefault("LMS_PUBLIC_URL", _address(host, port))
    with explained():
        chosen = settings()
        if chosen.is_sqlite:
            db.upgrade(chosen.database_url)
    with opened():
        code = _setup_code()
    beside = Beside(chosen)
    server = Web(
        "wsgi:application",
        address=host,
        port=port,
        interface=Interfaces.RSGI,
        loop=Loops.auto,
        # By HTTP/2 a body that breaks off cannot be told from one that ends.
        http=HTTPModes.http1,
        workers=workers,
        log_level=LogLevels.error,
        http1_settings=HTTP1Settings(header_read_timeout=SECONDS_FOR_HEADERS * 1000),
        respawn_failed_workers=True,
        workers_kill_timeout=SECONDS_TO_STOP,
        websockets=False,
        backpressure=CONNECTIONS,
        working_dir=ROOT,
    )
    _allow_connections()
    server.on_startup(beside.start)
    server.on_startup(lambda: _greet(chosen, host=host, port=port, code=code))
    server.on_shutdown(beside.stop)
    server.serve(target_loader=partial(application, os.getpid()), wrap_loader=False)


def _allow_connections() -> None:
    """Let the processes have as many files open as connections, as far as the machine allows it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 2 * CONNECTIONS if hard == resource.RLIM_INFINITY else min(2 * CONNECTIONS, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _require_free(host: str, port: int) -> None:
    """Raise Trouble where nobody can listen, before anything is begun."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        # What a server that has just ended leaves behind does not count as somebody who listens.
        with socket.create_server((host, port), family=family):
            return
    except OSError as error:
        raise Trouble(f"Nobody can listen on {host}, port {port} ({error.strerror}); choose another --port.") from error


def _setup_code() -> str | None:
    """The code by which the first organisation is set up in the browser; None once there is one."""
    if not people.is_empty(db.reading()):
        return None
    return db.retrying(lambda session: people_service.new_setup_code(session, now=now()))


def _address(host: str, port: int) -> str:
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


def _greet(chosen: Settings, *, host: str, port: int, code: str | None) -> None:
    here = _address(host, port)
    say(f"Padu serves {here}; Ctrl-C stops it.")
    if chosen.public_url != here:
        say(f"Links that it hands out begin with {chosen.public_url}; LMS_PUBLIC_URL says so.")
    if code is not None:
        address = here if urlsplit(chosen.public_url).hostname in LOOPBACK else chosen.public_url
        click.echo(f"Nothing is set up yet. Open {address}/setup and enter the code {code}")


class Web(MPServer):
    """The web server. A worker that somebody ended is replaced each time; one that cannot work ends the server.

    Granian takes any that ends twice within seconds for the latter. But a kernel that is short of memory may kill as
    often as that.
    """

    def _respawn_workers(self, workers: Sequence[int], *where: Any, **how: Any) -> None:
        ended = [one for one in workers if self.wrks[one].inner.exitcode in ENDED]
        super()._respawn_workers(workers, *where, **how)
        for one in ended:
            self.respawned_wrks.pop(one, None)
        if self.interrupt_children:
            # One that ended just before the loop cleared its flag would be noticed with the next one only.
            self.main_loop_interrupt.set()


class Beside:
    """The process that does the background work while the server runs; should it die, another takes its place."""

    def __init__(self, chosen: Settings) -> None:
        # A fresh process: it inherits neither the listening socket nor connections to the database.
        self.processes = multiprocessing.get_context("spawn")
        self.chosen = chosen
        self.is_over = threading.Event()
        self.watching = threading.Thread(target=self._watch, name="background work", daemon=True)

    def start(self) -> None:
        """Start it, and watch over it. The server forks after this, so nothing may be half done in another thread."""
        self.process = self._begin()
        self.watching.start()

    def stop(self) -> None:
        """End it, once it is done with what it is at."""
        self.is_over.set()
        self.watching.join()
        self.process.terminate()
        self.process.join(SECONDS_TO_STOP)
        self.process.kill()

    def _begin(self) -> SpawnProcess:
        arguments = (self.chosen, os.getpid())
        process = self.processes.Process(target=run_beside, args=arguments, name="padu-worker", daemon=True)
        # Ctrl-C reaches every process of the terminal; the server then ends this one itself. The first start of a
        # process also starts Python's tracker of resources, which would unblock the signal again.
        resource_tracker.ensure_running()
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        process.start()
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        return process

    def _watch(self) -> None:
        while not self.is_over.wait(1):
            if not self.process.is_alive():
                self.process = self._begin()


def run_beside(chosen: Settings, server_id: int) -> None:
    """The background work, until this process is told to end or the server has died.

    What it has not counted yet is in the inbox.
    """
    logging.basicConfig(format="%(asctime)s %(name)s %(levelname)s %(message)s")
    stopping = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    app = _app(chosen)
    collect_less()
    work(app, is_over=lambda: stopping.is_set() or os.getppid() != server_id, pause=stopping.wait)


def _app(chosen: Settings) -> Flask:
    from lms.app import create_app  # noqa: PLC0415  (the whole house; commands that need none start faster)
    from lms.plugin import load_plugins  # noqa: PLC0415

    app = create_app(chosen, load_plugins(chosen.plugins))
    app.app_context().push()
    return app
