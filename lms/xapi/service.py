"""Every use case of this room that writes: credentials are here, statements in `storing`, claims in `projection`."""

import secrets
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from lms.db import new_id
from lms.errors import N_, DomainError, NotFound
from lms.xapi.consistency import stamp
from lms.xapi.document_models import ImportRow
from lms.xapi.document_service import delete_documents, put_document
from lms.xapi.file_queries import ImportProgress
from lms.xapi.gate_models import HomePageRow
from lms.xapi.limits import checked_limits
from lms.xapi.models import Credential
from lms.xapi.projection import AT_ONCE, drain, project, project_now, replay
from lms.xapi.refusal_service import dismiss_refused, keep_refused, settle_refused
from lms.xapi.storing import Batch, Settlement, Stored, learnt, requeue, store, store_one

__all__ = [
    "AT_ONCE",
    "Batch",
    "Settlement",
    "Stored",
    "add_credential",
    "confirm_home_page",
    "delete_documents",
    "dismiss_refused",
    "drain",
    "forget_import",
    "keep_refused",
    "learnt",
    "limit_credential",
    "note_import",
    "project",
    "project_now",
    "put_document",
    "replay",
    "requeue",
    "revoke_credential",
    "settle_refused",
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
    home_pages: Sequence[str] = (),
    activity_prefixes: Sequence[str] = (),
) -> tuple[str, str]:
    """A fresh key and its secret of 256 bits. The secret is told here and never again: only its SHA-256 is kept.

    What it sends is limited to accounts of the `home_pages` and activities under the prefixes, unless there are none.
    """
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
    limits = checked_limits(home_pages, activity_prefixes)
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
            home_pages=" ".join(limits.home_pages),
            activity_prefixes=" ".join(limits.activity_prefixes),
        )
    )
    return key, secret


def limit_credential(
    session: Session,
    *,
    organisation_id: int,
    credential_id: UUID,
    home_pages: Sequence[str],
    activity_prefixes: Sequence[str],
) -> None:
    """From the next request on, what it sends is limited to these; what it has sent stays."""
    limits = checked_limits(home_pages, activity_prefixes)
    known = _credential(session, organisation_id, credential_id)
    known.home_pages = " ".join(limits.home_pages)
    known.activity_prefixes = " ".join(limits.activity_prefixes)


def revoke_credential(session: Session, *, organisation_id: int, credential_id: UUID, now: datetime) -> None:
    """From now on the credential opens nothing; what it sent stays. Revoking twice keeps the first moment."""
    known = _credential(session, organisation_id, credential_id)
    if known.revoked_at is None:
        known.revoked_at = now


def _credential(session: Session, organisation_id: int, credential_id: UUID) -> Credential:
    known = session.get(Credential, (organisation_id, credential_id))
    if known is None:
        raise NotFound(N_("There is no such credential."))
    return known


def use_credential(session: Session, *, organisation_id: int, credential_id: UUID, now: datetime) -> None:
    """Note that the credential was used, unless another transaction has locked it, most likely for the same."""
    is_it = (Credential.organisation_id == organisation_id, Credential.id == credential_id)
    free = select(Credential.id).where(*is_it).with_for_update(skip_locked=True, key_share=True)
    session.execute(update(Credential).where(*is_it, Credential.id.in_(free)).values(last_used_at=now))


def confirm_home_page(session: Session, *, organisation_id: int, key: bytes, confirmed_by: UUID, now: datetime) -> None:
    """Somebody says that accounts of this homePage are known here; whoever said so first stays. Raises NotFound."""
    row = session.get(HomePageRow, (organisation_id, key))
    if row is None:
        raise NotFound(N_("No account of this site has sent anything."))
    if row.confirmed_at is None:
        row.confirmed_at, row.confirmed_by = now, confirmed_by


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
