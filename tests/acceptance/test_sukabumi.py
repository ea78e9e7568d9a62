"""The worked example, the whole way: files are imported, statements are sent over HTTP, and the results are exported.

However the statements come (singly, in batches, shuffled, twice, by two senders at once, before or after the people),
the results are those of expected.csv to the last digit.
"""

import csv
import http.client
import io
import json
import random
import threading
from base64 import b64encode
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from werkzeug.serving import make_server

from lms.exchange.export import export_results
from lms.exchange.results import FORMATS
from lms.exchange.service import import_file
from lms.programme import queries as programmes
from lms.programme import service as programme
from tests.world import World

EXAMPLE = Path(__file__).resolve().parent.parent / "examples" / "sukabumi"
START = datetime(2021, 4, 5, 1, 0, tzinfo=UTC)
AS_OF = datetime(2021, 6, 9, 1, 0, tzinfo=UTC)
NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
KINDS = ("participants", "sessions", "attendance", "assessments")
STATEMENTS = [json.loads(line) for line in (EXAMPLE / "statements.jsonl").read_text().splitlines()]

Batches = Iterator[list[dict[str, Any]]]


def singly(seed: int) -> Batches:
    """One after the other, in the order of the file."""
    return ([statement] for statement in STATEMENTS)


def shuffled(seed: int) -> Batches:
    """In another order, in batches of 1 to 100; nothing stands twice in one batch, which the store refuses."""
    chance = random.Random(seed)  # noqa: S311
    rest = iter(chance.sample(STATEMENTS, len(STATEMENTS)))
    while batch := list(islice(rest, chance.choice((1, 2, 7, 30, 100)))):
        yield list({statement["id"]: statement for statement in batch}.values())


def twice(seed: int) -> Batches:
    """All of it in one order and then in another."""
    yield from shuffled(seed)
    yield from shuffled(seed + 1)


@contextmanager
def served(app: Flask) -> Iterator[int]:
    """The app behind a real socket; gives the port."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def send(port: int, credential: tuple[str, str], batches: Batches, refused: list[str]) -> None:
    """Post the batches over one connection; what is not answered with 200 goes into `refused`."""
    token = b64encode(":".join(credential).encode()).decode()
    headers = {
        "Authorization": f"Basic {token}",
        "Content-Type": "application/json",
        "X-Experience-API-Version": "1.0.3",
    }
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    for batch in batches:
        connection.request("POST", "/xapi/statements", json.dumps(batch), headers)
        response = connection.getresponse()
        body = response.read().decode()
        if response.status != 200:
            refused.append(body)
    connection.close()


def send_at_once(app: Flask, credential: tuple[str, str], senders: Sequence[Batches]) -> None:
    """Several senders at the same time; all must be answered with 200."""
    refused: list[str] = []
    with served(app) as port:
        threads = [threading.Thread(target=send, args=(port, credential, one, refused)) for one in senders]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert refused == []


def set_up(world: World) -> None:
    """The programme and the empty cohort."""
    organisation_id = world.sukabumi
    with world.transaction() as session:
        text = (EXAMPLE / "programme.toml").read_text()
        programme.publish(session, organisation_id=organisation_id, text=text, published_by=None, now=NOW)
        programme.add_cohort(
            session,
            organisation_id=organisation_id,
            programme_code="latsar-contoh",
            version=None,
            code="contoh",
            name="Angkatan contoh",
            starts_at=START,
            ends_at=None,
            time_zone="Asia/Jakarta",
            targets={},
            now=NOW,
        )


def bring_files(world: World) -> None:
    """The four files, each in a transaction of its own."""
    organisation_id = world.sukabumi
    for kind in KINDS:
        with world.transaction() as session:
            cohort = programmes.cohort_by_code(session, organisation_id=organisation_id, code="contoh")
            import_file(
                session,
                kind=kind,
                organisation_id=organisation_id,
                cohort_id=cohort.id,
                filename=f"{kind}.csv",
                content=(EXAMPLE / f"{kind}.csv").read_bytes(),
                recorded_by=None,
                now=NOW,
            )


def exported(world: World) -> list[list[str]]:
    """The rows of the export as of the example's moment."""
    organisation_id = world.sukabumi
    with world.reading() as session:
        cohort = programmes.cohort_by_code(session, organisation_id=organisation_id, code="contoh")
        results = export_results(
            organisation_id=organisation_id,
            cohort_id=cohort.id,
            as_of=AS_OF,
            dialects=world.app.extensions["dialects"],
            now=NOW,
        )
    return list(csv.reader(io.StringIO(FORMATS["csv"](results).decode())))


def expected() -> list[list[str]]:
    """The rows of the example's results, which another program worked out."""
    return list(csv.reader(io.StringIO((EXAMPLE / "expected.csv").read_text())))


@pytest.mark.parametrize(
    "senders",
    [(singly,), (shuffled,), (twice,), (shuffled, twice)],
    ids=["singly", "shuffled", "twice", "two senders at once"],
)
def test_the_example_comes_out_to_the_last_digit(world: World, senders: Sequence[Any]) -> None:
    set_up(world)
    bring_files(world)
    send_at_once(world.app, world.credential(), [way(seed) for seed, way in enumerate(senders)])
    assert exported(world) == expected()


def test_statements_that_come_before_the_people_count_all_the_same(world: World) -> None:
    set_up(world)
    send_at_once(world.app, world.credential(), [shuffled(7)])
    bring_files(world)
    assert exported(world) == expected()


def test_statements_that_come_before_the_programme_count_all_the_same(world: World) -> None:
    send_at_once(world.app, world.credential(), [shuffled(11)])
    set_up(world)
    bring_files(world)
    assert exported(world) == expected()


def test_bringing_all_files_again_changes_nothing(world: World) -> None:
    set_up(world)
    bring_files(world)
    send_at_once(world.app, world.credential(), [singly(0)])
    bring_files(world)
    assert exported(world) == expected()
