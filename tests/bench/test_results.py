"""`lms bench results`: its rules, and one small run of it."""

import json
from dataclasses import replace

import pytest

from lms.bench import results_rules as rules
from lms.bench.results_cohort import Size, programme_text
from lms.bench.results_rules import Measured, Taken
from lms.programme.rules import modules, parse_programme
from tests.cli.running import process
from tests.world import World

FINE = Measured(
    people=1000,
    modules=40,
    sessions=60,
    evidence=105_893,
    floor=Taken(work=1_000_000, waited=1_100_000),
    rebuild=Taken(work=5_000_000, waited=19_999_999),
    replay=Taken(work=5_000_000, waited=29_999_999),
    changed=999,
    statements=[Taken(work=49_999, waited=300_000)] * 19 + [Taken(work=70_000, waited=300_000)],
    place={"processors": "2"},
)


@pytest.mark.parametrize(
    ("measured", "missed"),
    [
        (FINE, []),
        (replace(FINE, rebuild=Taken(work=1, waited=20_000_000)), ["A full rebuild took 20.00 s"]),
        (replace(FINE, replay=Taken(work=1, waited=30_000_000)), ["The replay of a draft took 30.00 s"]),
        (replace(FINE, statements=[Taken(work=50_000, waited=1)]), ["one new statement took 50.00 ms of work"]),
    ],
)
def test_each_figure_has_its_goal(measured: Measured, missed: list[str]) -> None:
    told = list(rules.misses(measured))
    assert len(told) == len(missed)
    assert all(words in sentence for words, sentence in zip(missed, told, strict=True))


def test_the_table_and_the_report_tell_the_same() -> None:
    told = json.loads(json.dumps(rules.report(FINE)))
    lines = list(rules.table(FINE))
    assert told["rebuild"] == {"work_us": 5_000_000, "clock_us": 19_999_999, "ratio": "18.18"}
    assert (told["replay"]["changed"], told["statement"]["work_p95_us"]) == (999, 49_999)
    for place, words in ((0, "105,893"), (2, "1.10"), (3, "18.18"), (4, "999"), (6, "49.99")):
        assert words in lines[place]


def test_the_draft_says_otherwise_about_the_same_modules() -> None:
    first, second = (parse_programme(programme_text(Size(people=1, modules=5, sessions=1), version=v)) for v in (1, 2))
    assert [one.iri for one in modules(first)] == [one.iri for one in modules(second)]
    assert len({one.iri for one in modules(first)}) == 5
    assert first.components != second.components


@pytest.mark.slow
def test_it_runs_and_tells_json(world: World) -> None:
    url = world.app.extensions["settings"].database_url
    size = ("--people", "6", "--modules", "4", "--sessions", "3")
    done = process("bench", "results", *size, "--json", "--database", url)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["people"], told["modules"], told["sessions"]) == (6, 4, 3)
    # Every session is marked and every assessment scored at least, and one module is overridden.
    assert told["evidence"] >= 6 * 3 + 6 * 3 + 1
    assert (told["replay"]["changed"], told["statement"]["times"]) == (6, 50)
    assert told["floor"]["clock_us"] > 0
