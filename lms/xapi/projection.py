"""From statements to evidence. What is in the inbox is resolved in bulk: who, which module, what is claimed.

A statement of a person or about a module that nobody knows waits; it is projected again as soon as it may count.
"""

import logging
from collections.abc import Iterator, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from lms.db import Again, among
from lms.events import AttendedSaid, announce
from lms.outages import passes
from lms.people import queries as people
from lms.people.rules import KnownAgent
from lms.programme import queries as programmes
from lms.progress import service as progress
from lms.xapi import queries, rules
from lms.xapi.dialects import Dialect
from lms.xapi.models import InboxRow, WaitingRow
from lms.xapi.outcomes import SOURCE, Outcome, Resolved, named, outcome_of, read
from lms.xapi.writing import append

TRIES = 3
AT_ONCE = 1000
logger = logging.getLogger(__name__)


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

    With `statement_ids`, a portion of them, only theirs. Rows that another worker holds are left to it, or waited for
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
    session.execute(
        delete(InboxRow).where(InboxRow.organisation_id == organisation_id, among(session, InboxRow.id, sorted(taken)))
    )
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
        voided = {one.id for one in kept if one.voided}
        yield from outcome_of(organisation_id, _resolve(session, organisation_id, kept, dialects), voided).evidence


def _try(
    session: Session,
    organisation_id: int,
    statement_ids: Sequence[UUID],
    dialects: Sequence[Dialect],
    now: datetime,
    *,
    inbox_id: UUID | None = None,
) -> bool:
    """Whether the statements could be projected.

    Again, a deadlock and a lost connection are no fault of theirs: the caller has to try again.
    """
    try:
        with session.begin_nested():
            _project(session, organisation_id, statement_ids, dialects, now)
    except Again:
        raise
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
    kept = _with_voided(session, organisation_id, statement_ids)
    resolved = _resolve(session, organisation_id, kept, dialects)
    outcome = outcome_of(organisation_id, resolved, frozenset())
    voided = _keep_as_they_are(session, organisation_id, outcome)
    if voided:
        outcome = outcome_of(organisation_id, resolved, voided)
    attended = tuple(one.row.id for one in resolved.read if one.statement["verb"]["id"] == rules.ATTENDED)
    if attended:
        announce(session, AttendedSaid(organisation_id=organisation_id, statement_ids=attended))
    claiming = {one.evidence.source_id for one in outcome.evidence}
    progress.record(
        session,
        organisation_id=organisation_id,
        evidence=outcome.evidence,
        withdrawn=[(SOURCE, one.id) for one in kept if one.id not in claiming],
        now=now,
    )
    session.execute(
        delete(WaitingRow).where(
            WaitingRow.organisation_id == organisation_id,
            among(session, WaitingRow.statement_id, [one.id for one in kept]),
        )
    )
    if outcome.waiting:
        append(session, WaitingRow, list(outcome.waiting[0]), [list(row.values()) for row in outcome.waiting])


def _with_voided(session: Session, organisation_id: int, statement_ids: Sequence[UUID]) -> list[queries.Kept]:
    """These statements, and those that they void, which may have been projected before. One query or two."""
    kept = queries.kept(session, organisation_id=organisation_id, statement_ids=statement_ids)
    targets = {one.target_id for one in kept if one.voids and one.target_id is not None} - {one.id for one in kept}
    if targets:
        kept += queries.kept(session, organisation_id=organisation_id, statement_ids=sorted(targets))
    return kept


def _keep_as_they_are(session: Session, organisation_id: int, outcome: Outcome) -> set[UUID]:
    """Lock those of the statements that leave something behind; returns which of them are voided by now. One query.

    So none can be voided, and that projected, between being read and its evidence being written. The others need no
    lock, which would be a write for each of them.
    """
    concerned = {one.evidence.source_id for one in outcome.evidence} | {row["statement_id"] for row in outcome.waiting}
    return queries.lock_statements(session, organisation_id=organisation_id, statement_ids=sorted(concerned))


def _resolve(
    session: Session, organisation_id: int, kept: Sequence[queries.Kept], dialects: Sequence[Dialect]
) -> Resolved:
    """Who the actors are and which modules are meant. Four queries."""
    statements = read(kept, dialects)
    agents = {one.row.actor_key: one.statement["actor"] for one in statements if one.row.actor_key is not None}
    refs = [ref for ref in map(rules.agent_in, agents.values()) if ref is not None]
    known = [KnownAgent(key=ref.key, kind=ref.kind, value=ref.value, home_page=ref.home_page) for ref in refs]
    persons = people.resolve_agents(session, organisation_id=organisation_id, agents=known)
    modules = programmes.known_modules(
        session, organisation_id=organisation_id, iris=sorted({iri for one in statements for iri in named(one)})
    )
    return Resolved(read=statements, persons=persons, modules=modules)
