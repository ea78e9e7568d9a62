"""A timetable as an iCalendar file (RFC 5545), which calendar programs fetch again and again. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from icalendar import Calendar, Event

REFRESH = timedelta(hours=1)
"""How often calendar programs are asked to look again (RFC 7986, 5.7)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CalendarSession:
    """A session as a calendar shows it. `revised_at` is when it last was changed; `revision` counts the changes."""

    id: UUID
    cohort_code: str
    cohort_name: str
    code: str
    title: str
    starts_at: datetime
    ends_at: datetime
    jp: Decimal
    group: str | None
    room: str
    cancelled_at: datetime | None
    cancel_reason: str
    revision: int
    revised_at: datetime
    facilitators: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Words:
    """What a calendar says, in the language of its reader."""

    name: str
    group: str
    jp: str
    facilitators: str
    cancelled: str


def calendar(sessions: Sequence[tuple[CalendarSession, str]], *, words: Words) -> bytes:
    """The file for these sessions, each with the address of its page. A session's id is a UUID (RFC 7986, 5.3).

    Without a METHOD, a DTSTAMP says when the event was last revised (RFC 5545, 3.8.7.2), so the same timetable gives
    the same bytes. Times are in UTC, which needs no definition of a zone. A cancelled session stays, and says so.
    """
    found = Calendar()
    found.add("version", "2.0")
    found.add("prodid", "-//Padu//Timetable//EN")
    found.add("calscale", "GREGORIAN")
    found.add("name", words.name)
    # What programs knew before there was NAME.
    found.add("x-wr-calname", words.name)
    found.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    for session, url in sessions:
        found.add_component(_event(session, url, words))
    return bytes(found.to_ical())


def _event(session: CalendarSession, url: str, words: Words) -> Event:
    event = Event()
    event.add("uid", str(session.id))
    event.add("sequence", session.revision)
    event.add("dtstamp", session.revised_at)
    event.add("last-modified", session.revised_at)
    event.add("dtstart", session.starts_at)
    event.add("dtend", session.ends_at)
    event.add("summary", f"{session.title} – {session.cohort_name}")
    event.add("status", "CONFIRMED" if session.cancelled_at is None else "CANCELLED")
    # Whoever shares free and busy times is free while a session does not take place.
    event.add("transp", "OPAQUE" if session.cancelled_at is None else "TRANSPARENT")
    event.add("description", "\n".join(_lines(session, words)))
    if session.room:
        event.add("location", session.room)
    event.add("url", url)
    return event


def _lines(session: CalendarSession, words: Words) -> list[str]:
    told = [] if session.cancelled_at is None else [f"{words.cancelled}: {session.cancel_reason}"]
    told.append(f"{session.code} · {session.jp.normalize():f} {words.jp}")
    if session.group:
        told.append(f"{words.group}: {session.group}")
    if session.facilitators:
        told.append(f"{words.facilitators}: {', '.join(session.facilitators)}")
    return told
