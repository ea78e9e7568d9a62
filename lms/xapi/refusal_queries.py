"""What was refused, as it is read. Bodies are read one at a time."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, func, literal, select, tuple_
from sqlalchemy.orm import Session

from lms.errors import DomainError
from lms.xapi import refusals
from lms.xapi.filters import Cursor
from lms.xapi.gate_models import RefusedRow
from lms.xapi.models import Credential


@dataclass(frozen=True, kw_only=True, slots=True)
class Refused:
    """A refused request without its body, whose length `size` is, in bytes; see `gate_models.RefusedRow`."""

    id: UUID
    credential_id: UUID
    label: str
    received_at: datetime
    last_at: datetime
    times: int
    method: str
    query: str
    version: str
    content_type: str
    size: int
    is_whole: bool
    status: int
    reason: DomainError
    settled: str
    settled_at: datetime | None
    settled_by: UUID | None
    ids: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class RefusedPage:
    """Refused requests, those that came last first; `more` is None on the last page."""

    found: list[Refused]
    more: Cursor | None


@dataclass(frozen=True, kw_only=True, slots=True)
class RefusedCounts:
    """Of a credential: how many requests are open, and how many were let go to make room for later ones."""

    open: int
    let_go: int


def refused(
    session: Session,
    *,
    organisation_id: int,
    credential_id: UUID | None = None,
    states: Collection[str] = (),
    after: Cursor | None = None,
    limit: int,
) -> RefusedPage:
    """A page of what was refused, of a credential and in some of the states "", sent and dismissed if asked. One query.

    The cursor's `stored` is when a request came last.
    """
    asked = _rows(organisation_id).order_by(RefusedRow.last_at.desc(), RefusedRow.id.desc()).limit(limit + 1)
    if credential_id is not None:
        asked = asked.where(RefusedRow.credential_id == credential_id)
    if states:
        asked = asked.where(RefusedRow.settled.in_(states))
    if after is not None:
        place = tuple_(literal(after.stored, RefusedRow.last_at.type), literal(after.id, RefusedRow.id.type))
        asked = asked.where(tuple_(RefusedRow.last_at, RefusedRow.id) < place)
    found = [_refused(row) for row in session.execute(asked)]
    last = found[limit - 1] if len(found) > limit else None
    more = None if last is None else Cursor(stored=last.last_at, id=last.id, ascending=False)
    return RefusedPage(found=found[:limit], more=more)


def refused_request(session: Session, *, organisation_id: int, refused_id: UUID) -> Refused | None:
    """One refused request. One query."""
    row = session.execute(_rows(organisation_id).where(RefusedRow.id == refused_id)).one_or_none()
    return None if row is None else _refused(row)


def refused_body(session: Session, *, organisation_id: int, refused_id: UUID) -> bytes:
    """The bytes of its body; empty where there is none. One query."""
    is_it = (RefusedRow.organisation_id == organisation_id, RefusedRow.id == refused_id)
    return session.scalar(select(RefusedRow.body).where(*is_it)) or b""


def refused_counts(session: Session, *, organisation_id: int) -> dict[UUID, RefusedCounts]:
    """What was refused, in numbers, by credential; without those of which nothing was. Two queries."""
    number = select(RefusedRow.credential_id, func.count()).where(
        RefusedRow.organisation_id == organisation_id, RefusedRow.settled == ""
    )
    gone = select(Credential.id, Credential.refused_let_go).where(
        Credential.organisation_id == organisation_id, Credential.refused_let_go > 0
    )
    opened = {row[0]: row[1] for row in session.execute(number.group_by(RefusedRow.credential_id))}
    let_go = {row[0]: row[1] for row in session.execute(gone)}
    return {one: RefusedCounts(open=opened.get(one, 0), let_go=let_go.get(one, 0)) for one in {*opened, *let_go}}


def beyond_room(session: Session, *, organisation_id: int, credential_id: UUID, newest: UUID, size: int) -> list[UUID]:
    """The ids of those that leave for the newest, of so many bytes: settled ones first, then the oldest. One query.

    What is kept of the credential is added up from the other end, and whatever does not fit beside the newest leaves.
    """
    order = ((RefusedRow.settled == "").desc(), RefusedRow.last_at.desc(), RefusedRow.id.desc())
    kept = (
        select(
            RefusedRow.id,
            func.row_number().over(order_by=order).label("number"),
            func.sum(RefusedRow.size).over(order_by=order, rows=(None, 0)).label("bytes"),
        )
        .where(RefusedRow.organisation_id == organisation_id, RefusedRow.credential_id == credential_id)
        .where(RefusedRow.id != newest)
        .subquery()
    )
    too_much = (kept.c.number > refusals.MOST - 1) | (kept.c.bytes > refusals.MOST_BYTES - size)
    return list(session.scalars(select(kept.c.id).where(too_much)))


_COLUMNS = [getattr(RefusedRow, name) for name in Refused.__dataclass_fields__ if name not in ("label", "reason")]


def _rows(organisation_id: int) -> Select[Any]:
    of_credential = (Credential.organisation_id == RefusedRow.organisation_id) & (
        Credential.id == RefusedRow.credential_id
    )
    return (
        select(*_COLUMNS, RefusedRow.place, RefusedRow.why, RefusedRow.params, Credential.label)
        .join(Credential, of_credential)
        .where(RefusedRow.organisation_id == organisation_id)
    )


def _refused(row: Row[Any]) -> Refused:
    told = row._asdict()
    reason = refusals.reason(told.pop("why"), told.pop("params"), told.pop("place"))
    return Refused(**{**told, "reason": reason, "ids": tuple(row.ids.split())})
