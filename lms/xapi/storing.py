"""Statements into their tables: all that one transaction stores, in a number of SQL statements that does not grow."""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import chain
from typing import Any
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.orm import Session

from lms.db import new_id
from lms.errors import N_, Conflict
from lms.xapi import actors, definitions, queries, references, rules
from lms.xapi.actors import Came
from lms.xapi.consistency import stamp
from lms.xapi.document_models import AttachmentRow
from lms.xapi.memory import Memory
from lms.xapi.models import InboxRow, StatementLink, StatementRow
from lms.xapi.writing import append, insert_new

STATEMENT = (
    "organisation_id",
    "id",
    "stored",
    "verb_key",
    "actor_key",
    "registration",
    "target_id",
    "voids",
    "voided",
    "credential_id",
    "fingerprint",
    "payload",
)
LINK = ("organisation_id", "key", "role", "stored", "statement_id")
REMEMBERED = timedelta(minutes=1)
"""How long a definition that was told again is taken to be what is known, without a look."""
_INBOX = ("organisation_id", "id", "statement_id", "attempts", "parked", "error")


@dataclass(frozen=True, kw_only=True, slots=True)
class Settlement:
    """That a refused request is settled, and by whose account, in the transaction that stores its statements."""

    refused_id: UUID
    settled_by: UUID


@dataclass(frozen=True, kw_only=True, slots=True)
class Batch:
    """The statements of one request, and the credential that sent them; None for an import."""

    prepared: tuple[rules.Prepared, ...]
    credential_id: UUID | None
    defines: bool = False
    """Whether what the statements say of activities is believed: the scope `define`."""
    sender: queries.CredentialInfo | None = None
    """The credential as it was when the request came in."""
    contents: Mapping[str, bytes] = field(default_factory=dict)
    """Of attachments, by their SHA-2 in lower case."""
    settles: Settlement | None = None
    """The refused request that these statements are sent again for."""
    home_pages: tuple[str, ...] = ()
    """Of accounts that Padu itself gives: nobody has to be asked whether these sites are known."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Stored:
    """What a batch came to: all ids in their order, and those that were not known before."""

    ids: tuple[UUID, ...]
    new: frozenset[UUID]


@dataclass(frozen=True, kw_only=True, slots=True)
class _New:
    """A statement that is not there yet, with its sender."""

    one: rules.Prepared
    credential_id: UUID | None


def store(
    session: Session,
    *,
    organisation_id: int,
    batches: Sequence[Batch],
    stored: datetime,
    memory: Memory | None = None,
) -> list[Stored]:
    """Store the statements of the batches, no id in two of them, and put the new ones into the inbox.

    `stored` is what `stamp` gave to this transaction. An equal statement that is there already is skipped; a different
    one under the same id raises Conflict, and nothing is stored (xAPI 1.0.3, Communication 2.1.1). Raises Again where
    another transaction is storing one of the ids at this moment. `memory` is of what `learnt` has told after earlier
    commits. As many SQL statements for one as for a thousand.
    """
    sent = [one for batch in batches for one in batch.prepared]
    there = queries.there(
        session, organisation_id=organisation_id, statement_ids=sorted(one.id for one in sent if one.has_own_id)
    )
    _refuse_different(sent, there.fingerprints)
    fresh = _add_statements(session, organisation_id, batches, there, stored)
    append(session, StatementLink, LINK, [row for one in fresh for row in links_of(organisation_id, one, stored)])
    _add_contents(session, organisation_id, batches, stored)
    memory = memory or Memory()
    came = _came(batches, fresh)
    actors.note(session, organisation_id=organisation_id, came=came, stored=stored, memory=memory)
    news = _news(organisation_id, batches, memory, stored)
    definitions.note(session, organisation_id=organisation_id, told=news, now=stored)
    _void(session, organisation_id, fresh)
    awaited = there.awaited - there.fingerprints.keys()
    references.follow(session, organisation_id=organisation_id, fresh=fresh, stored=stored, awaited=awaited)
    inbox = [(organisation_id, new_id(), one.id, 0, False, "") for one in fresh]
    append(session, InboxRow, _INBOX, inbox)
    return [
        Stored(
            ids=tuple(one.id for one in batch.prepared),
            new=frozenset(one.id for one in batch.prepared if one.id not in there.fingerprints),
        )
        for batch in batches
    ]


def learnt(
    organisation_id: int, batches: Sequence[Batch], *, stored: datetime
) -> Iterator[tuple[Hashable, tuple[bytes, datetime] | None]]:
    """What `memory` may know once these batches, stamped with `stored`, are committed."""
    for batch in batches:
        yield from (((organisation_id, one.actor.key), None) for one in batch.prepared if one.actor is not None)
    last = {told.iri: told for batch in batches for told in _told(batch)}
    yield from (((organisation_id, told.key), (told.digest, stored)) for told in last.values())


def _told(batch: Batch) -> Iterator[rules.Described]:
    return (told for one in batch.prepared for told in one.described) if batch.defines else iter(())


def _news(organisation_id: int, batches: Sequence[Batch], memory: Memory, stored: datetime) -> list[rules.Described]:
    """What is told of activities, but for what was the last that was told of them.

    What other processes were told meanwhile, this one learns after `REMEMBERED`: so the later wins there too.
    """
    last: dict[str, str] = {}
    news = []
    for told in chain.from_iterable(map(_told, batches)):
        before = last.get(told.iri)
        last[told.iri] = told.definition
        if before is None:
            known, since = memory.last((organisation_id, told.key)) or (None, stored)
            is_known = known == told.digest and stored - since < REMEMBERED
        else:
            is_known = before == told.definition
        if not is_known:
            news.append(told)
    return news


def store_one(
    session: Session,
    *,
    organisation_id: int,
    prepared: Sequence[rules.Prepared],
    credential_id: UUID | None,
    home_pages: tuple[str, ...] = (),
) -> Stored:
    """`store` for one batch alone, stamped here."""
    alone = any(one.refers_to is not None for one in prepared)
    stored = stamp(session, organisation_id=organisation_id, alone=alone)
    (outcome,) = store(
        session,
        organisation_id=organisation_id,
        batches=[Batch(prepared=tuple(prepared), credential_id=credential_id, home_pages=home_pages)],
        stored=stored,
    )
    return outcome


def requeue(session: Session, *, organisation_id: int, statement_ids: Sequence[UUID]) -> None:
    """Put statements into the inbox once more. What was parked gets new tries, what is queued already stays there."""
    queued = queries.queued(session, organisation_id=organisation_id, statement_ids=statement_ids)
    for portion in queries.portions(sorted(queued.values())):
        session.execute(
            update(InboxRow)
            .where(InboxRow.organisation_id == organisation_id, InboxRow.id.in_(portion), InboxRow.parked.is_(True))
            .values(attempts=0, parked=False, error="")
        )
    rows = [(organisation_id, new_id(), one, 0, False, "") for one in statement_ids if one not in queued]
    append(session, InboxRow, _INBOX, rows)


def _refuse_different(sent: Sequence[rules.Prepared], fingerprints: dict[UUID, bytes]) -> None:
    for one in sent:
        if one.id in fingerprints and not rules.same(one.fingerprint, fingerprints[one.id]):
            raise Conflict(
                N_("A different statement with this id is stored already; nothing of this request was stored."),
                place=str(one.id),
            )


def _add_statements(
    session: Session, organisation_id: int, batches: Sequence[Batch], there: queries.There, stored: datetime
) -> list[rules.Prepared]:
    """Write those that are not there yet; returns them in the order of their ids."""
    new = [
        _New(one=one, credential_id=batch.credential_id)
        for batch in batches
        for one in batch.prepared
        if one.id not in there.fingerprints
    ]
    new.sort(key=lambda row: row.one.id)
    rows = [
        row_of(
            organisation_id,
            row.one,
            credential_id=row.credential_id,
            stored=stored,
            is_awaited=row.one.id in there.voided,
        )
        for row in new
    ]
    append(session, StatementRow, STATEMENT, rows)
    return [row.one for row in new]


def row_of(
    organisation_id: int, one: rules.Prepared, *, credential_id: UUID | None, stored: datetime, is_awaited: bool = False
) -> tuple[Any, ...]:
    """The row of a statement, its values in the order of STATEMENT. `is_awaited`: what voids it is there already."""
    return (
        organisation_id,
        one.id,
        stored,
        rules.verb_key(one.verb),
        None if one.actor is None else one.actor.key,
        one.registration,
        one.refers_to,
        one.voids is not None,
        # A voiding statement cannot itself be voided (xAPI 1.0.3, Data 2.3.2).
        one.voids is None and is_awaited,
        credential_id,
        one.fingerprint,
        one.payload(_stamp(stored)),
    )


# All statements of a transaction have the same.
_stamp = lru_cache(maxsize=8)(rules.timestamp)


def links_of(organisation_id: int, one: rules.Prepared, stored: datetime) -> list[tuple[Any, ...]]:
    """The rows of a statement's links, their values in the order of LINK."""
    statement_id = one.id
    return [
        (organisation_id, key, role, stored, statement_id) for key, role in rules.keys_of(one.agents, one.activities)
    ]


