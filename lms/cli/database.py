"""`lms db`: the tables of the database."""

import tempfile
from pathlib import Path

import alembic.command
import click
from alembic.util.exc import CommandError

from lms import db
from lms.cli.house import Refused, explained, say, settings


@click.group("db", short_help="The tables of the database.")
def database() -> None:
    """The tables of the database."""


@database.command()
def upgrade() -> None:
    """Make the tables, or bring those of an older version up to date.

    \b
    Make a backup before you upgrade a database that people use.
    Example: lms db upgrade
    """
    with explained():
        db.upgrade(settings().database_url)
    say("The tables are up to date.")


@database.command()
def check() -> None:
    """Whether the migrations make exactly the tables that the code expects.

    \b
    For those who change the code: it works on a scratch database of its own.
    Example: lms db check
    """
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'scratch.db'}"
        db.upgrade(url)
        try:
            alembic.command.check(db.alembic_config(url))
        except CommandError as error:
            raise Refused(f"The models and the migrations differ; write a migration.\n{error}") from error
    say("The models and the migrations agree.")
