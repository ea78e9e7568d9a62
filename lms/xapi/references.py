"""Statements that refer to others are found by the filters that find those: here the keys are handed on.

The whole chain of references is written down when a statement comes in, so that no search has to follow it.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from lms.xapi import queries, rules
from lms.xapi.models import StatementReference
from lms.xapi.writing import insert_new

MOST_STEPS = 30
"""A chain is followed so far: nobody needs more, and a chain made to hurt writes no more than that for a statement."""


def follow(
    session: Session,
    *,
    organisation_id: int,
    fresh: Sequence[rules.Prepared],
    awaited: Collection[UUID],
) -> None:
    """Write down what new statements refer to, and what those refer to that waited for one of them.

    `awaited` are those of the new ids to which statements refer that were there before. No query where nothing refers
    to anything, else five, and one for each thousand rows (xAPI 1.0.3, Communication 2.1.4).
    """
    referring = [one.id for one in fresh if one.refers_to is not None]
    if awaited:
        referring += queries.referring(session, organisation_id=organisation_id, target_ids=sorted(awaited))
    if not referring:
        return
    chains = queries.chains(
        session, organisation_id=organisation_id, statement_ids=sorted(set(referring)), most_steps=MOST_STEPS
    )
    targets = queries.payloads(
        session, organisation_id=organisation_id, statement_ids=sorted({one.target_id for one in chains})
    )
    keys = {target_id: rules.keys_of_kept(payload) for target_id, payload in targets.items()}
    rows = [
        _row(organisation_id, one.stored, one.id, one.target_id, key, role)
        for one in chains
        for key, role in keys.get(one.target_id, ())
    ]
    insert_new(session, StatementReference, sorted(rows, key=_order), key="statement_id")


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


def _order(row: Mapping[str, Any]) -> tuple[bytes, int, UUID, UUID]:
    return row["key"], row["role"], row["statement_id"], row["target_id"]