def _add_contents(session: Session, organisation_id: int, batches: Sequence[Batch], stored: datetime) -> None:
    """Each content once, for all statements that name it."""
    contents = {sha2: content for batch in batches for sha2, content in batch.contents.items()}
    # One at a time: the size of a request bounds them together, and no statement should carry them all twice.
    for sha2, content in sorted(contents.items()):
        row = {"organisation_id": organisation_id, "sha2": sha2, "content": content, "stored": stored}
        insert_new(session, AttachmentRow, [row], key="sha2")


def _came(batches: Sequence[Batch], fresh: Sequence[rules.Prepared]) -> Iterator[Came]:
    """The actors of the new statements, in the order in which they were sent."""
    new = {one.id for one in fresh}
    for batch in batches:
        limited_to = batch.home_pages if batch.sender is None else batch.sender.home_pages
        for one in batch.prepared:
            if one.actor is not None and one.id in new:
                yield Came(actor=one.actor, credential_id=batch.credential_id, limited_to=limited_to)


def _void(session: Session, organisation_id: int, fresh: Sequence[rules.Prepared]) -> None:
    """Void what new statements void and is there already; what comes later finds it out by itself."""
    targets = {one.voids for one in fresh if one.voids is not None}
    if targets:
        queries.lock_statements(session, organisation_id=organisation_id, statement_ids=sorted(targets))
        session.execute(
            update(StatementRow)
            .where(
                StatementRow.organisation_id == organisation_id,
                StatementRow.id.in_(sorted(targets)),
                StatementRow.voids.is_(False),
            )
            .values(voided=True)
        )
