"""When appeals are taken, what one has come to, and who may end it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import permutations
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.appeals import rules
from lms.appeals.rules import Window
from lms.errors import DomainError, NotAllowed

ZERO = datetime(2026, 3, 12, 1, 0, tzinfo=UTC)
HOURS = st.integers(min_value=-5, max_value=5)


@dataclass(frozen=True, kw_only=True)
class Said:
    """An entry of an appeal."""

    kind: str
    at: datetime
    id: UUID


def hours(number: int) -> datetime:
    return ZERO + timedelta(hours=number)


def between(opens: int, closes: int) -> Window:
    return Window(opens_at=hours(opens), closes_at=hours(closes))


def said(*kinds: str) -> list[Said]:
    return [Said(kind=kind, at=hours(number), id=UUID(int=number)) for number, kind in enumerate(kinds)]


@pytest.mark.parametrize(
    ("now", "is_open", "is_ahead"),
    [(-1, False, True), (0, True, False), (1, True, False), (2, False, False)],
)
def test_a_window_is_open_from_its_opening_up_to_its_closing(now: int, is_open: bool, is_ahead: bool) -> None:
    window = between(0, 2)
    assert (window.is_open(hours(now)), window.is_ahead(hours(now))) == (is_open, is_ahead)


@pytest.mark.parametrize(("opens", "closes"), [(1, 1), (2, 1), (-2, -1), (-1, 0)])
def test_a_window_closes_after_it_opens_and_in_time_to_come(opens: int, closes: int) -> None:
    with pytest.raises(DomainError) as refusal:
        rules.check_window(between(opens, closes), now=ZERO)
    assert refusal.value.place == "closes_at"


@given(HOURS, HOURS, HOURS, HOURS)
def test_a_window_is_shorter_where_a_moment_to_come_is_lost(opens: int, closes: int, first: int, last: int) -> None:
    """Told moment by moment, by looking at each hour on its own."""
    if opens >= closes or first >= last:
        return
    before, window = between(first, last), between(opens, closes)
    lost = any(before.is_open(hours(one)) and not window.is_open(hours(one)) for one in range(6))
    assert rules.is_shorter(window, before, now=ZERO) == lost


def test_a_first_window_is_shorter_than_nothing() -> None:
    assert not rules.is_shorter(between(0, 1), None, now=ZERO)


@pytest.mark.parametrize(
    ("reason", "needed", "kept"), [("", False, ""), (" a  b ", True, "a b"), ("x" * 500, True, "x" * 500)]
)
def test_a_reason_is_kept_on_one_line(reason: str, needed: bool, kept: str) -> None:
    assert rules.check_reason(reason, needed=needed) == kept


@pytest.mark.parametrize(("reason", "needed"), [("", True), (" \n", True), ("x" * 501, False)])
def test_a_reason_is_refused_where_it_is_needed_and_missing_or_too_long(reason: str, needed: bool) -> None:
    with pytest.raises(DomainError) as refusal:
        rules.check_reason(reason, needed=needed)
    assert refusal.value.place == "reason"


@pytest.mark.parametrize("text", ["", " \r\n ", "x" * 2001])
def test_a_text_has_up_to_2000_characters(text: str) -> None:
    with pytest.raises(DomainError) as refusal:
        rules.check_text(text)
    assert refusal.value.place == "text"
    assert rules.check_text(" " + "x" * 2000 + "\r\n") == "x" * 2000
    assert rules.check_text("a\r\nb\rc") == "a\nb\nc"


@pytest.mark.parametrize(
    ("kinds", "state"),
    [
        (("made",), "waits"),
        (("made", "added"), "waits"),
        (("made", "asked_back"), "asked_back"),
        (("made", "asked_back", "added"), "waits"),
        (("made", "asked_back", "added", "asked_back"), "asked_back"),
        (("made", "asked_back", "upheld"), "upheld"),
        (("made", "added", "rejected"), "rejected"),
        (("made", "asked_back", "taken_back"), "taken_back"),
    ],
)
def test_an_appeal_comes_to_the_same_in_any_order(kinds: tuple[str, ...], state: str) -> None:
    assert {rules.state(order) for order in permutations(said(*kinds))} == {state}
    if state in rules.ENDS:
        with pytest.raises(rules.Ended):
            rules.check_open(said(*kinds))
    else:
        rules.check_open(said(*kinds))


@pytest.mark.parametrize(
    ("outcome", "gave_it", "manages", "refused"),
    [
        ("rejected", False, False, None),
        ("rejected", True, True, None),
        ("rejected", True, False, NotAllowed),
        ("upheld", True, False, None),
        ("asked_back", True, False, None),
        ("", False, True, DomainError),
        ("taken_back", False, True, DomainError),
    ],
)
def test_who_gave_it_does_not_reject_alone(
    outcome: str, gave_it: bool, manages: bool, refused: type[DomainError] | None
) -> None:
    offered = rules.answers(gave_it=gave_it, manages=manages)
    assert (outcome in offered) == (refused is None)
    if refused is None:
        rules.check_answer(outcome, gave_it=gave_it, manages=manages)
    else:
        with pytest.raises(refused):
            rules.check_answer(outcome, gave_it=gave_it, manages=manages)
