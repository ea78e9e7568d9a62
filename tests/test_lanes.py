"""Work that takes turns: what it comes to, in which order, and that errors stay where they belong."""

from collections.abc import Callable
from concurrent.futures import Future
from contextvars import ContextVar
from threading import Event, current_thread
from time import sleep
from typing import Any

import pytest

from lms import lanes
from lms.lanes import Lane
from lms.serving import name_of_lane

NAME: ContextVar[str] = ContextVar("NAME", default="nobody")


@pytest.fixture
def lane() -> Lane:
    """A lane that does nothing yet: what is submitted first waits until `begin` is set."""
    return Lane("test")


def together(lane: Lane, *works: Any) -> list[Future[Any]]:
    """Submit all of it before any of it begins."""
    is_there = Event()
    lane.submit(is_there.wait)
    futures = [lane.submit(work) for work in works]
    is_there.set()
    return futures


def test_the_paused_go_on_once_everybody_else_has_paused_or_is_done(lane: Lane) -> None:
    told: list[str] = []

    def work(name: str, *, pauses: bool) -> str:
        told.append(f"{name} begins")
        if pauses:
            lanes.pause()
            told.append(f"{name} goes on")
        return name

    futures = together(
        lane,
        lambda: work("Ani", pauses=True),
        lambda: work("Budi", pauses=False),
        lambda: work("Citra", pauses=True),
    )

    assert [future.result(5) for future in futures] == ["Ani", "Budi", "Citra"]
    assert told == ["Ani begins", "Budi begins", "Citra begins", "Ani goes on", "Citra goes on"]


@pytest.fixture
def coming_again(lane: Lane) -> Callable[..., list[str]]:
    """Two have been at it together; what is told when one comes at once, and one by a later thread, if at all."""
    told: list[str] = []

    def work(name: str) -> None:
        told.append(f"{name} begins")
        lanes.pause()
        told.append(f"{name} goes on")

    def come(*, later: bool) -> list[str]:
        for future in together(lane, lambda: work("Ani"), lambda: work("Budi")):
            future.result(5)
        told.clear()
        futures = [lane.submit(work, "Ani")]
        if later:
            while not told:
                sleep(0.001)
            futures.append(lane.submit(work, "Budi"))
        for future in futures:
            future.result(5)
        return told

    return come


def test_the_paused_wait_a_moment_for_as_many_as_there_were_the_last_time(
    coming_again: Callable[..., list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lanes, "SECONDS_FOR_OTHERS", 5)

    assert coming_again(later=True) == ["Ani begins", "Budi begins", "Ani goes on", "Budi goes on"]


def test_who_does_not_come_again_is_waited_for_once(
    lane: Lane, coming_again: Callable[..., list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lanes, "SECONDS_FOR_OTHERS", 0.05)

    assert coming_again(later=False) == ["Ani begins", "Ani goes on"]

    monkeypatch.setattr(lanes, "SECONDS_FOR_OTHERS", 60)
    assert lane.submit(lanes.pause).result(5) is None


def test_what_one_raises_is_its_own(lane: Lane) -> None:
    def fail() -> None:
        lanes.pause()
        raise ValueError("mine")

    failed, done = together(lane, fail, lambda: "done")

    with pytest.raises(ValueError, match="mine"):
        failed.result(5)
    assert done.result(5) == "done"


def test_what_nobody_waits_for_any_more_harms_nobody(lane: Lane) -> None:
    """A request whose sender has gone is given up, before it has begun or in the midst of it."""
    is_there, begun = Event(), Event()
    told: list[str] = []

    def work() -> None:
        begun.set()
        lanes.pause()
        told.append("done")

    lane.submit(is_there.wait)
    waiting = lane.submit(told.append, "given up before it began")
    assert waiting.cancel()
    working = lane.submit(work)
    is_there.set()
    assert begun.wait(5)
    working.cancel()

    assert lane.submit(lambda: "the next").result(5) == "the next"
    assert told == ["done"]


def test_each_has_a_context_of_its_own(lane: Lane) -> None:
    def work(name: str) -> tuple[str, str]:
        before = NAME.get()
        NAME.set(name)
        lanes.pause()
        return before, NAME.get()

    futures = together(lane, lambda: work("Ani"), lambda: work("Budi"))

    assert [future.result(5) for future in futures] == [("nobody", "Ani"), ("nobody", "Budi")]


def test_one_may_pause_again_and_again_while_others_come(lane: Lane) -> None:
    def work() -> int:
        for _ in range(100):
            lanes.pause()
        return 100

    assert [future.result(5) for future in together(lane, *[work] * 20)] == [100] * 20


def test_a_lane_is_known_inside_it_and_nowhere_else(lane: Lane) -> None:
    lanes.pause()

    assert lanes.current() is None
    assert lane.submit(lanes.current).result(5) is lane
    assert lane.submit(lambda: current_thread().name).result(5) == "test"


@pytest.mark.parametrize(
    ("method", "path", "query", "length", "name"),
    [
        ("POST", "/xapi/statements", "", "1000", "short"),
        ("PUT", "/xapi/statements", "statementId=1", "65536", "short"),
        ("POST", "/xapi/statements", "", "65537", "long"),
        ("POST", "/xapi/statements", "", "1048577", None),
        ("POST", "/xapi/statements", "method=GET", "1000", None),
        ("GET", "/xapi/statements", "", "", None),
        ("PUT", "/xapi/activities/state", "stateId=1", "1000", None),
        ("POST", "/sign-in", "", "1000", None),
    ],
)
def test_statements_that_come_take_turns(method: str, path: str, query: str, length: str, name: str | None) -> None:
    environ = {"REQUEST_METHOD": method, "PATH_INFO": path, "QUERY_STRING": query, "CONTENT_LENGTH": length}

    assert name_of_lane(environ) == name


def test_the_paused_go_on_however_many_others_come(lane: Lane) -> None:
    begun: list[str] = []

    def comes() -> None:
        begun.append("another")
        if len(begun) < 1000:
            lane.submit(comes)

    def waits() -> int:
        lane.submit(comes)
        lanes.pause()
        return len(begun)

    assert together(lane, waits)[0].result(5) < 10
