"""A cohort's timetable, from a list that may come again, longer or changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import insert, update
from sqlalchemy.orm import Session

from lms.db import new_id
from lms.errors import N_, DomainError
from lms.programme import checks, queries
from lms.programme.checks import Changed
from lms.programme.models import ClassroomSession
from lms.programme.rows import TimetableSession


@dataclass(frozen=True, kw_only=True, slots=True)
class NewSession:
    """A row of a timetable; no group is the whole cohort. `place` is where it stands (`line 7`), for problems."""

    code: str
    title: str
    starts_at: datetime
    ends_at: datetime
    jp: Decimal
    group: str | None = None
    place: str = ""


def add_sessions(
    session: Session, *, organisation_id: int, cohort_id: UUID, rows: Sequence[NewSession], now: datetime
) -> Changed:
    """Add these sessions, or bring those with the same code up to date. Removes none.

    Raises Problems with everything that is wrong. The caller folds the cohort anew, in the same transaction.
    """
    queries.lock_cohort(session, organisation_id=organisation_id, cohort_id=cohort_id)
    groups = queries.groups(session, organisation_id=organisation_id, cohort_id=cohort_id)
    checks.refuse(_problems(rows, {group.name for group in groups}))
    before = _by_code(session, organisation_id, cohort_id)
    ids = {group.name: group.id for group in groups}
    leading = {"organisation_id": organisation_id, "cohort_id": cohort_id}
    _write(session, [leading | _columns(row, ids, before) for row in rows], before)
    after = _by_code(session, organisation_id, cohort_id)
    return checks.compared(before, {row.code: after[row.code] for row in rows})


def _problems(rows: Sequence[NewSession], groups: set[str]) -> list[DomainError]:
    found = checks.doubled(rows, lambda row: row.code, column="code")
    for number, row in enumerate(rows, start=1):
        found += _problems_of(row, groups, checks.place_of(row, number))
    return found


def _problems_of(row: NewSession, groups: set[str], place: str) -> list[DomainError]:
    found = checks.address_part(row.code, place=f"{place}, code") + checks.label(row.title, place=f"{place}, title")
    found += checks.period(row.starts_at, row.ends_at, place=place)
    if not row.jp.is_finite() or not 0 < row.jp <= checks.JP_LIMIT:
        template = N_("A session is worth more than 0 JP and at most %(limit)s.")
        found.append(DomainError(template, place=f"{place}, jp", limit=checks.JP_LIMIT))
    if row.group and row.group not in groups:
        known = ", ".join(sorted(groups)) or "–"
        template = N_("The cohort has no group %(group)s; it has: %(known)s.")
        found.append(DomainError(template, place=f"{place}, group", group=row.group, known=known))
    return found


def _by_code(session: Session, organisation_id: int, cohort_id: UUID) -> dict[str, TimetableSession]:
    timetable = queries.timetable(session, organisation_id=organisation_id, cohort_id=cohort_id)
    return {meeting.code: meeting for meeting in timetable}


def _columns(row: NewSession, groups: Mapping[str, UUID], before: Mapping[str, TimetableSession]) -> dict[str, Any]:
    return {
        "id": before[row.code].id if row.code in before else new_id(),
        "code": row.code,
        "title": row.title,
        "starts_at": row.starts_at,
        "ends_at": row.ends_at,
        "jp": row.jp,
        "group_id": groups[row.group] if row.group else None,
    }


def _write(session: Session, rows: Sequence[dict[str, Any]], before: Mapping[str, TimetableSession]) -> None:
    new = [row for row in rows if row["code"] not in before]
    known = [row for row in rows if row["code"] in before]
    if new:
        session.execute(insert(ClassroomSession), new)
    if known:
        session.execute(update(ClassroomSession), known)
