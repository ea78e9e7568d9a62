"""Leave: for how long, which sessions it covers, what it says of each as a mark, and what may come with it. Pure."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Protocol, TypeVar
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from lms.attendance.rules import TAKEN_BACK, NewMark, PastMark
from lms.errors import N_, Conflict, DomainError
from lms.programme.rules import AttendanceStatus

ASKED, APPROVED, REFUSED, WITHDRAWN = "asked", "approved", "refused", "withdrawn"
SOURCE = "leave"
LONGEST_DAYS = 366
LONGEST_NOTE, LONGEST_REASON, LONGEST_FILE_NAME = 2000, 500, 100
MOST_BYTES = 5 * 1024 * 1024

KINDS = (
    (b"%PDF-", "application/pdf", ".pdf"),
    (b"\xff\xd8\xff", "image/jpeg", ".jpg"),
    (b"\x89PNG\r\n\x1a\n", "image/png", ".png"),
)
"""What a document may be: how its bytes begin, its media type, and how its name ends."""


class Decided(Conflict):
    """Somebody else has decided about the request meanwhile, or it was withdrawn."""


class Meeting(Protocol):
    """What of a session of the timetable these rules look at. `group` is None for everyone's."""

    @property
    def id(self) -> UUID: ...
    @property
    def starts_at(self) -> datetime: ...
    @property
    def ends_at(self) -> datetime: ...
    @property
    def jp(self) -> Decimal: ...
    @property
    def group(self) -> str | None: ...
    @property
    def cancelled_at(self) -> datetime | None: ...


AnyMeeting = TypeVar("AnyMeeting", bound=Meeting)


