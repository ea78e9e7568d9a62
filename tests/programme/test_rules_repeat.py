"""Sessions by a pattern: which days, which local times, which names."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.errors import DomainError, Problems
from lms.programme.repeat_rules import Pattern, clashes, days, flaws, repeated
from lms.programme.session_rules import NewSession, local_moment

ZONES = ("Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe")


def pattern(**values: Any) -> Pattern:
    """Mondays and Thursdays of two weeks, 08:00 to 10:15."""
    told: dict[str, Any] = {
        "first_day": date(2026, 3, 16),
        "last_day": date(2026, 3, 29),
        "weekdays": {0, 3},
        "starts": time(8),
        "ends": time(10, 15),
        "jp": Decimal(3),
        "title": "Praktik {n}",
        "code": "P{nn}",
    }
    return Pattern(**told | values)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, ["16", "19", "23", "26"]),
        ({"left_out": {date(2026, 3, 19), date(2026, 3, 20)}}, ["16", "23", "26"]),
        ({"weekdays": {6}}, ["22", "29"]),
        ({"last_day": date(2026, 3, 16)}, ["16"]),
        ({"last_day": date(2026, 3, 26)}, ["16", "19", "23", "26"]),
        ({"weekdays": set()}, []),
        ({"last_day": date(2026, 3, 1)}, []),
    ],
)
def test_the_days_of_a_pattern(values: dict[str, Any], expected: list[str]) -> None:
    assert [f"{day:%d}" for day in days(pattern(**values))] == expected


@pytest.mark.parametrize(
    ("values", "codes", "titles"),
    [
        ({}, ["P01", "P02", "P03", "P04"], ["Praktik 1", "Praktik 2", "Praktik 3", "Praktik 4"]),
        ({"first_number": 99}, ["P99", "P100", "P101", "P102"], ["Praktik 99"]),
        (
            {"groups": ("A", "B"), "code": "P{n}-{group}", "title": "Praktik {n}, kelompok {group}"},
            ["P1-A", "P1-B", "P2-A", "P2-B", "P3-A", "P3-B", "P4-A", "P4-B"],
            ["Praktik 1, kelompok A", "Praktik 1, kelompok B"],
        ),
        ({"title": "Sama  saja {group}"}, ["P01", "P02", "P03", "P04"], ["Sama saja", "Sama saja"]),
    ],
)
def test_names_are_counted(values: dict[str, Any], codes: list[str], titles: list[str]) -> None:
    made = repeated(pattern(**values), time_zone="Asia/Jakarta")
    assert [one.code for one in made] == codes
    assert [one.title for one in made][: len(titles)] == titles


@pytest.mark.parametrize(
    ("values", "places"),
    [
        ({}, []),
        ({"last_day": date(2026, 3, 15)}, ["last_day"]),
        ({"first_day": date(1026, 3, 16)}, ["first_day", "last_day"]),
        ({"last_day": date(2028, 3, 17)}, ["last_day"]),
        ({"weekdays": set()}, ["weekdays"]),
        ({"weekdays": {1}, "last_day": date(2026, 3, 16)}, ["weekdays"]),
        ({"weekdays": set(range(7)), "last_day": date(2027, 3, 16)}, ["last_day"]),
        ({"code": "P"}, ["code"]),
        ({"groups": ("A", "B")}, ["code"]),
        ({"groups": ("A",)}, []),
        (
            {"title": "{m}", "code": "{n}}", "ends": time(8), "first_number": -1},
            ["code", "title", "ends", "first_number"],
        ),
    ],
)
def test_all_that_is_wrong_with_a_pattern_is_told_at_once(values: dict[str, Any], places: list[str]) -> None:
    assert [problem.place for problem in flaws(pattern(**values))] == places


@pytest.mark.parametrize(
    ("zone", "first_day", "starts", "expected"),
    [
        # Clocks in Berlin go forward on 29 March 2026 and back on 25 October 2026.
        ("Europe/Berlin", date(2026, 3, 23), time(8), ["2026-03-23T07:00", "2026-03-30T06:00"]),
        ("Europe/Berlin", date(2026, 10, 19), time(8), ["2026-10-19T06:00", "2026-10-26T07:00"]),
        ("America/New_York", date(2026, 3, 2), time(19), ["2026-03-03T00:00", "2026-03-09T23:00"]),
        ("Asia/Jakarta", date(2026, 3, 23), time(8), ["2026-03-23T01:00", "2026-03-30T01:00"]),
        ("Asia/Jayapura", date(2026, 3, 23), time(8), ["2026-03-22T23:00", "2026-03-29T23:00"]),
        # Jakarta moved its clocks back by half an hour at the end of 1963.
        ("Asia/Jakarta", date(1963, 12, 30), time(8), ["1963-12-30T00:30", "1964-01-06T01:00"]),
    ],
)
def test_the_local_time_stays_when_the_clocks_change(
    zone: str, first_day: date, starts: time, expected: list[str]
) -> None:
    made = repeated(
        pattern(
            first_day=first_day,
            last_day=first_day + timedelta(days=8),
            weekdays={first_day.weekday()},
            starts=starts,
            ends=time(23),
        ),
        time_zone=zone,
    )
    assert [one.starts_at.replace(tzinfo=None).isoformat(timespec="minutes") for one in made] == expected


def test_a_time_that_the_clocks_leap_over_is_refused_by_its_day() -> None:
    sundays = pattern(weekdays={6}, starts=time(2, 30), ends=time(4))
    with pytest.raises(Problems) as refused:
        repeated(sundays, time_zone="Europe/Berlin")
    assert [(one.place, one.params["day"]) for one in refused.value.problems] == [("starts", "2026-03-29")]


def test_of_a_time_that_comes_twice_the_first_is_meant() -> None:
    assert local_moment(datetime.fromisoformat("2026-10-25T02:30"), "Europe/Berlin") == datetime(
        2026, 10, 25, 0, 30, tzinfo=UTC
    )
    assert local_moment(datetime.fromisoformat("2026-10-25T02:30").replace(fold=1), "Europe/Berlin").hour == 0


@pytest.mark.parametrize("year", [1, 1899, 2201, 9999])
def test_a_year_that_is_a_slip_is_refused(year: int) -> None:
    with pytest.raises(DomainError, match="lies outside the years"):
        local_moment(datetime.fromisoformat(f"{year:04}-01-01"), "Asia/Jakarta")


@given(
    zone=st.sampled_from(ZONES),
    first=st.dates(date(1990, 1, 1), date(2100, 1, 1)),
    length=st.integers(0, 400),
    weekdays=st.sets(st.integers(0, 6), min_size=1),
    starts=st.times(time(4), time(20)),
    left_out=st.sets(st.integers(0, 400)),
)
def test_every_session_starts_at_the_same_local_time_on_a_day_of_the_pattern(
    zone: str, first: date, length: int, weekdays: set[int], starts: time, left_out: set[int]
) -> None:
    starts = starts.replace(microsecond=0)
    told = pattern(
        first_day=first,
        last_day=first + timedelta(days=length),
        weekdays=weekdays,
        starts=starts,
        ends=time(23),
        left_out={first + timedelta(days=day) for day in left_out},
    )
    made = repeated(told, time_zone=zone)
    local = [one.starts_at.astimezone(ZoneInfo(zone)) for one in made]
    assert {moment.time() for moment in local} <= {starts}
    assert [moment.date() for moment in local] == days(told)
    assert {one.ends_at.astimezone(ZoneInfo(zone)).time() for one in made} <= {time(23)}
    assert all(one.starts_at < one.ends_at for one in made)
    assert len({one.code for one in made}) == len(made)


def one(code: str, hour: int, **values: Any) -> NewSession:
    start = datetime(2026, 3, 16, hour, tzinfo=UTC)
    return NewSession(
        code=code, title=code, starts_at=start, ends_at=start + timedelta(hours=2), jp=Decimal(2), **values
    )


@pytest.mark.parametrize(
    ("first", "second", "what"),
    [
        (one("X", 1), one("Y", 2), ["people"]),
        (one("X", 1), one("Y", 3), []),
        (one("X", 1, group="A"), one("Y", 2, group="B"), []),
        (one("X", 1, group="A"), one("Y", 2, group="A"), ["people"]),
        (one("X", 1, group="A"), one("Y", 2), ["people"]),
        (one("X", 1, group="A", room="Aula"), one("Y", 2, group="B", room="Aula"), ["room"]),
        (one("X", 1, group="A", room="Aula"), one("Y", 2, group="B", room="Lab"), []),
        (one("X", 1, group="A", room=""), one("Y", 2, group="B", room=""), []),
    ],
)
def test_what_is_at_the_same_time_is_told(first: NewSession, second: NewSession, what: list[str]) -> None:
    assert [clash.what for clash in clashes([first, second], [])] == what
