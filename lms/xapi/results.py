"""The result of a statement: its checks, and the score that it claims."""

from collections.abc import Mapping
from decimal import Context, Decimal, InvalidOperation
from typing import Any

from msgspec import UNSET, UnsetType

from lms.errors import N_
from lms.xapi import values
from lms.xapi.fields import check_extensions, refuse
from lms.xapi.statements import Result, Score
from lms.xapi.tree import Number

LARGEST_EXPONENT = 400
_FIFTY_DIGITS = Context(prec=50)


def check_result(result: Result, place: str) -> None:
    """xAPI 1.0.3, Data 2.4.5; 2.0, 4.2.2."""
    if result.score is not UNSET:
        _check_score(result.score, f"{place}.score")
    if result.duration is not UNSET and not values.is_duration(result.duration):
        refuse(N_("%(text)s is not an ISO 8601 duration such as PT1H30M."), f"{place}.duration", text=result.duration)
    check_extensions(result.extensions, f"{place}.extensions")


def _check_score(score: Score, place: str) -> None:
    """`scaled` lies in -1..1, `min` below `max`, and `raw` between them where they are given."""
    for name in ("scaled", "raw", "min", "max"):
        number: Number | UnsetType = getattr(score, name)
        if number is not UNSET:
            _check_number(number, f"{place}.{name}")
    if score.scaled is not UNSET and not -1 <= score.scaled <= 1:
        refuse(N_("%(number)s does not lie between -1 and 1."), f"{place}.scaled", number=score.scaled.text)
    if score.min is not UNSET and score.max is not UNSET and score.min >= score.max:
        refuse(N_("min must be less than max, which is %(max)s."), f"{place}.min", max=score.max.text)
    if score.raw is not UNSET:
        _check_raw(score, score.raw, f"{place}.raw")


def _check_raw(score: Score, raw: Number, place: str) -> None:
    if score.min is not UNSET and raw < score.min:
        refuse(N_("%(raw)s is less than min, which is %(min)s."), place, raw=raw.text, min=score.min.text)
    if score.max is not UNSET and raw > score.max:
        refuse(N_("%(raw)s is more than max, which is %(max)s."), place, raw=raw.text, max=score.max.text)


def _check_number(number: Number, place: str) -> None:
    """Every 64-bit float fits, with all its digits; far larger or longer numbers are mistakes or attacks."""
    if abs(number.adjusted()) > LARGEST_EXPONENT or len(number.text) > 2 * LARGEST_EXPONENT:
        refuse(N_("%(number)s is beyond the numbers that can be kept."), place, number=number.text)


def claimed_score(result: Mapping[str, Any] | None) -> Decimal | None:
    """The score of a statement, 0..100 with 50 digits, or None where its result has none.

    From `raw` within the range `min` (0 if absent) to `max` where that is a range; otherwise from `scaled`.
    """
    score = (result or {}).get("score") or {}
    raw, top, bottom, scaled = (_number(score.get(name)) for name in ("raw", "max", "min", "scaled"))
    bottom = Decimal(0) if bottom is None else bottom
    if raw is not None and top is not None and top > bottom:
        share = _FIFTY_DIGITS.multiply(_FIFTY_DIGITS.subtract(raw, bottom), Decimal(100))
        return _within(_FIFTY_DIGITS.divide(share, _FIFTY_DIGITS.subtract(top, bottom)))
    return None if scaled is None else _within(_FIFTY_DIGITS.multiply(scaled, Decimal(100)))


def _within(score: Decimal) -> Decimal:
    return min(max(score, Decimal(0)), Decimal(100))


def _number(value: Any) -> Decimal | None:
    """A number as its exact decimal; the shortest decimal that reads as the same float, where it is one."""
    if value is None or isinstance(value, bool | str):
        return None
    try:
        number = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None
