"""Percentiles, goals, and how measurements are told."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.bench.rules import Goal, Measured, misses, report, table

GOAL = Goal(p95=80, queries=8)


def measured(*, people: int = 40, microseconds: list[int] | None = None, queries: int = 7) -> Measured:
    spent = [30_000] * 100 if microseconds is None else microseconds
    return Measured(page="cohort", people=people, microseconds=spent, queries=queries)


@given(spent=st.lists(st.integers(0, 10**6), min_size=1, max_size=300), percent=st.integers(1, 100))
def test_a_percentile_is_the_smallest_that_so_many_do_not_exceed(spent: list[int], percent: int) -> None:
    found = measured(microseconds=spent).percentile(percent)

    def share(limit: int) -> int:
        return 100 * sum(one <= limit for one in spent)

    assert share(found) >= percent * len(spent)
    assert all(share(one) < percent * len(spent) for one in spent if one < found)


@pytest.mark.parametrize(
    ("slowest", "queries", "missed"),
    [
        pytest.param(79_999, 8, [], id="just within both"),
        pytest.param(80_000, 8, ["p95 is 80.00 ms"], id="as slow as the goal"),
        pytest.param(30_000, 9, ["9 queries"], id="one query too many"),
        pytest.param(90_120, 12, ["p95 is 90.12 ms", "12 queries"], id="both"),
    ],
)
def test_each_figure_that_misses_its_goal_is_named(slowest: int, queries: int, missed: list[str]) -> None:
    one = measured(microseconds=[30_000] * 94 + [slowest] * 6, queries=queries)
    told = list(misses([measured(people=1000), one], GOAL))
    assert len(told) == len(missed)
    assert all(
        words in sentence and "cohort, 40 people" in sentence for words, sentence in zip(missed, told, strict=True)
    )


def test_five_slow_requests_of_a_hundred_do_not_miss_the_p95() -> None:
    assert list(misses([measured(microseconds=[30_000] * 95 + [500_000] * 5)], GOAL)) == []


def test_the_ratio_is_of_the_last_to_the_first() -> None:
    both = [measured(microseconds=[20_000]), measured(people=1000, microseconds=[25_000])]
    assert report(both, GOAL)["ratio"] == {"p50": "1.25", "p95": "1.25", "p99": "1.25"}


def test_the_report_is_json_that_tells_what_the_table_tells() -> None:
    both = [measured(microseconds=[20_345] * 20), measured(people=1000, microseconds=[25_999] * 20, queries=9)]
    told = json.loads(json.dumps(report(both, GOAL)))
    assert [one["p95_ms"] for one in told["pages"]] == ["20.34", "25.99"]
    assert [one["people"] for one in told["pages"]] == [40, 1000]
    assert told["misses"] == ["cohort, 1000 people: 9 queries; the goal is at most 8."]
    lines = "\n".join(table(both, GOAL))
    assert all(words in lines for words in ("20.34", "25.99", "< 80", "<= 8", "ratio 1000 to 40", "1.27"))
