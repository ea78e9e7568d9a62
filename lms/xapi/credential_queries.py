"""Credentials as they are read. Part of `queries`."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, bindparam, select
from sqlalchemy.orm import Session

from lms import postgres
from lms.db import among, among_named
from lms.xapi.limits import Limits
from lms.xapi.models import Credential, StatementRow


@dataclass(frozen=True, kw_only=True, slots=True)
class CredentialInfo:
    """A credential without its secret. Moments are in UTC, None where there is none.

    Two are equal where the credential is the same and has not changed, whenever it was used last.
    """

    organisation_id: int
    id: UUID
    key: str
    secret_hash: bytes
    label: str
    scopes: tuple[str, ...]
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None = field(compare=False)
    home_pages: tuple[str, ...]
    activity_prefixes: tuple[str, ...]

    @property
    def limits(self) -> Limits:
        """To what it sends is limited."""
        return Limits(home_pages=self.home_pages, activity_prefixes=self.activity_prefixes)


def credential(session: Session, *, organisation_id: int, key: str) -> CredentialInfo | None:
    """The credential with this key, also a revoked or expired one. One query."""
    found = _credentials(session, organisation_id, Credential.key == key)
    return found[0] if found else None


def credentials(session: Session, *, organisation_id: int) -> list[CredentialInfo]:
    """All credentials, the newest first. One query."""
    return _credentials(session, organisation_id)


def credentials_of(session: Session, *, organisation_id: int, credential_ids: Sequence[UUID]) -> list[CredentialInfo]:
    """These credentials. One query."""
    asked = _of_ids(session.get_bind().dialect.name)
    rows = postgres.rows(session, asked, {"tenant": organisation_id, "ids": list(credential_ids)})
    return [_info(row) for row in rows]


def senders_of(session: Session, *, organisation_id: int, statement_ids: Sequence[UUID]) -> dict[UUID, UUID | None]:
    """By which credential each of these statements was sent, None for an import; without unknown ones. One query."""
    sent = select(StatementRow.id, StatementRow.credential_id).where(
        StatementRow.organisation_id == organisation_id, among(session, StatementRow.id, statement_ids)
    )
    return {row.id: row.credential_id for row in session.execute(sent)}


def _info(row: Sequence[Any]) -> CredentialInfo:
    values = dict(zip(_NAMES, row, strict=True))
    for name in ("scopes", "home_pages", "activity_prefixes"):
        values[name] = tuple(values[name].split())
    for name in ("created_at", "expires_at", "revoked_at", "last_used_at"):
        values[name] = values[name] and values[name].astimezone(UTC)
    return CredentialInfo(**values)


_NAMES = tuple(CredentialInfo.__dataclass_fields__)
_COLUMNS = [getattr(Credential, name) for name in _NAMES]


@cache
def _of_ids(dialect: str) -> Select[Any]:
    """Made once: every transaction that stores statements asks it."""
    return select(*_COLUMNS).where(
        Credential.organisation_id == bindparam("tenant"), among_named(Credential.id, "ids", dialect=dialect)
    )


def _credentials(session: Session, organisation_id: int, *which: ColumnElement[bool]) -> list[CredentialInfo]:
    rows = session.execute(
        select(*_COLUMNS).where(Credential.organisation_id == organisation_id, *which).order_by(Credential.id.desc())
    )
    return [_info(row) for row in rows]
