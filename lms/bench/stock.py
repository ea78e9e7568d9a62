"""A store of statements in which the same is to be found however large it is.

People come and go: a hundred at a time send a hundred statements each, so a larger store has more people. What they
share (modules, course, verbs, the instructor) grows with the store, and so does what somebody sends who stays for good.
"""

import random
import signal
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from datetime import datetime, timedelta
from functools import cache, partial
from multiprocessing import get_context
from typing import Any

from lms.bench.rows import Rows, Write, connect, in_bulk, rows_of
from lms.bench.sendings import account, registration, statement, verb

AT_A_TIME, EACH = 100, 100
"""People, and statements of each of them."""
STAYS_EVERY = 150
"""Of so many statements one is by somebody who stays."""
STAYS, RARE, INSTRUCTOR = account("tetap"), account("jarang"), account("pengajar")
TOGETHER = 50
"""Statements that were stored at the same moment; between two such moments is a second."""
PORTION = 2000
"""Statements in a transaction."""
PROCESSES = 2


def people(total: int) -> int:
    """How many people a store of so many statements has, but for those two."""
    return max(1, total // EACH)


def person(number: int, total: int) -> int:
    """Whose the statement with this number is."""
    before = number // (AT_A_TIME * EACH) * AT_A_TIME
    # What is left over at the end, less than a hundred, is the last one's.
    return min(before + number % max(1, min(AT_A_TIME, people(total) - before)), people(total) - 1)


def made(number: int, total: int, chance: random.Random) -> dict[str, Any]:
    """The statement with this number; three of them, far from one another, are by somebody rare."""
    one = statement(chance.randrange(1_000_000), chance)
    who = person(number, total)
    one["actor"] = account(str(who))
    one["context"] |= {"registration": registration(who), "instructor": INSTRUCTOR}
    if number in (total // 20, total // 2, total - total // 10):
        one["actor"], one["verb"]["id"] = RARE, verb(0)
    elif number % STAYS_EVERY == 0:
        one["actor"] = STAYS
    return one


def stored(number: int, *, began: datetime) -> datetime:
    """When the statement with this number was stored."""
    return began + timedelta(seconds=number // TOGETHER)


def fill(url: str, *, organisation_id: int, total: int, began: datetime, told: Callable[[int], None]) -> None:
    """Write so many statements, from two processes. `told` hears of each portion that is written."""
    write = partial(_write_portion, url, organisation_id, total, began)
    # Ctrl-C is for the command, which then ends its processes.
    pool = ProcessPoolExecutor(
        PROCESSES, mp_context=get_context("spawn"), initializer=signal.signal, initargs=(signal.SIGINT, signal.SIG_IGN)
    )
    try:
        for written in pool.map(write, range(0, total, PORTION)):
            told(written)
    finally:
        pool.shutdown(cancel_futures=True)


def _write_portion(url: str, organisation_id: int, total: int, began: datetime, first: int) -> int:
    """Write a portion in one transaction; returns how many statements that were."""
    chance = random.Random(first)  # noqa: S311  (a made-up store, no secret)
    last = min(first + PORTION, total)
    groups = [
        rows_of(
            url,
            [made(number, total, chance) for number in range(start, min(start + TOGETHER, last))],
            organisation_id=organisation_id,
            stored=stored(start, began=began),
        )
        for start in range(first, last, TOGETHER)
    ]
    rows: Rows = ([], [])
    for of_group in groups:
        for all_of_table, of_table in zip(rows, of_group, strict=True):
            all_of_table += of_table
    _writer(url)(rows)
    return last - first


@cache
def _writer(url: str) -> Write:
    """One connection in each process, which it keeps until it ends."""
    return in_bulk(connect(url))
