"""The rows and links of statements, and the fastest ways to write them: the drivers alone, without SQLAlchemy."""

import json
import sqlite3
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import cache, partial
from typing import Any

import psycopg
from sqlalchemy import make_url
from sqlalchemy.dialects import sqlite

from lms.clock import now
from lms.db import open_engine
from lms.xapi.models import StatementLink, StatementRow
from lms.xapi.rules import V2, prepare
from lms.xapi.storing import LINK, STATEMENT, links_of, row_of
from lms.xapi.writing import copying

AUTHORITY = {"objectType": "Agent", "name": "Bench", "account": {"homePage": "https://bench.example", "name": "1.x"}}
TABLES: tuple[tuple[Any, Sequence[str]], ...] = (
    (StatementRow.__table__, STATEMENT),
    (StatementLink.__table__, LINK),
)
Values = tuple[Any, ...]
Rows = tuple[list[Values], list[Values]]
"""Of statements and of their links, as the driver wants them."""
Connected = psycopg.Connection[Any] | sqlite3.Connection
Write = Callable[[Rows], None]
"""One transaction."""


def rows_of(url: str, made: Sequence[dict[str, Any]], *, organisation_id: int, stored: datetime) -> Rows:
    """What the record store writes of these statements, in the order of their ids as it does."""
    prepared = prepare(json.dumps(made).encode(), version=V2, now=now(), authority=AUTHORITY)
    ordered = sorted(prepared, key=lambda one: one.id)
    found: Rows = (
        [row_of(organisation_id, one, credential_id=None, stored=stored) for one in ordered],
        [link for one in ordered for link in links_of(organisation_id, one, stored)],
    )
    return _for_sqlite(found) if url.startswith("sqlite") else found


def _for_sqlite(found: Rows) -> Rows:
    statements, links = (
        [
            tuple(value if bound is None else bound(value) for bound, value in zip(processors, row, strict=True))
            for row in of_table
        ]
        for processors, of_table in zip((_processors(place) for place in range(2)), found, strict=True)
    )
    return statements, links


@cache
def _processors(place: int) -> list[Callable[[Any], Any] | None]:
    """How the values of a table's columns are given to SQLite."""
    table, names = TABLES[place]
    dialect = sqlite.dialect()
    return [table.c[name].type.dialect_impl(dialect).bind_processor(dialect) for name in names]


def connect(url: str) -> Connected:
    """A connection of the driver, as durable as those of the app."""
    if url.startswith("sqlite"):
        connection: Any = open_engine(url).raw_connection()
        driver: sqlite3.Connection = connection.driver_connection
        connection.detach()
        return driver
    where = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    return psycopg.connect(where, autocommit=True)


def in_bulk(connection: Connected) -> Write:
    """Writes by binary COPY on PostgreSQL, by executemany on SQLite."""
    if isinstance(connection, sqlite3.Connection):
        return partial(_execute_many, connection)
    return partial(_copy, connection)


def plainly(connection: Connected) -> Write:
    """Writes by one prepared INSERT for each table on PostgreSQL, by executemany on SQLite."""
    if isinstance(connection, sqlite3.Connection):
        return partial(_execute_many, connection)
    return partial(_insert, connection)


def _copy(connection: psycopg.Connection[Any], batch: Rows) -> None:
    with connection.transaction(), connection.cursor() as cursor:
        for place, of_table in enumerate(batch):
            into, types = copying(*TABLES[place])
            with cursor.copy(into) as copy:
                copy.set_types(types)
                for row in of_table:
                    copy.write_row(row)


def _insert(connection: psycopg.Connection[Any], batch: Rows) -> None:
    with connection.transaction(), connection.cursor() as cursor:
        for place, of_table in enumerate(batch):
            into = _inserting(place, mark="%s", number=len(of_table))
            cursor.execute(into, [value for row in of_table for value in row], prepare=True)


def _execute_many(connection: sqlite3.Connection, batch: Rows) -> None:
    connection.execute("BEGIN IMMEDIATE")
    for place, of_table in enumerate(batch):
        connection.executemany(_inserting(place, mark="?", number=1), of_table)
    connection.execute("COMMIT")


@cache
def _inserting(place: int, *, mark: str, number: int) -> Any:
    table, names = TABLES[place]
    one = f"({', '.join([mark] * len(names))})"
    return f"INSERT INTO {table.name} ({', '.join(names)}) VALUES {', '.join([one] * number)}"  # noqa: S608
