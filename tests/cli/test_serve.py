"""The server, as a process of its own: it makes its tables, offers the setup, answers, and stops when it is told to."""

import os
import re
import signal
import socket
import sqlite3
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.cli.running import COMMAND, environment, process
from tests.databases import postgres_database
from tests.machine import worker


def _free_port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:
        return int(listening.getsockname()[1])


@contextmanager
def _serving(url: str, folder: Path) -> Iterator[tuple[str, "subprocess.Popen[str]", Path]]:
    """(address, process, what it has told) of a server that answers."""
    address, told = f"http://127.0.0.1:{(port := _free_port())}", folder / "told"
    with (
        told.open("w") as output,
        subprocess.Popen(
            [*COMMAND, "serve", "--port", str(port)],
            env=environment(LMS_DATABASE_URL=url),
            cwd=folder,
            stdout=output,
            stderr=output,
            text=True,
            start_new_session=True,
        ) as server,
    ):
        try:
            _wait_for(address, server, told)
            yield address, server, told
        finally:
            if server.poll() is None:
                server.terminate()


def _wait_for(address: str, server: "subprocess.Popen[str]", told: Path) -> None:
    for _ in range(600):
        if server.poll() is not None:
            break
        try:
            _status(f"{address}/sign-in")
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError(f"The server does not answer:\n{told.read_text()}")


def _status(address: str) -> int:
    """The status of a page, followed to where it leads."""
    try:
        with urllib.request.urlopen(address, timeout=30) as page:  # noqa: S310  (it is our own address)
            return int(page.status)
    except urllib.error.HTTPError as error:
        return error.code


def test_it_makes_its_tables_offers_the_setup_and_stops(tmp_path: Path) -> None:
    with _serving(f"sqlite:///{tmp_path}/var/padu.db", tmp_path) as (address, server, told):
        offered = re.search(r"Open (\S+)/setup and enter the code (\S+)", told.read_text())
        assert offered is not None
        assert offered[1] == address
        assert _status(f"{address}/setup") == 200
        server.send_signal(signal.SIGTERM)
        assert server.wait(60) == 0
    assert "Traceback" not in told.read_text()
    with closing(sqlite3.connect(tmp_path / "var/padu.db")) as connection:
        assert connection.execute("SELECT count(*) FROM setup_code").fetchone() == (1,)


def test_its_links_lead_to_where_it_listens_and_ctrl_c_ends_it(tmp_path: Path) -> None:
    with _serving(f"sqlite:///{tmp_path}/padu.db", tmp_path) as (_, server, told):
        # A terminal sends it to every process; a second signal would hold up those that are stopping already.
        os.killpg(server.pid, signal.SIGINT)
        assert server.wait(10) == 0
    assert "LMS_PUBLIC_URL says so" not in told.read_text()
    assert "Traceback" not in told.read_text()


def test_it_refuses_a_server_database_without_tables(tmp_path: Path) -> None:
    url = postgres_database(f"{worker()}-serve", migrated=False)
    told = process("serve", "--port", str(_free_port()), cwd=tmp_path, LMS_DATABASE_URL=url)
    assert told.returncode == 3
    assert "python3 manage.py db upgrade" in told.stderr


def test_it_says_when_somebody_else_listens_there(tmp_path: Path) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:
        port = str(listening.getsockname()[1])
        told = process("serve", "--port", port, cwd=tmp_path, LMS_DATABASE_URL=f"sqlite:///{tmp_path}/padu.db")
    assert told.returncode == 3
    assert f"port {port}" in told.stderr
    assert not (tmp_path / "padu.db").exists()


@pytest.mark.parametrize("word", ["serve", "worker"])
def test_it_refuses_settings_it_cannot_start_with(tmp_path: Path, word: str) -> None:
    told = process(word, cwd=tmp_path, LMS_DATABASE_URL="mysql://nowhere")
    assert told.returncode == 3
    assert "LMS_DATABASE_URL" in told.stderr
