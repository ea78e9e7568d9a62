"""The bench of ingest: its rules, and one small run of it."""

import json
import random
from pathlib import Path

import pytest

from lms.bench import ingest_rules as rules
from lms.bench.traffic import body
from lms.clock import now
from lms.xapi.rules import V1, V2, prepare
from tests.cli.running import process


def line(name: str = "batches of 50", connections: int = 4, floor: int = 1000, reached: int = 600) -> rules.Line:
    return rules.Line(
        name=name, connections=connections, floor=floor, reached=reached, microseconds=range(1000, 101_000, 1000)
    )


def test_percent_and_percentiles() -> None:
    one = line(reached=599)

    assert one.percent == 59
    assert [one.percentile(percent) for percent in (50, 95, 99)] == [50_000, 95_000, 99_000]


@pytest.mark.parametrize(
    ("one", "is_missed"),
    [
        (line(reached=500), False),
        (line(reached=499), True),
        (line("one at a time", 32, reached=499), True),
        (line("one at a time", 8, reached=100), False),
    ],
)
def test_the_goal_is_half_of_the_floor(one: rules.Line, is_missed: bool) -> None:
    assert bool(list(rules.misses([one], []))) is is_missed


def test_a_process_has_its_limit() -> None:
    assert list(rules.misses([], [250 * 1024])) == []
    (told,) = rules.misses([], [250 * 1024 + 1])
    assert "250 MB" in told


@pytest.mark.parametrize("version", [V1, V2])
def test_what_is_sent_is_valid_and_no_id_comes_twice(version: str) -> None:
    content = body(0, 300, random.Random(1))  # noqa: S311  (nothing secret)
    authority = {"objectType": "Agent", "mbox": "mailto:bench@bench.example"}
    made = prepare(content, version=version, now=now(), authority=authority)

    assert len({one.id for one in made}) == 300
    assert 600 < len(content) // 300 < 1500


def test_it_runs_and_tells_json(tmp_path: Path) -> None:
    done = process("bench", "ingest", "--seconds", "0.2", "--json", cwd=tmp_path)
    told = json.loads(done.stdout)

    assert done.returncode == 0, done.stderr
    assert [one["connections"] for one in told["ingest"]] == [4, 4, 1, 8, 32]
    assert all(one["http_per_second"] > 0 and one["floor_per_second"] > 0 for one in told["ingest"])


def test_only_a_server_of_its_own_is_measured_on(tmp_path: Path) -> None:
    done = process("bench", "ingest", "--database", f"sqlite:///{tmp_path}/mine.db", cwd=tmp_path)

    assert done.returncode == 3
    assert not (tmp_path / "mine.db").exists()
