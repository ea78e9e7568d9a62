"""What does not count, and why: unknown persons, unknown modules, parked statements. Part of `queries`."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lms.xapi.models import AgentRow, InboxRow, WaitingRow


@dataclass(frozen=True, kw_only=True, slots=True)
class WaitingPerson:
    """An agent that nobody knows, with how many of its statements wait and when the last of them was stored.

    `value` is its inverse functional identifier, for an account the account's name.
    """

    agent_key: bytes
    kind: str
    value: str
    home_page: str | None
    name: str | None
    statements: int
    last_stored: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class WaitingModule:
    """An activity of no programme about which something is claimed."""

    iri: str
    statements: int
    last_stored: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Parked:
    """A statement that could not be projected, with what went wrong."""

    statement_id: UUID
    error: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Counts:
    """How many statements do not count: of unknown persons, about unknown modules, parked, or not yet projected."""

    persons: int
    modules: int
    parked: int
    queued: int


def counts(session: Session, *, organisation_id: int) -> Counts:
    """What waits, in numbers. Two queries."""
    by_reason = session.execute(
        select(WaitingRow.reason, func.count())
        .where(WaitingRow.organisation_id == organisation_id)
        .group_by(WaitingRow.reason)
    )
    by_state = session.execute(
        select(InboxRow.parked, func.count())
        .where(InboxRow.organisation_id == organisation_id)
        .group_by(InboxRow.parked)
    )
    waiting = dict(by_reason.all())
    inbox = dict(by_state.all())
    return Counts(
        persons=waiting.get("person", 0),
        modules=waiting.get("module", 0),
        parked=inbox.get(True, 0),
        queued=inbox.get(False, 0),
    )


def waiting_persons(session: Session, *, organisation_id: int, limit: int) -> list[WaitingPerson]:
    """The unknown agents, those with the most statements first. One query."""
    number = func.count().label("statements")
    columns = (AgentRow.key, AgentRow.kind, AgentRow.value, AgentRow.home_page, AgentRow.name)
    rows = session.execute(
        select(*columns, number, func.max(WaitingRow.stored).label("last_stored"))
        .join(
            AgentRow,
            (AgentRow.organisation_id == WaitingRow.organisation_id) & (AgentRow.key == WaitingRow.agent_key),
        )
        .where(WaitingRow.organisation_id == organisation_id, WaitingRow.reason == "person")
        .group_by(*columns)
        .order_by(number.desc(), AgentRow.value)
        .limit(limit)
    )
    return [
        WaitingPerson(
            agent_key=row.key,
            kind=row.kind,
            value=row.value,
            home_page=row.home_page,
            name=row.name,
            statements=row.statements,
            last_stored=row.last_stored,
        )
        for row in rows
    ]


def waiting_modules(session: Session, *, organisation_id: int, limit: int) -> list[WaitingModule]:
    """The unknown activities, those with the most statements first. One query."""
    number = func.count().label("statements")
    rows = session.execute(
        select(WaitingRow.iri, number, func.max(WaitingRow.stored).label("last_stored"))
        .where(
            WaitingRow.organisation_id == organisation_id, WaitingRow.reason == "module", WaitingRow.iri.is_not(None)
        )
        .group_by(WaitingRow.iri)
        .order_by(number.desc(), WaitingRow.iri)
        .limit(limit)
    )
    return [WaitingModule(**row._asdict()) for row in rows]


def parked(session: Session, *, organisation_id: int, limit: int) -> list[Parked]:
    """Statements that failed three times, the oldest first. One query."""
    rows = session.execute(
        select(InboxRow.statement_id, InboxRow.error)
        .where(InboxRow.organisation_id == organisation_id, InboxRow.parked.is_(True))
        .order_by(InboxRow.id)
        .limit(limit)
    )
    return [Parked(**row._asdict()) for row in rows]
