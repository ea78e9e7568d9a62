"""The processes of a server, for the tests that kill them."""

import time
from collections.abc import Callable

import psutil

SECONDS_TO_RECOVER = 120


def web_workers(server_id: int) -> list[psutil.Process]:
    """Those that answer requests by now."""
    return [one for one in _children(server_id) if _listens(one)]


def background_workers(server_id: int) -> list[psutil.Process]:
    """Those that do the background work."""
    return [one for one in _children(server_id) if "spawn_main" in _command(one) and not _listens(one)]


def wait_until(what: str, holds: Callable[[], bool]) -> None:
    """Come back once it holds; the test fails where it takes too long."""
    for _ in range(SECONDS_TO_RECOVER * 10):
        if holds():
            return
        time.sleep(0.1)
    raise AssertionError(f"Not within {SECONDS_TO_RECOVER} seconds: {what}")


def _children(process_id: int) -> list[psutil.Process]:
    try:
        return psutil.Process(process_id).children()
    except psutil.NoSuchProcess:
        return []


def _listens(process: psutil.Process) -> bool:
    try:
        return any(one.status == psutil.CONN_LISTEN for one in process.net_connections("tcp"))
    except psutil.Error:
        return False


def _command(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""
