"""Checks and readings of the small values in statements and parameters: IRIs, mailboxes, moments, durations, tags.

Every pattern is matched in full, since `$` would let a trailing newline through.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import lru_cache, wraps
from typing import TypeVar
from uuid import UUID

from lms.iris import IRI

T = TypeVar("T")


def _remembered(check: Callable[[str], T]) -> Callable[[str], T]:
    """Remember answers about short texts; long ones are rare, and would make the memory grow."""
    cached = lru_cache(maxsize=8192)(check)

    @wraps(check)
    def answer(text: str) -> T:
        return cached(text) if len(text) <= 256 else check(text)

    return answer


@_remembered
def is_iri(text: str) -> bool:
    """An absolute IRI: a scheme, and only characters that RFC 3987 allows; http and https need a host as well."""
    return IRI.fullmatch(text) is not None


_LABEL = r"[A-Za-z0-9\u00a1-\U0010ffff](?:[A-Za-z0-9_\u00a1-\U0010ffff-]*[A-Za-z0-9\u00a1-\U0010ffff])?"
_MBOX = re.compile(
    r"mailto:(?:[^\s\x00-\x20\x7f-\xa0\"(),:;<>@\[\\\]\ud800-\udfff]+|\"[^\"\\\x00-\x1f\x7f]+\")"
    rf"@(?:{_LABEL}(?:\.{_LABEL})*|\[[0-9A-Za-z:.]+\])"
)


@_remembered
def is_mbox(text: str) -> bool:
    """`mailto:` and one e-mail address, without parameters."""
    return _MBOX.fullmatch(text) is not None


_SHA1 = re.compile(r"[0-9A-Fa-f]{40}")
_SHA2 = re.compile(r"(?:[0-9A-Fa-f]{56}|[0-9A-Fa-f]{64}|[0-9A-Fa-f]{96}|[0-9A-Fa-f]{128})")
_MEDIA_TYPE = re.compile(r"[\w!#$%&'*+.^`|~-]+/[\w!#$%&'*+.^`|~-]+ *(?:;[\x20-\x7e\t]*)?", re.ASCII)


def is_sha1(text: str) -> bool:
    """Forty hexadecimal digits."""
    return _SHA1.fullmatch(text) is not None


def is_sha2(text: str) -> bool:
    """The hexadecimal digits of SHA-224, 256, 384 or 512."""
    return _SHA2.fullmatch(text) is not None


@_remembered
def is_media_type(text: str) -> bool:
    """`type/subtype`, with or without parameters (RFC 2046)."""
    return _MEDIA_TYPE.fullmatch(text) is not None


_UUID = re.compile(r"[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}")


@_remembered
def uuid(text: str) -> UUID | None:
    """The UUID, if the text has its standard form with hyphens; any version and variant, any letter case."""
    return UUID(text) if _UUID.fullmatch(text) else None


_LANGUAGE_TAG = re.compile(
    r"(?:(?:[a-z]{2,3}(?:-[a-z]{3}){0,3}|[a-z]{4,8})"
    r"(?:-[a-z]{4})?(?:-(?:[a-z]{2}|\d{3}))?(?P<variants>(?:-(?:[a-z0-9]{5,8}|\d[a-z0-9]{3}))*)"
    r"(?P<extensions>(?:-[a-wy-z0-9](?:-[a-z0-9]{2,8})+)*)(?:-x(?:-[a-z0-9]{1,8})+)?"
    r"|x(?:-[a-z0-9]{1,8})+)",
    re.ASCII,
)
_IRREGULAR_TAG = re.compile(
    r"en-gb-oed|i-(?:ami|bnn|default|enochian|hak|klingon|lux|mingo|navajo|pwn|tao|tay|tsu)"
    r"|sgn-(?:be-fr|be-nl|ch-de)"
)


@_remembered
def is_language_tag(text: str) -> bool:
    """Well formed by RFC 5646, section 2.1, with no variant and no singleton twice (section 2.2.9)."""
    tag = text.lower()
    match = _LANGUAGE_TAG.fullmatch(tag)
    if match is None or not text.isascii():
        return _IRREGULAR_TAG.fullmatch(tag) is not None
    variants = (match["variants"] or "").split("-")[1:]
    singletons = [part for part in (match["extensions"] or "").split("-") if len(part) == 1]
    return len(set(variants)) == len(variants) and len(set(singletons)) == len(singletons)


_ISO_8601 = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d+))?)?([Zz]|[+-]\d\d(?::?\d\d)?)?", re.ASCII
)
_RFC_3339 = re.compile(r"(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d+))?([Zz]|[+-]\d\d:\d\d)", re.ASCII)

_USUAL = re.compile(r"\d{4}-\d\d-\d\dT(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?Z", re.ASCII)
"""What Python reads by itself, in a fraction of the time; of the digits of a second it takes six as well."""


def instant(text: str, *, strict: bool) -> datetime | None:
    """The moment in UTC, cut to the microsecond, or None if the text is no timestamp.

    Strict is RFC 3339, as 2.0 asks (4.2.7); otherwise ISO 8601 in its extended form, where a text without an offset
    is taken as UTC. The offset -00:00 is refused by both, a leap second is the moment after it.
    """
    found = _rfc_3339(text)
    # What is a moment by RFC 3339 is the same one by ISO 8601.
    return found if strict or found is not None else _iso_8601(text)


@_remembered
def _rfc_3339(text: str) -> datetime | None:
    if _USUAL.fullmatch(text) is None:
        return _moment_of(_RFC_3339.fullmatch(text))
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


@_remembered
def _iso_8601(text: str) -> datetime | None:
    return _moment_of(_ISO_8601.fullmatch(text))


def _moment_of(match: re.Match[str] | None) -> datetime | None:
    if match is None:
        return None
    year, month, day, hour, minute, second, fraction, zone = match.groups()
    offset = _offset(zone or "Z")
    leap = second == "60"
    if offset is None:
        return None
    try:
        local = datetime(int(year), int(month), int(day), int(hour), int(minute), 59 if leap else int(second or 0),
                         int((fraction or "0")[:6].ljust(6, "0")), UTC)  # fmt: skip
        return local - offset + timedelta(seconds=leap)
    except (ValueError, OverflowError):
        return None


def _offset(zone: str) -> timedelta | None:
    if zone in "Zz":
        return timedelta()
    hours, minutes = int(zone[1:3]), int(zone[-2:] if len(zone) > 3 else 0)
    if hours > 23 or minutes > 59 or (zone[0] == "-" and hours == minutes == 0):
        return None
    distance = timedelta(hours=hours, minutes=minutes)
    return -distance if zone[0] == "-" else distance


def moment(text: str) -> datetime:
    """The instant of a timestamp that has been checked; raises ValueError for any other text."""
    found = instant(text, strict=False)
    if found is None:
        raise ValueError(f"{text!r} is no timestamp")
    return found


def timestamp(moment: datetime) -> str:
    """The moment in UTC with milliseconds, or microseconds where it has them, and Z."""
    precision = "microseconds" if moment.microsecond % 1000 else "milliseconds"
    return f"{moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec=precision)}Z"


_AMOUNT = r"\d+(?:[.,]\d+)?"
_DURATION = re.compile(
    rf"P(?:{_AMOUNT}W|(?=\d|T\d)(?:{_AMOUNT}Y)?(?:{_AMOUNT}M)?(?:{_AMOUNT}D)?"
    rf"(?:T(?=\d)(?:{_AMOUNT}H)?(?:{_AMOUNT}M)?(?:{_AMOUNT}S)?)?)",
    re.ASCII,
)
_EARLY_FRACTION = re.compile(r"[.,]\d+[A-Z]T?\d", re.ASCII)
_FINE_SECONDS = re.compile(r"([.,]\d\d)\d+S", re.ASCII)
_COMPONENT = re.compile(rf"({_AMOUNT})([YMWDHS])", re.ASCII)


@_remembered
def is_duration(text: str) -> bool:
    """A duration of ISO 8601:2004, 4.4.3.2: weeks alone, or the other parts; a fraction in the last one only."""
    return _DURATION.fullmatch(text) is not None and _EARLY_FRACTION.search(text) is None


def truncated(duration: str) -> str:
    """The duration with what is finer than 0.01 s cut off, not rounded; otherwise untouched."""
    return _FINE_SECONDS.sub(r"\1S", duration)


@_remembered
def duration_form(duration: str) -> str:
    """One form for durations with the same parts: truncated, without idle zeros. PT60M and PT1H stay different."""
    date, _, time = truncated(duration).removeprefix("P").partition("T")
    days, seconds = ("".join(_parts(part)) for part in (date, time))
    return f"P{days}T{seconds}" if seconds or not days else f"P{days}"


def _parts(text: str) -> list[str]:
    amounts = [(Decimal(amount.replace(",", ".")), unit) for amount, unit in _COMPONENT.findall(text)]
    return [f"{_plain(amount)}{unit}" for amount, unit in amounts if amount]


def _plain(amount: Decimal) -> str:
    text = format(amount, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
