"""`lms bench check-in`: its rules, and one small run of it."""

import json
from collections.abc import Sequence
from dataclasses import replace

import pytest

from lms.bench import check_in_rules as rules
from tests.cli.running import process
from tests.world import World

GOOD = rules.Measured(
    people=100,
    seconds=3,
    pages=[40_000] * 100,
    claims=[30_000] * 100,
    claimed=100,
    kept=100,
    marked=100,
    accepting=2_500_000,
    late=1_500,
    place={"processors": "2"},
)


def times(slow: int, microseconds: int = 200_000) -> Sequence[int]:
    """A hundred of them, of which so many are slow."""
    return [1_000] * (100 - slow) + [microseconds] * slow


@pytest.mark.parametrize(
    ("measured", "words"),
    [
        (GOOD, None),
        (replace(GOOD, pages=times(5)), None),
        (replace(GOOD, pages=times(6)), "the page: p95 is 200.00 ms"),
        (replace(GOOD, pages=times(6, 199_999)), None),
        (replace(GOOD, claims=times(6)), "the claim: p95 is 200.00 ms"),
        (replace(GOOD, claimed=99), "99 were told so"),
        (replace(GOOD, kept=99), "99 were on record"),
        (replace(GOOD, marked=0), "0 were marked afterwards"),
    ],
)
def test_each_figure_that_misses_its_goal_is_named(measured: rules.Measured, words: str | None) -> None:
    told = list(rules.misses(measured))
    assert len(told) == (words is not None)
    assert words is None or words in told[0]


def test_the_table_and_the_report_tell_the_same() -> None:
    told = json.loads(json.dumps(rules.report(GOOD)))
    lines = "\n".join(rules.table(GOOD))
    assert (told["page_p95_us"], told["claim_p95_us"], told["misses"]) == (40_000, 30_000, [])
    assert all(words in lines for words in ("40.00", "30.00", "2500.00", "1.50", "100 are on record", "processors 2"))


@pytest.mark.slow
def test_a_small_crowd_checks_in_and_nobody_is_lost(world: World) -> None:
    url = world.app.extensions["settings"].database_url
    done = process("bench", "check-in", "--json", "--people", "20", "--seconds", "1", "--database", url)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["people"], told["claimed"], told["kept"], told["marked"]) == (20, 20, 20, 20)
