"""Every SELECT between marks and statements. The number of queries never grows with what is found."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, func, select
from sqlalchemy.orm import Session

from lms.attendance.models import Mark
from lms.attendance.rules import TAKEN_BACK
from lms.attended.models import AttendedToTake, MarkToTell, ToldMark
from lms.attended.rules import Attended
from lms.db import among
from lms.people.models import Account, Participant
from lms.programme import queries as programmes
from lms.programme.models import ClassroomSession, Cohort
from lms.programme.rules import Programme
from lms.xapi.models import Credential, StatementRow

Pair = tuple[UUID, UUID]
"""A session and a participant."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Meeting:
    """A session with what a statement, or a mark, needs of its cohort."""

    id: UUID
    cohort_id: UUID
    cohort_code: str
    cohort_name: str
    programme_version_id: UUID
    code: str
    title: str
    cancelled_at: datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Untaken:
    """A statement that waits to become a mark; `mark_id` is the mark that it became before."""

    statement_id: UUID
    mark_id: UUID | None
    source_name: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Failed:
    """A statement that became no mark, and why: `person`, `session`, `enrolled`, `cancelled` or `status`."""

    statement_id: UUID
    taken_at: datetime
    error: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Counting:
    """A mark that counts."""

    id: UUID
    session_id: UUID
    participant_id: UUID
    status: str
    source: str


def organisations_with_work(session: Session) -> list[int]:
    """Those that have something to tell or to take in. Two queries."""
    telling = session.scalars(select(MarkToTell.organisation_id).distinct())
    taking = session.scalars(select(AttendedToTake.organisation_id).where(AttendedToTake.taken_at.is_(None)).distinct())
    return sorted({*telling, *taking})


