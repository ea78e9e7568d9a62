"""How fast statements are taken in, beside the floor: what the database does with the same rows and nothing else."""

import random
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from flask import Flask

from lms.bench import floor
from lms.bench.building import NAME
from lms.bench.counting import counted
from lms.bench.inbox import wait_until_empty
from lms.bench.ingest_rules import ALONE, ALONE_NAME, SIZES, TOGETHER, Line, Process
from lms.bench.parallel import Sent
from lms.bench.sendings import body
from lms.bench.traffic import STATEMENTS, Load, Sender, send
from lms.clock import now
from lms.db import db, retrying
from lms.xapi import service as records

SCOPES = ("statements/write", "statements/read")
Told = Callable[[str], None]


class NotTaken(Exception):
    """The record store did not take what was sent to be measured."""


def credential(organisation_id: int) -> tuple[str, str]:
    """The key and the secret of somebody who may store statements and read them all."""
    return retrying(
        lambda session: records.add_credential(
            session,
            organisation_id=organisation_id,
            label=NAME,
            scopes=SCOPES,
            expires_at=None,
            created_by=None,
            now=now(),
        )
    )


def sql_statements(app: Flask, *, key: str, secret: str) -> dict[int, int]:
    """The SQL statements that a batch of each size takes within this process, once its people are known."""
    client, chance = app.test_client(), random.Random()  # noqa: S311  (ids of statements, not secrets)
    headers = {
        "Authorization": f"Basic {b64encode(f'{key}:{secret}'.encode()).decode()}",
        "X-Experience-API-Version": "2.0.0",
    }

    def post(size: int) -> None:
        answer = client.post(STATEMENTS, data=body(0, size, chance), content_type="application/json", headers=headers)
        if answer.status_code != 200:
            raise NotTaken(f"The record store answered {answer.status}: {answer.text[:300]}")

    found = {}
    for size in (max(SIZES), *SIZES):
        with counted(db.engine) as told:
            post(size)
            found[size] = told()
    return {size: found[size] for size in SIZES}


def measure(url: str, *, organisation_id: int, sender: Sender, seconds: float, told: Told) -> Iterator[Line]:
    """A line for each way of sending, floor and HTTP one after the other. `told` hears what is measured next."""
    for size, connections in TOGETHER:
        wait_until_empty(url, organisation_id=organisation_id)
        told(f"Batches of {size}")
        lowest = floor.in_batches(url, organisation_id=organisation_id, size=size, seconds=seconds)
        sent = send(sender, Load(connections=connections, size=size, seconds=seconds))
        yield _line(f"batches of {size}", connections, lowest, sent)
    for connections in ALONE:
        wait_until_empty(url, organisation_id=organisation_id)
        told(f"One at a time on {connections} connections")
        lowest = floor.one_by_one(url, organisation_id=organisation_id, connections=connections, seconds=seconds)
        sent = send(sender, Load(connections=connections, size=1, seconds=seconds))
        yield _line(ALONE_NAME, connections, lowest, sent)


def _line(name: str, connections: int, lowest: Sent, sent: Sent) -> Line:
    return Line(
        name=name,
        connections=connections,
        floor=_rate(lowest),
        reached=_rate(sent),
        microseconds=sent.of_requests,
        client=sent.processor * 100 // max(1, sent.microseconds),
    )


def _rate(sent: Sent) -> int:
    return sent.statements * 1_000_000 // max(1, sent.microseconds)


def processes(server_id: int) -> list[Process]:
    """The server's processes and their memory: those that answer, and the one beside; none where no Linux tells."""
    children = Path(f"/proc/{server_id}/task/{server_id}/children")
    if not children.exists():
        return []
    found = []
    for child in map(int, children.read_text().split()):
        # One that ends meanwhile has no memory.
        with suppress(OSError):
            started = Path(f"/proc/{child}/cmdline").read_bytes()
            if b"resource_tracker" in started:
                continue
            name = "the background work" if b"spawn_main" in started else "a worker"
            peak = _kilobytes(child, "status")["VmHWM"]
            found.append(Process(name=name, peak=peak, share=_kilobytes(child, "smaps_rollup").get("Pss", 0)))
    return sorted(found, key=lambda one: (one.name, -one.peak))


def _kilobytes(process_id: int, of: str) -> Mapping[str, int]:
    lines = (line.split() for line in Path(f"/proc/{process_id}/{of}").read_text().splitlines())
    return {parts[0].rstrip(":"): int(parts[1]) for parts in lines if parts[-1] == "kB" and len(parts) == 3}


def top(lines: list[Line]) -> int:
    """The most statements a second that came in over HTTP."""
    return max(line.reached for line in lines)
