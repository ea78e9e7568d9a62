"""Two people do something to one register at the same moment, on PostgreSQL."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from lms.attendance import check_in_claiming as claiming
from lms.attendance import queries, register_service, service
from lms.attendance.models import Mark
from lms.attendance.register_models import ContestedMark, SessionRegister
from lms.attendance.register_rules import Choice
from lms.attendance.register_settling import settle_marks
from lms.attendance.rules import NewMark, Origin
from lms.db import Again
from lms.errors import Conflict, Problems
from lms.leave import service as leave
from lms.leave.rules import Decided
from tests.attendance import check_ins
from tests.attendance.test_timetable_at_once import at_once
from tests.leave import leaves
from tests.world import NOW, World

Work = Callable[[Session], object]


@pytest.fixture
def database_url(postgres_url: str) -> str:
    """PostgreSQL only: SQLite lets one writer in after the other."""
    return postgres_url


def known(world: World) -> dict[str, Any]:
    return {"organisation_id": world.sukabumi, "session_id": world.session_id("S01"), "now": NOW}


def closing(world: World, rest_as: str = "") -> Work:
    about = known(world) | {"closed_by": world.account("manager")}
    return lambda session: register_service.close_register(session, rest_as=rest_as, **about)


def marking(world: World, *, source: str = "register") -> Work:
    """What a facilitator types, who does not go over a register that is closed."""
    marks, about = [NewMark(participant_id=world.participant("Ani"), status="hadir")], known(world)
    return lambda session: service.take_register(
        session, marks=marks, recorded_by=None, source=source, manages=False, **about
    )


def contested(world: World) -> NewMark:
    mark = NewMark(participant_id=world.participant("Ani"), status="alpa")
    about, origin = known(world), Origin(source="offline")
    with world.transaction() as session:
        service.contest(session, mark=mark, origin=origin, why="meanwhile", against=None, **about)
    return mark


def settling(world: World) -> Work:
    about = known(world) | {"settled_by": world.account("manager")}
    with world.reading() as session:
        (one,) = session.scalars(select(ContestedMark.id))
    choice = Choice(participant_id=world.participant("Ani"), take=one, seen=None, shown=(one,))
    return lambda session: settle_marks(session, choices=[choice], manages=False, **about)


def statuses(world: World) -> dict[str, list[str]]:
    about = known(world)
    with world.reading() as session:
        found = queries.register(session, organisation_id=about["organisation_id"], session_id=about["session_id"])
    return {person.enrolled.name.split()[0]: [mark.status for mark in person.marks] for person in found.people}


def test_of_two_closings_one_is_told_that_it_is_closed(world: World) -> None:
    first, second = closing(world, "alpa"), closing(world, "alpa")
    with pytest.raises(Again):
        at_once(world, first, second)
    with pytest.raises(Conflict, match="closed already"), world.transaction() as session:
        second(session)
    assert statuses(world) == {name: ["alpa"] for name in ("Ani", "Budi", "Citra", "Dedi")}


def test_nobody_marks_in_a_register_that_is_being_closed(world: World) -> None:
    close, mark = closing(world), marking(world)
    with pytest.raises(Conflict, match="is closed"):
        at_once(world, close, mark)
    assert statuses(world)["Ani"] == []


def test_nobody_settles_in_a_register_that_is_being_closed(world: World) -> None:
    contested(world)
    close, settle = closing(world), settling(world)
    with pytest.raises(Conflict, match="is closed"):
        at_once(world, close, settle)
    assert statuses(world)["Ani"] == []


def test_whoever_is_being_marked_is_not_marked_as_missing(world: World) -> None:
    mark, close = marking(world), closing(world, "alpa")
    at_once(world, mark, close)
    assert statuses(world) == {"Ani": ["hadir"]} | {name: ["alpa"] for name in ("Budi", "Citra", "Dedi")}


def test_of_two_who_settle_one_is_told_that_it_is_settled(world: World) -> None:
    contested(world)
    first, second = settling(world), settling(world)
    with pytest.raises(Problems) as refused:
        at_once(world, first, second)
    assert "settled this mark meanwhile" in str(refused.value.problems[0])
    assert statuses(world)["Ani"] == ["alpa"]


def test_a_check_in_that_has_begun_is_among_the_marks_of_the_closing(world: World) -> None:
    secret = check_ins.opened(world)
    who, text = check_ins.claimant(world, "Ani"), check_ins.token(world, secret)
    close = closing(world, "alpa")
    at_once(world, lambda session: claiming.claim_by_token(session, who=who, text=text, now=NOW), close)
    assert statuses(world)["Ani"] == ["hadir"]


def test_a_check_in_that_comes_while_the_register_is_closed_is_refused_and_kept(world: World) -> None:
    secret = check_ins.opened(world)
    who, text = check_ins.claimant(world, "Ani"), check_ins.token(world, secret)
    close = closing(world, "alpa")
    at_once(world, close, lambda session: claiming.claim_by_token(session, who=who, text=text, now=NOW))
    assert statuses(world)["Ani"] == ["alpa"]
    assert [state for state, *_ in check_ins.on_record(world, "Ani")] == ["refused"]


def test_of_two_approvals_one_is_told_of_the_other(world: World) -> None:
    request_id = leaves.ask(world)
    about = {"organisation_id": world.sukabumi, "decided_by": world.account("manager"), "now": NOW}
    approve: Work = lambda session: leave.approve(session, request_id=request_id, **about)  # noqa: E731
    with pytest.raises(Decided):
        at_once(world, approve, approve)
    with world.reading() as session:
        found = session.scalars(select(Mark.status).where(Mark.participant_id == world.participant("Ani")))
        assert sorted(found) == ["dinas luar"] * 3
    with world.reading() as session:
        assert session.scalars(select(SessionRegister)).all() == []
