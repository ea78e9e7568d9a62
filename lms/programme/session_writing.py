"""What every change of a timetable writes: the sessions, who facilitates them, and what was changed by whom."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import delete, insert, update
from sqlalchemy.orm import Session

from lms.db import new_id, portions
from lms.events import TimetableChanged, announce
from lms.programme import queries
from lms.programme.models import ClassroomSession, SessionChange, SessionFacilitator
from lms.programme.rows import TimetableSession
from lms.programme.session_rules import Told, differing, told

Kind = Literal["made", "changed", "cancelled", "restored"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Timetable:
    """A cohort's sessions by code with what is told of each, and the ids of its groups by name."""

    organisation_id: int
    cohort_id: UUID
    sessions: Mapping[str, TimetableSession]
    told: Mapping[str, Told]
    groups: Mapping[str, UUID]


@dataclass(frozen=True, kw_only=True, slots=True)
class Act:
    """What somebody does to a session: it is `before` now (None: not there), and will be `after`."""

    session_id: UUID
    kind: Kind
    before: Told | None
    after: Told


def timetable(session: Session, *, organisation_id: int, cohort_id: UUID) -> Timetable:
    """The timetable as it stands. Three queries."""
    meetings = queries.timetable(session, organisation_id=organisation_id, cohort_id=cohort_id)
    facilitating = queries.session_facilitators(session, organisation_id=organisation_id, cohort_id=cohort_id)
    groups = queries.groups(session, organisation_id=organisation_id, cohort_id=cohort_id)
    return Timetable(
        organisation_id=organisation_id,
        cohort_id=cohort_id,
        sessions={one.code: one for one in meetings},
        told={one.code: told(one, [who.id for who in facilitating.get(one.id, ())]) for one in meetings},
        groups={group.name: group.id for group in groups},
    )


def add(session: Session, known: Timetable, sessions: Mapping[str, Told], *, now: datetime) -> list[Act]:
    """Add these sessions by their codes."""
    acts = {code: Act(session_id=new_id(), kind="made", before=None, after=one) for code, one in sessions.items()}
    leading = {"organisation_id": known.organisation_id, "cohort_id": known.cohort_id, "changed_at": now}
    rows = [leading | {"id": act.session_id, "code": code} | _columns(known, act.after) for code, act in acts.items()]
    if rows:
        session.execute(insert(ClassroomSession), rows)
        _facilitate(session, known.organisation_id, list(acts.values()))
    return list(acts.values())


def change(session: Session, known: Timetable, sessions: Mapping[str, Told], *, now: datetime) -> list[Act]:
    """Change these sessions, told by their codes, where they are to differ; each is of a later revision then."""
    acts = [
        Act(session_id=known.sessions[code].id, kind="changed", before=known.told[code], after=after)
        for code, after in sessions.items()
        if known.told[code] != after
    ]
    revisions = {one.id: one.revision for one in known.sessions.values()}
    rows = [
        {
            "organisation_id": known.organisation_id,
            "id": act.session_id,
            "revision": revisions[act.session_id] + 1,
            "changed_at": now,
            **_columns(known, act.after),
        }
        for act in acts
    ]
    if rows:
        session.execute(update(ClassroomSession), rows)
        _facilitate(session, known.organisation_id, acts)
    return acts


def note(
    session: Session,
    known: Timetable,
    acts: Sequence[Act],
    *,
    changed_by: UUID | None,
    reason: str = "",
    now: datetime,
) -> None:
    """Keep who did what, when and why, and announce it of sessions that were there before."""
    organisation_id = known.organisation_id
    rows = [_change(organisation_id, act, changed_by, reason, now) for act in acts]
    if rows:
        session.execute(insert(SessionChange), rows)
    changed = tuple(act.session_id for act in acts if act.kind != "made")
    if changed:
        fact = TimetableChanged(organisation_id=organisation_id, cohort_id=known.cohort_id, session_ids=changed)
        announce(session, fact)


def _change(organisation_id: int, act: Act, changed_by: UUID | None, reason: str, now: datetime) -> dict[str, Any]:
    before, after = differing(act.before or {}, act.after)
    return {
        "organisation_id": organisation_id,
        "id": new_id(),
        "session_id": act.session_id,
        "changed_at": now,
        "changed_by": changed_by,
        "kind": act.kind,
        "before": json.dumps(before, ensure_ascii=False),
        "after": json.dumps(after, ensure_ascii=False),
        "reason": reason,
    }


def _columns(known: Timetable, one: Told) -> dict[str, Any]:
    return {
        "title": one["title"],
        "starts_at": datetime.fromisoformat(one["starts_at"]),
        "ends_at": datetime.fromisoformat(one["ends_at"]),
        "jp": Decimal(one["jp"]),
        "group_id": known.groups[one["group"]] if one["group"] else None,
        "room": one["room"],
    }


def _facilitate(session: Session, organisation_id: int, acts: Sequence[Act]) -> None:
    """Write down who facilitates, where that is to differ."""
    differ = [act for act in acts if (act.before or {"facilitators": []})["facilitators"] != act.after["facilitators"]]
    _forget(session, organisation_id, [act.session_id for act in differ if act.before])
    rows = [
        {"organisation_id": organisation_id, "session_id": act.session_id, "account_id": UUID(account_id)}
        for act in differ
        for account_id in act.after["facilitators"]
    ]
    if rows:
        session.execute(insert(SessionFacilitator), rows)


def _forget(session: Session, organisation_id: int, session_ids: Collection[UUID]) -> None:
    for ids in portions(list(session_ids)):
        session.execute(
            delete(SessionFacilitator).where(
                SessionFacilitator.organisation_id == organisation_id, SessionFacilitator.session_id.in_(ids)
            )
        )
