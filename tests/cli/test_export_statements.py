"""Statements as a file: which, in which order, and that the file says the same when it is brought in elsewhere."""

import gzip
import json
import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from lms.app import create_app
from lms.plugin import load_plugins
from lms.xapi import file_queries, rules
from lms.xapi import queries as xapi
from lms.xapi.rules import timestamp
from tests.cli.running import run, settings
from tests.databases import sqlite_database
from tests.world import NOW, World
from tests.xapi.lrs import (
    ANI,
    BUDI,
    CITRA,
    HOME,
    SECOND,
    evidence,
    lrs,
    module,
    referring,
    score,
    statement,
    store_now,
    voiding,
)

ID, OTHER = "01890a5d-ac96-774b-bcce-b302099a8057", "01890a5d-ac96-774b-bcce-b302099a8058"
ADA = {"objectType": "Agent", "account": {"homePage": HOME, "name": ANI}}


def _take(world: World, *options: str, organisation: str = "sukabumi") -> Result:
    return run(world.app, "export", "statements", "--organisation", organisation, *options)


def _ids(told: Result) -> list[str]:
    assert told.exit_code == 0, told.stderr
    return [json.loads(line)["id"] for line in told.stdout.splitlines()]


def _stored(world: World, *statements: dict[str, Any]) -> list[str]:
    """Store statements one second after another, from NOW on; returns their ids."""
    _, ids = world.sukabumi, []
    for number, one in enumerate(statements):
        moment = NOW + timedelta(seconds=number)
        prepared = rules.prepare(json.dumps(one).encode(), version=rules.V1, now=moment, authority=ADA)
        with world.transaction() as session:
            store_now(session, world, prepared, stored=moment)
        ids.append(str(prepared[0].id))
    return ids


def test_all_are_written_the_first_stored_first_with_those_that_are_voided(world: World) -> None:
    ids = _stored(world, statement(ANI, id=ID), statement(BUDI), voiding(ID), referring(ID))
    told = _take(world)

    assert _ids(told) == ids
    assert _ids(_take(world, "--without-voided")) == ids[1:]
    assert "statements: 4 written." in told.stderr
    assert f"--since {timestamp(NOW + timedelta(seconds=3))}" in told.stderr


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--since", timestamp(NOW)], [1, 2, 3]),
        (["--until", timestamp(NOW + timedelta(seconds=1))], [0, 1]),
        (["--since", timestamp(NOW), "--until", timestamp(NOW + timedelta(seconds=2))], [1, 2]),
        (["--agent", json.dumps(ADA)], [0, 3]),
        (["--agent", json.dumps(ADA), "--related"], [0, 1, 2, 3]),
        (["--verb", rules.FAILED], [1]),
        (["--activity", SECOND], [2]),
        (["--activity", SECOND, "--related"], [1, 2]),
        (["--verb", rules.COMPLETED, "--without-voided"], [2, 3]),
    ],
)
def test_options_choose(world: World, options: list[str], expected: list[int]) -> None:
    around = {"contextActivities": {"parent": [{"id": SECOND}]}}
    ids = _stored(
        world,
        statement(ANI, id=ID),
        statement(BUDI, rules.FAILED, context=around),
        statement(CITRA, iri=SECOND),
        voiding(ID),
    )
    assert _ids(_take(world, *options)) == [ids[number] for number in expected]


@pytest.mark.parametrize(
    ("option", "wrong"),
    [
        ("--agent", "{}"),
        ("--agent", "not json"),
        ("--agent", '{"mbox": "mailto:a@x.example", "mbox": "mailto:b@x.example"}'),
        ("--verb", "completed"),
        ("--activity", "modul/1"),
        ("--since", "2026-03-02"),
        ("--until", "soon"),
    ],
)
def test_what_makes_no_sense_is_refused_as_wrong_use(world: World, option: str, wrong: str) -> None:
    _ = world.sukabumi
    told = _take(world, option, wrong)
    assert told.exit_code == 2
    assert option in told.stderr


def test_an_output_that_ends_with_gz_is_compressed(world: World, tmp_path: Path) -> None:
    ids = _stored(world, statement(ANI), statement(BUDI))
    for name, opener in (("all.jsonl", open), ("all.jsonl.gz", gzip.open)):
        told = _take(world, "--output", str(tmp_path / name))
        assert f"2 written to {tmp_path / name}" in told.stderr
        with opener(tmp_path / name, "rt") as file:
            assert [json.loads(line)["id"] for line in file] == ids


