"""What is written when a timetable changes: revisions, facilitators, and who did what."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from lms.errors import Conflict, NotFound, Problems
from lms.events import TimetableChanged
from lms.programme import queries, service
from lms.programme.queries import SessionChangeInfo, TimetableSession
from lms.programme.service import Changed, NewSession
from tests.world import NOW, World

LATER = NOW + timedelta(hours=1)
START = datetime(2026, 3, 20, 1, 0, tzinfo=UTC)
NEW = NewSession(code="S03", title="Etika II", starts_at=START, ends_at=START + timedelta(hours=2), jp=Decimal("2.5"))
S01 = NewSession(
    code="S01",
    title="Pembukaan",
    starts_at=datetime(2026, 3, 12, 1, 0, tzinfo=UTC),
    ends_at=datetime(2026, 3, 12, 3, 15, tzinfo=UTC),
    jp=Decimal(3),
)


@pytest.fixture
def world(world: World) -> World:
    """The world with its cohort."""
    _ = world.cohort
    return world


def add(world: World, *rows: NewSession, **values: Any) -> Changed:
    with world.transaction() as session:
        about = {"organisation_id": world.sukabumi, "cohort_id": world.cohort, "now": LATER}
        return service.add_sessions(session, rows=rows, **about, **values)


def change(world: World, row: NewSession, *, seen: int = 0, **values: Any) -> bool:
    told = {"organisation_id": world.sukabumi, "cohort_id": world.cohort, "changed_by": None, "now": LATER} | values
    with world.transaction() as session:
        return service.change_session(session, row=row, seen=seen, **told)


def meeting(world: World, code: str) -> TimetableSession:
    with world.reading() as session:
        found = queries.timetable(session, organisation_id=world.sukabumi, cohort_id=world.cohort)
    return next(one for one in found if one.code == code)


def changes(world: World, code: str) -> list[SessionChangeInfo]:
    session_id = world.session_id(code)
    with world.reading() as session:
        return queries.session_changes(session, organisation_id=world.sukabumi, session_id=session_id)


def facilitators(world: World, code: str) -> list[str]:
    session_id = world.session_id(code)
    with world.reading() as session:
        found = queries.session_facilitators(session, organisation_id=world.sukabumi, cohort_id=world.cohort)
    return [one.name for one in found.get(session_id, ())]


def test_a_session_that_is_added_says_by_whom(world: World) -> None:
    add(world, NEW, changed_by=world.account("manager"))
    (made,) = changes(world, "S03")
    assert (made.kind, made.changed_by, made.changed_at, made.before) == ("made", "Manager", LATER, {})
    assert made.after == {
        "title": "Etika II",
        "starts_at": "2026-03-20T01:00:00+00:00",
        "ends_at": "2026-03-20T03:00:00+00:00",
        "jp": "2.5",
        "group": None,
        "room": "",
        "facilitators": [],
    }


@pytest.mark.parametrize(
    ("values", "before", "after"),
    [
        ({"title": "Buka"}, {"title": "Pembukaan"}, {"title": "Buka"}),
        ({"jp": Decimal("3.50")}, {"jp": "3"}, {"jp": "3.5"}),
        ({"group": "A", "room": "Aula"}, {"group": None, "room": ""}, {"group": "A", "room": "Aula"}),
        (
            {"ends_at": datetime(2026, 3, 12, 4, 0, tzinfo=UTC)},
            {"ends_at": "2026-03-12T03:15:00+00:00"},
            {"ends_at": "2026-03-12T04:00:00+00:00"},
        ),
    ],
)
def test_a_change_keeps_what_differs_alone(
    world: World, values: dict[str, Any], before: dict[str, Any], after: dict[str, Any]
) -> None:
    assert change(world, replace(S01, **values), changed_by=world.account("manager"), reason="Banjir")
    told = changes(world, "S01")[0]
    assert (told.kind, told.changed_by, told.reason) == ("changed", "Manager", "Banjir")
    assert (told.before, told.after) == (before, after)
    found = meeting(world, "S01")
    assert (found.revision, found.changed_at) == (1, LATER)


@pytest.mark.parametrize("row", [S01, replace(S01, jp=Decimal("3.0")), replace(S01, room="", facilitators=frozenset())])
def test_what_is_as_it_was_is_no_change(world: World, row: NewSession) -> None:
    assert not change(world, row, seen=99)
    assert add(world, row) == Changed(added=0, changed=0, unchanged=1)
    assert meeting(world, "S01").revision == 0
    assert [one.kind for one in changes(world, "S01")] == ["made"]


def test_a_list_that_says_nothing_of_rooms_and_facilitators_leaves_them(world: World) -> None:
    who = frozenset([world.account("facilitator"), world.account("facilitator", name="facilitator_b")])
    add(world, replace(S01, room="Aula", facilitators=who))
    assert facilitators(world, "S01") == ["Facilitator", "Facilitator_B"]
    add(world, replace(S01, title="Buka"))
    assert (meeting(world, "S01").room, facilitators(world, "S01")) == ("Aula", ["Facilitator", "Facilitator_B"])
    add(world, replace(S01, room="", facilitators=frozenset([world.account("facilitator")])))
    assert (meeting(world, "S01").room, facilitators(world, "S01")) == ("", ["Facilitator"])
    newest = changes(world, "S01")[0]
    assert newest.before["facilitators"] == ["Facilitator", "Facilitator_B"]
    assert newest.after["facilitators"] == ["Facilitator"]


def test_only_facilitators_of_the_organisation_facilitate(world: World) -> None:
    elsewhere = world.account("facilitator", name="other", organisation_id=world.bandung)
    for account_id in (world.account("manager"), elsewhere, UUID(int=1)):
        row = replace(S01, facilitators=frozenset([account_id]))
        with pytest.raises(Problems) as refused:
            change(world, row)
        assert [one.place for one in refused.value.problems] == ["facilitators"]


def test_everything_that_is_wrong_is_told_at_its_column(world: World) -> None:
    row = replace(S01, title="", ends_at=S01.starts_at, jp=Decimal(0), group="Z", room="a\nb")
    with pytest.raises(Problems) as refused:
        change(world, row, reason_needed=True)
    assert [one.place for one in refused.value.problems] == ["title", "ends_at", "jp", "group", "room", "reason"]


def test_a_change_from_an_older_revision_is_a_conflict(world: World) -> None:
    change(world, replace(S01, title="Satu"))
    with pytest.raises(Conflict, match="meanwhile"):
        change(world, replace(S01, title="Dua"), seen=0)
    assert change(world, replace(S01, title="Dua"), seen=1)


def test_only_new_sessions_can_be_asked_for(world: World) -> None:
    with pytest.raises(Problems) as refused:
        add(world, NEW, replace(S01, title="Lain"), only_new=True)
    assert [(one.place, type(one)) for one in refused.value.problems] == [("row 2, code", Conflict)]
    assert meeting(world, "S01").title == "Pembukaan"


def test_cancelling_and_restoring_are_changes_that_calendars_see(world: World) -> None:
    about = {"organisation_id": world.sukabumi, "cohort_id": world.cohort, "changed_by": None, "now": LATER}
    with world.transaction() as session:
        service.cancel_session(session, code="S01", reason="Banjir", **about)
    found = meeting(world, "S01")
    assert (found.cancelled_at, found.cancel_reason, found.revision) == (LATER, "Banjir", 1)
    add(world, S01)
    assert meeting(world, "S01").cancelled_at == LATER
    with world.transaction() as session:
        service.restore_session(session, code="S01", **about)
    found = meeting(world, "S01")
    assert (found.cancelled_at, found.cancel_reason, found.revision) == (None, "", 2)
    assert {(one.kind, one.reason) for one in changes(world, "S01")} == {
        ("made", ""),
        ("cancelled", "Banjir"),
        ("restored", ""),
    }


def test_there_is_nothing_to_change_elsewhere(world: World) -> None:
    with pytest.raises(NotFound):
        change(world, replace(S01, code="none"))
    with pytest.raises(NotFound):
        change(world, replace(S01, title="x"), organisation_id=world.bandung)
    session_id = world.session_id("S01")
    with world.reading() as session:
        assert queries.session_changes(session, organisation_id=world.bandung, session_id=session_id) == []


@pytest.mark.parametrize("name", ["", " x", "x" * 201, "a\nb"])
def test_a_cohort_is_not_called_just_anything(world: World, name: str) -> None:
    with pytest.raises(Problems), world.transaction() as session:
        service.rename_cohort(session, organisation_id=world.sukabumi, cohort_id=world.cohort, name=name)


def test_rooms_above_hear_which_sessions_changed(world: World) -> None:
    heard: list[TimetableChanged] = []
    about = {"organisation_id": world.sukabumi, "cohort_id": world.cohort, "changed_by": None, "now": LATER}
    with world.transaction() as session:
        session.info["listeners"] = {TimetableChanged: [lambda _session, fact: heard.append(fact)]}
        rows = [NEW, S01, replace(S01, code="S02", title="Lain")]
        service.add_sessions(session, rows=rows, only_new=False, **about)
        service.cancel_session(session, code="S01", reason="Banjir", **about)
        service.restore_session(session, code="S01", **about)
    assert [fact.session_ids for fact in heard] == [
        (world.session_id("S02"),),
        (world.session_id("S01"),),
        (world.session_id("S01"),),
    ]
    assert {(fact.organisation_id, fact.cohort_id) for fact in heard} == {(world.sukabumi, world.cohort)}
