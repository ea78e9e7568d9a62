"""What devices send, read strictly, and what each mark comes to."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.attendance.register_rules import Shut
from lms.attendance.sync_parsing import MOST_BYTES, MOST_MARKS, parse
from lms.attendance.sync_rules import Facts, Item, Kept, Standing, corrected, decide, skew_ms
from lms.errors import DomainError, TooLarge
from lms.programme.rules import AttendanceStatus

NOW = datetime(2026, 3, 12, 1, 0, tzinfo=UTC)
SESSION, ANI, BUDI, STRANGER, FIRST, SECOND, DEVICE, OTHER = (UUID(int=number) for number in range(1, 9))
STATUSES = {
    "hadir": AttendanceStatus(code="hadir", title="Hadir"),
    "alpa": AttendanceStatus(code="alpa", title="Alpa", weight=Decimal(0), absent=True),
}


def sent(**what: Any) -> dict[str, Any]:
    mark = {"id": str(FIRST), "session": str(SESSION), "participant": str(ANI), "status": "hadir"}
    return mark | {"minutes_late": None, "remark": "", "made_at": "2026-03-12T01:00:00.000Z", "seen": None} | what


def batch(*marks: Any, **what: Any) -> bytes:
    return json.dumps({"device": str(DEVICE), "sent_at": NOW.isoformat(), "marks": list(marks)} | what).encode()


def test_a_mark_is_read_as_it_was_sent() -> None:
    (item,) = parse(batch(sent(remark=" macet \n sekali ", minutes_late=3, seen=str(SECOND)))).items
    assert item == Item(
        id=FIRST,
        session_id=SESSION,
        participant_id=ANI,
        status="hadir",
        minutes_late=3,
        remark="macet sekali",
        made_at=NOW,
        seen=SECOND,
    )


@pytest.mark.parametrize(
    "what",
    [
        {"session": "x"},
        {"participant": None},
        {"status": None},
        {"status": 1},
        {"status": "a\0b"},
        {"remark": "\ud800"},
        {"remark": ["x"]},
        {"minutes_late": "5"},
        {"minutes_late": True},
        {"minutes_late": 1.5},
        {"minutes_late": -1},
        {"minutes_late": 2**31},
        {"made_at": "2026-03-12T01:00:00"},
        {"made_at": "yesterday"},
        {"made_at": "0001-01-01T00:00:00+14:00"},
        {"made_at": 5},
        {"seen": "x"},
    ],
)
def test_a_mark_that_cannot_be_read_spoils_none_of_the_others(what: dict[str, Any]) -> None:
    broken, fine = parse(batch(sent(**what), sent())).items
    assert broken == str(FIRST)
    assert isinstance(fine, Item)


@pytest.mark.parametrize("mark", [None, 1, [], "x", {}, {"id": 5}, {"id": "\ud800"}])
def test_what_has_no_id_is_told_by_its_place(mark: Any) -> None:
    assert parse(batch(mark)).items == (None,)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff",
        b"[]",
        b"{}",
        b"[" * 100_000,
        batch(sent_at=None),
        batch(sent_at="2026-03-12"),
        batch(marks=None),
        batch(marks={}),
    ],
)
def test_what_is_no_batch_is_refused(body: bytes) -> None:
    with pytest.raises(DomainError):
        parse(body)


@pytest.mark.parametrize("body", [b" " * (MOST_BYTES + 1), batch(*[None] * (MOST_MARKS + 1))])
def test_what_is_too_much_is_refused_as_such(body: bytes) -> None:
    with pytest.raises(TooLarge):
        parse(body)


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.text() | st.integers(), st.lists))
def test_nothing_that_is_sent_as_a_mark_breaks_it(value: Any) -> None:
    for name in sent():
        parse(batch(sent(**{name: value})))


@given(st.integers(-(10**12), 10**12), st.integers(0, 10**6))
def test_a_moment_is_corrected_by_the_clock_that_made_it(ahead: int, ago: int) -> None:
    """Whatever a clock shows, a mark was made as long ago as it says, and never later than now."""
    device = NOW + timedelta(milliseconds=ahead)
    skew = skew_ms(sent_at=device, now=NOW)
    assert skew == ahead
    assert corrected(device - timedelta(seconds=ago), skew_ms=skew, now=NOW) == NOW - timedelta(seconds=ago)
    assert corrected(device + timedelta(seconds=ago), skew_ms=skew, now=NOW) == NOW


def item(**what: Any) -> Item:
    values: dict[str, Any] = {"id": FIRST, "session_id": SESSION, "participant_id": ANI, "status": "hadir"}
    values |= {"minutes_late": None, "remark": "", "made_at": NOW, "seen": None}
    return Item(**values | what)


def standing(status: str = "hadir", *, mark_id: UUID = SECOND, remark: str = "") -> Standing:
    return Standing(id=mark_id, status=status, minutes_late=None, remark=remark)


def outcomes(*items: Item, shut: Shut = "", newest: Standing | None = None, kept: Kept | None = None) -> list[str]:
    facts = Facts(
        statuses=STATUSES, known={ANI, BUDI, STRANGER}, enrolled={ANI, BUDI}, own={ANI}, shut=lambda moment: shut
    )
    verdicts = decide(
        items,
        facts=facts,
        standing={} if newest is None else {ANI: newest},
        kept={} if kept is None else {FIRST: kept},
        skew_ms=0,
        now=NOW,
    )
    return [f"{verdict.outcome} {verdict.why}".strip() for verdict in verdicts]


@pytest.mark.parametrize(
    ("mark", "newest", "outcome"),
    [
        (item(), None, "recorded"),
        (item(seen=SECOND), standing("alpa"), "recorded"),
        (item(), standing("alpa"), "contested meanwhile"),
        (item(seen=OTHER), standing("alpa"), "contested meanwhile"),
        (item(seen=SECOND), None, "contested meanwhile"),
        (item(), standing(""), "recorded"),
        (item(seen=OTHER), standing(""), "contested meanwhile"),
        (item(), standing("hadir"), "same"),
        (item(remark="x"), standing("hadir"), "contested meanwhile"),
        (item(remark="x", seen=SECOND), standing("hadir"), "recorded"),
        (item(), standing("hadir", remark="x"), "same"),
        (item(minutes_late=5), standing("hadir"), "contested meanwhile"),
        (item(status=""), None, "same"),
        (item(status=""), standing(""), "same"),
        (item(status="", seen=SECOND), standing("hadir"), "recorded"),
        (item(status=""), standing("hadir"), "contested meanwhile"),
        (item(status="pergi"), None, "contested bad_status"),
        (item(status="alpa", minutes_late=5), None, "contested bad_status"),
        (item(minutes_late=601), None, "contested bad_status"),
        (item(remark="x" * 501), None, "contested bad_status"),
        (item(participant_id=BUDI), None, "contested not_yours"),
        (item(participant_id=STRANGER), None, "contested not_enrolled"),
        (item(participant_id=OTHER), None, "refused no_person"),
    ],
)
def test_what_a_mark_comes_to(mark: Item, newest: Standing | None, outcome: str) -> None:
    assert outcomes(mark, newest=newest) == [outcome]


@pytest.mark.parametrize(
    ("shut", "why"), [("not_open", "not_open"), ("locked", "locked"), ("closed", "locked"), ("cancelled", "cancelled")]
)
def test_a_mark_that_meets_a_rule_is_kept(shut: Shut, why: str) -> None:
    assert outcomes(item(), shut=shut) == [f"contested {why}"]


def test_the_rules_hold_for_the_moment_at_which_it_was_made() -> None:
    asked = []

    def shut(moment: datetime) -> Shut:
        asked.append(moment)
        return ""

    facts = Facts(statuses=STATUSES, known={ANI}, enrolled={ANI}, own={ANI}, shut=shut)
    made = item(made_at=NOW + timedelta(hours=7) - timedelta(minutes=9))
    list(decide([made], facts=facts, standing={}, kept={}, skew_ms=7 * 3600 * 1000, now=NOW))
    assert asked == [NOW - timedelta(minutes=9)]


def test_marks_of_one_queue_follow_one_another() -> None:
    first, second = item(), item(id=SECOND, status="alpa", seen=FIRST)
    assert outcomes(first, second) == ["recorded", "recorded"]
    assert outcomes(first, second, newest=standing("alpa", mark_id=OTHER)) == ["contested meanwhile", "same"]


@pytest.mark.parametrize(
    ("outcome", "why", "answer"),
    [
        ("recorded", "", "repeated"),
        ("same", "same", "repeated"),
        ("taken", "meanwhile", "repeated"),
        ("dropped", "meanwhile", "repeated"),
        ("", "meanwhile", "repeated meanwhile"),
    ],
)
def test_a_mark_that_came_before_is_told_what_became_of_it(outcome: str, why: str, answer: str) -> None:
    kept = Kept(session_id=SESSION, participant_id=ANI, status="hadir", minutes_late=None, why=why, outcome=outcome)
    assert outcomes(item(), kept=kept) == [answer]
    assert outcomes(item(status="alpa"), kept=kept) == ["refused id_reused"]


def test_a_mark_that_comes_twice_at_once_counts_once() -> None:
    assert outcomes(item(), item(), item(status="alpa")) == ["recorded", "repeated", "refused id_reused"]
