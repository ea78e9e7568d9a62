"""From the web server to the application and back, without a server."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from lms import front
from lms.clock import now
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
    """A sender whose body comes in these pieces, and what it is answered.

    As with the server, an empty piece is the end, and an error in the midst of them is one too.
    """

    def __init__(self, pieces: Iterable[bytes], pause: float) -> None:
        self.pieces, self.pause = list(pieces), pause
        self.status = 0
        self.headers: dict[str, str] = {}
        self.sent: list[bytes] = []
        self.file: str | None = None

    async def __call__(self) -> bytes:
        return b"".join([piece async for piece in self])

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in [*self.pieces, b""]:
            await asyncio.sleep(self.pause)
            yield piece

    def response_bytes(self, status: int, headers: Headers, body: bytes) -> None:
        self.status, self.headers = status, dict(headers)
        self.sent.append(body)

    def response_file(self, status: int, headers: Headers, file: str) -> None:
        self.status, self.headers = status, dict(headers)
        self.sent.append(Path(file).read_bytes())
        self.file = file


def serve(
    application: front.Wsgi,
    pieces: Iterable[bytes] = (),
    headers: Iterable[tuple[str, str]] = (),
    *,
    pause: float = 0,
    wait: float = 0,
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
        await asyncio.sleep(wait)
        served.__rsgi_del__(asyncio.get_running_loop())

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


CHUNKED = ("transfer-encoding", "chunked")


@pytest.mark.parametrize(
    ("pieces", "header"),
    [
        ([b"abc"], ("content-length", "5")),
        ([b"abcdef"], ("content-length", "5")),
        ([b"x" * 1_500_000], ("content-length", "3000000")),
        ([b"x" * 1_500_000, b""], ("content-length", "3000000")),
        (LONG, ("content-length", "2000000")),
        ([b"abc", b""], CHUNKED),
        ([b""], CHUNKED),
        ([b"abc", b"", b"de"], CHUNKED),
        ([*LONG, b""], CHUNKED),
    ],
)
def test_a_body_that_breaks_off_is_refused_and_handed_to_nobody(pieces: list[bytes], header: tuple[str, str]) -> None:
    asked: list[str] = []

    def application(environ: dict[str, Any], start: Callable[..., Any]) -> list[bytes]:
        asked.append(environ["PATH_INFO"])
        return told(environ, start)

    protocol = serve(application, pieces, [header])

    assert (protocol.status, protocol.headers["connection"]) == (400, "close")
    assert b"broke off" in protocol.sent[0]
    assert asked == []


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


def test_a_header_cannot_pass_for_another_by_underscores() -> None:
    seen: dict[str, Any] = {}

    def look(environ: dict[str, Any], start: Callable[..., Any]) -> list[bytes]:
        seen.update(environ)
        start("204 No Content", [])
        return []

    headers = [("x-forwarded-for", "10.0.0.1"), ("x_forwarded_for", "1.2.3.4"), ("x_forwarded-host", "evil.example")]
    serve(look, [], [*headers, ("content_type", "text/html"), ("content_length", "5")])

    assert {name: value for name, value in seen.items() if name.startswith(("HTTP_", "CONTENT_"))} == {
        "HTTP_X_FORWARDED_FOR": "10.0.0.1",
        "CONTENT_LENGTH": "",
    }


class Pieces:
    """A reply that is made piece by piece, some of which may fail, and has to be closed, which may fail too."""

    def __init__(self, *pieces: bytes | Exception, closes: Exception | None = None) -> None:
        self.pieces, self.closes, self.is_closed = pieces, closes, False

    def __call__(self, _environ: dict[str, Any], start: Callable[..., Any]) -> "Pieces":
        start("200 OK", [("Content-Type", "text/plain")])
        return self

    def __iter__(self) -> Iterator[bytes]:
        for piece in self.pieces:
            if isinstance(piece, Exception):
                raise piece
            yield piece

    def close(self) -> None:
        self.is_closed = True
        if self.closes is not None:
            raise self.closes


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary files are made."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return tmp_path


LENGTHS = [10, 100_000, 1_000_000]


@pytest.mark.parametrize("length", LENGTHS)
def test_a_reply_is_sent_whole_and_closed(length: int, folder: Path) -> None:
    made = Pieces(b"", *[b"x" * length] * 5, b"", b"end")
    protocol = serve(made)

    assert (protocol.status, b"".join(protocol.sent)) == (200, b"x" * length * 5 + b"end")
    assert made.is_closed
    assert list(folder.iterdir()) == []


def test_a_long_reply_waits_for_its_reader_in_a_file_and_tells_its_length(folder: Path) -> None:
    short, long = serve(Pieces(*[b"x" * 1000] * 3)), serve(Pieces(*[b"x" * 1000] * 300))

    assert short.file is None
    assert long.file is not None
    assert Path(long.file).parent == folder
    assert long.headers == {"content-type": "text/plain", "content-length": "300000"}


def test_the_length_that_the_application_tells_is_told() -> None:
    def application(_environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        start("200 OK", [("Content-Length", "300000")])
        return [b"x" * 300_000]

    assert serve(application).headers == {"content-length": "300000"}


def test_the_file_of_a_reply_goes_once_the_server_has_had_time_to_open_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(front, "SECONDS_TO_OPEN", 0)
    monkeypatch.setattr(Front, "__rsgi_del__", lambda *_: None)
    protocol = serve(Pieces(b"x" * 1_000_000), wait=0.1)

    assert protocol.file is not None
    assert list(folder.iterdir()) == []


def test_files_of_a_process_that_was_killed_are_removed_by_the_next(folder: Path) -> None:
    long_ago = (now() - timedelta(hours=2)).timestamp()
    for name, age in {"padu-reply-old": long_ago, "padu-reply-new": None, "of-somebody-else": long_ago}.items():
        (folder / name).write_bytes(b"x")
        os.utime(folder / name, None if age is None else (age, age))
    serve(told)

    assert {file.name for file in folder.iterdir()} == {"padu-reply-new", "of-somebody-else"}


@pytest.mark.parametrize("length", LENGTHS)
def test_a_reply_to_head_has_no_body(length: int, folder: Path) -> None:
    made = Pieces(*[b"x" * length] * 5)
    protocol = serve(made, method="HEAD")

    assert (protocol.status, b"".join(protocol.sent), protocol.file) == (200, b"", None)
    assert made.is_closed
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize("error", [RuntimeError("secret"), OSError(28, "secret")])
def test_a_reply_that_fails_in_the_midst_is_a_500(
    length: int, error: Exception, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    made = Pieces(b"x" * length, error, b"end")
    protocol = serve(made)

    assert (protocol.status, b"".join(protocol.sent)) == (500, b"")
    assert made.is_closed
    assert "POST / failed" in caplog.text
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("length", LENGTHS)
def test_a_reply_that_fails_when_it_is_closed_is_a_500(length: int, folder: Path) -> None:
    protocol = serve(Pieces(b"x" * length, closes=RuntimeError("secret")))

    assert (protocol.status, b"".join(protocol.sent)) == (500, b"")
    assert list(folder.iterdir()) == []


def test_an_application_that_fails_is_a_500_without_a_word(caplog: pytest.LogCaptureFixture) -> None:
    def application(_environ: dict[str, Any], _start: Callable[..., Any]) -> Iterable[bytes]:
        raise RuntimeError("secret")

    protocol = serve(application)

    assert (protocol.status, b"".join(protocol.sent)) == (500, b"")
    assert "failed" in caplog.text
