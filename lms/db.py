"""The database: one engine, one Base, the column types, and the one owner of transactions.

Returning from `transaction()` commits; raising rolls back. Nothing else commits.
"""

import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

import alembic.command
import alembic.config
import uuid_utils.compat
from flask import Flask, current_app
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    DateTime,
    Dialect,
    Engine,
    Integer,
    LargeBinary,
    Numeric,
    Text,
    Uuid,
    any_,
    bindparam,
    create_engine,
    event,
    literal,
)
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, InvalidatePoolError
from sqlalchemy.orm import DeclarativeBase, InstrumentedAttribute, Session
from sqlalchemy.types import TypeDecorator

from lms import sqlite

T = TypeVar("T")
MIGRATIONS = Path(__file__).resolve().parent.parent / "migrations"
CONNECTIONS = 34
"""Connections that a process keeps open at most: one for each of its threads, and one for each of its lanes."""
SECONDS_TO_CONNECT = 5
"""How long a server is waited for that does not answer at all, unless the URL has a `connect_timeout` of its own."""
RESTED = 1.0
"""Seconds without use after which a connection to PostgreSQL is checked before it is used again."""
AT_ONCE = 500
"""Values named in one statement: few enough for the parameter limits of both databases."""


class Base(DeclarativeBase):
    """Every table. `organisation_id` leads every key, so that no row can point into another organisation."""


class Again(Exception):
    """The work has to be done anew: what it relied on was changed by a transaction that has just ended."""


db = SQLAlchemy(model_class=Base, disable_autonaming=True, session_options={"expire_on_commit": False})


class Moment(TypeDecorator[datetime]):
    """An aware moment, kept in UTC to the microsecond."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        return dialect.type_descriptor(DateTime(timezone=dialect.name == "postgresql"))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        utc = value.astimezone(UTC)
        return utc if dialect.name == "postgresql" else utc.replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


class ExactDecimal(TypeDecorator[Decimal]):
    """A decimal with all its digits: numeric on PostgreSQL, text on SQLite, which would make it a float."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        return dialect.type_descriptor(Numeric() if dialect.name == "postgresql" else Text())

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> Any:
        if value is None or dialect.name == "postgresql":
            return value
        return format(value, "f")

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        return None if value is None else Decimal(value)


class Hundredths(TypeDecorator[Decimal]):
    """A figure rounded to two places, kept as a whole number of hundredths: exact, and sorts and sums in SQL."""

    impl = Integer
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> int | None:
        return None if value is None else int(value.scaleb(2).to_integral_exact())

    def process_result_value(self, value: int | None, dialect: Dialect) -> Decimal | None:
        return None if value is None else Decimal(value).scaleb(-2)


def Id() -> Uuid[UUID]:  # noqa: N802  (reads as a column type)
    """A UUIDv7 made by `new_id`: uuid on PostgreSQL, 16 bytes on SQLite."""
    return Uuid().with_variant(SqliteUuid(), "sqlite")


class SqliteUuid(TypeDecorator[UUID]):
    """A UUID as its 16 bytes, which sort as the UUID does."""

    impl = LargeBinary(16)
    cache_ok = True

    def process_bind_param(self, value: UUID | None, dialect: Dialect) -> bytes | None:
        return None if value is None else value.bytes

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> UUID | None:
        return None if value is None else UUID(bytes=value)


Key = LargeBinary(16)
OrganisationId = BigInteger().with_variant(Integer, "sqlite")


def new_id() -> UUID:
    """A fresh UUIDv7: ids made later sort later, so new rows land at the end of an index."""
    return uuid_utils.compat.uuid7()


def init(app: Flask, url: str) -> None:
    """Bind the app to the database at `url`."""
    app.config["SQLALCHEMY_DATABASE_URI"] = url
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = engine_options(url)
    db.init_app(app)
    with app.app_context():
        prepare_engine(db.engine)


def engine_options(url: str) -> dict[str, Any]:
    """SQLite waits for its one writer. PostgreSQL has many connections, and keeps what a busy moment has opened.

    Errors tell the statement without its values, which may be secrets and go into logs.
    """
    if url.startswith("sqlite"):
        connecting = {"timeout": sqlite.PATIENCE / 1000, "check_same_thread": False}
        return {"hide_parameters": True, "pool_size": CONNECTIONS, "max_overflow": 0, "connect_args": connecting}
    connecting = {} if "connect_timeout" in make_url(url).query else {"connect_timeout": SECONDS_TO_CONNECT}
    return {"hide_parameters": True, "pool_size": CONNECTIONS, "max_overflow": 0, "connect_args": connecting}


