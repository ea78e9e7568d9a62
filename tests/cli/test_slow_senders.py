"""Senders and readers on bad networks, and bad ones: however many there are, others are answered."""

import http.client
import resource
import socket
from base64 import b64encode
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest

from lms.app import create_app
from lms.db import upgrade
from lms.plugin import load_plugins
from tests.cli.processes import web_workers
from tests.cli.running import settings
from tests.cli.serving import serving
from tests.world import World
from tests.xapi.test_isolation import PLACES, RESOURCES

HEAD = b"POST /xapi/statements HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
SLOW = {
    "a head that never ends": b"POST /xapi/statements HTTP/1.1\r\nHost: x\r\n",
    "a body of which a byte comes": HEAD + b"Content-Length: 1000\r\n\r\n[",
    "a body in pieces that stops": HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\n[    \r\n",
    "a large body that stops": HEAD + b"Content-Length: 3000000\r\n\r\n" + b" " * 100_000,
    "pieces that are none": HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
    "no request": b"\x16\x03\x01\x00\xa5\x01\x00",
    "a length that is none": HEAD + b"Content-Length: -1\r\n\r\n",
}
EACH = 30
"""Connections of each kind: together several times as many as the server has threads."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("slow")


@pytest.fixture(scope="module")
def authorization(folder: Path) -> str:
    """What a system sends that may do everything."""
    chosen = settings(database_url=f"sqlite:///{folder}/padu.db")
    upgrade(chosen.database_url)
    credential = World(create_app(chosen, load_plugins(chosen.plugins))).credential()
    return f"Basic {b64encode(':'.join(credential).encode()).decode()}"


@pytest.fixture(scope="module")
def served(folder: Path, authorization: str) -> Iterator[tuple[str, int]]:
    """(address, process) of a server that has two of them for the web, as an office runs it."""
    with serving(f"sqlite:///{folder}/padu.db", folder) as (address, server, told):
        yield address, server.pid
    assert "Traceback" not in told.read_text()


@pytest.fixture
def address(served: tuple[str, int]) -> str:
    return served[0]


def connected(address: str) -> socket.socket:
    parts = urlsplit(address)
    return socket.create_connection((parts.hostname or "", parts.port or 0), timeout=20)


def ask(address: str, method: str, path: str, body: bytes | None = None, **headers: str) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=20)
    connection.request(method, path, body=body, headers={"X-Experience-API-Version": "2.0.0", **headers})
    response = connection.getresponse()
    response.read()
    connection.close()
    return response


def state(name: str) -> str:
    """The address of a state."""
    return f"{RESOURCES['state']}?{urlencode(PLACES['state'] | {'stateId': name})}"


def head_of(method: str, path: str, authorization: str) -> bytes:
    """A request as far as its headers that tell of a body, or that there is none."""
    headers = {
        "Host": "x",
        "X-Experience-API-Version": "2.0.0",
        "Authorization": authorization,
        "Content-Type": "application/octet-stream",
    }
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items()), ""]
    return "\r\n".join(lines).encode()


def test_a_get_is_answered_while_hundreds_send_slowly(address: str) -> None:
    with ExitStack() as stack:
        for sent in list(SLOW.values()) * EACH:
            stack.enter_context(connected(address)).sendall(sent)
        for path in ("/xapi/about", "/xapi/about", "/sign-in"):
            assert ask(address, "GET", path).status < 400
        assert ask(address, "POST", "/xapi/statements", b"[]").status == 401


@pytest.fixture
def many_files() -> Iterator[int]:
    """How many connections may be open here, more than the usual limit allows."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 8000 if hard == resource.RLIM_INFINITY else min(8000, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))
    yield max(soft, wanted)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_a_get_is_answered_while_thousands_send_half_a_body(address: str, many_files: int) -> None:
    with ExitStack() as stack:
        # Two processes share them, and by the server's own default each would serve 1,024.
        for _ in range(min(2500, many_files - 500)):
            stack.enter_context(connected(address)).sendall(SLOW["a body of which a byte comes"])
        for _ in range(4):
            assert ask(address, "GET", "/xapi/about").status == 200


def test_senders_that_went_away_leave_nothing_behind(address: str) -> None:
    for sent in list(SLOW.values()) * EACH:
        with connected(address) as slow:
            slow.sendall(sent)

    assert ask(address, "GET", "/xapi/about").status == 200


def test_a_body_beyond_the_limit_is_refused_before_it_is_sent(address: str) -> None:
    with connected(address) as sender:
        sender.sendall(HEAD + b"X-Experience-API-Version: 2.0.0\r\nContent-Length: 999999999999\r\n\r\n")
        assert sender.recv(100).startswith(b"HTTP/1.1 4")


WHOLE = {
    "a body with its length": b"Content-Length: 5\r\n\r\nwhole",
    "a body in pieces": b"Transfer-Encoding: chunked\r\n\r\n5\r\nwhole\r\n0\r\n\r\n",
    "a large body with its length": b"Content-Length: 2000000\r\n\r\n" + b"x" * 2_000_000,
}
CUT = {
    "a body that is shorter than its length": b"Content-Length: 10\r\n\r\nabcde",
    "a large body that is shorter than its length": b"Content-Length: 3000000\r\n\r\n" + b"x" * 2_000_000,
    "pieces without an end": b"Transfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n",
    "a piece without its end": b"Transfer-Encoding: chunked\r\n\r\n5\r\nabc",
    "large pieces without an end": b"Transfer-Encoding: chunked\r\n\r\n1e8480\r\n" + b"x" * 2_000_000 + b"\r\n",
}
WRONG = {
    "pieces of which one is none": b"Transfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\nzz\r\n",
    "pieces with trailers": b"Transfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n0\r\nX-A: 1\r\n\r\n",
}


@pytest.mark.parametrize("kind", [*WHOLE, *CUT, *WRONG])
def test_a_state_is_kept_only_if_all_of_it_came(address: str, authorization: str, kind: str) -> None:
    path = state(kind)
    with connected(address) as sender:
        sender.sendall(head_of("PUT", path, authorization) + (WHOLE | CUT | WRONG)[kind])
        if kind in CUT:
            sender.shutdown(socket.SHUT_WR)
        answer = sender.recv(100)

    assert answer.startswith(b"HTTP/1.1 204" if kind in WHOLE else b"HTTP/1.1 400")
    kept = ask(address, "GET", path, Authorization=authorization)
    assert kept.status == (200 if kind in WHOLE else 404)


READERS, LARGE = 50, 4_000_000


def test_what_nobody_reads_does_not_fill_the_memory(served: tuple[str, int], authorization: str) -> None:
    address, server_id = served
    path = state("large")
    assert ask(address, "PUT", path, b"x" * LARGE, Authorization=authorization).status == 204
    ask(address, "GET", path, Authorization=authorization)
    before = memory(server_id)
    with ExitStack() as stack:
        readers = [stack.enter_context(connected(address)) for _ in range(READERS)]
        for reader in readers:
            reader.sendall(head_of("GET", path, authorization) + b"Connection: close\r\n\r\n")
            assert reader.recv(12) == b"HTTP/1.1 200"
        used = memory(server_id) - before
        with readers[-1].makefile("rb") as rest:
            assert rest.read().endswith(b"\r\n\r\n" + b"x" * LARGE)

    assert used < READERS * LARGE / 2


def memory(server_id: int) -> int:
    """Bytes that the web server processes have in memory."""
    return sum(one.memory_info().rss for one in web_workers(server_id))
