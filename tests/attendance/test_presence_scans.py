"""Scans find their session by its time and group; nothing is lost on the way."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.attendance.cohort_rules import CohortRules
from lms.attendance.presence_scans import Scan, sort
from lms.programme.queries import Enrolled, TimetableSession

START = datetime(2026, 3, 12, 1, 0, tzinfo=UTC)
RULES = CohortRules(
    time_zone="Asia/Jakarta", statuses=(), present=None, late=None, absent=None, leave=(), check_in_before=30
)


def at(minutes: int) -> datetime:
    return START + timedelta(minutes=minutes)


def _meeting(code: str, start: int, end: int, group: str | None = None, *, cancelled: bool = False) -> TimetableSession:
    return TimetableSession(
        id=UUID(int=sum(code.encode()) * 1000 + abs(start)),
        cohort_id=UUID(int=1),
        code=code,
        title=code,
        starts_at=at(start),
        ends_at=at(end),
        jp=Decimal(3),
        group=group,
        cancelled_at=START if cancelled else None,
    )


def _person(number: int, group: str) -> Enrolled:
    return Enrolled(
        participant_id=UUID(int=number),
        identifier=str(number),
        name=str(number),
        email=None,
        group_id=None,
        group=group,
        category="",
        unit="",
        position=number,
    )


MEETINGS = (
    _meeting("M1", 0, 120),
    _meeting("M2", 120, 240),
    _meeting("A", 300, 400, "A"),
    _meeting("B", 300, 400, "B"),
    _meeting("X", 600, 700, cancelled=True),
)
PEOPLE = {"1": _person(1, "A"), "2": _person(2, "B")}
CODES = {meeting.id: meeting.code for meeting in MEETINGS}


def _sorted(*scans: tuple[str, int]) -> tuple[dict[tuple[str, int], datetime], list[str], int]:
    listed = [Scan(line=line, identifier=who, scanned_at=at(when)) for line, (who, when) in enumerate(scans, start=2)]
    found = sort(listed, people=PEOPLE, meetings=MEETINGS, rules=RULES)
    arrivals = {
        (CODES[meeting], who.int): when for meeting, people in found.arrivals.items() for who, when in people.items()
    }
    return arrivals, [one.why for one in found.loose], found.repeated


@pytest.mark.parametrize(
    ("minutes", "code"),
    [(-31, None), (-30, "M1"), (0, "M1"), (59, "M1"), (89, "M1"), (90, "M2"), (120, "M2"), (240, "M2"), (241, None)],
)
def test_a_scan_belongs_to_the_session_whose_start_is_nearest(minutes: int, code: str | None) -> None:
    arrivals, loose, _ = _sorted(("1", minutes))
    assert list(arrivals) == ([] if code is None else [(code, 1)])
    assert loose == (["no_session"] if code is None else [])


def test_the_first_of_several_scans_counts_whatever_their_order() -> None:
    arrivals, loose, repeated = _sorted(("1", 50), ("1", -5), ("1", 3))
    assert arrivals == {("M1", 1): at(-5)}
    assert (loose, repeated) == ([], 2)


def test_groups_go_to_their_own_session() -> None:
    arrivals, _, _ = _sorted(("1", 300), ("2", 301))
    assert arrivals == {("A", 1): at(300), ("B", 2): at(301)}


@pytest.mark.parametrize(
    ("who", "minutes", "why"), [("9", 0, "unknown"), ("1", 1000, "no_session"), ("1", 600, "cancelled")]
)
def test_what_fits_nothing_is_told_with_the_reason(who: str, minutes: int, why: str) -> None:
    assert _sorted((who, minutes)) == ({}, [why], 0)


def test_only_the_session_of_another_group_is_a_reason_of_its_own() -> None:
    found = sort([Scan(line=2, identifier="2", scanned_at=at(310))], people=PEOPLE, meetings=MEETINGS[2:3], rules=RULES)
    assert [one.why for one in found.loose] == ["other_group"]


@given(st.lists(st.tuples(st.sampled_from(["1", "2", "9"]), st.integers(-100, 800)), max_size=40), st.randoms())
def test_every_scan_is_an_arrival_a_repeat_or_told(scans: Sequence[tuple[str, int]], random: object) -> None:
    arrivals, loose, repeated = _sorted(*scans)
    assert len(arrivals) + len(loose) + repeated == len(scans)
    mixed = list(scans)
    random.shuffle(mixed)  # type: ignore[attr-defined]
    assert _sorted(*mixed)[0] == arrivals
