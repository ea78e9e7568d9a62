"""Every SELECT of this room. Each docstring tells how many queries are made; that never grows with what is found."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, and_, select
from sqlalchemy.orm import Session

from lms.attendance import rules
from lms.attendance.cohort_rules import CohortRules
from lms.attendance.dispute_queries import Dispute, open_disputes
from lms.attendance.dispute_queries import of_person as disputes_of
from lms.attendance.models import Mark
from lms.attendance.register_queries import (
    claimants,
    contested_at,
    contested_rows,
    is_named_for,
    kept_ids,
    live_version,
    open_contested,
    register_state,
)
from lms.attendance.register_rules import Contested, RegisterState, in_the_room
from lms.attendance.register_values import Person, Register
from lms.attendance.rule_queries import cohort_rules, rules_for, rules_of
from lms.attendance.rules import Groups, PastMark
from lms.attendance.session_queries import SessionEntry, meetings, of_cohort, sessions_of, today
from lms.errors import N_, NotFound
from lms.people.models import Account
from lms.programme import queries as programmes
from lms.programme.models import ClassroomSession, Cohort
from lms.programme.queries import Enrolled, TimetableSession

__all__ = [
    "CohortRules",
    "Contested",
    "Dispute",
    "Person",
    "Register",
    "RegisterState",
    "SessionEntry",
    "all_marks",
    "cohort_rules",
    "contested_at",
    "contested_rows",
    "disputes_of",
    "groups_at",
    "histories",
    "history",
    "is_named_for",
    "kept_ids",
    "live_version",
    "mark_history",
    "meeting",
    "open_contested",
    "open_disputes",
    "register",
    "register_state",
    "rules_of",
    "session_id_of",
    "sessions_of",
    "today",
]


def session_id_of(session: Session, *, organisation_id: int, cohort_code: str, session_code: str) -> UUID:
    """The id of a session by its code and its cohort's; raises NotFound. One query."""
    found = session.scalar(
        select(ClassroomSession.id)
        .join(Cohort, of_cohort(ClassroomSession))
        .where(
            ClassroomSession.organisation_id == organisation_id,
            Cohort.code == cohort_code,
            ClassroomSession.code == session_code,
        )
    )
    if found is None:
        raise NotFound(N_("There is no session %(code)s in cohort %(cohort)s."), code=session_code, cohort=cohort_code)
    return found


def meeting(session: Session, *, organisation_id: int, session_id: UUID) -> TimetableSession:
    """A session of the timetable by its id; raises NotFound. One query."""
    row = session.execute(
        meetings().where(ClassroomSession.organisation_id == organisation_id, ClassroomSession.id == session_id)
    ).one_or_none()
    if row is None:
        raise NotFound(N_("There is no such session."))
    return TimetableSession(**row._asdict())


def register(
    session: Session, *, organisation_id: int, session_id: UUID, groups: Groups | None = None, everyone: bool = False
) -> Register:
    """Whom somebody with these groups marks at a session, with all their marks. Ten queries.

    At a group's session these are its people and whoever has a mark at it; `everyone` adds the rest of the cohort for
    somebody who has all groups. Raises NotFound, or NotAllowed for somebody who marks nobody there.
    """
    found = meeting(session, organisation_id=organisation_id, session_id=session_id)
    own = rules.own_groups_at(groups, cohort_id=found.cohort_id, session_group=found.group)
    cohort = programmes.cohort_by_id(session, organisation_id=organisation_id, cohort_id=found.cohort_id)
    version_id = cohort.programme_version_id
    statuses = programmes.programme_of(session, organisation_id=organisation_id, version_id=version_id).statuses
    known = rules_for(
        session, organisation_id=organisation_id, cohorts={cohort.id: cohort}, statuses={cohort.id: statuses}
    )[cohort.id]
    roster = programmes.roster(session, organisation_id=organisation_id, cohort_id=cohort.id)
    marks = history(session, organisation_id=organisation_id, session_id=session_id)
    contested = contested_at(session, organisation_id=organisation_id, session_id=session_id)
    kept: dict[UUID, list[Contested]] = defaultdict(list)
    for one in contested:
        kept[one.participant_id].append(one)
    everybody = [
        _person(one, found, marks.get(one.participant_id, ()), kept.get(one.participant_id, ())) for one in roster
    ]
    people = [person for person in everybody if _visible(person.enrolled, found, own)]
    shown = tuple(person for person in people if everyone or not person.guest or person.marks or person.contested)
    ids = {person.enrolled.participant_id for person in shown}
    return Register(
        cohort=cohort,
        session=found,
        statuses=statuses,
        people=shown,
        others=len(people) - len(shown),
        rules=known,
        state=register_state(session, organisation_id=organisation_id, session_id=session_id),
        in_room=in_the_room((person.counting for person in everybody), known),
        whole=own is None or all(_visible(one.enrolled, found, own) for one in everybody if not one.guest),
        strangers=tuple(one for one in contested if own is None and one.participant_id not in ids),
        claimants=frozenset(claimants(session, organisation_id=organisation_id, session_id=session_id)),
    )


