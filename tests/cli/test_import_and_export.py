"""The worked example by the command line: its files in, its results out, to the last digit."""

import csv
import io
import json
from pathlib import Path

import openpyxl
import pytest

from lms.people import service as people
from lms.xapi import queries as xapi
from tests.cli.running import EXAMPLE, process, run
from tests.cli.test_setting_up import COHORT
from tests.databases import sqlite_database
from tests.world import NOW, World

KINDS = ("participants", "sessions", "attendance", "assessments")
EXPORT = ("export", "results", "--cohort", "III A", "--as-of", "2021-06-09T01:00:00Z")
EXPECTED = (EXAMPLE / "expected.csv").read_text(encoding="utf-8")


@pytest.fixture
def sukabumi(world: World) -> World:
    """The organisation, with the programme and the empty cohort of the example."""
    with world.transaction() as session:
        people.add_organisation(session, slug="sukabumi", name="Kota Sukabumi", now=NOW)
    assert run(world.app, "programme", "publish", str(EXAMPLE / "programme.toml")).exit_code == 0
    assert run(world.app, *COHORT).exit_code == 0
    return world


def _import(world: World, kind: str, file: Path, *more: str) -> str:
    told = run(world.app, "import", kind, "--cohort", "III A", str(file), *more)
    assert told.exit_code == 0, told.output
    return told.stderr


def _import_all(world: World, statements: Path = EXAMPLE / "statements.jsonl") -> None:
    for kind in KINDS:
        _import(world, kind, EXAMPLE / f"{kind}.csv")
    assert run(world.app, "import", "statements", str(statements)).exit_code == 0


def test_the_results_are_those_that_were_worked_out_apart(sukabumi: World, tmp_path: Path) -> None:
    _import_all(sukabumi)
    assert run(sukabumi.app, *EXPORT).stdout == EXPECTED
    output = tmp_path / "results.csv"
    told = run(sukabumi.app, *EXPORT, "--output", str(output))
    assert (told.exit_code, told.stdout) == (0, "")
    assert output.read_text(encoding="utf-8") == EXPECTED


def test_every_file_may_come_again_and_statements_in_any_order(sukabumi: World, tmp_path: Path) -> None:
    lines = (EXAMPLE / "statements.jsonl").read_text(encoding="utf-8").splitlines()
    shuffled = tmp_path / "shuffled.jsonl"
    shuffled.write_text("\n".join(sorted(lines, key=lambda line: line[::-1])), encoding="utf-8")
    _import_all(sukabumi, shuffled)
    for kind in KINDS:
        assert "0 added, 0 changed" in _import(sukabumi, kind, EXAMPLE / f"{kind}.csv")
    again = run(sukabumi.app, "import", "statements", str(EXAMPLE / "statements.jsonl"))
    assert "144 read, 0 added, 144 known already" in again.stderr
    assert run(sukabumi.app, *EXPORT).stdout == EXPECTED


def test_statements_that_come_before_the_people_count_once_they_are_there(sukabumi: World) -> None:
    assert run(sukabumi.app, "import", "statements", str(EXAMPLE / "statements.jsonl")).exit_code == 0
    for kind in KINDS:
        _import(sukabumi, kind, EXAMPLE / f"{kind}.csv")
    assert run(sukabumi.app, *EXPORT).stdout == EXPECTED


def test_a_rebuild_changes_nothing(sukabumi: World) -> None:
    _import_all(sukabumi)
    told = run(sukabumi.app, "rebuild")
    assert told.exit_code == 0
    assert "Results folded anew: 6, of which changed: 0. Pieces of evidence changed: 0." in told.stderr
    assert run(sukabumi.app, "rebuild", "--cohort", "III A").exit_code == 0
    assert run(sukabumi.app, *EXPORT).stdout == EXPECTED


