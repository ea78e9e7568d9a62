"""How the database is connected to."""

import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.exc import OperationalError

from lms import db
from lms.serving import THREADS
from tests.databases import postgres_database


@pytest.fixture
def engine() -> Iterator[Engine]:
    engine = db.open_engine(postgres_database("engine", migrated=False))
    yield engine
    engine.dispose()


def test_every_request_has_a_connection_that_is_kept_for_the_next(engine: Engine) -> None:
    opened: list[object] = []
    event.listen(engine, "connect", lambda connection, _: opened.append(connection))
    for _ in range(2):
        with ExitStack() as requests:
            for _ in range(THREADS):
                requests.enter_context(engine.connect())

    assert len(opened) == THREADS


@pytest.fixture
def silent() -> Iterator[str]:
    """The URL of a database server that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0), backlog=5) as listening:
        yield f"postgresql+psycopg://padu@127.0.0.1:{listening.getsockname()[1]}/padu"


@pytest.mark.parametrize("wanted", ["", "?connect_timeout=2"])
def test_a_database_server_that_is_silent_is_not_waited_for_for_ever(
    silent: str, wanted: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(db, "SECONDS_TO_CONNECT", 60 if wanted else 2)
    url = silent + wanted
    engine = create_engine(url, **db.engine_options(url))
    asker = ThreadPoolExecutor(1)
    answer = asker.submit(engine.connect)
    asker.shutdown(wait=False)

    # The driver waits for two seconds at least.
    with pytest.raises(OperationalError, match="timeout"):
        answer.result(timeout=20)
