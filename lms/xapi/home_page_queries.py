"""HomePages that accounts came from, and that nobody has said to know yet."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from lms.xapi.gate_models import HomePageRow
from lms.xapi.models import Credential


@dataclass(frozen=True, kw_only=True, slots=True)
class NewHomePage:
    """A homePage, when it was first seen, by which credential, and from how many accounts there are statements.

    `credential_id` and `label` are None for a file that was brought in.
    """

    key: bytes
    home_page: str
    first_stored: datetime
    credential_id: UUID | None
    label: str | None
    is_revoked: bool
    accounts: int


def new_home_pages(
    session: Session, *, organisation_id: int, credential_id: UUID | None = None, limit: int
) -> list[NewHomePage]:
    """Those that nobody has confirmed, the newest first, also by credential. One query."""
    of_credential = (Credential.organisation_id == HomePageRow.organisation_id) & (
        Credential.id == HomePageRow.credential_id
    )
    names = ("key", "home_page", "first_stored", "credential_id", "accounts")
    columns = [getattr(HomePageRow, name) for name in names]
    asked = (
        select(*columns, Credential.label, Credential.revoked_at)
        .outerjoin(Credential, of_credential)
        .where(HomePageRow.organisation_id == organisation_id, HomePageRow.confirmed_at.is_(None))
        .order_by(HomePageRow.first_stored.desc(), HomePageRow.key)
        .limit(limit)
    )
    if credential_id is not None:
        asked = asked.where(HomePageRow.credential_id == credential_id)
    return [
        NewHomePage(
            key=row.key,
            home_page=row.home_page,
            first_stored=row.first_stored,
            credential_id=row.credential_id,
            label=row.label,
            is_revoked=row.revoked_at is not None,
            accounts=row.accounts,
        )
        for row in session.execute(asked)
    ]
