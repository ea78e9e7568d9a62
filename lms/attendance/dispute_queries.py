"""The disputes of marks. Part of `queries`; each docstring tells how many queries are made."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, case, func, or_, select
from sqlalchemy.orm import Session, aliased

from lms.attendance import dispute_rules as rules
from lms.attendance.models import Mark
from lms.attendance.register_models import MarkDispute
from lms.errors import N_, NotFound
from lms.people.models import Account, Participant
from lms.programme.models import ClassroomSession, Cohort, CohortGroup, Enrolment

NONE = N_("There is no such dispute.")
_ONE = MarkDispute
COLUMNS = (
    *(_ONE.id, _ONE.mark_id, _ONE.session_id, _ONE.participant_id, _ONE.text, _ONE.created_at, _ONE.state),
    *(_ONE.answer, _ONE.answered_at, Mark.status, Mark.minutes_late, Participant.identifier, Participant.name),
    *(Cohort.id.label("cohort_id"), Cohort.code.label("cohort_code"), Cohort.time_zone, Enrolment.group_id),
    *(ClassroomSession.code.label("session_code"), ClassroomSession.title.label("session_title")),
    *(CohortGroup.name.label("group"), Account.name.label("answered_by")),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Dispute:
    """What somebody says against a mark: `status` and `minutes_late` are those of the mark that it is about.

    `answered_by` is a name, None before there is an answer.
    """

    id: UUID
    mark_id: UUID
    cohort_id: UUID
    cohort_code: str
    time_zone: str
    session_id: UUID
    session_code: str
    session_title: str
    session_group: str | None
    participant_id: UUID
    identifier: str
    name: str
    group: str | None
    group_id: UUID | None
    status: str
    minutes_late: int | None
    text: str
    created_at: datetime
    state: str
    answer: str
    answered_at: datetime | None
    answered_by: str | None

    @property
    def is_open(self) -> bool:
        """Whether it waits for an answer."""
        return self.state == rules.OPEN


def of_person(
    session: Session, *, organisation_id: int, participant_id: UUID, cohort_id: UUID, session_id: UUID | None = None
) -> list[Dispute]:
    """What somebody has disputed in a cohort (at one session), the newest first. One query."""
    wanted = _disputes(organisation_id).where(
        MarkDispute.participant_id == participant_id, ClassroomSession.cohort_id == cohort_id
    )
    if session_id is not None:
        wanted = wanted.where(MarkDispute.session_id == session_id)
    return _found(session, wanted.order_by(MarkDispute.created_at.desc(), MarkDispute.id.desc()))


def open_at(session: Session, *, organisation_id: int, session_id: UUID) -> list[Dispute]:
    """The open disputes of a session, in the order in which they came. One query."""
    wanted = _disputes(organisation_id).where(MarkDispute.session_id == session_id, MarkDispute.state == rules.OPEN)
    return _found(session, wanted.order_by(MarkDispute.created_at, MarkDispute.id))


def of_cohort(
    session: Session,
    *,
    organisation_id: int,
    cohort_id: UUID,
    groups: Collection[UUID] | None = None,
    named: Collection[UUID] = (),
) -> list[Dispute]:
    """The disputes of a cohort, open ones first, then the newest.

    With `groups` (by id) only those of people in them, and those at the `named` sessions. One query.
    """
    wanted = _disputes(organisation_id).where(ClassroomSession.cohort_id == cohort_id)
    if groups is not None:
        wanted = wanted.where(or_(Enrolment.group_id.in_(groups), MarkDispute.session_id.in_(named)))
    is_answered = case((MarkDispute.state == rules.OPEN, 0), else_=1)
    return _found(session, wanted.order_by(is_answered, MarkDispute.created_at.desc(), MarkDispute.id.desc()))


def open_disputes(
    session: Session,
    *,
    organisation_id: int,
    groups: Collection[UUID] | None = None,
    named: Collection[UUID] = (),
) -> dict[UUID, int]:
    """How many disputes wait for an answer, by the cohort's id; cohorts without any are not in it.

    With `groups` (by id) only those of people in them, and those at the `named` sessions. One query.
    """
    wanted = _disputes(organisation_id).where(MarkDispute.state == rules.OPEN)
    if groups is not None:
        wanted = wanted.where(or_(Enrolment.group_id.in_(groups), MarkDispute.session_id.in_(named)))
    wanted = wanted.with_only_columns(Cohort.id, func.count().label("many")).group_by(Cohort.id)
    return {row.id: row.many for row in session.execute(wanted)}


def dispute(session: Session, *, organisation_id: int, dispute_id: UUID) -> Dispute:
    """One dispute; raises NotFound. One query."""
    found = _found(session, _disputes(organisation_id).where(MarkDispute.id == dispute_id))
    if not found:
        raise NotFound(NONE)
    return found[0]


def held(session: Session, *, organisation_id: int, dispute_id: UUID) -> MarkDispute:
    """The row of a dispute, locked until the transaction ends; raises NotFound. One query."""
    wanted = select(MarkDispute).where(MarkDispute.organisation_id == organisation_id, MarkDispute.id == dispute_id)
    found = session.scalar(wanted.with_for_update().execution_options(populate_existing=True))
    if found is None:
        raise NotFound(NONE)
    return found


def _found(session: Session, wanted: Select[*tuple[Any, ...]]) -> list[Dispute]:
    return [Dispute(**row._asdict()) for row in session.execute(wanted)]


def _disputes(organisation_id: int) -> Select[*tuple[Any, ...]]:
    one, of_session = MarkDispute, aliased(CohortGroup)
    enrolled = and_(
        Enrolment.organisation_id == one.organisation_id,
        Enrolment.cohort_id == ClassroomSession.cohort_id,
        Enrolment.participant_id == one.participant_id,
    )
    return (
        select(*COLUMNS, of_session.name.label("session_group"))
        .join(Mark, _same(Mark, one.organisation_id, one.mark_id))
        .join(ClassroomSession, _same(ClassroomSession, one.organisation_id, one.session_id))
        .join(Cohort, _same(Cohort, one.organisation_id, ClassroomSession.cohort_id))
        .join(Participant, _same(Participant, one.organisation_id, one.participant_id))
        .outerjoin(Enrolment, enrolled)
        .outerjoin(CohortGroup, _same(CohortGroup, Enrolment.organisation_id, Enrolment.group_id))
        .outerjoin(of_session, _same(of_session, one.organisation_id, ClassroomSession.group_id))
        .outerjoin(Account, _same(Account, one.organisation_id, one.answered_by))
        .where(one.organisation_id == organisation_id)
    )


def _same(left: Any, organisation_id: Any, key: Any) -> Any:
    """The join of `left` by its key, with the organisation that leads it."""
    return and_(left.organisation_id == organisation_id, left.id == key)
