"""Opening and closing self check-in, and what becomes of claims: marks, once somebody closes or accepts them."""

import secrets
from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from lms.attendance import check_in_queries as queries
from lms.attendance import check_in_rules as rules
from lms.attendance import queries as registers
from lms.attendance import rule_queries, service
from lms.attendance.check_in_models import CheckIn, CheckInClaim
from lms.attendance.cohort_rules import CohortRules
from lms.attendance.register_writing import refuse_shut
from lms.attendance.rules import MOST_MINUTES_LATE, Groups, NewMark, Origin, counting, may_mark, own_groups_at
from lms.db import new_id
from lms.errors import N_, Conflict
from lms.people import queries as people
from lms.programme import queries as programmes
from lms.programme.queries import Enrolled, TimetableSession

SECRET_BYTES = 32
SOURCE = "check_in"


def open_check_in(
    session: Session, *, organisation_id: int, session_id: UUID, opened_by: UUID | None, now: datetime
) -> None:
    """Let people check in at a session; where they may already, nothing changes.

    Opened anew it has another secret, so whatever was signed before is worth nothing. Raises Conflict where the
    cohort's rules have no check-in, for a cancelled session, and once its time is over.
    """
    meeting = registers.meeting(session, organisation_id=organisation_id, session_id=session_id)
    found = queries.window_rules(session, organisation_id=organisation_id, cohort_id=meeting.cohort_id)
    _check_open(meeting, found, now)
    row = _locked(session, organisation_id, session_id)
    if row is None:
        row = CheckIn(organisation_id=organisation_id, session_id=session_id)
        session.add(row)
    elif row.closed_at is None:
        return
    row.secret = secrets.token_bytes(SECRET_BYTES)
    row.opened_at, row.opened_by, row.closed_at = now, opened_by, None
    session.flush()


def _check_open(meeting: TimetableSession, found: CohortRules, now: datetime) -> None:
    if not found.check_in:
        raise Conflict(N_("The rules of this cohort have no self check-in."))
    if meeting.cancelled_at is not None:
        raise Conflict(N_("Session %(code)s is cancelled; nobody is marked at it."), code=meeting.code)
    if now > found.check_in_window(meeting.starts_at)[1]:
        raise Conflict(
            N_("The time to check in at %(code)s is over. Mark people in the register, or change the cohort's rules."),
            code=meeting.code,
        )


def close_check_in(session: Session, *, organisation_id: int, session_id: UUID, now: datetime) -> None:
    """Take no further claims at a session; whatever comes from now on is refused, and kept."""
    row = _locked(session, organisation_id, session_id)
    if row is not None and row.closed_at is None:
        row.closed_at = now
        session.flush()


def _locked(session: Session, organisation_id: int, session_id: UUID) -> CheckIn | None:
    """The session's row, held until the transaction ends: claims that have begun are then there to be seen."""
    key = (organisation_id, session_id)
    return session.get(CheckIn, key, with_for_update={"key_share": True}, populate_existing=True)


def settle(
    session: Session, *, organisation_id: int, session_id: UUID, now: datetime, closed_by: UUID | None
) -> list[NewMark]:
    """Close check-in, and say what the claims of people without a mark come to.

    Whoever closes the register takes these marks within the same transaction, as of the source `check_in` and recorded
    by `closed_by`; each has its id already, by which its claim knows it.
    """
    close_check_in(session, organisation_id=organisation_id, session_id=session_id, now=now)
    return _marks(session, organisation_id, session_id, now, lambda person: True)


def accept(
    session: Session,
    *,
    organisation_id: int,
    session_id: UUID,
    origin: Origin,
    now: datetime,
    groups: Groups | None = None,
    manages: bool = True,
) -> service.Changed:
    """Take the claims of people without a mark as marks now, and leave check-in as it is.

    With `groups` only of those whom somebody with these groups marks. Raises Conflict where the register cannot be
    taken, as it is for what is typed into it.
    """
    _locked(session, organisation_id, session_id)
    meeting = registers.meeting(session, organisation_id=organisation_id, session_id=session_id)
    refuse_shut(session, organisation_id=organisation_id, meeting=meeting, manages=manages, now=now)
    own = own_groups_at(groups, cohort_id=meeting.cohort_id, session_group=meeting.group)

    def is_theirs(person: Enrolled) -> bool:
        return may_mark(person_group=person.group, session_group=meeting.group, own=own)

    return service.take_register(
        session,
        organisation_id=organisation_id,
        session_id=session_id,
        marks=_marks(session, organisation_id, session_id, now, is_theirs),
        recorded_by=origin.recorded_by,
        source=SOURCE,
        now=now,
        groups=groups,
        origin=origin,
    )


def _marks(
    session: Session, organisation_id: int, session_id: UUID, now: datetime, is_theirs: Callable[[Enrolled], bool]
) -> list[NewMark]:
    """The marks of claims that count by now, each noted at its claim."""
    claims = queries.unsettled(session, organisation_id=organisation_id, session_id=session_id)
    if not claims:
        return []
    meeting = registers.meeting(session, organisation_id=organisation_id, session_id=session_id)
    found = rule_queries.cohort_rules(session, organisation_id=organisation_id, cohort_id=meeting.cohort_id)
    roster = programmes.roster(session, organisation_id=organisation_id, cohort_id=meeting.cohort_id)
    # Whoever marks them just now is waited for: what a person says of somebody goes before a claim.
    people.lock_participants(
        session, organisation_id=organisation_id, participant_ids={claim.participant_id for claim in claims}
    )
    history = registers.history(session, organisation_id=organisation_id, session_id=session_id)
    marked = {who for who, past in history.items() if counting(past) is not None}
    expected = {person.participant_id for person in roster if is_theirs(person)} - marked
    return _noted(claims, meeting.starts_at, found, now, expected)


def _noted(
    claims: Sequence[CheckInClaim], starts_at: datetime, found: CohortRules, now: datetime, expected: set[UUID]
) -> list[NewMark]:
    marks = []
    for claim in claims:
        arrival = found.arrival(starts_at, at=claim.claimed_at)
        is_counted = rules.counts(claim.state, starts_at=starts_at, rules=found, now=now)
        if arrival is None or not is_counted or claim.participant_id not in expected:
            continue
        status, minutes = arrival
        claim.mark_id = new_id()
        marks.append(
            NewMark(
                id=claim.mark_id,
                participant_id=claim.participant_id,
                status=status.code,
                minutes_late=None if minutes is None else min(minutes, MOST_MINUTES_LATE),
                made_at=claim.claimed_at,
                skew_ms=0,
            )
        )
    return marks
