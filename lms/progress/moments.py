"""When evidence counts from, and when a result may next change by the clock alone."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from lms.progress.plan import Plan
from lms.progress.values import OVERRIDE, Evidence


def dated(piece: Evidence) -> datetime:
    """The moment a statement is about: its own, else when it was stored."""
    return piece.recorded_at if piece.occurred_at is None else piece.occurred_at


def next_change(plan: Plan, evidence: Iterable[Evidence], as_of: datetime) -> datetime | None:
    """The next moment after `as_of` at which the same evidence may come to something else; None if it never does."""
    return min((moment for moment in _moments(plan, evidence) if moment > as_of), default=None)


def _moments(plan: Plan, evidence: Iterable[Evidence]) -> Iterator[datetime]:
    for planned in plan.modules.values():
        for moment in (planned.due_at, planned.closes_at):
            if moment is not None:
                yield moment
    for piece in evidence:
        begins = None if piece.voided else _begins(piece, plan)
        if begins is not None:
            yield begins


def _begins(piece: Evidence, plan: Plan) -> datetime | None:
    """The moment from which a piece of evidence may count; None if always or never."""
    if piece.source == OVERRIDE:
        return piece.recorded_at if piece.unit in plan.overrides else None
    if piece.kind == "session":
        return plan.starts.get(piece.unit)
    if piece.kind == "assessment":
        return piece.occurred_at if piece.unit in plan.assessments else None
    module = plan.modules.get(piece.unit)
    return None if module is None or is_out(piece, plan, module.closes_at) else dated(piece)


def is_out(piece: Evidence, plan: Plan, closes_at: datetime | None) -> str:
    """Why a statement never counts for its module, whenever one asks: empty if it may."""
    if piece.voided:
        return "voided"
    moment = dated(piece)
    if moment < plan.cohort.starts_at:
        return "before_start"
    return "after_closing" if closes_at is not None and moment > closes_at else ""
