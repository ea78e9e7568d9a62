"""Reading the marks that a device sends, which is JSON of anybody's making. Pure."""

import json
from datetime import datetime
from typing import Any
from uuid import UUID

from lms.attendance.sync_rules import Batch, Item
from lms.errors import N_, DomainError, TooLarge

MOST_MARKS = 500
MOST_BYTES = 256 * 1024
MOST_MINUTES = 2**31 - 1
"""The largest number of minutes that can be kept, however little sense it makes."""
YEARS = range(1900, 2201)
"""A device without a battery may believe in 1970; what lies further off is no moment."""


def parse(body: bytes) -> Batch:
    """Read what a device sent; raises DomainError where it is no batch at all, TooLarge for more than 500 marks.

    A mark that cannot be read is told by its id, and spoils none of the others.
    """
    if len(body) > MOST_BYTES:
        raise TooLarge(N_("At most %(most)s bytes of marks can be sent at once."), most=MOST_BYTES)
    sent = _object(body)
    items = sent.get("marks")
    if not isinstance(items, list):
        raise DomainError(N_("“marks” is a list of marks."), place="marks")
    if len(items) > MOST_MARKS:
        raise TooLarge(N_("At most %(most)s marks can be sent at once."), most=MOST_MARKS)
    try:
        sent_at = _moment(sent.get("sent_at"))
    except ValueError:
        raise DomainError(N_("“sent_at” is a moment as in 2026-03-02T01:00:00.000Z."), place="sent_at") from None
    return Batch(
        device=_perhaps_id(sent.get("device")),
        account=_perhaps_id(sent.get("account")),
        sent_at=sent_at,
        items=tuple(_item(one) for one in items),
    )


def _object(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        raise DomainError(N_("That is not JSON in UTF-8.")) from None
    if not isinstance(found, dict):
        raise DomainError(N_("Marks are sent as an object with “sent_at” and “marks”."))
    return found


def _item(sent: Any) -> Item | str | None:
    if not isinstance(sent, dict):
        return None
    try:
        return Item(
            id=UUID(_text(sent["id"])),
            session_id=UUID(_text(sent["session"])),
            participant_id=UUID(_text(sent["participant"])),
            status=_text(sent["status"]),
            minutes_late=_minutes(sent.get("minutes_late")),
            remark=" ".join(_text(sent.get("remark") or "").split()),
            made_at=_moment(sent["made_at"]),
            seen=None if sent.get("seen") in (None, "") else UUID(_text(sent["seen"])),
        )
    except (KeyError, ValueError):
        told = sent.get("id")
        return told if isinstance(told, str) and _is_text(told) else None


def _text(value: Any) -> str:
    if not isinstance(value, str) or not _is_text(value):
        raise ValueError(value)
    return value


def _is_text(value: str) -> bool:
    """Whether a database can keep it: no NUL, and no half of a pair, which UTF-8 has not."""
    return "\0" not in value and not any("\ud800" <= letter <= "\udfff" for letter in value)


def _minutes(value: Any) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MOST_MINUTES:
        raise ValueError(value)
    return value


def _moment(value: Any) -> datetime:
    found = datetime.fromisoformat(_text(value))
    if found.tzinfo is None or found.year not in YEARS:
        raise ValueError(value)
    return found


def _perhaps_id(value: Any) -> UUID | None:
    try:
        return UUID(_text(value))
    except ValueError:
        return None
