"""Acknowledged means durable: processes are killed under load, and afterwards everything is there, once, and counted.

PADU_KILL_ROUNDS is how often something is killed, PADU_KILL_SEED repeats the choices of an earlier run.
"""

import os
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from functools import partial
from itertools import islice
from pathlib import Path
from uuid import UUID

import psutil
import pytest

from lms.app import create_app
from lms.db import upgrade
from lms.plugin import load_plugins
from lms.progress import queries as progress
from lms.xapi.queries import Counts
from tests.cli.processes import background_workers, wait_until, web_workers
from tests.cli.running import process, settings
from tests.cli.serving import serving
from tests.machine import run_directory
from tests.slow.cluster import Cluster
from tests.slow.senders import MOST_POINTS, SCORED, Sender, everything, missing, sending
from tests.world import PEOPLE, World
from tests.xapi.lrs import Statement, counts

ROUNDS = int(os.environ.get("PADU_KILL_ROUNDS", "20"))
SEED = int(os.environ.get("PADU_KILL_SEED", "0")) or random.SystemRandom().randrange(1, 2**32)
SENDERS = 8
SECONDS_BEFORE, SECONDS_DOWN = 2, 2
"""At most so long something is sent before the next kill, and the database stays down."""


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    cluster = Cluster(run_directory() / "killed")
    cluster.start()
    yield cluster
    cluster.stop()


@pytest.mark.slow
def test_whatever_is_killed_nothing_is_lost_from_postgresql(cluster: Cluster, tmp_path: Path) -> None:
    nothing_is_lost(cluster.url, tmp_path, cluster)


@pytest.mark.slow
def test_whatever_is_killed_nothing_is_lost_from_sqlite(tmp_path: Path) -> None:
    nothing_is_lost(f"sqlite:///{tmp_path}/padu.db", tmp_path, None)


def nothing_is_lost(url: str, folder: Path, cluster: Cluster | None) -> None:
    """Kill again and again while statements come in, and look at what is there in the end."""
    print(f"PADU_KILL_SEED={SEED}")  # noqa: T201  (it is shown when the test fails)
    chance = random.Random(SEED)  # noqa: S311  (a choice, no secret)
    world = known_people(url)
    credential = world.credential()
    with serving(url, folder) as (address, server, _):
        senders = [Sender(address, credential, seed=SEED + number) for number in range(SENDERS)]
        with sending(senders):
            for kill in islice(kills(server.pid, cluster, chance), ROUNDS):
                time.sleep(chance.uniform(0, SECONDS_BEFORE))
                kill()
                wait_for_recovery(server.pid, senders)
        wait_until("the inbox is empty", lambda: counts(world) == Counts(queued=0, parked=0, persons=0, modules=0))
        kept = list(everything(address, senders[0].headers))
    print(summary(senders, kept))  # noqa: T201

    assert [told for sender in senders for told in sender.unexpected] == []
    assert twice(kept) == []
    assert missing(senders, kept) == []
    assert halves(senders, kept) == []
    assert recorded(world) == counting(kept)
    rebuilt = process("rebuild", LMS_DATABASE_URL=url)
    assert "Results folded anew: 4, of which changed: 0. Pieces of evidence changed: 0." in rebuilt.stderr


def known_people(url: str) -> World:
    """The known people, in a cohort for which scores count, in this database."""
    upgrade(url)
    chosen = settings(database_url=url)
    world = World(create_app(chosen, load_plugins(chosen.plugins)))
    _ = world.cohort
    return world


# Killing


def kills(server_id: int, cluster: Cluster | None, chance: random.Random) -> Iterator[Callable[[], None]]:
    """What kills a web worker, the background worker and the database server: each once in any order, and again."""
    each = [partial(kill_one, kind, server_id, chance) for kind in (web_workers, background_workers)]
    if cluster is not None:
        each.append(partial(kill_database, cluster, chance))
    while True:
        yield from chance.sample(each, len(each))


def kill_one(kind: Callable[[int], Sequence[psutil.Process]], server_id: int, chance: random.Random) -> None:
    """Kill one of the server's processes of this kind."""
    victim = chance.choice(kind(server_id))
    victim.kill()
    victim.wait(60)


def kill_database(cluster: Cluster, chance: random.Random) -> None:
    """Kill the whole database, and start it again after a while."""
    cluster.kill()
    time.sleep(chance.uniform(0, SECONDS_DOWN))
    cluster.start()


def wait_for_recovery(server_id: int, senders: Sequence[Sender]) -> None:
    """Wait until all of the server's processes are there, without anybody's help, and every sender is answered."""
    before = [len(sender.acknowledged) for sender in senders]
    wait_until("two web workers are there", lambda: len(web_workers(server_id)) == 2)
    wait_until("the background worker is there", lambda: len(background_workers(server_id)) == 1)
    wait_until(
        "every sender is answered, or was answered as it should not be",
        lambda: all(
            len(one.acknowledged) > count or one.unexpected for one, count in zip(senders, before, strict=True)
        ),
    )


# What is there


def twice(kept: Sequence[Statement]) -> list[str]:
    """The ids of statements that are there more than once."""
    return [one for one, number in Counter(one["id"] for one in kept).items() if number > 1]


def halves(senders: Sequence[Sender], kept: Sequence[Statement]) -> list[int]:
    """Of the batches that were given up, how many statements of each are there that is there in part."""
    there = {one["id"] for one in kept}
    found = ((len(batch), sum(one["id"] in there for one in batch)) for sender in senders for batch in sender.given_up)
    return [number for size, number in found if number not in (0, size)]


# What counts

Claims = dict[str, dict[UUID, Decimal | None]]


def counting(kept: Sequence[Statement]) -> Claims:
    """What everybody's evidence has to be: the points of 100 that each score amounts to."""
    claims: Claims = {identifier: {} for identifier, *_ in PEOPLE}
    for one in kept:
        if one["verb"]["id"] == SCORED:
            points = Decimal(one["result"]["score"]["raw"]) * 100 / MOST_POINTS
            claims[one["actor"]["account"]["name"]][UUID(one["id"])] = points
    return claims


def recorded(world: World) -> Claims:
    """What everybody's evidence is."""
    people = {identifier: world.participant(name) for identifier, name, *_ in PEOPLE}
    with world.reading() as session:
        found = progress.evidence_of(session, organisation_id=world.sukabumi, participant_ids=people.values())
    return {identifier: {one.source_id: one.score for one in found[person]} for identifier, person in people.items()}


def summary(senders: Sequence[Sender], kept: Sequence[Statement]) -> str:
    """What happened, in numbers."""
    acknowledged = sum(len(batch) for sender in senders for batch in sender.acknowledged)
    given_up = sum(len(batch) for sender in senders for batch in sender.given_up)
    tries, failures = sum(one.tries for one in senders), sum(one.failures for one in senders)
    return (
        f"{acknowledged} statements acknowledged, {given_up} given up, {len(kept)} kept;"
        f" {tries} requests, of which {failures} failed"
    )
