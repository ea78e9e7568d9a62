"""How much room statements take."""

from collections.abc import Mapping

from sqlalchemy import Engine, text

from lms.xapi.models import StatementLink, StatementReference, StatementRow

TABLES = (StatementRow.__tablename__, StatementLink.__tablename__, StatementReference.__tablename__)
# A table's own bytes are with its long texts, its free space map and its visibility map.
_BYTES = text("""
    SELECT relation.relname, pg_table_size(relation.oid), relation.relname = ANY(:tables)
    FROM pg_class AS relation
    WHERE relation.relname = ANY(:tables) OR relation.oid IN (
        SELECT indexrelid FROM pg_index JOIN pg_class AS indexed ON indexed.oid = indrelid
        WHERE indexed.relname = ANY(:tables)
    )
    ORDER BY 3 DESC, 2 DESC
""")


def written(engine: Engine) -> Mapping[str, int]:
    """The bytes of each table of statements and of each index on one, on PostgreSQL; empty on SQLite."""
    if engine.dialect.name != "postgresql":
        return {}
    with engine.connect() as connection:
        rows = connection.execute(_BYTES, {"tables": list(TABLES)}).all()
    return {f"{'table' if is_table else 'index'} {name}": size for name, size, is_table in rows}
