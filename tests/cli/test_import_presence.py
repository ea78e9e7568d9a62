"""Scans of cards and logs of live classes by commands: what marks nobody is told, and a trial writes nothing."""

from pathlib import Path

import pytest

from tests.cli.running import run
from tests.exchange.test_presence import LOG, SCANS, marks_of
from tests.world import World


@pytest.fixture
def files(world: World, tmp_path: Path) -> Path:
    """A folder with a list of scans and a log; the cohort is there."""
    _ = world.cohort
    (tmp_path / "scans.csv").write_text(SCANS, encoding="utf-8")
    (tmp_path / "log.csv").write_text(LOG, encoding="utf-8")
    return tmp_path


def test_scans_are_brought_in_and_what_marks_nobody_is_told(world: World, files: Path) -> None:
    command = ("import", "scans", "--cohort", "III", str(files / "scans.csv"))
    trial = run(world.app, *command, "--dry-run")
    assert (trial.exit_code, marks_of(world, "S01", "Ani")) == (0, [])
    told = run(world.app, *command)
    assert told.exit_code == 0, told.output
    assert "line 7: 12345 at 2026-03-12T01:00:00+00:00 marks nobody: nobody in this cohort" in told.stderr
    assert "1 scan repeats an earlier one" in told.stderr
    assert "scans: 6 rows, 3 added, 0 changed, 0 unchanged." in told.stderr
    assert [mark[:3] for mark in marks_of(world, "S01", "Ani")] == [("hadir", None, "scan")]


def test_a_log_is_brought_in_and_whom_nobody_knows_is_told(world: World, files: Path) -> None:
    command = ("import", "live-log", "--cohort", "III", "--session", "S01", str(files / "log.csv"))
    trial = run(world.app, *command, "--dry-run")
    assert (trial.exit_code, marks_of(world, "S01", "Ani")) == (0, [])
    told = run(world.app, *command)
    assert told.exit_code == 0, told.output
    assert "HP Dedi, 135 minutes: nobody of the cohort for sure" in told.stderr
    assert "199001012026031004 Dedi Contoh does not stand in the log." in told.stderr
    assert "live-log: 5 rows, 3 added" in told.stderr
    assert [mark[2:] for mark in marks_of(world, "S01", "Ani")] == [("log", "log.csv")]
    assert "0 added, 0 changed, 3 unchanged" in run(world.app, *command).stderr


def test_a_log_of_an_unknown_session_is_refused(world: World, files: Path) -> None:
    told = run(world.app, "import", "live-log", "--cohort", "III", "--session", "S99", str(files / "log.csv"))
    assert told.exit_code != 0
    assert "There is no session S99 in cohort III." in told.stderr
