"""Disputes: what a participant may say against a mark of their own, and what an answer has to say. Pure."""

from datetime import datetime
from typing import Protocol
from uuid import UUID

from lms.errors import N_, Conflict, DomainError

OPEN, ACCEPTED, DECLINED, WITHDRAWN = "open", "accepted", "declined", "withdrawn"
LONGEST_TEXT = 500


class Answered(Conflict):
    """Somebody else has answered the dispute meanwhile, or it was withdrawn."""


class Disputable(Protocol):
    """What of a mark these rules look at."""

    @property
    def id(self) -> UUID: ...
    @property
    def status(self) -> str: ...
    @property
    def minutes_late(self) -> int | None: ...


def check_text(text: str, *, place: str) -> str:
    """The text as it is kept; raises DomainError for none, or for a long one."""
    kept = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    if not kept:
        raise DomainError(N_("Say it in a few words."), place=place)
    if len(kept) > LONGEST_TEXT:
        raise DomainError(N_("Use at most %(most)s characters."), place=place, most=LONGEST_TEXT)
    return kept


def check_disputable(
    newest: Disputable | None, mark_id: UUID, *, has_open: bool, ends_at: datetime | None, now: datetime
) -> None:
    """Raise Conflict where a mark cannot be disputed: it does not count any more, is disputed already, or it is over.

    `newest` is the last mark of the person at that session; the cohort runs up to its `ends_at`, None: without an end.
    """
    if not runs(ends_at, now):
        raise Conflict(N_("The cohort is over; its marks can no longer be disputed here."))
    if newest is None or newest.id != mark_id:
        raise Conflict(N_("This mark was changed meanwhile. Look at the new one first."))
    if has_open:
        raise Conflict(N_("You have disputed the mark of this session already; wait for the answer."))


def runs(ends_at: datetime | None, now: datetime) -> bool:
    """Whether a cohort runs at that moment."""
    return ends_at is None or now < ends_at


def check_changed(newest: Disputable | None, mark_id: UUID, *, status: str, minutes_late: int | None) -> None:
    """Raise DomainError where an accepting answer says the very thing that is disputed."""
    is_same = newest is not None and (newest.id, newest.status, newest.minutes_late) == (mark_id, status, minutes_late)
    if is_same:
        raise DomainError(N_("That is the mark that is disputed: choose another, or decline."), place="status")
