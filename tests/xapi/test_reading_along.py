"""Who pulls by `since` what is new, while several processes store statements, misses nothing of it."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from uuid import uuid4

import pytest
from flask import Flask

from lms.app import create_app
from lms.db import db
from lms.xapi import protocol
from tests.world import World
from tests.xapi.lrs import ANI, Lrs, lrs, referring, statement

SENDERS, REQUESTS, SIZE = 4, 12, 3
BEGINNING = "2000-01-01T00:00:00Z"


@pytest.fixture
def apps(app: Flask) -> Iterator[list[Flask]]:
    """Two applications on one database, each of which gathers requests as a process of its own does."""
    other = create_app(app.extensions["settings"], app.extensions["plugins"])
    yield [app, other]
    with other.app_context():
        db.session.remove()
        db.engine.dispose()


def send(client: Lrs) -> list[str]:
    """Store statements of which the last refers to the first, so that some storing is done alone; returns the ids."""
    ids: list[str] = []
    for _ in range(REQUESTS):
        first = str(uuid4())
        made = [statement(ANI, id=first), *(statement(ANI) for _ in range(SIZE - 2)), referring(first)]
        response = client.post(*made[: 1 if len(ids) % 2 else SIZE])
        assert response.status_code == 200, response.text
        ids += response.json or []
    return ids


def pull(client: Lrs, since: str) -> tuple[list[str], str]:
    """What was stored since, page after page, and with what the next pull begins."""
    first = response = client.get(since=since, ascending=True, limit="7")
    found: list[str] = []
    while True:
        page = response.json or {}
        found += [one["id"] for one in page["statements"]]
        if not page["more"]:
            return found, first.headers[protocol.CONSISTENT]
        response = client.request("GET", page["more"])


def test_nothing_is_missed(world: World, apps: list[Flask]) -> None:
    reader = lrs(world)
    senders = [Lrs(world=world, client=one.test_client(), key=reader.key, secret=reader.secret) for one in apps * 2]
    pulled: set[str] = set()
    since, pulls = BEGINNING, 0
    with ThreadPoolExecutor(SENDERS) as pool:
        sending: list[Future[list[str]]] = [pool.submit(send, one) for one in senders]
        is_over = False
        while not is_over:
            # Looked at before the pull, so that the last one comes after everything.
            is_over = all(one.done() for one in sending)
            found, since = pull(reader, since)
            pulled.update(found)
            pulls += 1
        stored = {one for future in sending for one in future.result()}

    found, _ = pull(reader, since)
    assert pulls > 1, "nothing was pulled meanwhile"
    assert stored - pulled - set(found) == set()
