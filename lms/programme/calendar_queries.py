"""Whose calendar a token opens, and what stands in it. Part of `queries`, by which others come here."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from lms.people.models import Account
from lms.people.rules import FACILITATOR, PARTICIPANT
from lms.programme.calendar_rules import CalendarSession
from lms.programme.models import (
    CalendarFeed,
    ClassroomSession,
    Cohort,
    CohortGroup,
    Enrolment,
    FacilitatorGroup,
    SessionFacilitator,
)
from lms.programme.session_queries import facilitators_of_sessions


@dataclass(frozen=True, kw_only=True, slots=True)
class CalendarReader:
    """Whose calendar it is. `participant_id` is None for everybody but participants."""

    account_id: UUID
    role: str
    participant_id: UUID | None


def calendar_reader(session: Session, *, organisation_id: int, token_hash: bytes) -> CalendarReader | None:
    """Whose token this is; None for nobody's, and for that of somebody who may not sign in. One query."""
    account = and_(Account.organisation_id == CalendarFeed.organisation_id, Account.id == CalendarFeed.account_id)
    row = session.execute(
        select(
            Account.id.label("account_id"),
            Account.role,
            Account.participant_id,
        )
        .select_from(CalendarFeed)
        .join(Account, account)
        .where(CalendarFeed.organisation_id == organisation_id, CalendarFeed.token_hash == token_hash, Account.active)
    ).one_or_none()
    return None if row is None else CalendarReader(**row._asdict())


def calendar_made_at(session: Session, *, organisation_id: int, account_id: UUID) -> datetime | None:
    """Since when an account has its present calendar address; None without one. One query."""
    return session.scalar(
        select(CalendarFeed.created_at).where(
            CalendarFeed.organisation_id == organisation_id, CalendarFeed.account_id == account_id
        )
    )


def calendar_sessions(
    session: Session, *, organisation_id: int, reader: CalendarReader, since: datetime
) -> list[CalendarSession]:
    """The sessions that somebody goes to, facilitates, or else those of all cohorts, which end after `since`.

    Cancelled ones are among them. By their start. Two queries.
    """
    one = ClassroomSession
    rows = session.execute(
        _sessions()
        .where(one.organisation_id == organisation_id, one.ends_at > since, *_whose(reader))
        .order_by(one.starts_at, Cohort.code, one.code)
    )
    found = [CalendarSession(**row._asdict()) for row in rows]
    ids = [meeting.id for meeting in found]
    named = facilitators_of_sessions(session, organisation_id=organisation_id, session_ids=ids)
    return [replace(meeting, facilitators=tuple(who.name for who in named.get(meeting.id, ()))) for meeting in found]


def _sessions() -> Select[*tuple[Any, ...]]:
    one = ClassroomSession
    group = and_(CohortGroup.organisation_id == one.organisation_id, CohortGroup.id == one.group_id)
    return (
        select(
            one.id,
            Cohort.code.label("cohort_code"),
            Cohort.name.label("cohort_name"),
            one.code,
            one.title,
            one.starts_at,
            one.ends_at,
            one.jp,
            CohortGroup.name.label("group"),
            one.room,
            one.cancelled_at,
            one.cancel_reason,
            one.revision,
            func.coalesce(one.changed_at, Cohort.created_at, type_=one.changed_at.type).label("revised_at"),
        )
        .join(Cohort, and_(Cohort.organisation_id == one.organisation_id, Cohort.id == one.cohort_id))
        .outerjoin(CohortGroup, group)
    )


def _whose(reader: CalendarReader) -> Sequence[ColumnElement[bool]]:
    if reader.participant_id is not None or reader.role == PARTICIPANT:
        return [_attended_by(reader)]
    return [_facilitated_by(reader)] if reader.role == FACILITATOR else []


def _attended_by(reader: CalendarReader) -> ColumnElement[bool]:
    return (
        select(Enrolment.participant_id)
        .where(
            Enrolment.organisation_id == ClassroomSession.organisation_id,
            Enrolment.cohort_id == ClassroomSession.cohort_id,
            Enrolment.participant_id == reader.participant_id,
            or_(ClassroomSession.group_id.is_(None), ClassroomSession.group_id == Enrolment.group_id),
        )
        .exists()
    )


def _facilitated_by(reader: CalendarReader) -> ColumnElement[bool]:
    """The sessions at which somebody marks: those of their groups and of everyone there, and those that name them."""
    of_group = and_(
        CohortGroup.organisation_id == FacilitatorGroup.organisation_id, CohortGroup.id == FacilitatorGroup.group_id
    )
    by_group = (
        select(FacilitatorGroup.group_id)
        .join(CohortGroup, of_group)
        .where(
            FacilitatorGroup.organisation_id == ClassroomSession.organisation_id,
            FacilitatorGroup.account_id == reader.account_id,
            CohortGroup.cohort_id == ClassroomSession.cohort_id,
            or_(ClassroomSession.group_id.is_(None), ClassroomSession.group_id == CohortGroup.id),
        )
        .exists()
    )
    by_name = (
        select(SessionFacilitator.account_id)
        .where(
            SessionFacilitator.organisation_id == ClassroomSession.organisation_id,
            SessionFacilitator.session_id == ClassroomSession.id,
            SessionFacilitator.account_id == reader.account_id,
        )
        .exists()
    )
    return or_(by_group, by_name)
