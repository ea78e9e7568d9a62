"""The SELECTs of opening, claiming and settling; those of the list are in `check_in_list_queries`.

Each docstring tells how many queries are made.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, bindparam, func, or_, select
from sqlalchemy.orm import Session, aliased

from lms.attendance import rule_queries
from lms.attendance.check_in_models import CheckIn, CheckInClaim
from lms.attendance.check_in_rules import Standing
from lms.attendance.cohort_rules import CohortRules
from lms.attendance.register_models import AttendanceRules, SessionRegister
from lms.people.models import Account
from lms.programme import queries as programmes
from lms.programme.models import ClassroomSession, Cohort, CohortGroup, Enrolment

RECENT = timedelta(days=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Opened:
    """That check-in was opened at a session. `closed_at` is None while people may check in."""

    secret: bytes
    opened_at: datetime
    opened_by: str | None
    closed_at: datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """A session at which somebody checks in, and what is known of them there. The rules are without any status."""

    session_id: UUID
    cohort_id: UUID
    code: str
    title: str
    room: str
    time_zone: str
    secret: bytes
    standing: Standing
    rules: CohortRules


@dataclass(frozen=True, kw_only=True, slots=True)
class OwnClaim:
    """A claim as the one who made it sees it."""

    state: str
    claimed_at: datetime
    title: str
    starts_at: datetime
    time_zone: str


def opened(session: Session, *, organisation_id: int, session_id: UUID) -> Opened | None:
    """Whether check-in was ever opened at a session, and still is. One query."""
    by = and_(Account.organisation_id == CheckIn.organisation_id, Account.id == CheckIn.opened_by)
    row = session.execute(
        select(CheckIn.secret, CheckIn.opened_at, Account.name.label("opened_by"), CheckIn.closed_at)
        .outerjoin(Account, by)
        .where(CheckIn.organisation_id == organisation_id, CheckIn.session_id == session_id)
    ).one_or_none()
    return None if row is None else Opened(**row._asdict())


def place(
    session: Session, *, organisation_id: int, session_id: UUID, participant_id: UUID, hold: bool = False
) -> Place | None:
    """The session that somebody claims to be at; None where there is none at which check-in was opened. One query.

    With `hold`, check-in is not closed before the transaction has ended.
    """
    values = {"organisation": organisation_id, "participant": participant_id, "session": session_id}
    row = session.execute(_one_place(hold=hold), values).one_or_none()
    return None if row is None else _place(row._asdict())


@cache
def _one_place(*, hold: bool) -> Select[*tuple[Any, ...]]:
    """Made once, since a crowd asks for it within a minute."""
    wanted = _places().where(CheckIn.session_id == bindparam("session"))
    return wanted.with_for_update(read=True, of=CheckIn) if hold else wanted


def open_places(session: Session, *, organisation_id: int, participant_id: UUID) -> list[Place]:
    """The sessions of somebody's cohorts at which check-in is open, those of their own groups first. One query."""
    enrolled = Enrolment.participant_id.is_not(None)
    wanted = _places().where(CheckIn.closed_at.is_(None), enrolled)
    values = {"organisation": organisation_id, "participant": participant_id}
    rows = session.execute(wanted.order_by(CheckIn.opened_at.desc(), CheckIn.session_id), values).all()
    places = [_place(row._asdict()) for row in rows]
    return sorted(places, key=lambda one: one.standing.session_group not in (None, one.standing.person_group))


def _places() -> Select[*tuple[Any, ...]]:
    """Every session of an `organisation` at which check-in was opened, as it is for a `participant`."""
    one, of_session, of_person = ClassroomSession, aliased(CohortGroup), aliased(CohortGroup)
    columns = (
        one.id.label("session_id"),
        one.cohort_id,
        one.code,
        one.title,
        one.room,
        one.starts_at,
        one.cancelled_at,
        Cohort.time_zone,
        CheckIn.secret,
        CheckIn.closed_at,
        SessionRegister.closed_at.label("register_closed_at"),
        of_session.name.label("session_group"),
        of_person.name.label("person_group"),
        Enrolment.participant_id.label("enrolled"),
        AttendanceRules,
    )
    register = and_(
        SessionRegister.organisation_id == CheckIn.organisation_id, SessionRegister.session_id == CheckIn.session_id
    )
    enrolled = and_(
        Enrolment.organisation_id == one.organisation_id,
        Enrolment.cohort_id == one.cohort_id,
        Enrolment.participant_id == bindparam("participant"),
    )
    of_cohort = and_(AttendanceRules.organisation_id == one.organisation_id, AttendanceRules.cohort_id == one.cohort_id)
    return (
        select(*columns)
        .select_from(CheckIn)
        .join(one, and_(one.organisation_id == CheckIn.organisation_id, one.id == CheckIn.session_id))
        .join(Cohort, and_(Cohort.organisation_id == one.organisation_id, Cohort.id == one.cohort_id))
        .outerjoin(AttendanceRules, of_cohort)
        .outerjoin(SessionRegister, register)
        .outerjoin(Enrolment, enrolled)
        .outerjoin(of_session, _is_group(of_session, one))
        .outerjoin(of_person, _is_group(of_person, Enrolment))
        .where(CheckIn.organisation_id == bindparam("organisation"))
    )


