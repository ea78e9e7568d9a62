"""`lms leave`: erase the notes of leaves that are long over."""

import click

from lms.cli import options
from lms.cli.house import opened, organisation_of, say
from lms.clock import now
from lms.db import transaction
from lms.leave import service


@click.group(short_help="Leave: how long notes are kept.")
def leave() -> None:
    """Leave: how long notes are kept."""


@leave.command("erase")
@click.option(
    "--older-than",
    "days",
    type=click.IntRange(min=0, max=36500),
    required=True,
    metavar="DAYS",
    help="How many days ago a leave has to have ended.",
)
@options.organisation
def erase(days: int, organisation: str | None) -> None:
    """Erase the notes and documents of leaves that ended more than DAYS ago and were decided about.

    Requests and marks stay. Run it regularly, as your rule of retention has it.

    \b
    Example: lms leave erase --older-than 365
    """
    with opened(), transaction() as session:
        number = service.erase_old_notes(
            session, organisation_id=organisation_of(session, organisation), days=days, now=now()
        )
    say(f"Erased {number} {'note' if number == 1 else 'notes'}.")
