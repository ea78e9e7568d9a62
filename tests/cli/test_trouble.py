"""What goes wrong is told in a sentence that says what to do, and by the exit code; never by a traceback."""

import sqlite3
from pathlib import Path

import pytest
from flask import Flask

from lms.db import transaction
from lms.people import service as people
from tests.cli.running import EXAMPLE, process, run, settings
from tests.databases import sqlite_database
from tests.world import NOW, World

COHORT = ("cohort", "add", "--programme", "x", "--code", "I", "--name", "I", "--time-zone", "Asia/Jakarta")
ADD = ("organisation", "add", "sukabumi", "--name", "Kota Sukabumi")


def test_without_tables_it_says_how_to_make_them(tmp_path: Path) -> None:
    told = run(settings(database_url=f"sqlite:///{tmp_path / 'new.db'}"), *ADD)
    assert told.exit_code == 3
    assert "no tables yet: run `python3 manage.py db upgrade`" in told.stderr


@pytest.mark.parametrize(("revision", "message"), [("9999", "newer version of Padu"), ("", "no tables yet")])
def test_it_knows_tables_that_are_not_its_own(tmp_path: Path, revision: str, message: str) -> None:
    url = sqlite_database(tmp_path / "other.db")
    with sqlite3.connect(tmp_path / "other.db") as connection:
        connection.execute("DELETE FROM alembic_version")
        if revision:
            connection.execute("INSERT INTO alembic_version VALUES (?)", [revision])
    connection.close()
    told = run(settings(database_url=url), *ADD)
    assert told.exit_code == 3
    assert message in told.stderr


def test_a_database_file_that_cannot_be_opened_is_told(tmp_path: Path) -> None:
    told = run(settings(database_url=f"sqlite:///{tmp_path}/missing/new.db"), *ADD)
    assert told.exit_code == 3
    assert "LMS_DATABASE_URL" in told.stderr


def test_a_database_server_that_does_not_answer_is_told() -> None:
    told = run(settings(database_url="postgresql+psycopg://nobody@127.0.0.1:9/none"), *ADD)
    assert told.exit_code == 3
    assert "database server runs" in told.stderr
    assert "Traceback" not in told.output


def test_bad_settings_are_all_told_by_a_process_of_its_own(tmp_path: Path) -> None:
    told = process(*ADD, cwd=tmp_path, LMS_SECRET_KEY="short", LMS_PROXY_HOPS="many")
    assert told.returncode == 3
    assert "LMS_SECRET_KEY" in told.stderr
    assert "LMS_PROXY_HOPS" in told.stderr
    assert "Traceback" not in told.stderr


def test_a_plugin_that_cannot_be_loaded_is_told(app: Flask) -> None:
    told = run(settings(database_url=app.config["SQLALCHEMY_DATABASE_URI"], plugins=("plugins.nowhere",)), *ADD)
    assert told.exit_code == 3
    assert "plugins.nowhere" in told.stderr


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("nonsense",),
        ("organisation", "add"),
        ("user", "add", "a@x.example", "--role", "king"),
        ("import", "participants", "--cohort", "III", "/nowhere/file.csv"),
        ("export", "results", "--cohort", "III", "--as-of", "2026-03-12T08:00:00"),
        ("export", "results", "--cohort", "III", "--as-of", "yesterday"),
        (*COHORT, "--starts-at", "2026-03-02T08:00:00+07:00", "--target", "mooc"),
        (*COHORT, "--starts-at", "2026-03-02T08:00:00+07:00", "--target", "mooc=high"),
        (*COHORT, "--starts-at", "0001-01-01T00:00:00+07:00"),
    ],
)
def test_using_it_wrongly_is_two(words: tuple[str, ...]) -> None:
    assert run(settings(plugins=()), *words).exit_code == 2


def test_a_start_without_an_offset_is_refused_with_an_example() -> None:
    told = run(settings(), *COHORT, "--starts-at", "2026-03-02T08:00:00")
    assert told.exit_code == 2
    assert "2026-03-02T08:00:00+07:00" in told.stderr


def test_without_an_organisation_it_says_how_to_add_one(app: Flask) -> None:
    told = run(app, "programme", "publish", str(EXAMPLE / "programme.toml"))
    assert told.exit_code == 1
    assert "organisation add" in told.stderr


def test_with_several_organisations_one_has_to_be_named(world: World) -> None:
    _ = world.sukabumi, world.bandung
    words = ("programme", "publish", str(EXAMPLE / "programme.toml"))
    told = run(world.app, *words)
    assert told.exit_code == 1
    assert "bandung, sukabumi" in told.stderr
    assert run(world.app, *words, "--organisation", "bandung").exit_code == 0
    told = run(world.app, *words, "--organisation", "garut")
    assert told.exit_code == 1
    assert "garut" in told.stderr


def test_a_locked_database_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = sqlite_database(tmp_path / "busy.db")
    monkeypatch.setattr("lms.cli.organisations.transaction", _transaction_without_patience)
    with sqlite3.connect(tmp_path / "busy.db", isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        told = run(settings(database_url=url), *ADD)
    other.close()
    assert told.exit_code == 3
    assert "Another process has been writing" in told.stderr


def _transaction_without_patience() -> object:
    from lms.db import db

    db.session.execute(db.text("PRAGMA busy_timeout=0"))
    return transaction()


def test_a_domain_error_is_one_line_and_exit_code_one(app: Flask) -> None:
    with app.app_context(), transaction() as session:
        people.add_organisation(session, slug="sukabumi", name="Kota Sukabumi", now=NOW)
    told = run(app, *ADD)
    assert told.exit_code == 1
    assert told.stderr.count("\n") == 1
    assert "already" in told.stderr
