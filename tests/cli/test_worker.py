"""The background work: it counts, sends and refreshes, and no failure ends it."""

import json
import logging
import signal
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask

from lms.cli.worker import Turn, project, refresh, work
from lms.people import mail
from lms.progress import queries as progress
from lms.xapi import queries as xapi_queries
from lms.xapi import service as xapi
from lms.xapi.rules import prepare
from tests.cli.running import COMMAND, environment, run, settings
from tests.databases import sqlite_database
from tests.world import NOW, PEOPLE, World

AGENT = {"account": {"homePage": "https://mooc.example", "name": "test"}}


def _store(world: World, organisation_id: int) -> None:
    statement = {
        "actor": {"account": {"homePage": "https://mooc.example", "name": PEOPLE[0][0]}},
        "verb": {"id": "http://adlnet.gov/expapi/verbs/scored"},
        "object": {"id": "https://mooc.example/modul/1"},
        "result": {"score": {"raw": 80, "max": 100}},
        "timestamp": NOW.isoformat(),
    }
    prepared = prepare(json.dumps(statement).encode(), version="2.0.0", now=NOW, authority=AGENT)
    with world.transaction() as session:
        xapi.store_one(session, organisation_id=organisation_id, prepared=prepared, credential_id=None)


def _queued(world: World, organisation_id: int) -> int:
    with world.reading() as session:
        return xapi_queries.counts(session, organisation_id=organisation_id).queued


def _turns(number: int) -> Callable[[], bool]:
    left = iter(range(number))
    return lambda: next(left, None) is None


def test_what_came_in_is_counted(world: World) -> None:
    _ = world.cohort
    _store(world, world.sukabumi)
    assert _queued(world, world.sukabumi) == 1
    with world.app.app_context():
        work(world.app, _turns(1), pause=lambda seconds: None)
    assert _queued(world, world.sukabumi) == 0
    ani = world.participant("Ani")
    with world.reading() as session:
        evidence = progress.evidence_of(session, organisation_id=world.sukabumi, participant_ids=[ani])
    assert [one.score for one in evidence[ani]] == [80]


def test_a_failing_organisation_holds_up_no_other(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    for organisation_id in (world.bandung, world.sukabumi):
        _store(world, organisation_id)
    really = xapi.project

    def project_some(session: object, *, organisation_id: int, **rest: object) -> int:
        if organisation_id == world.bandung:
            raise RuntimeError("bandung fails")
        return really(session, organisation_id=organisation_id, **rest)

    monkeypatch.setattr(xapi, "project", project_some)
    with world.app.app_context(), pytest.raises(ExceptionGroup, match="1 of 2 organisations"):
        project(world.app, NOW)
    assert (_queued(world, world.bandung), _queued(world, world.sukabumi)) == (1, 0)


def test_figures_that_the_clock_has_made_wrong_are_folded_anew(world: World) -> None:
    _ = world.cohort
    later = NOW + timedelta(days=10)
    with world.app.app_context():
        refresh(world.app, later)
    with world.reading() as session:
        assert not progress.is_stale(session, organisation_id=world.sukabumi, now=later)
        assert progress.is_stale(session, organisation_id=world.sukabumi, now=later + timedelta(days=365))


def test_a_job_that_fails_ends_nothing_and_is_tried_less_and_less_often(
    app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    tried: list[datetime] = []

    def fail(app: Flask, moment: datetime) -> bool:
        tried.append(moment)
        raise RuntimeError("no mail server\nand more of it")

    turn = Turn(fail)
    with app.app_context(), caplog.at_level(logging.ERROR, "lms.worker"):
        for seconds in range(120):
            assert turn.take(app, NOW + timedelta(seconds=seconds)) is False
    assert [(moment - NOW).seconds for moment in tried] == [0, 1, 3, 7, 15, 31, 61, 91]
    assert caplog.records[0].exc_info is not None
    assert caplog.records[-1].message == "fail failed again (8 times): no mail server"


def test_a_job_that_works_again_is_done_as_often_as_before(app: Flask) -> None:
    outcomes = iter([RuntimeError("once"), False, False, False])

    def sometimes(app: Flask, moment: datetime) -> bool:
        outcome = next(outcomes)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    turn = Turn(sometimes, every=timedelta(seconds=2))
    with app.app_context():
        for seconds in range(6):
            turn.take(app, NOW + timedelta(seconds=seconds))
    assert next(outcomes, "nothing left") == "nothing left"


def test_letters_that_cannot_be_sent_are_told_by_check(world: World) -> None:
    _ = world.sukabumi
    with world.transaction() as session:
        mail.post(session, organisation_id=world.sukabumi, recipient="a@x.example", subject="-", body="-", now=NOW)
    for hours in (1, 2):
        moment = NOW + timedelta(hours=hours)
        with world.transaction() as session:
            (letter,) = mail.take_due(session, now=moment)
            mail.settle(session, letter=letter, error="OSError: refused", now=moment)
    told = run(world.app, "check")
    assert told.exit_code == 1
    assert "WRONG  sukabumi: 1 letters cannot be sent; the last one met with: OSError: refused" in told.stdout


def test_what_needs_a_look_is_told_by_check_and_is_not_wrong(world: World) -> None:
    _store(world, world.sukabumi)
    told = run(world.app, "check")
    assert (told.exit_code, "1 statements are not counted yet" in told.stdout) == (0, True)
    with world.app.app_context():
        project(world.app, datetime.now(UTC))
    told = run(world.app, "check")
    assert (told.exit_code, "1 statements are of unknown people" in told.stdout) == (0, True)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"secret_key": "x"}, "LMS_SECRET_KEY"),
        ({"secret_key": "x" * 64}, "LMS_SECRET_KEY"),
        ({"public_url": "http://padu.example"}, "LMS_PUBLIC_URL"),
    ],
)
def test_check_tells_settings_that_endanger_people(tmp_path: Path, changes: dict[str, str], message: str) -> None:
    url = sqlite_database(tmp_path / "padu.db")
    told = run(settings(database_url=url, plugins=(), **changes), "check")
    assert (told.exit_code, message in told.stdout) == (1, True)


def test_nothing_is_wrong_with_a_fresh_installation(app: Flask) -> None:
    told = run(app, "check")
    assert told.exit_code == 0
    assert told.stdout.endswith("Nothing is wrong.\n")


def test_the_models_and_the_migrations_agree() -> None:
    told = run(settings(), "db", "check")
    assert told.exit_code == 0


@pytest.mark.parametrize("name", [signal.SIGTERM, signal.SIGINT])
def test_a_worker_runs_until_it_is_told_to_stop(database_url: str, name: signal.Signals) -> None:
    with subprocess.Popen(
        [*COMMAND, "worker"], env=environment(LMS_DATABASE_URL=database_url), stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        assert "The worker runs" in process.stderr.readline()
        process.send_signal(name)
        assert process.wait(30) == 0
        assert "The worker has stopped." in process.stderr.read()
