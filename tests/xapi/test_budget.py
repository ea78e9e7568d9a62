"""How many SQL statements it takes: as many for one statement as for a hundred."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event

from lms.db import db
from tests.world import World
from tests.xapi.lrs import ANI, BUDI, CITRA, MODULE, SECOND, Statement, drain, lrs, score, statement

PEOPLE, MODULES = (ANI, BUDI, CITRA, "peserta-lain"), (MODULE, SECOND, "https://mooc.example/modul/99")


@contextmanager
def counted(world: World) -> Iterator[list[str]]:
    """The SQL that is sent meanwhile, without what begins and ends transactions. COPY goes past it."""
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, text: str, *_: Any) -> None:
        if not text.startswith(("BEGIN", "SAVEPOINT", "RELEASE")):
            sent.append(" ".join(text.split())[:70])

    with world.app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)


def batch(size: int) -> list[Statement]:
    """Statements of known and unknown people about known and unknown modules, some inside others."""
    around = {"contextActivities": {"grouping": [{"id": "https://mooc.example/kursus/1"}]}}
    return [
        statement(PEOPLE[number % 4], iri=MODULES[number // 4 % 3], result=score(number % 101), context=around)
        for number in range(size)
    ]


@pytest.mark.parametrize(("few", "many"), [(12, 100), (100, 400)])
def test_ingest_and_projection_take_as_many_for_many(world: World, few: int, many: int) -> None:
    _ = world.cohort
    client = lrs(world)
    # Who was seen before, and what the database keeps ready, is left out; each batch then changes some figure.
    client.sent(*batch(4))
    taken = []
    for size in (few, many):
        with counted(world) as sent:
            assert client.post(*batch(size)).status_code == 200
            drain(world)
        taken.append(sent)

    assert len(taken[0]) == len(taken[1]), "\n".join(["", *taken[0], "", *taken[1]])


def test_ingest_alone_takes_as_many_for_one_as_for_a_hundred(world: World) -> None:
    client = lrs(world)
    client.sent(statement("admin"))
    taken = []
    for size in (1, 100):
        with counted(world) as sent:
            statements = (statement("admin", result=score(number)) for number in range(size))
            assert client.post(*statements).status_code == 200
        taken.append(sent)

    assert len(taken[0]) == len(taken[1]), "\n".join(["", *taken[0], "", *taken[1]])


def test_a_batch_sent_again_takes_a_few(world: World) -> None:
    client = lrs(world)
    ids = [f"01890a5d-ac96-774b-bcce-b302099a{number:04}" for number in range(100)]
    client.sent(*(statement("admin", id=one) for one in ids))
    with counted(world) as sent:
        assert client.post(*(statement("admin", id=one) for one in ids)).status_code == 200

    # The credential, the statements that are new (none), and those that are not, to compare them.
    assert len(sent) <= 4, "\n".join(sent)


@pytest.mark.parametrize(
    "parameters", [{}, {"agent": statement()["actor"], "related_agents": True}, {"activity": MODULE}]
)
def test_a_page_takes_as_many_whatever_is_asked(world: World, parameters: dict[str, Any]) -> None:
    client = lrs(world)
    client.sent(*batch(30))
    with counted(world) as sent:
        assert client.found(**parameters)

    # The credential and the page; on PostgreSQL the open transactions, up to which the page is complete.
    assert len(sent) == (2 if world.app.extensions["settings"].is_sqlite else 3), "\n".join(sent)
