"""Chains of references between statements, as they are read. Part of `queries`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Integer, Select, literal, select
from sqlalchemy.orm import Session, aliased

from lms.db import portions
from lms.xapi.models import StatementRow


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """A statement that refers to another."""

    id: UUID
    stored: datetime
    target_id: UUID


@dataclass(frozen=True, kw_only=True, slots=True)
class Target:
    """A statement that others refer to, and what it refers to itself."""

    id: UUID
    target_id: UUID | None
    payload: str


def referring(
    session: Session, *, organisation_id: int, target_ids: Sequence[UUID], most_steps: int
) -> dict[UUID, Source]:
    """The statements that refer to these, by no more steps than that. One query per 500."""
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
        query = select(whole.c.id, whole.c.stored, whole.c.target_id).distinct()
        found |= {row.id: Source(**row._asdict()) for row in session.execute(query)}
    return found


def targets(
    session: Session, *, organisation_id: int, statement_ids: Sequence[UUID], most_steps: int
) -> dict[UUID, Target]:
    """These statements, as far as they are stored, and all that they refer to by fewer steps. One query per 500."""
    found: dict[UUID, Target] = {}
    for portion in portions(statement_ids):
        row = aliased(StatementRow)
        chain = _chains(organisation_id, portion, most_steps).distinct().subquery()
        query = select(row.id, row.target_id, row.payload).join(
            chain, (row.organisation_id == organisation_id) & (row.id == chain.c.id)
        )
        found |= {one.id: Target(**one._asdict()) for one in session.execute(query)}
    return found


def _chains(organisation_id: int, statement_ids: Sequence[UUID], most_steps: int) -> Select[UUID]:
    row, further = aliased(StatementRow), aliased(StatementRow)
    first = (
        select(row.id, row.target_id, literal(1, Integer).label("steps"))
        .where(row.organisation_id == organisation_id, row.id.in_(statement_ids))
        .cte("chain", recursive=True)
    )
    whole = first.union(
        select(further.id, further.target_id, first.c.steps + 1).where(
            further.organisation_id == organisation_id, further.id == first.c.target_id, first.c.steps < most_steps
        )
    )
    return select(whole.c.id)
