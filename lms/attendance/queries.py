"""Every SELECT of this room. Each docstring tells how many queries are made; that never grows with what is found."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, distinct, func, select
from sqlalchemy.orm import Session

from lms.attendance import rules
from lms.attendance.models import Mark
from lms.attendance.rules import Groups, PastMark, When
from lms.errors import N_, NotFound
from lms.people.models import Account
from lms.programme import queries as programmes
from lms.programme.models import ClassroomSession, Cohort, CohortGroup, Enrolment
from lms.programme.queries import CohortInfo, Enrolled, TimetableSession
from lms.programme.rules import AttendanceStatus

FARTHEST_LOCAL_DAY = timedelta(days=2)
"""No two clocks on Earth show days that are further apart."""

Tally = Counter[tuple[UUID, str | None]]
"""People by (the id of a cohort or a session, the name of their group)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Person:
    """One row of a register: who, and all their marks at the session, oldest first. A guest is of another group."""

    enrolled: Enrolled
    marks: tuple[PastMark, ...]
    guest: bool

    @property
    def newest(self) -> PastMark | None:
        """The mark that counts."""
        return self.marks[-1] if self.marks else None


@dataclass(frozen=True, kw_only=True, slots=True)
class Register:
    """A session and whoever is marked at it, in the order of the participants' file; `others` are left out of it."""

    cohort: CohortInfo
    session: TimetableSession
    statuses: tuple[AttendanceStatus, ...]
    people: tuple[Person, ...]
    others: int

    @property
    def titles(self) -> dict[str, str]:
        """What the statuses are called, by code."""
        return {status.code: status.title for status in self.statuses}

    @property
    def marked(self) -> int:
        """How many of these people have a mark."""
        return sum(person.newest is not None for person in self.people)


@dataclass(frozen=True, kw_only=True, slots=True)
class SessionEntry:
    """A session as a list shows it: `marked` of `people` have a mark."""

    cohort_code: str
    cohort_name: str
    time_zone: str
    session: TimetableSession
    marked: int
    people: int
    when: When

    @property
    def is_open(self) -> bool:
        """Whether its register may be taken."""
        return self.when != "later"

    @property
    def percent(self) -> Decimal | None:
        """How much of it is marked, None where there is nobody to mark."""
        return Decimal(self.marked * 100) / self.people if self.people else None


def session_id_of(session: Session, *, organisation_id: int, cohort_code: str, session_code: str) -> UUID:
    """The id of a session by its code and its cohort's; raises NotFound. One query."""
    found = session.scalar(
        select(ClassroomSession.id)
        .join(Cohort, _of_cohort(ClassroomSession))
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
        _meetings().where(ClassroomSession.organisation_id == organisation_id, ClassroomSession.id == session_id)
    ).one_or_none()
    if row is None:
        raise NotFound(N_("There is no such session."))
    return TimetableSession(**row._asdict())


def register(
    session: Session, *, organisation_id: int, session_id: UUID, groups: Groups | None = None, everyone: bool = False
) -> Register:
    """Whom somebody with these groups marks at a session, with all their marks. Six queries.

    At a group's session these are its people and whoever has a mark at it; `everyone` adds the rest of the cohort for
    somebody who has all groups. Raises NotFound, or NotAllowed for somebody who marks nobody there.
    """
    found = meeting(session, organisation_id=organisation_id, session_id=session_id)
    own = rules.own_groups_at(groups, cohort_id=found.cohort_id, session_group=found.group)
    cohort = programmes.cohort_by_id(session, organisation_id=organisation_id, cohort_id=found.cohort_id)
    programme = programmes.programme_of(
        session, organisation_id=organisation_id, version_id=cohort.programme_version_id
    )
    roster = programmes.roster(session, organisation_id=organisation_id, cohort_id=cohort.id)
    marks = history(session, organisation_id=organisation_id, session_id=session_id)
    people = [_person(one, found, marks.get(one.participant_id, [])) for one in roster if _visible(one, found, own)]
    shown = tuple(person for person in people if everyone or not person.guest or person.marks)
    return Register(
        cohort=cohort, session=found, statuses=programme.statuses, people=shown, others=len(people) - len(shown)
    )


def _visible(person: Enrolled, found: TimetableSession, own: Collection[str] | None) -> bool:
    return rules.may_mark(person_group=person.group, session_group=found.group, own=own)


def _person(enrolled: Enrolled, found: TimetableSession, marks: list[PastMark]) -> Person:
    guest = not rules.belongs(person_group=enrolled.group, session_group=found.group)
    return Person(enrolled=enrolled, marks=tuple(marks), guest=guest)


def history(session: Session, *, organisation_id: int, session_id: UUID) -> dict[UUID, list[PastMark]]:
    """Everybody's marks at a session by participant, oldest first. One query."""
    found: dict[UUID, list[PastMark]] = defaultdict(list)
    for row in session.execute(_marks(organisation_id).where(Mark.session_id == session_id)):
        found[row.participant_id].append(PastMark(**row._asdict()))
    return dict(found)


def histories(
    session: Session, *, organisation_id: int, session_ids: Collection[UUID]
) -> dict[UUID, dict[UUID, list[PastMark]]]:
    """The same for several sessions, by session. One query."""
    found: dict[UUID, dict[UUID, list[PastMark]]] = defaultdict(lambda: defaultdict(list))
    wanted = _marks(organisation_id).add_columns(Mark.session_id).where(Mark.session_id.in_(session_ids))
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
            Account.name.label("recorded_by"),
        )
        .outerjoin(Account, recorder)
        .where(Mark.organisation_id == organisation_id)
        .order_by(Mark.recorded_at, Mark.id)
    )


