"""Every use case of this room that writes: credentials are here, statements in `storing`, claims in `projection`."""

import secrets
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from lms.db import new_id
from lms.errors import N_, DomainError, NotFound
from lms.xapi.consistency import stamp
from lms.xapi.document_models import ImportRow
from lms.xapi.document_service import delete_documents, put_document
from lms.xapi.file_queries import ImportProgress
from lms.xapi.models import Credential
from lms.xapi.projection import drain, project, project_now, replay
from lms.xapi.storing import Batch, Stored, learnt, requeue, store, store_one

__all__ = [
    "Batch",
    "Stored",
    "add_credential",
    "delete_documents",
    "drain",
    "forget_import",
    "learnt",
    "note_import",
    "project",
    "project_now",
    "put_document",
    "replay",
    "requeue",
    "revoke_credential",
    "stamp",
    "store",
    "store_one",
    "use_credential",
]

SCOPES = (
    "statements/write",
    "statements/read/mine",
    "statements/read",
    "state",
    "profile",
    "define",
    "all/read",
    "all",
)
"""What a credential may do (xAPI 1.0.3, Communication 4.2)."""


def add_credential(
    session: Session,
    *,
    organisation_id: int,
    label: str,
    scopes: Sequence[str],
    expires_at: datetime | None,
    created_by: UUID | None,
    now: datetime,
) -> tuple[str, str]:
    """A fresh key and its secret of 256 bits. The secret is told here and never again: only its SHA-256 is kept."""
    unknown = [scope for scope in scopes if scope not in SCOPES]
    if unknown or not scopes:
        raise DomainError(
            N_("%(scope)s is not a scope; choose from %(scopes)s."),
            place="scope",
            scope=unknown[0] if unknown else '""',
            scopes=", ".join(SCOPES),
        )
    if not label.strip():
        raise DomainError(N_("A label is needed: which system sends with this credential?"), place="label")
    if expires_at is not None and expires_at <= now:
        raise DomainError(N_("The expiry lies in the past."), place="expires")
    key, secret = f"{organisation_id}.{secrets.token_urlsafe(16)}", secrets.token_urlsafe(32)
    session.add(
        Credential(
            organisation_id=organisation_id,
            id=new_id(),
            key=key,
            secret_hash=sha256(secret.encode()).digest(),
            label=label.strip(),
            scopes=" ".join(scope for scope in SCOPES if scope in scopes),
            created_at=now,
            created_by=created_by,
            expires_at=expires_at,
        )
    )
    return key, secret


def revoke_credential(session: Session, *, organisation_id: int, credential_id: UUID, now: datetime) -> None:
    """From now on the credential opens nothing; what it sent stays. Revoking twice keeps the first moment."""
    known = session.get(Credential, (organisation_id, credential_id))
    if known is None:
        raise NotFound(N_("There is no such credential."))
    if known.revoked_at is None:
        known.revoked_at = now


def use_credential(session: Session, *, organisation_id: int, credential_id: UUID, now: datetime) -> None:
    """Note that the credential was used."""
    session.execute(
        update(Credential)
        .where(Credential.organisation_id == organisation_id, Credential.id == credential_id)
        .values(last_used_at=now)
    )


def note_import(
    session: Session, *, organisation_id: int, file_key: bytes, progress: ImportProgress, now: datetime
) -> None:
    """Note how far a file of statements was brought in, in the transaction that stores what was read of it."""
    row = session.get(ImportRow, (organisation_id, file_key))
    if row is None:
        row = ImportRow(organisation_id=organisation_id, file_key=file_key)
        session.add(row)
    row.ends, row.lines, row.updated_at = progress.ends, progress.lines, now


def forget_import(session: Session, *, organisation_id: int, file_key: bytes) -> None:
    """The file is brought in as a whole: the next time it is checked and compared from its beginning."""
    is_file = (ImportRow.organisation_id == organisation_id, ImportRow.file_key == file_key)
    session.execute(delete(ImportRow).where(*is_file))
