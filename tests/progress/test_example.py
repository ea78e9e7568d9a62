"""The worked example comes out to the last digit, however its evidence arrives."""

import random
from typing import Any

import pytest

from lms.progress.rules import Evidence
from tests.progress.example import AS_OF, example, exported, fold, rows

EXPECTED = {row["identifier"]: row for row in rows("expected.csv")}
PEOPLE = example().participants


def identifier(row: dict[str, str]) -> Any:
    return row["identifier"]


@pytest.mark.parametrize("row", PEOPLE, ids=identifier)
def test_it_comes_out_as_expected_to_the_last_digit(row: dict[str, str]) -> None:
    assert exported(row, fold(example().evidence[row["identifier"]], row)) == EXPECTED[row["identifier"]]


def test_it_has_the_expected_columns_and_nobody_else() -> None:
    columns = list(exported(PEOPLE[0], fold([], PEOPLE[0])))
    assert columns == list(next(iter(EXPECTED.values())))
    assert [row["identifier"] for row in PEOPLE] == list(EXPECTED)


@pytest.mark.parametrize("row", PEOPLE, ids=identifier)
@pytest.mark.parametrize("seed", range(5))
def test_shuffled_and_doubled_evidence_comes_out_the_same_step_by_step(row: dict[str, str], seed: int) -> None:
    evidence = example().evidence[row["identifier"]]
    drawn = random.Random(seed)  # noqa: S311
    doubled = evidence + drawn.sample(evidence, len(evidence) // 2)
    drawn.shuffle(doubled)
    assert fold(doubled, row) == fold(evidence, row)


def test_the_example_has_voided_repeated_early_and_late_statements() -> None:
    """Were there none, the tests above would say nothing about them."""
    found = {row["identifier"]: fold(example().evidence[row["identifier"]], row) for row in PEOPLE}
    whys = {
        weighed.why
        for result in found.values()
        for component in result.components
        for unit in component.units
        for weighed in unit.evidence
    }
    assert {"", "voided", "repeat", "later"} <= whys


def test_evidence_of_unknown_units_is_passed_over() -> None:
    row = PEOPLE[1]
    evidence = example().evidence[row["identifier"]]
    stray = Evidence(
        kind="module",
        unit="https://elsewhere.example/x",
        recorded_at=AS_OF,
        source="xapi",
        source_id=example().cohort.id,
        completed=True,
    )
    assert fold([stray, *evidence], row) == fold(evidence, row)
