"""From statements to evidence. What is in the inbox is resolved in bulk: who, which module, what is claimed.

A statement of a person or about a module that nobody knows waits; it is projected again as soon as it may count.
"""

import logging
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from lms.outages import passes
from lms.people import queries as people
from lms.people.rules import KnownAgent
from lms.programme import queries as programmes
from lms.progress import service as progress
from lms.progress.rules import Evidence
from lms.xapi import queries, rules
from lms.xapi.dialects import Claim, Dialect, claims_of
from lms.xapi.models import InboxRow, StatementRow, WaitingRow
from lms.xapi.writing import append

SOURCE = "xapi"
TRIES = 3
AT_ONCE = 500
INTERACTION = "http://adlnet.gov/expapi/activities/cmi.interaction"
ITEMS = (INTERACTION, "http://adlnet.gov/expapi/activities/interaction", "http://adlnet.gov/expapi/activities/question")
logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class Read:
    """A statement that was read: its row, its tree and what it claims."""

    row: queries.Kept
    statement: Mapping[str, Any]
    claims: tuple[Claim, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What statements came to: evidence, and rows of those that wait."""

    evidence: list[progress.NewEvidence]
    waiting: list[dict[str, Any]]


def project(
    session: Session,
    *,
    organisation_id: int,
    dialects: Sequence[Dialect],
    now: datetime,
    limit: int = AT_ONCE,
    wait: bool = False,
    statement_ids: Sequence[UUID] | None = None,
) -> int:
    """Project the oldest rows of the inbox; returns how many were tried, 0 when there is nothing left to try.

    With `statement_ids`, at most 500 of them, only theirs. Rows that another worker holds are left to it, or waited for
    with `wait`. Should the batch fail, its rows are tried one by one: one that fails for the third time is parked with
    the error, and the rest goes on.
    """
    # First, as everybody does: whoever holds the organisation alone may want rows of the inbox.
    people.lock_organisation(session, organisation_id=organisation_id, shared=True)
    taken = queries.take(session, organisation_id=organisation_id, limit=limit, wait=wait, statement_ids=statement_ids)
    tried = len(taken)
    if not _try(session, organisation_id, list(taken.values()), dialects, now):
        for inbox_id, statement_id in list(taken.items()):
            if not _try(session, organisation_id, [statement_id], dialects, now, inbox_id=inbox_id):
                del taken[inbox_id]
    session.execute(delete(InboxRow).where(InboxRow.organisation_id == organisation_id, InboxRow.id.in_(sorted(taken))))
    return tried


def project_now(
    session: Session, *, organisation_id: int, dialects: Sequence[Dialect], now: datetime, new: Sequence[UUID]
) -> None:
    """Project these statements, which were stored in the same transaction; other rows are left to the worker."""
    for portion in queries.portions(new):
        project(session, organisation_id=organisation_id, dialects=dialects, now=now, statement_ids=portion)


def drain(session: Session, *, organisation_id: int, dialects: Sequence[Dialect], now: datetime) -> None:
    """Project until nothing is left that could be projected, also what other workers are at."""
    while project(session, organisation_id=organisation_id, dialects=dialects, now=now, wait=True):
        pass


def replay(session: Session, *, organisation_id: int, dialects: Sequence[Dialect]) -> Iterator[progress.NewEvidence]:
    """All the evidence that the kept statements amount to, read anew; nothing is written.

    Six queries per 500 statements.
    """
    for kept in queries.every_statement(session, organisation_id=organisation_id, at_once=AT_ONCE):
        yield from _resolve(session, organisation_id, kept, dialects).evidence


def _try(
    session: Session,
    organisation_id: int,
    statement_ids: Sequence[UUID],
    dialects: Sequence[Dialect],
    now: datetime,
    *,
    inbox_id: UUID | None = None,
) -> bool:
    """Whether the statements could be projected. A deadlock or a lost connection is for the caller to try again."""
    try:
        with session.begin_nested():
            _project(session, organisation_id, statement_ids, dialects, now)
    except Exception as error:  # A plugin's dialect may raise anything, and must not stop the rest.
        if isinstance(error, OperationalError) and passes(error):
            raise
        if inbox_id is not None:
            logger.exception("Statement %s could not be projected", statement_ids[0])
            _count_failure(session, organisation_id, inbox_id, error)
        return False
    return True


def _count_failure(session: Session, organisation_id: int, inbox_id: UUID, error: Exception) -> None:
    session.execute(
        update(InboxRow)
        .where(InboxRow.organisation_id == organisation_id, InboxRow.id == inbox_id)
        .values(
            attempts=InboxRow.attempts + 1,
            parked=InboxRow.attempts + 1 >= TRIES,
            error=f"{type(error).__name__}: {error}".partition("\n")[0][:2000],
        )
    )


def _project(
    session: Session, organisation_id: int, statement_ids: Sequence[UUID], dialects: Sequence[Dialect], now: datetime
) -> None:
    if not statement_ids:
        return
    ids = _with_voided(session, organisation_id, statement_ids)
    kept = queries.kept(session, organisation_id=organisation_id, statement_ids=ids)
    outcome = _resolve(session, organisation_id, kept, dialects)
    claiming = {one.evidence.source_id for one in outcome.evidence}
    progress.record(
        session,
        organisation_id=organisation_id,
        evidence=outcome.evidence,
        withdrawn=[(SOURCE, one.id) for one in kept if one.id not in claiming],
        now=now,
    )
    session.execute(
        delete(WaitingRow).where(WaitingRow.organisation_id == organisation_id, WaitingRow.statement_id.in_(ids))
    )
    if outcome.waiting:
        append(session, WaitingRow, list(outcome.waiting[0]), [list(row.values()) for row in outcome.waiting])


def _with_voided(session: Session, organisation_id: int, statement_ids: Sequence[UUID]) -> list[UUID]:
    """These statements, and those that they void.

    Two requests may have brought a statement and its voiding one at the same moment, neither seeing the other; both are
    committed by now, so what was missed then is made good here. All are locked, so that none can be voided, and that
    projected, between being read and its evidence being written.
    """
    pairs = queries.voidings(session, organisation_id=organisation_id, statement_ids=statement_ids)
    ids = sorted({*statement_ids, *pairs})
    queries.lock_statements(session, organisation_id=organisation_id, statement_ids=ids)
    if pairs:
        session.execute(
            update(StatementRow)
            .where(
                StatementRow.organisation_id == organisation_id,
                StatementRow.id.in_(sorted(pairs)),
                StatementRow.voids.is_(False),
                StatementRow.voided.is_(False),
            )
            .values(voided=True)
        )
    return ids


def _resolve(
    session: Session, organisation_id: int, kept: Sequence[queries.Kept], dialects: Sequence[Dialect]
) -> Outcome:
    """Who the actors are and which modules are meant. Five queries."""
    read = [_read(row, dialects) for row in kept]
    agents = queries.agents(
        session, organisation_id=organisation_id, keys={one.row.actor_key for one in read if one.row.actor_key}
    )
    persons = people.resolve_agents(session, organisation_id=organisation_id, agents=_known_agents(agents))
    modules = programmes.known_modules(
        session, organisation_id=organisation_id, iris=sorted({iri for one in read for iri in _named(one)})
    )
    outcome = Outcome(evidence=[], waiting=[])
    for one in read:
        person = persons.get(one.row.actor_key or b"")
        if person is not None:
            outcome.evidence.extend(_evidence(one, person, modules))
        outcome.waiting.extend(_waiting(organisation_id, one, person, modules))
    return outcome


def _read(row: queries.Kept, dialects: Sequence[Dialect]) -> Read:
    statement = rules.load(row.payload)
    return Read(row=row, statement=statement, claims=claims_of(statement, dialects))


def _known_agents(agents: Collection[queries.AgentSeen]) -> list[KnownAgent]:
    return [KnownAgent(key=one.key, kind=one.kind, value=one.value, home_page=one.home_page) for one in agents]


def _named(one: Read) -> Iterator[str]:
    """The IRIs that may be modules: what is claimed about, and what the object is inside of."""
    yield from (claim.iri for claim in one.claims)
    if one.claims:
        yield from _around(one.statement)


def _around(statement: Mapping[str, Any]) -> Iterator[str]:
    activities = (statement.get("context") or {}).get("contextActivities") or {}
    for kind in ("parent", "grouping"):
        yield from (activity["id"] for activity in activities.get(kind, ()))


def _evidence(one: Read, participant_id: UUID, modules: Collection[str]) -> Iterator[progress.NewEvidence]:
    claim_of_statement = rules.claim_of(one.statement)
    for claim in {claim.iri: claim for claim in reversed(one.claims)}.values():
        if claim.iri in modules:
            yield progress.NewEvidence(
                participant_id=participant_id,
                evidence=Evidence(
                    kind="module",
                    unit=claim.iri,
                    completed=claim.completed,
                    passed=claim.passed,
                    score=claim.score,
                    occurred_at=rules.moment(one.statement["timestamp"]),
                    recorded_at=one.row.stored,
                    source=SOURCE,
                    source_id=one.row.id,
                    claim=claim_of_statement,
                    voided=one.row.voided,
                ),
            )


def _waiting(
    organisation_id: int, one: Read, participant_id: UUID | None, modules: Collection[str]
) -> Iterator[dict[str, Any]]:
    """At most one row: a person first, for without one no module counts."""
    if one.row.voids or one.row.voided or one.row.actor_key is None:
        return
    is_group = one.statement["actor"].get("objectType") == "Group"
    iri = one.claims[0].iri if one.claims else None
    if participant_id is None and not is_group:
        yield _waiting_row(organisation_id, one, "person", iri)
    elif iri is not None and not is_group and _may_be_a_module(one, modules):
        yield _waiting_row(organisation_id, one, "module", iri)


def _may_be_a_module(one: Read, modules: Collection[str]) -> bool:
    """Whether something is claimed that no programme knows, and that is not just an item inside a module."""
    kind = (one.statement["object"].get("definition") or {}).get("type")
    return kind not in ITEMS and not any(iri in modules for iri in _named(one))


def _waiting_row(organisation_id: int, one: Read, reason: str, iri: str | None) -> dict[str, Any]:
    return {
        "organisation_id": organisation_id,
        "statement_id": one.row.id,
        "reason": reason,
        "agent_key": one.row.actor_key,
        "activity_key": None if iri is None else rules.activity_key(iri),
        "iri": iri,
        "stored": one.row.stored,
    }
