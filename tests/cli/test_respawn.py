"""Processes of the server that are killed, as the kernel does when memory is short, are replaced: however often."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import psutil
import pytest

from tests.cli.processes import background_workers, wait_until, web_workers
from tests.cli.serving import serving, status

TIMES = 3
PROCESSES = 4
"""Two web workers, the background worker, and what Python keeps beside that one."""


def youngest(found: Sequence[psutil.Process]) -> Sequence[psutil.Process]:
    return [max(found, key=lambda one: (one.create_time(), one.pid))]


def everyone(found: Sequence[psutil.Process]) -> Sequence[psutil.Process]:
    return found


def test_what_is_killed_again_and_again_comes_back(tmp_path: Path) -> None:
    """The web worker that has just come, all of them, and the background work."""
    with serving(f"sqlite:///{tmp_path}/padu.db", tmp_path) as (address, server, _):
        for kind, number, whom in (
            *((web_workers, 2, youngest),) * TIMES,
            *((web_workers, 2, everyone),) * TIMES,
            *((background_workers, 1, everyone),) * TIMES,
        ):
            wait_until("all of them are there", partial(is_whole, kind, server.pid, number))
            killed = whom(kind(server.pid))
            for process in killed:
                process.kill()
            psutil.wait_procs(killed, timeout=60)
        wait_until("all web workers are there again", partial(is_whole, web_workers, server.pid, 2))
        wait_until("the background work is there again", partial(is_whole, background_workers, server.pid, 1))
        assert status(f"{address}/sign-in") == 200
        server.terminate()
        assert server.wait(60) == 0


def is_whole(kind: Callable[[int], list[psutil.Process]], server_id: int, number: int) -> bool:
    return len(kind(server_id)) == number


@pytest.mark.parametrize("is_starting", [True, pytest.param(False, marks=pytest.mark.slow)])
def test_all_processes_end_with_the_server_even_if_that_was_killed(tmp_path: Path, is_starting: bool) -> None:
    with serving(f"sqlite:///{tmp_path}/padu.db", tmp_path) as (address, server, _):
        if is_starting:
            killed = [*web_workers(server.pid), *background_workers(server.pid)]
            for process in killed:
                process.kill()
            psutil.wait_procs(killed, timeout=60)
            wait_until("others have begun", lambda: len(psutil.Process(server.pid).children()) == PROCESSES)
        left = psutil.Process(server.pid).children()
        assert len(left) == PROCESSES
        server.kill()
        _, alive = psutil.wait_procs(left, timeout=60)
        assert alive == []
        with pytest.raises(OSError, match="refused"):
            status(address)
