"""Self check-in: what its QR and its six digits hold, how long they are taken, and which claims stand. Pure.

A token names one session of one organisation and one slot of time, and is signed (HMAC-SHA256, RFC 2104) with that
session's own secret. What is signed begins with what it is for, so that no signature passes for another kind.
"""

import hmac
import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Literal
from uuid import UUID

from lms.attendance.cohort_rules import CohortRules

Kind = Literal["token", "ticket"]
State = Literal["claimed", "early", "refused"]

TOKEN_SLOT, CODE_SLOT = 15, 60
"""Seconds for which a QR, and a six-digit code, stays the same."""
AHEAD = 1
"""Slots by which a signature may be ahead of the clock of the server that looks at it."""
BEHIND = {"token": 2, "ticket": 12}
"""Slots for which it is still taken: a QR 45 seconds from the beginning of its own, a ticket three minutes after."""
CODE_AROUND = 1
"""The code before the one shown is still taken, and the one after it already."""
DIGITS = 6
MOST_REFUSALS = 20
"""Refusals of one person that are kept at a session."""

KINDS: dict[int, Kind] = {1: "token", 2: "ticket"}
VERSIONS = {kind: version for version, kind in KINDS.items()}
SIGNATURE = 16
FIXED = struct.Struct(">BI16s")
LONGEST = 64
"""Bytes of the longest text that is looked at; a token has 38 where an organisation's number is below 256."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Sent:
    """What somebody sends as a token, taken apart; `signed` are the bytes that the signature is said to be of.

    A `token` is what a QR holds. A `ticket` is what a page gives to one person on one device that brought a token in
    time, so that they may take a while to press a button.
    """

    kind: Kind
    organisation_id: int
    session_id: UUID
    slot: int
    signed: bytes
    signature: bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """What is known of a session, and of who claims to be there, when a claim comes."""

    starts_at: datetime
    session_group: str | None
    person_group: str | None
    is_enrolled: bool
    is_cancelled: bool
    is_closed: bool
    is_register_closed: bool


# What is shown, and what is sent


def token(secret: bytes, *, organisation_id: int, session_id: UUID, now: datetime) -> str:
    """The text of a QR at this moment: base64url without padding, 51 characters for a small organisation's number."""
    return _made("token", secret, organisation_id, session_id, now, b"")


def ticket(secret: bytes, *, organisation_id: int, session_id: UUID, holder: bytes, now: datetime) -> str:
    """What `holder` may claim with from this moment on; nobody else may."""
    return _made("ticket", secret, organisation_id, session_id, now, holder)


def holder(account_id: UUID, device_id: UUID) -> bytes:
    """Who a ticket is for: somebody on one device."""
    return account_id.bytes + device_id.bytes


def read(text: str) -> Sent | None:
    """The text taken apart; None for what is no token. Whether its signature holds, `token_problem` says."""
    try:
        content = urlsafe_b64decode(text + "=" * (-len(text) % 4)) if len(text) <= 2 * LONGEST else b""
    except ValueError:
        return None
    # A text that was changed in bits which stand for nothing is another text.
    if _text(content) != text or not FIXED.size + 1 + SIGNATURE <= len(content) <= LONGEST:
        return None
    signed, signature = content[:-SIGNATURE], content[-SIGNATURE:]
    version, slot, session = FIXED.unpack_from(signed)
    number = signed[FIXED.size :]
    if version not in KINDS or number[0] == 0 or len(number) > 8:
        return None
    return Sent(
        kind=KINDS[version],
        organisation_id=int.from_bytes(number),
        session_id=UUID(bytes=session),
        slot=slot,
        signed=signed,
        signature=signature,
    )


def token_problem(sent: Sent, *, secret: bytes, holder: bytes, now: datetime) -> str:
    """Why a token or ticket is not taken: `bad_token`, `late_token` or `future_token`; empty where it is."""
    own = _signature(sent.kind, secret, sent.signed, holder if sent.kind == "ticket" else b"")
    if not hmac.compare_digest(own, sent.signature):
        return "bad_token"
    age = slot_at(now, TOKEN_SLOT) - sent.slot
    if age > BEHIND[sent.kind]:
        return "late_token"
    return "future_token" if age < -AHEAD else ""


