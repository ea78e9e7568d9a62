"""How long the server takes for a page: the whole app within this process, SQL and rendering included."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, event

from lms.bench.rules import Measured
from lms.db import db, reading
from lms.demo.seeding import PASSWORD, STAFF
from lms.people.rules import MANAGER
from lms.programme import queries as programmes

PAGE = "cohort"
SHOWN = 50
WARM_UP = 5
NOT_QUERIES = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE", "PRAGMA")


class NotShown(Exception):
    """A page did not show what was to be measured."""


def measure(
    app: Flask, *, organisation_id: int, sizes: Sequence[int], requests: int, told: Callable[[int], None]
) -> list[Measured]:
    """The page of each cohort, shown so many times to a signed-in manager.

    The cohorts take turns, so that whatever else the machine does meanwhile meets them alike. `told` hears of each
    further turn. Raises NotShown.
    """
    client = _signed_in(app)
    for size in sizes:
        _check(client, size, _people(organisation_id, size))
    spent: Mapping[int, list[int]] = {size: [] for size in sizes}
    queries: dict[int, int] = dict.fromkeys(sizes, 0)
    for turn in range(WARM_UP + requests):
        for size in sizes:
            microseconds, made = _shown(client, size)
            if turn >= WARM_UP:
                spent[size].append(microseconds)
                queries[size] = max(queries[size], made)
        told(1)
    return [Measured(page=PAGE, people=size, microseconds=spent[size], queries=queries[size]) for size in sizes]


def _signed_in(app: Flask) -> FlaskClient:
    # The form's token is for browsers that other sites might lead here.
    app.config["WTF_CSRF_ENABLED"] = False
    client = app.test_client()
    name = next(one.email for one in STAFF if one.role == MANAGER)
    answer = client.post("/sign-in", data={"name": name, "password": PASSWORD})
    if answer.status_code not in (302, 303):
        raise NotShown(f"The manager could not sign in: {answer.status}.")
    return client


def _people(organisation_id: int, size: int) -> list[str]:
    """The ids of those whom the first page of a cohort shows."""
    session = reading()
    cohort = programmes.cohort_by_code(session, organisation_id=organisation_id, code=str(size))
    roster = programmes.roster(session, organisation_id=organisation_id, cohort_id=cohort.id)
    session.rollback()
    if len(roster) != size:
        raise NotShown(f"Cohort {size} has {len(roster)} people.")
    return [str(person.participant_id) for person in roster[:SHOWN]]


def _check(client: FlaskClient, size: int, people: Sequence[str]) -> None:
    answer = client.get(f"/cohorts/{size}")
    missing = [person for person in people if person not in answer.text]
    if answer.status_code != 200 or missing:
        raise NotShown(f"The page of cohort {size} ({answer.status}) does not show {len(missing)} of its first people.")


def _shown(client: FlaskClient, size: int) -> tuple[int, int]:
    """The microseconds that one request took, and the queries that it made."""
    with _counted(db.engine) as queries:
        began = time.perf_counter_ns()
        client.get(f"/cohorts/{size}")
        spent = time.perf_counter_ns() - began
    return spent // 1000, len(queries)


@contextmanager
def _counted(engine: Engine) -> Iterator[list[str]]:
    made: list[str] = []

    def count(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not statement.lstrip().upper().startswith(NOT_QUERIES):
            made.append(statement)

    event.listen(engine, "before_cursor_execute", count)
    try:
        yield made
    finally:
        event.remove(engine, "before_cursor_execute", count)
