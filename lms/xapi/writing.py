"""Bulk writes, with as many SQL statements for one row as for a thousand.

Rows come sorted by their keys: two senders of the same ids then wait for each other instead of ending in a deadlock.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Column, Dialect, Table, insert
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from lms.db import Base

ROWS_AT_ONCE = 1000
"""12 columns of a thousand rows keep below the parameter limits of both databases."""


def insert_new(session: Session, table: type[Base], rows: Sequence[Mapping[str, Any]], *, key: str) -> set[Any]:
    """Insert the rows whose primary key is not there yet; returns the `key` of those that were new."""
    dialect = {"sqlite": sqlite, "postgresql": postgresql}[session.get_bind().dialect.name]
    column = getattr(table, key)
    new: set[Any] = set()
    for start in range(0, len(rows), ROWS_AT_ONCE):
        values = [dict(row) for row in rows[start : start + ROWS_AT_ONCE]]
        statement = dialect.insert(table).values(values).on_conflict_do_nothing().returning(column)
        new.update(session.scalars(statement))
    return new


def append(session: Session, table: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows that are known to be new: by COPY on PostgreSQL, which is several times faster than INSERT."""
    if not rows:
        return
    target = table.__table__
    if not isinstance(target, Table):
        raise TypeError(f"{table.__name__} is not mapped to a table")
    names = list(rows[0])
    if session.get_bind().dialect.name == "postgresql":
        _copy(session, target, names, rows)
    else:
        session.execute(insert(target), [dict(row) for row in rows])


def _copy(session: Session, target: Table, names: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> None:
    driver: Any = session.connection().connection.driver_connection
    columns = [target.c[name] for name in names]
    with driver.cursor() as cursor:
        listed = ", ".join(f'"{name}"' for name in names)
        with cursor.copy(f'COPY "{target.name}" ({listed}) FROM STDIN (FORMAT BINARY)') as copy:
            copy.set_types([_type(column, session.get_bind().dialect) for column in columns])
            for row in rows:
                copy.write_row([row[name] for name in names])


def _type(column: Column[Any], dialect: Dialect) -> str:
    """The name of the column's type as PostgreSQL knows it, without a length."""
    return column.type.compile(dialect=dialect).partition("(")[0].lower()
