"""`lms bench pages`: both cohorts are built whole, shown in turn, and measured."""

import json
from importlib import import_module
from pathlib import Path

import pytest
from sqlalchemy import func, select

from lms.bench import building, pages
from lms.bench.rules import Goal
from lms.db import reading
from lms.progress.models import EvidenceRow
from tests.cli.running import run, settings
from tests.world import NOW, World

SIZES = (8, 12)
bench = import_module("lms.cli.bench")  # the package's `bench` is the command


def nobody(_: int) -> None:
    """Whoever is told of progress and does not listen."""


def test_the_cohorts_have_full_evidence_and_are_measured_alike(world: World) -> None:
    with world.app.app_context():
        organisation_id = building.build(sizes=SIZES, now=NOW, told=nobody)
        kinds = set(reading().scalars(select(EvidenceRow.kind).distinct()))
        measured = pages.measure(world.app, organisation_id=organisation_id, sizes=SIZES, requests=3, told=nobody)
    assert kinds == {"module", "session", "assessment"}
    assert [one.people for one in measured] == [8, 12]
    assert [len(one.microseconds) for one in measured] == [3, 3]
    assert measured[0].queries == measured[1].queries > 0


def test_building_again_uses_what_is_there(world: World) -> None:
    with world.app.app_context():
        first = building.build(sizes=SIZES[:1], now=NOW, told=nobody)
        evidence = reading().scalar(select(func.count()).select_from(EvidenceRow))
        assert building.build(sizes=SIZES[:1], now=NOW, told=nobody) == first
        assert reading().scalar(select(func.count()).select_from(EvidenceRow)) == evidence


def test_a_page_that_does_not_show_its_people_is_not_measured(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "_people", lambda *_: ["somebody who is not there"])
    with world.app.app_context():
        organisation_id = building.build(sizes=SIZES[:1], now=NOW, told=nobody)
        with pytest.raises(pages.NotShown, match="does not show 1 of"):
            pages.measure(world.app, organisation_id=organisation_id, sizes=SIZES[:1], requests=1, told=nobody)


@pytest.mark.slow
def test_the_command_checks_the_goals(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench, "SIZES", SIZES)
    database = ("--database", f"sqlite:///{tmp_path / 'bench.db'}", "--requests", "20")
    monkeypatch.setattr(bench.rules, "GOAL", Goal(p95=10**6, queries=1000))
    kept = run(settings(), "bench", "pages", "--check", "--json", *database)
    assert kept.exit_code == 0, kept.output
    assert json.loads(kept.stdout)["misses"] == []
    monkeypatch.setattr(bench.rules, "GOAL", Goal(p95=10**6, queries=0))
    missed = run(settings(), "bench", "pages", "--check", *database)
    assert missed.exit_code == 1
    assert "cohort, 8 people" in missed.stderr
    assert "cohort, 12 people" in missed.stderr
    assert "ratio 12 to 8" in missed.stdout
    assert run(settings(), "bench", "pages", *database).exit_code == 0


def test_a_database_of_somebody_is_left_as_it_is(world: World) -> None:
    assert world.sukabumi
    url = world.app.extensions["settings"].database_url
    refused = run(settings(), "bench", "pages", "--database", url)
    assert refused.exit_code == 1
    assert "holds sukabumi" in refused.stderr
