"""Senders on bad networks, and bad senders: however many there are, others are answered."""

import http.client
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from urllib.parse import urlsplit

import pytest

from tests.cli.serving import serving

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
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server of two processes, as an office runs it."""
    folder = tmp_path_factory.mktemp("slow")
    with serving(f"sqlite:///{folder}/padu.db", folder) as (address, _, told):
        yield address
    assert "Traceback" not in told.read_text()


def connected(address: str) -> socket.socket:
    parts = urlsplit(address)
    return socket.create_connection((parts.hostname or "", parts.port or 0), timeout=20)


def ask(address: str, method: str, path: str, body: bytes | None = None) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=20)
    connection.request(method, path, body=body, headers={"X-Experience-API-Version": "2.0.0"})
    response = connection.getresponse()
    response.read()
    connection.close()
    return response


def test_a_get_is_answered_while_hundreds_send_slowly(address: str) -> None:
    with ExitStack() as stack:
        for sent in list(SLOW.values()) * EACH:
            stack.enter_context(connected(address)).sendall(sent)
        for path in ("/xapi/about", "/xapi/about", "/sign-in"):
            assert ask(address, "GET", path).status < 400
        assert ask(address, "POST", "/xapi/statements", b"[]").status == 401


def test_senders_that_went_away_leave_nothing_behind(address: str) -> None:
    for sent in list(SLOW.values()) * EACH:
        with connected(address) as slow:
            slow.sendall(sent)

    assert ask(address, "GET", "/xapi/about").status == 200


def test_a_body_beyond_the_limit_is_refused_before_it_is_sent(address: str) -> None:
    with connected(address) as sender:
        sender.sendall(HEAD + b"X-Experience-API-Version: 2.0.0\r\nContent-Length: 999999999999\r\n\r\n")
        assert sender.recv(100).startswith(b"HTTP/1.1 4")
