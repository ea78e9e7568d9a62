"""A cohort's start, end and time zone, and what a change of them may not do. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from lms.errors import N_, DomainError
from lms.programme import checks
from lms.programme.rows import CohortInfo, TimetableSession

REASON_LIMIT = 500
CHANGED_MEANWHILE = N_("Somebody else has changed these dates meanwhile; look at them again.")
NAMED = 5
"""Sessions that a refusal names at most."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Dates:
    """When a cohort starts and ends (aware; None: no end), and the IANA name of the zone of its clocks."""

    starts_at: datetime
    ends_at: datetime | None
    time_zone: str

    def day(self, moment: datetime) -> date:
        """The cohort's own day of a moment."""
        return moment.astimezone(ZoneInfo(self.time_zone)).date()

    def precedes(self, session: TimetableSession) -> bool:
        """Whether a session takes place on a day before that of the start."""
        return session.cancelled_at is None and self.day(session.starts_at) < self.day(self.starts_at)


def dates_of(cohort: CohortInfo) -> Dates:
    """Those of a cohort as it stands."""
    return Dates(starts_at=cohort.starts_at, ends_at=cohort.ends_at, time_zone=cohort.time_zone)


def dates_flaws(before: Dates, after: Dates, timetable: Sequence[TimetableSession]) -> list[DomainError]:
    """What is wrong with a change of dates: no session may come to lie on a day before the start.

    One that did before already is no matter of the change. The zone of `after` is known to be one.
    """
    wrong = checks.period(after.starts_at, after.ends_at)
    if wrong:
        return wrong
    left = [session.code for session in timetable if after.precedes(session) and not before.precedes(session)]
    if not left:
        return []
    codes = ", ".join(left[:NAMED]) + ("" if len(left) <= NAMED else ", …")
    template = N_("These sessions would lie before the start: %(codes)s. Move or cancel them first.")
    return [DomainError(template, place="starts_at", codes=codes)]


def why_flaws(reason: str) -> list[DomainError]:
    """What is wrong with the reason of a change of dates: it is 1 to 500 characters on one line."""
    if not reason:
        return [DomainError(N_("Say why: people’s due dates and figures may change."), place="reason")]
    return checks.label(reason, place="reason", limit=REASON_LIMIT)