def all_marks(session: Session, *, organisation_id: int) -> Iterator[Mark]:
    """Every mark of an organisation, older ones first, without holding them all. One query."""
    wanted = select(Mark).where(Mark.organisation_id == organisation_id).order_by(Mark.id)
    yield from session.scalars(wanted.execution_options(yield_per=1000))


def sessions_of(
    session: Session, *, organisation_id: int, cohort_id: UUID, groups: Groups | None = None, now: datetime
) -> list[SessionEntry]:
    """A cohort's sessions that somebody with these groups marks, by their start. Three queries.

    Raises NotAllowed for somebody who has no group in the cohort.
    """
    rules.own_groups(groups, cohort_id)
    return _entries(session, organisation_id, ClassroomSession.cohort_id == cohort_id, groups, now)


def today(session: Session, *, organisation_id: int, groups: Groups | None = None, now: datetime) -> list[SessionEntry]:
    """All cohorts' sessions of today, by each one's own day, that somebody with these groups marks. Three queries."""
    near = ClassroomSession.starts_at.between(now - FARTHEST_LOCAL_DAY, now + FARTHEST_LOCAL_DAY)
    entries = _entries(session, organisation_id, near, groups, now)
    return [entry for entry in entries if entry.when == "today"]


def _entries(
    session: Session, organisation_id: int, which: Any, groups: Groups | None, now: datetime
) -> list[SessionEntry]:
    columns = (Cohort.code.label("cohort_code"), Cohort.name.label("cohort_name"), Cohort.time_zone)
    rows = session.execute(
        _meetings()
        .add_columns(*columns)
        .join(Cohort, _of_cohort(ClassroomSession))
        .where(ClassroomSession.organisation_id == organisation_id, which)
        .order_by(ClassroomSession.starts_at, Cohort.code, ClassroomSession.code)
    ).all()
    people = _people(session, organisation_id, {row.cohort_id for row in rows})
    marked = _marked(session, organisation_id, {row.id for row in rows})
    entries = [_entry(row._asdict(), people, marked, groups, now) for row in rows]
    return [entry for entry in entries if entry is not None]


def _entry(
    row: dict[str, Any], people: Tally, marked: Tally, groups: Groups | None, now: datetime
) -> SessionEntry | None:
    """The entry, or None for a session at which somebody with these groups marks nobody."""
    about = {name: row.pop(name) for name in ("cohort_code", "cohort_name", "time_zone")}
    found = TimetableSession(**row)
    own = None if groups is None else {name for cohort_id, _, name in groups if cohort_id == found.cohort_id}
    if own is not None and (not own or found.group not in {None, *own}):
        return None
    counted = [
        (group, marked[found.id, group], count)
        for (cohort_id, group), count in people.items()
        if cohort_id == found.cohort_id and rules.may_mark(person_group=group, session_group=found.group, own=own)
    ]
    return SessionEntry(
        **about,
        session=found,
        marked=sum(done for _, done, _ in counted),
        # Guests are expected only once they have a mark.
        people=sum(
            count if rules.belongs(person_group=group, session_group=found.group) else done
            for group, done, count in counted
        ),
        when=rules.when(found.starts_at, time_zone=about["time_zone"], now=now),
    )


def _people(session: Session, organisation_id: int, cohort_ids: Collection[UUID]) -> Tally:
    rows = session.execute(
        select(Enrolment.cohort_id, CohortGroup.name, func.count())
        .outerjoin(CohortGroup, _group_of(Enrolment))
        .where(Enrolment.organisation_id == organisation_id, Enrolment.cohort_id.in_(cohort_ids))
        .group_by(Enrolment.cohort_id, CohortGroup.name)
    )
    return Counter({(cohort_id, group): count for cohort_id, group, count in rows})


def _marked(session: Session, organisation_id: int, session_ids: Collection[UUID]) -> Tally:
    enrolled = and_(
        Enrolment.organisation_id == ClassroomSession.organisation_id,
        Enrolment.cohort_id == ClassroomSession.cohort_id,
        Enrolment.participant_id == Mark.participant_id,
    )
    at_session = and_(ClassroomSession.organisation_id == Mark.organisation_id, ClassroomSession.id == Mark.session_id)
    rows = session.execute(
        select(Mark.session_id, CohortGroup.name, func.count(distinct(Mark.participant_id)))
        .join(ClassroomSession, at_session)
        .join(Enrolment, enrolled)
        .outerjoin(CohortGroup, _group_of(Enrolment))
        .where(Mark.organisation_id == organisation_id, Mark.session_id.in_(session_ids))
        .group_by(Mark.session_id, CohortGroup.name)
    )
    return Counter({(session_id, group): count for session_id, group, count in rows})


def _meetings() -> Select[*tuple[Any, ...]]:
    one = ClassroomSession
    columns = (one.id, one.cohort_id, one.code, one.title, one.starts_at, one.ends_at, one.jp)
    return select(*columns, CohortGroup.name.label("group")).outerjoin(CohortGroup, _group_of(one))


def _group_of(table: Any) -> Any:
    return and_(CohortGroup.organisation_id == table.organisation_id, CohortGroup.id == table.group_id)


def _of_cohort(table: Any) -> Any:
    return and_(Cohort.organisation_id == table.organisation_id, Cohort.id == table.cohort_id)
