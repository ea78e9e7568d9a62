"""Between the web server and the application: a request is handed on once all of it is here.

The application works in threads, of which there are few, so none may wait for a sender. Here waiting costs next to
nothing: bodies gather in the event loop, large ones in a temporary file, and only whole ones go to a thread. Nor may
any wait for a reader: a long reply is made as a whole, in a file of which the server sends as much as is taken. The
application stays plain WSGI (PEP 3333), which any server can serve.
"""

import asyncio
import json
import logging
import sys
from collections.abc import AsyncIterator, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from io import BytesIO
from itertools import chain
from pathlib import Path
from tempfile import NamedTemporaryFile, SpooledTemporaryFile, gettempdir
from typing import IO, Any, cast

from granian.rsgi import HTTPProtocol, ProtocolClosed, ProtocolError, Scope  # type: ignore[attr-defined]

from lms.clock import now
from lms.lanes import Lane

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
Headers = list[tuple[str, str]]

IN_MEMORY = 1024 * 1024
"""Bytes of a body that are kept in memory; a longer one waits in a file."""
AT_ONCE = 256 * 1024
"""Bytes of a reply that are kept in memory; a longer one is sent from a file."""
SECONDS_TO_OPEN = 30
"""How long a reply's file keeps its name: far longer than the server takes to open it, of which it tells nobody."""
SECONDS_LEFT_OVER = 3600
"""The age of a reply's file whose process was killed: none is written to as seldom as that."""
PREFIX = "padu-reply-"
SECONDS_FOR_A_BODY = 120
logger = logging.getLogger(__name__)


class BrokenOff(Exception):
    """The body of a request is not all there."""


class Front:
    """An RSGI application that serves a WSGI one.

    `threads` is how many requests the application works at, `most_bytes` the longest body that it could want: of a
    longer one it is told the length alone, and refuses it. `lane_of` says by the environ in which lane a request takes
    turns with others; one without a lane has a thread to itself.
    """

    def __init__(
        self,
        application: Wsgi,
        *,
        threads: int,
        most_bytes: int,
        lane_of: Callable[[dict[str, Any]], Lane | None] = lambda _environ: None,
    ) -> None:
        self.application = application
        self.most_bytes = most_bytes
        self.pool = ThreadPoolExecutor(threads, thread_name_prefix="request")
        self.lane_of = lane_of
        self.files: set[Path] = set()
        _remove_left_over()

    def __rsgi_del__(self, _loop: asyncio.AbstractEventLoop) -> None:
        """Leave no file behind when the server stops."""
        for file in list(self.files):
            self._forget(file)

    async def __call__(self, scope: Scope, protocol: HTTPProtocol) -> None:
        """Serve one request."""
        if scope.proto != "http":
            return
        try:
            async with asyncio.timeout(SECONDS_FOR_A_BODY):
                length, body = await self._body(scope, protocol)
        except TimeoutError:
            _refuse(protocol, 408, f"The body of the request did not arrive within {SECONDS_FOR_A_BODY} seconds.")
            return
        except (BrokenOff, ProtocolClosed, ProtocolError):
            # Mostly the sender has gone away, and nobody reads this.
            _refuse(protocol, 400, "The body of the request broke off, or is not what its headers tell.")
            return
        with body:
            await self._answer(protocol, environ_of(scope, length, body))

    async def _body(self, scope: Scope, protocol: HTTPProtocol) -> tuple[int, IO[bytes]]:
        """The length of the body and what there is of it: nothing, if it is too long for anybody."""
        told = scope.headers.get("content-length")
        length = int(told) if told is not None and told.isascii() and told.isdigit() else None
        if length is None and scope.headers.get("transfer-encoding") is None:
            return 0, BytesIO()
        if length is not None and length > self.most_bytes:
            return length, BytesIO()
        if length is not None and length <= IN_MEMORY:
            whole = await protocol()
            if len(whole) != length:
                raise BrokenOff
            return length, BytesIO(whole)
        return await self._gathered(protocol, length)

    async def _gathered(self, protocol: HTTPProtocol, told: int | None) -> tuple[int, IO[bytes]]:
        """The body, which has the length that was told, if any was. Raises BrokenOff where it is not all there."""
        kept = cast(IO[bytes], SpooledTemporaryFile(IN_MEMORY))  # noqa: SIM115  (closed by who is given it)
        length = 0
        try:
            async for piece in _pieces(protocol):
                length += len(piece)
                if length > self.most_bytes:
                    kept.close()
                    return length, BytesIO()
                kept.write(piece)
            if told not in (None, length):
                raise BrokenOff
        except BaseException:
            kept.close()
            raise
        kept.seek(0)
        return length, kept

    async def _answer(self, protocol: HTTPProtocol, environ: dict[str, Any]) -> None:
        loop = asyncio.get_running_loop()
        where = self.lane_of(environ) or self.pool
        status, headers, body = await loop.run_in_executor(where, run, self.application, environ)
        if isinstance(body, bytes):
            protocol.response_bytes(status, headers, body)
            return
        self.files.add(body)
        loop.call_later(SECONDS_TO_OPEN, self._forget, body)
        protocol.response_file(status, headers, str(body))

    def _forget(self, file: Path) -> None:
        """Take its name from a file; whoever reads it has all of it nevertheless."""
        self.files.discard(file)
        file.unlink(missing_ok=True)


