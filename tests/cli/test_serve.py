"""The server, as a process of its own: it makes its tables, offers the setup, answers, and stops when it is told to."""

import os
import re
import signal
import socket
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.running import process
from tests.cli.serving import free_port, serving, status
from tests.databases import postgres_database
from tests.machine import worker


def test_it_makes_its_tables_offers_the_setup_and_stops(tmp_path: Path) -> None:
    with serving(f"sqlite:///{tmp_path}/var/padu.db", tmp_path) as (address, server, told):
        offered = re.search(r"Open (\S+)/setup and enter the code (\S+)", told.read_text())
        assert offered is not None
        assert offered[1] == address
        assert status(f"{address}/setup") == 200
        server.send_signal(signal.SIGTERM)
        assert server.wait(60) == 0
    assert "Traceback" not in told.read_text()
    with closing(sqlite3.connect(tmp_path / "var/padu.db")) as connection:
        assert connection.execute("SELECT count(*) FROM setup_code").fetchone() == (1,)


def test_its_links_lead_to_where_it_listens_and_ctrl_c_ends_it(tmp_path: Path) -> None:
    with serving(f"sqlite:///{tmp_path}/padu.db", tmp_path) as (_, server, told):
        # A terminal sends it to every process; a second signal would hold up those that are stopping already.
        os.killpg(server.pid, signal.SIGINT)
        assert server.wait(10) == 0
    assert "LMS_PUBLIC_URL says so" not in told.read_text()
    assert "Traceback" not in told.read_text()


def test_it_refuses_a_server_database_without_tables(tmp_path: Path) -> None:
    url = postgres_database(f"{worker()}-serve", migrated=False)
    told = process("serve", "--port", str(free_port()), cwd=tmp_path, LMS_DATABASE_URL=url)
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