def _visible(person: Enrolled, found: TimetableSession, own: Collection[str] | None) -> bool:
    return rules.may_mark(person_group=person.group, session_group=found.group, own=own)


def _person(
    enrolled: Enrolled, found: TimetableSession, marks: Sequence[PastMark], contested: Sequence[Contested]
) -> Person:
    return Person(
        enrolled=enrolled,
        marks=tuple(marks),
        guest=not rules.belongs(person_group=enrolled.group, session_group=found.group),
        contested=tuple(contested),
    )


def groups_at(session: Session, *, organisation_id: int, account_id: UUID, session_id: UUID) -> Groups | None:
    """The groups by which a facilitator marks at a session, None where they are named for it: then all. Two queries."""
    if is_named_for(session, organisation_id=organisation_id, account_id=account_id, session_id=session_id):
        return None
    return programmes.groups_of(session, organisation_id=organisation_id, account_id=account_id)


def history(session: Session, *, organisation_id: int, session_id: UUID) -> dict[UUID, list[PastMark]]:
    """Everybody's marks at a session by participant, oldest first. One query."""
    found: dict[UUID, list[PastMark]] = defaultdict(list)
    for row in session.execute(_marks(organisation_id).where(Mark.session_id == session_id)):
        found[row.participant_id].append(PastMark(**row._asdict()))
    return dict(found)


def histories(
    session: Session, *, organisation_id: int, session_ids: Collection[UUID], participant_id: UUID | None = None
) -> dict[UUID, dict[UUID, list[PastMark]]]:
    """The same for several sessions, by session; with a participant, theirs alone. One query."""
    found: dict[UUID, dict[UUID, list[PastMark]]] = defaultdict(lambda: defaultdict(list))
    wanted = _marks(organisation_id).add_columns(Mark.session_id).where(Mark.session_id.in_(session_ids))
    if participant_id is not None:
        wanted = wanted.where(Mark.participant_id == participant_id)
    for row in session.execute(wanted):
        values = row._asdict()
        found[values.pop("session_id")][row.participant_id].append(PastMark(**values))
    return {meeting: dict(marks) for meeting, marks in found.items()}


def mark_history(
    session: Session, *, organisation_id: int, session_id: UUID, participant_id: UUID
) -> tuple[PastMark, ...]:
    """One person's marks at a session, oldest first: the last one counts. One query."""
    wanted = _marks(organisation_id).where(Mark.session_id == session_id, Mark.participant_id == participant_id)
    return tuple(PastMark(**row._asdict()) for row in session.execute(wanted))


def _marks(organisation_id: int) -> Select[*tuple[Any, ...]]:
    recorder = and_(Account.organisation_id == Mark.organisation_id, Account.id == Mark.recorded_by)
    return (
        select(
            Mark.id,
            Mark.participant_id,
            Mark.status,
            Mark.minutes_late,
            Mark.remark,
            Mark.source,
            Mark.recorded_at,
            Mark.made_at,
            Mark.skew_ms,
            Mark.device,
            Mark.source_name,
            Account.name.label("recorded_by"),
            Mark.recorded_by.label("account_id"),
        )
        .outerjoin(Account, recorder)
        .where(Mark.organisation_id == organisation_id)
        .order_by(Mark.recorded_at, Mark.id)
    )


def all_marks(session: Session, *, organisation_id: int) -> Iterator[Row[UUID, UUID, UUID, str, datetime]]:
    """(id, session_id, participant_id, status, recorded_at) of every mark of an organisation, older ones first, without
    holding them all. One query."""
    columns = (Mark.id, Mark.session_id, Mark.participant_id, Mark.status, Mark.recorded_at)
    wanted = select(*columns).where(Mark.organisation_id == organisation_id).order_by(Mark.id)
    yield from session.execute(wanted.execution_options(yield_per=1000))
