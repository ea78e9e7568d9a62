"""Letters of every room: put into the outbox where mail is set up, in the deployment's own language."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from flask import current_app
from flask_babel import force_locale, gettext
from sqlalchemy.orm import Session

from lms.people import mail
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
    settings: Settings = current_app.extensions["settings"]
    addresses = sorted({address for address in recipients if address}) if settings.smtp_url else []
    with force_locale(settings.locale):
        told = values | {"link": settings.public_url + path}
        written = {"subject": gettext(subject) % told, "body": gettext(body) % told}
    for address in addresses:
        mail.post(session, organisation_id=organisation_id, recipient=address, now=now, **written)
    return len(addresses)
