"""A cohort's timetable."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from lms.errors import NotFound, Problems
from lms.programme import queries, service
from lms.programme.service import Changed, NewSession
from tests.world import NOW, World

START = datetime(2026, 3, 20, 1, 0, tzinfo=UTC)
NEW = NewSession(code="S03", title="Etika II", starts_at=START, ends_at=START + timedelta(hours=2), jp=Decimal("2.5"))


def add(world: World, rows: list[NewSession], *, organisation_id: int | None = None) -> Changed:
    _ = world.cohort
    with world.transaction() as session:
        return service.add_sessions(
            session,
            organisation_id=organisation_id or world.sukabumi,
            cohort_id=world.cohort,
            rows=rows,
            now=NOW,
        )


def timetable(world: World) -> dict[str, queries.TimetableSession]:
    with world.reading() as session:
        found = queries.timetable(session, organisation_id=world.sukabumi, cohort_id=world.cohort)
    return {one.code: one for one in found}


def test_sessions_stand_by_their_start_then_their_code(world: World) -> None:
    add(world, [NEW])
    assert list(timetable(world)) == ["S01", "SEM-A", "SEM-B", "S02", "S03"]
    made = timetable(world)["S03"]
    assert (made.title, made.starts_at, made.ends_at) == ("Etika II", START, START + timedelta(hours=2))
    assert (made.jp, made.group, timetable(world)["SEM-A"].group) == (Decimal("2.5"), None, "A")


def test_the_same_rows_again_change_nothing(world: World) -> None:
    assert add(world, [NEW]) == Changed(added=1, changed=0, unchanged=0)
    before = timetable(world)
    assert add(world, [NEW]) == Changed(added=0, changed=0, unchanged=1)
    assert timetable(world) == before


@pytest.mark.parametrize(
    "change",
    [
        {"title": "Etika III"},
        {"starts_at": START - timedelta(hours=1)},
        {"ends_at": START + timedelta(hours=5)},
        {"jp": Decimal(3)},
        {"group": "B"},
    ],
)
def test_a_session_keeps_its_id_when_it_changes(world: World, change: dict[str, Any]) -> None:
    add(world, [NEW])
    before = timetable(world)
    assert add(world, [replace(NEW, **change)]) == Changed(added=0, changed=1, unchanged=0)
    after = timetable(world)
    assert after["S03"].id == before["S03"].id
    assert {name: getattr(after["S03"], name) for name in change} == change
    assert after.keys() == before.keys()


@pytest.mark.parametrize(
    ("rows", "places"),
    [
        ([NEW, NEW], ["row 2, code"]),
        ([replace(NEW, code="a/b")], ["row 1, code"]),
        ([replace(NEW, code="")], ["row 1, code"]),
        ([replace(NEW, title="")], ["row 1, title"]),
        ([replace(NEW, ends_at=START)], ["row 1, ends_at"]),
        ([replace(NEW, starts_at=START.replace(tzinfo=None), place="line 3")], ["line 3, starts_at"]),
        ([replace(NEW, jp=Decimal(0))], ["row 1, jp"]),
        ([replace(NEW, jp=Decimal("NaN"))], ["row 1, jp"]),
        ([replace(NEW, jp=Decimal("1000.1"))], ["row 1, jp"]),
        ([NEW, replace(NEW, code="S04", group="Z", jp=Decimal(-1))], ["row 2, jp", "row 2, group"]),
    ],
)
def test_it_names_every_wrong_row_and_adds_none(world: World, rows: list[NewSession], places: list[str]) -> None:
    with pytest.raises(Problems) as refused:
        add(world, rows)
    assert [problem.place for problem in refused.value.problems] == places
    assert "S03" not in timetable(world)


def test_an_unknown_group_is_told_beside_the_known_ones(world: World) -> None:
    with pytest.raises(Problems, match="it has: A, B"):
        add(world, [replace(NEW, group="Z")])


def test_another_organisation_cannot_add_one_nor_see_any(world: World) -> None:
    _ = world.cohort
    with pytest.raises(NotFound):
        add(world, [NEW], organisation_id=world.bandung)
    with world.reading() as session:
        assert queries.timetable(session, organisation_id=world.bandung, cohort_id=world.cohort) == ()
