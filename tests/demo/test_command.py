"""`lms demo` as people run it."""

import contextlib
import http.client
import signal
import socket
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from lms import db
from lms.demo.server import is_free
from tests.cli.running import COMMAND, environment, process
from tests.demo.running import free_port


@pytest.fixture
def database(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'demo.db'}"


def test_a_port_that_is_taken_is_told_in_one_sentence(database: str, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        told = process("demo", "--port", str(port), LMS_DATABASE_URL=database)
    assert told.returncode == 3
    assert told.stderr == f"Port {port} is taken by another program; choose another one with --port.\n"
    assert list(tmp_path.iterdir()) == []


def test_a_database_of_somebody_is_left_as_it_is(database: str, tmp_path: Path) -> None:
    db.upgrade(database)
    with contextlib.closing(sqlite3.connect(tmp_path / "demo.db")) as connection, connection:
        connection.execute(
            "INSERT INTO organisation (id, slug, name, match_account, match_home_pages, match_mbox, created_at)"
            " VALUES (1, 'bandung', 'Kota Bandung', 1, '', 1, '2026-01-01 00:00:00')"
        )
    for words in (["demo"], ["demo", "--reset"]):
        told = process(*words, "--no-serve", "--port", str(free_port()), LMS_DATABASE_URL=database)
        assert told.returncode == 1
        assert "bandung" in told.stderr
    with contextlib.closing(sqlite3.connect(tmp_path / "demo.db")) as connection:
        assert connection.execute("SELECT slug FROM organisation").fetchall() == [("bandung",)]


@contextlib.contextmanager
def running(*words: str, **changes: str) -> Iterator["subprocess.Popen[str]"]:
    """The command as a process whose output can be read while it runs; it is killed should it be left behind."""
    process = subprocess.Popen(
        [*COMMAND, *words],
        env=environment(**changes),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def read_until(process: "subprocess.Popen[str]", words: str) -> str:
    """What the process says until a line holds the words, or until its end."""
    told = ""
    for line in process.stdout or ():
        told += line
        if words in line:
            break
    return told


def test_it_shows_figures_serves_them_and_ends_cleanly(database: str) -> None:
    port = free_port()
    with running("demo", "--port", str(port), LMS_DATABASE_URL=database) as shown:
        told = read_until(shown, "Ctrl-C stops it")
        assert "Batch III (running)           39" in told
        for role in ("admin", "manager", "facilitator", "auditor", "participant"):
            assert f"  {role} " in told
        asking = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        asking.request("GET", "/sign-in")
        assert asking.getresponse().status == 200
        shown.send_signal(signal.SIGINT)
        assert shown.wait(30) == 0
    assert is_free(port)


@pytest.mark.slow
def test_an_interruption_leaves_what_a_second_run_completes(database: str) -> None:
    port = free_port()
    with running("demo", "--port", str(port), "--no-serve", LMS_DATABASE_URL=database) as shown:
        read_until(shown, "The MOOC sends")
        shown.send_signal(signal.SIGINT)
        assert "run the command again" in read_until(shown, "Interrupted")
        assert shown.wait(30) == 130
    told = process("demo", "--port", str(port), "--no-serve", LMS_DATABASE_URL=database)
    assert told.returncode == 0, told.stderr
    assert "3 of people whom nobody knows, 1 about a module" in told.stdout
