"""How the tables of a database stand to the migrations of this version."""

from typing import Literal

from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine

from lms.db import alembic_config

EMPTY: Literal["empty"] = "empty"
OLD: Literal["old"] = "old"
NEWEST: Literal["newest"] = "newest"
UNKNOWN: Literal["unknown"] = "unknown"


def state(engine: Engine) -> Literal["empty", "old", "newest", "unknown"]:
    """No tables, those of an older version, those of this one, or some that this version does not know."""
    scripts = ScriptDirectory.from_config(alembic_config(""))
    with engine.connect() as connection:
        found = set(MigrationContext.configure(connection).get_current_heads())
    if not found:
        return EMPTY
    if found == set(scripts.get_heads()):
        return NEWEST
    known = {script.revision for script in scripts.walk_revisions()}
    return OLD if found <= known else UNKNOWN