def _is_group(group: Any, table: Any) -> ColumnElement[bool]:
    return and_(group.organisation_id == table.organisation_id, group.id == table.group_id)


def _place(row: dict[str, Any]) -> Place:
    standing = Standing(
        starts_at=row.pop("starts_at"),
        session_group=row.pop("session_group"),
        person_group=row.pop("person_group"),
        is_enrolled=row.pop("enrolled") is not None,
        is_cancelled=row.pop("cancelled_at") is not None,
        is_closed=row.pop("closed_at") is not None,
        is_register_closed=row.pop("register_closed_at") is not None,
    )
    found = rule_queries.rules_from(row.pop("AttendanceRules"), row["time_zone"], ())
    return Place(standing=standing, rules=found, **row)


def window_rules(session: Session, *, organisation_id: int, cohort_id: UUID) -> CohortRules:
    """The rules of a cohort as far as a claim needs them: without any status. Three queries."""
    cohort = programmes.cohort_by_id(session, organisation_id=organisation_id, cohort_id=cohort_id)
    found = rule_queries.rules_for(
        session, organisation_id=organisation_id, cohorts={cohort.id: cohort}, statuses={cohort.id: ()}
    )
    return found[cohort.id]


def standing_claims(
    session: Session, *, organisation_id: int, session_id: UUID, participant_id: UUID, device_id: UUID
) -> list[CheckInClaim]:
    """The claims of this person and by this device that stand at a session, held until the transaction ends.

    One query.
    """
    mine = or_(CheckInClaim.participant_id == participant_id, CheckInClaim.device_id == device_id)
    wanted = select(CheckInClaim).where(*_at(organisation_id, session_id), CheckInClaim.state != "refused", mine)
    return list(session.scalars(wanted.order_by(CheckInClaim.id).with_for_update()))


def refusals(session: Session, *, organisation_id: int, session_id: UUID, participant_id: UUID) -> int:
    """How many refusals of somebody are kept at a session. One query."""
    mine = (CheckInClaim.participant_id == participant_id, CheckInClaim.state == "refused")
    found = session.scalar(
        select(func.count()).select_from(CheckInClaim).where(*_at(organisation_id, session_id), *mine)
    )
    return found or 0


def unsettled(session: Session, *, organisation_id: int, session_id: UUID) -> list[CheckInClaim]:
    """The claims that stand and have not become a mark, in the order in which they came. One query."""
    wanted = select(CheckInClaim).where(
        *_at(organisation_id, session_id), CheckInClaim.state != "refused", CheckInClaim.mark_id.is_(None)
    )
    return list(session.scalars(wanted.order_by(CheckInClaim.claimed_at, CheckInClaim.id)))


def own_claims(session: Session, *, organisation_id: int, participant_id: UUID, now: datetime) -> list[OwnClaim]:
    """Somebody's claims that stand at sessions of these days, newest first. One query."""
    one, meeting = CheckInClaim, ClassroomSession
    enrolled = and_(
        Enrolment.organisation_id == meeting.organisation_id,
        Enrolment.cohort_id == meeting.cohort_id,
        Enrolment.participant_id == participant_id,
    )
    at_session = and_(one.organisation_id == meeting.organisation_id, one.session_id == meeting.id)
    rows = session.execute(
        select(one.state, one.claimed_at, meeting.title, meeting.starts_at, Cohort.time_zone)
        .select_from(meeting)
        .join(Cohort, and_(Cohort.organisation_id == meeting.organisation_id, Cohort.id == meeting.cohort_id))
        .join(Enrolment, enrolled)
        .join(one, and_(at_session, one.participant_id == participant_id))
        .where(meeting.organisation_id == organisation_id, meeting.starts_at.between(now - RECENT, now + RECENT))
        .where(one.state != "refused")
        .order_by(one.claimed_at.desc(), one.id.desc())
    )
    return [OwnClaim(**row._asdict()) for row in rows]


def _at(organisation_id: int, session_id: UUID) -> tuple[ColumnElement[bool], ...]:
    return CheckInClaim.organisation_id == organisation_id, CheckInClaim.session_id == session_id


def unmarked(session: Session, *, organisation_id: int, cohort_id: UUID) -> list[tuple[CheckInClaim, datetime]]:
    """The claims at a cohort's sessions that stand and are no marks yet, each with its session's start. One query."""
    one = ClassroomSession
    rows = session.execute(
        select(CheckInClaim, one.starts_at)
        .join(one, and_(one.organisation_id == CheckInClaim.organisation_id, one.id == CheckInClaim.session_id))
        .where(
            CheckInClaim.organisation_id == organisation_id,
            one.cohort_id == cohort_id,
            CheckInClaim.state != "refused",
            CheckInClaim.mark_id.is_(None),
        )
    )
    return [(claim, starts_at) for claim, starts_at in rows]
