"""Letters of every room: put into the outbox where mail is set up, in the deployment's own language."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import current_app
from flask_babel import force_locale, gettext
from sqlalchemy.orm import Session

from lms.people import mail, participant_queries
from lms.people import queries as people
from lms.people.rules import ADMIN, MANAGER
from lms.settings import Settings


def write_to(
    session: Session,
    *,
    organisation_id: int,
    recipients: Iterable[str | None],
    subject: str,
    body: str,
    path: str = "",
    now: datetime,
    **values: Any,
) -> int:
    """Post one letter to each of these addresses, and return how many; those of None are left out.

    `subject` and `body` are marked templates (N_) with named parameters; `%(link)s` is the public address of `path`.
    Nobody knows which language a reader prefers, so it is the deployment's. Without a mail server nothing is posted.
    """
    settings = _settings()
    addresses = sorted({address for address in recipients if address}) if settings.smtp_url else []
    with force_locale(settings.locale):
        told = values | {"link": settings.public_url + path}
        written = {"subject": gettext(subject) % told, "body": gettext(body) % told}
    for address in addresses:
        mail.post(session, organisation_id=organisation_id, recipient=address, now=now, **written)
    return len(addresses)


def write_to_participant(
    session: Session, *, organisation_id: int, participant_id: UUID, now: datetime, **letter: Any
) -> int:
    """The same to a participant who has an address. One query."""
    found = addresses_of(session, organisation_id=organisation_id, participant_ids=[participant_id])
    return write_to(session, organisation_id=organisation_id, recipients=found.values(), now=now, **letter)


def write_to_managers(session: Session, *, organisation_id: int, now: datetime, **letter: Any) -> int:
    """The same to the programme managers, to the administrators where there is none. Two queries at most."""
    found = _addresses(session, organisation_id, MANAGER) or _addresses(session, organisation_id, ADMIN)
    return write_to(session, organisation_id=organisation_id, recipients=found, now=now, **letter)


def addresses_of(session: Session, *, organisation_id: int, participant_ids: Collection[UUID]) -> dict[UUID, str]:
    """Where letters to these participants go; nowhere without a mail server. 1 query per 500 participants."""
    if not _settings().smtp_url:
        return {}
    return participant_queries.addresses(session, organisation_id=organisation_id, participant_ids=participant_ids)


def _addresses(session: Session, organisation_id: int, role: str) -> list[str]:
    found = people.accounts(session, organisation_id=organisation_id, roles=[role], limit=None)
    return [one.email for one in found if one.state != "inactive" and one.email is not None]


def _settings() -> Settings:
    settings: Settings = current_app.extensions["settings"]
    return settings
