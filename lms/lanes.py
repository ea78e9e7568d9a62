"""Work that takes turns in one thread, so that what all of it waits for is done once for all.

Threads that each work at a small request spend more time on taking turns than on their requests. In a lane they take
turns only where one says so: each goes on until it pauses, and the paused ones go on once nobody else can. Whoever is
the first of them then finds what all the others are about. The paused wait a moment for as many as there were the last
time, since two small groups cost almost twice as much as one; where one comes at a time, nobody waits.
"""

import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future
from contextlib import suppress
from functools import partial
from queue import Empty, SimpleQueue
from time import monotonic
from typing import Any

from greenlet import getcurrent, greenlet

SECONDS_FOR_OTHERS = 0.005
"""How long the paused wait at most for as many to come as there were the last time."""

_here = threading.local()


class Lane(Executor):
    """An executor of one thread. A work that blocks holds up all others of the lane, so they had better be short."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.coming: SimpleQueue[tuple[Future[Any], Callable[[], Any]]] = SimpleQueue()
        threading.Thread(target=self._take_turns, name=name, daemon=True).start()

    def submit(self, work: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Have the work done in this lane."""
        future: Future[Any] = Future()
        self.coming.put((future, partial(work, *args, **kwargs)))
        return future

    def _take_turns(self) -> None:
        _here.lane, _here.hub = self, getcurrent()
        # Those who had paused the last time and those who had come by then, which is everybody who is at it.
        busy = 1
        while True:
            paused = self._begin(*self.coming.get())
            while paused:
                paused += self._begin_what_comes(busy - len(paused))
                first, *others = paused
                left = [first] if _goes_on(first) else []
                busy = len(paused) + self.coming.qsize()
                paused = left + [one for one in others if _goes_on(one)]

    def _begin_what_comes(self, missing: int) -> list[greenlet]:
        """Begin what is there by now, and what comes within a moment until `missing` have begun and paused.

        Those who were answered a moment ago mostly come again at once. Whatever comes later waits, or the paused might
        never go on.
        """
        begun: list[greenlet] = []
        for _ in range(self.coming.qsize()):
            begun += self._begin(*self.coming.get())
        until = monotonic() + SECONDS_FOR_OTHERS
        with suppress(Empty):
            while len(begun) < missing:
                begun += self._begin(*self.coming.get(timeout=max(0.0, until - monotonic())))
        return begun

    def _begin(self, future: Future[Any], work: Callable[[], Any]) -> list[greenlet]:
        """The work, if it pauses; none if it is done."""
        one = greenlet(partial(_do, future, work))
        return [one] if _goes_on(one) else []


def _do(future: Future[Any], work: Callable[[], Any]) -> None:
    if not future.set_running_or_notify_cancel():
        # Whoever asked for it has given it up.
        return
    try:
        future.set_result(work())
    except BaseException as error:
        future.set_exception(error)


def _goes_on(one: greenlet) -> bool:
    """Let it go on until it pauses; whether it does."""
    one.switch()
    return not one.dead


def pause() -> None:
    """Let everybody else in this lane go on until they pause or are done. Returns at once where there is no lane."""
    if current() is not None:
        _here.hub.switch()


def current() -> Lane | None:
    """The lane that this is done in; None for a thread of its own."""
    found: Lane | None = getattr(_here, "lane", None)
    return found
