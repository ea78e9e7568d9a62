"""The outbox of mail: letters are put in within a transaction, and `deliver` sends them outside of any."""

import smtplib
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from urllib.parse import unquote, urlsplit
from uuid import UUID

from sqlalchemy import Update, update
from sqlalchemy.orm import Session

from lms.db import new_id, transaction
from lms.people import queries
from lms.people.models import Mail
from lms.settings import Settings

MOST_TRIES, BATCH = 12, 20
FIRST_DELAY, LONGEST_DELAY = timedelta(minutes=1), timedelta(hours=4)
SECONDS_TO_ANSWER = 20
LOOPBACK = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, kw_only=True, slots=True)
class Letter:
    """A letter that is due. `attempt` counts from 1, this one included."""

    organisation_id: int
    id: UUID
    recipient: str
    subject: str
    body: str
    created_at: datetime
    attempt: int


def post(session: Session, *, organisation_id: int, recipient: str, subject: str, body: str, now: datetime) -> None:
    """Put a letter into the outbox; it is sent if this transaction is committed."""
    session.add(
        Mail(
            organisation_id=organisation_id,
            id=new_id(),
            recipient=recipient,
            subject=subject,
            body=body,
            created_at=now,
            next_try_at=now,
        )
    )


def deliver(*, settings: Settings, now: datetime) -> int:
    """Send what is due and return how many went out; failures are kept with the letter, which is tried again later.

    No transaction is open while a mail server takes its time. A letter is put off before it is sent, so that a second
    worker leaves it alone, and one that dies in between has it sent a minute later.
    """
    if not settings.smtp_url:
        return 0
    with transaction() as session:
        letters = take_due(session, now=now)
    errors = send(letters, settings=settings) if letters else {}
    for letter in letters:
        with transaction() as session:
            settle(session, letter=letter, error=errors.get(letter.id, ""), now=now)
    return len(letters) - len(errors)


def take_due(session: Session, *, now: datetime) -> list[Letter]:
    """The letters that are due, a few of each organisation, put off by the delay of their next try."""
    organisations = queries.organisations_with_mail(session, now=now)
    return [letter for organisation_id in organisations for letter in _take(session, organisation_id, now)]


def _take(session: Session, organisation_id: int, now: datetime) -> list[Letter]:
    letters = [
        Letter(
            organisation_id=organisation_id,
            id=row.id,
            recipient=row.recipient,
            subject=row.subject,
            body=row.body,
            created_at=row.created_at,
            attempt=row.attempts + 1,
        )
        for row in queries.due_mail(session, organisation_id=organisation_id, now=now, limit=BATCH)
    ]
    for letter in letters:
        put_off = now + delay_after(letter.attempt)
        session.execute(_row(letter).values(attempts=letter.attempt, next_try_at=put_off))
    return letters


def delay_after(attempt: int) -> timedelta:
    """How long a letter waits after this try failed: twice as long each time, up to four hours."""
    return min(FIRST_DELAY * (1 << min(attempt - 1, 10)), LONGEST_DELAY)


def settle(session: Session, *, letter: Letter, error: str, now: datetime) -> None:
    """Keep what became of a letter. A sent one loses its body, for it may hold a link; a hopeless one too."""
    if not error:
        session.execute(_row(letter).values(sent_at=now, body="", error="", next_try_at=None))
    elif letter.attempt >= MOST_TRIES:
        session.execute(_row(letter).values(error=error, body="", next_try_at=None))
    else:
        session.execute(_row(letter).values(error=error))


def _row(letter: Letter) -> Update:
    return update(Mail).where(Mail.organisation_id == letter.organisation_id, Mail.id == letter.id)


# SMTP


def send(letters: Sequence[Letter], *, settings: Settings) -> Mapping[UUID, str]:
    """Send these over one connection; returns why each of those failed that did."""
    try:
        with _connected(settings.smtp_url) as server:
            told = {letter.id: _send(server, letter, settings.mail_from) for letter in letters}
    except (OSError, smtplib.SMTPException) as error:
        return {letter.id: _explained(error) for letter in letters}
    return {letter_id: error for letter_id, error in told.items() if error}


def _connected(url: str) -> smtplib.SMTP:
    parts = urlsplit(url)
    host, context = parts.hostname or "", ssl.create_default_context()
    if parts.scheme == "smtps":
        server: smtplib.SMTP = smtplib.SMTP_SSL(host, parts.port or 465, timeout=SECONDS_TO_ANSWER, context=context)
    else:
        server = smtplib.SMTP(host, parts.port or 587, timeout=SECONDS_TO_ANSWER)
        _encrypt(server, host, context, has_password=parts.password is not None)
    if parts.username is not None:
        server.login(unquote(parts.username), unquote(parts.password or ""))
    return server


def _encrypt(server: smtplib.SMTP, host: str, context: ssl.SSLContext, *, has_password: bool) -> None:
    """A password never goes over a network in the clear, not even where somebody hides the offer of TLS."""
    server.ehlo()
    if server.has_extn("starttls"):
        server.starttls(context=context)
    elif has_password and host not in LOOPBACK:
        raise smtplib.SMTPNotSupportedError("the mail server offers no TLS, so the password was not sent; try smtps://")


def _send(server: smtplib.SMTP, letter: Letter, sender: str) -> str:
    """Why it failed; empty if it went out. Another letter may still be sent after a refusal."""
    try:
        server.send_message(_message(letter, sender))
    except smtplib.SMTPServerDisconnected:
        raise
    except (smtplib.SMTPException, ValueError) as error:
        return _explained(error)
    return ""


def _message(letter: Letter, sender: str) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, letter.recipient, letter.subject
    message["Date"] = format_datetime(letter.created_at)
    message["Message-ID"] = make_msgid(idstring=letter.id.hex, domain=sender.rpartition("@")[2].rstrip("> "))
    # Sent by a machine: nobody's absence note need answer it (RFC 3834, 5).
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.body)
    return message


def _explained(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:500]
