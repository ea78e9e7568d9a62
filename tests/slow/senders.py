"""Systems that send statements whatever happens: what is not acknowledged they send again, or give up."""

import http.client
import json
import random
import threading
import time
from base64 import b64encode
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from tests.cli.processes import wait_until
from tests.xapi.lrs import ANI, BUDI, CITRA, DEDI, Statement, statement

SCORED, READ = "http://adlnet.gov/expapi/verbs/scored", "http://adlnet.gov/expapi/verbs/experienced"
MOST_POINTS = 1000
SIZE, PART_OF_BATCHES = 20, 0.25
"""Statements in a batch, and which part of the requests are batches; the others bring one statement."""
PART_THAT_COUNTS = 0.1
PART_SENT_AGAIN = 0.1
"""Of the requests: those that send once more what was acknowledged before."""
PART_GIVEN_UP = 0.3
"""Of the requests: those that are never sent again once they failed, so that nothing mends what they left."""
SECONDS_BETWEEN = 0.01
SECONDS_TO_ANSWER = 60

Batch = Sequence[Statement]


class Sender(threading.Thread):
    """Sends to the record store at `address` until it is told to stop, and knows what became of everything.

    `unexpected` tells of answers that no sender should get, whatever was killed: all but 200 with the ids, and 503 with
    Retry-After.
    """

    def __init__(self, address: str, credential: tuple[str, str], *, seed: int) -> None:
        super().__init__(name=f"sender {seed}", daemon=True)
        self.host = urlsplit(address).netloc
        self.chance = random.Random(seed)  # noqa: S311  (a choice, no secret)
        self.is_over = threading.Event()
        self.acknowledged: list[Batch] = []
        self.given_up: list[Batch] = []
        self.unexpected: list[str] = []
        self.tries, self.failures = 0, 0
        self.connection = self._connection()
        self.headers = {
            "Authorization": f"Basic {b64encode(':'.join(credential).encode()).decode()}",
            "Content-Type": "application/json",
            "X-Experience-API-Version": "2.0.0",
        }

    def run(self) -> None:
        while not self.is_over.wait(self.chance.uniform(0, 2 * SECONDS_BETWEEN)):
            if self.acknowledged and self.chance.random() < PART_SENT_AGAIN:
                self._deliver(self.chance.choice(self.acknowledged), gives_up=False)
                continue
            size = SIZE if self.chance.random() < PART_OF_BATCHES else 1
            batch = [made(self.chance) for _ in range(size)]
            is_there = self._deliver(batch, gives_up=self.chance.random() < PART_GIVEN_UP)
            (self.acknowledged if is_there else self.given_up).append(batch)

    def _deliver(self, batch: Batch, *, gives_up: bool) -> bool:
        """Whether it was acknowledged at last."""
        while not self._send(batch):
            self.failures += 1
            if gives_up or self.unexpected:
                return False
            time.sleep(self.chance.uniform(0, 0.2))
        return True

    def _send(self, batch: Batch) -> bool:
        """Send it once; whether it was acknowledged."""
        self.tries += 1
        body = json.dumps(batch[0] if len(batch) == 1 else batch)
        try:
            self.connection.request("POST", "/xapi/statements", body, self.headers)
            response = self.connection.getresponse()
            content = response.read()
        except (OSError, http.client.HTTPException) as error:
            if isinstance(error, TimeoutError):
                self.unexpected.append(f"no answer within {SECONDS_TO_ANSWER} seconds")
            self.connection.close()
            self.connection = self._connection()
            return False
        if response.status == 200 and json.loads(content) == [one["id"] for one in batch]:
            return True
        if response.status != 503 or response.headers["Retry-After"] is None:
            self.unexpected.append(f"{response.status} {content!r}")
        return False

    def _connection(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection(self.host, timeout=SECONDS_TO_ANSWER)


def made(chance: random.Random) -> Statement:
    """A statement with an id of its own; one in ten is a score, which counts."""
    who = chance.choice((ANI, BUDI, CITRA, DEDI))
    members: dict[str, Any] = {"id": str(UUID(int=chance.getrandbits(128), version=4))}
    if chance.random() < PART_THAT_COUNTS:
        result = {"score": {"raw": chance.randrange(MOST_POINTS), "min": 0, "max": MOST_POINTS}}
        return statement(who, SCORED, result=result, **members)
    return statement(who, READ, f"https://mooc.example/halaman/{chance.randrange(1000)}", **members)


@contextmanager
def sending(senders: Sequence[Sender]) -> Iterator[None]:
    """They send meanwhile; in the end each of them is done with what it is at."""
    for sender in senders:
        sender.start()
    try:
        yield
    finally:
        for sender in senders:
            sender.is_over.set()
        wait_until("the senders have ended", lambda: not any(sender.is_alive() for sender in senders))


def everything(address: str, headers: dict[str, str]) -> Iterator[Statement]:
    """All statements that the record store gives back, page after page."""
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=60)
    more = "/xapi/statements"
    while more:
        connection.request("GET", more, headers=headers)
        response = connection.getresponse()
        content = response.read()
        assert response.status == 200, content
        page = json.loads(content)
        yield from page["statements"]
        more = page["more"]
    connection.close()


def missing(senders: Sequence[Sender], kept: Sequence[Statement]) -> list[Statement]:
    """What was acknowledged, and is not there as it was sent."""
    there = {one["id"]: one for one in kept}
    acknowledged = (one for sender in senders for batch in sender.acknowledged for one in batch)
    return [one for one in acknowledged if there.get(one["id"], {}) | one != there.get(one["id"])]
