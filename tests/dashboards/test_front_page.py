"""Where each role begins."""

from datetime import timedelta

import pytest
import time_machine

from lms.attendance import queries as attendance
from lms.attendance.dispute_service import dispute_mark
from lms.progress import service as progress
from tests.dashboards.crowd import add_cohort, statements
from tests.dashboards.facts import marked, scored
from tests.dashboards.test_participant_page import text
from tests.leave import leaves
from tests.world import NOW, START, World
from tests.xapi.lrs import lrs, statement


def disputed(world: World, who: str) -> None:
    session_id, participant_id = world.session_id("S01"), world.participant(who)
    with world.transaction() as session:
        where = {"organisation_id": world.sukabumi, "session_id": session_id}
        mark = attendance.mark_history(session, participant_id=participant_id, **where)[-1]
        dispute_mark(session, participant_id=participant_id, mark_id=mark.id, text="Saya hadir.", now=NOW, **where)


def told(world: World, role: str, name: str = "") -> str:
    return text(world.client(role, name=name).get("/").text)


def test_a_participant_begins_at_their_own_page(world: World) -> None:
    assert world.client("participant").get("/").location == "/me"


@pytest.mark.parametrize(
    ("role", "name", "titles"),
    [
        ("facilitator", "", ["Pembukaan", "Seminar A"]),
        ("facilitator", "facilitator_b", ["Pembukaan", "Seminar B"]),
        ("manager", "", ["Pembukaan", "Seminar A", "Seminar B"]),
        ("auditor", "", ["Pembukaan", "Seminar A", "Seminar B"]),
    ],
)
def test_it_shows_the_sessions_of_today_that_one_marks(world: World, role: str, name: str, titles: list[str]) -> None:
    page = told(world, role, name)
    assert [title for title in ("Pembukaan", "Etika", "Seminar A", "Seminar B") if title in page] == titles


def test_it_says_how_far_each_register_is_and_opens_it(world: World) -> None:
    marked(world, "Ani", "hadir")
    page = world.client("facilitator").get("/").text
    assert "Pembukaan: 1 of 2" in page
    assert 'href="/cohorts/III/sessions/S01"' in page


def test_a_day_without_sessions_says_so(world: World, at_that_moment: time_machine.Traveller) -> None:
    client = world.client("manager")
    at_that_moment.move_to(START + timedelta(days=40))
    assert "There is no session today." in text(client.get("/").text)


def test_what_is_received_and_not_counted_is_told_to_those_who_can_match_it(world: World) -> None:
    lrs(world).sent(statement("nobody"), statement("nobody", iri="https://mooc.example/modul/2"))
    lrs(world).sent(statement(iri="https://mooc.example/unknown"))
    for role in ("manager", "admin", "auditor"):
        assert "Statements of unknown people 2" in told(world, role)
        assert "Statements about unknown modules 1" in told(world, role)
    assert "unknown" not in told(world, "facilitator")


def test_nothing_waiting_is_not_mentioned(world: World) -> None:
    page = told(world, "manager")
    assert "Received, but not counted yet" not in page
    assert "Waiting for an answer" not in page


def test_leave_and_disputed_marks_wait_for_those_who_answer_them(world: World) -> None:
    marked(world, "Ani", "alpa")
    disputed(world, "Ani")
    decided = leaves.ask(world, "Ani")
    leaves.approve(world, decided)
    leaves.ask(world, "Budi")
    for role in ("manager", "admin"):
        page = told(world, role)
        assert "Leave asked for in Angkatan III 1" in page
        assert "Disputed marks in Angkatan III 1" in page
    facilitator = told(world, "facilitator")
    assert "Disputed marks in Angkatan III 1" in facilitator
    assert "Leave asked for" not in facilitator
    assert "Waiting for an answer" not in told(world, "facilitator", "facilitator_b")
    elsewhere = world.client("manager", name="bandung_manager", organisation_id=world.bandung)
    assert "Waiting for an answer" not in elsewhere.get("/").text


def test_cohorts_stand_with_their_averages(world: World) -> None:
    scored(world, "Ani", "80")
    page = told(world, "manager")
    assert "Angkatan III Pelatihan contoh · 4 participants" in page
    assert "Average of Angkatan III: So far 80.00 1 of 24" in page


def test_a_facilitator_sees_only_cohorts_with_a_group_of_theirs(world: World) -> None:
    add_cohort(world, "IV", 1)
    assert "Angkatan IV" in told(world, "manager")
    assert "Angkatan IV" not in told(world, "facilitator")


def test_an_organisation_without_a_cohort_is_told_how_to_begin(world: World) -> None:
    client = world.client("manager", name="bandung_manager", organisation_id=world.bandung)
    page = client.get("/").text
    assert "There is no cohort yet" in page
    assert 'href="/programmes/new"' in page
    facilitator = world.client("facilitator", name="bandung_facilitator", organisation_id=world.bandung)
    assert "You have no group yet" in facilitator.get("/").text


def test_averages_are_right_once_the_background_work_has_followed_a_due_date(
    world: World, at_that_moment: time_machine.Traveller
) -> None:
    client = world.client("manager")
    at_that_moment.move_to(START + timedelta(days=16))
    with world.app.app_context(), statements() as seen:
        assert client.get("/").status_code == 200
    assert not [one for one in seen if one.startswith(("INSERT", "UPDATE"))]
    with world.transaction() as session:
        progress.refresh(session, organisation_id=world.sukabumi, now=START + timedelta(days=16))
    assert "So far 0.00 4 of 24" in text(client.get("/").text)


def test_its_queries_do_not_grow_with_the_cohorts(world: World) -> None:
    """The account; cohorts; averages; today's sessions, people, marks and contested marks; what waits, three times."""
    counted = []
    for code in ("IV", "V"):
        add_cohort(world, code, 3)
        client = world.client("manager")
        client.get("/")
        with world.app.app_context(), statements() as seen:
            client.get("/")
        counted.append(len([one for one in seen if not one.startswith("BEGIN")]))
    assert counted == [12, 12]
