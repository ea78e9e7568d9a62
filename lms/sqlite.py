"""SQLite as the house uses it: durable, many readers beside one writer, strict about foreign keys."""

from typing import Any

from sqlalchemy import Engine, event

PATIENCE = 30_000
"""Milliseconds that a writer waits for the one before it."""


def prepare(engine: Engine) -> None:
    """Set up its connections, and begin what is executed with the option `writes` as a writer.

    Such a one waits for the writer before it; with the option `waits` false it raises OperationalError instead.
    """

    @event.listens_for(engine, "connect")
    def _set_up(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", f"busy_timeout={PATIENCE}"):
            connection.execute(f"PRAGMA {pragma}")
        # What somebody has erased is overwritten in the file too, as with a note about somebody's health.
        connection.execute("PRAGMA secure_delete=ON")

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        options = connection.get_execution_options()
        if not options.get("writes", False):
            connection.exec_driver_sql("BEGIN")
        elif options.get("waits", True):
            # At once: two readers that both turn into writers would fail with SQLITE_BUSY.
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            _begin_without_waiting(connection)


def _begin_without_waiting(connection: Any) -> None:
    connection.exec_driver_sql("PRAGMA busy_timeout=0")
    try:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    finally:
        connection.exec_driver_sql(f"PRAGMA busy_timeout={PATIENCE}")
