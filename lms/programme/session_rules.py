"""Sessions of a timetable as people tell them: what one may be, and how two tellings of it differ. Pure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from lms.errors import N_, DomainError
from lms.programme import checks
from lms.programme.rows import TimetableSession

REASON_LIMIT = 500
LEAST_JP = Decimal("0.000000001")
"""As small as a programme file can say. Less has so many digits that no page could show them."""

Told = Mapping[str, Any]
"""What a session is, by the names below, in values that JSON has: moments as ISO 8601 in UTC, JP as text."""


@dataclass(frozen=True, kw_only=True, slots=True)
class NewSession:
    """A row of a timetable; no group is the whole cohort. `place` is where it stands (`line 7`), for problems.

    No `room`, or no `facilitators` (ids of accounts), says nothing of them: of a session that is there they stay.
    """

    code: str
    title: str
    starts_at: datetime
    ends_at: datetime
    jp: Decimal
    group: str | None = None
    room: str | None = None
    facilitators: frozenset[UUID] | None = None
    place: str = ""


def flaws(row: NewSession, *, groups: Collection[str], facilitators: Collection[UUID], place: str) -> list[DomainError]:
    """What is wrong with a session, of a cohort with these groups in an organisation with these facilitators."""
    found = checks.address_part(row.code, place=f"{place}, code") + checks.label(row.title, place=f"{place}, title")
    found += checks.period(row.starts_at, row.ends_at, place=place)
    if not row.jp.is_finite() or not LEAST_JP <= row.jp <= checks.JP_LIMIT:
        template = N_("A session is worth more than 0 JP and at most %(limit)s.")
        found.append(DomainError(template, place=f"{place}, jp", limit=checks.JP_LIMIT))
    if row.group and row.group not in groups:
        known = ", ".join(sorted(groups)) or "–"
        template = N_("The cohort has no group %(group)s; it has: %(known)s.")
        found.append(DomainError(template, place=f"{place}, group", group=row.group, known=known))
    found += checks.optional_label(row.room, place=f"{place}, room")
    if not (row.facilitators or frozenset()) <= set(facilitators):
        found.append(DomainError(N_("Only facilitators facilitate a session."), place=f"{place}, facilitators"))
    return found


def told(meeting: TimetableSession, facilitators: Collection[UUID]) -> Told:
    """A session that is there, as it is compared and as its changes are kept."""
    return {
        "title": meeting.title,
        "starts_at": meeting.starts_at.astimezone(UTC).isoformat(),
        "ends_at": meeting.ends_at.astimezone(UTC).isoformat(),
        "jp": plain(meeting.jp),
        "group": meeting.group,
        "room": meeting.room,
        "facilitators": sorted(map(str, facilitators)),
    }


def told_anew(row: NewSession, before: Told | None) -> Told:
    """The same of a session as it is to be. What the row says nothing of is as before, or empty."""
    known = before or {"room": "", "facilitators": []}
    return {
        "title": row.title,
        "starts_at": row.starts_at.astimezone(UTC).isoformat(),
        "ends_at": row.ends_at.astimezone(UTC).isoformat(),
        "jp": plain(row.jp),
        "group": row.group or None,
        "room": known["room"] if row.room is None else row.room,
        "facilitators": known["facilitators"] if row.facilitators is None else sorted(map(str, row.facilitators)),
    }


def differing(before: Told, after: Told) -> tuple[dict[str, Any], dict[str, Any]]:
    """What stood before and stands after, of that alone which differs."""
    names = [name for name in after if name not in before or before[name] != after[name]]
    return {name: before[name] for name in names if name in before}, {name: after[name] for name in names}


def plain(jp: Decimal) -> str:
    """A decimal as text without an exponent, 3 and 3.0 alike."""
    return f"{jp.normalize():f}"


def local_moment(local: datetime, time_zone: str, *, place: str = "") -> datetime:
    """The moment, in UTC, at which the clocks of a zone show this; of two such moments the earlier one.

    Raises DomainError for a time that they leap over, and for one that no timetable has.
    """
    if local.year not in checks.YEARS:
        raise DomainError(N_("%(value)s lies outside the years 1900 to 2200."), place=place, value=local.year)
    zone = ZoneInfo(time_zone)
    moment = local.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None) != local.replace(fold=0):
        template = N_("On %(day)s the clocks of this time zone leap over %(time)s.")
        told_day, told_time = local.date().isoformat(), local.strftime("%H:%M")
        raise DomainError(template, place=place, day=told_day, time=told_time)
    return moment


def reason_flaws(reason: str, *, needed: bool) -> list[DomainError]:
    """What is wrong with the reason of a change: where it is needed it is 1 to 500 characters on one line."""
    if not reason and needed:
        return [DomainError(N_("Say why: whoever looks for this session reads it."), place="reason")]
    return checks.optional_label(reason, place="reason", limit=REASON_LIMIT)
