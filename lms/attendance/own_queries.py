"""What a participant sees of their own attendance: the sessions with their marks, and what was missed."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from lms.attendance import dispute_queries, queries, report_rules, rules
from lms.attendance.dispute_queries import Dispute
from lms.attendance.report_rules import Standing
from lms.attendance.rules import PastMark
from lms.programme import queries as programmes
from lms.programme.queries import EnrolmentOf, TimetableSession
from lms.programme.rules import AttendanceStatus
from lms.progress import queries as progress
from lms.progress.rules import Result, flattened


@dataclass(frozen=True, kw_only=True, slots=True)
class OwnSession:
    """A session with one's own marks at it, oldest first, and what one has disputed there, the newest first.

    `override` is the status that counts in place of all marks, None where no override stands.
    """

    session: TimetableSession
    marks: tuple[PastMark, ...]
    disputes: tuple[Dispute, ...]
    override: str | None

    @property
    def newest(self) -> PastMark | None:
        """The last mark."""
        return self.marks[-1] if self.marks else None

    @property
    def counting(self) -> PastMark | None:
        """The mark that counts: the last one, None where it takes back those before it."""
        return rules.counting(self.marks)

    @property
    def open_dispute(self) -> Dispute | None:
        """What waits for an answer."""
        return next((one for one in self.disputes if one.is_open), None)


@dataclass(frozen=True, kw_only=True, slots=True)
class OwnAttendance:
    """One's own attendance in a cohort: the sessions by their start, and what was and may be missed."""

    enrolment: EnrolmentOf
    statuses: tuple[AttendanceStatus, ...]
    sessions: tuple[OwnSession, ...]
    standing: Standing

    @property
    def titles(self) -> dict[str, str]:
        """What the statuses are called, by code."""
        return {status.code: status.title for status in self.statuses}


def own_attendance(session: Session, *, organisation_id: int, enrolment: EnrolmentOf, now: datetime) -> OwnAttendance:
    """The sessions for somebody's group, and those at which they have a mark. Eight queries."""
    about = {"organisation_id": organisation_id, "participant_id": enrolment.participant_id}
    timetable = programmes.timetable(session, organisation_id=organisation_id, cohort_id=enrolment.cohort_id)
    marks = queries.histories(session, session_ids=[one.id for one in timetable], **about)  # type: ignore[arg-type]
    disputes = dispute_queries.of_person(session, cohort_id=enrolment.cohort_id, **about)  # type: ignore[arg-type]
    programme = programmes.programme_of(
        session, organisation_id=organisation_id, version_id=enrolment.programme_version_id
    )
    result = progress.result_of(session, cohort_id=enrolment.cohort_id, as_of=now, **about)  # type: ignore[arg-type]
    overrides = _overrides(result)
    own = [
        OwnSession(
            session=one,
            marks=tuple(marks.get(one.id, {}).get(enrolment.participant_id, ())),
            disputes=tuple(found for found in disputes if found.session_id == one.id),
            override=overrides.get(str(one.id)),
        )
        for one in timetable
    ]
    mine = [one for one in own if one.marks or one.override or one.session.group in (None, enrolment.group)]
    return OwnAttendance(
        enrolment=enrolment,
        statuses=programme.statuses,
        sessions=tuple(mine),
        standing=report_rules.standing(result, programme.absence_limit),
    )


def _overrides(result: Result) -> dict[str, str]:
    """The statuses of the sessions that are overridden, by their keys."""
    inside = (unit for component in flattened(result.components) for unit in component.units)
    return {
        one.unit: one.status
        for one in (*inside, *result.sessions_outside)
        if one.kind == "session" and one.overridden and one.status is not None
    }


def own_session(attendance: OwnAttendance, session_id: UUID) -> OwnSession | None:
    """One of the sessions by its id."""
    return next((one for one in attendance.sessions if one.session.id == session_id), None)
