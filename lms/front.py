"""Between the web server and the application: a request is handed on once all of it is here.

The application works in threads, of which there are few, so none may wait for a sender. Here waiting costs next to
nothing: bodies gather in the event loop, large ones in a temporary file, and only whole ones go to a thread. The
application stays plain WSGI (PEP 3333), which any server can serve.
"""

import asyncio
import json
import logging
import sys
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from tempfile import SpooledTemporaryFile
from typing import IO, Any, cast

from granian.rsgi import HTTPProtocol, ProtocolClosed, Scope  # type: ignore[attr-defined]

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
Headers = list[tuple[str, str]]

IN_MEMORY = 1024 * 1024
"""Bytes of a body that are kept in memory; a longer one waits in a file."""
AT_ONCE = 256 * 1024
"""Bytes of a reply that are sent in one piece; a longer one is sent as it is made."""
SECONDS_FOR_A_BODY = 120
logger = logging.getLogger(__name__)


class Front:
    """An RSGI application that serves a WSGI one.

    `threads` is how many requests the application works at, `most_bytes` the longest body that it could want: of a
    longer one it is told the length alone, and refuses it.
    """

    def __init__(self, application: Wsgi, *, threads: int, most_bytes: int) -> None:
        self.application = application
        self.most_bytes = most_bytes
        self.pool = ThreadPoolExecutor(threads, thread_name_prefix="request")

    async def __call__(self, scope: Scope, protocol: HTTPProtocol) -> None:
        """Serve one request."""
        if scope.proto != "http":
            return
        try:
            async with asyncio.timeout(SECONDS_FOR_A_BODY):
                length, body = await self._body(scope, protocol)
        except TimeoutError:
            told = f"The body of the request did not arrive within {SECONDS_FOR_A_BODY} seconds."
            headers = [("content-type", "application/json"), ("connection", "close")]
            protocol.response_bytes(408, headers, json.dumps({"error": told}).encode())
            return
        except (ProtocolClosed, RuntimeError):
            # The sender went away in the midst of it, or sent what is no body; there is nobody to be answered.
            logger.debug("A request was broken off before all of it was here")
            protocol.response_bytes(400, [("connection", "close")], b"")
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
            return length, BytesIO(await protocol())
        return await self._gathered(protocol)

    async def _gathered(self, protocol: HTTPProtocol) -> tuple[int, IO[bytes]]:
        kept = cast(IO[bytes], SpooledTemporaryFile(IN_MEMORY))  # noqa: SIM115  (closed by who is given it)
        length = 0
        async for chunk in protocol:
            length += len(chunk)
            if length > self.most_bytes:
                kept.close()
                return length, BytesIO()
            kept.write(chunk)
        kept.seek(0)
        return length, kept

    async def _answer(self, protocol: HTTPProtocol, environ: dict[str, Any]) -> None:
        loop = asyncio.get_running_loop()
        status, headers, start, rest = await loop.run_in_executor(self.pool, run, self.application, environ)
        if rest is None:
            protocol.response_bytes(status, headers, start)
            return
        transport = protocol.response_stream(status, headers)
        try:
            await transport.send_bytes(start)
            while chunk := await loop.run_in_executor(self.pool, next, rest, b""):
                await transport.send_bytes(chunk)
        except (ProtocolClosed, RuntimeError):
            logger.debug("A reply was not waited for")
        finally:
            await loop.run_in_executor(self.pool, rest.close)


class Rest:
    """What is left of a reply; whoever takes it closes it, whether it was sent or not."""

    def __init__(self, chunks: Iterator[bytes], made: Iterable[bytes]) -> None:
        self.chunks, self.made = chunks, made

    def __iter__(self) -> "Rest":
        return self

    def __next__(self) -> bytes:
        # An empty piece would end a reply in pieces.
        return next(chunk for chunk in self.chunks if chunk)

    def close(self) -> None:
        """Tell the application that its reply is done with (PEP 3333)."""
        close = getattr(self.made, "close", None)
        if close is not None:
            close()


def run(application: Wsgi, environ: dict[str, Any]) -> tuple[int, Headers, bytes, Rest | None]:
    """The status, the headers and the body of a reply, and what is left of the body where it is long.

    A reply to HEAD has no body. An error that the application let through is a 500 without a word.
    """
    begun: list[tuple[int, Headers]] = []

    def start_response(status: str, headers: Headers, _error: Any = None) -> Callable[[bytes], Any]:
        begun.append((int(status.partition(" ")[0]), [(name.lower(), value) for name, value in headers]))
        return _refuse_to_write

    try:
        made = application(environ, start_response)
        rest = Rest(iter(made), made)
        start = _start(rest)
        status, headers = begun[-1]
    except Exception:
        logger.exception("%s %s failed", environ["REQUEST_METHOD"], environ["PATH_INFO"])
        return 500, [("content-type", "text/plain")], b"", None
    if len(start) <= AT_ONCE or environ["REQUEST_METHOD"] == "HEAD":
        rest.close()
        return status, headers, b"" if environ["REQUEST_METHOD"] == "HEAD" else start, None
    return status, headers, start, rest


def _start(rest: Rest) -> bytes:
    """The body as far as it is sent in one piece, and a little further if there is more."""
    pieces: list[bytes] = []
    length = 0
    for chunk in rest:
        pieces.append(chunk)
        length += len(chunk)
        if length > AT_ONCE:
            break
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


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
    key = name.upper().replace("-", "_")
    if key in ("CONTENT_LENGTH", "TRANSFER_ENCODING"):
        return
    if key != "CONTENT_TYPE":
        key = f"HTTP_{key}"
    before = environ.get(key) if key != "HTTP_HOST" else None
    joined = "; " if key == "HTTP_COOKIE" else ", "
    environ[key] = value if before is None else f"{before}{joined}{value}"
