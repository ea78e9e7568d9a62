"""Credentials as they are read. Part of `queries`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from lms.xapi.models import Credential


@dataclass(frozen=True, kw_only=True, slots=True)
class CredentialInfo:
    """A credential without its secret. Moments are in UTC, None where there is none."""

    organisation_id: int
    id: UUID
    key: str
    secret_hash: bytes
    label: str
    scopes: tuple[str, ...]
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None


def credential(session: Session, *, organisation_id: int, key: str) -> CredentialInfo | None:
    """The credential with this key, also a revoked or expired one. One query."""
    found = _credentials(session, organisation_id, Credential.key == key)
    return found[0] if found else None


def credentials(session: Session, *, organisation_id: int) -> list[CredentialInfo]:
    """All credentials, the newest first. One query."""
    return _credentials(session, organisation_id)


def credentials_of(session: Session, *, organisation_id: int, credential_ids: Sequence[UUID]) -> list[CredentialInfo]:
    """These credentials, the newest first. One query."""
    return _credentials(session, organisation_id, Credential.id.in_(credential_ids))


def _credentials(session: Session, organisation_id: int, *which: ColumnElement[bool]) -> list[CredentialInfo]:
    columns = [getattr(Credential, name) for name in CredentialInfo.__dataclass_fields__]
    rows = session.execute(
        select(*columns).where(Credential.organisation_id == organisation_id, *which).order_by(Credential.id.desc())
    )
    return [CredentialInfo(**{**row._asdict(), "scopes": tuple(row.scopes.split())}) for row in rows]
