"""What every command stands on: settings, the app and its database, and how errors end a command.

Exit codes: 0 fine, 1 refused by the rules, 2 used wrongly, 3 something around Padu is in the way.
"""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import click
from flask import Flask
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import Session

from lms.cli import schema
from lms.db import db
from lms.errors import DomainError, Problems
from lms.people import queries as people
from lms.plugin import Plugin, PluginError, load_plugins
from lms.settings import Settings, SettingsError

REFUSED, TROUBLE, INTERRUPTED = 1, 3, 130
UPGRADE = "python3 manage.py db upgrade"


class Trouble(click.ClickException):
    """Something around Padu is in the way: a setting, the database, its schema."""

    exit_code = TROUBLE

    def show(self, file: Any = None) -> None:
        click.echo(self.message, err=True)


class Refused(click.ClickException):
    """The rules refuse it."""

    exit_code = REFUSED

    def show(self, file: Any = None) -> None:
        click.echo(self.message, err=True)


@contextmanager
def explained() -> Iterator[None]:
    """Turn what can be expected to go wrong into a message and an exit code."""
    try:
        yield
    except DomainError as error:
        raise Refused(_told(error)) from error
    except SettingsError as error:
        raise Trouble(f"The settings are wrong; correct the environment or config.py:\n{error}") from error
    except PluginError as error:
        raise Trouble(str(error)) from error
    except OperationalError as error:
        raise Trouble(_database_trouble(error)) from error


def _told(error: DomainError) -> str:
    if not isinstance(error, Problems):
        return str(error)
    return f"{error}\n{error.message}"


def _database_trouble(error: DBAPIError) -> str:
    cause = str(error.orig).strip().partition("\n")[0]
    if "database is locked" in cause:
        return "Another process has been writing to the database for more than 30 seconds; try again, or stop it."
    if "unable to open database file" in cause:
        return f"The database file cannot be opened (LMS_DATABASE_URL). For a new one, run `{UPGRADE}`."
    return f"The database cannot be used: {cause}\nCheck LMS_DATABASE_URL, and that the database server runs."


def settings() -> Settings:
    """The settings of this run: those of config.py, unless the caller of the command line brought some."""
    given = click.get_current_context().find_object(Settings)
    if given is not None:
        return given
    import config  # noqa: PLC0415  (it reads the environment, which --help must not need)

    chosen: Settings = config.settings
    return chosen


def plugins() -> Sequence[Plugin]:
    """The plugins that the settings name."""
    return load_plugins(settings().plugins)


@contextmanager
def opened() -> Iterator[Flask]:
    """The app, within its context, on a database whose schema is the newest."""
    from lms.app import create_app  # noqa: PLC0415  (the whole house; commands that need none start faster)

    with explained():
        app = create_app(settings(), plugins())
        with app.app_context():
            try:
                require_schema()
                yield app
            finally:
                db.session.remove()
                db.engine.dispose()


def require_schema() -> None:
    """Raise Trouble unless the database of the app has the newest schema."""
    state = schema.state(db.engine)
    if state == schema.EMPTY:
        raise Trouble(f"The database has no tables yet: run `{UPGRADE}`.")
    if state == schema.OLD:
        raise Trouble(f"The tables are those of an older version: make a backup, then run `{UPGRADE}`.")
    if state == schema.UNKNOWN:
        raise Trouble("The tables are those of a newer version of Padu than this one: run that version.")


def organisation_of(session: Session, slug: str | None) -> int:
    """The id of the organisation with this short name, or of the only one."""
    if slug is not None:
        return people.organisation_by_slug(session, slug=slug).id
    only = people.only_organisation(session)
    if only is not None:
        return only.id
    names = ", ".join(known.slug for known in people.organisations(session))
    if not names:
        raise Refused("There is no organisation yet: run `python3 manage.py organisation add SLUG --name NAME`.")
    raise Refused(f"There are several organisations; add --organisation with one of: {names}.")


def say(message: str) -> None:
    """Tell whoever watches; what scripts read goes to standard output instead."""
    click.echo(message, err=True)


def is_watched() -> bool:
    """Whether somebody watches, so that a progress bar makes sense."""
    return sys.stderr.isatty()
