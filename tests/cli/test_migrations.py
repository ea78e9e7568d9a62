"""A database with what an office has in it goes to the version before and back, and nothing is lost."""

from pathlib import Path
from typing import Any
from uuid import uuid4

import alembic.command
import pytest
from sqlalchemy import text

from lms.app import create_app
from lms.db import alembic_config, db, open_engine
from lms.xapi import home_page_queries
from tests.cli.running import settings
from tests.databases import postgres_database, sqlite_database
from tests.world import World
from tests.xapi.lrs import ANI, HOME, lrs, referring, statement, voiding

KEPT = ("statement", "statement_link", "statement_reference", "inbox", "waiting", "agent", "credential", "evidence")


def contents(url: str) -> dict[str, list[str]]:
    engine = open_engine(url)
    with engine.connect() as connection:
        found = {
            table: sorted(str(dict(row._mapping)) for row in connection.execute(text(f"SELECT * FROM {table}")))  # noqa: S608
            for table in KEPT
        }
    engine.dispose()
    return found


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database of this test alone."""
    return sqlite_database(tmp_path / "migrations.db") if request.param == "sqlite" else postgres_database("migrations")


def test_statements_and_their_references_survive_both_ways(url: str) -> None:
    app = create_app(settings(database_url=url))
    world = World(app)
    _ = world.cohort
    client = lrs(world)
    ids = [str(uuid4()) for _ in range(6)]
    context = {"registration": str(uuid4()), "instructor": {"mbox": "mailto:pengajar@sukabumi.example"}}
    client.sent(statement(id=ids[0], context=context), referring(ids[0], id=ids[1]), referring(ids[1], id=ids[2]))
    client.sent(voiding(ids[0]), statement("nobody"), statement(ANI, iri="https://mooc.example/lain"))
    client.sent(referring(ids[4], id=ids[3]))
    client.sent(referring(ids[3], id=ids[4]))
    client.post(statement(ANI))
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    before = contents(url)
    assert all(before[table] for table in KEPT if table != "inbox")

    alembic.command.downgrade(alembic_config(url), "0001")
    alembic.command.upgrade(alembic_config(url), "head")

    assert contents(url) == before


def rows(url: str, query: str) -> list[tuple[Any, ...]]:
    engine = open_engine(url)
    with engine.connect() as connection:
        found = [tuple(row) for row in connection.execute(text(query))]
    engine.dispose()
    return found


def test_sites_that_are_there_already_are_taken_to_be_known(url: str) -> None:
    app = create_app(settings(database_url=url))
    world = World(app)
    first, second = lrs(world), lrs(world, organisation_id=world.bandung)
    other = statement() | {"actor": {"account": {"homePage": "https://other.example", "name": ANI}}}
    mail = statement() | {"actor": {"mbox": "mailto:ani@sukabumi.example"}}
    first.sent(statement("first"))
    first.sent(statement("second"), other, mail)
    second.post(statement())
    assert first.post({}).status_code == 400
    sites = "SELECT organisation_id, home_page, key, first_stored FROM home_page ORDER BY 1, 2"
    before = rows(url, sites)
    assert [row[:2] for row in before] == [
        (world.sukabumi, HOME),
        (world.sukabumi, "https://other.example"),
        (world.bandung, HOME),
    ]
    with app.app_context():
        db.session.remove()
        db.engine.dispose()

    alembic.command.downgrade(alembic_config(url), "0002")
    alembic.command.upgrade(alembic_config(url), "head")

    confirmed = "SELECT confirmed_at = first_stored, confirmed_by, credential_id FROM home_page"
    accounts = "SELECT accounts FROM home_page ORDER BY organisation_id, home_page"
    limits = "SELECT home_pages, activity_prefixes, refused_let_go FROM credential"
    assert rows(url, sites) == before
    assert rows(url, confirmed) == [(True, None, None)] * 3
    assert rows(url, accounts) == [(2,), (1,), (1,)]
    assert rows(url, limits) == [("", "", 0)] * 2
    assert rows(url, "SELECT * FROM refused") == []
    first.sent(statement("third"), statement("fourth") | {"actor": {"account": {"homePage": HOME, "name": "new"}}})
    with world.reading() as session:
        assert home_page_queries.new_home_pages(session, organisation_id=world.sukabumi, limit=5) == []
    first.post({})
    assert rows(url, "SELECT times FROM refused") == [(1,)]


def test_the_version_before_may_add_a_credential_to_the_new_tables(url: str) -> None:
    world = World(create_app(settings(database_url=url)))
    client = lrs(world)
    new = ("home_pages", "activity_prefixes", "refused_let_go")
    engine = open_engine(url)
    with engine.begin() as connection:
        (row,) = connection.execute(text("SELECT * FROM credential")).mappings()
        values = {name: value for name, value in row.items() if name not in new}
        values["key"] = f"{world.sukabumi}.old"
        values["id"] = b"x" * 16 if isinstance(row["id"], bytes) else str(uuid4())
        names = ", ".join(values)
        places = ", ".join(f":{name}" for name in values)
        connection.execute(text(f"INSERT INTO credential ({names}) VALUES ({places})"), values)  # noqa: S608
    engine.dispose()
    client.key = f"{world.sukabumi}.old"

    assert client.post(statement()).status_code == 200
