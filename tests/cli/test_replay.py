"""`lms replay`: whose result changes, on the command line."""

import csv
import io
from pathlib import Path

import pytest

from lms.programme import queries as programmes
from lms.programme import service as programme
from tests.cli.running import run
from tests.dashboards.facts import scored
from tests.world import NOW, PROGRAMME, START, World

NEXT = PROGRAMME.replace("version = 1", "version = 2").replace('weight = "60"', 'weight = "40"')
NEXT = NEXT.replace('weight = "30"', 'weight = "50"')


def test_it_tells_whoever_changes_by_a_file_a_version_and_a_draft(world: World, tmp_path: Path) -> None:
    scored(world, "Ani", "90", at=START)
    file = tmp_path / "next.toml"
    file.write_text(NEXT)
    with world.transaction() as session:
        organisation_id = world.sukabumi
        programme.publish(session, organisation_id=organisation_id, text=NEXT, published_by=None, now=NOW)
        tree = {"code": "contoh"}
        added = programme.add_draft(session, organisation_id=organisation_id, tree=tree, created_by=None, now=NOW)
    as_of = ("--as-of", "2026-03-12T08:00:00+07:00")
    told = [run(world.app, "replay", "III", *words, *as_of) for words in (("--file", str(file)), ("--version", "2"))]
    assert [one.exit_code for one in told] == [0, 0]
    assert told[0].stdout == told[1].stdout
    assert told[0].stdout.splitlines()[0].startswith("199001012026031001 Ani Contoh: of all 36.00 -> 24.00")
    assert "    “MOOC” weighs 40 instead of 60.\n" in told[0].stdout
    assert told[0].stderr.endswith(
        "1 of 4 results change: 0 better, 1 worse, 0 with another status or reason. Nothing was written.\n"
    )
    table = run(world.app, "replay", "III", "--version", "2", *as_of, "--csv")
    rows = list(csv.DictReader(io.StringIO(table.stdout)))
    assert [(row["of_all_before"], row["of_all_after"]) for row in rows] == [
        ("36.00", "24.00"),
        *[("0.00", "0.00")] * 3,
    ]
    refused = run(world.app, "replay", "III", "--draft", str(added))
    assert (refused.exit_code, "title" in refused.stderr) == (1, True)
    with world.reading() as session:
        assert programmes.moves(session, organisation_id=world.sukabumi, cohort_id=world.cohort) == []


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (("III",), 2),
        (("III", "--version", "2", "--draft", "018f0000-0000-7000-8000-000000000000"), 2),
        (("III", "--version", "7"), 1),
        (("IV", "--version", "1"), 1),
        (("III", "--draft", "018f0000-0000-7000-8000-000000000000"), 1),
        (("III", "--file", "nowhere.toml"), 2),
    ],
)
def test_it_says_what_it_cannot_do(world: World, words: tuple[str, ...], status: int) -> None:
    _ = world.cohort
    assert run(world.app, "replay", *words).exit_code == status
