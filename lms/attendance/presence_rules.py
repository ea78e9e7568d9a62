"""From stays in a live class to minutes, and from minutes to a status by the cohort's rules. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from lms.attendance.cohort_rules import CohortRules
from lms.attendance.rules import MOST_MINUTES_LATE, History

MINUTE = timedelta(minutes=1)
Span = tuple[datetime, datetime]


@dataclass(frozen=True, kw_only=True, slots=True)
class Stay:
    """From joining to leaving a live class. `who` is what the log calls the person, whoever that is."""

    who: str
    participant_id: UUID | None
    joined_at: datetime
    left_at: datetime

    @property
    def key(self) -> tuple[str, datetime, datetime]:
        """What is the same where a log comes again."""
        return self.who, self.joined_at, self.left_at


@dataclass(frozen=True, kw_only=True, slots=True)
class Presence:
    """How long somebody was in a session that took `length`; `first_at` is when, None for never within its time.

    `times` is how often they joined: stays that touch or overlap, as of two devices, are one.
    """

    attended: timedelta
    length: timedelta
    times: int
    first_at: datetime | None

    @property
    def minutes(self) -> int:
        """Whole minutes that they were there."""
        return self.attended // MINUTE

    @property
    def minutes_of(self) -> int:
        """Whole minutes that the session took."""
        return self.length // MINUTE


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """What somebody's time comes to: the code of a status, and by how many minutes they were late."""

    status: str
    minutes_late: int | None


def merged(spans: Iterable[Span]) -> tuple[Span, ...]:
    """The same time in spans that neither touch nor overlap, by their start; one that ends before it begins is none."""
    found: list[Span] = []
    for start, end in sorted(span for span in spans if span[0] < span[1]):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return tuple(found)


def presence(stays: Iterable[Stay], *, starts_at: datetime, ends_at: datetime) -> Presence:
    """One person's time in a session: their stays, cut to its time, each moment counted once."""
    within = merged((max(stay.joined_at, starts_at), min(stay.left_at, ends_at)) for stay in stays)
    return Presence(
        attended=sum((end - start for start, end in within), timedelta()),
        length=ends_at - starts_at,
        times=len(within),
        first_at=within[0][0] if within else None,
    )


def verdict(found: Presence, rules: CohortRules, *, starts_at: datetime) -> Verdict | None:
    """The status of somebody who was there so long: absent under `log_percent`, else by when they came.

    None where the programme has no such status.
    """
    if found.first_at is None or found.attended * 100 < found.length * rules.log_percent:
        return None if rules.absent is None else Verdict(status=rules.absent.code, minutes_late=None)
    return arrived(found.first_at, rules, starts_at=starts_at)


def arrived(at: datetime, rules: CohortRules, *, starts_at: datetime) -> Verdict | None:
    """The status of somebody who came at this moment; None where the programme has no such status."""
    found = rules.arrival(starts_at, at=at)
    if found is None:
        return None
    status, minutes = found
    return Verdict(status=status.code, minutes_late=None if minutes is None else min(minutes, MOST_MINUTES_LATE))


def is_told(verdict: Verdict, participant_id: UUID, history: History, *, source: str) -> bool:
    """Whether a list need not say this: it stands already, or one of its kind said so and somebody knew better since.

    So the same list again changes nothing, and does not undo what a person has corrected.
    """
    past = history.get(participant_id, ())
    said = (verdict.status, verdict.minutes_late)
    return any(
        (mark.status, mark.minutes_late) == said and (mark is past[-1] or mark.source == source) for mark in past
    )


def is_excused(verdict: Verdict, participant_id: UUID, history: History, rules: CohortRules) -> bool:
    """Whether somebody is found absent whose mark says that they are on leave: that they were away is no news."""
    past = history.get(participant_id, ())
    absent = rules.absent is not None and verdict.status == rules.absent.code
    return absent and bool(past) and past[-1].status in rules.leave_statuses
