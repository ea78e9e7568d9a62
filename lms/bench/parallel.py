"""Work in several processes and threads that begin together, with the time that each step of it took."""

import signal
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection

SECONDS_TO_STOP = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class Share:
    """What one process did: nanoseconds of a clock that all processes share, and microseconds.

    `processor` is the time on a processor that the process took meanwhile, `spent` the time of each step.
    """

    began: int
    ended: int
    processor: int
    spent: tuple[int, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Sent:
    """What all of them got done together: statements, in how many microseconds, and the microseconds of each step.

    `processor` is the microseconds on a processor that it took the processes that measure.
    """

    statements: int
    microseconds: int
    processor: int
    of_requests: tuple[int, ...]


Work = Callable[[int, Callable[[], None]], Share]
"""Given the number of its process, makes ready, calls what it was given, and works."""


def together(shares: Sequence[Share], *, size: int) -> Sent:
    """What the shares come to, if each step brought `size` statements."""
    spent = tuple(one for share in shares for one in share.spent)
    took = max(share.ended for share in shares) - min(share.began for share in shares)
    return Sent(
        statements=len(spent) * size,
        microseconds=took // 1000,
        processor=sum(share.processor for share in shares),
        of_requests=spent,
    )


def in_processes(number: int, work: Work, *, beginning: Callable[[], None] | None = None) -> list[Share]:
    """What the work came to in each of so many processes, which begin together. Raises OSError for one that failed.

    `beginning` is called when all have made ready.
    """
    context = get_context("spawn")
    ends = [context.Pipe() for _ in range(number)]
    processes = [
        context.Process(target=_work, args=(work, position, end), daemon=True) for position, (_, end) in enumerate(ends)
    ]
    for process in processes:
        process.start()
    for _, end in ends:
        # Then a process that died is told by the end of its pipe.
        end.close()
    is_done = False
    try:
        for here, _ in ends:
            _received(here)
        if beginning is not None:
            beginning()
        for here, _ in ends:
            here.send(None)
        found = [_received(here) for here, _ in ends]
        is_done = True
    finally:
        for process in processes:
            if is_done:
                process.join(SECONDS_TO_STOP)
            process.kill()
    return [one for one in found if one is not None]


def _received(end: Connection) -> Share | None:
    try:
        one: Share | Exception | None = end.recv()
    except EOFError as error:
        raise OSError("a process that measures has died") from error
    if isinstance(one, Exception):
        raise one
    return one


def _work(work: Work, position: int, end: Connection) -> None:
    # Ctrl-C is for the command, which then ends its processes.
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    def ready() -> None:
        end.send(None)
        end.recv()

    try:
        end.send(work(position, ready))
    except Exception as error:
        end.send(OSError(f"{type(error).__name__}: {error}"))


def in_threads(works: Sequence[Callable[[], list[int]]]) -> Share:
    """What threads of this process did side by side. Raises what one of them raised."""
    found: list[list[int]] = []
    failed: list[Exception] = []

    def run(work: Callable[[], list[int]]) -> None:
        try:
            found.append(work())
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=run, args=(work,), daemon=True) for work in works]
    processor, began = time.process_time_ns(), time.monotonic_ns()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise failed[0]
    return Share(
        began=began,
        ended=time.monotonic_ns(),
        processor=(time.process_time_ns() - processor) // 1000,
        spent=tuple(one for of_thread in found for one in of_thread),
    )
