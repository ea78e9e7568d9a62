"""What a register may say, who may mark whom, and what saving one adds. Pure."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal, Protocol
from uuid import UUID
from zoneinfo import ZoneInfo

from lms.errors import N_, Conflict, DomainError, NotAllowed, Problems
from lms.programme.rules import AttendanceStatus

MOST_MINUTES_LATE = 600
LONGEST_REMARK = 500
TAKEN_BACK = ""
"""The status of a mark that takes those before it back: there is none then."""

When = Literal["earlier", "today", "later"]


@dataclass(frozen=True, kw_only=True, slots=True)
class NewMark:
    """What somebody says of one person at one session. `minutes_late` runs from 0 to 600, None where nobody counted.

    `id` is the mark's own where a device has given it one; it made the mark at `made_at`, by a clock that was `skew_ms`
    milliseconds ahead of the server's.
    """

    participant_id: UUID
    status: str
    minutes_late: int | None = None
    remark: str = ""
    id: UUID | None = None
    made_at: datetime | None = None
    skew_ms: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Origin:
    """Where marks come from: `source` is one of the table's, `device` what the browser that sent them calls itself.

    `source_name` says which list, sheet or system it was.
    """

    source: str
    recorded_by: UUID | None = None
    device: str = ""
    device_id: UUID | None = None
    source_name: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class PastMark:
    """A mark as recorded; `recorded_by` is a name, None where no account did it. `source` is one of the table's.

    The status is empty where the mark only takes those before it back.
    """

    id: UUID
    participant_id: UUID
    status: str
    minutes_late: int | None
    remark: str
    source: str
    recorded_at: datetime
    recorded_by: str | None
    account_id: UUID | None = None
    made_at: datetime | None = None
    skew_ms: int | None = None
    device: str = ""
    source_name: str = ""


Groups = Collection[tuple[UUID, UUID, str]]
"""The groups that somebody has: (cohort's id, group's id, group's name). None in their place stands for all groups."""

History = Mapping[UUID, Sequence[PastMark]]
"""Everybody's marks at one session by participant, oldest first: the last one counts."""

Seen = Mapping[UUID, UUID | None]
"""By participant the newest mark that a form was made from; None where there was none."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Sifted:
    """What is new, what somebody else has marked differently since the form was made, and how many say nothing new."""

    new: tuple[NewMark, ...]
    overtaken: tuple[NewMark, ...]
    unchanged: int


class MarkedMeanwhile(Conflict):
    """Somebody else has marked these participants since the form was made; nothing was saved."""

    def __init__(self, participant_ids: Iterable[UUID]) -> None:
        self.participant_ids = frozenset(participant_ids)
        super().__init__(
            N_("Somebody else has marked %(count)s of these people meanwhile; nothing was saved."),
            count=len(self.participant_ids),
        )


def counting(past: Sequence[PastMark]) -> PastMark | None:
    """The one that counts of somebody's marks at a session, oldest first: the last, None where it takes others back."""
    return past[-1] if past and past[-1].status != TAKEN_BACK else None


def sift(marks: Sequence[NewMark], *, history: History, seen: Seen | None) -> Sifted:
    """Tell new marks from those that say what stands already.

    With `seen`, a row left as the form showed it says nothing, and a changed one is overtaken where a newer mark than
    the one it was made from says something else; an empty remark says nothing either. Without it (an import) nothing is
    overtaken, and remarks have to be equal.
    """
    new: list[NewMark] = []
    overtaken: list[NewMark] = []
    for mark in marks:
        past = history.get(mark.participant_id, ())
        newest = past[-1] if past else None
        basis = newest if seen is None else _by_id(past, seen.get(mark.participant_id))
        if _says(newest, mark, exactly=seen is None) or _says(basis, mark, exactly=seen is None):
            continue
        (new if basis is newest else overtaken).append(mark)
    return Sifted(new=tuple(new), overtaken=tuple(overtaken), unchanged=len(marks) - len(new) - len(overtaken))


def _by_id(past: Sequence[PastMark], mark_id: UUID | None) -> PastMark | None:
    return next((mark for mark in past if mark.id == mark_id), None)


def _says(past: PastMark | None, mark: NewMark, *, exactly: bool) -> bool:
    """Whether a mark says this already. A form asks why something is changed: nothing is, where only that is empty."""
    if past is None:
        return mark.status == TAKEN_BACK
    if (past.status, past.minutes_late) != (mark.status, mark.minutes_late):
        return False
    return mark.remark == past.remark or (not exactly and not mark.remark)


def recording_moment(now: datetime, newest: PastMark | None) -> datetime:
    """When a mark is recorded: now, but always after the one it follows, whatever the clocks of two servers say."""
    return now if newest is None else max(now, newest.recorded_at + timedelta(microseconds=1))


def check(
    marks: Sequence[NewMark],
    *,
    statuses: Collection[AttendanceStatus],
    people: Mapping[UUID, str],
    allowed: Collection[UUID],
) -> None:
    """Raise Problems with everything that is wrong. `people` are the cohort's identifiers by id.

    `allowed` may be marked. A problem's place is the person's identifier, or the id of somebody who is not enrolled.
    """
    by_code = {status.code: status for status in statuses}
    counted: set[UUID] = set()
    problems: list[DomainError] = []
    for mark in marks:
        place = people.get(mark.participant_id, str(mark.participant_id))
        if mark.participant_id not in people:
            problems.append(DomainError(N_("This person is not enrolled in the cohort."), place=place))
        elif mark.participant_id not in allowed:
            problems.append(DomainError(N_("You don't mark this person at this session."), place=place))
        if mark.participant_id in counted:
            problems.append(DomainError(N_("This person stands here twice."), place=place))
        counted.add(mark.participant_id)
        problems.extend(flaws(mark, by_code, place))
    if problems:
        raise Problems(tuple(problems))


def tidy(mark: NewMark) -> NewMark:
    """The mark with its remark on one line, which is how a page can send it back unchanged."""
    return replace(mark, remark=" ".join(mark.remark.split()))


def flaws(mark: NewMark, statuses: Mapping[str, AttendanceStatus], place: str = "") -> Iterator[DomainError]:
    """What is wrong with one mark by itself, whoever it is for. `statuses` are the programme's by code."""
    status = statuses.get(mark.status)
    if mark.status == TAKEN_BACK and mark.minutes_late is not None:
        yield DomainError(N_("Nobody is late without a mark: leave the minutes empty."), place=place)
    if status is None and mark.status != TAKEN_BACK:
        known = ", ".join(statuses)
        yield DomainError(
            N_("“%(code)s” is no status of this programme: %(known)s."), place=place, code=mark.status, known=known
        )
    if mark.minutes_late is not None and not 0 <= mark.minutes_late <= MOST_MINUTES_LATE:
        yield DomainError(N_("Minutes late run from 0 to %(most)s."), place=place, most=MOST_MINUTES_LATE)
    if mark.minutes_late not in (None, 0) and status is not None and status.absent:
        yield DomainError(N_("Somebody who was absent was not late: leave the minutes empty."), place=place)
    if len(mark.remark) > LONGEST_REMARK:
        yield DomainError(N_("A remark has at most %(most)s characters."), place=place, most=LONGEST_REMARK)
    if "\0" in mark.remark:
        yield DomainError(N_("A remark holds text only."), place=place)


def own_groups(groups: Groups | None, cohort_id: UUID) -> frozenset[str] | None:
    """The names of the groups that somebody has in a cohort, None for all; raises NotAllowed where they have none."""
    if groups is None:
        return None
    names = frozenset(name for of_cohort, _, name in groups if of_cohort == cohort_id)
    if not names:
        raise NotAllowed(N_("You have no group in this cohort."))
    return names


def own_groups_at(groups: Groups | None, *, cohort_id: UUID, session_group: str | None) -> frozenset[str] | None:
    """The same for one session; raises NotAllowed for another group's session too."""
    own = own_groups(groups, cohort_id)
    if own is not None and session_group is not None and session_group not in own:
        raise NotAllowed(N_("This session is for group %(group)s, which is not yours."), group=session_group)
    return own


def belongs(*, person_group: str | None, session_group: str | None) -> bool:
    """Whether a session is for somebody of this group; one without a group is for everyone."""
    return session_group in (None, person_group)


def may_mark(*, person_group: str | None, session_group: str | None, own: Collection[str] | None) -> bool:
    """Whether somebody who has the groups `own` (None: all of them) marks a person of this group at this session.

    Only whoever has all groups marks a guest: a person of another group at a group's session.
    """
    return own is None or (person_group in own and belongs(person_group=person_group, session_group=session_group))


class Member(Protocol):
    """Somebody who is enrolled, with the name of their group."""

    @property
    def participant_id(self) -> UUID: ...

    @property
    def group(self) -> str | None: ...


def markable(people: Iterable[Member], *, session_group: str | None, own: Collection[str] | None) -> frozenset[UUID]:
    """Whom of these people somebody who has the groups `own` (None: all of them) marks at a session of this group."""
    return frozenset(
        person.participant_id
        for person in people
        if may_mark(person_group=person.group, session_group=session_group, own=own)
    )


def when(starts_at: datetime, *, time_zone: str, now: datetime) -> When:
    """On which local day a session starts, seen from now."""
    zone = ZoneInfo(time_zone)
    day, today = starts_at.astimezone(zone).date(), now.astimezone(zone).date()
    return "earlier" if day < today else "today" if day == today else "later"


def usual_status(statuses: Iterable[AttendanceStatus]) -> AttendanceStatus | None:
    """The status that most people have: the first of the greatest weight that is neither absent nor excluded."""
    present = [status for status in statuses if not status.absent and not status.excluded]
    return max(present, key=lambda status: status.weight, default=None)
