"""SQL statements, counted where they leave for the database: COPY goes past SQLAlchemy."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

ASKS = ("Query", "Execute")
"""Messages of PostgreSQL's protocol that have a statement done: a simple one, and one that was prepared."""
BOUNDS = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE")


@contextmanager
def counted(engine: Engine) -> Iterator[Callable[[], int]]:
    """How many SQL statements were sent until now, without those that begin and end transactions."""
    count = _through_driver if engine.dialect.name == "postgresql" else _through_sqlalchemy
    with count(engine) as told:
        yield told


@contextmanager
def _through_sqlalchemy(engine: Engine) -> Iterator[Callable[[], int]]:
    made: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not statement.lstrip().upper().startswith(BOUNDS):
            made.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield lambda: len(made)
    finally:
        event.remove(engine, "before_cursor_execute", note)


@contextmanager
def _through_driver(engine: Engine) -> Iterator[Callable[[], int]]:
    """libpq writes down every message that it sends."""
    with tempfile.NamedTemporaryFile() as file:

        def trace(connection: Any, *_: Any) -> None:
            connection.pgconn.trace(file.fileno())

        def end(connection: Any, *_: Any) -> None:
            connection.pgconn.untrace()

        event.listen(engine, "checkout", trace)
        event.listen(engine, "checkin", end)
        try:
            yield lambda: _asked(Path(file.name).read_text(errors="replace"))
        finally:
            event.remove(engine, "checkout", trace)
            event.remove(engine, "checkin", end)


def _asked(traced: str) -> int:
    """The lines are a moment, who speaks (F is the client), a length, the kind of message, and what it says."""
    sent = (line.split("\t") for line in traced.splitlines())
    asks = [parts for parts in sent if len(parts) > 3 and parts[1] == "F" and parts[3] in ASKS]
    return sum(not (len(parts) > 4 and parts[4].lstrip(' "').startswith(BOUNDS)) for parts in asks)
