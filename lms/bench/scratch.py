"""Databases to measure on: made beside the one that is named, and gone at the end, however that comes."""

import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from platform import python_version

from sqlalchemy import create_engine, make_url, text
from sqlalchemy.exc import DBAPIError

from lms.db import open_engine

SHOWN = ("server_version", "shared_buffers", "max_wal_size", "fsync", "synchronous_commit")
"""Settings of PostgreSQL on which a figure hangs."""

NOT_ALLOWED = "42501"
"""PostgreSQL's code for what a role may not do."""


class NoScratch(Exception):
    """A database to measure on could not be made, or not be taken away again."""


@contextmanager
def scratch_database(url: str) -> Iterator[str]:
    """The URL of an empty database on the server of `url`, or of a file beside that of `url`; it is gone at the end.

    What `url` names is left alone. Raises NoScratch.
    """
    name = f"padu_bench_{secrets.token_hex(6)}"
    if url.startswith("sqlite"):
        path = Path(make_url(url).database or "bench.db").with_name(f"{name}.db")
        try:
            yield f"sqlite:///{path}"
        finally:
            for suffix in ("", "-wal", "-shm"):
                path.with_name(path.name + suffix).unlink(missing_ok=True)
        return
    _on_server(url, f'CREATE DATABASE "{name}"')
    try:
        yield make_url(url).set(database=name).render_as_string(hide_password=False)
    finally:
        _on_server(url, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def _on_server(url: str, command: str) -> None:
    server = create_engine(url, isolation_level="AUTOCOMMIT")
    try:
        with server.connect() as connection:
            connection.execute(text(command))
    except DBAPIError as error:
        cause = str(error.orig).strip().partition("\n")[0]
        told = f"The server of --database did not do `{command}`: {cause}"
        if getattr(error.orig, "sqlstate", None) == NOT_ALLOWED:
            told += "\nThe bench makes a database of its own there: name the server by a role that may (CREATEDB)."
        raise NoScratch(told) from error
    finally:
        server.dispose()


def place(url: str) -> Mapping[str, str]:
    """What figures hang on: processors, Python, and what the database says of itself."""
    engine = open_engine(url)
    around = {"processors": str(os.cpu_count()), "Python": python_version()}
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            own = {"SQLite": str(connection.execute(text("SELECT sqlite_version()")).scalar_one())}
        else:
            own = {name: str(connection.execute(text(f"SHOW {name}")).scalar_one()) for name in SHOWN}
    engine.dispose()
    return {**around, **own}


def settle(url: str) -> None:
    """Have the database tidy up after so much was written, which it does by itself a while later."""
    engine = open_engine(url).execution_options(isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text("ANALYZE" if engine.dialect.name == "sqlite" else "VACUUM (ANALYZE)"))
    engine.dispose()
