"""How far the set-up of a cohort is, and which step comes next."""

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest

from lms.programme.rows import Group, TimetableSession
from lms.programme.rules import Programme, parse_programme
from lms.programme.setup_rules import STEPS, following, steps
from tests.world import NOW, PROGRAMME, START

A, B = UUID(int=1), UUID(int=2)
ATTENDED = parse_programme(PROGRAMME)
ONLINE = parse_programme(
    'code = "x"\ntitle = "X"\nversion = 1\npass_mark = "70"\n'
    '[[component]]\nkey = "mooc"\nkind = "modules"\nweight = "100"\n'
    '[[component.module]]\niri = "https://mooc.example/1"\ntitle = "1"\n'
)


def groups(a: int, b: int) -> list[Group]:
    return [Group(id=A, name="A", participants=a), Group(id=B, name="B", participants=b)]


def meeting(group: str | None, **changes: Any) -> TimetableSession:
    ends = NOW + timedelta(hours=2)
    told = {"code": "S", "title": "S", "starts_at": NOW, "ends_at": ends, "jp": Decimal(3), "group": group}
    return TimetableSession(id=uuid4(), cohort_id=uuid4(), **told | changes)


def found(programme: Programme = ATTENDED, **there: Any) -> dict[str, Any]:
    nothing: dict[str, Any] = {"groups": [], "marked": set(), "participants": 0, "timetable": [], "targets": {}}
    taken = steps(programme, **nothing | there)
    assert tuple(step.key for step in taken) == STEPS
    step = following(taken)
    return {one.key: one for one in taken} | {"next": None if step is None else step.key}


@pytest.mark.parametrize(
    ("there", "step", "state", "missing"),
    [
        ({}, "groups", "optional", ()),
        ({"groups": groups(0, 0)}, "groups", "to_do", ("A", "B")),
        ({"groups": groups(0, 0), "marked": {A}}, "groups", "to_do", ("B",)),
        ({"groups": groups(0, 0), "marked": {A, B}}, "groups", "done", ()),
        ({}, "participants", "to_do", 0),
        ({"participants": 3}, "participants", "done", 0),
        ({"participants": 3, "groups": groups(1, 1)}, "participants", "to_do", 1),
        ({"participants": 3, "groups": groups(1, 2)}, "participants", "done", 0),
        ({}, "sessions", "to_do", ()),
        ({"programme": ONLINE}, "sessions", "optional", ()),
        ({"timetable": [meeting(None, cancelled_at=START)]}, "sessions", "to_do", ()),
        ({"timetable": [meeting(None)], "groups": groups(0, 0)}, "sessions", "done", ()),
        ({"timetable": [meeting("A")], "groups": groups(0, 0)}, "sessions", "to_do", ("B",)),
        ({"timetable": [meeting("A"), meeting("B")], "groups": groups(0, 0)}, "sessions", "done", ()),
        ({}, "targets", "optional", ()),
        ({"targets": {"": Decimal(90)}}, "targets", "done", ()),
    ],
)
def test_how_far_a_step_is(there: dict[str, Any], step: str, state: str, missing: object) -> None:
    one = found(**there)[step]
    assert (one.state, one.without_group if isinstance(missing, int) else one.missing) == (state, missing)


def test_what_is_to_be_done_comes_before_what_may_be_left_out() -> None:
    everything: dict[str, Any] = {"groups": groups(1, 1), "marked": {A, B}, "participants": 2}
    assert found()["next"] == "participants"
    assert found(participants=2)["next"] == "sessions"
    assert found(participants=2, timetable=[meeting(None)])["next"] == "groups"
    assert found(**everything, timetable=[meeting(None)])["next"] == "targets"
    assert found(**everything, timetable=[meeting(None)], targets={"": Decimal(1)})["next"] is None
