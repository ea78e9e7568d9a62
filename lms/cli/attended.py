"""`lms attended`: have the record store told of marks that were made before it was told of any."""

import click

from lms.attended import service
from lms.cli import options
from lms.cli.house import opened, organisation_of, say
from lms.db import transaction
from lms.programme import queries as programmes


@click.group(short_help="Marks as statements of the record store.")
def attended() -> None:
    """Marks as statements of the record store."""


@attended.command("tell")
@click.option("--cohort", required=True, metavar="CODE", help="The cohort's code.")
@options.organisation
def tell(cohort: str, organisation: str | None) -> None:
    """Have the record store told of all marks of a cohort. New marks are told by themselves; twice changes nothing.

    The background work tells them, some hundred a second.

    \b
    Example: lms attended tell --cohort III
    """
    with opened(), transaction() as session:
        organisation_id = organisation_of(session, organisation)
        found = programmes.cohort_by_code(session, organisation_id=organisation_id, code=cohort)
        number = service.note_cohort(session, organisation_id=organisation_id, cohort_id=found.id)
    say(f"{number} people at sessions are looked at; the record store is told of those who attended.")
