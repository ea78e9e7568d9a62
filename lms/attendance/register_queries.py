"""What is known of registers beside marks: their state, contested marks, what ids became. Part of `queries`."""

from collections import Counter
from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import and_, func, literal, select, union_all
from sqlalchemy.orm import Session, aliased

from lms.attendance.check_in_models import CheckInClaim
from lms.attendance.models import Mark
from lms.attendance.register_models import ContestedMark, SessionRegister
from lms.attendance.register_rules import Contested, RegisterState
from lms.attendance.sync_rules import Kept
from lms.db import among
from lms.people.models import Account, Participant
from lms.programme import queries as programmes
from lms.programme.models import ClassroomSession, CohortGroup, Enrolment

_UNSETTLED = (CheckInClaim.state != "refused", CheckInClaim.mark_id.is_(None))


def register_state(session: Session, *, organisation_id: int, session_id: UUID) -> RegisterState:
    """The heads counted at a session, and whether its register is closed. One query."""
    counter, closer = aliased(Account), aliased(Account)
    one = SessionRegister
    row = session.execute(
        select(
            one.head_count,
            one.counted_at,
            counter.name.label("counted_by"),
            one.closed_at,
            closer.name.label("closed_by"),
        )
        .outerjoin(counter, and_(counter.organisation_id == one.organisation_id, counter.id == one.counted_by))
        .outerjoin(closer, and_(closer.organisation_id == one.organisation_id, closer.id == one.closed_by))
        .where(one.organisation_id == organisation_id, one.session_id == session_id)
    ).one_or_none()
    return RegisterState() if row is None else RegisterState(**row._asdict())


def contested_at(session: Session, *, organisation_id: int, session_id: UUID) -> list[Contested]:
    """Every contested mark of a session, open ones and settled ones, in the order in which they came. One query."""
    by, settler, one = aliased(Account), aliased(Account), ContestedMark
    plain = ("id", "participant_id", "status", "minutes_late", "remark", "source", "received_at", "made_at", "skew_ms")
    further = ("device", "source_name", "why", "against", "outcome", "settled_at")
    columns: list[Any] = [getattr(one, name) for name in (*plain, *further)]
    enrolled = and_(
        Enrolment.organisation_id == one.organisation_id,
        Enrolment.participant_id == one.participant_id,
        Enrolment.cohort_id == ClassroomSession.cohort_id,
    )
    rows = session.execute(
        select(
            *columns,
            Participant.identifier,
            Participant.name,
            CohortGroup.name.label("group"),
            by.name.label("recorded_by"),
            settler.name.label("settled_by"),
        )
        .join(Participant, _same(Participant, one, "participant_id"))
        .join(ClassroomSession, _same(ClassroomSession, one, "session_id"))
        .outerjoin(Enrolment, enrolled)
        .outerjoin(CohortGroup, _same(CohortGroup, Enrolment, "group_id"))
        .outerjoin(by, _same(by, one, "recorded_by"))
        .outerjoin(settler, _same(settler, one, "settled_by"))
        .where(one.organisation_id == organisation_id, one.session_id == session_id)
        .order_by(one.received_at, one.made_at, one.id)
    )
    return [Contested(**row._asdict()) for row in rows]


def open_contested(session: Session, *, organisation_id: int, session_ids: Collection[UUID]) -> Counter[UUID]:
    """How many marks wait at each session to be settled by a person. One query."""
    rows = session.execute(
        select(ContestedMark.session_id, func.count().label("marks"))
        .where(ContestedMark.organisation_id == organisation_id, ContestedMark.outcome == "")
        .where(ContestedMark.session_id.in_(session_ids))
        .group_by(ContestedMark.session_id)
    )
    return Counter({row.session_id: row.marks for row in rows})


def contested_rows(session: Session, *, organisation_id: int, ids: Collection[UUID]) -> dict[UUID, ContestedMark]:
    """The contested marks with these ids, to be settled; those that are none are left out. One query."""
    wanted = select(ContestedMark).where(
        ContestedMark.organisation_id == organisation_id, among(session, ContestedMark.id, ids)
    )
    return {row.id: row for row in session.scalars(wanted.execution_options(populate_existing=True))}


def kept_ids(session: Session, *, organisation_id: int, ids: Collection[UUID]) -> dict[UUID, Kept]:
    """What is kept under each of these ids. One query."""
    said = ("id", "session_id", "participant_id", "status", "minutes_late")
    marks, contested = ([getattr(table, name) for name in said] for table in (Mark, ContestedMark))
    added = select(*marks, literal("").label("why"), literal("recorded").label("outcome")).where(
        Mark.organisation_id == organisation_id, among(session, Mark.id, ids)
    )
    kept = select(*contested, ContestedMark.why, ContestedMark.outcome).where(
        ContestedMark.organisation_id == organisation_id, among(session, ContestedMark.id, ids)
    )
    found: dict[UUID, Kept] = {}
    for row in session.execute(union_all(added, kept)):
        values = row._asdict()
        mark_id = values.pop("id")
        # One that was taken has a mark with the same id; what became of it is what its settling says.
        if mark_id not in found or row.outcome != "recorded":
            found[mark_id] = Kept(**values)
    return found


def claimants(session: Session, *, organisation_id: int, session_id: UUID) -> set[UUID]:
    """Who has checked in at a session without being marked for it yet. One query."""
    one = CheckInClaim
    wanted = select(one.participant_id).where(
        one.organisation_id == organisation_id, one.session_id == session_id, *_UNSETTLED
    )
    return set(session.scalars(wanted))


def is_named_for(session: Session, *, organisation_id: int, account_id: UUID, session_id: UUID) -> bool:
    """Whether an account facilitates this session over and above its groups. One query."""
    return session_id in programmes.sessions_facilitated(
        session, organisation_id=organisation_id, account_id=account_id
    )


def live_version(session: Session, *, organisation_id: int, session_id: UUID) -> str:
    """A text that differs once anything has changed at a session's register. Two queries."""
    marks = session.execute(
        select(func.count(), func.max(Mark.recorded_at)).where(
            Mark.organisation_id == organisation_id, Mark.session_id == session_id
        )
    ).one()
    contested = (
        select(func.count())
        .where(
            ContestedMark.organisation_id == organisation_id,
            ContestedMark.session_id == session_id,
            ContestedMark.outcome == "",
        )
        .scalar_subquery()
    )
    claims = (
        select(func.count())
        .where(CheckInClaim.organisation_id == organisation_id, CheckInClaim.session_id == session_id, *_UNSETTLED)
        .scalar_subquery()
    )
    register = (
        select(SessionRegister.head_count, SessionRegister.counted_at, SessionRegister.closed_at)
        .where(SessionRegister.organisation_id == organisation_id, SessionRegister.session_id == session_id)
        .subquery()
    )
    state = session.execute(
        select(contested, claims, register.c.head_count, register.c.counted_at, register.c.closed_at)
        .select_from(select(literal(1).label("one")).subquery())
        .outerjoin(register, literal(1) == literal(1))
    ).one()
    return ".".join(str(value) for value in (*marks, *state))


def _same(table: Any, other: Any, column: str) -> Any:
    return and_(table.organisation_id == other.organisation_id, table.id == getattr(other, column))
