"""From the web server to the application and back, without a server."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import pytest

from lms import front
from lms.front import Front

Headers = list[tuple[str, str]]


class Given:
    """Headers as the server gives them; names may stand several times."""

    def __init__(self, pairs: Headers) -> None:
        self.pairs = pairs

    def get(self, name: str) -> str | None:
        return next((value for known, value in self.pairs if known == name), None)

    def items(self) -> Headers:
        return self.pairs


class Protocol:
    """A sender whose body comes in these pieces, and what it is answered."""

    def __init__(self, pieces: Iterable[bytes], pause: float) -> None:
        self.pieces, self.pause = list(pieces), pause
        self.status = 0
        self.headers: dict[str, str] = {}
        self.sent: list[bytes] = []

    async def __call__(self) -> bytes:
        return b"".join([piece async for piece in self])

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self.pieces:
            await asyncio.sleep(self.pause)
            yield piece

    def response_bytes(self, status: int, headers: Headers, body: bytes) -> None:
        self.status, self.headers = status, dict(headers)
        self.sent.append(body)

    def response_stream(self, status: int, headers: Headers) -> "Protocol":
        self.status, self.headers = status, dict(headers)
        return self

    async def send_bytes(self, data: bytes) -> None:
        self.sent.append(data)


def serve(
    application: front.Wsgi,
    pieces: Iterable[bytes] = (),
    headers: Iterable[tuple[str, str]] = (),
    *,
    pause: float = 0,
    **scope: Any,
) -> Protocol:
    """What the application answers to a request through the front."""
    protocol = Protocol(pieces, pause)
    asked = {
        "proto": "http",
        "http_version": "1.1",
        "method": "POST",
        "path": "/",
        "query_string": "",
        "server": "127.0.0.1:8000",
        "client": "127.0.0.1:5000",
        "scheme": "http",
        "authority": None,
        "headers": Given(list(headers)),
    } | scope
    served = Front(application, threads=2, most_bytes=3_000_000)

    async def once() -> None:
        await served(SimpleNamespace(**asked), protocol)  # type: ignore[arg-type]

    # In a thread of its own: the browser of other tests may run its loop in this one.
    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, once()).result()
    return protocol


def told(environ: dict[str, Any], start: Callable[..., Any]) -> list[bytes]:
    """Answers how the request came."""
    body = environ["wsgi.input"].read()
    start("200 OK", [("Content-Type", "text/plain"), ("X-Length", environ["CONTENT_LENGTH"])])
    return [b"%d:" % len(body), body[:10]]


LONG = [b"x" * 1_500_000] * 2


@pytest.mark.parametrize(
    ("pieces", "headers", "answer"),
    [
        ([], [], b"0:"),
        ([b"abc", b"de"], [("content-length", "5")], b"5:abcde"),
        ([b"abc", b"de"], [("transfer-encoding", "chunked")], b"5:abcde"),
        (LONG, [("content-length", "3000000")], b"3000000:xxxxxxxxxx"),
        (LONG, [("transfer-encoding", "chunked")], b"3000000:xxxxxxxxxx"),
    ],
)
def test_a_body_is_handed_on_whole(pieces: list[bytes], headers: Headers, answer: bytes) -> None:
    protocol = serve(told, pieces, headers)

    assert (protocol.status, b"".join(protocol.sent)) == (200, answer)


@pytest.mark.parametrize("header", [("content-length", "3000001"), ("transfer-encoding", "chunked")])
def test_of_a_body_that_is_too_long_the_length_is_told(header: tuple[str, str]) -> None:
    protocol = serve(told, [b"x" * 3_000_001], [header])

    assert b"".join(protocol.sent) == b"0:"
    assert int(protocol.headers["x-length"]) > 3_000_000


def test_a_body_that_does_not_come_is_not_waited_for_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(front, "SECONDS_FOR_A_BODY", 0.05)
    protocol = serve(told, [b"x"] * 100, [("transfer-encoding", "chunked")], pause=0.02)

    assert protocol.status == 408
    assert b"did not arrive" in protocol.sent[0]


def test_a_request_looks_as_wsgi_wants_it() -> None:
    seen: dict[str, Any] = {}

    def look(environ: dict[str, Any], start: Callable[..., Any]) -> list[bytes]:
        seen.update(environ)
        start("204 No Content", [])
        return []

    headers = [("host", "padu.example"), ("content-type", "text/plain"), ("cookie", "a=1"), ("cookie", "b=2")]
    headers += [("x-a", "1"), ("x-a", "2")]
    serve(look, [], headers, path="/a%20b/é", query_string="x=%20+", client="[::1]:5000", method="GET")

    assert seen["PATH_INFO"].encode("latin-1").decode() == "/a%20b/é"
    assert (seen["QUERY_STRING"], seen["REMOTE_ADDR"], seen["REQUEST_METHOD"]) == ("x=%20+", "::1", "GET")
    assert (seen["HTTP_COOKIE"], seen["HTTP_X_A"], seen["CONTENT_TYPE"]) == ("a=1; b=2", "1, 2", "text/plain")
    assert (seen["HTTP_HOST"], seen["SERVER_NAME"], seen["SERVER_PORT"]) == ("padu.example", "127.0.0.1", "8000")
    assert seen["wsgi.input_terminated"]


class Pieces:
    """A reply that is made piece by piece, and has to be closed."""

    def __init__(self, *pieces: bytes) -> None:
        self.pieces, self.is_closed = pieces, False

    def __iter__(self) -> Iterator[bytes]:
        yield from self.pieces

    def close(self) -> None:
        self.is_closed = True


@pytest.mark.parametrize("length", [10, 100_000, 1_000_000])
def test_a_reply_is_sent_whole_and_closed(length: int) -> None:
    made = Pieces(b"", *[b"x" * length] * 5, b"", b"end")

    def application(_environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        start("200 OK", [("Content-Type", "text/plain")])
        return made

    assert b"".join(serve(application).sent) == b"x" * length * 5 + b"end"
    assert made.is_closed


def test_a_reply_to_head_has_no_body() -> None:
    assert b"".join(serve(told, method="HEAD").sent) == b""


def test_an_application_that_fails_is_a_500_without_a_word(caplog: pytest.LogCaptureFixture) -> None:
    def application(_environ: dict[str, Any], _start: Callable[..., Any]) -> Iterable[bytes]:
        raise RuntimeError("secret")

    protocol = serve(application)

    assert (protocol.status, b"".join(protocol.sent)) == (500, b"")
    assert "failed" in caplog.text
