"""Work that takes turns in one thread, so that what all of it waits for is done once for all.

Threads that each work at a small request spend more time on taking turns than on their requests. In a lane they take
turns only where one says so: each goes on until it pauses, and the paused ones go on once nobody else can. Whoever is
the first of them then finds what all the others are about.
"""

import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future
from functools import partial
from queue import SimpleQueue
from typing import Any

from greenlet import getcurrent, greenlet

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
        while True:
            paused = self._begin(*self.coming.get())
            while paused:
                paused += self._begin_what_came()
                paused = [one for one in paused if _goes_on(one)]

    def _begin_what_came(self) -> list[greenlet]:
        """Begin what is there by now; what comes meanwhile waits, or the paused might never go on."""
        begun: list[greenlet] = []
        for _ in range(self.coming.qsize()):
            begun += self._begin(*self.coming.get())
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
