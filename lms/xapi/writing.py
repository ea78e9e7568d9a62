"""Bulk writes, with as many SQL statements for one row as for a thousand.

Rows come sorted by their keys: two senders of the same ids then wait for each other instead of ending in a deadlock.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any

import psycopg
from sqlalchemy import Table, insert, inspect
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import ReturningInsert

from lms import bulk, postgres
from lms.db import Again, Base

ROWS_AT_ONCE = 1000
"""12 columns of a thousand rows keep below the parameter limits of both databases."""
FEW = 300
"""Rows of a table that an INSERT takes no longer for than a COPY would."""


def insert_new(session: Session, table: type[Base], rows: Sequence[Mapping[str, Any]], *, key: str) -> set[Any]:
    """Insert the rows whose primary key is not there yet; returns the `key` of those that were new."""
    if not rows:
        return set()
    statement = _inserting(table, key, session.get_bind().dialect.name)
    return set(session.connection().execute(statement, [dict(row) for row in rows]).scalars())


@cache
def _inserting(table: type[Base], key: str, dialect: str) -> ReturningInsert[tuple[Any]]:
    """Made once, and compiled once whatever the number of rows."""
    module = {"sqlite": sqlite, "postgresql": postgresql}[dialect]
    target = _table(table)
    made: ReturningInsert[tuple[Any]] = module.insert(target).on_conflict_do_nothing().returning(target.c[key])
    return made


def _table(table: type[Base]) -> Table:
    target = table.__table__
    if not isinstance(target, Table):
        raise TypeError(f"{table.__name__} is not mapped to a table")
    return target


def upsert(session: Session, table: type[Base], rows: Sequence[Mapping[str, Any]], *, changing: Sequence[str]) -> None:
    """Insert the rows; where one is there already, give it the values of the columns `changing`."""
    dialect = {"sqlite": sqlite, "postgresql": postgresql}[session.get_bind().dialect.name]
    for start in range(0, len(rows), ROWS_AT_ONCE):
        statement = dialect.insert(table).values([dict(row) for row in rows[start : start + ROWS_AT_ONCE]])
        keys = [column.name for column in inspect(table).primary_key]
        changed = {name: statement.excluded[name] for name in changing}
        session.execute(statement.on_conflict_do_update(index_elements=keys, set_=changed))


def append(session: Session, table: type[Base], names: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Insert rows that are known to be new, each with a value for every one of the columns `names`.

    On PostgreSQL a few go by INSERT and many by COPY, which is several times faster but takes longer to begin: one SQL
    statement either way. Raises Again where another transaction has written one of them meanwhile.
    """
    if not rows:
        return
    target = _table(table)
    if session.get_bind().dialect.name != "postgresql":
        session.execute(insert(target), [dict(zip(names, row, strict=True)) for row in rows])
    elif len(rows) <= FEW:
        _insert(session, target, tuple(names), rows)
    else:
        _copy(session, target, tuple(names), rows)


def _insert(session: Session, target: Table, names: tuple[str, ...], rows: Sequence[Sequence[Any]]) -> None:
    into = bulk.inserting(target, names)
    with _writing(session, into) as connection:
        connection.execute(into, [[*column] for column in zip(*rows, strict=True)])


def _copy(session: Session, target: Table, names: tuple[str, ...], rows: Sequence[Sequence[Any]]) -> None:
    into, types = copying(target, names)
    with _writing(session, into) as connection, connection.cursor() as cursor, cursor.copy(into) as copy:
        copy.set_types(types)
        for row in rows:
            copy.write_row(row)


@contextmanager
def _writing(session: Session, text: str) -> Iterator[psycopg.Connection[Any]]:
    """The connection of the driver, for what writes rows that are known to be new."""
    try:
        with postgres.driver(session, text) as connection:
            yield connection
    except IntegrityError as error:
        if not isinstance(error.orig, psycopg.errors.UniqueViolation):
            raise
        told = error.orig.diag
        raise Again(f"{told.table_name}: {told.constraint_name}") from error


@cache
def copying(target: Table, names: tuple[str, ...]) -> tuple[str, list[str]]:
    """The COPY into these columns, and the names of their types as PostgreSQL knows them."""
    listed = ", ".join(f'"{name}"' for name in names)
    return f'COPY "{target.name}" ({listed}) FROM STDIN (FORMAT BINARY)', bulk.types_of(target, names)
