"""`lms programme` and `lms cohort`: what is taught, and one run of it."""

from datetime import datetime
from decimal import Decimal
from pathlib import Path

import click

from lms.cli import options
from lms.cli.house import Refused, opened, organisation_of, say
from lms.clock import now
from lms.db import transaction
from lms.programme import service

LARGEST_PROGRAMME = 4 * 1024 * 1024


@click.group(short_help="Programmes: what is taught and how it counts.")
def programme() -> None:
    """Programmes: what is taught and how it counts."""


@programme.command("publish")
@click.argument("file", type=options.FILE)
@options.organisation
def publish(file: str, organisation: str | None) -> None:
    """Publish the programme FILE (TOML). A published version never changes; the same content again is fine.

    \b
    Example: lms programme publish latsar.toml
    """
    text = text_of(Path(file))
    with opened(), transaction() as session:
        done = service.publish(
            session,
            organisation_id=organisation_of(session, organisation),
            text=text,
            published_by=None,
            now=now(),
        )
    state = "was published before, with the same content" if done.already else "is published"
    say(f"Version {done.version} of {done.code} {state}.")


def text_of(path: Path) -> str:
    """What a programme file says; raises Refused for one that is too large or no text."""
    content = path.read_bytes()[: LARGEST_PROGRAMME + 1]
    if len(content) > LARGEST_PROGRAMME:
        raise Refused(f"{path.name} is larger than {LARGEST_PROGRAMME >> 20} MB, which no programme is.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Refused(f"line {content[: error.start].count(10) + 1}: this is not UTF-8 text.") from error


@click.group(short_help="Cohorts: the runs of a programme.")
def cohort() -> None:
    """Cohorts: the runs of a programme."""


@cohort.command("add")
@click.option("--programme", "programme_code", required=True, metavar="CODE", help="The programme's code.")
@click.option("--version", type=click.IntRange(min=1), help="Its version; without it, the newest.")
@click.option("--code", required=True, help="The cohort's code, as in III; it is part of addresses.")
@click.option("--name", required=True, help="The name as people read it.")
@click.option("--starts-at", required=True, type=options.MOMENT, help="When it starts, with the offset from UTC.")
@click.option("--ends-at", type=options.MOMENT, help="When it ends, which closes every module.")
@click.option("--time-zone", required=True, metavar="ZONE", help="Where it is held, as in Asia/Jakarta.")
@click.option("--target", "targets", multiple=True, type=options.TARGET, help="An average to reach; may be repeated.")
@options.organisation
def add_cohort(
    programme_code: str,
    version: int | None,
    code: str,
    name: str,
    starts_at: datetime,
    ends_at: datetime | None,
    time_zone: str,
    targets: tuple[tuple[str, Decimal], ...],
    organisation: str | None,
) -> None:
    """Add a cohort that runs a published version of a programme.

    \b
    Example: lms cohort add --programme latsar --code III --name "Angkatan III"
             --starts-at 2026-03-02T08:00:00+07:00 --time-zone Asia/Jakarta --target mooc=90
    """
    with opened(), transaction() as session:
        service.add_cohort(
            session,
            organisation_id=organisation_of(session, organisation),
            programme_code=programme_code,
            version=version,
            code=code,
            name=name,
            starts_at=starts_at,
            ends_at=ends_at,
            time_zone=time_zone,
            targets=dict(targets),
            now=now(),
        )
    say(f"The cohort {code} is there. Next: python3 manage.py import participants --cohort {code!r} FILE")
