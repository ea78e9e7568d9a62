"""Who facilitates sessions, and what was changed in a timetable. Part of `queries`, by which others come here."""

import json
from collections import defaultdict
from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session

from lms.db import among
from lms.people.models import Account
from lms.programme.models import ClassroomSession, SessionChange, SessionFacilitator
from lms.programme.rows import FacilitatorAccount, SessionChangeInfo


def session_facilitators(
    session: Session, *, organisation_id: int, cohort_id: UUID
) -> dict[UUID, list[FacilitatorAccount]]:
    """Who facilitates the sessions of a cohort over and above those who have a group, by session, by name. One query.

    Those who may no longer sign in are among them.
    """
    return _facilitators(session, organisation_id, ClassroomSession.cohort_id == cohort_id)


def facilitators_of_sessions(
    session: Session, *, organisation_id: int, session_ids: Collection[UUID]
) -> dict[UUID, list[FacilitatorAccount]]:
    """The same for these sessions. One query."""
    return _facilitators(session, organisation_id, among(session, ClassroomSession.id, session_ids))


def _facilitators(
    session: Session, organisation_id: int, which: ColumnElement[bool]
) -> dict[UUID, list[FacilitatorAccount]]:
    link = SessionFacilitator
    account = and_(Account.organisation_id == link.organisation_id, Account.id == link.account_id)
    meeting = and_(ClassroomSession.organisation_id == link.organisation_id, ClassroomSession.id == link.session_id)
    rows = session.execute(
        select(link.session_id, Account.id, Account.name, Account.email)
        .join(Account, account)
        .join(ClassroomSession, meeting)
        .where(link.organisation_id == organisation_id, which)
        .order_by(Account.name, Account.id)
    )
    found: dict[UUID, list[FacilitatorAccount]] = defaultdict(list)
    for row in rows:
        found[row.session_id].append(FacilitatorAccount(id=row.id, name=row.name, email=row.email))
    return dict(found)


def sessions_facilitated(session: Session, *, organisation_id: int, account_id: UUID) -> set[UUID]:
    """The ids of the sessions that an account facilitates over and above those of its groups. One query."""
    wanted = select(SessionFacilitator.session_id).where(
        SessionFacilitator.organisation_id == organisation_id, SessionFacilitator.account_id == account_id
    )
    return set(session.scalars(wanted))


def session_changes(session: Session, *, organisation_id: int, session_id: UUID) -> list[SessionChangeInfo]:
    """What was done to a session, the newest first. Two queries."""
    by = and_(Account.organisation_id == SessionChange.organisation_id, Account.id == SessionChange.changed_by)
    rows = session.execute(
        select(
            SessionChange.changed_at,
            Account.name.label("changed_by"),
            SessionChange.kind,
            SessionChange.before,
            SessionChange.after,
            SessionChange.reason,
        )
        .outerjoin(Account, by)
        .where(SessionChange.organisation_id == organisation_id, SessionChange.session_id == session_id)
        .order_by(SessionChange.changed_at.desc(), SessionChange.id.desc())
    ).all()
    sides = [(json.loads(row.before), json.loads(row.after)) for row in rows]
    ids = {UUID(one) for pair in sides for side in pair for one in side.get("facilitators", ())}
    names = _names(session, organisation_id, ids)
    return [
        SessionChangeInfo(**row._asdict() | {"before": _named(before, names), "after": _named(after, names)})
        for row, (before, after) in zip(rows, sides, strict=True)
    ]


def _names(session: Session, organisation_id: int, account_ids: Collection[UUID]) -> dict[str, str]:
    wanted = select(Account.id, Account.name).where(
        Account.organisation_id == organisation_id, among(session, Account.id, account_ids)
    )
    return {str(row.id): row.name for row in session.execute(wanted)}


def _named(side: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    """What was told, with names in the place of the accounts' ids."""
    if "facilitators" not in side:
        return side
    return side | {"facilitators": [names.get(one, one) for one in side["facilitators"]]}
