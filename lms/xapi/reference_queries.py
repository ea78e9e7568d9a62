"""Chains of references between statements, as they are read. Part of `queries`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import literal, select
from sqlalchemy.orm import Session, aliased

from lms.db import portions
from lms.xapi.models import StatementRow


@dataclass(frozen=True, kw_only=True, slots=True)
class Link:
    """A statement and one that it refers to, by one step or more."""

    id: UUID
    stored: datetime
    target_id: UUID


def referring(session: Session, *, organisation_id: int, target_ids: Sequence[UUID]) -> list[UUID]:
    """The statements that refer to these, by any number of steps. One query per 500."""
    found: set[UUID] = set()
    for portion in portions(target_ids):
        first = (
            select(StatementRow.id)
            .where(StatementRow.organisation_id == organisation_id, StatementRow.target_id.in_(portion))
            .cte("referring", recursive=True)
        )
        further = aliased(StatementRow)
        # UNION, not UNION ALL: what refers in a circle is followed once.
        whole = first.union(
            select(further.id).where(further.organisation_id == organisation_id, further.target_id == first.c.id)
        )
        found.update(session.scalars(select(whole.c.id)))
    return sorted(found)


def chains(session: Session, *, organisation_id: int, statement_ids: Sequence[UUID], most_steps: int) -> list[Link]:
    """All that these statements refer to, step by step, as far as it is stored. One query per 500."""
    found: set[tuple[UUID, datetime, UUID]] = set()
    for portion in portions(statement_ids):
        first = (
            select(
                StatementRow.id,
                StatementRow.stored,
                StatementRow.target_id.label("target_id"),
                literal(1).label("steps"),
            )
            .where(
                StatementRow.organisation_id == organisation_id,
                StatementRow.id.in_(portion),
                StatementRow.target_id.is_not(None),
            )
            .cte("chain", recursive=True)
        )
        target = aliased(StatementRow)
        whole = first.union_all(
            select(first.c.id, first.c.stored, target.target_id, first.c.steps + 1).where(
                target.organisation_id == organisation_id,
                target.id == first.c.target_id,
                target.target_id.is_not(None),
                first.c.steps < most_steps,
            )
        )
        found.update(
            (row.id, row.stored, row.target_id)
            for row in session.execute(select(whole.c.id, whole.c.stored, whole.c.target_id))
        )
    return [Link(id=one, stored=stored, target_id=target_id) for one, stored, target_id in sorted(found)]


def payloads(session: Session, *, organisation_id: int, statement_ids: Sequence[UUID]) -> dict[UUID, str]:
    """The texts of these statements. One query per 500."""
    found: dict[UUID, str] = {}
    for portion in portions(statement_ids):
        query = select(StatementRow.id, StatementRow.payload).where(
            StatementRow.organisation_id == organisation_id, StatementRow.id.in_(portion)
        )
        found |= {row.id: row.payload for row in session.execute(query)}
    return found
