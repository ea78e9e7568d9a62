"""Requests that are stored together."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import replace
from threading import Event
from typing import Any
from uuid import UUID, uuid4

import pytest

from lms.lanes import Lane
from lms.xapi import queries, rules
from lms.xapi.ingest import Ingest
from lms.xapi.senders import Changed
from lms.xapi.storing import Batch, Stored
from tests.world import NOW, World
from tests.xapi.lrs import ANI, BUDI, CITRA, Lrs, lrs, statement

EMPTY = Batch(prepared=(), credential_id=None)
AUTHORITY = {"account": {"homePage": "https://padu.example", "name": "1.kunci"}}


class Uncountable(tuple):  # type: ignore[type-arg]
    """Statements whose ids cannot be told."""

    def __iter__(self) -> object:  # type: ignore[override]
        raise RuntimeError("no ids")


def bringing(identity: UUID) -> Batch:
    raw = rules.write(statement(id=str(identity))).encode()
    return replace(EMPTY, prepared=rules.prepare(raw, version=rules.V1, now=NOW, authority=AUTHORITY))


class Store:
    """What is stored in one transaction, by organisation and ids; a batch that defines activities is refused."""

    def __init__(self) -> None:
        self.done: list[tuple[int, list[UUID]]] = []

    def __call__(self, organisation_id: int, batches: Sequence[Batch]) -> list[Stored | Exception]:
        if any(batch.defines for batch in batches):
            raise ValueError("refused")
        self.done.append((organisation_id, [one.id for batch in batches for one in batch.prepared]))
        return [Stored(ids=tuple(one.id for one in batch.prepared), new=frozenset()) for batch in batches]


def together(works: Sequence[Callable[[], Any]]) -> list[Future[Any]]:
    """In one lane, all there before any begins."""
    lane, is_there = Lane("test"), Event()
    lane.submit(is_there.wait)
    futures = [lane.submit(work) for work in works]
    is_there.set()
    return futures


def in_a_lane(store: Store, *brought: tuple[int, Batch]) -> list[Future[Stored]]:
    ingest = Ingest(store)
    return together([lambda one=one: ingest.store(*one) for one in brought])  # type: ignore[misc]


def test_whatever_a_request_ends_with_the_next_one_is_stored() -> None:
    ingest = Ingest(Store())
    with pytest.raises(RuntimeError, match="no ids"):
        ingest.store(1, replace(EMPTY, prepared=Uncountable()))

    assert ingest.store(1, EMPTY).ids == ()


def test_who_takes_turns_is_stored_together() -> None:
    store, ids = Store(), [uuid4() for _ in range(5)]
    futures = in_a_lane(store, *((1, bringing(one)) for one in ids))

    assert [future.result(10).ids for future in futures] == [(one,) for one in ids]
    assert store.done == [(1, ids)]


def test_organisations_and_equal_ids_are_stored_apart() -> None:
    store, (first, second, third) = Store(), (uuid4() for _ in range(3))
    brought = [(1, bringing(first)), (2, bringing(second)), (1, bringing(first)), (1, bringing(third))]
    for future in in_a_lane(store, *brought):
        future.result(10)

    assert store.done == [(1, [first, third]), (2, [second]), (1, [first])]


def test_one_that_is_refused_does_not_harm_the_others() -> None:
    store, ids = Store(), [uuid4() for _ in range(3)]
    batches = [bringing(ids[0]), replace(bringing(ids[1]), defines=True), bringing(ids[2])]
    first, refused, third = in_a_lane(store, *((1, one) for one in batches))

    assert (first.result(10).ids, third.result(10).ids) == ((ids[0],), (ids[2],))
    with pytest.raises(ValueError, match="refused"):
        refused.result(10)


def test_requests_in_a_lane_are_answered_each_with_its_own(world: World) -> None:
    """Of two credentials and two organisations, some of them refused, and one that is sent twice."""
    mine, others = lrs(world), lrs(world, organisation_id=world.bandung)
    twice = statement(BUDI, id=str(uuid4()))
    asked: list[tuple[Lrs, Any, int]] = [
        (mine, statement(ANI), 200),
        (others, statement(CITRA), 200),
        (mine, {"actor": "nobody"}, 400),
        (mine, twice, 200),
        (mine, twice, 200),
        (mine, twice | {"verb": {"id": "https://mooc.example/lain"}}, 409),
        (replace(mine, secret="wrong"), statement(ANI), 401),
    ]
    # Nobody knows them yet; then, everybody is remembered.
    for _ in range(2):
        futures = together([lambda who=who, sent=sent: who.post(sent) for who, sent, _ in asked])  # type: ignore[misc]
        assert [future.result(30).status_code for future in futures] == [status for _, _, status in asked]

    assert len(mine.found()) == 3
    assert len(others.found()) == 2


def test_who_was_changed_is_looked_up_anew_beside_one_who_was_not(world: World) -> None:
    """Of two requests of one credential, one may have been let in by what it was before."""
    client = lrs(world)
    with world.reading() as session:
        now = queries.credential(session, organisation_id=world.sukabumi, key=client.key)
    assert now is not None
    before = replace(now, home_pages=("https://elsewhere.example",))
    batches = [replace(bringing(uuid4()), sender=one, credential_id=one.id) for one in (now, before)]
    with world.app.app_context():
        kept, refused = world.app.extensions["ingest"].work(world.sukabumi, batches)

    assert isinstance(kept, Stored)
    assert isinstance(refused, Changed)
    assert len(client.found()) == 1
