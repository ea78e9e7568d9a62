"""A rush of check-ins over HTTP, from processes of its own: the page of the QR, then its button, for each person."""

import random
import re
import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from html import unescape
from urllib.parse import urlencode, urlsplit

from lms.attendance.check_in_rules import token
from lms.bench.crowd import Crowd
from lms.bench.ingest import NotTaken
from lms.bench.parallel import Share, in_processes, in_threads
from lms.bench.traffic import SECONDS_TO_ANSWER
from lms.clock import now

PROCESSES, CONNECTIONS = 2, 12
"""Processes that send, and phones that each of them serves at the same moment."""
PATH = "/my/check-in"
FIELD = re.compile(rb'name="(csrf_token|t)" value="([^"]*)"')
CHECKED_IN = 303


@dataclass(frozen=True, kw_only=True, slots=True)
class Rush:
    """What the senders noted: microseconds of pages and of claims, and by how many they were behind at most."""

    pages: Sequence[int]
    claims: Sequence[int]
    late: int


def rush(address: str, crowd: Crowd, *, seconds: int) -> Rush:
    """Everybody comes at a moment of their own within so many seconds. Raises OSError where somebody is refused."""
    chance = random.Random()  # noqa: S311  (moments, not secrets)
    arrivals = sorted((int(chance.random() * seconds * 1e9), phone) for phone in crowd.phones)
    work = partial(_work, address, crowd, [arrivals[number::PROCESSES] for number in range(PROCESSES)])
    noted = [one for share in in_processes(PROCESSES, work) for one in share.spent]
    return Rush(pages=noted[0::3], claims=noted[1::3], late=max(noted[2::3], default=0))


def _work(
    address: str,
    crowd: Crowd,
    shares: Sequence[Sequence[tuple[int, str]]],
    position: int,
    ready: Callable[[], None],
) -> Share:
    ready()
    started = time.monotonic_ns()
    mine = shares[position]
    return in_threads(
        [
            partial(_one_after_another, address, crowd, mine[number::CONNECTIONS], started)
            for number in range(CONNECTIONS)
        ]
    )


def _one_after_another(address: str, crowd: Crowd, people: Sequence[tuple[int, str]], started: int) -> list[int]:
    """Of each person: microseconds of the page, of the claim, and by how many this began too late."""
    noted: list[int] = []
    for arrival, phone in people:
        early = started + arrival - time.monotonic_ns()
        if early > 0:
            time.sleep(early / 1e9)
        wanted = started + arrival
        late = max(0, time.monotonic_ns() - wanted)
        with _connected(address) as connection:
            form = _open_page(connection, address, crowd, phone)
            shown = time.monotonic_ns()
            _press(connection, address, phone, form)
        noted += [(shown - wanted) // 1000, (time.monotonic_ns() - shown) // 1000, late // 1000]
    return noted


def _connected(address: str) -> socket.socket:
    parts = urlsplit(address)
    connection = socket.create_connection((parts.hostname or "", parts.port or 80), timeout=SECONDS_TO_ANSWER)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def _open_page(connection: socket.socket, address: str, crowd: Crowd, phone: str) -> bytes:
    """What the form of the page that the QR leads to would send."""
    text = token(crowd.secret, organisation_id=crowd.organisation_id, session_id=crowd.session_id, now=now())
    status, content = _asked(connection, _request("GET", f"{PATH}?t={text}", address, phone))
    fields = {name.decode(): unescape(value.decode()) for name, value in FIELD.findall(content)}
    if status != 200 or len(fields) != 2:
        raise NotTaken(f"The page to check in answered {status} without a form: {content[:300]!r}")
    return urlencode(fields).encode()


def _press(connection: socket.socket, address: str, phone: str, form: bytes) -> None:
    status, content = _asked(connection, _request("POST", PATH, address, phone, form))
    if status != CHECKED_IN:
        raise NotTaken(f"A check-in was answered with {status}: {content[:300]!r}")


def _request(method: str, path: str, address: str, phone: str, form: bytes = b"") -> bytes:
    lines = [f"{method} {path} HTTP/1.1", f"Host: {urlsplit(address).netloc}", f"Cookie: {phone}", "Accept: text/html"]
    if form:
        lines += ["Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(form)}"]
    return "\r\n".join((*lines, "", "")).encode() + form


def _asked(connection: socket.socket, request: bytes) -> tuple[int, bytes]:
    """The status and the body of an answer that tells its length."""
    connection.sendall(request)
    received = b""
    while b"\r\n\r\n" not in received:
        received += _piece(connection)
    head, _, content = received.partition(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0] or 0)
    while len(content) < length:
        content += _piece(connection)
    return int(head.split(b" ", 2)[1]), content


def _piece(connection: socket.socket) -> bytes:
    piece = connection.recv(262_144)
    if not piece:
        raise ConnectionError("the server closed the connection")
    return piece
