"""HomePages that accounts came from, and that nobody has said to know yet."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lms.xapi.gate_models import HomePageRow
from lms.xapi.models import AgentRow, Credential


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
    """Those that nobody has confirmed, the newest first, also by credential. Two queries, one where there are none."""
    of_credential = (Credential.organisation_id == HomePageRow.organisation_id) & (
        Credential.id == HomePageRow.credential_id
    )
    columns = (HomePageRow.key, HomePageRow.home_page, HomePageRow.first_stored, HomePageRow.credential_id)
    asked = (
        select(*columns, Credential.label, Credential.revoked_at)
        .outerjoin(Credential, of_credential)
        .where(HomePageRow.organisation_id == organisation_id, HomePageRow.confirmed_at.is_(None))
        .order_by(HomePageRow.first_stored.desc(), HomePageRow.key)
        .limit(limit)
    )
    if credential_id is not None:
        asked = asked.where(HomePageRow.credential_id == credential_id)
    rows = session.execute(asked).all()
    accounts = _accounts(session, organisation_id, [row.home_page for row in rows])
    return [
        NewHomePage(
            key=row.key,
            home_page=row.home_page,
            first_stored=row.first_stored,
            credential_id=row.credential_id,
            label=row.label,
            is_revoked=row.revoked_at is not None,
            accounts=accounts.get(row.home_page, 0),
        )
        for row in rows
    ]


def _accounts(session: Session, organisation_id: int, home_pages: list[str]) -> dict[str, int]:
    if not home_pages:
        return {}
    counted = (
        select(AgentRow.home_page, func.count())
        .where(AgentRow.organisation_id == organisation_id, AgentRow.home_page.in_(home_pages))
        .group_by(AgentRow.home_page)
    )
    return {row[0]: row[1] for row in session.execute(counted) if row[0] is not None}
