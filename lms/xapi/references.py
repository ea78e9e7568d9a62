"""Statements that refer to others are found by the filters that find those: here the keys are handed on.

The whole chain of references is written down when a statement comes in, so that no search has to follow it.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from lms.xapi import queries, rules
from lms.xapi.models import StatementReference

MOST_STEPS = 30
"""A chain is followed so far: nobody needs more, and a chain made to hurt writes no more than that for a statement."""
_AT_ONCE = 10_000
_Key = tuple[bytes, int]


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
    by_id = {one.id: one for one in fresh}
    wanted = sorted({one.refers_to for one in fresh if one.refers_to is not None})
    if not wanted and not awaited:
        return
    known = queries.targets(
        session, organisation_id=organisation_id, statement_ids=wanted, most_steps=MOST_STEPS
    )
    waiting = queries.referring(
        session, organisation_id=organisation_id, target_ids=sorted(awaited), most_steps=MOST_STEPS
    )
    keys = {one: _keys(by_id, known, one) for one in known.keys() | by_id.keys() & awaited}
    refers_to = {one.id: one.target_id for one in known.values()} | {one.id: one.refers_to for one in fresh}
    refers_to |= {one.id: one.target_id for one in waiting.values()}
    rows = [
        (source, moment, target)
        for source, moment in _sources(fresh, stored, waiting)
        for target in _news(source, refers_to, by_id)
    ]
    _write(session, organisation_id, [(*row, key) for row in rows for key in keys[row[2]]])