def code(secret: bytes, *, organisation_id: int, session_id: UUID, now: datetime, later: int = 0) -> str:
    """The six digits that are shown at this moment, or so many slots later."""
    slot = slot_at(now, CODE_SLOT) + later
    signed = struct.pack(">I16s", max(0, slot), session_id.bytes) + organisation_id.to_bytes(8)
    found = int.from_bytes(_mac(b"code", secret, signed)) % 10**DIGITS
    return f"{found:0{DIGITS}}"


def is_code(text: str, *, secret: bytes, organisation_id: int, session_id: UUID, now: datetime) -> bool:
    """Whether it is the code that is shown, or the one before it or after it. Takes as long for any six digits."""
    found = False
    for later in range(-CODE_AROUND, CODE_AROUND + 1):
        right = code(secret, organisation_id=organisation_id, session_id=session_id, now=now, later=later)
        found |= hmac.compare_digest(right, text)
    return found


def typed_code(text: str) -> str | None:
    """The six digits that somebody typed, in groups or not; None where it is something else."""
    bare = "".join(text.replace("-", " ").split())
    return bare if len(bare) == DIGITS and bare.isascii() and bare.isdigit() else None


def seconds_left(now: datetime) -> int:
    """Whole seconds until the next code is shown, 1 to 60."""
    return CODE_SLOT - int(now.timestamp()) % CODE_SLOT


def slot_at(now: datetime, seconds: int) -> int:
    """The number of the slot of so many seconds in which a moment is, counted from 1970."""
    return int(now.timestamp()) // seconds


def _made(kind: Kind, secret: bytes, organisation_id: int, session_id: UUID, now: datetime, holder: bytes) -> str:
    number = organisation_id.to_bytes(8).lstrip(b"\0")
    signed = FIXED.pack(VERSIONS[kind], slot_at(now, TOKEN_SLOT), session_id.bytes) + number
    return _text(signed + _signature(kind, secret, signed, holder))


def _signature(kind: Kind, secret: bytes, signed: bytes, holder: bytes) -> bytes:
    return _mac(kind.encode(), secret, signed + holder)[:SIGNATURE]


def _mac(purpose: bytes, secret: bytes, signed: bytes) -> bytes:
    return hmac.digest(secret, b"padu check-in " + purpose + b"\0" + signed, sha256)


def _text(content: bytes) -> str:
    return urlsafe_b64encode(content).rstrip(b"=").decode()


# Which claims stand


def verdict(standing: Standing, rules: CohortRules, *, address: str, at: datetime) -> tuple[State, str]:
    """Whether a claim with a good token stands or waits at this moment; for a refused one also why."""
    why = _refusal(standing, rules, address=address, at=at)
    if why:
        return "refused", why
    return ("early" if at < rules.check_in_window(standing.starts_at)[0] else "claimed"), ""


def _refusal(standing: Standing, rules: CohortRules, *, address: str, at: datetime) -> str:
    belongs = standing.session_group in (None, standing.person_group)
    reasons = (
        ("not_enrolled", not standing.is_enrolled),
        ("other_group", not belongs),
        ("cancelled", standing.is_cancelled),
        ("off", not rules.check_in),
        ("register_closed", standing.is_register_closed),
        ("closed", standing.is_closed),
        ("too_late", at > rules.check_in_window(standing.starts_at)[1]),
        ("network", not rules.admits(address)),
    )
    return next((why for why, holds in reasons if holds), "")


def counts(state: str, *, starts_at: datetime, rules: CohortRules, now: datetime) -> bool:
    """Whether a claim counts by now: one that came early does from the moment at which check-in begins."""
    return state == "claimed" or (state == "early" and now >= rules.check_in_window(starts_at)[0])


def with_flag(flags: str, flag: str) -> str:
    """The flags of a claim, separated by blanks, with this one among them once."""
    return " ".join(dict.fromkeys([*flags.split(), flag]))


def is_settled(why: str, *, device: UUID, standing: UUID | None) -> bool:
    """Whether a refusal needs no look any more: with that device its person was let in with a fresh code afterwards.

    `standing` is the device of the claim of theirs that stands, None where none does. Signing in takes a while, and so
    does joining the room's network.
    """
    return why in ("late_token", "network", "moved") and device == standing


def there(claimed: Collection[UUID], marked: Mapping[UUID, bool]) -> int:
    """How many people are said to be there: those marked so, and of those without a mark the ones who claim it.

    `marked` says of everybody who has a mark whether it says that they are there.
    """
    return sum(marked.values()) + len(set(claimed) - set(marked))
