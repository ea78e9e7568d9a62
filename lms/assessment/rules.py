"""What a grid of scores may say, and what saving one adds. Pure.

Of several entries the one that counts is the newest by its date, or by when it was recorded where it has none; an entry
dated in the future does not count yet.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

from lms.errors import N_, Conflict, DomainError, NotAllowed, Problems

HIGHEST = Decimal(100)
MOST_DECIMALS = 4
SMALLEST = Decimal(1).scaleb(-MOST_DECIMALS)
WRITTEN = re.compile(r"[0-9]{1,9}([.,][0-9]{1,9})?")
LONGEST_REMARK = 500


@dataclass(frozen=True, kw_only=True, slots=True)
class NewEntry:
    """A score of 0 to 100 for the component at `path`. `dated_at` is when it was examined, None where nobody said."""

    path: str
    participant_id: UUID
    score: Decimal
    remark: str = ""
    dated_at: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class PastEntry:
    """An entry as it was recorded; `recorded_by` is a name, None where no account did it. `source`: grid or import."""

    id: UUID
    path: str
    participant_id: UUID
    score: Decimal
    remark: str
    dated_at: datetime | None
    source: str
    recorded_at: datetime
    recorded_by: str | None


Groups = Collection[tuple[UUID, UUID, str]]
"""The groups that somebody has: (cohort's id, group's id, group's name). None in their place stands for all groups."""

Unit = tuple[str, UUID]
"""A component's path and a participant."""

History = Mapping[Unit, Sequence[PastEntry]]
"""Entries by unit, in the order in which `ordered` puts them."""

Seen = Mapping[Unit, UUID | None]
"""By unit the entry that counted when a form was made; None where there was none."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Sifted:
    """What is new, what somebody else has scored otherwise since the form was made, and how many say nothing new."""

    new: tuple[NewEntry, ...]
    overtaken: tuple[NewEntry, ...]
    unchanged: int


class ScoredMeanwhile(Conflict):
    """Somebody else has scored these participants since the form was made; nothing was saved."""

    def __init__(self, participant_ids: Iterable[UUID]) -> None:
        self.participant_ids = frozenset(participant_ids)
        super().__init__(
            N_("Somebody else has scored %(count)s of these people meanwhile; nothing was saved."),
            count=len(self.participant_ids),
        )


def ordered(entries: Iterable[PastEntry]) -> list[PastEntry]:
    """Entries of one unit in the order in which they count: the last one that is not dated in the future does."""
    return sorted(entries, key=lambda entry: (effective(entry), entry.recorded_at, entry.id))


def effective(entry: PastEntry) -> datetime:
    """The moment from which an entry counts."""
    return entry.recorded_at if entry.dated_at is None else entry.dated_at


def counting(past: Sequence[PastEntry], now: datetime) -> PastEntry | None:
    """The entry that counts now, of entries in their order."""
    return next((entry for entry in reversed(past) if entry.dated_at is None or entry.dated_at <= now), None)


def sift(entries: Sequence[NewEntry], *, history: History, seen: Seen | None, now: datetime) -> Sifted:
    """Tell new entries from those that say what stands already.

    With `seen`, a row left as the form showed it says nothing, and a changed one is overtaken where another entry
    counts by now than the one it was made from; an empty remark says nothing either. Without it (an import) nothing is
    overtaken, and an entry says nothing new where the newest of its own date, or of those without one, says exactly the
    same: a file may hold several dates.
    """
    new: list[NewEntry] = []
    overtaken: list[NewEntry] = []
    for entry in entries:
        past = history.get((entry.path, entry.participant_id), ())
        newest = _of_date(past, entry.dated_at) if seen is None else counting(past, now)
        basis = newest if seen is None else _by_id(past, seen.get((entry.path, entry.participant_id)))
        if _says(newest, entry, exactly=seen is None) or _says(basis, entry, exactly=seen is None):
            continue
        (new if basis is newest else overtaken).append(entry)
    return Sifted(new=tuple(new), overtaken=tuple(overtaken), unchanged=len(entries) - len(new) - len(overtaken))


def _by_id(past: Sequence[PastEntry], entry_id: UUID | None) -> PastEntry | None:
    return next((entry for entry in past if entry.id == entry_id), None)


def _of_date(past: Sequence[PastEntry], dated_at: datetime | None) -> PastEntry | None:
    return next((entry for entry in reversed(past) if entry.dated_at == dated_at), None)


def _says(past: PastEntry | None, entry: NewEntry, *, exactly: bool) -> bool:
    """Whether an entry says this already. A form asks for a remark on what is new: an empty one alone is not new."""
    if past is None or (past.score, past.dated_at) != (entry.score, entry.dated_at):
        return False
    return entry.remark == past.remark or (not exactly and not entry.remark)


def would_count(entry: NewEntry, past: Sequence[PastEntry], now: datetime) -> bool:
    """Whether the score changes anything: it is not dated before one that counts and differs from it."""
    newest = counting(past, now)
    moment = recording_moment(now, past) if entry.dated_at is None else entry.dated_at
    return newest is None or newest.score == entry.score or effective(newest) <= moment


def recording_moment(now: datetime, past: Iterable[PastEntry]) -> datetime:
    """When an entry is recorded: now, but always after those before it, whatever the clocks of two servers say."""
    return max([now, *(entry.recorded_at + timedelta(microseconds=1) for entry in past)])


def check(
    entries: Sequence[NewEntry], *, paths: Collection[str], people: Mapping[UUID, str], allowed: Collection[UUID]
) -> None:
    """Raise Problems with everything that is wrong. `people` are the cohort's identifiers by id.

    `allowed` may be scored. A problem's place is the person's identifier, or the id of somebody who is not enrolled.
    """
    known: set[tuple[str, UUID, datetime | None]] = set()
    problems: list[DomainError] = []
    for entry in entries:
        place = people.get(entry.participant_id, str(entry.participant_id))
        if entry.path not in paths:
            problems.append(
                DomainError(N_("“%(path)s” is no assessment of this programme."), place=place, path=entry.path)
            )
        if entry.participant_id not in people:
            problems.append(DomainError(N_("This person is not enrolled in the cohort."), place=place))
        elif entry.participant_id not in allowed:
            problems.append(DomainError(N_("You don't score this person."), place=place))
        if (entry.path, entry.participant_id, entry.dated_at) in known:
            problems.append(DomainError(N_("This person stands here twice."), place=place))
        known.add((entry.path, entry.participant_id, entry.dated_at))
        problems.extend(flaws(entry, place))
    if problems:
        raise Problems(tuple(problems))


def tidy(entry: NewEntry) -> NewEntry:
    """The entry with its remark on one line, which is how a page can send it back unchanged."""
    return replace(entry, remark=" ".join(entry.remark.split()))


def flaws(entry: NewEntry, place: str = "") -> Iterator[DomainError]:
    """What is wrong with one entry by itself, whoever it is for."""
    if not is_score(entry.score):
        yield DomainError(
            N_("A score is a number from 0 to 100 with at most %(most)s decimals."), place=place, most=MOST_DECIMALS
        )
    yield from flaws_of_remark(entry.remark, place)


def flaws_of_remark(remark: str, place: str = "") -> Iterator[DomainError]:
    """What is wrong with a remark."""
    if len(remark) > LONGEST_REMARK:
        yield DomainError(N_("A remark has at most %(most)s characters."), place=place, most=LONGEST_REMARK)
    if "\0" in remark:
        yield DomainError(N_("A remark holds text only."), place=place)


def is_score(score: Decimal) -> bool:
    """Whether it lies in 0 to 100 and has at most four decimals."""
    return score.is_finite() and 0 <= score <= HIGHEST and score == score.quantize(SMALLEST)


def parse_score(text: str) -> Decimal:
    """A score as people write it, with a decimal point or a comma; raises ValueError for what is none."""
    if WRITTEN.fullmatch(text.strip()) is None:
        raise ValueError(text)
    score = Decimal(text.strip().replace(",", "."))
    if not is_score(score):
        raise ValueError(text)
    return score


def start_of(day: date, time_zone: str) -> datetime:
    """The moment, in UTC, at which a local day begins."""
    return datetime.combine(day, time.min, ZoneInfo(time_zone)).astimezone(UTC)


def own_groups(groups: Groups | None, cohort_id: UUID) -> frozenset[str] | None:
    """The names of the groups that somebody has in a cohort, None for all; raises NotAllowed where they have none."""
    if groups is None:
        return None
    names = frozenset(name for of_cohort, _, name in groups if of_cohort == cohort_id)
    if not names:
        raise NotAllowed(N_("You have no group in this cohort."))
    return names


def may_score(*, person_group: str | None, own: Collection[str] | None) -> bool:
    """Whether somebody who has the groups `own` (None: all of them) scores a person of this group."""
    return own is None or person_group in own
