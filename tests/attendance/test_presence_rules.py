"""Stays in a live class: merged, cut to the session's time, and judged by the cohort's rules."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.attendance.cohort_rules import CohortRules, roles
from lms.attendance.presence_people import Directory, Known
from lms.attendance.presence_rules import Presence, Stay, Verdict, is_told, merged, presence, verdict
from lms.attendance.rules import PastMark
from lms.programme.queries import Enrolled
from lms.programme.rules import AttendanceStatus

START = datetime(2026, 3, 12, 1, 0, tzinfo=UTC)
END = START + timedelta(minutes=90)
ANI, BUDI = UUID(int=1), UUID(int=2)


def _status(code: str, weight: str, *, absent: bool = False) -> AttendanceStatus:
    return AttendanceStatus(code=code, title=code, weight=Decimal(weight), absent=absent, excluded=False)


STATUSES = (_status("hadir", "1"), _status("terlambat", "0.5"), _status("alpa", "0", absent=True))


def _rules(statuses: Sequence[AttendanceStatus] = STATUSES, *, grace: int = 0, percent: int = 75) -> CohortRules:
    found = roles(statuses)
    return CohortRules(
        time_zone="Asia/Jakarta",
        statuses=tuple(statuses),
        present=found.present,
        late=found.late,
        absent=found.absent,
        leave=found.leave,
        grace_minutes=grace,
        log_percent=percent,
    )


def at(minutes: int) -> datetime:
    """So many minutes after the start."""
    return START + timedelta(minutes=minutes)


def _there(*spans: tuple[int, int]) -> Presence:
    stays = [Stay(who="x", participant_id=ANI, joined_at=at(start), left_at=at(end)) for start, end in spans]
    return presence(stays, starts_at=START, ends_at=END)


@pytest.mark.parametrize(
    ("spans", "minutes", "times", "first"),
    [
        ([(0, 90)], 90, 1, 0),
        ([(-30, 200)], 90, 1, 0),
        ([(0, 40), (50, 90)], 80, 2, 0),
        ([(0, 50), (40, 90)], 90, 1, 0),
        ([(0, 45), (45, 90)], 90, 1, 0),
        ([(50, 90), (5, 20)], 55, 2, 5),
        ([(-20, -5)], 0, 0, None),
        ([(95, 120)], 0, 0, None),
        ([(60, 50)], 0, 0, None),
        ([(10, 10)], 0, 0, None),
        ([(0, 90), (0, 90), (0, 90)], 90, 1, 0),
        ([], 0, 0, None),
    ],
)
def test_each_moment_within_the_session_counts_once(
    spans: list[tuple[int, int]], minutes: int, times: int, first: int | None
) -> None:
    found = _there(*spans)
    assert (found.minutes, found.times, found.minutes_of) == (minutes, times, 90)
    assert found.first_at == (None if first is None else at(first))


SPANS = st.lists(st.tuples(st.integers(-200, 300), st.integers(-200, 300)), max_size=12)


@given(SPANS)
def test_merging_keeps_every_minute_and_no_other(spans: list[tuple[int, int]]) -> None:
    found = merged((at(start), at(end)) for start, end in spans)
    told = {minute for start, end in spans for minute in range(start, end)}
    assert {minute for minute in range(-200, 300) if any(a <= at(minute) < b for a, b in found)} == told
    assert all(before[1] < after[0] for before, after in pairwise(found))


@given(SPANS, st.randoms())
def test_the_order_of_stays_and_repeats_of_them_change_nothing(spans: list[tuple[int, int]], random: object) -> None:
    again = [*spans, *spans[:3]]
    random.shuffle(again)  # type: ignore[attr-defined]
    assert _there(*spans) == _there(*again)


@given(SPANS)
def test_nobody_was_there_for_longer_than_the_session(spans: list[tuple[int, int]]) -> None:
    found = _there(*spans)
    assert timedelta() <= found.attended <= found.length
    assert (found.first_at is None) == (found.attended == timedelta())


@pytest.mark.parametrize(
    ("spans", "grace", "percent", "expected"),
    [
        ([(0, 90)], 0, 75, ("hadir", None)),
        ([(-10, 70)], 0, 75, ("hadir", None)),
        ([(0, 67)], 0, 75, ("alpa", None)),
        ([(0, 68)], 0, 75, ("hadir", None)),
        ([(12, 90)], 0, 75, ("terlambat", 12)),
        ([(12, 90)], 15, 75, ("hadir", None)),
        ([(16, 90)], 15, 75, ("terlambat", 16)),
        ([(30, 90)], 0, 75, ("alpa", None)),
        ([(30, 90)], 0, 50, ("terlambat", 30)),
        ([(100, 120)], 0, 1, ("alpa", None)),
        ([(0, 90)], 0, 100, ("hadir", None)),
    ],
)
def test_minutes_become_a_status(
    spans: list[tuple[int, int]], grace: int, percent: int, expected: tuple[str, int | None]
) -> None:
    found = verdict(_there(*spans), _rules(grace=grace, percent=percent), starts_at=START)
    assert found is not None
    assert (found.status, found.minutes_late) == expected


def test_a_programme_without_an_absent_status_says_nothing_of_who_was_not_there() -> None:
    rules = _rules([_status("hadir", "1")])
    assert verdict(_there((0, 5)), rules, starts_at=START) is None
    assert verdict(_there((0, 90)), rules, starts_at=START) == Verdict(status="hadir", minutes_late=None)


def _past(status: str, source: str, minutes: int | None = None) -> PastMark:
    return PastMark(
        id=UUID(int=9),
        participant_id=ANI,
        status=status,
        minutes_late=minutes,
        remark="",
        source=source,
        recorded_at=START,
        recorded_by=None,
    )


@pytest.mark.parametrize(
    ("marks", "told"),
    [
        ([], False),
        ([_past("hadir", "register")], True),
        ([_past("alpa", "register")], False),
        ([_past("hadir", "log"), _past("alpa", "register")], True),
        ([_past("hadir", "register"), _past("alpa", "register")], False),
        ([_past("hadir", "scan"), _past("alpa", "register")], False),
        ([_past("hadir", "log", 3)], False),
    ],
)
def test_a_list_says_nothing_twice_and_does_not_undo_what_a_person_corrected(marks: list[PastMark], told: bool) -> None:
    said = Verdict(status="hadir", minutes_late=None)
    assert is_told(said, ANI, {ANI: marks}, source="log") is told


def _person(number: int, identifier: str, name: str, email: str | None = None) -> Enrolled:
    return Enrolled(
        participant_id=UUID(int=number),
        identifier=identifier,
        name=name,
        email=email,
        group_id=None,
        group=None,
        category="",
        unit="",
        position=number,
    )


PEOPLE = [
    _person(1, "199001012026031001", "Ani Contoh", "ani@sukabumi.example"),
    _person(2, "199001012026031002", "Budi Contoh, S.Pd."),
    _person(3, "199001012026031003", "Siti Aminah"),
    _person(4, "199001012026031004", "Siti Aminah"),
]


@pytest.mark.parametrize(
    ("known", "number"),
    [
        (Known(name="ani  CONTOH"), 1),
        (Known(name="iPhone", email="ANI@sukabumi.example"), 1),
        (Known(name="iPhone (Ani Contoh)"), 1),
        (Known(name="1_199001012026031002_Budi"), 2),
        (Known(name="199001012026031002 - Budi"), 2),
        (Known(name="Budi Contoh S.Pd"), 2),
        (Known(identifier="199001012026031003", name="somebody"), 3),
        (Known(name="Siti Aminah"), None),
        (Known(name="iPad"), None),
        (Known(name="Tamu"), 4),
        (Known(name="", email=""), None),
    ],
)
def test_people_are_known_by_number_address_or_name(known: Known, number: int | None) -> None:
    found = Directory(PEOPLE, {"Tamu": UUID(int=4), "iPad": UUID(int=99)}).find(known)
    assert found == (None if number is None else UUID(int=number))


def test_somebody_who_is_almost_called_so_is_offered() -> None:
    directory = Directory(PEOPLE, {})
    assert directory.nearest(Known(name="Any Contoh")) == UUID(int=1)
    assert directory.nearest(Known(name="Zulkifli")) is None
