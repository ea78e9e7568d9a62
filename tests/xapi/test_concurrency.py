"""Several at once on PostgreSQL, where statements come in, are projected and are matched at the same moment."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from lms.clock import now
from lms.db import db, retrying, transaction
from lms.people import queries as people
from lms.programme import service as programme
from lms.xapi import protocol, queries, rules, service
from tests.world import NOW, World
from tests.xapi.lrs import ANI, HOME, MODULE, Lrs, counts, drain, evidence, lrs, score, statement, voiding

WAIT = 20
AUTHORITY = {"objectType": "Agent", "account": {"homePage": "https://padu.example", "name": "tests"}}


@pytest.fixture
def database_url(postgres_url: str) -> str:
    """PostgreSQL only: SQLite lets one writer in after the other."""
    return postgres_url


@pytest.fixture
def at_once(app: Flask) -> Iterator[Callable[..., list[object]]]:
    """Runs functions in threads that set out together; returns what they return, in order."""
    with ThreadPoolExecutor(8) as pool:

        def run(*jobs: Callable[[], object]) -> list[object]:
            start = threading.Barrier(len(jobs))

            def job(work: Callable[[], object]) -> object:
                start.wait(WAIT)
                with app.app_context():
                    try:
                        return work()
                    finally:
                        db.session.remove()

            return [future.result(WAIT * 3) for future in [pool.submit(job, work) for work in jobs]]

        yield run


def ids(number: int) -> list[str]:
    return [f"01890a5d-ac96-774b-bcce-b302099a{one:04}" for one in range(number)]


def sender(client: Lrs, statements: list[dict[str, object]]) -> Callable[[], object]:
    """Sends them with a browser of its own: one test client must not serve two threads."""
    twin = Lrs(world=client.world, client=client.world.app.test_client(), key=client.key, secret=client.secret)
    return lambda: twin.post(*statements).status_code


def stored(world: World) -> list[queries.Kept]:
    with world.reading() as session:
        found = queries.every_statement(session, organisation_id=world.sukabumi, at_once=500)
        return [one for portion in found for one in portion]


def test_the_same_ids_sent_at_once_are_stored_once(world: World, at_once: Callable[..., list[object]]) -> None:
    client = lrs(world)
    sent = [statement(f"peserta-{number}", id=one) for number, one in enumerate(ids(40))]

    answers = at_once(*(sender(client, order) for order in (sent, sent[::-1], sent[::2] + sent[1::2], sent)))

    assert answers == [200] * 4
    assert [str(one.id) for one in stored(world)] == ids(40)
    assert counts(world).queued == 40
    assert len(client.found()) == 40


def test_different_statements_with_one_id_sent_at_once_are_one_and_a_conflict(
    world: World, at_once: Callable[..., list[object]]
) -> None:
    client = lrs(world)
    for number, one in enumerate(ids(10)):
        mine = [statement(ANI, id=one), statement("a")]
        other = [statement(ANI, id=one, result=score(number)), statement("b")]

        assert sorted(map(int, map(str, at_once(sender(client, mine), sender(client, other))))) == [200, 409]
    assert len(stored(world)) == 20


def projector(world: World) -> Callable[[], object]:
    """Projects in small batches, as a worker does, until nothing is left."""
    dialects = world.app.extensions["dialects"]

    def work() -> int:
        done = 0
        while True:
            taken = retrying(
                lambda session: service.project(
                    session, organisation_id=world.sukabumi, dialects=dialects, now=NOW, limit=7
                )
            )
            done += taken
            if not taken:
                return done

    return work


def test_workers_share_the_inbox_and_leave_nothing(world: World, at_once: Callable[..., list[object]]) -> None:
    _ = world.cohort
    lrs(world).post(*(statement(ANI, result=score(number)) for number in range(60)))

    done = at_once(*[projector(world)] * 4)

    assert sum(map(int, map(str, done))) == 60
    assert counts(world).queued == 0
    assert len(evidence(world, "Ani")) == 60


def enroller(world: World, number: int) -> Callable[[], object]:
    cohort = world.cohort

    def work() -> None:
        with transaction() as session:
            programme.enrol(
                session,
                organisation_id=world.sukabumi,
                cohort_id=cohort,
                rows=[programme.NewEnrolment(identifier=f"baru-{number}", name=f"Baru {number}", group="A")],
                now=NOW,
            )

    return work


@pytest.mark.parametrize("number", range(6))
def test_nobody_enrolled_while_statements_are_projected_is_missed(
    world: World, at_once: Callable[..., list[object]], number: int
) -> None:
    """Either the projector sees the new person, or the enrolment sees the waiting statement."""
    _ = world.cohort
    lrs(world).post(*(statement(f"BARU-{number}", result=score(one)) for one in range(21)))

    at_once(projector(world), enroller(world, number), projector(world))
    drain(world)

    assert counts(world) == queries.Counts(persons=0, modules=0, parked=0, queued=0)
    assert len(evidence(world, "Baru")) == 21


def test_who_changes_people_waits_for_who_resolves_them(world: World, at_once: Callable[..., list[object]]) -> None:
    """Holding the organisation, a projector keeps an enrolment waiting until it has put its statements aside."""
    _ = world.cohort
    lrs(world).post(statement("baru-9", result=score(9)))
    enrolled = threading.Event()
    dialects = world.app.extensions["dialects"]

    def slow() -> bool:
        with transaction() as session:
            service.project(session, organisation_id=world.sukabumi, dialects=dialects, now=NOW)
            holding.set()
            return enrolled.wait(1)

    def enrol() -> None:
        assert holding.wait(WAIT)
        enroller(world, 9)()
        enrolled.set()

    holding = threading.Event()
    assert at_once(slow, enrol)[0] is False
    drain(world)

    assert [piece.score for piece in evidence(world, "Baru")] == [9]


def test_a_voiding_statement_sent_at_once_with_its_target_voids_it(
    world: World, at_once: Callable[..., list[object]]
) -> None:
    _ = world.cohort
    client = lrs(world)
    for one in ids(10):
        void = statement("admin", rules.VOIDED) | {"object": {"objectType": "StatementRef", "id": one}}
        at_once(sender(client, [statement(ANI, id=one)]), sender(client, [void]))
    drain(world)

    assert [piece.voided for piece in evidence(world, "Ani")] == [True] * 10
    assert client.found(activity=MODULE, agent={"account": {"homePage": HOME, "name": ANI}}, limit="0") != []
    assert not set(client.found()) & set(ids(10))


def test_a_voiding_projected_meanwhile_is_not_undone(world: World, at_once: Callable[..., list[object]]) -> None:
    """A projector that read a statement before it was voided keeps the voiding one waiting until it has written."""
    _ = world.cohort
    client = lrs(world)
    target, by = ids(2)
    client.post(statement(ANI, id=target))
    read, projected = threading.Event(), threading.Event()

    def slow(_statement: object) -> None:
        read.set()
        projected.wait(1)

    def first() -> None:
        with transaction() as session:
            service.project(session, organisation_id=world.sukabumi, dialects=[slow], now=NOW)

    def second() -> None:
        assert read.wait(WAIT)
        client.post(voiding(target, id=by))
        projector(world)()
        projected.set()

    at_once(first, second)

    assert [piece.voided for piece in evidence(world, "Ani")] == [True]


def test_no_page_is_said_to_be_complete_while_somebody_still_writes(
    world: World, at_once: Callable[..., list[object]]
) -> None:
    client = lrs(world)

    def promised() -> datetime:
        return datetime.fromisoformat(client.get().headers[protocol.CONSISTENT])

    prepared = rules.prepare(json.dumps(statement()).encode(), version=rules.V1, now=now(), authority=AUTHORITY)
    with world.transaction() as session:
        tenant = world.sukabumi
        moment = service.stamp(session, organisation_id=tenant, alone=False)
        service.store_one(session, organisation_id=tenant, prepared=prepared, credential_id=None)
        meanwhile = [at_once(promised)[0] for _ in range(3)]

    assert all(one < moment for one in meanwhile)
    time.sleep(0.01)
    assert promised() > moment


def test_who_voids_waits_for_what_is_being_stored(world: World, at_once: Callable[..., list[object]]) -> None:
    """Whichever is first: of the two transactions, the later one sees the other."""
    _ = world.cohort
    target, by = ids(2)
    client = lrs(world)

    def target_first() -> None:
        client.post(statement(ANI, id=target))

    def voiding_first() -> None:
        client.post(voiding(target, id=by))

    at_once(target_first, voiding_first)

    assert [str(one.id) for one in stored(world) if one.voided] == [target]


def test_whoever_waits_to_change_who_is_who_is_not_overtaken(world: World) -> None:
    """Under a steady stream of statements, shared holders that come later would else keep an import out for ever."""
    organisation_id = world.sukabumi
    has_it = threading.Event()

    def change() -> None:
        with world.transaction() as session:
            people.lock_organisation(session, organisation_id=organisation_id)
            has_it.set()

    def project_later() -> bool:
        with world.transaction() as session:
            people.lock_organisation(session, organisation_id=organisation_id, shared=True)
            return has_it.is_set()

    with ThreadPoolExecutor(2) as pool:
        with world.transaction() as session:
            people.lock_organisation(session, organisation_id=organisation_id, shared=True)
            changing = pool.submit(change)
            waited_for(session, 1)
            later = pool.submit(project_later)
            waited_for(session, 2)
        changing.result(WAIT)
        assert later.result(WAIT), "who came later got in before who waited"


def waited_for(session: Session, number: int) -> None:
    """Return once so many wait for an advisory lock."""
    query = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
    for _ in range(WAIT * 50):
        if session.scalar(query) == number:
            return
        threading.Event().wait(0.02)
    raise AssertionError(f"{number} were to wait by now")