def to_tell(session: Session, *, organisation_id: int, limit: int) -> dict[UUID, Pair]:
    """The oldest changes that are to be told, by their ids, held until the transaction ends. One query."""
    rows = session.execute(
        select(MarkToTell.id, MarkToTell.session_id, MarkToTell.participant_id)
        .where(MarkToTell.organisation_id == organisation_id)
        .order_by(MarkToTell.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return {row.id: (row.session_id, row.participant_id) for row in rows}


def counting(session: Session, *, organisation_id: int, pairs: Collection[Pair]) -> dict[Pair, Counting]:
    """The mark that counts of each pair; pairs without one are left out. One query."""
    rows = session.execute(
        select(Mark.id, Mark.session_id, Mark.participant_id, Mark.status, Mark.source)
        .where(
            Mark.organisation_id == organisation_id,
            among(session, Mark.session_id, {one[0] for one in pairs}),
            among(session, Mark.participant_id, {one[1] for one in pairs}),
        )
        .order_by(Mark.recorded_at, Mark.id)
    )
    newest = {(row.session_id, row.participant_id): Counting(**row._asdict()) for row in rows}
    return {pair: newest[pair] for pair in pairs if pair in newest and newest[pair].status != TAKEN_BACK}


def told(session: Session, *, organisation_id: int, pairs: Collection[Pair]) -> dict[UUID, UUID]:
    """The statements that stand for marks of these pairs and are not voided: the mark by the statement. One query."""
    wanted = set(pairs)
    rows = session.execute(
        select(ToldMark.session_id, ToldMark.participant_id, ToldMark.statement_id, ToldMark.mark_id)
        .where(
            ToldMark.organisation_id == organisation_id,
            among(session, ToldMark.session_id, {one[0] for one in wanted}),
            among(session, ToldMark.participant_id, {one[1] for one in wanted}),
            ToldMark.voided_at.is_(None),
        )
        .order_by(ToldMark.statement_id)
    )
    return {row.statement_id: row.mark_id for row in rows if (row.session_id, row.participant_id) in wanted}


def meetings(session: Session, *, organisation_id: int, session_ids: Collection[UUID]) -> dict[UUID, Meeting]:
    """These sessions by their ids. One query."""
    one = ClassroomSession
    rows = session.execute(
        select(
            one.id,
            one.cohort_id,
            Cohort.code.label("cohort_code"),
            Cohort.name.label("cohort_name"),
            Cohort.programme_version_id,
            one.code,
            one.title,
            one.cancelled_at,
        )
        .join(Cohort, and_(Cohort.organisation_id == one.organisation_id, Cohort.id == one.cohort_id))
        .where(one.organisation_id == organisation_id, among(session, one.id, session_ids))
    )
    return {row.id: Meeting(**row._asdict()) for row in rows}


def programmes_at(session: Session, *, organisation_id: int, meetings: Collection[Meeting]) -> dict[UUID, Programme]:
    """The programmes of the cohorts of these sessions, by the ids of their versions. One query."""
    versions = {one.programme_version_id for one in meetings}
    return programmes.programmes_of(session, organisation_id=organisation_id, version_ids=versions)


def described(session: Session, *, organisation_id: int, marks: Sequence[Counting]) -> list[Attended]:
    """What there is to tell of these marks. One query."""
    wanted = _described().where(
        Mark.organisation_id == organisation_id, among(session, Mark.id, [mark.id for mark in marks])
    )
    return [_attended(row._asdict()) for row in session.execute(wanted.order_by(Mark.id))]


def _described() -> Select[*tuple[Any, ...]]:
    one = ClassroomSession
    columns = (
        Mark.id.label("mark_id"),
        Participant.identifier,
        Participant.name,
        one.id.label("session_id"),
        one.title,
        one.code,
        one.starts_at,
        one.ends_at,
        one.jp,
        Cohort.id.label("cohort_id"),
        Cohort.code.label("cohort_code"),
        Cohort.name.label("cohort_name"),
        Mark.status,
        Mark.minutes_late,
        Account.id.label("account_id"),
        Account.name.label("account_name"),
    )
    return (
        select(*columns)
        .join(one, and_(one.organisation_id == Mark.organisation_id, one.id == Mark.session_id))
        .join(Cohort, and_(Cohort.organisation_id == one.organisation_id, Cohort.id == one.cohort_id))
        .join(
            Participant,
            and_(Participant.organisation_id == Mark.organisation_id, Participant.id == Mark.participant_id),
        )
        .outerjoin(Account, and_(Account.organisation_id == Mark.organisation_id, Account.id == Mark.recorded_by))
    )


def _attended(row: dict[str, object]) -> Attended:
    account, name = row.pop("account_id"), row.pop("account_name")
    return Attended(**row, recorded_by=None if account is None else (account, name))  # type: ignore[arg-type]


def every_pair(session: Session, *, organisation_id: int, cohort_id: UUID) -> list[Pair]:
    """Every session of a cohort with everybody who has a mark at it. One query."""
    one = ClassroomSession
    rows = session.execute(
        select(Mark.session_id, Mark.participant_id)
        .join(one, and_(one.organisation_id == Mark.organisation_id, one.id == Mark.session_id))
        .where(Mark.organisation_id == organisation_id, one.cohort_id == cohort_id)
        .distinct()
    )
    return [(row.session_id, row.participant_id) for row in rows]


def pairs_at(session: Session, *, organisation_id: int, session_ids: Collection[UUID]) -> list[Pair]:
    """These sessions with everybody who has a mark at them. One query."""
    query = select(Mark.session_id, Mark.participant_id).where(
        Mark.organisation_id == organisation_id, among(session, Mark.session_id, session_ids)
    )
    return [(row.session_id, row.participant_id) for row in session.execute(query.distinct())]


def own(session: Session, *, organisation_id: int, statement_ids: Collection[UUID]) -> set[UUID]:
    """Those of the statements that stand for marks of this house. One query."""
    query = select(ToldMark.statement_id).where(
        ToldMark.organisation_id == organisation_id, among(session, ToldMark.statement_id, statement_ids)
    )
    return set(session.scalars(query))


def known_to_take(session: Session, *, organisation_id: int, statement_ids: Collection[UUID]) -> set[UUID]:
    """Those of the statements that were taken note of before. One query."""
    query = select(AttendedToTake.statement_id).where(
        AttendedToTake.organisation_id == organisation_id, among(session, AttendedToTake.statement_id, statement_ids)
    )
    return set(session.scalars(query))


def to_take(session: Session, *, organisation_id: int, limit: int) -> list[Untaken]:
    """The statements that wait to become marks, held until the transaction ends. Two queries."""
    rows = session.execute(
        select(AttendedToTake.statement_id, AttendedToTake.mark_id)
        .where(AttendedToTake.organisation_id == organisation_id, AttendedToTake.taken_at.is_(None))
        .order_by(AttendedToTake.statement_id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    names = _source_names(session, organisation_id, [row.statement_id for row in rows])
    return [
        Untaken(statement_id=row.statement_id, mark_id=row.mark_id, source_name=names.get(row.statement_id, ""))
        for row in rows
    ]


def _source_names(session: Session, organisation_id: int, statement_ids: Collection[UUID]) -> Mapping[UUID, str]:
    sender = and_(
        Credential.organisation_id == StatementRow.organisation_id, Credential.id == StatementRow.credential_id
    )
    rows = session.execute(
        select(StatementRow.id, Credential.label)
        .join(Credential, sender)
        .where(StatementRow.organisation_id == organisation_id, among(session, StatementRow.id, statement_ids))
    )
    return {row.id: row.label for row in rows}


def failed(session: Session, *, organisation_id: int, limit: int) -> list[Failed]:
    """The last of those that became no mark, the newest first. One query."""
    rows = session.execute(
        select(AttendedToTake.statement_id, AttendedToTake.taken_at, AttendedToTake.error)
        .where(
            AttendedToTake.organisation_id == organisation_id,
            AttendedToTake.taken_at.is_not(None),
            AttendedToTake.error != "",
        )
        .order_by(AttendedToTake.taken_at.desc(), AttendedToTake.statement_id)
        .limit(limit)
    )
    return [Failed(**row._asdict()) for row in rows]


def how_many_failed(session: Session, *, organisation_id: int) -> int:
    """How many statements became no mark. One query."""
    query = select(func.count()).where(
        AttendedToTake.organisation_id == organisation_id,
        AttendedToTake.taken_at.is_not(None),
        AttendedToTake.error != "",
    )
    return session.scalars(query).one()
