"""The floor under ingest: the same rows and links, written by the database as fast as it can, and nothing else done."""

import random
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from functools import partial

from lms.bench.parallel import Sent, Share, in_processes, in_threads, together
from lms.bench.rows import Rows, Write, connect, in_bulk, plainly, rows_of
from lms.bench.sendings import statement
from lms.clock import now

PER_SECOND, ALONE_PER_SECOND = 25_000, 6000
"""Rows of statements that are made beforehand for each second: more than a floor reaches."""


def in_batches(url: str, *, organisation_id: int, size: int, seconds: float) -> Sent:
    """Batches of so many, each a transaction, by one connection: binary COPY on PostgreSQL, executemany on SQLite."""
    batches = _batches(url, organisation_id, size, max(4, int(seconds * PER_SECOND / size)))
    with closing(connect(url)) as connection:
        share = in_threads([partial(_repeat, in_bulk(connection), batches, seconds)])
    return together([share], size=size)


def one_by_one(url: str, *, organisation_id: int, connections: int, seconds: float) -> Sent:
    """A transaction for each statement with its links, on so many connections in two processes if there are several."""
    processes = min(2, connections)
    work = partial(_one_by_one, url, organisation_id, connections // processes, seconds)
    return together(in_processes(processes, work), size=1)


def _one_by_one(
    url: str, organisation_id: int, connections: int, seconds: float, _position: int, ready: Callable[[], None]
) -> Share:
    enough = max(4, int(seconds * ALONE_PER_SECOND / connections))
    opened = [connect(url) for _ in range(connections)]
    works = [partial(_repeat, plainly(one), _batches(url, organisation_id, 1, enough), seconds) for one in opened]
    ready()
    share = in_threads(works)
    for connection in opened:
        connection.close()
    return share


def _repeat(write: Write, batches: Sequence[Rows], seconds: float) -> list[int]:
    """Microseconds of each transaction, for so many seconds or as long as there are rows."""
    spent = []
    ends = time.monotonic_ns() + int(seconds * 1e9)
    for batch in batches:
        began = time.monotonic_ns()
        if began >= ends:
            break
        write(batch)
        spent.append((time.monotonic_ns() - began) // 1000)
    return spent


def _batches(url: str, organisation_id: int, size: int, number: int) -> list[Rows]:
    chance, stored = random.Random(), now()  # noqa: S311  (ids of statements, not secrets)
    return [
        rows_of(
            url,
            [statement(first + place, chance) for place in range(size)],
            organisation_id=organisation_id,
            stored=stored,
        )
        for first in range(0, size * number, size)
    ]
