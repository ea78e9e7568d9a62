"""Every SELECT of the record store. None names another organisation's rows, whatever the parameters."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import CompoundSelect, Select, bindparam, cast, exists, null, select, tuple_
from sqlalchemy.orm import Session

from lms import postgres
from lms.db import among, among_named, portions
from lms.people.models import Organisation
from lms.xapi.credential_queries import CredentialInfo, credential, credentials, credentials_of
from lms.xapi.document_queries import attachment, attachment_sizes, definitions, document, document_ids
from lms.xapi.file_queries import ImportProgress, exported, import_progress, readable_through
from lms.xapi.models import AgentRow, InboxRow, StatementLink, StatementRow, WaitingRow
from lms.xapi.person_queries import agents_of, same_person, seen_as
from lms.xapi.reference_queries import Source, payloads, referring, targets
from lms.xapi.statement_queries import Found, Page, statement, statements
from lms.xapi.waiting_queries import (
    Counts,
    Parked,
    WaitingModule,
    WaitingPerson,
    counts,
    parked,
    waiting_modules,
    waiting_persons,
)

__all__ = [
    "AgentSeen",
    "Counts",
    "CredentialInfo",
    "Found",
    "ImportProgress",
    "Kept",
    "Page",
    "Parked",
    "Source",
    "There",
    "WaitingModule",
    "WaitingPerson",
    "agent_keys",
    "agents",
    "agents_of",
    "attachment",
    "attachment_sizes",
    "counts",
    "credential",
    "credentials",
    "credentials_of",
    "definitions",
    "document",
    "document_ids",
    "every_statement",
    "exported",
    "import_progress",
    "kept",
    "lock_statements",
    "organisations_with_work",
    "parked",
    "payloads",
    "portions",
    "queued",
    "readable_through",
    "referring",
    "same_person",
    "seen_as",
    "statement",
    "statements",
    "statements_about",
    "statements_of",
    "take",
    "targets",
    "there",
    "waiting_for_persons",
    "waiting_modules",
    "waiting_persons",
]

IDS_AT_ONCE = 30_000
"""Ids that are read at a time where there may be any number of them, and no more than SQLite takes in one query."""


class Kept(NamedTuple):
    """A statement as it is kept, with what its projection needs."""

    id: UUID
    stored: datetime
    actor_key: bytes | None
    target_id: UUID | None
    voids: bool
    voided: bool
    payload: str


@dataclass(frozen=True, kw_only=True, slots=True)
class There:
    """What is stored of some ids: fingerprints of statements; the ids that others refer to, and those they void."""

    fingerprints: dict[UUID, bytes]
    awaited: set[UUID]
    voided: set[UUID]


@dataclass(frozen=True, kw_only=True, slots=True)
class AgentSeen:
    """An actor as first seen. `value` is its IFI, for an account the account's name."""

    key: bytes
    kind: str
    value: str
    home_page: str | None
    name: str | None


# What the projection reads


def take(
    session: Session, *, organisation_id: int, limit: int, wait: bool, statement_ids: Sequence[UUID] | None = None
) -> dict[UUID, UUID]:
    """The oldest rows of the inbox, or of these statements, locked: statement ids by inbox ids. One query."""
    query = select(InboxRow.id, InboxRow.statement_id).where(
        InboxRow.organisation_id == organisation_id, InboxRow.parked.is_(False)
    )
    if statement_ids is not None:
        query = query.where(InboxRow.statement_id.in_(statement_ids))
    rows = session.execute(query.order_by(InboxRow.id).limit(limit).with_for_update(skip_locked=not wait))
    return {row.id: row.statement_id for row in rows}


def organisations_with_work(session: Session) -> list[int]:
    """The organisations whose inbox holds rows that can be projected. One query.

    It looks for one row of each: counting out a long inbox would slow down whoever works it off.
    """
    has_work = exists().where(InboxRow.organisation_id == Organisation.id, InboxRow.parked.is_(False))
    return list(session.scalars(select(Organisation.id).where(has_work).order_by(Organisation.id)))


def kept(session: Session, *, organisation_id: int, statement_ids: Sequence[UUID]) -> list[Kept]:
    """These statements, in the order of their ids. One query."""
    return _kept(
        session,
        _of_kept().where(
            StatementRow.organisation_id == organisation_id, among(session, StatementRow.id, statement_ids)
        ),
    )


def lock_statements(session: Session, *, organisation_id: int, statement_ids: Sequence[UUID]) -> set[UUID]:
    """Keep others from voiding these statements until this transaction ends; returns those that are voided already.

    Locked in the order of ids. One query; none for no statements.
    """
    if not statement_ids:
        return set()
    rows = session.execute(
        select(StatementRow.id, StatementRow.voided)
        .where(StatementRow.organisation_id == organisation_id, among(session, StatementRow.id, statement_ids))
        .order_by(StatementRow.id)
        .with_for_update(key_share=True)
    )
    return {row.id for row in rows if row.voided}


def every_statement(session: Session, *, organisation_id: int, at_once: int) -> Iterator[list[Kept]]:
    """All statements in portions, by their ids. One query a portion."""
    last: UUID | None = None
    while True:
        query = _of_kept().where(StatementRow.organisation_id == organisation_id)
        if last is not None:
            query = query.where(StatementRow.id > last)
        portion = _kept(session, query.limit(at_once))
        if not portion:
            return
        yield portion
        last = portion[-1].id


