"""A register as a whole: its times, heads, closing and opening again, undoing, finding people, and how it stands."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask.testing import FlaskClient

from lms.attendance.rule_service import set_rules
from tests.attendance import check_ins
from tests.attendance.test_register_page import chosen, filled, history
from tests.attendance.test_sync import register
from tests.world import NOW, World

S01, SEM_A = "/cohorts/III/sessions/S01", "/cohorts/III/sessions/SEM-A"
POSTS = ("undo", "heads", "close", "reopen")


@pytest.fixture(autouse=True)
def _at_that_moment() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def world(world: World) -> World:
    """The world with its cohort."""
    _ = world.cohort
    return world


def rule(world: World, **values: Any) -> None:
    with world.transaction() as session:
        set_rules(session, organisation_id=world.sukabumi, cohort_id=world.cohort, values=values)


def save(client: FlaskClient, address: str, **marks: str) -> Any:
    page = client.get(address)
    return client.post(address, data=filled(page, **{who: {"status": status} for who, status in marks.items()}))


# Times


def test_a_register_opens_some_minutes_before_its_session(world: World) -> None:
    rule(world, early_minutes=30)
    client = world.client("manager")
    assert "This register opens 12 Mar 2026, 12:30 WIB." in client.get(SEM_A).text
    form = {"rows-0-participant_id": str(world.participant("Ani")), "rows-0-seen": "", "rows-0-status": "hadir"}
    assert client.post(SEM_A, data=form).status_code == 409
    with time_machine.travel(NOW + timedelta(hours=4, minutes=30), tick=False):
        assert client.post(SEM_A, data=form).status_code == 303


def test_a_register_locks_for_facilitators_and_not_for_managers(world: World) -> None:
    rule(world, late_days=1)
    facilitator, manager = world.client("facilitator"), world.client("manager")
    form = filled(facilitator.get(S01), Ani={"status": "hadir"})
    with time_machine.travel(NOW + timedelta(days=2), tick=False):
        page = facilitator.get(S01).text
        assert "This register was locked 14 Mar 2026, 00:00 WIB." in page
        assert facilitator.post(S01, data=form).status_code == 409
        assert history(world, "S01", "Ani") == []
        assert save(manager, S01, Ani="alpa").status_code == 303


# Heads


@pytest.mark.parametrize(
    ("heads", "told"),
    [
        ("3", "3 counted, 2 marked as being there: 1 more in the room than marked."),
        ("2", "2 counted, 2 marked as being there: they agree."),
        ("0", "0 counted, 2 marked as being there: 2 fewer in the room than marked."),
        ("", "No heads counted yet."),
    ],
)
def test_heads_are_compared_with_the_marks_of_everybody(world: World, heads: str, told: str) -> None:
    client = world.client("facilitator", name="facilitator_b")
    save(world.client("manager"), S01, Ani="hadir", Budi="terlambat", Citra="alpa", Dedi="dinas luar")
    assert client.post(f"{S01}/heads", data={"heads": heads}).status_code == 303
    assert told in client.get(S01).text


@pytest.mark.parametrize("heads", ["-1", "x", "1.5", "5001", "99999999999", "²"])
def test_what_is_no_number_of_heads_is_refused(world: World, heads: str) -> None:
    assert world.client("facilitator").post(f"{S01}/heads", data={"heads": heads}).status_code == 400
    assert register(world).state.head_count is None


# Closing


def test_closing_marks_nobody_by_itself(world: World) -> None:
    client = world.client("manager")
    save(client, S01, Ani="hadir")
    assert "3 people have no mark." in client.get(S01).text
    client.post(f"{S01}/close")
    assert register(world).state.closed_by == "Manager"
    assert "The register is closed. 3 people have no mark." in client.get(S01).text
    assert history(world, "S01", "Budi") == []


def test_closing_marks_the_rest_where_that_is_chosen(world: World) -> None:
    client = world.client("manager")
    save(client, S01, Ani="hadir")
    client.post(f"{S01}/close", data={"rest_as": "alpa"})
    assert [history(world, "S01", name)[-1][0] for name in ("Ani", "Budi", "Citra", "Dedi")] == [
        "hadir",
        "alpa",
        "alpa",
        "alpa",
    ]
    assert "3 people were marked as absent." in client.get(S01).text


@pytest.mark.parametrize("status", ["hadir", "dinas luar", "x"])
def test_the_rest_is_only_marked_as_absent(world: World, status: str) -> None:
    assert world.client("manager").post(f"{S01}/close", data={"rest_as": status}).status_code == 400
    assert register(world).state.closed_at is None


def test_only_a_manager_changes_a_closed_register_until_it_is_opened_again(world: World) -> None:
    facilitator, manager = world.client("facilitator"), world.client("manager")
    form = filled(facilitator.get(SEM_A), Ani={"status": "hadir"})
    assert facilitator.post(f"{SEM_A}/close").status_code == 303
    page = facilitator.get(SEM_A).text
    assert "This register was closed by Facilitator" in page
    assert facilitator.post(SEM_A, data=form).status_code == 409
    assert save(manager, SEM_A, Ani="alpa").status_code == 303
    assert facilitator.post(f"{SEM_A}/close").status_code == 409
    assert facilitator.post(f"{SEM_A}/reopen").status_code == 303
    assert facilitator.post(f"{SEM_A}/reopen").status_code == 409
    assert save(facilitator, SEM_A, Ani="hadir").status_code == 303
    assert [status for status, *_ in history(world, "SEM-A", "Ani")] == ["alpa", "hadir"]


def test_whoever_marks_only_some_of_the_people_does_not_close_it(world: World) -> None:
    client = world.client("facilitator")
    assert "Close the register" not in client.get(S01).text
    assert client.post(f"{S01}/close").status_code == 403
    assert register(world).state.closed_at is None


def test_whoever_has_checked_in_is_told_and_becomes_present(world: World) -> None:
    client, secret = world.client("manager"), check_ins.opened(world)
    before = client.get(f"{S01}/live?since=x").text
    check_ins.claim(world, check_ins.claimant(world, "Ani"), check_ins.token(world, secret))
    (known,) = re.findall(r'hx-get="([^"]*/live[^"]*)"', before)
    fresh = client.get(known.replace("&amp;", "&"))
    assert fresh.status_code == 200
    assert "1 of them has checked in" in fresh.text
    client.post(f"{S01}/close", data={"rest_as": "alpa"})
    assert "1 check-in became a mark. 3 people were marked as absent." in client.get(S01).text
    assert [history(world, "S01", name)[-1][0] for name in ("Ani", "Budi")] == ["hadir", "alpa"]
    assert register(world).people[0].marks[-1].source == "check_in"


# Undoing


def undo_form(page: str) -> list[tuple[str, str]]:
    return re.findall(r'<input type="hidden" name="(mark)" value="([^"]+)"', page)


def test_what_was_just_saved_is_undone(world: World) -> None:
    client = world.client("facilitator")
    save(client, S01, Ani="hadir")
    saved = save(client, S01, Ani="alpa", Budi="alpa")
    marks = [value for _, value in undo_form(client.get(saved.location).text)]
    assert len(marks) == 2
    assert client.post(f"{S01}/undo", data={"mark": marks}).status_code == 303
    page = client.get(S01)
    assert "2 marks were undone." in page.text
    assert "Undone" in page.text
    assert chosen(page) == {"Ani": "hadir", "Budi": ""}
    assert [status for status, *_ in history(world, "S01", "Ani")] == ["hadir", "alpa", "hadir"]
    assert [status for status, *_ in history(world, "S01", "Budi")] == ["alpa", ""]
    # Whoever has no mark any more can be marked again.
    save(client, S01, Budi="hadir")
    assert [status for status, *_ in history(world, "S01", "Budi")] == ["alpa", "", "hadir"]


def test_what_somebody_else_has_changed_since_is_not_undone(world: World) -> None:
    client = world.client("facilitator")
    marks = [value for _, value in undo_form(client.get(save(client, S01, Ani="alpa").location).text)]
    save(world.client("manager"), S01, Ani="hadir")
    assert client.post(f"{S01}/undo", data={"mark": marks}).status_code == 409
    assert [status for status, *_ in history(world, "S01", "Ani")] == ["alpa", "hadir"]


def test_marks_of_people_of_another_group_are_not_undone(world: World) -> None:
    manager = world.client("manager")
    marks = [value for _, value in undo_form(manager.get(save(manager, S01, Citra="alpa").location).text)]
    assert world.client("facilitator").post(f"{S01}/undo", data={"mark": marks}).status_code == 400
    assert len(history(world, "S01", "Citra")) == 1


def test_it_offers_to_undo_only_what_one_has_made(world: World) -> None:
    saved = save(world.client("facilitator"), S01, Ani="alpa").location
    assert undo_form(world.client("manager").get(saved).text) == []
    assert world.client("facilitator").get(f"{S01}?saved=x").status_code == 200
    assert world.client("facilitator").get(f"{S01}?saved={9**30}").status_code == 200


# Finding people


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ("group=B", ["Citra", "Dedi"]),
        ("search=budi", ["Budi"]),
        ("search=BUDI++contoh", ["Budi"]),
        ("search=1990+0101+2026+031003", ["Citra"]),
        ("search=031004", ["Dedi"]),
        ("group=A&search=citra", []),
        ("search=nobody", []),
    ],
)
def test_people_are_found_by_group_name_and_identifier(world: World, asked: str, names: list[str]) -> None:
    assert list(chosen(world.client("manager").get(f"{S01}?{asked}"))) == names


def test_saving_what_was_found_leaves_the_others_alone(world: World) -> None:
    client = world.client("manager")
    save(client, S01, Ani="hadir")
    saved = save(client, f"{S01}?group=B", Citra="alpa")
    assert saved.location.startswith(f"{S01}?group=B")
    assert chosen(client.get(S01)) == {"Ani": "hadir", "Budi": "", "Citra": "alpa", "Dedi": ""}


# How it stands


def test_it_tells_who_is_missing_and_is_silent_while_nothing_changes(world: World) -> None:
    manager, client = world.client("manager"), world.client("facilitator")
    page = client.get(S01).text
    (address,) = re.findall(r'hx-get="([^"]*/live[^"]*)"', page)
    address = address.replace("&amp;", "&")
    assert "2 still missing" in page
    assert client.get(address).status_code == 204
    save(manager, S01, Ani="hadir")
    fresh = client.get(address)
    assert fresh.status_code == 200
    assert "1 still missing" in fresh.text
    assert "Budi Contoh" in fresh.text
    assert "Ani Contoh" not in fresh.text
    (again,) = re.findall(r'hx-get="([^"]*/live[^"]*)"', fresh.text)
    assert client.get(again.replace("&amp;", "&")).status_code == 204
    for change in ({"heads": "3"}, {"heads": "4"}):
        manager.post(f"{S01}/heads", data=change)
        assert client.get(again.replace("&amp;", "&")).status_code == 200


# Who may not


@pytest.mark.parametrize("what", POSTS)
@pytest.mark.parametrize(("role", "status"), [(None, 303), ("participant", 403), ("auditor", 403)])
def test_who_may_not(world: World, what: str, role: str | None, status: int) -> None:
    assert world.client(role).post(f"{S01}/{what}").status_code == status
    assert register(world).state.closed_at is None


@pytest.mark.parametrize("what", POSTS)
def test_a_facilitator_of_another_group_may_not(world: World, what: str) -> None:
    other = world.client("facilitator", name="facilitator_b")
    world.client("manager").post(f"{SEM_A}/close") if what == "reopen" else None
    assert other.post(f"{SEM_A}/{what}", data={"heads": "3"}).status_code == 403
    assert register(world, "SEM-A").state.head_count is None


@pytest.mark.parametrize("what", POSTS)
def test_another_organisation_does_not_find_it(world: World, what: str) -> None:
    client = world.client("manager", name="bandung_manager", organisation_id=world.bandung)
    assert client.post(f"{S01}/{what}").status_code == 404
    assert client.get(f"{S01}/live").status_code == 404


def test_who_may_not_see_how_it_stands(world: World) -> None:
    assert world.client("participant").get(f"{S01}/live").status_code == 403
    assert world.client("facilitator", name="facilitator_b").get(f"{SEM_A}/live").status_code == 403