async def _pieces(protocol: HTTPProtocol) -> AsyncIterator[bytes]:
    """The pieces of a body. The server gives an empty one at the end, and one more before it where there was an error.

    Trailers look like such an error. They are refused with it: nobody who sends here has any.
    """
    is_over = False
    async for piece in protocol:
        if is_over:
            raise BrokenOff
        is_over = not piece
        yield piece


def _refuse(protocol: HTTPProtocol, status: int, told: str) -> None:
    """Answer and close the connection, for what else comes by it may be the rest of this request."""
    headers = [("content-type", "application/json"), ("connection", "close")]
    protocol.response_bytes(status, headers, json.dumps({"error": told}).encode())


def run(application: Wsgi, environ: dict[str, Any]) -> tuple[int, Headers, bytes | Path]:
    """The status, the headers and the body of a reply: a long one is a file, which the caller removes.

    A reply to HEAD has no body. An error that the application let through is a 500 without a word, however much of the
    body was made by then.
    """
    begun: list[tuple[int, Headers]] = []

    def start_response(status: str, headers: Headers, _error: Any = None) -> Callable[[bytes], Any]:
        begun.append((int(status.partition(" ")[0]), [(name.lower(), value) for name, value in headers]))
        return _refuse_to_write

    body: bytes | Path = b""
    try:
        made = application(environ, start_response)
        try:
            body = _body_of(made, wanted=environ["REQUEST_METHOD"] != "HEAD")
        finally:
            _close(made)
        status, headers = begun[-1]
    except Exception:
        logger.exception("%s %s failed", environ["REQUEST_METHOD"], environ["PATH_INFO"])
        if isinstance(body, Path):
            body.unlink()
        return 500, [("content-type", "text/plain")], b""
    if isinstance(body, Path) and not any(name == "content-length" for name, _ in headers):
        # Who reads it sees then whether all of it has come.
        headers.append(("content-length", str(body.stat().st_size)))
    return status, headers, body


def _body_of(made: Iterable[bytes], *, wanted: bool) -> bytes | Path:
    pieces: list[bytes] = []
    length = 0
    rest = iter(made)
    for piece in rest:
        pieces.append(piece)
        length += len(piece)
        if length > AT_ONCE:
            break
    if not wanted:
        return b""
    if length > AT_ONCE:
        return _in_a_file(chain(pieces, rest))
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def _in_a_file(pieces: Iterable[bytes]) -> Path:
    with NamedTemporaryFile(prefix=PREFIX, delete=False) as kept:
        file = Path(kept.name)
        try:
            kept.writelines(pieces)
        except BaseException:
            file.unlink()
            raise
    return file


def _close(made: Iterable[bytes]) -> None:
    """Tell the application that its reply is done with (PEP 3333)."""
    close = getattr(made, "close", None)
    if close is not None:
        close()


def _remove_left_over() -> None:
    """Remove the files of processes that were killed."""
    before = now().timestamp() - SECONDS_LEFT_OVER
    for file in Path(gettempdir()).glob(f"{PREFIX}*"):
        # It may be somebody else's, or be removed by another process just now.
        with suppress(OSError):
            if file.stat().st_mtime < before:
                file.unlink()


def _refuse_to_write(_data: bytes) -> None:
    raise TypeError("the reply is what the application returns")


def environ_of(scope: Scope, length: int, body: IO[bytes]) -> dict[str, Any]:
    """The request as WSGI has it; headers that stand several times are joined by commas, cookies by semicolons."""
    host, _, port = scope.server.rpartition(":")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": scope.method,
        "SCRIPT_NAME": "",
        # The server has decoded the path; WSGI has the bytes of it as characters.
        "PATH_INFO": scope.path.encode().decode("latin-1"),
        "QUERY_STRING": scope.query_string.encode().decode("latin-1"),
        "REMOTE_ADDR": scope.client.rpartition(":")[0].strip("[]"),
        "SERVER_NAME": host.strip("[]") or "localhost",
        "SERVER_PORT": port,
        "SERVER_PROTOCOL": f"HTTP/{scope.http_version}",
        "CONTENT_LENGTH": str(length) if length else "",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.scheme,
        "wsgi.input": body,
        "wsgi.input_terminated": True,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    if scope.authority:
        environ["HTTP_HOST"] = scope.authority
    for name, value in scope.headers.items():
        _add_header(environ, name, value)
    return environ


def _add_header(environ: dict[str, Any], name: str, value: str) -> None:
    if "_" in name:
        # It would be taken for the header with hyphens, which a proxy may have set, or taken away.
        return
    key = name.upper().replace("-", "_")
    if key in ("CONTENT_LENGTH", "TRANSFER_ENCODING"):
        return
    if key != "CONTENT_TYPE":
        key = f"HTTP_{key}"
    before = environ.get(key) if key != "HTTP_HOST" else None
    joined = "; " if key == "HTTP_COOKIE" else ", "
    environ[key] = value if before is None else f"{before}{joined}{value}"
