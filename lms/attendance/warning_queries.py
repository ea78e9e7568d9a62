"""Warnings about absences: for whom some may be due, and which were given. Part of `queries`."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, exists, or_, select
from sqlalchemy.orm import Session

from lms.attendance.models import Mark
from lms.attendance.register_models import AttendanceWarning, SessionRegister
from lms.attendance.session_queries import superseded
from lms.db import among
from lms.people.models import Participant
from lms.programme import queries as programmes
from lms.programme.models import ClassroomSession, Enrolment

TIME_TO_CORRECT = timedelta(hours=2)
"""After a session, unless its register is closed: mistakes are put right before anybody is warned."""
OLDEST = timedelta(days=14)
"""Nobody is warned of a session that ended longer ago: it was entered late, or Padu is new here."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Concerned:
    """A cohort with sessions that people may be warned of, and those people."""

    cohort_id: UUID
    sessions: frozenset[UUID]
    people: frozenset[UUID]


@dataclass(frozen=True, kw_only=True, slots=True)
class Given:
    """A warning that was given; `settled` where its person is not absent there any more. No mail, no `mailed_to`."""

    kind: str
    created_at: datetime
    mailed_to: str
    participant_id: UUID
    name: str
    identifier: str
    session_code: str
    session_title: str
    starts_at: datetime
    settled: bool


def concerned(session: Session, *, organisation_id: int, now: datetime) -> list[Concerned]:
    """Who was absent from a session that is over, and not warned of it, by cohort. Two queries, and one a cohort."""
    over = _over(session, organisation_id, now)
    cohorts = programmes.cohorts_by_id(session, organisation_id=organisation_id, cohort_ids=list(over))
    versions = {one.programme_version_id for one in cohorts.values()}
    published = programmes.programmes_of(session, organisation_id=organisation_id, version_ids=versions)
    found = []
    for cohort_id, sessions in over.items():
        statuses = published[cohorts[cohort_id].programme_version_id].statuses
        absent = [status.code for status in statuses if status.absent and not status.excluded]
        people = _unwarned(session, organisation_id, cohort_id, sessions, absent)
        if people:
            found.append(Concerned(cohort_id=cohort_id, sessions=frozenset(sessions), people=frozenset(people)))
    return found


def _over(session: Session, organisation_id: int, now: datetime) -> dict[UUID, set[UUID]]:
    one = ClassroomSession
    register = and_(SessionRegister.organisation_id == one.organisation_id, SessionRegister.session_id == one.id)
    rows = session.execute(
        select(one.cohort_id, one.id)
        .outerjoin(SessionRegister, register)
        .where(
            one.organisation_id == organisation_id,
            one.cancelled_at.is_(None),
            one.ends_at > now - OLDEST,
            or_(one.ends_at <= now - TIME_TO_CORRECT, SessionRegister.closed_at.is_not(None)),
        )
    )
    found: dict[UUID, set[UUID]] = defaultdict(set)
    for cohort_id, session_id in rows:
        found[cohort_id].add(session_id)
    return dict(found)


def _unwarned(
    session: Session, organisation_id: int, cohort_id: UUID, sessions: Collection[UUID], absent: Collection[str]
) -> set[UUID]:
    given = exists().where(
        AttendanceWarning.organisation_id == Mark.organisation_id,
        AttendanceWarning.participant_id == Mark.participant_id,
        AttendanceWarning.session_id == Mark.session_id,
        AttendanceWarning.kind == "absent",
    )
    # Whoever has left the cohort has no result there that a warning could be weighed by.
    enrolled = exists().where(
        Enrolment.organisation_id == Mark.organisation_id,
        Enrolment.participant_id == Mark.participant_id,
        Enrolment.cohort_id == cohort_id,
    )
    query = select(Mark.participant_id).where(
        enrolled,
        Mark.organisation_id == organisation_id,
        among(session, Mark.session_id, sessions),
        Mark.status.in_(absent),
        ~superseded(),
        ~given,
    )
    return set(session.scalars(query.distinct()))


def given_to(
    session: Session, *, organisation_id: int, participant_ids: Collection[UUID]
) -> set[tuple[UUID, UUID, str]]:
    """The warnings of these people: (participant, session, kind). One query."""
    columns = AttendanceWarning.participant_id, AttendanceWarning.session_id, AttendanceWarning.kind
    rows = session.execute(
        select(*columns).where(
            AttendanceWarning.organisation_id == organisation_id,
            among(session, AttendanceWarning.participant_id, participant_ids),
        )
    )
    return {(row[0], row[1], row[2]) for row in rows}


def given(
    session: Session,
    *,
    organisation_id: int,
    cohort_id: UUID,
    absent: Collection[str],
    participant_ids: Collection[UUID] | None = None,
    limit: int = 100,
) -> list[Given]:
    """The warnings of a cohort, the newest first; of these people, if any are named. `absent` are codes. One query."""
    warning = AttendanceWarning
    query = _given(absent).where(warning.organisation_id == organisation_id, warning.cohort_id == cohort_id)
    if participant_ids is not None:
        query = query.where(among(session, warning.participant_id, participant_ids))
    rows = session.execute(query.order_by(warning.created_at.desc(), warning.id.desc()).limit(limit))
    return [Given(**row._asdict()) for row in rows]


def _given(absent: Collection[str]) -> Select[*tuple[Any, ...]]:
    warning, meeting = AttendanceWarning, ClassroomSession
    still = exists().where(
        Mark.organisation_id == warning.organisation_id,
        Mark.session_id == warning.session_id,
        Mark.participant_id == warning.participant_id,
        Mark.status.in_(absent),
        ~superseded(),
    )
    columns = (
        *(warning.kind, warning.created_at, warning.mailed_to, warning.participant_id),
        *(Participant.name, Participant.identifier),
        meeting.code.label("session_code"),
        meeting.title.label("session_title"),
        meeting.starts_at,
        (~still).label("settled"),
    )
    person = and_(Participant.organisation_id == warning.organisation_id, Participant.id == warning.participant_id)
    at = and_(meeting.organisation_id == warning.organisation_id, meeting.id == warning.session_id)
    return select(*columns).join(meeting, at).join(Participant, person)
