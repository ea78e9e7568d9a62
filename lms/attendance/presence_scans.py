"""From scans of cards to who came when: each scan goes to one session, and of several the first one counts. Pure."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from lms.attendance.cohort_rules import CohortRules
from lms.attendance.rules import belongs
from lms.programme.queries import Enrolled, TimetableSession

Why = Literal["unknown", "no_session", "other_group", "cancelled"]
Arrivals = dict[UUID, dict[UUID, datetime]]
"""By session and participant the first scan."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Scan:
    """One reading of a card; `line` is where the list says so."""

    line: int
    identifier: str
    scanned_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class LooseScan:
    """A scan that marks nobody: nobody of the cohort is `unknown` by it, or it fits none of the person's sessions."""

    scan: Scan
    why: Why


@dataclass(frozen=True, kw_only=True, slots=True)
class Sorted:
    """What became of a list: the arrivals, what fits nothing, and how many scans only repeat an earlier one."""

    arrivals: Arrivals = field(default_factory=dict)
    loose: tuple[LooseScan, ...] = ()
    repeated: int = 0


class Timetable:
    """The sessions of a cohort, found by a moment that lies in the time in which people scan for them."""

    def __init__(self, meetings: Sequence[TimetableSession], rules: CohortRules) -> None:
        self._before = timedelta(minutes=rules.check_in_before)
        self._meetings = sorted(meetings, key=lambda meeting: (meeting.starts_at, meeting.code))
        self._starts = [meeting.starts_at for meeting in self._meetings]
        self._longest = max((meeting.ends_at - meeting.starts_at for meeting in meetings), default=timedelta())

    def at(self, moment: datetime) -> list[TimetableSession]:
        """Those that begin within the time before, or have not ended; the one whose start is nearest first."""
        first = bisect_left(self._starts, moment - self._longest)
        last = bisect_right(self._starts, moment + self._before)
        found = [meeting for meeting in self._meetings[first:last] if moment <= meeting.ends_at]
        return sorted(found, key=lambda meeting: (abs(meeting.starts_at - moment), meeting.starts_at))


def sort(
    scans: Iterable[Scan], *, people: Mapping[str, Enrolled], meetings: Sequence[TimetableSession], rules: CohortRules
) -> Sorted:
    """Tell who came to which session when. `people` are the cohort's by what `fold` makes of their identifiers.

    A scan belongs to the session of the person's group, or of everyone, whose start is nearest, from `check_in_before`
    minutes before that start until its end. The order of the scans does not matter.
    """
    timetable = Timetable(meetings, rules)
    arrivals: Arrivals = {}
    loose: list[LooseScan] = []
    repeated = 0
    for scan in sorted(scans, key=lambda scan: (scan.scanned_at, scan.line)):
        person = people.get(scan.identifier)
        found = _session(person, timetable.at(scan.scanned_at)) if person else "unknown"
        if isinstance(found, str) or person is None:
            loose.append(LooseScan(scan=scan, why=found if isinstance(found, str) else "unknown"))
        elif person.participant_id in arrivals.setdefault(found.id, {}):
            repeated += 1
        else:
            arrivals[found.id][person.participant_id] = scan.scanned_at
    by_line = tuple(sorted(loose, key=lambda one: one.scan.line))
    return Sorted(arrivals=arrivals, loose=by_line, repeated=repeated)


def _session(person: Enrolled, near: Sequence[TimetableSession]) -> TimetableSession | Why:
    own = [meeting for meeting in near if belongs(person_group=person.group, session_group=meeting.group)]
    held = [meeting for meeting in own if meeting.cancelled_at is None]
    if held:
        return held[0]
    return "cancelled" if own else "other_group" if near else "no_session"
