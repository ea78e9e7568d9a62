"""Many rows in one statement of PostgreSQL, with a parameter for each column: the statement is the same for any number.

SQLAlchemy makes a statement for each number of rows, or sends one for each row.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import Dialect, Table
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

_DIALECT: Dialect = PGDialect_psycopg()  # type: ignore[no-untyped-call]


@cache
def inserting(target: Table, names: tuple[str, ...]) -> str:
    """The INSERT into these columns; its parameters are what `columns_of` makes of the rows."""
    listed = ", ".join(f'"{name}"' for name in names)
    arrays = ", ".join(f"%b::{kind}[]" for kind in types_of(target, names))
    return f'INSERT INTO "{target.name}" ({listed}) SELECT * FROM unnest({arrays})'  # noqa: S608  (names of our own tables)


@cache
def replacing(target: Table, names: tuple[str, ...]) -> str:
    """The same; a row whose primary key is there gets the values of the other columns. No key may come twice."""
    keys = [column.name for column in target.primary_key]
    fresh = ", ".join(f'"{name}" = excluded."{name}"' for name in names if name not in keys)
    listed = ", ".join(f'"{name}"' for name in keys)
    return f"{inserting(target, names)} ON CONFLICT ({listed}) DO UPDATE SET {fresh}"


def columns_of(target: Table, names: tuple[str, ...], rows: Sequence[Sequence[Any]]) -> list[list[Any]]:
    """The values of each column of the rows, as the driver takes them."""
    made = []
    for turned, values in zip(_turned(target, names), zip(*rows, strict=True), strict=True):
        made.append([*values] if turned is None else [turned(value) for value in values])
    return made


@cache
def types_of(target: Table, names: tuple[str, ...]) -> list[str]:
    """The names of the columns' types as PostgreSQL knows them, without a length."""
    return [target.c[name].type.compile(dialect=_DIALECT).partition("(")[0].lower() for name in names]


@cache
def _turned(target: Table, names: tuple[str, ...]) -> list[Any]:
    """What makes the driver's value of one of the house, by column; None where they are the same."""
    return [target.c[name].type.dialect_impl(_DIALECT).bind_processor(_DIALECT) for name in names]
