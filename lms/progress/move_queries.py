"""What is recorded of a cohort and needs a place in its programme. Part of `queries`."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from lms.db import among, portions
from lms.programme import queries as programmes
from lms.programme.move_rules import Recorded
from lms.progress.models import EvidenceRow
from lms.progress.rules import OVERRIDE


def recorded(session: Session, *, organisation_id: int, cohort_id: UUID) -> Recorded:
    """The marks, scores and overrides that stand in a cohort. Three queries, and one per 500 sessions beyond the first
    500."""
    timetable = programmes.timetable(session, organisation_id=organisation_id, cohort_id=cohort_id)
    units = _units(session, organisation_id, cohort_id)
    return Recorded(
        statuses=_statuses(session, organisation_id, [str(one.id) for one in timetable]),
        assessments=Counter(unit for kind, unit in units if kind == "assessment"),
        modules=Counter(unit for kind, unit in units if kind == "module"),
    )


def _units(session: Session, organisation_id: int, cohort_id: UUID) -> list[tuple[str, str]]:
    """(kind, path or IRI) of the assessments and modules about which evidence is of this cohort alone."""
    lead = f"{cohort_id}/"
    rows = session.execute(
        select(EvidenceRow.kind, EvidenceRow.unit).where(
            EvidenceRow.organisation_id == organisation_id,
            EvidenceRow.kind.in_(("assessment", "module")),
            EvidenceRow.unit.startswith(lead, autoescape=True),
            EvidenceRow.voided.is_(False),
        )
    )
    return [(kind, unit.removeprefix(lead)) for kind, unit in rows]


def _statuses(session: Session, organisation_id: int, sessions: Sequence[str]) -> Counter[str]:
    """How many people have each status at these sessions: by an override, or else by the newest mark."""
    newest: dict[tuple[UUID, str], tuple[tuple[bool, datetime, UUID], str | None]] = {}
    names = ("participant_id", "unit", "source", "source_id", "recorded_at", "status")
    columns: list[Any] = [getattr(EvidenceRow, name) for name in names]
    for units in portions(sessions):
        rows = session.execute(
            select(*columns).where(
                EvidenceRow.organisation_id == organisation_id,
                EvidenceRow.kind == "session",
                among(session, EvidenceRow.unit, units),
                EvidenceRow.voided.is_(False),
            )
        )
        for participant_id, unit, source, source_id, recorded_at, status in rows:
            place = (source == OVERRIDE, recorded_at, source_id)
            known = newest.get((participant_id, unit))
            if known is None or known[0] < place:
                newest[participant_id, unit] = place, status
    return Counter(status for _, status in newest.values() if status is not None)
