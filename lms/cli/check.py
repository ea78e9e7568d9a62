"""`lms check`: what is wrong with this installation."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lms.cli import queries
from lms.cli.house import REFUSED, explained, opened, settings
from lms.clock import now
from lms.db import reading
from lms.people import queries as people
from lms.programme import queries as programmes
from lms.settings import ROOT, Settings
from lms.xapi import queries as xapi

LOOPBACK = ("localhost", "127.0.0.1", "::1")
LONG_QUEUE = 1000
CLOCKS_MAY_DIFFER = timedelta(seconds=30)
FEWEST_SECRET_LETTERS, SHORTEST_SECRET = 10, 32


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """Something to know of the installation; `is_wrong` where it has to be mended."""

    text: str
    is_wrong: bool = True


@click.command()
def check() -> None:
    """Say what is wrong with this installation, and what needs a look. Exit code 1 if anything is wrong.

    \b
    Example: lms check
    """
    with explained():
        chosen = settings()
    found = [*of_settings(chosen), *of_machine()]
    with opened():
        session = reading()
        found += [*of_clock(session), *of_organisations(session)]
    for finding in sorted(found, key=lambda finding: not finding.is_wrong):
        click.echo(f"{'WRONG' if finding.is_wrong else 'note '}  {finding.text}")
    if any(finding.is_wrong for finding in found):
        click.get_current_context().exit(REFUSED)
    click.echo("Nothing is wrong.")


def of_settings(chosen: Settings) -> Iterator[Finding]:
    """What is wrong with the settings. That they can be read is known already."""
    if len(chosen.secret_key) < SHORTEST_SECRET or len(set(chosen.secret_key)) < FEWEST_SECRET_LETTERS:
        yield Finding(text="The secret key is short or plain; set LMS_SECRET_KEY to 48 random characters.")
    host = urlsplit(chosen.public_url).hostname
    if not chosen.is_https and host not in LOOPBACK:
        yield Finding(
            text=f"People reach {host} without encryption; serve HTTPS, and set LMS_PUBLIC_URL to https://..."
        )
    if not chosen.smtp_url:
        yield Finding(text="No mail is sent (LMS_SMTP_URL is empty): managers pass links on by hand.", is_wrong=False)


def of_machine() -> Iterator[Finding]:
    """What is wrong with the machine."""
    folder = ROOT / "var"
    if folder.exists() and not os.access(folder, os.W_OK):
        yield Finding(text=f"{folder} cannot be written by this user.")
    try:
        ZoneInfo("Asia/Jakarta")
    except ZoneInfoNotFoundError:
        yield Finding(text="The time zone database is missing; install the package tzdata.")


def of_clock(session: Session) -> Iterator[Finding]:
    """Whether the database server, where there is one, has the same clock."""
    if session.get_bind().dialect.name != "postgresql":
        return
    theirs = session.scalar(select(func.clock_timestamp()))
    if theirs is not None and abs(theirs - now()) > CLOCKS_MAY_DIFFER:
        yield Finding(text="The clocks of this machine and of the database server differ; set both by NTP.")


def of_organisations(session: Session) -> Iterator[Finding]:
    """What is wrong in the organisations, and what waits for somebody."""
    known = people.organisations(session)
    if not known:
        yield Finding(text="Nothing is set up yet: `organisation add`, or open /setup after `serve`.", is_wrong=False)
    for tenant in known:
        for look in (_of_records, _of_mail, _of_programmes):
            for finding in look(session, tenant.id):
                yield Finding(text=f"{tenant.slug}: {finding.text}", is_wrong=finding.is_wrong)


def _of_records(session: Session, organisation_id: int) -> Iterator[Finding]:
    counts = xapi.counts(session, organisation_id=organisation_id)
    if counts.parked:
        yield Finding(text=f"{counts.parked} statements failed three times and do not count; see /waiting.")
    if counts.queued:
        text = f"{counts.queued} statements are not counted yet; is `serve` or `worker` running?"
        yield Finding(text=text, is_wrong=counts.queued >= LONG_QUEUE)
    if counts.persons or counts.modules:
        text = (
            f"{counts.persons} statements are of unknown people, {counts.modules} about unknown modules; see /waiting."
        )
        yield Finding(text=text, is_wrong=False)


def _of_mail(session: Session, organisation_id: int) -> Iterator[Finding]:
    number, error = queries.failing_mail(session, organisation_id=organisation_id)
    if number:
        yield Finding(text=f"{number} letters cannot be sent; the last one met with: {error}")


def _of_programmes(session: Session, organisation_id: int) -> Iterator[Finding]:
    """Programmes that cohorts run by figures nobody has verified."""
    running = {
        entry.id: entry for entry in programmes.versions(session, organisation_id=organisation_id) if entry.cohorts
    }
    read = programmes.programmes_of(session, organisation_id=organisation_id, version_ids=list(running))
    for version_id, entry in running.items():
        unverified = sum(not source.verified for source in read[version_id].sources)
        if unverified:
            text = f"{entry.code} version {entry.version}: {unverified} rules are not verified against their source."
            yield Finding(text=text, is_wrong=False)
