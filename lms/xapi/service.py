"""Credentials, and statements coming in: one transaction a request, and nothing half stored."""

import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.orm import Session

from lms.db import new_id
from lms.errors import N_, Conflict, DomainError, NotFound
from lms.people.rules import fold
from lms.xapi import queries, rules
from lms.xapi.dialects import Dialect
from lms.xapi.models import AgentRow, Credential, InboxRow, StatementLink, StatementRow
from lms.xapi.projection import drain, project, replay
from lms.xapi.writing import append, insert_new

__all__ = [
    "Stored",
    "add_credential",
    "drain",
    "project",
    "replay",
    "requeue",
    "revoke_credential",
    "store",
    "store_now",
    "use_credential",
]

SCOPES = ("statements/write", "statements/read/mine", "statements/read", "all/read", "all")
"""What a credential may do. Documents get scopes of their own when they are served."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Stored:
    """What a request came to: all ids in their order, and those that were not known before."""

    ids: tuple[UUID, ...]
    new: frozenset[UUID]


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


def store(
    session: Session, *, organisation_id: int, prepared: Sequence[rules.Prepared], credential_id: UUID | None
) -> Stored:
    """Store the statements of one request and put the new ones into the inbox.

    An equal statement that is stored already is skipped; a different one under the same id raises Conflict, and nothing
    is stored. Nine SQL statements at most for up to 1,000 of them (xAPI 1.0.3, Communication 2.1.1).
    """
    ordered = sorted(prepared, key=lambda one: one.id)
    rows = [_statement_row(organisation_id, one, credential_id) for one in ordered]
    new = insert_new(session, StatementRow, rows, key="id")
    _refuse_different(session, organisation_id, [one for one in ordered if one.id not in new])
    fresh = [one for one in ordered if one.id in new]
    _link(session, organisation_id, fresh)
    _void(session, organisation_id, fresh)
    _enqueue(session, organisation_id, [one.id for one in fresh])
    return Stored(ids=tuple(one.id for one in prepared), new=frozenset(new))


def store_now(
    session: Session,
    *,
    organisation_id: int,
    prepared: Sequence[rules.Prepared],
    credential_id: UUID | None,
    dialects: Sequence[Dialect] | None,
    now: datetime,
) -> Stored:
    """`store`, and with dialects project what is new in the same transaction too; other rows are left to the worker.

    SQLite has one writer anyway, so nobody waits longer for it; on PostgreSQL workers project, and `dialects` is None.
    """
    stored = store(session, organisation_id=organisation_id, prepared=prepared, credential_id=credential_id)
    if dialects is not None:
        for portion in queries.portions(sorted(stored.new)):
            project(session, organisation_id=organisation_id, dialects=dialects, now=now, statement_ids=portion)
    return stored


def requeue(session: Session, *, organisation_id: int, statement_ids: Sequence[UUID]) -> None:
    """Have the statements projected again: parked ones too, with a clean slate. Three SQL statements per 500."""
    waiting = queries.queued(session, organisation_id=organisation_id, statement_ids=statement_ids)
    for inbox_ids in queries.portions(list(waiting.values())):
        session.execute(
            update(InboxRow)
            .where(InboxRow.organisation_id == organisation_id, InboxRow.id.in_(inbox_ids))
            .values(parked=False, attempts=0, error="")
        )
    _enqueue(session, organisation_id, [one for one in dict.fromkeys(statement_ids) if one not in waiting])


def _statement_row(organisation_id: int, one: rules.Prepared, credential_id: UUID | None) -> dict[str, Any]:
    return {
        "organisation_id": organisation_id,
        "id": one.id,
        "stored": one.stored,
        "verb_key": rules.verb_key(one.verb),
        "actor_key": None if one.actor is None else one.actor.key,
        "registration": one.registration,
        "target_id": one.refers_to,
        "voids": one.voids is not None,
        "voided": False,
        "credential_id": credential_id,
        "fingerprint": one.fingerprint,
        "payload": one.payload,
    }


def _refuse_different(session: Session, organisation_id: int, doubles: Sequence[rules.Prepared]) -> None:
    if not doubles:
        return
    kept = queries.fingerprints(session, organisation_id=organisation_id, statement_ids=[one.id for one in doubles])
    for one in doubles:
        if not rules.same(one.fingerprint, kept[one.id]):
            raise Conflict(
                N_("A different statement with this id is stored already; nothing of this request was stored."),
                place=str(one.id),
            )


def _link(session: Session, organisation_id: int, fresh: Sequence[rules.Prepared]) -> None:
    actors = {one.actor.key: (one.actor, one.stored) for one in reversed(fresh) if one.actor is not None}
    insert_new(
        session,
        AgentRow,
        [_agent_row(organisation_id, *actors[key]) for key in sorted(actors)],
        key="key",
    )
    append(session, StatementLink, [row for one in fresh for row in _link_rows(organisation_id, one)])


def _agent_row(organisation_id: int, agent: rules.AgentRef, stored: datetime) -> dict[str, Any]:
    return {
        "organisation_id": organisation_id,
        "key": agent.key,
        "kind": agent.kind,
        "value": agent.value,
        "value_key": rules.value_key(fold(agent.value)),
        "home_page": agent.home_page,
        "name": agent.name,
        "first_stored": stored,
    }


def _link_rows(organisation_id: int, one: rules.Prepared) -> Iterator[dict[str, Any]]:
    for key, role in rules.keys_of(one.agents, one.activities):
        yield {
            "organisation_id": organisation_id,
            "key": key,
            "role": role,
            "stored": one.stored,
            "statement_id": one.id,
        }


def _void(session: Session, organisation_id: int, fresh: Sequence[rules.Prepared]) -> None:
    """Whichever of the two comes first, the voiding statement or its target: the target is voided.

    A voiding statement cannot itself be voided (xAPI 1.0.3, Data 2.3.2).
    """
    targets = {one.voids for one in fresh if one.voids is not None}
    targets |= queries.already_voided(
        session, organisation_id=organisation_id, statement_ids=[one.id for one in fresh if one.voids is None]
    )
    if targets:
        queries.lock_statements(session, organisation_id=organisation_id, statement_ids=sorted(targets))
        session.execute(
            update(StatementRow)
            .where(
                StatementRow.organisation_id == organisation_id,
                StatementRow.id.in_(sorted(targets)),
                StatementRow.voids.is_(False),
            )
            .values(voided=True)
        )


def _enqueue(session: Session, organisation_id: int, statement_ids: Sequence[UUID]) -> None:
    append(
        session,
        InboxRow,
        [
            {
                "organisation_id": organisation_id,
                "id": new_id(),
                "statement_id": one,
                "attempts": 0,
                "parked": False,
                "error": "",
            }
            for one in statement_ids
        ],
    )
