"""Statements that refer to others are found by the filters that find those: here the keys are handed on.

The whole chain of references is written down when a statement comes in, so that no search has to follow it.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any
from uuid import UUID

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from lms.xapi import queries, rules
from lms.xapi.models import StatementReference

MOST_STEPS = 30
"""A chain is followed so far: nobody needs more, and a chain made to hurt writes no more than that for a statement."""
_AT_ONCE = 10_000


def follow(
    session: Session,
    *,
    organisation_id: int,
    fresh: Sequence[rules.Prepared],
    stored: datetime,
    awaited: Collection[UUID],
) -> None:
    """Write down what new statements refer to, and what those refer to that waited for one of them.

    `fresh` are written already, `stored` at that moment; `awaited` are those of their ids to which statements refer
    that were there before. All of them matter at once: whoever stores a statement that refers to another is alone in
    the organisation. No query where nothing refers to anything, else three, and one more for each ten thousand rows
    (xAPI 1.0.3, Communication 2.1.4; 2.0, 4.1.6.1).
    """
    wanted = sorted({one.refers_to for one in fresh if one.refers_to is not None})
    if not wanted and not awaited:
        return
    known = queries.targets(session, organisation_id=organisation_id, statement_ids=wanted, most_steps=MOST_STEPS)
    waiting = queries.referring(
        session, organisation_id=organisation_id, target_ids=sorted(awaited), most_steps=MOST_STEPS
    )
    new = {one.id: one for one in fresh}
    refers_to = {one.id: one.target_id for one in known.values()}
    refers_to |= {one.id: one.target_id for one in waiting.values()}
    refers_to |= {one.id: one.refers_to for one in fresh}
    sources = {one.id: one.stored for one in waiting.values()} | dict.fromkeys(new, stored)
    found = [(one, target) for one in sorted(sources) for target in _news(one, refers_to, new.keys())]
    keys = {target: _keys(target, new, known) for target in {target for _, target in found}}
    _write(
        session,
        (
            _row(organisation_id, sources[one], one, target, key, role)
            for one, target in found
            for key, role in keys[target]
        ),
    )


def _news(source: UUID, refers_to: Mapping[UUID, UUID | None], new: Collection[UUID]) -> Iterator[UUID]:
    """What a statement refers to that it did not before: from the first new statement on, if it is not new itself."""
    seen, is_new, target = {source}, source in new, refers_to[source]
    while target is not None and target in refers_to and target not in seen and len(seen) <= MOST_STEPS:
        seen.add(target)
        is_new = is_new or target in new
        if is_new:
            yield target
        target = refers_to[target]


def _keys(
    target: UUID, new: Mapping[UUID, rules.Prepared], known: Mapping[UUID, queries.Target]
) -> Sequence[tuple[bytes, int]]:
    one = new.get(target)
    if one is None:
        return rules.keys_of_kept(known[target].payload)
    keys = [*rules.keys_of(one.agents, one.activities), (rules.verb_key(one.verb), rules.VERB)]
    return keys if one.registration is None else [*keys, (one.registration.bytes, rules.REGISTRATION)]


def _row(
    organisation_id: int, stored: datetime, statement_id: UUID, target_id: UUID, key: bytes, role: int
) -> dict[str, Any]:
    return {
        "organisation_id": organisation_id,
        "key": key,
        "role": role,
        "stored": stored,
        "statement_id": statement_id,
        "target_id": target_id,
    }


def _write(session: Session, rows: Iterator[dict[str, Any]]) -> None:
    """A portion is in memory at a time: what many refer to may have many keys, and each is a row for each of them."""
    dialect = {"sqlite": sqlite, "postgresql": postgresql}[session.get_bind().dialect.name]
    statement = dialect.insert(StatementReference).on_conflict_do_nothing()
    while portion := list(islice(rows, _AT_ONCE)):
        session.execute(statement, portion)
