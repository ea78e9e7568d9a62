"""Credentials as they are read. Part of `queries`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, bindparam, select
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
    """These credentials. One query."""
    rows = session.execute(_OF_IDS, {"tenant": organisation_id, "ids": list(credential_ids)})
    return [_info(row) for row in rows]


def _info(row: Row[Any]) -> CredentialInfo:
    return CredentialInfo(**{**row._asdict(), "scopes": tuple(row.scopes.split())})


_COLUMNS = [getattr(Credential, name) for name in CredentialInfo.__dataclass_fields__]
_OF_IDS = select(*_COLUMNS).where(
    Credential.organisation_id == bindparam("tenant"), Credential.id.in_(bindparam("ids", expanding=True))
)
"""Made once: every request that brings statements asks it."""


def _credentials(session: Session, organisation_id: int, *which: ColumnElement[bool]) -> list[CredentialInfo]:
    rows = session.execute(
        select(*_COLUMNS).where(Credential.organisation_id == organisation_id, *which).order_by(Credential.id.desc())
    )
    return [_info(row) for row in rows]
