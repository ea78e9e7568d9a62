"""The demo's server: `lms serve` as a process of its own, on the demo's database."""

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from lms.settings import ROOT

HOST = "127.0.0.1"
SECONDS_TO_START, SECONDS_TO_STOP = 60, 20
PAUSE = 0.1


class NotServing(Exception):
    """The server did not start, or ended by itself."""


def is_free(port: int) -> bool:
    """Whether nothing listens on the port yet."""
    with socket.socket() as trial:
        # As servers do: a port that was let go of a moment ago is free.
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((HOST, port))
        except OSError:
            return False
    return True


@contextlib.contextmanager
def serving(port: int, *, environment: Mapping[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """The server's process, while it answers; what it says goes to the log. Raises NotServing."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as told:
        process = subprocess.Popen(  # noqa: S603  (our own command)
            [sys.executable, "-P", "-m", "lms.cli", "serve", "--host", HOST, "--port", str(port)],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
            stdin=subprocess.DEVNULL,
            stdout=told,
            stderr=told,
            # Ctrl-C is for the demo, which then ends its server.
            process_group=0,
        )
    try:
        _wait_until_it_answers(process, port, log)
        yield process
    finally:
        stop(process)


def _wait_until_it_answers(process: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    for _ in range(int(SECONDS_TO_START / PAUSE)):
        if process.poll() is not None:
            raise NotServing(f"The server ended at once:\n{_end_of(log)}")
        if _answers(port):
            return
        time.sleep(PAUSE)
    raise NotServing(f"The server did not answer within {SECONDS_TO_START} seconds:\n{_end_of(log)}")


def _answers(port: int) -> bool:
    asking = http.client.HTTPConnection(HOST, port, timeout=5)
    try:
        asking.request("GET", "/xapi/about")
        return asking.getresponse().status == http.HTTPStatus.OK
    except OSError:
        return False
    finally:
        asking.close()


def _end_of(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-15:])


def stop(process: "subprocess.Popen[bytes]") -> None:
    """End the server, which finishes what it is at. Whoever presses Ctrl-C again meanwhile does not leave it behind."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        process.terminate()
        process.wait(SECONDS_TO_STOP)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    finally:
        signal.signal(signal.SIGINT, before)
