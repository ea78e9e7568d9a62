"""What an appeal is about, as it stands now: read for the pages of both sides."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from lms.appeals import rules, service
from lms.appeals.queries import Appeal
from lms.appeals.rules import Standing
from lms.attendance import queries as attendance
from lms.attendance.queries import Dispute
from lms.db import reading
from lms.errors import NotFound
from lms.progress.rules import UnitResult


@dataclass(frozen=True, kw_only=True, slots=True)
class Looked:
    """The unit of an appeal as it is now, None where it is none of the participant's any more.

    `disputes` are what they have said against their marks at the session while the cohort ran, the newest first;
    `titles` are the titles of statuses by code, for those.
    """

    unit: UnitResult | None
    standing: Standing | None
    disputes: tuple[Dispute, ...]
    titles: dict[str, str]


def look(appeal: Appeal, *, organisation_id: int, now: datetime) -> Looked:
    """Eight queries at most."""
    about = {"cohort_id": appeal.cohort_id, "participant_id": appeal.participant_id}
    session = reading()
    try:
        unit = service.unit_now(
            session, organisation_id=organisation_id, **about, kind=appeal.kind, unit=appeal.unit, now=now
        )
    except NotFound:
        unit = None
    disputes: list[Dispute] = []
    if appeal.kind == "session":
        disputes = attendance.disputes_of(
            session, organisation_id=organisation_id, **about, session_id=UUID(appeal.unit)
        )
    known = attendance.cohort_rules(session, organisation_id=organisation_id, cohort_id=appeal.cohort_id)
    titles = {one.code: one.title for one in known.statuses}
    return Looked(
        unit=unit,
        standing=None if unit is None else rules.standing(unit, titles.get(unit.status or "", "")),
        disputes=tuple(disputes),
        titles=titles,
    )


def standing_of(organisation_id: int, cohort_id: UUID, unit: UnitResult) -> Standing:
    """What a unit stands at. Three queries at most."""
    title = service.title_of(reading(), organisation_id=organisation_id, cohort_id=cohort_id, status=unit.status)
    return rules.standing(unit, title)
