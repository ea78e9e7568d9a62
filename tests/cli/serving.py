"""A server as a process of its own, for the tests that need a real one."""

import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from tests.cli.running import COMMAND, environment


def free_port() -> int:
    """A port that nobody listens on just now."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:
        return int(listening.getsockname()[1])


@contextmanager
def serving(url: str, folder: Path) -> Iterator[tuple[str, "subprocess.Popen[str]", Path]]:
    """(address, process, what it has told) of a server that answers."""
    address, told = f"http://127.0.0.1:{(port := free_port())}", folder / "told"
    with (
        told.open("w") as output,
        subprocess.Popen(
            [*COMMAND, "serve", "--port", str(port)],
            env=environment(LMS_DATABASE_URL=url),
            cwd=folder,
            stdout=output,
            stderr=output,
            text=True,
            start_new_session=True,
        ) as server,
    ):
        try:
            _wait_for(address, server, told)
            yield address, server, told
        finally:
            if server.poll() is None:
                server.terminate()


def _wait_for(address: str, server: "subprocess.Popen[str]", told: Path) -> None:
    for _ in range(600):
        if server.poll() is not None:
            break
        try:
            status(f"{address}/sign-in")
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError(f"The server does not answer:\n{told.read_text()}")


def status(address: str) -> int:
    """The status of a page, followed to where it leads."""
    try:
        with urllib.request.urlopen(address, timeout=30) as page:  # noqa: S310  (it is our own address)
            return int(page.status)
    except urllib.error.HTTPError as error:
        return error.code
