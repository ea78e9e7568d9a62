"""What every test may ask for, those of the plugins too: an app on each kind of database, and the known people."""

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

import pytest
from flask import Flask
from hypothesis import settings

if TYPE_CHECKING:
    from tests.world import World

# How long something takes is for the benches to say: here the machine may be busy with anything.
settings.register_profile("padu", deadline=None)
settings.load_profile("padu")

pytest_plugins = ["tests.machine", "tests.databases"]

PLUGINS = ("plugins.latsar", "plugins.moodle")


@cache
def _app_on(url: str) -> Flask:
    from lms.app import create_app
    from lms.plugin import load_plugins
    from lms.settings import Settings

    settings = Settings(database_url=url, secret_key="a secret for tests only, 32 characters", locale="en")
    app = create_app(settings, load_plugins(PLUGINS))
    app.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
    return app


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """The URL of a migrated database of each kind."""
    return str(request.getfixturevalue({"sqlite": "sqlite_url", "postgresql": "postgres_url"}[request.param]))


@pytest.fixture
def app(database_url: str) -> Iterator[Flask]:
    """The app on an empty database. CSRF is off, but for the tests that turn it on."""
    from lms.db import db
    from lms.xapi import receiving
    from tests.databases import empty

    app = _app_on(database_url)
    # What a process knows to be stored is not there any more once the database was emptied.
    receiving.init(app)
    yield app
    with app.app_context():
        db.session.remove()
        empty(db.engine)


@pytest.fixture
def world(app: Flask) -> "World":
    """The known people, cohorts and sessions; each is made when it is first asked for."""
    from tests.world import World

    return World(app)


@pytest.fixture
def mailing(world: "World") -> "Iterator[World]":
    """The same world where mail is set up; nothing is sent."""
    before = world.app.extensions["settings"]
    world.app.extensions["settings"] = replace(before, smtp_url="smtp://127.0.0.1:1", mail_from="padu@sukabumi.example")
    yield world
    world.app.extensions["settings"] = before
