"""The geometry of the three-figure bar."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.web.bar import Mark, anchor, position, three_figure_bar


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("41.87", "41.87%"),
        ("0", "0.00%"),
        ("100", "100.00%"),
        ("-3", "0.00%"),
        ("104.2", "100.00%"),
        ("33.335", "33.34%"),
        ("1E+1", "10.00%"),
    ],
)
def test_a_figure_becomes_a_position_within_the_bar(value: str, expected: str) -> None:
    assert position(Decimal(value)) == expected


@pytest.mark.parametrize(
    ("value", "expected"), [("0", "start"), ("24.99", "start"), ("25", "middle"), ("75", "middle"), ("75.01", "end")]
)
def test_a_label_near_an_edge_grows_inwards(value: str, expected: str) -> None:
    assert anchor(Decimal(value)) == expected


def test_the_bar_is_solid_up_to_of_all_and_lighter_up_to_best_possible() -> None:
    bar = three_figure_bar(
        so_far=Decimal("83.75"),
        of_all=Decimal("41.87"),
        best_possible=Decimal("93.19"),
        pass_mark=Decimal("70.01"),
        target=Decimal(90),
    )
    assert (bar.solid, bar.possible) == ("41.87%", "93.19%")
    assert bar.so_far == Mark(value=Decimal("83.75"), at="83.75%", anchor="end")
    assert bar.pass_mark == Mark(value=Decimal("70.01"), at="70.01%", anchor="middle")
    assert bar.target == Mark(value=Decimal(90), at="90.00%", anchor="end")


def test_a_figure_of_nought_is_drawn_and_a_missing_one_is_not() -> None:
    none = three_figure_bar(so_far=None, of_all=None, best_possible=None)
    assert (none.solid, none.possible, none.so_far, none.pass_mark, none.target) == (None, None, None, None, None)
    nought = three_figure_bar(so_far=Decimal(0), of_all=Decimal(0), best_possible=Decimal(0), pass_mark=Decimal(0))
    assert (nought.solid, nought.possible) == ("0.00%", "0.00%")
    assert nought.so_far is not None
    assert nought.pass_mark is not None


@given(st.decimals(min_value=-1000, max_value=1000, allow_nan=False, allow_infinity=False))
def test_no_position_lies_outside_the_drawing(value: Decimal) -> None:
    assert 0 <= Decimal(position(value).removesuffix("%")) <= 100
