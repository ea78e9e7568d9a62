"""Whatever the order in which statements come in, doubled and split over requests: the results are the same."""

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lms.app import create_app
from lms.db import db
from lms.progress import queries as progress
from lms.progress import service as progress_service
from lms.settings import Settings
from lms.xapi import rules, service
from tests.databases import empty, sqlite_database
from tests.world import NOW, World
from tests.xapi.lrs import ANI, BUDI, MODULE, SECOND, Statement, score, statement, store_now, voiding

AUTHORITY = {"objectType": "Agent", "account": {"homePage": "https://padu.example", "name": "tests"}}
VERBS = (rules.COMPLETED, rules.PASSED, rules.FAILED, rules.UNCOMPLETED, "http://adlnet.gov/expapi/verbs/scored")


def identity(number: int) -> str:
    return str(UUID(int=0x01890A5DAC96774BBCCEB302099A8000 + number))


@st.composite
def histories(draw: st.DrawFn) -> list[Statement]:
    """Statements of two known and one unknown person, on few moments so that many tie; some void others."""
    found = []
    for number in range(draw(st.integers(1, 12))):
        said: dict[str, Any] = {"id": identity(number), "timestamp": f"2026-03-0{draw(st.integers(1, 9))}T02:00:00Z"}
        if draw(st.integers(0, 4)) == 0:
            found.append(voiding(identity(draw(st.integers(0, 11))), **said))
            continue
        if draw(st.booleans()):
            said["result"] = score(draw(st.sampled_from([0, 50, 70, 100])))
        name, verb = draw(st.sampled_from([ANI, BUDI, "peserta-lain"])), draw(st.sampled_from(VERBS))
        found.append(statement(name, verb, draw(st.sampled_from([MODULE, SECOND, f"{MODULE}/bab"])), **said))
    return found


@st.composite
def deliveries(draw: st.DrawFn, history: Sequence[Statement]) -> list[list[Statement]]:
    """The same statements shuffled, some of them twice, in requests of a few."""
    doubled = [*history, *draw(st.lists(st.sampled_from(history), max_size=4))]
    shuffled = draw(st.permutations(doubled))
    requests: list[list[Statement]] = [[]]
    for one in shuffled:
        is_there = any(one["id"] == other["id"] for other in requests[-1])
        if requests[-1] and (is_there or draw(st.booleans())):
            requests.append([])
        requests[-1].append(one)
    return requests


class Store:
    """The cohort of `tests.world` on a SQLite database that is emptied for each history."""

    def __init__(self, url: str) -> None:
        self.app = create_app(Settings(database_url=url, secret_key="a secret for tests only, 32 characters"))

    def results(self, requests: Sequence[Sequence[Statement]]) -> tuple[World, dict[Any, Any]]:
        """What is stored of the results after these requests on an empty database."""
        world = World(self.app)
        with self.app.app_context():
            db.session.remove()
            empty(db.engine)
        _ = world.cohort
        for position, request in enumerate(requests):
            self.receive(world, request, position)
        return world, self.stored(world)

    def receive(self, world: World, request: Sequence[Statement], position: int) -> None:
        now = NOW + timedelta(microseconds=position)
        prepared = rules.prepare(json.dumps(request).encode(), version=rules.V1, now=now, authority=AUTHORITY)
        with world.transaction() as session:
            store_now(session, world, prepared, stored=now, now=NOW + timedelta(hours=1))

    def stored(self, world: World) -> dict[Any, Any]:
        people = {name: world.participant(name) for name in ("Ani", "Budi")}
        cohort = world.cohort
        with world.reading() as session:
            found = progress.stored(
                session, organisation_id=world.sukabumi, cohort_id=cohort, participant_ids=list(people.values())
            )
        names = {participant: name for name, participant in people.items()}
        return {(names[participant], path): figures for (participant, path), figures in found.items()}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    return Store(sqlite_database(tmp_path_factory.mktemp("histories") / "lms.sqlite"))


@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_the_order_of_arrival_changes_nothing_and_a_rebuild_neither(store: Store, data: st.DataObject) -> None:
    history = data.draw(histories())
    _, in_order = store.results([history])
    world, otherwise = store.results(data.draw(deliveries(history)))

    assert otherwise == in_order
    with world.transaction() as session:
        done = progress_service.rebuild(
            session,
            organisation_id=world.sukabumi,
            replayed=service.replay(session, organisation_id=world.sukabumi, dialects=()),
            now=NOW + timedelta(hours=1),
        )
    assert (done.results, done.evidence_changed, done.results_changed) == (4, 0, 0)
    assert store.stored(world) == in_order
