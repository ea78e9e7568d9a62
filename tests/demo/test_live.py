"""The demo against a live server: the MOOC sends over HTTP, and the figures are those of the story."""

import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from lms.app import create_app
from lms.attended.models import MarkToTell
from lms.clock import now
from lms.db import Base, db, reading
from lms.demo import figures, stage
from lms.demo.mooc import Mooc, NotTaken
from lms.demo.server import NotServing, is_free, serving
from lms.people import queries as people
from lms.plugin import load_plugins
from lms.settings import Settings
from lms.xapi.models import InboxRow
from tests.databases import postgres_database, sqlite_database
from tests.demo.running import FEW, free_port, nobody

SECRET = "a secret for tests only, 32 characters"


@pytest.fixture(params=["sqlite", "postgresql"], scope="module")
def database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    if request.param == "sqlite":
        return sqlite_database(tmp_path_factory.mktemp("demo") / "demo.db")
    return postgres_database("demo")


@pytest.fixture(scope="module")
def server(database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server on the database."""
    port = free_port()
    environment = {"LMS_DATABASE_URL": database, "LMS_SECRET_KEY": SECRET}
    with serving(port, environment=environment, log=tmp_path_factory.mktemp("log") / "server.log"):
        yield f"http://127.0.0.1:{port}"
    assert is_free(port)


@pytest.fixture(scope="module")
def house(database: str) -> Iterator[Flask]:
    app = create_app(Settings(database_url=database, secret_key=SECRET), load_plugins(("plugins.latsar",)))
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


@pytest.fixture(scope="module")
def brought(server: str, house: Flask) -> stage.Brought:
    return show(server)


def show(server: str) -> stage.Brought:
    shown = stage.bring_in(seed=1, now=now(), sizes=FEW, told=nobody)
    stage.send(shown, address=server, told=nobody)
    return shown


@pytest.fixture
def comparison(brought: stage.Brought) -> figures.Comparison:
    reading().rollback()
    return figures.comparison(reading(), organisation_id=brought.organisation_id)


def wait_for_the_background() -> None:
    """Wait until the record store was told of all marks, and has counted all that it was told."""
    for _ in range(600):
        reading().rollback()
        if not any(reading().execute(select(table).limit(1)).first() for table in (MarkToTell, InboxRow)):
            return
        time.sleep(0.1)
    raise AssertionError("the background work did not come to an end")


def everything() -> dict[str, Counter[str]]:
    """All rows of all tables, but for keys, of which each showing makes one, and warnings, which come by themselves."""
    wait_for_the_background()
    left_out = {"credential", "attendance_warning", "mail"}
    tables = [table for table in Base.metadata.sorted_tables if table.name not in left_out]
    found = {table.name: Counter(map(repr, reading().execute(select(table)))) for table in tables}
    reading().rollback()
    return found


def test_batch_one_averages_between_90_and_93(comparison: figures.Comparison) -> None:
    assert comparison.finished.mooc.of_all is not None
    assert 90 < comparison.finished.mooc.of_all < 93


def test_batch_three_is_on_its_way_to_its_target(comparison: figures.Comparison) -> None:
    mooc = comparison.running.mooc
    assert comparison.target == 90
    assert mooc.of_all is not None
    assert mooc.so_far is not None
    assert mooc.best_possible is not None
    assert 0 < mooc.of_all < mooc.so_far < mooc.best_possible < 100


def test_somebody_of_each_status_is_there(comparison: figures.Comparison) -> None:
    assert comparison.running.statuses.keys() == {"in_progress", "review"}
    assert comparison.finished.statuses.keys() == {"eligible", "review"}


def test_some_are_at_risk_for_each_of_three_reasons(comparison: figures.Comparison) -> None:
    assert comparison.running.reasons.keys() == {"absence.days", "module.closed", "pass.unreachable"}


def test_statements_of_unknown_people_and_modules_wait(comparison: figures.Comparison) -> None:
    assert (comparison.unknown_people, comparison.unknown_modules) == (3, 1)


def test_what_is_told_holds_the_figures(comparison: figures.Comparison) -> None:
    text = "\n".join(figures.told(comparison))
    assert f"{comparison.running.mooc.so_far:.2f}" in text
    assert f"{comparison.finished.mooc.of_all:.2f}" in text
    assert "90.00" in text


def test_a_second_showing_changes_nothing(server: str, brought: stage.Brought) -> None:
    before = everything()
    again = show(server)
    assert not again.is_new
    assert before["statement"]
    assert everything() == before


def test_the_key_is_worth_nothing_afterwards(server: str, brought: stage.Brought, house: Flask) -> None:
    with stage._key(brought.organisation_id) as (key, secret):
        mooc = Mooc(endpoint=f"{server}/xapi/", key=key, secret=secret)
        mooc.send_in_batches(brought.story.sent_lately[:1], told=nobody)
    with pytest.raises(NotTaken, match="401"):
        mooc.send_one_by_one(brought.story.sent_lately[:1], told=nobody)
    assert people.only_organisation(reading()) is not None


def test_a_server_that_is_not_there_is_told(brought: stage.Brought) -> None:
    mooc = Mooc(endpoint=f"http://127.0.0.1:{free_port()}/xapi/", key="1.key", secret="secret")
    with pytest.raises(NotTaken, match="could not be reached"):
        mooc.send_in_batches(brought.story.sent_lately, told=nobody)


def test_a_server_that_cannot_start_is_told_with_its_reason(tmp_path: Path) -> None:
    environment = {"LMS_DATABASE_URL": "nonsense", "LMS_SECRET_KEY": SECRET}
    with (
        pytest.raises(NotServing, match="LMS_DATABASE_URL"),
        serving(free_port(), environment=environment, log=tmp_path / "server.log"),
    ):
        pass
