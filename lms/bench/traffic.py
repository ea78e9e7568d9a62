"""A client that costs next to nothing: ready-made bytes on connections that stay open, from two processes."""

import random
import socket
import time
from base64 import b64encode
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from urllib.parse import urlsplit

from lms.bench.parallel import Sent, Share, in_processes, in_threads, together
from lms.bench.sendings import Maker, body, statement

PROCESSES = 2
MOST_PER_SECOND = 6000
"""Statements that are made beforehand for each second of each process."""
SECONDS_TO_ANSWER = 60
STATEMENTS = "/xapi/statements"


@dataclass(frozen=True, kw_only=True, slots=True)
class Sender:
    """Who sends to which record store: an address without a path, and a credential."""

    address: str
    key: str
    secret: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Load:
    """How it is sent: connections, statements in a request, for how many seconds.

    With `every`, a connection begins a request each so many nanoseconds and no sooner.
    """

    connections: int
    size: int
    seconds: float
    every: int = 0
    make: Maker = statement


def send(sender: Sender, load: Load, *, beginning: Callable[[], None] | None = None) -> Sent:
    """Send from two processes, if there is more than one connection. What is sent is made before the clock starts.

    `beginning` is called when all of it is made. Raises OSError where the server does not answer as it should.
    """
    processes = min(PROCESSES, load.connections)
    work = partial(_send, sender, load, load.connections // processes)
    shares = in_processes(processes, work, beginning=beginning)
    return together(shares, size=load.size)


def _send(sender: Sender, load: Load, connections: int, position: int, ready: Callable[[], None]) -> Share:
    chance = random.Random()  # noqa: S311  (ids of statements, not secrets)
    enough = max(4, int(load.seconds * MOST_PER_SECOND / load.size / connections))
    if load.every:
        enough = max(4, int(load.seconds * 1e9 / load.every))
    works = []
    for number in range(connections):
        first = (position * connections + number) * enough * load.size
        bodies = (body(first + turn * load.size, load.size, chance, load.make) for turn in range(enough))
        works.append(partial(_on_one_connection, sender, load, [posting(sender, one) for one in bodies]))
    ready()
    return in_threads(works)


def _on_one_connection(sender: Sender, load: Load, requests: Sequence[bytes]) -> list[int]:
    """Microseconds of each request, one after the other, for so many seconds or as long as there are any."""
    spent = []
    with connected(sender) as connection:
        started = time.monotonic_ns()
        for number, request in enumerate(requests):
            early = started + number * load.every - time.monotonic_ns()
            if early > 0:
                time.sleep(early / 1e9)
            began = time.monotonic_ns()
            if began >= started + load.seconds * 1e9:
                break
            exchange(connection, request)
            spent.append((time.monotonic_ns() - began) // 1000)
    return spent


def posting(sender: Sender, content: bytes) -> bytes:
    """The request that brings statements."""
    further = ("Content-Type: application/json", f"Content-Length: {len(content)}")
    return _head(sender, "POST", STATEMENTS, further) + content


def getting(sender: Sender, address: str) -> bytes:
    """The request for an address of the record store, a path with its query."""
    return _head(sender, "GET", address, ())


def _head(sender: Sender, method: str, address: str, further: Sequence[str]) -> bytes:
    basic = b64encode(f"{sender.key}:{sender.secret}".encode()).decode()
    lines = (
        f"{method} {address} HTTP/1.1",
        f"Host: {urlsplit(sender.address).netloc}",
        f"Authorization: Basic {basic}",
        "X-Experience-API-Version: 2.0.0",
        *further,
    )
    return "\r\n".join((*lines, "", "")).encode()


@contextmanager
def connected(sender: Sender) -> Iterator[socket.socket]:
    """A connection that stays open."""
    parts = urlsplit(sender.address)
    where = (parts.hostname or "", parts.port or 80)
    with socket.create_connection(where, timeout=SECONDS_TO_ANSWER) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        yield connection


def exchange(connection: socket.socket, request: bytes) -> bytes:
    """What the server answers to a request. OSError for any answer but a 200 that tells its length."""
    connection.sendall(request)
    received = b""
    while b"\r\n\r\n" not in received:
        received += _piece(connection)
    head, _, content = received.partition(b"\r\n\r\n")
    length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
    if not length:
        raise ConnectionError(f"the server answered without a length: {head[:40]!r}")
    while len(content) < int(length):
        content += _piece(connection)
    if not head.startswith(b"HTTP/1.1 200"):
        raise ConnectionError(f"the server answered {head[:40]!r} {content[:300]!r}")
    return content


def _piece(connection: socket.socket) -> bytes:
    piece = connection.recv(262_144)
    if not piece:
        raise ConnectionError("the server closed the connection")
    return piece
