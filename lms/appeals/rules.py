"""Appeals: when one may be made, what it has come to, and who may end it. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal, Protocol
from uuid import UUID

from lms.errors import N_, Conflict, DomainError, NotAllowed
from lms.progress.rules import UnitResult, rounded

MADE, ADDED, TAKEN_BACK = "made", "added", "taken_back"
UPHELD, REJECTED, ASKED_BACK = "upheld", "rejected", "asked_back"
OUTCOMES = (UPHELD, REJECTED, ASKED_BACK)
FINAL = frozenset({UPHELD, REJECTED})
ENDS = FINAL | {TAKEN_BACK}
WAITS = "waits"
LONGEST_TEXT = 2000
LONGEST_REASON = 500

State = Literal["waits", "asked_back", "upheld", "rejected", "taken_back"]
"""It waits for an answer, for what was asked back, or it is over."""


class Ended(Conflict):
    """The appeal was answered meanwhile, or taken back."""


class OutsideWindow(Conflict):
    """No appeal is taken at this moment."""


class Dated(Protocol):
    """What of an entry these rules look at: one of the words above, and when it was."""

    @property
    def kind(self) -> str: ...
    @property
    def at(self) -> datetime: ...
    @property
    def id(self) -> UUID: ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Window:
    """From the first moment at which appeals are taken up to, and without, the one at which they close; in UTC."""

    opens_at: datetime
    closes_at: datetime

    def is_open(self, now: datetime) -> bool:
        """Whether appeals are taken at that moment."""
        return self.opens_at <= now < self.closes_at

    def is_ahead(self, now: datetime) -> bool:
        """Whether it has yet to open."""
        return now < self.opens_at


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """What a unit stands at: its value, 0 to 100, None without one; its status' title; whether it is done."""

    value: Decimal | None
    status: str
    done: bool

    @property
    def shown(self) -> Decimal | None:
        """The value as it is shown."""
        return None if self.value is None else rounded(self.value)


# The window


def check_window(window: Window, *, now: datetime) -> None:
    """Raise DomainError for a window that cannot be set at that moment."""
    if window.closes_at <= window.opens_at:
        raise DomainError(N_("It has to close after it opens."), place="closes_at")
    if window.closes_at <= now:
        raise DomainError(N_("The closing has to lie ahead. To end it now, choose the next minute."), place="closes_at")


def is_shorter(window: Window, before: Window | None, *, now: datetime) -> bool:
    """Whether it takes away a moment, from now on, at which an appeal could have been made before."""
    if before is None or before.closes_at <= now:
        return False
    left = max(before.opens_at, now)
    return window.opens_at > left or window.closes_at < before.closes_at


def check_reason(reason: str, *, needed: bool) -> str:
    """The reason on one line; raises DomainError where it is needed and missing, or too long."""
    kept = " ".join(reason.split())
    if needed and not kept:
        raise DomainError(N_("Say why there is less time than was promised."), place="reason")
    if len(kept) > LONGEST_REASON:
        raise DomainError(N_("Use at most %(most)s characters."), place="reason", most=LONGEST_REASON)
    return kept


# Appealing


def check_text(text: str) -> str:
    """The text as it is kept: 1 to 2000 characters. Raises DomainError."""
    kept = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    if not kept:
        raise DomainError(N_("Say it in a few words."), place="text")
    if len(kept) > LONGEST_TEXT:
        raise DomainError(N_("Use at most %(most)s characters."), place="text", most=LONGEST_TEXT)
    return kept


def why_not(unit: UnitResult, window: Window | None, *, has_open: bool, now: datetime) -> Conflict | None:
    """Why no appeal is taken: outside the window, against what is to come, or a second one. None where one is."""
    if window is None or not window.is_open(now):
        return OutsideWindow(N_("Appeals are not taken at this time."))
    if has_open:
        return Conflict(N_("You have an open appeal against this already; you can add to it."))
    if is_to_come(unit, now):
        return Conflict(N_("This session has not begun, so there is nothing to appeal against yet."))
    return None


def is_to_come(unit: UnitResult, now: datetime) -> bool:
    """Whether a unit is a session that has not begun and has no mark."""
    return unit.starts_at is not None and unit.starts_at > now and unit.status is None


def standing(unit: UnitResult, status: str) -> Standing:
    """What a unit stands at, with the title of its status."""
    return Standing(value=unit.value, status=status, done=unit.done)


# Answering


def state(entries: Iterable[Dated]) -> State:
    """What an appeal has come to by its entries, in whatever order they come."""
    told = [one.kind for one in sorted(entries, key=lambda one: (one.at, one.id))]
    ending = next((kind for kind in told if kind in ENDS), None)
    if ending is not None:
        return ending  # type: ignore[return-value]
    return "asked_back" if told[-1:] == [ASKED_BACK] else "waits"


def check_open(entries: Iterable[Dated]) -> None:
    """Raise Ended where nothing can be added to an appeal any more."""
    if state(entries) in ENDS:
        raise Ended(N_("This appeal is over. This is how it stands now."))


def check_answer(outcome: str, *, gave_it: bool, manages: bool) -> None:
    """Raise DomainError for an outcome that is none, NotAllowed for one that is another's to give.

    Whoever gave the mark or the score may put it right, or ask back. That it was right all along is for a second pair
    of eyes to say. A manager may say so even then, for an office may have nobody else; the page tells everybody.
    """
    if outcome not in OUTCOMES:
        raise DomainError(N_("Choose how you answer."), place="outcome")
    if outcome not in answers(gave_it=gave_it, manages=manages):
        raise NotAllowed(N_("You gave this yourself: uphold it or ask back, or let somebody else reject it."))


def answers(*, gave_it: bool, manages: bool) -> tuple[str, ...]:
    """The outcomes that somebody may give, in the order in which they are offered."""
    return tuple(one for one in OUTCOMES if one != REJECTED or manages or not gave_it)
