"""Databases that a command fills with made-up data: empty ones, and those it made itself. No other is touched."""

from pathlib import Path

import alembic.command
from sqlalchemy import Engine, inspect, text
from sqlalchemy.exc import DatabaseError, OperationalError

from lms import db
from lms.cli.house import Refused

SQLITE = "sqlite:///"


def require_own(url: str, *, slug: str, what: str) -> None:
    """Raise Refused unless the database is empty, or holds the organisation `slug` and no other. It is only read."""
    if url.startswith(SQLITE) and not _file(url).exists():
        return
    engine = db.open_engine(url)
    try:
        others = _organisations(engine) - {slug}
    except DatabaseError as error:
        if isinstance(error, OperationalError):
            raise
        raise _not_own(engine, what, "it is no database of Padu") from error
    finally:
        engine.dispose()
    if others:
        raise _not_own(engine, what, f"it holds {', '.join(sorted(others))}")


def _organisations(engine: Engine) -> set[str]:
    """The short names of the organisations that are there, whatever version of Padu made the tables."""
    tables = set(inspect(engine).get_table_names())
    if not tables or tables == {"alembic_version"}:
        return set()
    if not {"organisation", "alembic_version"} <= tables:
        return {"tables of something else"}
    with engine.connect() as connection:
        return set(connection.execute(text("SELECT slug FROM organisation")).scalars())


def _not_own(engine: Engine, what: str, why: str) -> Refused:
    place = engine.url.render_as_string(hide_password=True)
    return Refused(f"{place} is not a database of {what} ({why}), so it stays as it is. Name an empty one instead.")


def clear(url: str) -> None:
    """Take everything out of a database that `require_own` let pass; its tables too."""
    if url.startswith(SQLITE):
        for suffix in ("", "-wal", "-shm"):
            path = _file(url)
            path.with_name(path.name + suffix).unlink(missing_ok=True)
        return
    alembic.command.downgrade(db.alembic_config(url), "base")


def _file(url: str) -> Path:
    return Path(url.removeprefix(SQLITE))
