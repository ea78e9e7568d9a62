"""Dates and times as devices and conference services write them."""

import contextlib
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.exchange.cells import CellError
from lms.exchange.times import duration, moment, moment_of_day

ZONE = "Asia/Jakarta"
START = datetime(2026, 3, 12, 1, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-12T08:01:00",
        "2026-03-12 08:01",
        "2026-03-12 08:01:00+07:00",
        "2026-03-12T01:01:00Z",
        "12/03/2026 08:01",
        "12.03.2026 08.01.00",
        "12-03-2026, 08:01:00",
        "03/12/2026 08:01:00 AM",
        "3/12/26, 8:01:00\u202fAM",
        "2026/03/12 08:01:00",
        "12/03/2026 09:01 WITA",
        "2026-03-12 01:01:00 UTC",
    ],
)
def test_a_moment_in_its_many_spellings(text: str) -> None:
    assert moment(text, zone=ZONE, near=(START,)) == datetime(2026, 3, 12, 1, 1, tzinfo=UTC)


def test_the_day_goes_first_where_no_session_tells_otherwise() -> None:
    assert moment("03/12/2026 08:00", zone=ZONE, near=()) == datetime(2026, 12, 3, 1, 0, tzinfo=UTC)
    december = datetime(2026, 12, 3, 1, 0, tzinfo=UTC)
    assert moment("03/12/2026 08:00", zone=ZONE, near=(START, december)) == december


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "2026-03-12",
        "2026-13-40 08:00",
        "45/45/2026 08:00",
        "08:01",
        "12/03/2026 25:00",
        "12/03/2026 13:00 PM",
        "0001-01-01T00:00:00+14:00",
        "1.99E+17",
    ],
)
def test_what_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(CellError):
        moment(text, zone=ZONE, near=(START,))


@pytest.mark.parametrize(
    ("text", "after", "expected"),
    [
        ("8:01 AM", None, datetime(2026, 3, 12, 1, 1, tzinfo=UTC)),
        ("07.55", None, datetime(2026, 3, 12, 0, 55, tzinfo=UTC)),
        ("12:00 AM", None, datetime(2026, 3, 11, 17, 0, tzinfo=UTC)),
        ("00:10", datetime(2026, 3, 12, 16, 30, tzinfo=UTC), datetime(2026, 3, 12, 17, 10, tzinfo=UTC)),
        ("09:00", datetime(2026, 3, 12, 1, 1, tzinfo=UTC), datetime(2026, 3, 12, 2, 0, tzinfo=UTC)),
    ],
)
def test_a_time_alone_is_of_the_day_of_the_session(text: str, after: datetime | None, expected: datetime) -> None:
    assert moment_of_day(text, zone=ZONE, around=START, after=after) == expected


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("85", 5100),
        ("85.5", 5130),
        ("85,5", 5130),
        ("1h 25m 3s", 5103),
        ("1h25m", 5100),
        ("1:25:03", 5103),
        ("00:25:03", 1503),
        ("1:25", 5100),
        ("1 jam 25 mnt", 5100),
        ("1 hr 25 min", 5100),
        ("45 minutes", 2700),
        ("30s", 30),
        ("0", 0),
    ],
)
def test_a_length_in_its_many_spellings(text: str, seconds: int) -> None:
    assert duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["", "long", "-5", "1:2:3:4", "m", "٨٥"])
def test_what_is_no_length_is_refused(text: str) -> None:
    with pytest.raises(CellError):
        duration(text)


@given(st.text(max_size=30))
def test_any_text_is_read_or_refused(text: str) -> None:
    """A moment that is read has a zone, and a length is none below nothing."""
    with contextlib.suppress(CellError):
        assert duration(text) >= timedelta()
    with contextlib.suppress(CellError):
        assert moment(text, zone=ZONE, near=(START,)).tzinfo is not None
    with contextlib.suppress(CellError):
        assert moment_of_day(text, zone=ZONE, around=START, after=START).tzinfo is not None
