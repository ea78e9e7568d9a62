"""Numbers and dates as people read them, in both languages and in the zones of Indonesia."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.web.formats import formatter

JAKARTA, JAYAPURA = "Asia/Jakarta", "Asia/Jayapura"
EVENING = datetime(2021, 5, 20, 23, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("locale", "value", "expected"),
    [
        ("id", Decimal("83.75"), "83,75"),
        ("en", Decimal("83.75"), "83.75"),
        ("id", Decimal("100"), "100,00"),
        ("en", Decimal("0"), "0.00"),
        ("en", Decimal("70.005"), "70.01"),
        ("en", Decimal("1E+2"), "100.00"),
        ("id", None, "–"),
    ],
)
def test_a_figure_has_two_decimals_rounded_half_up(locale: str, value: Decimal | None, expected: str) -> None:
    assert formatter(locale, JAKARTA).figure(value) == expected


@pytest.mark.parametrize(
    ("locale", "value", "expected"),
    [
        ("en", Decimal("78.50"), "78.5"),
        ("en", Decimal("100"), "100"),
        ("id", Decimal("53.33333333333333333333333333333"), "53,3333…"),
        ("id", Decimal("1573.55266"), "1.573,5526…"),
        ("en", Decimal("66.66666"), "66.6666…"),
        ("en", Decimal("66.6660000"), "66.666"),
        ("en", Decimal("0.00001"), "0.0000…"),
        ("en", None, "–"),
    ],
)
def test_an_exact_figure_is_cut_and_says_so(locale: str, value: Decimal | None, expected: str) -> None:
    assert formatter(locale, JAKARTA).exact(value) == expected


@given(st.decimals(min_value=0, max_value=100, places=2))
def test_a_rounded_figure_reads_back_as_it_was(value: Decimal) -> None:
    assert Decimal(formatter("id", JAKARTA).figure(value).replace(",", ".")) == value


@pytest.mark.parametrize(
    ("locale", "value", "expected"),
    [
        ("id", 1240, "1.240"),
        ("en", 1240, "1,240"),
        ("id", Decimal("2.50"), "2,5"),
        ("en", Decimal("3.00"), "3"),
        ("en", Decimal("1E+3"), "1,000"),
        ("en", 0, "0"),
        ("en", None, "–"),
    ],
)
def test_a_quantity_has_no_more_decimals_than_it_needs(locale: str, value: Decimal | int | None, expected: str) -> None:
    assert formatter(locale, JAKARTA).quantity(value) == expected


@pytest.mark.parametrize(("places", "expected"), [(0, "78%"), (2, "78,41%")])
def test_a_percentage_carries_its_sign(places: int, expected: str) -> None:
    assert formatter("id", JAKARTA).percent(Decimal("78.41"), places) == expected
    assert formatter("id", JAKARTA).percent(None) == "–"


@pytest.mark.parametrize(
    ("locale", "zone", "expected"),
    [
        ("id", JAKARTA, "21 Mei 2021, 06.00 WIB"),
        ("id", "Asia/Makassar", "21 Mei 2021, 07.00 WITA"),
        ("id", JAYAPURA, "21 Mei 2021, 08.00 WIT"),
        ("en", JAKARTA, "21 May 2021, 06:00 WIB"),
        ("en", "UTC", "20 May 2021, 23:00 UTC"),
    ],
)
def test_a_moment_is_told_by_the_clock_of_its_zone(locale: str, zone: str, expected: str) -> None:
    assert formatter(locale, zone).moment(EVENING) == expected


def test_a_day_is_the_local_day_of_a_moment_and_a_date_as_it_stands() -> None:
    at = formatter("id", JAKARTA)
    assert (at.day(EVENING), at.day(date(2021, 8, 1))) == ("21 Mei 2021", "1 Agu 2021")
    assert (at.weekday(EVENING), at.weekday(date(2021, 8, 1))) == ("Jumat, 21 Mei 2021", "Minggu, 1 Agu 2021")
    assert (at.day(None), at.weekday(None), at.moment(None), at.time(None)) == ("–", "–", "–", "–")


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        (JAKARTA, "Fri 21 May 2021, 06:00–08:15 WIB"),
        ("UTC", "20 May 2021, 23:00 – 21 May 2021, 01:15 UTC"),
    ],
)
def test_a_span_names_its_day_once_and_both_where_they_differ(zone: str, expected: str) -> None:
    assert formatter("en", zone).span(EVENING, EVENING + timedelta(minutes=135)) == expected


@pytest.mark.parametrize(
    ("length", "expected"),
    [
        (timedelta(minutes=135), "2 jam 15 mnt"),
        (timedelta(hours=3), "3 jam"),
        (timedelta(seconds=59), "0 mnt"),
        (timedelta(days=1, minutes=1), "24 jam 1 mnt"),
        (None, "–"),
    ],
)
def test_a_duration_is_told_in_hours_and_minutes(length: timedelta | None, expected: str) -> None:
    assert formatter("id", JAKARTA).duration(length) == expected


def test_a_moment_beyond_the_calendar_of_its_zone_is_told_in_utc() -> None:
    last = datetime(9999, 12, 31, 23, 59, tzinfo=UTC)
    assert "9999" in formatter("en", "Asia/Jakarta").moment(last)
