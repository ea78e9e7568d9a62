"""Sessions that repeat by a pattern: weekdays between two days, at the same local time, each with a counter. Pure."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from uuid import UUID

from lms.errors import N_, DomainError
from lms.programme import checks
from lms.programme.rows import TimetableSession
from lms.programme.session_rules import NewSession, local_moment

MOST_SESSIONS = 300
LONGEST = timedelta(days=731)
PLACEHOLDERS = ("{n}", "{nn}", "{group}")
"""What titles, codes and rooms may hold: the counter, the counter of two digits, and the group's name."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Pattern:
    """On these weekdays (0 is Monday) from `first_day` to `last_day`, both included, but for the days `left_out`.

    Starts and ends are times of the cohort's zone on one day. With `groups` each of them has a session of its own at
    each time; the counter, which begins at `first_number`, is the same for all of these. `jp` is each session's worth.
    """

    first_day: date
    last_day: date
    weekdays: Collection[int]
    left_out: Collection[date] = ()
    starts: time
    ends: time
    jp: Decimal
    title: str
    code: str
    first_number: int = 1
    groups: Sequence[str] = ()
    room: str = ""
    facilitators: frozenset[UUID] = frozenset()


def days(pattern: Pattern) -> list[date]:
    """The days on which there are sessions, in their order."""
    length = (pattern.last_day - pattern.first_day).days
    every = (pattern.first_day + timedelta(days=day) for day in range(length + 1))
    return [day for day in every if day.weekday() in pattern.weekdays and day not in pattern.left_out]


def flaws(pattern: Pattern) -> list[DomainError]:
    """What is wrong with the pattern as a whole, each at its field."""
    found = [*_flaws_of_days(pattern), *_flaws_of_names(pattern)]
    if pattern.ends <= pattern.starts:
        found.append(DomainError(N_("A session ends later than it starts, on the same day."), place="ends"))
    if not 0 <= pattern.first_number <= 9999:
        found.append(DomainError(N_("Count from a number between 0 and 9999."), place="first_number"))
    return found


def _flaws_of_days(pattern: Pattern) -> Iterator[DomainError]:
    outside = [name for name in ("first_day", "last_day") if getattr(pattern, name).year not in checks.YEARS]
    for name in outside:
        year = getattr(pattern, name).year
        yield DomainError(N_("%(value)s lies outside the years 1900 to 2200."), place=name, value=year)
    if pattern.last_day < pattern.first_day:
        yield DomainError(N_("The last day cannot be before the first."), place="last_day")
    elif pattern.last_day - pattern.first_day > LONGEST:
        yield DomainError(N_("This is longer than two years; make it in parts."), place="last_day")
    elif not pattern.weekdays:
        yield DomainError(N_("Choose at least one day of the week."), place="weekdays")
    elif not days(pattern):
        yield DomainError(N_("No day is left between the first and the last: choose other days."), place="weekdays")
    elif len(days(pattern)) * max(len(pattern.groups), 1) > MOST_SESSIONS:
        yield DomainError(
            N_("These are more than %(most)s sessions; make them in parts."), place="last_day", most=MOST_SESSIONS
        )


def _flaws_of_names(pattern: Pattern) -> Iterator[DomainError]:
    for name, template in (("code", pattern.code), ("title", pattern.title), ("room", pattern.room)):
        rest = template
        for one in PLACEHOLDERS:
            rest = rest.replace(one, "")
        if "{" in rest or "}" in rest:
            known = ", ".join(PLACEHOLDERS)
            yield DomainError(N_("Between braces only these stand: %(known)s."), place=name, known=known)
    if "{n}" not in pattern.code and "{nn}" not in pattern.code:
        yield DomainError(N_("Each session needs a code of its own: put {n} where the counter goes."), place="code")
    if len(pattern.groups) > 1 and "{group}" not in pattern.code:
        yield DomainError(N_("Each group's session needs a code of its own: put {group} into it too."), place="code")


def repeated(pattern: Pattern, *, time_zone: str) -> list[NewSession]:
    """The sessions of a sound pattern, in the order of time, then of its groups; each starts at the same local time.

    Raises Problems naming every day on which the zone's clocks leap over its start or end.
    """
    found: list[NewSession] = []
    problems: list[DomainError] = []
    for number, day in enumerate(days(pattern), start=pattern.first_number):
        try:
            starts_at = local_moment(datetime.combine(day, pattern.starts), time_zone, place="starts")
            ends_at = local_moment(datetime.combine(day, pattern.ends), time_zone, place="ends")
        except DomainError as problem:
            problems.append(problem)
            continue
        found += [_session(pattern, number, group, starts_at, ends_at) for group in pattern.groups or (None,)]
    checks.refuse(problems)
    return found


def _session(pattern: Pattern, number: int, group: str | None, starts_at: datetime, ends_at: datetime) -> NewSession:
    return NewSession(
        code=_filled_in(pattern.code, number, group),
        title=_filled_in(pattern.title, number, group),
        starts_at=starts_at,
        ends_at=ends_at,
        jp=pattern.jp,
        group=group,
        room=_filled_in(pattern.room, number, group),
        facilitators=pattern.facilitators,
        place=_filled_in(pattern.code, number, group),
    )


def _filled_in(template: str, number: int, group: str | None) -> str:
    filled = template.replace("{nn}", f"{number:02}").replace("{n}", str(number))
    return " ".join(filled.replace("{group}", group or "").split())


@dataclass(frozen=True, kw_only=True, slots=True)
class Clash:
    """Two sessions at the same time that want the same `what`: room, people or facilitator."""

    session: NewSession
    other: NewSession | TimetableSession
    what: str


def clashes(new: Sequence[NewSession], timetable: Sequence[TimetableSession]) -> list[Clash]:
    """Where a new session meets one that takes place at the same time in the same room, or for the same people.

    Nothing forbids it: two rooms of one name, or people who choose, are known to those who make the timetable.
    """
    standing = [meeting for meeting in timetable if meeting.cancelled_at is None]
    found: list[Clash] = []
    for number, one in enumerate(new):
        others: list[NewSession | TimetableSession] = [*standing, *new[:number]]
        for other in others:
            if one.starts_at < other.ends_at and other.starts_at < one.ends_at and other.code != one.code:
                what = _shared(one, other)
                found += [Clash(session=one, other=other, what=what)] if what else []
    return found


def _shared(one: NewSession, other: NewSession | TimetableSession) -> str:
    if one.room and one.room == other.room:
        return "room"
    if one.group is None or other.group is None or one.group == other.group:
        return "people"
    return ""
