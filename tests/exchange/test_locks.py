"""Who waits for whom where files come in and results go out."""

import io
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from lms.exchange.service import drain, import_file
from lms.people import queries as people
from lms.progress import service as progress
from lms.xapi import service as xapi
from tests.world import NOW, PEOPLE, World
from tests.xapi.lrs import ANI, counts, evidence, lrs, score, statement


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_file_of_some_people_waits_for_nobody_else(world: World) -> None:
    """Else it would wait for Ani while whoever holds Ani may wait for those of the file."""
    dedi = next(person for person in PEOPLE if person[1].startswith("Dedi"))
    ani, cohort = world.participant("Ani"), world.cohort
    with world.transaction() as other:
        people.lock_participants(other, organisation_id=world.sukabumi, participant_ids=[ani])
        with world.transaction() as session:
            session.execute(text("SET LOCAL lock_timeout = '1s'"))
            report = import_file(
                session,
                kind="participants",
                organisation_id=world.sukabumi,
                cohort_id=cohort,
                filename="dedi.csv",
                content=f"identifier,name,unit\n{dedi[0]},Dedi Baru,Dinas\n".encode(),
                recorded_by=None,
                now=NOW,
            )
    assert report.changed == 1


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_each_batch_that_waits_is_counted_in_a_transaction_of_its_own(
    app: Flask, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The people of one batch are not held while those of the next are waited for."""
    _ = world.cohort
    lrs(world).post(*(statement(ANI, result=score(number)) for number in range(3)))
    transactions: list[object] = []
    project = xapi.project

    def one_at_a_time(session: Session, **rest: object) -> int:
        transactions.append(session.get_transaction())
        return project(session, limit=1, **rest)  # type: ignore[arg-type]

    monkeypatch.setattr(xapi, "project", one_at_a_time)
    with app.app_context():
        drain(organisation_id=world.sukabumi, dialects=app.extensions["dialects"], now=NOW)

    assert len(set(map(id, transactions))) == len(transactions) == 4
    assert counts(world).queued == 0
    assert len(evidence(world, "Ani")) == 3


class Deadlock(Exception):
    """What the driver raises when PostgreSQL ends a deadlock."""

    sqlstate = "40P01"


def test_whoever_loses_a_deadlock_tries_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A register, scores and a file are saved although the first try of each was ended."""
    ani, _ = str(world.participant("Ani")), world.session_id("S01")
    tries, record = list[int](), progress.record

    def ended_at_first(session: Session, **evidence: Any) -> None:
        tries.append(1)
        if len(tries) % 2 == 1:
            raise OperationalError("", {}, Deadlock())
        record(session, **evidence)

    monkeypatch.setattr(progress, "record", ended_at_first)
    person = {"rows-0-participant_id": ani, "rows-0-seen": ""}
    file = io.BytesIO(f"session,identifier,status\nS02,{PEOPLE[0][0]},hadir\n".encode())
    with time_machine.travel(NOW, tick=False):
        client = world.client("manager")
        answers = [
            client.post("/cohorts/III/sessions/S01", data=person | {"rows-0-status": "hadir"}),
            client.post("/cohorts/III/assessments/project", data=person | {"rows-0-score": "80"}),
            client.post("/cohorts/III/import/attendance", data={"file": (file, "marks.csv"), "bring": "1"}),
        ]
    assert [answer.status_code for answer in answers] == [303] * 3
    assert len(tries) == 6