def test_an_output_that_cannot_be_written_is_told(world: World, tmp_path: Path) -> None:
    _stored(world, statement(ANI))
    told = _take(world, "--output", str(tmp_path / "missing" / "all.jsonl"))
    assert told.exit_code == 3
    assert "cannot be written: No such file or directory" in told.stderr


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no device that is always full")
def test_a_full_disk_is_told_with_where_to_go_on(world: World, tmp_path: Path) -> None:
    _stored(world, *(statement(ANI, result={"response": "x" * 9000}) for _ in range(3)))
    os.symlink("/dev/full", tmp_path / "all.jsonl")
    told = _take(world, "--output", str(tmp_path / "all.jsonl"))
    assert told.exit_code == 3
    assert "No space left on device" in told.stderr
    assert "--since" in told.stderr or "Run it again." in told.stderr


def test_contents_of_attachments_are_not_in_the_file_and_it_says_so(world: World) -> None:
    attachment = {
        "usageType": f"{HOME}/certificate",
        "display": {"id": "Sertifikat"},
        "contentType": "text/plain",
        "length": 3,
        "sha2": "0" * 64,
    }
    _stored(world, statement(ANI), statement(ANI, attachments=[attachment]))
    assert "1 of them have attachments whose content is not in the file" in _take(world).stderr


def test_no_statement_of_another_organisation_is_written(world: World) -> None:
    _ = world.sukabumi
    lrs(world, organisation_id=world.bandung).post(statement(ANI))
    assert _ids(_take(world)) == []
    assert len(_ids(_take(world, organisation="bandung"))) == 1


def test_it_goes_on_from_portion_to_portion(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lms.xapi.file_queries.AT_ONCE", 2)
    targets = [f"01890a5d-ac96-774b-bcce-b302099a80{number:02}" for number in range(5)]
    sent = [statement(ANI, id=one) for one in targets] + [voiding(one) for one in targets[:3]]
    ids = _stored(world, *sent)
    assert _ids(_take(world)) == ids
    assert _ids(_take(world, "--agent", json.dumps(ADA), "--verb", rules.COMPLETED)) == ids


def test_what_is_taken_out_says_the_same_in_another_installation(world: World, tmp_path: Path) -> None:
    other = World(create_app(settings(database_url=sqlite_database(tmp_path / "other.db")), load_plugins(())))
    _, _ = world.cohort, other.cohort
    sender, file = lrs(world), tmp_path / "all.jsonl.gz"
    for one in (
        statement(ANI, id=ID, result=score(60)),
        statement(ANI, result=score(88), timestamp="2026-03-11T09:00:00.1234567+07:00"),
        statement(BUDI, id=OTHER, result=score(91)) | {"version": "1.0.1"},
        voiding(ID),
        referring(OTHER),
    ):
        sender.sent(one)
    sender.sent(statement(CITRA, context={"contextAgents": []}), version="2.0.0")
    _take(world, "--output", str(file))
    brought = run(other.app, "import", "statements", str(file))

    assert "6 read, 6 added" in brought.stderr
    for name in ("Ani", "Budi", "Citra"):
        assert _claims(other, name) == _claims(world, name) != []
        ours, theirs = module(world, name), module(other, name)
        assert (ours.value, ours.done, ours.passed) == (theirs.value, theirs.done, theirs.passed)
    first, second = _kept(world), _kept(other)
    assert first.keys() == second.keys()
    for identity, was in first.items():
        assert {name for name in was if was[name] != second[identity][name]} == {"stored", "authority"}
        assert second[identity]["authority"]["account"]["name"] == "import"


def test_what_is_voided_while_it_is_written_is_in_it_all_the_same(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_queries, "AT_ONCE", 3)
    sender = lrs(world)
    ids = [sender.sent(statement(ANI, result=score(number)))[0] for number in range(8)]
    with world.reading() as session:
        every = xapi.exported(session, organisation_id=world.sukabumi, query=rules.StatementQuery())
        written = [str(next(every).id)]
        for voided in (ids[0], ids[2], ids[5]):
            sender.sent(voiding(voided))
        written += [str(one.id) for one in every]

    assert written[:8] == ids


def _claims(world: World, name: str) -> list[tuple[Any, ...]]:
    return [(one.source_id, one.unit, one.kind, one.score, one.occurred_at) for one in evidence(world, name)]


def _kept(world: World) -> dict[Any, dict[str, Any]]:
    with world.reading() as session:
        every = xapi.exported(session, organisation_id=world.sukabumi, query=rules.StatementQuery())
        return {one.id: json.loads(one.payload) for one in every}
