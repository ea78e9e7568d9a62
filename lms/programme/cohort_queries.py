"""What is inside a cohort: its groups, timetable and people. Part of `queries`, by which others come here."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, func, select
from sqlalchemy.orm import Session

from lms.db import among, portions
from lms.errors import N_, NotAllowed
from lms.people.models import Account, Participant
from lms.people.rules import FACILITATOR
from lms.programme.models import ClassroomSession, Cohort, CohortGroup, Enrolment, FacilitatorGroup
from lms.programme.rows import Enrolled, EnrolmentOf, Facilitates, FacilitatorAccount, Group, TimetableSession

_MEETING = ClassroomSession
SESSION_STATE = (
    _MEETING.room,
    _MEETING.cancelled_at,
    _MEETING.cancel_reason,
    _MEETING.revision,
    _MEETING.changed_at,
)
"""The columns of a session that say where it is, whether it takes place, and how often it was changed."""


def groups(session: Session, *, organisation_id: int, cohort_id: UUID) -> list[Group]:
    """A cohort's groups by name, with how many people and sessions each has. One query."""
    people = count(Enrolment, Enrolment.group_id == CohortGroup.id, organisation_id)
    for_it = and_(ClassroomSession.cohort_id == CohortGroup.cohort_id, ClassroomSession.group_id == CohortGroup.id)
    sessions = count(ClassroomSession, for_it, organisation_id)
    rows = session.execute(
        select(CohortGroup.id, CohortGroup.name, people.label("participants"), sessions.label("sessions"))
        .where(CohortGroup.organisation_id == organisation_id, CohortGroup.cohort_id == cohort_id)
        .order_by(CohortGroup.name)
    )
    return [Group(**row._asdict()) for row in rows]


def group_ids(session: Session, *, organisation_id: int, cohort_codes: Collection[str]) -> dict[tuple[str, str], UUID]:
    """The ids of the groups of these cohorts by (cohort's code, group's name). One query."""
    rows = session.execute(
        select(Cohort.code, CohortGroup.name, CohortGroup.id)
        .join(Cohort, same(Cohort, CohortGroup, id="cohort_id"))
        .where(CohortGroup.organisation_id == organisation_id, Cohort.code.in_(cohort_codes))
    )
    return {(row.code, row.name): row.id for row in rows}


def hold_groups(session: Session, *, organisation_id: int, group_ids: Collection[UUID]) -> set[UUID]:
    """Those of these groups that are still there; none of them is removed until the transaction ends. One query."""
    wanted = select(CohortGroup.id).where(CohortGroup.organisation_id == organisation_id, CohortGroup.id.in_(group_ids))
    return set(session.scalars(wanted.with_for_update(read=True, key_share=True)))


def groups_of(session: Session, *, organisation_id: int, account_id: UUID) -> set[tuple[UUID, UUID, str]]:
    """The groups that an account marks: (cohort's id, group's id, group's name). One query."""
    rows = session.execute(
        facilitated(organisation_id, account_id, CohortGroup.cohort_id, CohortGroup.id, CohortGroup.name)
    )
    return {(row.cohort_id, row.id, row.name) for row in rows}


def own_group_ids(session: Session, *, organisation_id: int, account_id: UUID, cohort_id: UUID) -> set[UUID]:
    """The ids of the groups that an account marks in a cohort; raises NotAllowed where it has none. One query."""
    known = groups_of(session, organisation_id=organisation_id, account_id=account_id)
    own = {group_id for of_cohort, group_id, _name in known if of_cohort == cohort_id}
    if not own:
        raise NotAllowed(N_("You have no group in this cohort."))
    return own


def facilitators(session: Session, *, organisation_id: int, cohort_id: UUID) -> list[Facilitates]:
    """Which accounts mark which groups of a cohort. One query."""
    rows = session.execute(
        select(FacilitatorGroup.account_id, FacilitatorGroup.group_id)
        .join(CohortGroup, same(CohortGroup, FacilitatorGroup, id="group_id"))
        .where(FacilitatorGroup.organisation_id == organisation_id, CohortGroup.cohort_id == cohort_id)
        .order_by(FacilitatorGroup.account_id)
    )
    return [Facilitates(**row._asdict()) for row in rows]


def facilitator_accounts(session: Session, *, organisation_id: int) -> list[FacilitatorAccount]:
    """The organisation's facilitators who may sign in, by name. One query."""
    rows = session.execute(
        select(Account.id, Account.name, Account.email)
        .where(Account.organisation_id == organisation_id, Account.role == FACILITATOR, Account.active)
        .order_by(Account.name, Account.id)
    )
    return [FacilitatorAccount(**row._asdict()) for row in rows]


