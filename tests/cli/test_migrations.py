"""A database with what an office has in it goes to the version before and back, and nothing is lost."""

from pathlib import Path
from uuid import uuid4

import alembic.command
import pytest
from sqlalchemy import text

from lms.app import create_app
from lms.db import alembic_config, db, open_engine
from tests.cli.running import settings
from tests.databases import postgres_database, sqlite_database
from tests.world import World
from tests.xapi.lrs import ANI, lrs, referring, statement, voiding

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
