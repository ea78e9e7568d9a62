"""Statements as a MOOC sends them, and senders that cost next to nothing: ready-made bytes on open connections."""

import json
import random
import socket
import threading
import time
from base64 import b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

HOME = "https://mooc.bench.example"
PEOPLE, MODULES = 1000, 40
VERBS = ("progressed", "answered", "experienced", "initialized", "terminated", "completed")
PROCESSES = 2


@dataclass(frozen=True, kw_only=True, slots=True)
class Sender:
    """Who sends to which record store: an address without a path, and a credential."""

    address: str
    key: str
    secret: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Sent:
    """What senders got done together: statements that were acknowledged, in how long, and the time of each request."""

    statements: int
    microseconds: int
    of_requests: tuple[int, ...]


def statement(number: int, chance: random.Random) -> dict[str, Any]:
    """About a kilobyte: somebody, a module inside a course, a registration, a result."""
    verb = VERBS[number % len(VERBS)]
    module = f"{HOME}/modul/{number % MODULES}"
    return {
        "id": str(UUID(int=chance.getrandbits(128), version=4)),
        "actor": {"name": f"Peserta {number % PEOPLE}", "account": {"homePage": HOME, "name": str(number % PEOPLE)}},
        "verb": {"id": f"http://adlnet.gov/expapi/verbs/{verb}", "display": {"en-US": verb}},
        "object": {
            "id": module,
            "definition": {"name": {"id": f"Modul {number % MODULES}"}, "type": f"{HOME}/jenis/modul"},
        },
        "context": {
            "registration": str(UUID(int=number % (PEOPLE * 10), version=4)),
            "platform": "MOOC",
            "language": "id",
            "contextActivities": {"parent": [{"id": f"{HOME}/kursus"}], "grouping": [{"id": f"{HOME}/angkatan"}]},
        },
        "result": {"score": {"raw": number % 101, "min": 0, "max": 100}, "duration": f"PT{number % 59 + 1}M"},
        "timestamp": "2026-03-10T02:00:00Z",
    }


def body(first: int, size: int, chance: random.Random) -> bytes:
    """A request's JSON: one statement, or an array of them."""
    made = [statement(first + number, chance) for number in range(size)]
    return json.dumps(made[0] if size == 1 else made).encode()


def send(sender: Sender, *, connections: int, size: int, seconds: float) -> Sent:
    """Requests with `size` statements each on so many connections, in two processes where there are several.

    What is sent is made before the clock starts. Raises OSError where the server does not answer as it should.
    """
    processes = min(PROCESSES, connections)
    each = connections // processes
    work = partial(_send, sender, each, size, seconds)
    spent = in_processes(processes, work)
    requests = [one for _, _, found in spent for one in found]
    took = max(end for _, end, _ in spent) - min(begin for begin, _, _ in spent)
    return Sent(statements=len(requests) * size, microseconds=took // 1000, of_requests=tuple(requests))


Work = Callable[[int, Callable[[], None]], tuple[int, int, list[int]]]
"""Given the number of its process, makes ready, calls what it was given, and works; returns when it began and ended,
in nanoseconds of a clock that all processes share, and the microseconds of each request."""


def in_processes(number: int, work: Work) -> list[tuple[int, int, list[int]]]:
    """What the work came to in each of so many processes, which begin together."""
    context = get_context("spawn")
    ends = [context.Pipe() for _ in range(number)]
    processes = [
        context.Process(target=_work, args=(work, position, end), daemon=True) for position, (_, end) in enumerate(ends)
    ]
    for process in processes:
        process.start()
    try:
        for here, _ in ends:
            here.recv()
        for here, _ in ends:
            here.send(None)
        found = [here.recv() for here, _ in ends]
    finally:
        for process in processes:
            process.join(5)
            process.kill()
    for one in found:
        if isinstance(one, Exception):
            raise one
    return found


def _work(work: Work, position: int, end: Connection) -> None:
    def ready() -> None:
        end.send(None)
        end.recv()

    try:
        end.send(work(position, ready))
    except Exception as error:
        end.send(OSError(f"{type(error).__name__}: {error}"))


def in_threads(works: Sequence[Callable[[], list[int]]]) -> tuple[int, int, list[int]]:
    """When threads began and ended, and the microseconds of all that they did. Raises what one of them raised."""
    found: list[list[int]] = []
    failed: list[Exception] = []

    def run(work: Callable[[], list[int]]) -> None:
        try:
            found.append(work())
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    began = time.monotonic_ns()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise failed[0]
    return began, time.monotonic_ns(), [one for of_thread in found for one in of_thread]


def _send(
    sender: Sender, connections: int, size: int, seconds: float, position: int, ready: Callable[[], None]
) -> tuple[int, int, list[int]]:
    chance = random.Random()  # noqa: S311  (ids of statements, not secrets)
    enough = max(4, int(seconds * 6000 / size / connections))
    works = []
    for number in range(connections):
        first = (position * connections + number) * enough * size
        bodies = [body(first + turn * size, size, chance) for turn in range(enough)]
        works.append(partial(_on_one_connection, sender, [_request(sender, one) for one in bodies], seconds))
    ready()
    return in_threads(works)


def _request(sender: Sender, content: bytes) -> bytes:
    basic = b64encode(f"{sender.key}:{sender.secret}".encode()).decode()
    head = (
        "POST /xapi/statements HTTP/1.1",
        f"Host: {urlsplit(sender.address).netloc}",
        f"Authorization: Basic {basic}",
        "X-Experience-API-Version: 2.0.0",
        "Content-Type: application/json",
        f"Content-Length: {len(content)}",
    )
    return "\r\n".join((*head, "", "")).encode() + content


def _on_one_connection(sender: Sender, requests: Sequence[bytes], seconds: float) -> list[int]:
    """Microseconds of each request, one after the other, for so many seconds or as long as there are any."""
    parts = urlsplit(sender.address)
    spent = []
    with socket.create_connection((parts.hostname or "", parts.port or 80), timeout=60) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        ends = time.monotonic_ns() + int(seconds * 1e9)
        for request in requests:
            began = time.monotonic_ns()
            if began >= ends:
                break
            connection.sendall(request)
            _read_reply(connection)
            spent.append((time.monotonic_ns() - began) // 1000)
    return spent


def _read_reply(connection: socket.socket) -> None:
    """All of a reply; OSError for any but a 200."""
    received = b""
    while b"\r\n\r\n" not in received:
        piece = connection.recv(65536)
        if not piece:
            raise ConnectionError("the server closed the connection")
        received += piece
    head, _, content = received.partition(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
    while len(content) < length:
        content += connection.recv(65536)
    if not head.startswith(b"HTTP/1.1 200"):
        raise ConnectionError(f"the server answered {head[:40]!r} {content[:300]!r}")
