"""Which errors of the database pass by themselves: there the same request may be sent again, everywhere else not."""

import sqlite3

from sqlalchemy.exc import OperationalError

PASSING = ("08", "40001", "40P01", "53300", "55P03", "57P01", "57P02", "57P03", "57P05")
"""Beginnings of PostgreSQL's codes: lost connections (08), serialization failure and deadlock, too many connections, a
lock not to be had, and a server that shuts down, crashed, starts or closed an idle session
(https://www.postgresql.org/docs/current/errcodes-appendix.html)."""

PASSING_LITE = frozenset((sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_CANTOPEN))


def passes(error: OperationalError) -> bool:
    """Whether the database was only out of reach or busy. An error without a code is a connection that failed."""
    if isinstance(error.orig, sqlite3.Error):
        # The lower eight bits are the kind of error, the others tell more of it (https://www.sqlite.org/rescode.html).
        return getattr(error.orig, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF in PASSING_LITE
    code = getattr(error.orig, "sqlstate", None)
    return error.connection_invalidated or code is None or code.startswith(PASSING)