@dataclass(frozen=True, kw_only=True, slots=True)
class Period:
    """From the first moment of a leave up to, and without, the one at which it ends; both in UTC."""

    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Document:
    """What came with a request: its name, its media type, and its bytes."""

    name: str
    type: str
    content: bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What a leave comes to at one session: a mark; where it is `contested`, one for a person to settle.

    `against` is the mark that it contradicts.
    """

    mark: NewMark
    contested: bool = False
    against: UUID | None = None


# Time


def whole_days(first: date, last: date, *, time_zone: str) -> Period:
    """From the beginning of the first local day to the end of the last one. Raises DomainError."""
    if last < first:
        raise DomainError(N_("The last day comes before the first one."), place="last")
    if (last - first).days >= LONGEST_DAYS:
        raise DomainError(N_("A leave takes at most %(most)s days; ask again for the rest."), place="last", most=366)
    zone = ZoneInfo(time_zone)
    try:
        after = last + timedelta(days=1)
        moments = [datetime.combine(day, time(), tzinfo=zone).astimezone(UTC) for day in (first, after)]
    except OverflowError as error:
        raise DomainError(N_("No clock shows such a day."), place="last") from error
    return Period(starts_at=moments[0], ends_at=moments[1])


def days(period: Period, *, time_zone: str) -> tuple[date, date] | None:
    """The first and the last local day of a leave of whole days, None for one that takes a part of a day."""
    zone = ZoneInfo(time_zone)
    start, end = period.starts_at.astimezone(zone), period.ends_at.astimezone(zone)
    last = end.date() - timedelta(days=1)
    whole = whole_days(start.date(), last, time_zone=time_zone) if last >= start.date() else None
    return (start.date(), last) if whole == period else None


def covered(timetable: Iterable[AnyMeeting], period: Period, *, group: str | None) -> tuple[AnyMeeting, ...]:
    """The sessions for somebody of this group that lie in the period or reach into it; cancelled ones are none."""
    return tuple(meeting for meeting in timetable if is_covered(meeting, period, group=group))


def is_covered(meeting: Meeting, period: Period, *, group: str | None) -> bool:
    """Whether a session takes place for somebody of this group, at least partly within the period."""
    overlaps = meeting.starts_at < period.ends_at and meeting.ends_at > period.starts_at
    return overlaps and meeting.cancelled_at is None and meeting.group in (None, group)


def worth(meetings: Iterable[Meeting]) -> Decimal:
    """What these sessions are worth together, in JP."""
    return sum((meeting.jp for meeting in meetings), Decimal(0))


# Marks


def code_of(request_id: UUID) -> str:
    """By what people know a request, and its marks say where they come from: `L-` and eight hexadecimal digits."""
    return f"L-{request_id.hex[-8:].upper()}"


def contested_id(request_id: UUID, session_id: UUID) -> UUID:
    """The id of the mark by which a request contradicts one at a session: always the same, so that it is put once."""
    return uuid5(request_id, str(session_id))


def there(statuses: Iterable[AttendanceStatus], leave: Collection[str]) -> frozenset[str]:
    """The codes of those statuses that say somebody was there, late or not."""
    return frozenset(one.code for one in statuses if not (one.absent or one.excluded or one.code in leave))


def outcome(
    past: Sequence[PastMark],
    *,
    code: str,
    participant_id: UUID,
    status: str,
    there: Collection[str],
) -> Outcome | None:
    """What an approved leave says at a session that it covers; None where nothing is to be said.

    `past` are the person's marks at it, oldest first; `there` says that they came, which no leave goes over.
    What somebody marks after the leave has spoken is theirs to say.
    """
    newest = past[-1] if past else None
    own = [is_own(mark, code) for mark in past]
    mark = NewMark(participant_id=participant_id, status=status, remark=code)
    if newest is None or own[-1]:
        return None if newest is not None and newest.status == status else Outcome(mark=mark)
    if any(own) or newest.status == status:
        return None
    if newest.status in there:
        return Outcome(mark=mark, contested=True, against=newest.id)
    return Outcome(mark=mark)


def taken_back(past: Sequence[PastMark], *, code: str, participant_id: UUID, status: str) -> NewMark | None:
    """What a leave says at a session that it covers no more, None where its mark is not the one that counts.

    What somebody had marked before it counts again; without such a mark there is none.
    """
    newest = past[-1] if past else None
    if newest is None or not is_own(newest, code) or newest.status != status:
        return None
    before = next((mark for mark in reversed(past) if mark.source != SOURCE), None)
    if before is None or before.status == TAKEN_BACK:
        return NewMark(participant_id=participant_id, status=TAKEN_BACK, remark=code)
    return NewMark(participant_id=participant_id, status=before.status, minutes_late=before.minutes_late, remark=code)


def is_own(mark: PastMark, code: str) -> bool:
    """Whether the request of this code has made the mark."""
    return mark.source == SOURCE and mark.remark == code


# What comes with it


def check_text(text: str, *, most: int, place: str, needed: bool = False) -> str:
    """The text as it is kept, line ends told by one character; raises DomainError."""
    kept = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    if needed and not kept:
        raise DomainError(N_("Say why: the person reads it."), place=place)
    if len(kept) > most:
        raise DomainError(N_("Use at most %(most)s characters."), place=place, most=most)
    return kept


def document(name: str, content: bytes, *, most: int = MOST_BYTES) -> Document:
    """A document that is known by its first bytes, whatever its name says; raises DomainError."""
    if not content:
        raise DomainError(N_("The file is empty."), place="document")
    if len(content) > min(most, MOST_BYTES):
        megabytes = min(most, MOST_BYTES) // (1024 * 1024)
        raise DomainError(N_("A document has at most %(most)s MB."), place="document", most=megabytes)
    for beginning, kind, ending in KINDS:
        if content.startswith(beginning):
            return Document(name=file_name(name, ending), type=kind, content=content)
    raise DomainError(N_("A document is a PDF, a JPEG or a PNG; take a photo, or save it as one."), place="document")


def file_name(name: str, ending: str) -> str:
    """A name without folders or anything invisible, and with the ending of what it is."""
    last = name.replace("\\", "/").rpartition("/")[2]
    stem = "".join(char for char in last if char.isprintable() and char not in '"<>:|?*').strip(" .")
    stem = stem.rpartition(".")[0] if "." in stem else stem
    return (stem[: LONGEST_FILE_NAME - len(ending)].strip() or "document") + ending


def overlapping(period: Period, others: Iterable[Period]) -> Iterator[Period]:
    """Those of the others that share a moment with the period."""
    return (other for other in others if other.starts_at < period.ends_at and other.ends_at > period.starts_at)
