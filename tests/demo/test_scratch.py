"""A command that makes data up fills empty databases and its own, and leaves all others as they are."""

import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import inspect

from lms import db
from lms.cli.house import Refused
from lms.cli.scratch import clear, require_own
from lms.demo.seeding import SLUG
from tests.databases import postgres_database
from tests.world import World


def check(url: str) -> None:
    require_own(url, slug=SLUG, what="the demo")


def test_a_file_that_is_not_there_is_taken_and_not_made(tmp_path: Path) -> None:
    check(f"sqlite:///{tmp_path / 'none.db'}")
    assert list(tmp_path.iterdir()) == []


def test_a_database_without_an_organisation_is_taken(database_url: str) -> None:
    check(database_url)


def test_a_database_with_another_organisation_is_refused(world: World) -> None:
    assert world.sukabumi
    url = world.app.extensions["settings"].database_url
    with pytest.raises(Refused, match="holds sukabumi"):
        check(url)


def test_the_demos_own_database_is_taken(world: World) -> None:
    assert world._organisation(SLUG, "Contoh")
    check(world.app.extensions["settings"].database_url)


def test_a_database_with_tables_of_something_else_is_refused(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "other.db") as connection:
        connection.execute("CREATE TABLE customer (id INTEGER)")
    with pytest.raises(Refused, match="something else"):
        check(f"sqlite:///{tmp_path / 'other.db'}")


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("Yang terhormat, " * 100)
    with pytest.raises(Refused, match="no database"):
        check(f"sqlite:///{tmp_path / 'letter.txt'}")


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_cleared_database_is_empty_and_can_be_filled_again(kind: str, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'demo.db'}" if kind == "sqlite" else postgres_database("cleared", migrated=False)
    for _ in range(2):
        db.upgrade(url)
        clear(url)
        engine = db.open_engine(url)
        assert set(inspect(engine).get_table_names()) <= {"alembic_version"}
        engine.dispose()