def test_the_files_may_be_workbooks(sukabumi: World, tmp_path: Path) -> None:
    for kind in KINDS:
        book = openpyxl.Workbook()
        with (EXAMPLE / f"{kind}.csv").open(encoding="utf-8", newline="") as file:
            for row in csv.reader(file):
                book.active.append(row)
        book.save(tmp_path / f"{kind}.xlsx")
        _import(sukabumi, kind, tmp_path / f"{kind}.xlsx")
        assert "0 added, 0 changed" in _import(sukabumi, kind, EXAMPLE / f"{kind}.csv")


def test_a_trial_writes_nothing(sukabumi: World) -> None:
    assert "6 added" in _import(sukabumi, "participants", EXAMPLE / "participants.csv", "--dry-run")
    assert run(sukabumi.app, *EXPORT).stdout.count("\n") == 1
    tried = run(sukabumi.app, "import", "statements", str(EXAMPLE / "statements.jsonl"), "--dry-run")
    assert "144 are valid" in tried.stderr
    with sukabumi.reading() as session:
        assert list(xapi.every_statement(session, organisation_id=1, at_once=10)) == []


def test_every_bad_row_is_told_on_a_line_of_its_own(sukabumi: World, tmp_path: Path) -> None:
    file = tmp_path / "bad.csv"
    file.write_bytes(b"\xef\xbb\xbfidentifier;name;email\r\n1,99E+17;Ani;\r\n2;;ani\r\n")
    told = run(sukabumi.app, "import", "participants", "--cohort", "III A", str(file))
    assert told.exit_code == 1
    assert [line.partition(": ")[0] for line in told.stderr.splitlines()] == [
        "line 2, identifier",
        "line 3, name",
        "line 3, email",
        "Nothing was changed. Problems found",
    ]


@pytest.mark.parametrize(
    ("option", "kind"), [("--format", "json"), ("--output", "results.json"), ("--output", "results.xlsx")]
)
def test_results_come_in_three_formats(sukabumi: World, tmp_path: Path, option: str, kind: str) -> None:
    _import(sukabumi, "participants", EXAMPLE / "participants.csv")
    file = tmp_path / kind
    told = run(sukabumi.app, *EXPORT, option, kind if option == "--format" else str(file))
    assert told.exit_code == 0
    content = told.stdout_bytes if option == "--format" else file.read_bytes()
    if kind.endswith("xlsx"):
        found = [row[0].value for row in openpyxl.load_workbook(io.BytesIO(content)).active.iter_rows(min_row=2)]
    else:
        found = [row["identifier"] for row in json.loads(content)]
    assert found == [line.partition(",")[0] for line in EXPECTED.splitlines()[1:]]


def test_results_that_cannot_be_written_are_trouble(sukabumi: World, tmp_path: Path) -> None:
    assert run(sukabumi.app, *EXPORT, "--output", str(tmp_path / "no" / "where.csv")).exit_code == 3


@pytest.mark.parametrize(
    "words", [EXPORT, ("rebuild", "--cohort", "III A"), ("import", "participants", "--cohort", "III A")]
)
def test_an_unknown_cohort_is_refused(world: World, words: tuple[str, ...]) -> None:
    _ = world.cohort
    file = (str(EXAMPLE / "participants.csv"),) if words[0] == "import" else ()
    told = run(world.app, *words, *file)
    assert told.exit_code == 1
    assert "III A" in told.stderr


@pytest.mark.slow
def test_all_of_it_by_processes_as_an_administrator_does(tmp_path: Path) -> None:
    url = sqlite_database(tmp_path / "padu.db")
    steps = [
        ("db", "upgrade"),
        ("organisation", "add", "sukabumi", "--name", "Kota Sukabumi"),
        ("programme", "publish", str(EXAMPLE / "programme.toml")),
        COHORT,
        *(("import", kind, "--cohort", "III A", str(EXAMPLE / f"{kind}.csv")) for kind in KINDS),
        ("import", "statements", str(EXAMPLE / "statements.jsonl")),
    ]
    for step in steps:
        done = process(*step, cwd=tmp_path, LMS_DATABASE_URL=url)
        assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert process(*EXPORT, cwd=tmp_path, LMS_DATABASE_URL=url).stdout == EXPECTED