def _of_kept() -> Select[Any]:
    return select(*(getattr(StatementRow, name) for name in Kept._fields))


def _kept(session: Session, query: Select[Any]) -> list[Kept]:
    return [Kept(*row) for row in session.execute(query.order_by(StatementRow.id))]


def agents(session: Session, *, organisation_id: int, keys: Collection[bytes]) -> list[AgentSeen]:
    """The agents with these keys. One query."""
    columns = [getattr(AgentRow, name) for name in AgentSeen.__dataclass_fields__]
    query = select(*columns).where(
        AgentRow.organisation_id == organisation_id, among(session, AgentRow.key, sorted(keys))
    )
    return [AgentSeen(**row._asdict()) for row in session.execute(query)]


def agent_keys(session: Session, *, organisation_id: int, values: Collection[tuple[str, bytes]]) -> list[bytes]:
    """The keys of the agents seen with one of these (kind, value key). One query per 500."""
    found: list[bytes] = []
    for portion in portions(sorted(values)):
        found += session.scalars(
            select(AgentRow.key).where(
                AgentRow.organisation_id == organisation_id,
                tuple_(AgentRow.kind, AgentRow.value_key).in_(portion),
            )
        )
    return found


def there(session: Session, *, organisation_id: int, statement_ids: Sequence[UUID]) -> There:
    """Which of these statements are stored, and which of them others refer to. One query; none for no statements."""
    if not statement_ids:
        return There(fingerprints={}, awaited=set(), voided=set())
    asked = _there(session.get_bind().dialect.name)
    rows = postgres.rows(session, asked, {"tenant": organisation_id, "ids": list(statement_ids)})
    awaited = [(target, voids) for target, fingerprint, voids in rows if fingerprint is None]
    return There(
        fingerprints={found: fingerprint for found, fingerprint, _ in rows if fingerprint is not None},
        awaited={target for target, _ in awaited},
        voided={target for target, voids in awaited if voids},
    )


@cache
def _there(dialect: str) -> CompoundSelect[*tuple[Any, ...]]:
    """Made once: every request that brings statements asks it, and making it takes longer than its answer."""
    is_own = StatementRow.organisation_id == bindparam("tenant")
    stored = select(StatementRow.id, StatementRow.fingerprint, StatementRow.voids).where(
        is_own, among_named(StatementRow.id, "ids", dialect=dialect)
    )
    nothing = cast(null(), StatementRow.fingerprint.type)
    referring = select(StatementRow.target_id, nothing, StatementRow.voids).where(
        is_own, among_named(StatementRow.target_id, "ids", dialect=dialect)
    )
    # Any number of statements may refer to one of them.
    return stored.union_all(referring.distinct())


def queued(session: Session, *, organisation_id: int, statement_ids: Sequence[UUID]) -> dict[UUID, UUID]:
    """Which of the statements are in the inbox, parked or not: inbox ids by statement ids.

    One query per IDS_AT_ONCE, each of which reads the whole inbox: an index would cost a write for every statement.
    """
    found: dict[UUID, UUID] = {}
    for start in range(0, len(statement_ids), IDS_AT_ONCE):
        portion = statement_ids[start : start + IDS_AT_ONCE]
        query = select(InboxRow.statement_id, InboxRow.id).where(
            InboxRow.organisation_id == organisation_id, among(session, InboxRow.statement_id, portion)
        )
        found |= {row.statement_id: row.id for row in session.execute(query)}
    return found


def statements_of(session: Session, *, organisation_id: int, agent_keys: Sequence[bytes]) -> Iterator[list[UUID]]:
    """The statements that have one of these agents as actor or object. One query per 500."""
    for portion in portions(agent_keys):
        sent = select(StatementLink.statement_id).where(
            StatementLink.organisation_id == organisation_id,
            StatementLink.key.in_(portion),
            StatementLink.role == 0,
        )
        yield from _ids(session, sent)


def statements_about(session: Session, *, organisation_id: int, activity_keys: Sequence[bytes]) -> Iterator[list[UUID]]:
    """The statements that name one of these activities, or wait for one. Two queries."""
    named = select(StatementLink.statement_id).where(
        StatementLink.organisation_id == organisation_id,
        StatementLink.key.in_(activity_keys),
        StatementLink.role.in_((2, 3)),
    )
    waiting = select(WaitingRow.statement_id).where(
        WaitingRow.organisation_id == organisation_id,
        WaitingRow.reason == "module",
        WaitingRow.activity_key.in_(activity_keys),
    )
    yield from _ids(session, named)
    yield from _ids(session, waiting)


def waiting_for_persons(session: Session, *, organisation_id: int) -> Iterator[list[UUID]]:
    """Every statement that waits for its person to be known. One query."""
    waiting = select(WaitingRow.statement_id).where(
        WaitingRow.organisation_id == organisation_id, WaitingRow.reason == "person"
    )
    return _ids(session, waiting)


def _ids(session: Session, query: Select[UUID]) -> Iterator[list[UUID]]:
    """In portions, read while the caller works on them: there may be a million, and an id more than once."""
    for portion in session.scalars(query.execution_options(yield_per=IDS_AT_ONCE)).partitions():
        yield [*portion]
