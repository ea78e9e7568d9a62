"""A cohort's timetable, from a list that may come again, longer or changed."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from lms.errors import N_, Conflict, DomainError
from lms.programme import checks, queries, session_writing
from lms.programme.checks import Changed
from lms.programme.session_rules import NewSession, flaws, told_anew
from lms.programme.session_writing import Timetable

__all__ = ["NewSession", "add_sessions", "problems_of_new"]


def add_sessions(
    session: Session,
    *,
    organisation_id: int,
    cohort_id: UUID,
    rows: Sequence[NewSession],
    changed_by: UUID | None = None,
    only_new: bool = False,
    now: datetime,
) -> Changed:
    """Add these sessions, or bring those with the same code up to date, unless there are to be `only_new` ones.

    Removes none, and leaves a cancelled one cancelled. Raises Problems with everything that is wrong. The caller folds
    the cohort anew, in the same transaction.
    """
    queries.lock_cohort(session, organisation_id=organisation_id, cohort_id=cohort_id)
    known = session_writing.timetable(session, organisation_id=organisation_id, cohort_id=cohort_id)
    checks.refuse(_problems(session, rows, known) + (_taken(rows, known) if only_new else []))
    wanted = {row.code: told_anew(row, known.told.get(row.code)) for row in rows}
    new = {code: one for code, one in wanted.items() if code not in known.sessions}
    added = session_writing.add(session, known, new, now=now)
    there = {code: one for code, one in wanted.items() if code in known.sessions}
    changed = session_writing.change(session, known, there, now=now)
    session_writing.note(session, known, [*added, *changed], changed_by=changed_by, now=now)
    return Changed(added=len(added), changed=len(changed), unchanged=len(rows) - len(added) - len(changed))


def problems_of_new(
    session: Session, *, organisation_id: int, cohort_id: UUID, rows: Sequence[NewSession]
) -> list[DomainError]:
    """What adding these as new sessions would be refused for. Four queries."""
    known = session_writing.timetable(session, organisation_id=organisation_id, cohort_id=cohort_id)
    return _problems(session, rows, known) + _taken(rows, known)


def _problems(session: Session, rows: Sequence[NewSession], known: Timetable) -> list[DomainError]:
    facilitators = {one.id for one in queries.facilitator_accounts(session, organisation_id=known.organisation_id)}
    found = checks.doubled(rows, lambda row: row.code, column="code")
    for number, row in enumerate(rows, start=1):
        place = checks.place_of(row, number)
        found += flaws(row, groups=known.groups.keys(), facilitators=facilitators, place=place)
    return found


def _taken(rows: Sequence[NewSession], known: Timetable) -> list[DomainError]:
    template = N_("There is a session %(code)s already; choose another code.")
    return [
        Conflict(template, place=f"{checks.place_of(row, number)}, code", code=row.code)
        for number, row in enumerate(rows, start=1)
        if row.code in known.sessions
    ]
