"""`lms organisation` and `lms user`: who may come in."""

import sys
from datetime import datetime
from uuid import UUID

import click
from sqlalchemy.orm import Session

from lms.cli import options
from lms.cli.house import Refused, opened, organisation_of, say, settings
from lms.clock import now
from lms.db import transaction
from lms.people import queries as people_queries
from lms.people import service as people
from lms.people.rules import FACILITATOR, PARTICIPANT, ROLES, KnownAgent
from lms.programme import service as programme


@click.group(short_help="Organisations: the tenants of this installation.")
def organisation() -> None:
    """Organisations: the tenants of this installation."""


@organisation.command("add")
@click.argument("slug")
@click.option("--name", required=True, help="The name as people read it.")
def add_organisation(slug: str, name: str) -> None:
    """Add the organisation SLUG, its short name in addresses.

    \b
    Example: lms organisation add sukabumi --name "Kota Sukabumi"
    """
    with opened(), transaction() as session:
        people.add_organisation(session, slug=slug, name=name, now=now())
    say(f"The organisation {slug} is there. Next: python3 manage.py user add EMAIL --role admin --organisation {slug}")


@click.group(short_help="Accounts of people who sign in.")
def user() -> None:
    """Accounts of people who sign in."""


@user.command("add")
@click.argument("email")
@click.option("--role", required=True, type=click.Choice(list(ROLES)), help="What the person may do.")
@click.option("--name", help="The person's name; without it, what stands before the @ of the e-mail.")
@click.option(
    "--group",
    "groups",
    multiple=True,
    metavar="COHORT/GROUP",
    help="A group that a facilitator marks; further ones may follow it, or the option be repeated.",
)
@click.argument("more_groups", nargs=-1, metavar="[COHORT/GROUP]...")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input instead of making a link.")
@options.organisation
def add_user(
    email: str,
    role: str,
    name: str | None,
    groups: tuple[str, ...],
    more_groups: tuple[str, ...],
    password_stdin: bool,
    organisation: str | None,
) -> None:
    """Add an account for EMAIL, and print a one-time link by which the person chooses a password.

    \b
    A participant's account is for the participant with this e-mail.
    Example: lms user add wati@example.org --role facilitator --group "III/A" --group "III/B"
    """
    password = sys.stdin.readline().rstrip("\r\n") if password_stdin else None
    moment = now()
    with opened(), transaction() as session:
        organisation_id = organisation_of(session, organisation)
        account = people.add_account(
            session,
            organisation_id=organisation_id,
            role=role,
            name=name or email.partition("@")[0],
            email=None if role == PARTICIPANT else email,
            participant_id=_participant(session, organisation_id, email) if role == PARTICIPANT else None,
            password=password,
            now=moment,
        )
        _assign(session, organisation_id, account, role, (*groups, *more_groups), moment)
        path = None if password_stdin else _link(session, organisation_id, account, moment)
    if path is not None:
        say(f"{email} can choose a password once, within 14 days, at:")
        click.echo(settings().public_url + path)


def _participant(session: Session, organisation_id: int, email: str) -> UUID:
    agent = KnownAgent(key=b"", kind="mbox", value=f"mailto:{email}")
    found = people_queries.resolve_agents(session, organisation_id=organisation_id, agents=[agent])
    if agent.key not in found:
        raise Refused(f"No participant has the e-mail {email}; import the participants first.")
    return found[agent.key]


def _assign(
    session: Session, organisation_id: int, account: UUID, role: str, groups: tuple[str, ...], moment: datetime
) -> None:
    if groups and role != FACILITATOR:
        raise Refused("Only a facilitator marks groups; leave --group out, or use --role facilitator.")
    if groups:
        programme.assign_facilitator(
            session, organisation_id=organisation_id, account_id=account, groups=groups, now=moment
        )


def _link(session: Session, organisation_id: int, account: UUID, moment: datetime) -> str:
    (invited,) = people.invite(
        session, organisation_id=organisation_id, account_ids=[account], by_mail=False, now=moment
    )
    return invited.path
