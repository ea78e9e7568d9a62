"""Statements that refer to others are found by the filters that find those: here the keys are handed on.

The whole chain of references is written down when a statement comes in, so that no search has to follow it. Whoever
does that is alone in the organisation, so there are bounds to what one request writes: every statement is found by
what it says itself, and by what is near; what is far, or one of very many, may not be.
"""

import logging
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from lms.xapi import queries, rules
from lms.xapi.models import StatementReference
from lms.xapi.writing import append

MOST_STEPS = 30
"""A chain is followed so far: nobody needs more, and a chain made to hurt writes no more than that for a statement."""
MOST_WAITING = 10_000
"""Statements that waited for those of a request and are found by their keys from now on."""
MOST_ROWS = 100_000
"""Rows that are written for a request; a reference has one for each key of its target, `handed_on` at most."""
REFERENCE = ("organisation_id", "key", "role", "stored", "statement_id", "target_id")
_AT_ONCE = 10_000
_PAIRS_AT_ONCE = 500
logger = logging.getLogger(__name__)

Pair = tuple[UUID, UUID]
"""A statement, and one that it refers to by any number of steps."""
Keys = Sequence[tuple[bytes, int]]


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
    the organisation. Beyond MOST_ROWS nothing is written: first come the nearest steps, and in each what is new before
    what waited. No query where nothing refers to anything, else two, one more for 500 references to what was there
    before, and one for each ten thousand rows (xAPI 1.0.3, Communication 2.1.4; 2.0, 4.1.6.1).
    """
    wanted = sorted({one.refers_to for one in fresh if one.refers_to is not None})
    if not wanted and not awaited:
        return
    known = queries.targets(session, organisation_id=organisation_id, statement_ids=wanted, most_steps=MOST_STEPS)
    waiting = queries.referring(
        session,
        organisation_id=organisation_id,
        target_ids=sorted(awaited),
        most_steps=MOST_STEPS,
        most=MOST_WAITING,
    )
    new = {one.id: one for one in fresh}
    refers_to = known | {one.id: one.target_id for one in waiting.values()}
    refers_to |= {one.id: one.refers_to for one in fresh}
    sources = dict.fromkeys(sorted(new), stored) | {one: waiting[one].stored for one in sorted(waiting.keys() - new)}
    pairs = _nearest_first(sources, refers_to, new.keys())
    rows = (
        (organisation_id, key, role, sources[source], source, target)
        for (source, target), keys in _with_keys(session, organisation_id, pairs, new)
        for key, role in keys
    )
    _write(session, islice(rows, MOST_ROWS))
    if next(rows, None) is not None:
        logger.warning("Organisation %s: a request's references are not followed any further", organisation_id)


def _nearest_first(
    sources: Collection[UUID], refers_to: Mapping[UUID, UUID | None], new: Collection[UUID]
) -> Iterator[Pair]:
    """What each statement refers to that it did not before: the first of all of them, then the second."""
    paths = {one: _news(one, refers_to, new) for one in sources}
    while paths:
        going_on = {}
        for source, path in paths.items():
            target = next(path, None)
            if target is not None:
                yield source, target
                going_on[source] = path
        paths = going_on


def _news(source: UUID, refers_to: Mapping[UUID, UUID | None], new: Collection[UUID]) -> Iterator[UUID]:
    """What a statement refers to that it did not before: from the first new statement on, if it is not new itself."""
    seen, is_new, target = {source}, source in new, refers_to[source]
    while target is not None and target in refers_to and target not in seen and len(seen) <= MOST_STEPS:
        seen.add(target)
        is_new = is_new or target in new
        if is_new:
            yield target
        target = refers_to[target]


def _with_keys(
    session: Session, organisation_id: int, pairs: Iterator[Pair], new: Mapping[UUID, rules.Prepared]
) -> Iterator[tuple[Pair, Keys]]:
    """The pairs with the keys of their targets, which are looked up for a portion at a time."""
    keys: dict[UUID, Keys] = {}
    while portion := list(islice(pairs, _PAIRS_AT_ONCE)):
        targets = {target for _, target in portion} - keys.keys()
        there = queries.payloads(session, organisation_id=organisation_id, statement_ids=sorted(targets - new.keys()))
        keys |= {target: rules.handed_on_by_kept(payload) for target, payload in there}
        keys |= {target: _keys(new[target]) for target in targets & new.keys()}
        yield from ((pair, keys[pair[1]]) for pair in portion)


def _keys(one: rules.Prepared) -> Keys:
    return rules.handed_on(one.agents, one.activities, verb=one.verb, registration=one.registration)


def _write(session: Session, rows: Iterator[tuple[Any, ...]]) -> None:
    """A portion is in memory at a time."""
    while portion := list(islice(rows, _AT_ONCE)):
        append(session, StatementReference, REFERENCE, portion)
