"""How fast statements are taken in, beside the floor: what the database does with the same rows and nothing else."""

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from sqlalchemy import create_engine, make_url, text

from lms.bench import floor
from lms.bench.ingest_rules import ALONE, TOGETHER, Line
from lms.bench.traffic import Sender, Sent, send
from lms.clock import now
from lms.db import retrying
from lms.demo.seeding import add_house
from lms.xapi import service as records

SLUG, NAME = "bench", "Bench"
Told = Callable[[str], None]


@contextmanager
def scratch_database(url: str) -> Iterator[str]:
    """The URL of a fresh database on the server of `url`, which itself is left alone; it is dropped at the end."""
    name = f"padu_bench_{secrets.token_hex(6)}"
    server = create_engine(url, isolation_level="AUTOCOMMIT")
    try:
        with server.connect() as connection:
            connection.execute(text(f'CREATE DATABASE "{name}"'))
        try:
            yield make_url(url).set(database=name).render_as_string(hide_password=False)
        finally:
            with server.connect() as connection:
                connection.execute(text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
    finally:
        server.dispose()


def tenant() -> tuple[int, str, str]:
    """An organisation with a credential that may store statements: its id, the key and the secret."""
    organisation_id = retrying(partial(add_house, slug=SLUG, name=NAME, now=now()))
    key, secret = retrying(
        lambda session: records.add_credential(
            session,
            organisation_id=organisation_id,
            label=NAME,
            scopes=["statements/write"],
            expires_at=None,
            created_by=None,
            now=now(),
        )
    )
    return organisation_id, key, secret


def measure(url: str, *, organisation_id: int, sender: Sender, seconds: float, told: Told) -> Iterator[Line]:
    """A line for each way of sending, floor and HTTP one after the other. `told` hears what is measured next."""
    for size, connections in TOGETHER:
        told(f"Batches of {size}")
        lowest = floor.in_batches(url, organisation_id=organisation_id, size=size, seconds=seconds)
        sent = send(sender, connections=connections, size=size, seconds=seconds)
        yield _line(f"batches of {size}", connections, lowest, sent)
    for connections in ALONE:
        told(f"One at a time on {connections} connections")
        lowest = floor.one_by_one(url, organisation_id=organisation_id, connections=connections, seconds=seconds)
        sent = send(sender, connections=connections, size=1, seconds=seconds)
        yield _line("one at a time", connections, lowest, sent)


def _line(name: str, connections: int, lowest: Sent, sent: Sent) -> Line:
    return Line(
        name=name,
        connections=connections,
        floor=lowest.statements * 1_000_000 // max(1, lowest.microseconds),
        reached=sent.statements * 1_000_000 // max(1, sent.microseconds),
        microseconds=sent.of_requests,
    )


def memory(process_id: int) -> dict[int, int]:
    """The resident memory in kB of each process under this one, by their ids; empty where the system does not tell."""
    children = Path(f"/proc/{process_id}/task/{process_id}/children")
    if not children.exists():
        return {}
    found = {}
    for child in map(int, children.read_text().split()):
        for line in Path(f"/proc/{child}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                found[child] = int(line.split()[1])
    return found
