"""When a statement is stored, and up to when everything stored can be read: the two halves of one promise.

A writer first shows itself, and then reads the clock for `stored`; a reader first reads the clock, and then looks for
writers. So a writer whom the reader does not see stamps later than what the reader promises (xAPI 1.0.3, Communication
2.1.3, X-Experience-API-Consistent-Through).
"""

import logging
import sqlite3
from datetime import UTC, datetime, timedelta
from typing import cast
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, ScalarSelect, column, func, select, table, text
from sqlalchemy.orm import Session

from lms import postgres, sqlite
from lms.clock import now

INGEST_LOCKS = 0x50414449
"""The class of the advisory locks that show who is storing statements; the other half of a lock is the organisation."""

LOCK_SHARED = text(
    "SELECT clock_timestamp() FROM (SELECT pg_advisory_xact_lock_shared(:kind, :tenant) AS held OFFSET 0) AS step "
    "WHERE held IS NOT NULL"
)
LOCK_ALONE = text(
    "SELECT clock_timestamp() FROM (SELECT pg_advisory_xact_lock(:kind, :tenant) AS held OFFSET 0) AS step "
    "WHERE held IS NOT NULL"
)
"""OFFSET 0 keeps the lock in a step of its own, which is done before the clock is read."""

PATIENCE = 100
"""Milliseconds that a reader of SQLite waits for its one writer to finish."""
_STEP = timedelta(milliseconds=1)
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
_last: WeakKeyDictionary[Engine, datetime] = WeakKeyDictionary()
logger = logging.getLogger(__name__)


def stamp(session: Session, *, organisation_id: int, alone: bool) -> datetime:
    """The moment of storing for everything that this transaction stores. One query on PostgreSQL, none on SQLite.

    It begins the storing: nothing may be stamped before it. With `alone`, for statements that refer to others, it waits
    until all that is being stored in the organisation is there, and others wait for it: so of a statement and one that
    refers to it, the later transaction always sees the other. On SQLite the session holds the write lock already.
    """
    if session.get_bind().dialect.name == "sqlite":
        return now()
    query = LOCK_ALONE if alone else LOCK_SHARED
    ((moment,),) = postgres.rows(session, query, {"kind": INGEST_LOCKS, "tenant": organisation_id})
    return cast(datetime, moment)


def consistent_through(session: Session) -> datetime:
    """A moment, in whole milliseconds, up to which everything stored can be read from now on; it is never too late.

    Ends the reading of the session, so that what is read next is read after it. On PostgreSQL, where the transaction of
    every writer shows by its lock, it is the clock, or the beginning of the oldest of them. SQLite has one writer, who
    stamps while it holds the write lock: where that can be had for an instant, nobody is storing anything. One
    millisecond is taken off for what is stored in the very same one.
    """
    session.rollback()
    if session.get_bind().dialect.name == "sqlite":
        moment = _through_on_sqlite(session.get_bind().engine)
    else:
        moment = session.scalars(select(func.least(func.statement_timestamp(), _oldest_writer()))).one()
    session.rollback()
    return (moment - _STEP).replace(microsecond=moment.microsecond // 1000 * 1000)


def _oldest_writer() -> ScalarSelect[datetime]:
    """When the oldest transaction began that is storing statements in this database; null where there is none."""
    locks = table("pg_locks", column("pid"), column("locktype"), column("classid"))
    backends = table("pg_stat_activity", column("pid"), column("datname"), column("xact_start"))
    oldest: ScalarSelect[datetime] = (
        select(func.min(backends.c.xact_start))
        .select_from(locks.join(backends, locks.c.pid == backends.c.pid))
        .where(
            locks.c.locktype == "advisory",
            locks.c.classid == INGEST_LOCKS,
            backends.c.datname == func.current_database(),
        )
        .scalar_subquery()
    )
    return oldest


def _through_on_sqlite(engine: Engine) -> datetime:
    """The clock while nobody writes; while somebody does, the last such moment, for what was true of it stays true."""
    connection = engine.raw_connection()
    try:
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout = {PATIENCE}")
        try:
            cursor.execute("BEGIN IMMEDIATE")
            _last[engine] = max(now(), _last.get(engine, _BEGINNING))
            cursor.execute("ROLLBACK")
        except sqlite3.OperationalError:
            logger.debug("Somebody writes: what is consistent stays where it was")
        cursor.execute(f"PRAGMA busy_timeout = {sqlite.PATIENCE}")
        cursor.close()
    finally:
        connection.close()
    return _last.get(engine, _BEGINNING)
