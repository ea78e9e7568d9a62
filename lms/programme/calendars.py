"""The address at which somebody's calendar is read without signing in: made, renewed, ended.

Of its token only the SHA-256 is kept. With 256 bits it cannot be guessed, so nothing slower is needed.
"""

import hashlib
import secrets
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from lms.programme.models import CalendarFeed


def renew_calendar(session: Session, *, organisation_id: int, account_id: UUID, now: datetime) -> str:
    """A fresh token for an account's calendar, told this once; the one before opens nothing any more."""
    token = secrets.token_urlsafe(32)
    key = {"organisation_id": organisation_id, "account_id": account_id}
    values = {"token_hash": token_hash(token), "created_at": now}
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    fresh: postgresql.Insert | sqlite.Insert = dialect.insert(CalendarFeed).values(**key, **values)
    session.execute(fresh.on_conflict_do_update(index_elements=list(key), set_=values))
    return token


def end_calendar(session: Session, *, organisation_id: int, account_id: UUID) -> None:
    """Let an account's calendar be read no longer; without effect if it has none."""
    session.execute(
        delete(CalendarFeed).where(
            CalendarFeed.organisation_id == organisation_id, CalendarFeed.account_id == account_id
        )
    )


def token_hash(token: str) -> bytes:
    """By what a token is found."""
    return hashlib.sha256(token.encode()).digest()
