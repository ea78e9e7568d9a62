"""The floor under ingest: the same rows and links, written by the database as fast as it can, and nothing else done."""

import random
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from lms.bench.traffic import Sent, body, in_processes, in_threads
from lms.clock import now
from lms.db import open_engine
from lms.xapi.models import StatementLink, StatementRow
from lms.xapi.rules import V2, Prepared, prepare
from lms.xapi.storing import LINK, STATEMENT, links_of, row_of
from lms.xapi.writing import append

AUTHORITY = {"objectType": "Agent", "name": "Bench", "account": {"homePage": "https://bench.example", "name": "1.x"}}
PORTION = 500
Rows = tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]


def in_batches(url: str, *, organisation_id: int, size: int, seconds: float) -> Sent:
    """Batches of so many, each a transaction, by one connection: binary COPY on PostgreSQL, executemany on SQLite."""
    engine = open_engine(url)
    batches = _rows(organisation_id, size, max(4, int(seconds * 25_000 / size)))
    began, ended, spent = in_threads([partial(_write, engine, batches, seconds)])
    engine.dispose()
    return Sent(statements=len(spent) * size, microseconds=(ended - began) // 1000, of_requests=tuple(spent))


def one_by_one(url: str, *, organisation_id: int, connections: int, seconds: float) -> Sent:
    """A transaction for each statement with its links, on so many connections in two processes if there are several."""
    processes = min(2, connections)
    work = partial(_one_by_one, url, organisation_id, connections // processes, seconds)
    spent = in_processes(processes, work)
    each = [one for _, _, found in spent for one in found]
    took = max(end for _, end, _ in spent) - min(begin for begin, _, _ in spent)
    return Sent(statements=len(each), microseconds=took // 1000, of_requests=tuple(each))


def _one_by_one(
    url: str, organisation_id: int, connections: int, seconds: float, _position: int, ready: Callable[[], None]
) -> tuple[int, int, list[int]]:
    engine = open_engine(url)
    enough = max(4, int(seconds * 4000 / connections))
    works = [partial(_write, engine, _rows(organisation_id, 1, enough), seconds) for _ in range(connections)]
    ready()
    found = in_threads(works)
    engine.dispose()
    return found


def _write(engine: Engine, batches: Sequence[Rows], seconds: float) -> list[int]:
    """Microseconds of each transaction, for so many seconds or as long as there are rows."""
    spent = []
    ends = time.monotonic_ns() + int(seconds * 1e9)
    with engine.connect().execution_options(writes=True) as connection:
        for rows, links in batches:
            began = time.monotonic_ns()
            if began >= ends:
                break
            with connection.begin(), Session(connection) as session:
                append(session, StatementRow, STATEMENT, rows)
                append(session, StatementLink, LINK, links)
            spent.append((time.monotonic_ns() - began) // 1000)
    return spent


def _rows(organisation_id: int, size: int, number: int) -> list[Rows]:
    chance = random.Random()  # noqa: S311  (ids of statements, not secrets)
    made: list[Prepared] = []
    for first in range(0, size * number, PORTION):
        content = body(first, PORTION, chance)
        made += prepare(content, version=V2, now=now(), authority=AUTHORITY)
    batches = [sorted(made[start : start + size], key=lambda one: one.id) for start in range(0, size * number, size)]
    moment = now()
    return [
        (
            [row_of(organisation_id, one, credential_id=None, stored=moment) for one in batch],
            [link for one in batch for link in links_of(organisation_id, one, moment)],
        )
        for batch in batches
    ]
