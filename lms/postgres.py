"""PostgreSQL by its own driver, for what comes with every request: SQLAlchemy would take longer than the answer.

Connection and transaction are those of the session, and errors are SQLAlchemy's, as the rest of the house knows them.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any

import psycopg
from sqlalchemy import CompoundSelect, Dialect, Select, TextClause
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

Asked = Select[Any] | CompoundSelect[*tuple[Any, ...]] | TextClause
_DIALECT: Dialect = PGDialect_psycopg()  # type: ignore[no-untyped-call]


@contextmanager
def driver(session: Session, text: str) -> Iterator[psycopg.Connection[Any]]:
    """The driver's connection; `text` is the statement that errors tell."""
    connection = session.connection()
    driven: Any = connection.connection.driver_connection
    try:
        yield driven
    except psycopg.Error as error:
        if driven.closed:
            connection.invalidate(error)
        raise DBAPIError.instance(
            text,
            None,
            error,
            psycopg.Error,
            hide_parameters=True,
            connection_invalidated=driven.closed,
            dialect=_DIALECT,
        ) from error


def rows(session: Session, query: Asked, parameters: Mapping[str, Any]) -> Sequence[Sequence[Any]]:
    """What a query gives that is made once for the life of the process; on SQLite SQLAlchemy asks it.

    No types of columns are applied on PostgreSQL: a moment is aware, and in whatever zone the server tells it.
    """
    if session.get_bind().dialect.name != "postgresql":
        return session.connection().execute(query, parameters).all()
    text = text_of(query)
    with driver(session, text) as connection:
        return connection.execute(text, parameters).fetchall()


@cache
def text_of(query: Asked) -> str:
    """The statement as the driver takes it, with its parameters by name."""
    return str(query.compile(dialect=_DIALECT))
