"""Dates and times as devices and conference services write them. Pure.

Where day and month cannot be told apart, the reading is taken that lies nearest to a session.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

from lms.errors import N_
from lms.exchange.cells import CellError, needed
from lms.programme.rules import YEARS

CLOCK = (
    r"(?P<hour>\d{1,2})[:.](?P<minute>\d{2})(?:[:.](?P<second>\d{2})(?:[.,]\d+)?)?"
    r"(?:\s?(?P<half>[AaPp])\.?[Mm]\.?)?"
)
DATED = re.compile(rf"(?P<a>\d{{1,4}})[/.\-](?P<b>\d{{1,2}})[/.\-](?P<c>\d{{2,4}}),?\s+{CLOCK}")
TIMED = re.compile(CLOCK)
ZONED = re.compile(r"\s*(?P<zone>UTC|GMT|WIB|WITA|WIT)$", re.IGNORECASE)
OFFSETS = {"UTC": 0, "GMT": 0, "WIB": 7, "WITA": 8, "WIT": 9}
SPACES = str.maketrans({"\u202f": " ", "\u00a0": " ", "\u2009": " "})
DURATION = re.compile(
    r"(?:(?P<hours>\d{1,3})\s*(?:h|hrs?|hours?|jam))?\s*"
    r"(?:(?P<minutes>\d{1,4})\s*(?:m|mins?|minutes?|mnt|menit))?\s*"
    r"(?:(?P<seconds>\d{1,5})\s*(?:s|secs?|seconds?|dtk|detik))?",
    re.IGNORECASE,
)
COLONS = re.compile(r"(?P<hours>\d{1,3}):(?P<minutes>\d{2})(?::(?P<seconds>\d{2}))?")
PLAIN = re.compile(r"\d{1,5}(?:[.,]\d{1,6})?")


def moment(cell: str, *, zone: str, near: Sequence[datetime]) -> datetime:
    """A date and time in UTC; without an offset it is of `zone`. `near` are sorted moments, to tell 3/12 from 12/3.

    The day goes first where both readings are equally near.
    """
    value, local = _zone_of(needed(cell.translate(SPACES)), ZoneInfo(zone))
    found = [_in_utc(one, local) for one in _dated(value)]
    found = [one for one in found if one.year in YEARS]
    if not found:
        raise CellError(N_("%(value)s is no date and time; write it as 2021-05-20 06:00:00."), value=cell.strip())
    return min(found, key=lambda one: _distance(one, near))


def moment_of_day(cell: str, *, zone: str, around: datetime, after: datetime | None = None) -> datetime:
    """The same where a time alone will do: it is of the day on which it lies nearest to `around`.

    With `after` it is the first such time that is not before it: a class may go on past midnight.
    """
    value, local = _zone_of(needed(cell.translate(SPACES)), ZoneInfo(zone))
    alone = TIMED.fullmatch(value)
    if alone is None:
        return moment(cell, zone=zone, near=(around,))
    clock = _clock(alone)
    if clock is None:
        raise CellError(N_("%(value)s is no time of a day."), value=cell.strip())
    day = (after or around).astimezone(local).date()
    days = [datetime.combine(day + timedelta(days=add), clock, local).astimezone(UTC) for add in (-1, 0, 1)]
    if after is not None:
        return next(one for one in days if one >= after)
    return min(days, key=lambda one: abs(one - around))


def duration(cell: str) -> timedelta:
    """How long: plain minutes (85 or 85.5), 1:25:03, or 1h 25m 3s; 1 jam 25 mnt is known too."""
    value = needed(cell.translate(SPACES))
    if PLAIN.fullmatch(value) and value.isascii():
        whole, _, part = value.replace(",", ".").partition(".")
        return timedelta(minutes=int(whole), microseconds=int((part + "000000")[:6]) * 60)
    match = COLONS.fullmatch(value) or DURATION.fullmatch(value)
    if match is None or not any(match.groups()) or not value.isascii():
        raise CellError(N_("%(value)s is no length of time; write minutes, or 1:25:03."), value=value)
    return timedelta(**{unit: int(number) for unit, number in match.groupdict().items() if number})


def _zone_of(value: str, zone: tzinfo) -> tuple[str, tzinfo]:
    named = ZONED.search(value)
    if named is None:
        return value, zone
    return value[: named.start()], timezone(timedelta(hours=OFFSETS[named["zone"].upper()]))


def _in_utc(found: datetime, zone: tzinfo) -> datetime:
    try:
        return (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC)
    except OverflowError:
        return datetime.min.replace(tzinfo=UTC)


def _dated(value: str) -> Iterator[datetime]:
    """Every reading of a date with a time, the day before the month first; aware where it tells its offset."""
    with suppress(ValueError):
        if len(value) > len("2021-05-20"):
            yield datetime.fromisoformat(value)
            return
    match = DATED.fullmatch(value)
    clock = _clock(match) if match else None
    if match is None or clock is None:
        return
    a, b, c = (int(match[name]) for name in "abc")
    orders = [(a, b, c)] if len(match["a"]) == 4 else [(_year(c), b, a), (_year(c), a, b)]
    for year, month, day in orders:
        with suppress(ValueError):
            yield datetime.combine(date(year, month, day), clock)


def _year(year: int) -> int:
    return year if year > 99 else 2000 + year


def _clock(match: re.Match[str]) -> time | None:
    hour, half = int(match["hour"]), (match["half"] or "").lower()
    if half and not 1 <= hour <= 12:
        return None
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    try:
        return time(hour, int(match["minute"]), int(match["second"] or 0))
    except ValueError:
        return None


def _distance(found: datetime, near: Sequence[datetime]) -> timedelta:
    place = bisect_left(near, found)
    return min((abs(one - found) for one in near[max(0, place - 1) : place + 1]), default=timedelta())
