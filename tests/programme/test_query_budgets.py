"""How many queries each look-up makes: as many as its docstring says, however many people there are."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from lms.programme import queries, service
from tests.world import NOW, START, World

Arguments = dict[str, Callable[[World], Any]]
IRIS = ["https://mooc.example/modul/1", "https://mooc.example/modul/2"]


def people(world: World) -> list[UUID]:
    return [world.participant(name) for name in ("Ani", "Budi", "Citra", "Dedi")]


def a_reader(world: World) -> queries.CalendarReader:
    return queries.CalendarReader(account_id=world.account("facilitator"), role="facilitator", participant_id=None)


def a_draft(world: World) -> UUID:
    organisation_id = world.sukabumi
    with world.transaction() as session:
        return service.add_draft(session, organisation_id=organisation_id, tree={}, created_by=None, now=NOW)


BUDGETS: dict[str, tuple[int, Arguments]] = {
    "versions": (1, {}),
    "version": (1, {"code": lambda world: "contoh"}),
    "find_version": (1, {"code": lambda world: "contoh"}),
    "version_numbers": (1, {"code": lambda world: "contoh"}),
    "programme_of": (1, {"version_id": lambda world: world.programme}),
    "programmes_of": (1, {"version_ids": lambda world: [world.programme]}),
    "draft": (1, {"draft_id": a_draft}),
    "draft_entries": (1, {}),
    "draft_text": (1, {"draft_id": a_draft}),
    "known_modules": (1, {"iris": lambda world: IRIS}),
    "cohorts": (1, {}),
    "cohort_by_code": (2, {"code": lambda world: "III"}),
    "find_cohort": (2, {"code": lambda world: "III"}),
    "cohort_by_id": (2, {"cohort_id": lambda world: world.cohort}),
    "cohorts_by_id": (2, {"cohort_ids": lambda world: [world.cohort]}),
    "lock_cohort": (1, {"cohort_id": lambda world: world.cohort}),
    "groups": (1, {"cohort_id": lambda world: world.cohort}),
    "group_ids": (1, {"cohort_codes": lambda world: ["III"]}),
    "groups_of": (1, {"account_id": lambda world: world.account("facilitator")}),
    "own_group_ids": (
        1,
        {"account_id": lambda world: world.account("facilitator"), "cohort_id": lambda world: world.cohort},
    ),
    "facilitators": (1, {"cohort_id": lambda world: world.cohort}),
    "facilitator_accounts": (1, {}),
    "timetable": (1, {"cohort_id": lambda world: world.cohort}),
    "timetables": (1, {"cohort_ids": lambda world: [world.cohort]}),
    "roster": (1, {"cohort_id": lambda world: world.cohort}),
    "how_many": (1, {"cohort_id": lambda world: world.cohort}),
    "enrolments_of": (1, {"participant_ids": people}),
    "session_facilitators": (1, {"cohort_id": lambda world: world.cohort}),
    "facilitators_of_sessions": (1, {"session_ids": lambda world: [world.session_id("S01")]}),
    "sessions_facilitated": (1, {"account_id": lambda world: world.account("facilitator")}),
    "session_changes": (2, {"session_id": lambda world: world.session_id("S01")}),
    "moves": (1, {"cohort_id": lambda world: world.cohort}),
    "calendar_made_at": (1, {"account_id": lambda world: world.account("facilitator")}),
    "calendar_reader": (1, {"token_hash": lambda world: service.token_hash("none")}),
    "calendar_sessions": (2, {"reader": a_reader, "since": lambda world: START}),
}


@contextmanager
def counted(session: Session) -> Iterator[list[str]]:
    """The statements that the session's database gets meanwhile."""
    made: list[str] = []

    def hear(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if not statement.startswith("BEGIN"):
            made.append(statement)

    engine = session.get_bind()
    event.listen(engine, "before_cursor_execute", hear)
    try:
        yield made
    finally:
        event.remove(engine, "before_cursor_execute", hear)


def add_people(world: World, count: int) -> None:
    rows = [service.NewEnrolment(identifier=f"9{n}", name=f"Peserta {n}", group=f"G{n % 5}") for n in range(count)]
    organisation_id, cohort_id = world.sukabumi, world.cohort
    with world.transaction() as session:
        service.enrol(session, organisation_id=organisation_id, cohort_id=cohort_id, rows=rows, now=NOW)


@pytest.mark.parametrize("name", BUDGETS)
def test_it_makes_as_many_queries_as_it_says(world: World, name: str) -> None:
    budget, wanted = BUDGETS[name]
    _ = world.cohort, world.account("facilitator")
    arguments = {"organisation_id": world.sukabumi} | {key: value(world) for key, value in wanted.items()}
    add_people(world, 30)
    with world.reading() as session, counted(session) as made:
        getattr(queries, name)(session, **arguments)
    assert len(made) == budget, made


def test_enrolling_many_issues_the_same_statements_as_enrolling_one(world: World) -> None:
    organisation_id, cohort_id = world.sukabumi, world.cohort
    counts = []
    for number in (1, 100):
        rows = [
            service.NewEnrolment(identifier=f"{number}-{n}", name="Peserta", group=f"{number}", category="x")
            for n in range(number)
        ]
        with world.transaction() as session, counted(session) as made:
            service.enrol(session, organisation_id=organisation_id, cohort_id=cohort_id, rows=rows, now=NOW)
        counts.append(len(made))
    assert counts[0] == counts[1]


def test_every_look_up_has_a_budget() -> None:
    functions = {name for name in queries.__all__ if name[0].islower()}
    assert functions == set(BUDGETS)
