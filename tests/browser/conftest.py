"""A browser in front of the app on a real socket: CSRF and the content policy are on, as people have them.

On SQLite, unless a test asks for another kind of database by parametrising `database_url` with `indirect=True`.
"""

import threading
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import pytest
import time_machine
from flask import Flask
from playwright.sync_api import Browser
from werkzeug.serving import WSGIRequestHandler, make_server

from tests.browser.scene import Scene, cookie_for
from tests.browser.visitor import Site, Visitor
from tests.world import NOW, World

KINDS = {"sqlite": "sqlite_url", "postgresql": "postgres_url"}


class Silent(WSGIRequestHandler):
    """Writes no line for each request."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        pass


class Busy:
    """The app, and how many requests it is at: the next test replaces the database only when there are none."""

    def __init__(self, app: Flask) -> None:
        self.app, self.requests, self.changed = app, 0, threading.Condition()

    def __call__(self, environ: Any, start_response: Any) -> Any:
        self._count(1)
        try:
            return self.app(environ, start_response)
        finally:
            self._count(-1)

    def _count(self, more: int) -> None:
        with self.changed:
            self.requests += more
            self.changed.notify_all()

    def wait(self) -> None:
        """Wait until it is at none, for ten seconds at most."""
        with self.changed:
            self.changed.wait_for(lambda: self.requests == 0, timeout=10)


@pytest.fixture
def database_url(request: pytest.FixtureRequest) -> str:
    """The URL of a migrated database; SQLite if the test says nothing else."""
    return str(request.getfixturevalue(KINDS[getattr(request, "param", "sqlite")]))


@pytest.fixture
def site(app: Flask, browser: Browser) -> Iterator[Site]:
    """The app behind a socket, at the moment of the world. Nobody may have met trouble by the end of the test."""
    app.config["WTF_CSRF_ENABLED"] = True
    busy = Busy(app)
    server = make_server("127.0.0.1", 0, busy, threaded=True, request_handler=Silent)
    thread = threading.Thread(target=server.serve_forever)
    site = Site(browser=browser, address=f"http://127.0.0.1:{server.server_port}")
    with time_machine.travel(NOW, tick=True):
        thread.start()
        yield site
        site.close()
        server.shutdown()
        thread.join()
        server.server_close()
        busy.wait()
    app.config["WTF_CSRF_ENABLED"] = False
    assert site.troubles == []


@pytest.fixture
def arrive(site: Site, world: World) -> Callable[..., Visitor]:
    """Somebody with a browser of their own: nobody known, or signed in as `world.account(role)` or by an account's id.

    The other options are those of a browser context.
    """

    def come(role: str | None = None, *, account_id: UUID | None = None, **options: object) -> Visitor:
        visitor = site.visitor(**options)
        if role is not None:
            account_id = world.account(role)
        if account_id is not None:
            cookie = {"name": "padu", "value": cookie_for(world, account_id), "url": site.address}
            visitor.context.add_cookies([cookie])  # type: ignore[list-item]
        return visitor

    return come


@pytest.fixture
def scene(world: World) -> Scene:
    """The world with something of everything in it, so that no page is empty."""
    with time_machine.travel(NOW, tick=False):
        return Scene(world)
