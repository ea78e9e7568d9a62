"""Who claims to be at a session, as a facilitator looks at it: against the marks, and against the heads counted."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from lms.attendance import check_in_rules as rules
from lms.attendance import queries as registers
from lms.attendance import rule_queries
from lms.attendance.check_in_models import CheckInClaim
from lms.attendance.cohort_rules import CohortRules
from lms.attendance.register_models import SessionRegister
from lms.attendance.register_rules import in_the_room
from lms.attendance.rules import PastMark, counting, may_mark
from lms.people.models import Participant
from lms.programme.models import ClassroomSession, CohortGroup, Enrolment
from lms.programme.queries import TimetableSession

SHOWN = 60
"""Claims of each kind that a page lists."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Claim:
    """A claim as a list shows it. `flags` are separated by blanks, `group` is a group's name."""

    id: UUID
    participant_id: UUID
    name: str
    identifier: str
    group: str | None
    claimed_at: datetime
    how: str
    device_id: UUID
    device: str
    address: str
    state: str
    why: str
    flags: str
    mark_id: UUID | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Listed:
    """Who claims to be there, newest first, with how many these are. `waiting` of them came before check-in begins.

    `odd` are refusals and what has a flag; `marks` are the titles of statuses by participant; `there` are the people
    who are checked in, or marked as being there.
    """

    standing: Sequence[Claim]
    claimed: int
    more: int
    waiting: int
    odd: Sequence[Claim]
    marks: Mapping[UUID, str]
    there: int
    head_count: int | None


def listed(
    session: Session,
    *,
    organisation_id: int,
    meeting: TimetableSession,
    own: Collection[str] | None,
    now: datetime,
) -> Listed:
    """The claims of those whom somebody with the groups `own` (None: all of them) marks at a session. Seven queries."""
    cohort = rule_queries.cohort_rules(session, organisation_id=organisation_id, cohort_id=meeting.cohort_id)
    history = registers.history(session, organisation_id=organisation_id, session_id=meeting.id)
    marks = {who: mark for who, past in history.items() if (mark := counting(past)) is not None}
    claims = [
        one
        for one in _claims(session, organisation_id=organisation_id, session_id=meeting.id)
        if may_mark(person_group=one.group, session_group=meeting.group, own=own)
    ]
    standing = [one for one in claims if one.state != "refused"]
    claiming = [
        one.participant_id
        for one in standing
        if rules.counts(one.state, starts_at=meeting.starts_at, rules=cohort, now=now)
    ]
    return Listed(
        standing=standing[:SHOWN],
        claimed=len(standing),
        more=len(standing[SHOWN:]),
        waiting=len(standing) - len(claiming),
        odd=_odd(claims, {one.participant_id: one.device_id for one in standing})[:SHOWN],
        marks={who: _title(mark, cohort) for who, mark in marks.items()},
        there=rules.there(claiming, {who: in_the_room([mark], cohort) == 1 for who, mark in marks.items()}),
        head_count=_head_count(session, organisation_id=organisation_id, session_id=meeting.id),
    )


def _odd(claims: Sequence[Claim], devices: Mapping[UUID, UUID]) -> list[Claim]:
    """What a facilitator should look at; `devices` are those of the claims that stand, by participant."""
    return [
        one
        for one in claims
        if one.flags
        or (
            one.state == "refused"
            and not rules.is_settled(one.why, device=one.device_id, standing=devices.get(one.participant_id))
        )
    ]


def _title(mark: PastMark, cohort: CohortRules) -> str:
    return next((status.title for status in cohort.statuses if status.code == mark.status), mark.status)


def _head_count(session: Session, *, organisation_id: int, session_id: UUID) -> int | None:
    """The heads that were counted at a session; None where nobody counted. One query."""
    return session.scalar(
        select(SessionRegister.head_count).where(
            SessionRegister.organisation_id == organisation_id, SessionRegister.session_id == session_id
        )
    )


def _claims(session: Session, *, organisation_id: int, session_id: UUID) -> list[Claim]:
    """Every claim at a session, newest first, refused ones too. One query."""
    one, person = CheckInClaim, Participant
    meeting = and_(ClassroomSession.organisation_id == one.organisation_id, ClassroomSession.id == one.session_id)
    enrolled = and_(
        Enrolment.organisation_id == one.organisation_id,
        Enrolment.cohort_id == ClassroomSession.cohort_id,
        Enrolment.participant_id == one.participant_id,
    )
    group = and_(CohortGroup.organisation_id == Enrolment.organisation_id, CohortGroup.id == Enrolment.group_id)
    columns = [getattr(one, name) for name in Claim.__slots__ if name not in ("name", "identifier", "group")]
    rows = session.execute(
        select(*columns, person.name, person.identifier, CohortGroup.name.label("group"))
        .join(person, and_(person.organisation_id == one.organisation_id, person.id == one.participant_id))
        .join(ClassroomSession, meeting)
        .outerjoin(Enrolment, enrolled)
        .outerjoin(CohortGroup, group)
        .where(one.organisation_id == organisation_id, one.session_id == session_id)
        .order_by(one.claimed_at.desc(), one.id.desc())
    )
    return [Claim(**row._asdict()) for row in rows]
