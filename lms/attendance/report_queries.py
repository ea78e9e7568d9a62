"""What the pages of a cohort's attendance show. Part of `queries`; their number never grows with what is found."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lms.attendance import report_rules as rules
from lms.attendance.models import Mark
from lms.attendance.rules import TAKEN_BACK
from lms.attendance.session_queries import superseded
from lms.db import among
from lms.programme import queries as programmes
from lms.programme.queries import CohortInfo, Enrolled, TimetableSession
from lms.programme.rules import AttendanceStatus, Programme
from lms.progress import queries as progress
from lms.progress.rules import UnitResult

SHOWN = 50
"""People of one page."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """Somebody and how they stand."""

    person: Enrolled
    standing: rules.Standing

    @property
    def by_session(self) -> Mapping[str, UnitResult]:
        """What each of their sessions came to, by its id as text."""
        return {unit.unit: unit for unit in self.standing.units}


@dataclass(frozen=True, kw_only=True, slots=True)
class SessionCount:
    """A session, and how many people have each status at it, by code."""

    session: TimetableSession
    counts: Mapping[str, int]


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """A cohort's attendance: a page of its people, and its sessions. `total` people match, `more` follow this page."""

    cohort: CohortInfo
    programme: Programme
    sessions: tuple[SessionCount, ...]
    lines: tuple[Line, ...]
    total: int
    more: int | None
    groups: tuple[str, ...]

    @property
    def titles(self) -> dict[str, str]:
        """What the statuses are called, by code."""
        return {status.code: status.title for status in self.programme.statuses}

    @property
    def statuses(self) -> tuple[AttendanceStatus, ...]:
        """The programme's statuses."""
        return self.programme.statuses


def report(
    session: Session,
    *,
    organisation_id: int,
    cohort_id: UUID,
    groups: Collection[UUID] | None = None,
    group: str = "",
    search: str = "",
    after: int = 0,
    limit: int | None = SHOWN,
    now: datetime,
) -> Report:
    """The people of a cohort with how they stand, from the one at `after` on; everybody without a `limit`.

    `groups` are the ids of those groups that somebody sees, None for all. Filtered by a group's name and by a part of a
    name or identifier. Nine queries. Raises NotFound.
    """
    cohort = programmes.cohort_by_id(session, organisation_id=organisation_id, cohort_id=cohort_id)
    seen = programmes.roster(session, organisation_id=organisation_id, cohort_id=cohort_id, groups=groups)
    people = [one for one in seen if _matches(one, group, search)]
    end = len(people) if limit is None else after + limit
    folded = progress.folded_of(
        session, organisation_id=organisation_id, cohort_id=cohort_id, people=people[after:end], as_of=now
    )
    programme = programmes.programme_of(
        session, organisation_id=organisation_id, version_id=cohort.programme_version_id
    )
    return Report(
        cohort=cohort,
        programme=programme,
        sessions=_sessions(session, organisation_id, cohort_id, [one.participant_id for one in people]),
        lines=tuple(
            Line(person=person, standing=rules.standing(result, programme.absence_limit)) for person, result in folded
        ),
        total=len(people),
        more=end if end < len(people) else None,
        groups=tuple(sorted({one.group for one in seen if one.group})),
    )


def _matches(person: Enrolled, group: str, search: str) -> bool:
    wanted = search.casefold()
    is_found = wanted in person.name.casefold() or wanted in person.identifier.casefold()
    return is_found and group in ("", person.group)


def _sessions(
    session: Session, organisation_id: int, cohort_id: UUID, people: Sequence[UUID]
) -> tuple[SessionCount, ...]:
    timetable = programmes.timetable(session, organisation_id=organisation_id, cohort_id=cohort_id)
    rows = session.execute(
        select(Mark.session_id, Mark.status, func.count())
        .where(
            Mark.organisation_id == organisation_id,
            among(session, Mark.session_id, [one.id for one in timetable]),
            among(session, Mark.participant_id, people),
            Mark.status != TAKEN_BACK,
            ~superseded(),
        )
        .group_by(Mark.session_id, Mark.status)
    )
    counts = Counter({(meeting, status): number for meeting, status, number in rows})
    return tuple(
        SessionCount(
            session=one, counts={status: number for (meeting, status), number in counts.items() if meeting == one.id}
        )
        for one in timetable
    )


def standing(
    session: Session, *, organisation_id: int, cohort_id: UUID, participant_id: UUID, now: datetime
) -> rules.Standing:
    """How one person stands with their sessions. Six queries. Raises NotFound for somebody who is not in the cohort."""
    cohort = programmes.cohort_by_id(session, organisation_id=organisation_id, cohort_id=cohort_id)
    programme = programmes.programme_of(
        session, organisation_id=organisation_id, version_id=cohort.programme_version_id
    )
    result = progress.result_of(
        session, organisation_id=organisation_id, cohort_id=cohort_id, participant_id=participant_id, as_of=now
    )
    return rules.standing(result, programme.absence_limit)
