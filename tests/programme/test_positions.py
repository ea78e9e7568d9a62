"""In which order people stand whose list comes again."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.programme.enrolment import positions

A, B, C, D = (UUID(int=number) for number in range(4))
PEOPLE = st.lists(st.integers(0, 20).map(lambda number: UUID(int=number)), unique=True)


@pytest.mark.parametrize(
    ("enrolled", "listed", "expected"),
    [
        ({}, [B, A], {B: 0, A: 1}),
        ({A: 0, B: 1}, [B, C, A], {B: 0, C: 1, A: 2}),
        ({A: 0, B: 1}, [C], {C: 2}),
        ({A: 0, B: 1}, [D, B, C], {B: 1, D: 2, C: 3}),
        ({A: 0, B: 1}, [B], {B: 1}),
        ({A: 0}, [], {}),
    ],
)
def test_the_whole_list_sets_the_order_and_a_part_is_added(
    enrolled: dict[UUID, int], listed: list[UUID], expected: dict[UUID, int]
) -> None:
    assert positions(enrolled, listed) == expected


@given(PEOPLE, PEOPLE)
def test_nobody_shares_a_place_and_the_same_list_again_moves_nobody(first: list[UUID], second: list[UUID]) -> None:
    before = positions({}, first)
    after = before | positions(before, second)
    assert len(set(after.values())) == len(after) == len({*first, *second})
    assert after | positions(after, second) == after