def timetable(session: Session, *, organisation_id: int, cohort_id: UUID) -> tuple[TimetableSession, ...]:
    """A cohort's sessions by their start, then their code. One query."""
    return timetables(session, organisation_id=organisation_id, cohort_ids=[cohort_id])[cohort_id]


def timetables(
    session: Session, *, organisation_id: int, cohort_ids: Collection[UUID]
) -> dict[UUID, tuple[TimetableSession, ...]]:
    """The sessions of several cohorts, each by their start, then their code. One query."""
    meeting = ClassroomSession
    rows = session.execute(
        select(
            meeting.cohort_id,
            meeting.id,
            meeting.code,
            meeting.title,
            meeting.starts_at,
            meeting.ends_at,
            meeting.jp,
            CohortGroup.name.label("group"),
            *SESSION_STATE,
        )
        .outerjoin(CohortGroup, same(CohortGroup, meeting, id="group_id"))
        .where(meeting.organisation_id == organisation_id, meeting.cohort_id.in_(cohort_ids))
        .order_by(meeting.starts_at, meeting.code)
    )
    found: dict[UUID, list[TimetableSession]] = {cohort_id: [] for cohort_id in cohort_ids}
    for row in rows:
        found[row.cohort_id].append(TimetableSession(**row._asdict()))
    return {cohort_id: tuple(sessions) for cohort_id, sessions in found.items()}


def roster(
    session: Session, *, organisation_id: int, cohort_id: UUID, groups: Collection[UUID] | None = None
) -> list[Enrolled]:
    """A cohort's people in the order of their file; only those in these groups (by id), if any are named. One query."""
    wanted = (
        select(
            Participant.id.label("participant_id"),
            Participant.identifier,
            Participant.name,
            Participant.email,
            Enrolment.group_id,
            CohortGroup.name.label("group"),
            Enrolment.category,
            Enrolment.unit,
            Enrolment.position,
        )
        .select_from(Enrolment)
        .join(Participant, same(Participant, Enrolment, id="participant_id"))
        .outerjoin(CohortGroup, same(CohortGroup, Enrolment, id="group_id"))
        .where(Enrolment.organisation_id == organisation_id, Enrolment.cohort_id == cohort_id)
        .order_by(Enrolment.position, Enrolment.participant_id)
    )
    if groups is not None:
        wanted = wanted.where(Enrolment.group_id.in_(groups))
    return [Enrolled(**row._asdict()) for row in session.execute(wanted)]


def how_many(session: Session, *, organisation_id: int, cohort_id: UUID) -> int:
    """How many people a cohort has. One query."""
    return int(session.scalar(select(count(Enrolment, Enrolment.cohort_id == cohort_id, organisation_id))) or 0)


def enrolments_of(session: Session, *, organisation_id: int, participant_ids: Collection[UUID]) -> list[EnrolmentOf]:
    """Every cohort of these people, by participant, the cohort that starts last first. One query per 500 people."""
    found: list[EnrolmentOf] = []
    for ids in portions(sorted(set(participant_ids))):
        rows = session.execute(_enrolments(organisation_id).where(among(session, Enrolment.participant_id, ids)))
        found += [EnrolmentOf(**row._asdict()) for row in rows]
    return found


def _enrolments(organisation_id: int) -> Select[*tuple[Any, ...]]:
    return (
        select(
            Enrolment.participant_id,
            Enrolment.cohort_id,
            Cohort.code.label("cohort_code"),
            Cohort.name.label("cohort_name"),
            CohortGroup.name.label("group"),
            Cohort.programme_version_id,
            Cohort.starts_at,
            Cohort.ends_at,
            Cohort.time_zone,
        )
        .join(Cohort, same(Cohort, Enrolment, id="cohort_id"))
        .outerjoin(CohortGroup, same(CohortGroup, Enrolment, id="group_id"))
        .where(Enrolment.organisation_id == organisation_id)
        .order_by(Enrolment.participant_id, Cohort.starts_at.desc(), Cohort.id)
    )


# Parts that the other queries share


def same(left: Any, right: Any, *, id: str) -> Any:  # noqa: A002  (names the column that holds the other's id)
    """The join of `left` by its key, with the organisation that leads it."""
    return and_(left.organisation_id == right.organisation_id, left.id == getattr(right, id))


def count(table: Any, which: Any, organisation_id: int) -> Any:
    counted = select(func.count()).select_from(table).where(table.organisation_id == organisation_id, which)
    return counted.scalar_subquery()


def facilitated(organisation_id: int, account_id: UUID, *columns: Any) -> Select[Any]:
    return (
        select(*columns)
        .join(FacilitatorGroup, same(CohortGroup, FacilitatorGroup, id="group_id"))
        .where(FacilitatorGroup.organisation_id == organisation_id, FacilitatorGroup.account_id == account_id)
    )
