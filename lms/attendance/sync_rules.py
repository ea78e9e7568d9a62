"""Marks that devices made and sent later: what each of them comes to, and how a clock went. Pure."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from lms.attendance.register_rules import Shut
from lms.attendance.rules import TAKEN_BACK, NewMark, flaws
from lms.programme.rules import AttendanceStatus

Outcome = Literal["recorded", "same", "repeated", "contested", "refused"]
Because = Literal[
    "",
    "meanwhile",
    "not_enrolled",
    "not_yours",
    "locked",
    "not_open",
    "cancelled",
    "bad_status",
    "malformed",
    "no_session",
    "no_person",
    "id_reused",
]
BECAUSE: Mapping[Shut, Because] = {
    "not_open": "not_open",
    "cancelled": "cancelled",
    "locked": "locked",
    "closed": "locked",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Item:
    """A mark as a device sent it: `id` is its own, `made_at` is by the device's clock, `seen` what it was made from."""

    id: UUID
    session_id: UUID
    participant_id: UUID
    status: str
    minutes_late: int | None
    remark: str
    made_at: datetime
    seen: UUID | None

    def mark(self, skew_ms: int) -> NewMark:
        """The mark that it is, made by a clock that was so many milliseconds ahead."""
        return NewMark(
            participant_id=self.participant_id,
            status=self.status,
            minutes_late=self.minutes_late,
            remark=self.remark,
            id=self.id,
            made_at=self.made_at,
            skew_ms=skew_ms,
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Batch:
    """What was sent at once: in its order the marks, or the id (if it is a text) of one that cannot be read.

    `account` is whose queue it says to be, None where it does not say.
    """

    device: UUID | None
    account: UUID | None
    sent_at: datetime
    items: tuple[Item | str | None, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Kept:
    """What is kept under an id already: what it said, and what became of it.

    `outcome` is recorded, or that of the contested mark: same, taken, dropped, or empty while it is open.
    """

    session_id: UUID
    participant_id: UUID
    status: str
    minutes_late: int | None
    why: str
    outcome: str

    def is_of(self, item: Item) -> bool:
        """Whether it is this mark, sent again."""
        told = (self.session_id, self.participant_id, self.status, self.minutes_late)
        return told == (item.session_id, item.participant_id, item.status, item.minutes_late)


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """The newest mark of one person at a session, as far as a device's mark is compared with it."""

    id: UUID
    status: str
    minutes_late: int | None
    remark: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Facts:
    """What holds at a session for whoever sends: `known` people of the organisation, `enrolled` ones, their `own`.

    `shut` says of a moment why the register could not be taken then.
    """

    statuses: Mapping[str, AttendanceStatus]
    known: Collection[UUID]
    enrolled: Collection[UUID]
    own: Collection[UUID]
    shut: Callable[[datetime], Shut]


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """What a mark comes to, why where it is not simply added, and the mark that stands against it."""

    item: Item
    outcome: Outcome
    why: Because | str = ""
    against: UUID | None = None


# Clocks


def skew_ms(*, sent_at: datetime, now: datetime) -> int:
    """By how many milliseconds a device's clock was ahead when it sent; below 0 it was behind."""
    return (sent_at - now) // timedelta(milliseconds=1)


def corrected(made_at: datetime, *, skew_ms: int, now: datetime) -> datetime:
    """When a mark was made by the server's clock. Nothing is made later than now."""
    return min(made_at - timedelta(milliseconds=skew_ms), now)


# What each mark comes to


def decide(
    items: Sequence[Item],
    *,
    facts: Facts,
    standing: Mapping[UUID, Standing],
    kept: Mapping[UUID, Kept],
    skew_ms: int,
    now: datetime,
) -> Iterator[Verdict]:
    """What the marks of one session come to, in the order in which the device made them.

    `standing` are the newest marks by participant, `kept` what is kept already by id. A mark is added where it was made
    from the newest one, kept to be settled where it was not, or where it meets a rule; the rules of the clock hold for
    the moment at which it was made.
    """
    newest, known = dict(standing), dict(kept)
    for item in items:
        verdict = _verdict(item, facts, newest.get(item.participant_id), known.get(item.id), skew_ms, now)
        yield verdict
        if verdict.outcome == "recorded":
            newest[item.participant_id] = Standing(
                id=item.id, status=item.status, minutes_late=item.minutes_late, remark=item.remark
            )
        if verdict.outcome in ("recorded", "same", "contested"):
            known[item.id] = _kept(verdict)


def _verdict(
    item: Item, facts: Facts, newest: Standing | None, before: Kept | None, skew_ms: int, now: datetime
) -> Verdict:
    if before is not None and before.is_of(item):
        return Verdict(item=item, outcome="repeated", why="" if before.outcome else before.why)
    if before is not None:
        return Verdict(item=item, outcome="refused", why="id_reused")
    if item.participant_id not in facts.known:
        return Verdict(item=item, outcome="refused", why="no_person")
    against = None if newest is None else newest.id
    why = _rule_met(item, facts, corrected(item.made_at, skew_ms=skew_ms, now=now))
    if why:
        return Verdict(item=item, outcome="contested", why=why, against=against)
    if _says(newest, item):
        return Verdict(item=item, outcome="same", against=against)
    if item.seen == against or (item.seen is None and newest is not None and newest.status == TAKEN_BACK):
        return Verdict(item=item, outcome="recorded")
    return Verdict(item=item, outcome="contested", why="meanwhile", against=against)


def _rule_met(item: Item, facts: Facts, made_at: datetime) -> Because:
    if item.participant_id not in facts.enrolled:
        return "not_enrolled"
    if item.participant_id not in facts.own:
        return "not_yours"
    shut = facts.shut(made_at)
    if shut:
        return BECAUSE[shut]
    return "bad_status" if any(flaws(item.mark(0), facts.statuses)) else ""


def _says(newest: Standing | None, item: Item) -> bool:
    """Whether a mark says what stands already; without a remark it says nothing about that."""
    if newest is None:
        return item.status == TAKEN_BACK
    if (newest.status, newest.minutes_late) != (item.status, item.minutes_late):
        return False
    return item.remark in ("", newest.remark)


def _kept(verdict: Verdict) -> Kept:
    item, outcome = verdict.item, "" if verdict.outcome == "contested" else verdict.outcome
    return Kept(
        session_id=item.session_id,
        participant_id=item.participant_id,
        status=item.status,
        minutes_late=item.minutes_late,
        why=verdict.why,
        outcome=outcome,
    )


def by_session(items: Sequence[Item | str | None]) -> dict[UUID, list[tuple[int, Item]]]:
    """The marks of each session with their places, in their order; the sessions in the order of their first mark."""
    found: dict[UUID, list[tuple[int, Item]]] = {}
    for place, item in enumerate(items):
        if isinstance(item, Item):
            found.setdefault(item.session_id, []).append((place, item))
    return found
