"""Marks that wait are shown side by side, and a person says which one counts."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from flask.testing import FlaskClient

from lms.attendance import queries
from tests.attendance.test_sync import mark, register, send
from tests.world import NOW, World

S01 = "/cohorts/III/sessions/S01"
SETTLE = f"{S01}/settle"


@pytest.fixture(autouse=True)
def _at_that_moment() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def world(world: World) -> World:
    """Ani is present by the manager's mark, absent by one of a facilitator's device, and late by another."""
    _ = world.cohort
    send(world.client("manager"), mark(world))
    late = mark(
        world, status="terlambat", minutes_late=9, remark="macet", made_at=(NOW - timedelta(hours=1)).isoformat()
    )
    send(
        world.client("facilitator"), mark(world, status="alpa"), late, sent_at=(NOW - timedelta(minutes=5)).isoformat()
    )
    return world


def choice(client: FlaskClient, take: str, place: int = 0) -> dict[str, str]:
    """What a browser would send: `take` is keep, or the status of the mark to take."""
    page = client.get(SETTLE).text
    form = dict(re.findall(r'<input type="hidden" name="(case-[^"]*)" value="([^"]*)"', page))
    option = rf'name="case-{place}-take" id="[^"]*" value="([^"]*)">.*?settle-what">([^<]*)<'
    options = re.findall(option, page, re.DOTALL)
    values = {said.partition(",")[0]: value for value, said in options if value != "keep"} | {"keep": "keep"}
    return form | {f"case-{place}-take": values[take]}


def ani(world: World) -> queries.Person:
    return register(world).people[0]


def test_all_is_shown_side_by_side(world: World) -> None:
    page = world.client("facilitator").get(SETTLE).text
    for said in ("hadir", "alpa", "terlambat, 9 minutes late", "“macet”", "Manager", "Facilitator"):
        assert said in page
    assert "Somebody had marked this person differently meanwhile." in page
    assert "its clock was 5 minutes slow" in page
    assert "made 12 Mar 2026, 07:00 WIB by the device" in page
    assert "received 12 Mar 2026, 08:00 WIB" in page


def test_it_is_told_on_the_register_and_on_the_list(world: World) -> None:
    client = world.client("facilitator")
    assert "2 marks wait to be settled" in client.get(S01).text
    assert "2 to settle" in client.get("/cohorts/III/sessions").text
    assert "marks wait to be settled" not in world.client("facilitator", name="facilitator_b").get(S01).text


def test_one_is_taken_and_the_history_tells_of_all(world: World) -> None:
    client = world.client("facilitator")
    assert client.post(SETTLE, data=choice(client, "terlambat")).status_code == 303
    found = ani(world)
    assert found.counting is not None
    assert (found.counting.status, found.counting.minutes_late, found.counting.source) == ("terlambat", 9, "offline")
    assert [one.outcome for one in found.contested] == ["taken", "dropped"]
    assert [one.settled_by for one in found.contested] == ["Facilitator", "Facilitator"]
    page = client.get(S01).text
    assert "Taken by Facilitator" in page
    assert "Not taken; settled by Facilitator" in page
    assert "Nothing to settle" in client.get(SETTLE).text


def test_what_stands_is_kept(world: World) -> None:
    client = world.client("manager")
    assert client.post(SETTLE, data=choice(client, "keep")).status_code == 303
    found = ani(world)
    assert [one.status for one in found.marks] == ["hadir"]
    assert [one.outcome for one in found.contested] == ["dropped", "dropped"]


def test_who_was_not_chosen_for_stays_open(world: World) -> None:
    client = world.client("manager")
    assert client.post(SETTLE, data=choice(client, "keep") | {"case-0-take": ""}).status_code == 303
    assert register(world).to_settle == 2


def test_somebody_who_was_marked_since_is_not_settled_unseen(world: World) -> None:
    client = world.client("manager")
    form = choice(client, "alpa")
    send(client, mark(world, status="dinas luar", seen=str(ani(world).marks[-1].id)))
    answer = client.post(SETTLE, data=form)
    assert answer.status_code == 422
    assert "dinas luar" in answer.text
    assert register(world).to_settle == 2


def test_a_mark_is_settled_once(world: World) -> None:
    client = world.client("manager")
    form = choice(client, "keep")
    assert client.post(SETTLE, data=form).status_code == 303
    answer = client.post(SETTLE, data=form)
    assert answer.status_code == 422
    assert "Somebody has settled this mark meanwhile." in answer.text


def test_one_that_came_since_is_left_open(world: World) -> None:
    client = world.client("manager")
    form = choice(client, "keep")
    send(world.client("facilitator"), mark(world, status="dinas luar"))
    assert client.post(SETTLE, data=form).status_code == 303
    assert [one.status for one in ani(world).to_settle] == ["dinas luar"]


def test_a_taken_mark_goes_on_in_the_queue_that_it_came_from(world: World) -> None:
    client = world.client("manager")
    client.post(SETTLE, data=choice(client, "alpa"))
    later = mark(world, status="dinas luar", seen=str(ani(world).marks[-1].id))
    assert send(world.client("facilitator"), later)[0]["outcome"] == "recorded"


@pytest.mark.parametrize(("role", "status"), [(None, 303), ("participant", 403), ("auditor", 403)])
def test_who_may_not(world: World, role: str | None, status: int) -> None:
    form = choice(world.client("manager"), "alpa")
    assert world.client(role).post(SETTLE, data=form).status_code == status
    assert register(world).to_settle == 2


def test_an_auditor_only_looks(world: World) -> None:
    page = world.client("auditor").get(SETTLE)
    assert page.status_code == 200
    assert "Settle what was chosen" not in page.text
    assert world.client("participant").get(SETTLE).status_code == 403


def test_a_facilitator_of_another_group_neither_sees_nor_settles_it(world: World) -> None:
    other = world.client("facilitator", name="facilitator_b")
    assert "Nothing to settle" in other.get(SETTLE).text
    assert other.post(SETTLE, data=choice(world.client("manager"), "alpa")).status_code == 403
    assert register(world).to_settle == 2


def test_another_organisation_does_not_find_it(world: World) -> None:
    form = choice(world.client("manager"), "alpa")
    client = world.client("manager", name="bandung_manager", organisation_id=world.bandung)
    assert (client.get(SETTLE).status_code, client.post(SETTLE, data=form).status_code) == (404, 404)


@pytest.mark.parametrize(
    "broken", [{"case-0-take": "x"}, {"case-0-seen": "x"}, {"case-0-shown": "x"}, {"case-0-participant_id": ""}]
)
def test_a_broken_form_is_refused_as_such(world: World, broken: dict[str, str]) -> None:
    client = world.client("manager")
    assert client.post(SETTLE, data=choice(client, "alpa") | broken).status_code == 400
    assert register(world).to_settle == 2


def test_a_mark_that_is_not_shown_is_not_taken(world: World) -> None:
    client = world.client("manager")
    form = choice(client, "keep")
    stray = str(ani(world).marks[0].id)
    assert client.post(SETTLE, data=form | {"case-0-take": stray}).status_code == 422
