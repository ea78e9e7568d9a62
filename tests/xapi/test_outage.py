"""The database goes and comes again: until then everybody is told to come later, and then all goes on by itself."""

import http.client
import json
import threading
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest
from sqlalchemy.orm import Session

from lms.app import create_app
from lms.db import Again, upgrade
from lms.plugin import load_plugins
from lms.xapi import service
from tests.cli.processes import wait_until, web_workers
from tests.cli.running import settings
from tests.cli.serving import serving
from tests.machine import run_directory
from tests.slow.cluster import Cluster
from tests.slow.senders import Sender, everything, missing, sending
from tests.world import World
from tests.xapi.lrs import MODULE, lrs, statement
from tests.xapi.test_isolation import AGENT, PLACES, RESOURCES

SENDERS = 6
SECONDS_TO_ANSWER = 20
COME_AGAIN = (503, "5")
UNKNOWN = "01890a5d-ac96-774b-bcce-b302099a8999"


# A server whose database stops


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    cluster = Cluster(run_directory() / "outage")
    cluster.start()
    yield cluster
    cluster.stop()


@pytest.fixture
def served(cluster: Cluster) -> World:
    """The known people in that database."""
    upgrade(cluster.url)
    chosen = settings(database_url=cluster.url)
    return World(create_app(chosen, load_plugins(chosen.plugins)))


def requests() -> Iterator[tuple[str, str, str]]:
    """(method, address, body) of one request of each kind that needs the database."""
    yield "GET", "/xapi/statements", ""
    yield "GET", "/xapi/statements?verb=https%3A%2F%2Fmooc.example%2Fverbs%2Fopened&attachments=true", ""
    yield "GET", f"/xapi/statements?statementId={UNKNOWN}", ""
    yield "HEAD", "/xapi/statements", ""
    yield "POST", "/xapi/statements", json.dumps(statement())
    yield "PUT", f"/xapi/statements?statementId={UNKNOWN}", json.dumps(statement())
    for kind, place in PLACES.items():
        for method in ("GET", "PUT", "POST", "DELETE"):
            yield method, f"{RESOURCES[kind]}?{urlencode(place)}", "" if method in ("GET", "DELETE") else "{}"
    yield "GET", f"/xapi/agents?{urlencode({'agent': json.dumps(AGENT)})}", ""
    yield "GET", f"/xapi/activities?{urlencode({'activityId': MODULE})}", ""
    yield "GET", "/health", ""


Answer = tuple[int, str | None]


def ask(address: str, headers: dict[str, str], method: str, path: str, body: str) -> Answer:
    """The status, and what Retry-After says; it raises where no answer comes."""
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=SECONDS_TO_ANSWER)
    connection.request(method, path, body or None, headers)
    response = connection.getresponse()
    response.read()
    connection.close()
    return response.status, response.headers["Retry-After"]


class Asker(threading.Thread):
    """Sends requests of every kind, one after the other; `answers` are those it got, (0, the error) for none."""

    def __init__(self, address: str, headers: dict[str, str]) -> None:
        super().__init__(name="asker", daemon=True)
        self.address, self.headers = address, headers
        self.is_over = threading.Event()
        self.answers: set[Answer] = set()

    def __enter__(self) -> "Asker":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.is_over.set()
        self.join(SECONDS_TO_ANSWER)

    def run(self) -> None:
        for one in cycle(list(requests())):
            if self.is_over.is_set():
                return
            try:
                self.answers.add(ask(self.address, self.headers, *one))
            except (OSError, http.client.HTTPException) as error:
                self.answers.add((0, repr(error)))


def answered(senders: list[Sender]) -> None:
    """Come back when every sender has got something through from now on, or an answer that it should not get."""
    before = {sender.name: len(sender.acknowledged) for sender in senders}
    wait_until(
        "every sender is answered",
        lambda: all(len(one.acknowledged) > before[one.name] + 2 or one.unexpected for one in senders),
    )


def test_the_database_stops_under_load_and_is_started_again(cluster: Cluster, served: World, tmp_path: Path) -> None:
    credential = served.credential()
    with serving(cluster.url, tmp_path) as (address, server, _):
        wait_until("both workers serve", lambda: len(web_workers(server.pid)) == 2)
        workers = {one.pid for one in web_workers(server.pid)}
        senders = [Sender(address, credential, seed=number) for number in range(SENDERS)]
        headers = senders[0].headers
        with sending(senders), Asker(address, headers) as asker:
            answered(senders)
            cluster.stop()
            told = {one: ask(address, headers, *one) for one in requests()}
            failures = [sender.failures for sender in senders]
            cluster.start()
            answered(senders)
        kept = list(everything(address, headers))

        assert {one.pid for one in web_workers(server.pid)} == workers
    assert {one: answer for one, answer in told.items() if answer != COME_AGAIN} == {}
    assert [wrong for sender in senders for wrong in sender.unexpected] == []
    assert {answer for answer in asker.answers if not 200 <= answer[0] < 500} == {COME_AGAIN}
    assert all(failures), "nobody has sent anything meanwhile"
    assert missing(senders, kept) == []


# Work that is overtaken every time


def overtaken(session: Session, **_: object) -> None:
    raise Again("another one was faster")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_a_document_that_others_change_all_the_time_is_to_be_sent_again(
    world: World, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    client = lrs(world)
    monkeypatch.setattr(service, "put_document", overtaken)
    monkeypatch.setattr(service, "delete_documents", overtaken)

    response = client.request(method, RESOURCES["state"], query_string=PLACES["state"], data=b"{}")

    assert (response.status_code, response.headers["Retry-After"]) == COME_AGAIN


def test_statements_that_are_overtaken_every_time_are_to_be_sent_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = lrs(world)
    monkeypatch.setattr(service, "store", overtaken)

    response = client.post(statement())

    assert (response.status_code, response.headers["Retry-After"]) == COME_AGAIN
    monkeypatch.undo()
    assert client.found() == []
