"""Runs the migrations on the database that the caller names. Alembic finds this file; `lms db upgrade` calls it."""

from alembic import context
from sqlalchemy import text

import lms.appeals.models
import lms.assessment.models
import lms.attendance.check_in_models
import lms.attendance.models
import lms.attendance.register_models
import lms.attended.models
import lms.decisions.models
import lms.leave.models
import lms.people.models
import lms.programme.models
import lms.progress.models
import lms.xapi.document_models
import lms.xapi.gate_models
import lms.xapi.models  # noqa: F401
from lms.db import Base, open_engine

engine = open_engine(context.config.attributes["url"])
with engine.connect() as connection:
    if engine.dialect.name == "postgresql":
        # A migration that waits behind a long transaction would stop everybody behind it; it gives up instead.
        connection.execute(text("SET lock_timeout = '5s'"))
        connection.commit()
    else:
        # Tables are made anew there to change them, and others point at them meanwhile. Not within a transaction.
        connection.connection.driver_connection.execute("PRAGMA foreign_keys = OFF")
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=engine.dialect.name == "sqlite",
        compare_type=True,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()
    if engine.dialect.name == "sqlite":
        broken = connection.connection.driver_connection.execute("PRAGMA foreign_key_check").fetchall()
        if broken:
            raise RuntimeError(f"After the migration rows point at what is not there: {broken[:5]}")
engine.dispose()
