"""How values stand in the document of an explanation: moments, numbers and figures as text, and its one form. Pure."""

import hashlib
import json
import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from lms.dashboards.explanation import SHOWN_EXACTLY
from lms.errors import N_, DomainError
from lms.programme.rules import YEARS
from lms.progress.rules import rounded

Document = dict[str, Any]
"""Keys are ASCII; values are text, whole numbers, booleans, None, and lists and documents of these."""

OFFSET_PLUS = re.compile(r" (\d{2}:?\d{2})$")
"""The plus of an offset comes as a space where an address holds it as it is."""


def canonical(found: Document) -> bytes:
    """The document in the one form in which it is handed out and hashed, that of RFC 8785.

    https://www.rfc-editor.org/rfc/rfc8785
    """
    return json.dumps(found, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def digest(content: bytes) -> str:
    """The SHA-256 of a document's canonical form: 64 hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def as_of(text: str) -> datetime | None:
    """The moment that an address asks for, in UTC; None where it asks for none. Raises DomainError."""
    if not text:
        return None
    value = text[:40]
    try:
        found = datetime.fromisoformat(OFFSET_PLUS.sub(r"+\1", text.strip()))
    except ValueError:
        problem = N_("%(value)s is no date and time; write it as 2021-05-20T06:00:00+07:00.")
        raise DomainError(problem, place="as_of", value=value) from None
    if found.tzinfo is None:
        problem = N_("%(value)s does not say in which time zone; add the offset, as in 2021-05-20T06:00:00+07:00.")
        raise DomainError(problem, place="as_of", value=value)
    if found.year not in YEARS:
        raise DomainError(N_("%(value)s lies outside the years 1900 to 2200."), place="as_of", value=value)
    return found.astimezone(UTC)


def moment(at: datetime | None) -> str | None:
    """A moment in UTC, with the digits of its second that it has: 2026-03-12T01:00:00Z."""
    return None if at is None else at.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def number(value: Decimal | None) -> str | None:
    """All digits of a number, without zeros that say nothing."""
    if value is None:
        return None
    whole, _, rest = format(value, "f").partition(".")
    rest = rest.rstrip("0")
    return f"{whole}.{rest}" if rest else whole


def figure(exact: Decimal | None) -> Document | None:
    """A figure to 30 places, beyond which lies only the noise of cut divisions, and as it is shown."""
    if exact is None:
        return None
    return {"exact": number(rounded(exact, SHOWN_EXACTLY)), "rounded": format(rounded(exact), "f")}
