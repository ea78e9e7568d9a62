"""Who changed what about a cohort's attendance, from what, when, why and from which device. Part of `queries`.

Marks, marks that wait to be settled, and what was done to sessions and registers stand in one list, the newest first.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import Session

from lms.attendance.models import Mark
from lms.attendance.register_models import ContestedMark, RegisterEvent
from lms.people.models import Account, Participant
from lms.programme.models import ClassroomSession, Enrolment, SessionChange

Asking = Select[*tuple[Any, ...]]
Kind = Literal["mark", "contested", "settled", "session", "counted", "closed", "reopened"]
SHOWN = 50


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """One change. `before` and `after` are statuses of a mark, or what was done to a session; `note` says why.

    `by` is None where no account did it. `made_at` is a device's own time, by a clock `skew_ms` ahead of the server's.
    """

    id: UUID
    kind: Kind
    at: datetime
    session_code: str
    session_title: str
    by: str | None
    person: str = ""
    before: str | None = None
    after: str = ""
    note: str = ""
    source: str = ""
    source_name: str = ""
    device: str = ""
    minutes_late: int | None = None
    made_at: datetime | None = None
    skew_ms: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """Which changes: those of a session (its code), of people and accounts by a part of a name or identifier.

    `source` is one of the marks'. One goes on backwards from the moment `before`, of which `skip` were shown already:
    a register that is saved makes many changes at one moment.
    """

    session_code: str = ""
    person: str = ""
    by: str = ""
    source: str = ""
    before: datetime | None = None
    skip: int = 0


def changes(
    session: Session, *, organisation_id: int, cohort_id: UUID, groups: Collection[UUID] | None, asked: Asked
) -> list[Change]:
    """The newest changes, one more than SHOWN where there are more. Six queries at most.

    `groups` are the ids of those groups whose people somebody sees, None for all.
    """
    found = _marks(session, organisation_id, cohort_id, groups, asked)
    if not asked.source:
        found += _contested(session, organisation_id, cohort_id, groups, asked)
        if not asked.person:
            found += _of_sessions(session, organisation_id, cohort_id, asked)
            found += _of_registers(session, organisation_id, cohort_id, asked)
    found.sort(key=lambda one: (one.at, one.kind, one.id), reverse=True)
    return found[asked.skip : asked.skip + SHOWN + 1]


def following(shown: Sequence[Change], asked: Asked) -> tuple[datetime, int]:
    """The `before` and the `skip` that go on after these changes, of which there is one at least."""
    last = shown[-1].at
    skip = sum(one.at == last for one in shown)
    return last, skip + (asked.skip if asked.before == last else 0)


def _of_people(
    query: Asking, table: Any, organisation_id: int, cohort_id: UUID, groups: Collection[UUID] | None, asked: Asked
) -> Asking:
    """Keep to the people of the cohort whom somebody sees and asks for."""
    enrolled = and_(
        Enrolment.organisation_id == table.organisation_id,
        Enrolment.participant_id == table.participant_id,
        Enrolment.cohort_id == cohort_id,
    )
    person = and_(Participant.organisation_id == table.organisation_id, Participant.id == table.participant_id)
    query = query.join(Enrolment, enrolled).join(Participant, person)
    if groups is not None:
        query = query.where(Enrolment.group_id.in_(groups))
    if asked.person:
        query = query.where(_like(asked.person, Participant.name, Participant.identifier))
    return _of_cohort(query, table, organisation_id, cohort_id, asked)


def _of_cohort(query: Asking, table: Any, organisation_id: int, cohort_id: UUID, asked: Asked) -> Asking:
    meeting = and_(ClassroomSession.organisation_id == table.organisation_id, ClassroomSession.id == table.session_id)
    query = query.join(ClassroomSession, meeting).where(
        table.organisation_id == organisation_id, ClassroomSession.cohort_id == cohort_id
    )
    return query.where(ClassroomSession.code == asked.session_code) if asked.session_code else query


def _by(query: Asking, table: Any, column: Any, asked: Asked) -> Asking:
    query = query.outerjoin(Account, and_(Account.organisation_id == table.organisation_id, Account.id == column))
    return query.where(_like(asked.by, Account.name, Account.email)) if asked.by else query


def _like(text: str, *columns: Any) -> Any:
    """Whether any of the columns has this text in it, letter case aside; % and _ are letters like others."""
    return or_(*(column.icontains(text, autoescape=True) for column in columns))


def _page(query: Asking, moment: Any, key: Any, asked: Asked) -> Asking:
    if asked.before is not None:
        query = query.where(moment <= asked.before)
    return query.order_by(moment.desc(), key.desc()).limit(SHOWN + 1 + asked.skip)


ABOUT = ClassroomSession.code.label("session_code"), ClassroomSession.title.label("session_title")


def _marks(
    session: Session, organisation_id: int, cohort_id: UUID, groups: Collection[UUID] | None, asked: Asked
) -> list[Change]:
    before = (
        func.lag(Mark.status)
        .over(partition_by=(Mark.session_id, Mark.participant_id), order_by=(Mark.recorded_at, Mark.id))
        .label("before")
    )
    # The window looks at all marks of the cohort's sessions; what is asked for is taken from what it gives.
    all_of_them = Asked(session_code=asked.session_code)
    earlier = _of_cohort(select(Mark.id, before), Mark, organisation_id, cohort_id, all_of_them).subquery()
    query: Any = select(*_columns(Mark, Mark.recorded_at, Mark.status), earlier.c.before).join(
        earlier, earlier.c.id == Mark.id
    )
    query = _of_people(query, Mark, organisation_id, cohort_id, groups, asked)
    query = _by(query, Mark, Mark.recorded_by, asked)
    if asked.source:
        query = query.where(Mark.source == asked.source)
    return [
        Change(kind="mark", **row._asdict()) for row in session.execute(_page(query, Mark.recorded_at, Mark.id, asked))
    ]


def _columns(table: Any, moment: Any, after: Any) -> tuple[Any, ...]:
    """What marks and contested marks have in common."""
    about = (*ABOUT, table.id, moment.label("at"), Account.name.label("by"), Participant.name.label("person"))
    told = (after.label("after"), table.remark.label("note"), table.source, table.source_name, table.device)
    return (*about, *told, table.minutes_late, table.made_at, table.skew_ms)


def _contested(
    session: Session, organisation_id: int, cohort_id: UUID, groups: Collection[UUID] | None, asked: Asked
) -> list[Change]:
    one = ContestedMark
    found: list[Change] = []
    kinds: tuple[tuple[Kind, Any, Any, Any], ...] = (
        ("contested", one.received_at, one.recorded_by, one.status),
        ("settled", one.settled_at, one.settled_by, one.outcome),
    )
    for kind, moment, column, after in kinds:
        query: Any = select(*_columns(one, moment, after), one.status.label("before"))
        # What says only what stands is kept, and is no change.
        query = query.where(moment.is_not(None), one.outcome != "same")
        query = _by(_of_people(query, one, organisation_id, cohort_id, groups, asked), one, column, asked)
        found += [Change(kind=kind, **row._asdict()) for row in session.execute(_page(query, moment, one.id, asked))]
    return found


def _of_sessions(session: Session, organisation_id: int, cohort_id: UUID, asked: Asked) -> list[Change]:
    one = SessionChange
    query: Any = select(
        *ABOUT,
        one.id,
        one.changed_at.label("at"),
        Account.name.label("by"),
        one.kind.label("after"),
        one.reason.label("note"),
    )
    query = _by(_of_cohort(query, one, organisation_id, cohort_id, asked), one, one.changed_by, asked)
    return [
        Change(kind="session", **row._asdict()) for row in session.execute(_page(query, one.changed_at, one.id, asked))
    ]


def _of_registers(session: Session, organisation_id: int, cohort_id: UUID, asked: Asked) -> list[Change]:
    one = RegisterEvent
    query: Any = select(
        *ABOUT,
        one.id,
        one.happened_at.label("at"),
        Account.name.label("by"),
        one.kind,
        one.heads,
        one.missing,
        one.marked_as.label("before"),
    )
    query = _by(_of_cohort(query, one, organisation_id, cohort_id, asked), one, one.done_by, asked)
    found = []
    for row in session.execute(_page(query, one.happened_at, one.id, asked)):
        values = row._asdict()
        heads, missing = values.pop("heads"), values.pop("missing")
        count = heads if values["kind"] == "counted" else missing
        found.append(Change(after="" if count is None else str(count), **values))
    return found
