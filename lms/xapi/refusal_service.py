"""What was refused is kept here, within a bound for each credential, and settled. Part of `service`."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from lms.db import new_id, portions
from lms.errors import N_, Conflict, DomainError, NotFound
from lms.xapi import refusals
from lms.xapi.gate_models import RefusedRow
from lms.xapi.models import Credential
from lms.xapi.refusal_queries import beyond_room
from lms.xapi.refusals import Request


def keep_refused(
    session: Session,
    *,
    organisation_id: int,
    credential_id: UUID,
    request: Request,
    error: DomainError,
    now: datetime,
) -> int:
    """Keep what a credential sent, and why it was refused; returns how many older ones had to be let go for it.

    A request that is there already is counted once more, and stays settled if it is. Of a credential that was revoked
    or has expired nothing is kept. Four queries, or six.
    """
    known = session.scalar(
        select(Credential)
        .where(Credential.organisation_id == organisation_id, Credential.id == credential_id)
        .with_for_update(key_share=True)
    )
    if known is None or known.revoked_at is not None or (known.expires_at is not None and known.expires_at <= now):
        return 0
    why, params = refusals.reason_of(error)
    told = {"last_at": now, "status": error.status, "place": refusals.clean(error.place), "why": why, "params": params}
    is_it = (RefusedRow.organisation_id == organisation_id, RefusedRow.credential_id == credential_id)
    again = update(RefusedRow).where(*is_it, RefusedRow.digest == request.digest)
    if session.scalar(again.values(**told, times=RefusedRow.times + 1).returning(RefusedRow.id)) is not None:
        return 0
    is_of = {"organisation_id": organisation_id, "credential_id": credential_id}
    row = RefusedRow(**is_of, **told, **_row(request), received_at=now)
    session.add(row)
    session.flush()
    gone = _let_go(session, row)
    known.refused_let_go += gone
    return gone


def settle_refused(
    session: Session,
    *,
    organisation_id: int,
    refused_id: UUID,
    ids: Sequence[UUID],
    settled_by: UUID,
    now: datetime,
) -> None:
    """It was sent again and came to these statements. Raises Conflict where that had been done before. One query."""
    is_it = (RefusedRow.organisation_id == organisation_id, RefusedRow.id == refused_id)
    settling = update(RefusedRow).where(*is_it, RefusedRow.settled != "sent").returning(RefusedRow.id)
    values = {"settled": "sent", "settled_at": now, "settled_by": settled_by, "ids": " ".join(map(str, ids))}
    if session.scalar(settling.values(**values)) is None:
        raise Conflict(N_("It was sent again already, or is kept no longer; nothing was stored this time."))


def dismiss_refused(
    session: Session, *, organisation_id: int, refused_id: UUID, settled_by: UUID, now: datetime
) -> None:
    """Nobody needs to look at it any more. What was settled stays as it is; raises NotFound."""
    row = session.get(RefusedRow, (organisation_id, refused_id))
    if row is None:
        raise NotFound(N_("There is no such request; it may have been let go to make room for later ones."))
    if row.settled == "":
        row.settled, row.settled_at, row.settled_by = "dismissed", now, settled_by


def _row(request: Request) -> dict[str, Any]:
    body = request.body
    is_whole = body is not None and len(body) <= refusals.MOST_BYTES
    return {
        "id": new_id(),
        "digest": request.digest,
        "times": 1,
        "method": request.method,
        "query": refusals.clean(request.query),
        "version": request.version,
        "content_type": refusals.clean(request.content_type),
        "body": (body or b"") if is_whole else b"",
        "size": len(body or b"") if is_whole else 0,
        "is_whole": is_whole,
    }


def _let_go(session: Session, newest: RefusedRow) -> int:
    organisation_id = newest.organisation_id
    going = beyond_room(
        session,
        organisation_id=organisation_id,
        credential_id=newest.credential_id,
        newest=newest.id,
        size=newest.size,
    )
    for portion in portions(going):
        is_it = (RefusedRow.organisation_id == organisation_id, RefusedRow.id.in_(portion))
        session.execute(delete(RefusedRow).where(*is_it))
    return len(going)
