"""Chains of references between statements, as they are read. Part of `queries`."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Integer, literal, select
from sqlalchemy.orm import Session, aliased

from lms.db import portions
from lms.xapi.models import StatementRow

PAYLOADS_AT_ONCE = 20


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """A statement that refers to another."""

    id: UUID
    stored: datetime
    target_id: UUID


def referring(
    session: Session, *, organisation_id: int, target_ids: Sequence[UUID], most_steps: int, most: int
) -> dict[UUID, Source]:
    """The statements that refer to these, by no more steps than that: `most` of them, those by fewer steps first.

    One query per 500.
    """
    found: dict[UUID, Source] = {}
    for portion in portions(target_ids):
        row, further = aliased(StatementRow), aliased(StatementRow)
        first = (
            select(row.id, row.stored, row.target_id, literal(1, Integer).label("steps"))
            .where(row.organisation_id == organisation_id, row.target_id.in_(portion))
            .cte("referring", recursive=True)
        )
        # UNION, not UNION ALL: of what refers in a circle, no row multiplies.
        whole = first.union(
            select(further.id, further.stored, further.target_id, first.c.steps + 1).where(
                further.organisation_id == organisation_id,
                further.target_id == first.c.id,
                first.c.steps < most_steps,
            )
        )
        # Both databases go on step by step, and end where enough is found; DISTINCT would make them find all first.
        query = select(whole.c.id, whole.c.stored, whole.c.target_id).limit(most - len(found))
        found |= {row.id: Source(**row._asdict()) for row in session.execute(query)}
    return found


def targets(
    session: Session, *, organisation_id: int, statement_ids: Sequence[UUID], most_steps: int
) -> dict[UUID, UUID | None]:
    """To what these statements refer, as far as they are stored, and what they refer to by fewer steps.

    One query per 500.
    """
    found: dict[UUID, UUID | None] = {}
    for portion in portions(statement_ids):
        row, further = aliased(StatementRow), aliased(StatementRow)
        first = (
            select(row.id, row.target_id, literal(1, Integer).label("steps"))
            .where(row.organisation_id == organisation_id, row.id.in_(portion))
            .cte("chain", recursive=True)
        )
        whole = first.union(
            select(further.id, further.target_id, first.c.steps + 1).where(
                further.organisation_id == organisation_id, further.id == first.c.target_id, first.c.steps < most_steps
            )
        )
        query = select(whole.c.id, whole.c.target_id).distinct()
        found |= {one.id: one.target_id for one in session.execute(query)}
    return found


def payloads(session: Session, *, organisation_id: int, statement_ids: Sequence[UUID]) -> Iterator[tuple[UUID, str]]:
    """These statements as they are kept, a few at a time, since each may be large. One query per 500."""
    for portion in portions(statement_ids):
        query = select(StatementRow.id, StatementRow.payload).where(
            StatementRow.organisation_id == organisation_id, StatementRow.id.in_(portion)
        )
        for row in session.execute(query.execution_options(yield_per=PAYLOADS_AT_ONCE)):
            yield row.id, row.payload