def open_engine(url: str) -> Engine:
    """An engine as the app has it, for commands that work without one."""
    engine = create_engine(url, **engine_options(url))
    prepare_engine(engine)
    return engine


def prepare_engine(engine: Engine) -> None:
    """Make SQLite durable, concurrent and strict about foreign keys; have PostgreSQL's connections looked after."""
    if engine.dialect.name == "sqlite":
        sqlite.prepare(engine)
    else:
        _ping_what_rested(engine)


def _ping_what_rested(engine: Engine) -> None:
    """Check a connection that nobody used for a while before it is used again, so that a restart is survived.

    SQLAlchemy's own check comes before every use, and makes one more round trip for every request.
    """

    @event.listens_for(engine, "checkin")
    def _rest(_connection: Any, record: Any) -> None:
        record.info["since"] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def _look(connection: Any, record: Any, _proxy: Any) -> None:
        if time.monotonic() - record.info.get("since", time.monotonic()) < RESTED:
            return
        try:
            engine.dialect.do_ping(connection)
        except Exception as error:
            # The pool then opens another, and forgets all that are as old as this one.
            raise InvalidatePoolError() from error


def reading() -> Session:
    """The session of this request or command, for queries only."""
    return db.session()


@contextmanager
def transaction(*, waits: bool = True) -> Iterator[Session]:
    """A session whose work is committed on return and rolled back when anything is raised.

    On SQLite it waits for the writer before it, or without `waits` raises OperationalError while there is one.
    """
    session = db.session()
    # Whatever was read before (the signed-in account) belongs to an older snapshot.
    session.rollback()
    try:
        session.connection(execution_options={"writes": True, "waits": waits})
        session.info["listeners"] = current_app.extensions["listeners"]
        yield session
        session.commit()
    except BaseException:
        session.rollback()
        raise


def retrying(work: Callable[[Session], T], *, tries: int = 5) -> T:
    """Run `work` in a transaction; run it anew after `Again`, a deadlock or a serialization failure.

    Raises the last of them where others were faster every time; over HTTP that is a 503.
    """
    for attempt in range(1, tries + 1):
        try:
            with transaction() as session:
                return work(session)
        except (DBAPIError, Again) as error:
            if attempt == tries or not _may_be_tried_again(error):
                raise
            time.sleep(0.01 * attempt)
    raise AssertionError("unreachable")


def _may_be_tried_again(error: DBAPIError | Again) -> bool:
    return isinstance(error, Again) or getattr(error.orig, "sqlstate", None) in ("40001", "40P01")


def among(session: Session, column: InstrumentedAttribute[Any], values: Collection[Any]) -> ColumnElement[bool]:
    """That the column has one of the values, which is false for none of them.

    On PostgreSQL it is one parameter for any number of values. An IN has as many as there are values, and the making of
    such a statement takes longer than its answer.
    """
    if session.get_bind().dialect.name == "postgresql":
        return column == any_(literal(list(values), ARRAY(column.type)))
    return column.in_(values)


def among_named(column: InstrumentedAttribute[Any], name: str, *, dialect: str) -> ColumnElement[bool]:
    """`among` for a statement that is made once for each dialect, and given the values by this name."""
    if dialect == "postgresql":
        return column == any_(bindparam(name, type_=ARRAY(column.type)))
    return column.in_(bindparam(name, expanding=True))


def portions(items: Sequence[T]) -> Iterator[Sequence[T]]:
    """The items in their order, as many at a time as one statement may name."""
    return (items[start : start + AT_ONCE] for start in range(0, len(items), AT_ONCE))


def alembic_config(url: str) -> alembic.config.Config:
    """Alembic's configuration for the database at `url`; there is no alembic.ini to keep in step."""
    config = alembic.config.Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("file_template", "%%(year)d%%(month).2d%%(day).2d_%%(hour).2d%%(minute).2d_%%(slug)s")
    config.attributes["url"] = url
    return config


def upgrade(url: str) -> None:
    """Bring the schema at `url` to the newest migration."""
    if url.startswith("sqlite:///"):
        Path(url.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
    alembic.command.upgrade(alembic_config(url), "head")
