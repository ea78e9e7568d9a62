"""The sessions of a cohort or of a day, with how many are marked of how many. Part of `queries`."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, distinct, exists, func, select, tuple_
from sqlalchemy.orm import Session, aliased

from lms.attendance import rules
from lms.attendance.cohort_rules import State, times
from lms.attendance.models import Mark
from lms.attendance.register_models import AttendanceRules, SessionRegister
from lms.attendance.register_queries import open_contested
from lms.attendance.rules import Groups, When
from lms.programme import queries as programmes
from lms.programme.models import ClassroomSession, Cohort, CohortGroup, Enrolment
from lms.programme.queries import TimetableSession

FARTHEST_LOCAL_DAY = timedelta(days=2)
"""No two clocks on Earth show days that are further apart."""

Tally = Counter[tuple[UUID, str | None]]
"""People by (the id of a cohort or a session, the name of their group)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SessionEntry:
    """A session as a list shows it: `marked` of `people` have a mark, and `to_settle` marks wait for a person.

    `state` is by the rules of the cohort; `closed_at` tells since when the register is closed.
    """

    cohort_code: str
    cohort_name: str
    time_zone: str
    session: TimetableSession
    marked: int
    people: int
    when: When
    state: State = "open"
    closed_at: datetime | None = None
    to_settle: int = 0

    @property
    def is_open(self) -> bool:
        """Whether its register has opened; it may be locked or closed by now."""
        return self.state != "not_open"

    @property
    def percent(self) -> Decimal | None:
        """How much of it is marked, None where there is nobody to mark."""
        return Decimal(self.marked * 100) / self.people if self.people else None


def sessions_of(
    session: Session,
    *,
    organisation_id: int,
    cohort_id: UUID,
    groups: Groups | None = None,
    named: Collection[UUID] = (),
    now: datetime,
) -> list[SessionEntry]:
    """A cohort's sessions that somebody with these groups marks, by their start. Four queries.

    `named` are the ids of the sessions at which they mark everybody, whatever their groups. Raises NotAllowed for
    somebody who marks nobody in the cohort.
    """
    entries = _entries(session, organisation_id, ClassroomSession.cohort_id == cohort_id, groups, named, now)
    if not entries:
        rules.own_groups(groups, cohort_id)
    return entries


def today(
    session: Session,
    *,
    organisation_id: int,
    groups: Groups | None = None,
    named: Collection[UUID] = (),
    now: datetime,
) -> list[SessionEntry]:
    """All cohorts' sessions of today, by each one's own day, that somebody with these groups marks. Four queries."""
    near = ClassroomSession.starts_at.between(now - FARTHEST_LOCAL_DAY, now + FARTHEST_LOCAL_DAY)
    entries = _entries(session, organisation_id, near, groups, named, now)
    return [entry for entry in entries if entry.when == "today"]


def _entries(
    session: Session,
    organisation_id: int,
    which: Any,
    groups: Groups | None,
    named: Collection[UUID],
    now: datetime,
) -> list[SessionEntry]:
    columns = (Cohort.code.label("cohort_code"), Cohort.name.label("cohort_name"), Cohort.time_zone)
    further = (AttendanceRules.early_minutes, AttendanceRules.late_days, SessionRegister.closed_at)
    rows = session.execute(
        meetings()
        .add_columns(*columns, *further)
        .join(Cohort, of_cohort(ClassroomSession))
        .outerjoin(AttendanceRules, _same(AttendanceRules.cohort_id, Cohort.id))
        .outerjoin(SessionRegister, _same(SessionRegister.session_id, ClassroomSession.id))
        .where(ClassroomSession.organisation_id == organisation_id, which)
        .order_by(ClassroomSession.starts_at, Cohort.code, ClassroomSession.code)
    ).all()
    people = _people(session, organisation_id, {row.cohort_id for row in rows})
    marked = _marked(session, organisation_id, {row.id for row in rows})
    waiting = open_contested(session, organisation_id=organisation_id, session_ids={row.id for row in rows})
    entries = [_entry(row._asdict(), people, marked, None if row.id in named else groups, now) for row in rows]
    return [replace(entry, to_settle=waiting[entry.session.id]) for entry in entries if entry is not None]


def _entry(
    row: dict[str, Any], people: Tally, marked: Tally, groups: Groups | None, now: datetime
) -> SessionEntry | None:
    """The entry, or None for a session at which somebody with these groups marks nobody."""
    about = {name: row.pop(name) for name in ("cohort_code", "cohort_name", "time_zone", "closed_at")}
    opening = {name: row.pop(name) for name in ("early_minutes", "late_days")}
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
        state=times(about["time_zone"], **opening).state(found.starts_at, at=now),
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
        .where(Mark.status != rules.TAKEN_BACK, ~superseded())
        .group_by(Mark.session_id, CohortGroup.name)
    )
    return Counter({(session_id, group): count for session_id, group, count in rows})


def superseded() -> Any:
    """Whether a later mark of the same person at the same session stands in the place of a mark."""
    later = aliased(Mark)
    return exists().where(
        later.organisation_id == Mark.organisation_id,
        later.session_id == Mark.session_id,
        later.participant_id == Mark.participant_id,
        tuple_(later.recorded_at, later.id) > tuple_(Mark.recorded_at, Mark.id),
    )


def meetings() -> Select[*tuple[Any, ...]]:
    one = ClassroomSession
    columns = (
        one.id,
        one.cohort_id,
        one.code,
        one.title,
        one.starts_at,
        one.ends_at,
        one.jp,
        *programmes.SESSION_STATE,
    )
    return select(*columns, CohortGroup.name.label("group")).outerjoin(CohortGroup, _group_of(one))


def _same(column: Any, other: Any) -> Any:
    """That a row belongs to another by these columns, within the same organisation."""
    return and_(column.class_.organisation_id == other.class_.organisation_id, column == other)


def _group_of(table: Any) -> Any:
    return and_(CohortGroup.organisation_id == table.organisation_id, CohortGroup.id == table.group_id)


def of_cohort(table: Any) -> Any:
    return and_(Cohort.organisation_id == table.organisation_id, Cohort.id == table.cohort_id)
