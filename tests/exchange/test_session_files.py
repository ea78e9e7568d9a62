"""Rooms and facilitators in a timetable's file."""

from functools import partial

import pytest

from lms.db import retrying
from lms.errors import Problems
from lms.exchange.service import Report, import_file
from lms.programme import queries as programmes
from tests.world import NOW, World

ROW = "S01,Pembukaan,2026-03-12T08:00:00+07:00,2026-03-12T10:15:00+07:00,3"
HEADER = "code,title,starts_at,ends_at,jp"


def bring(world: World, text: str) -> Report:
    cohort, manager = world.cohort, world.account("manager")
    with world.app.app_context():
        return retrying(
            partial(
                import_file,
                kind="sessions",
                organisation_id=world.sukabumi,
                cohort_id=cohort,
                filename="sessions.csv",
                content=text.encode(),
                recorded_by=manager,
                now=NOW,
            )
        )


def there(world: World) -> tuple[str, list[str]]:
    session_id = world.session_id("S01")
    with world.reading() as session:
        about = {"organisation_id": world.sukabumi, "cohort_id": world.cohort}
        found = programmes.session_facilitators(session, **about).get(session_id, [])
        room = next(one.room for one in programmes.timetable(session, **about) if one.id == session_id)
    return room, [one.name for one in found]


def test_a_file_names_rooms_and_facilitators(world: World) -> None:
    world.account("facilitator")
    world.account("facilitator", name="facilitator_b")
    mails = "facilitator@sukabumi.example FACILITATOR_B@sukabumi.example"
    done = bring(world, f"{HEADER},room,facilitators\n{ROW},Aula,{mails}\n")
    assert (done.added, done.changed) == (0, 1)
    assert there(world) == ("Aula", ["Facilitator", "Facilitator_B"])
    assert bring(world, f"{HEADER},room,facilitators\n{ROW},Aula,{mails}\n").unchanged == 1
    with world.reading() as session:
        changes = programmes.session_changes(
            session, organisation_id=world.sukabumi, session_id=world.session_id("S01")
        )
    assert [(one.kind, one.changed_by) for one in changes] == [("changed", "Manager"), ("made", None)]


def test_a_file_without_these_columns_leaves_them_and_empty_cells_take_them_away(world: World) -> None:
    world.account("facilitator")
    bring(world, f"{HEADER},room,facilitators\n{ROW},Aula,facilitator@sukabumi.example\n")
    assert bring(world, f"{HEADER}\n{ROW}\n").unchanged == 1
    assert there(world) == ("Aula", ["Facilitator"])
    assert bring(world, f"{HEADER},room\n{ROW},\n").changed == 1
    assert there(world) == ("", ["Facilitator"])
    assert bring(world, f"{HEADER},facilitators\n{ROW},\n").changed == 1
    assert there(world) == ("", [])


@pytest.mark.parametrize("mail", ["nobody@sukabumi.example", "manager@sukabumi.example", "x"])
def test_somebody_who_is_no_facilitator_is_refused_by_line_and_column(world: World, mail: str) -> None:
    world.account("facilitator")
    with pytest.raises(Problems) as refused:
        bring(world, f"{HEADER},facilitators\n{ROW},facilitator@sukabumi.example {mail}\n")
    (problem,) = refused.value.problems
    assert problem.place == "line 2, facilitators"
    assert problem.message == f"No facilitator has the e-mail {mail}; there are: facilitator@sukabumi.example."
