"""The register as people see it: without scripts, and with htmx."""

import re
from collections.abc import Iterator
from html import unescape

import pytest
import time_machine
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from lms.attendance import queries
from tests.world import NOW, World

S01, SEM_A, SEM_B = "/cohorts/III/sessions/S01", "/cohorts/III/sessions/SEM-A", "/cohorts/III/sessions/SEM-B"
HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def _at_that_moment() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def world(world: World) -> World:
    """The world with its cohort."""
    _ = world.cohort
    return world


def filled(page: TestResponse, **changes: dict[str, str]) -> dict[str, str]:
    """What a browser would send of the form on this page, with changes by the first name of a person."""
    form: dict[str, str] = {}
    for tag in re.findall(r"<input [^>]*>", page.text):
        name, kind = attribute(tag, "name"), attribute(tag, "type")
        if name.startswith("rows-") and (kind != "radio" or " checked" in tag):
            form[name] = attribute(tag, "value")
    names = [name.split(" ")[0] for name in re.findall(r'class="person-name">([^<]*)', page.text)]
    for who, values in changes.items():
        form |= {f"rows-{names.index(who)}-{field}": value for field, value in values.items()}
    return form


def attribute(tag: str, name: str) -> str:
    found = re.search(rf'\b{name}="([^"]*)"', tag)
    return unescape(found[1]) if found else ""


def chosen(page: TestResponse) -> dict[str, str]:
    """The chosen status of everybody on the page, by first name."""
    names = re.findall(r'class="person-name">([^< ]*)', page.text)
    form = filled(page)
    return {name: form.get(f"rows-{index}-status", "") for index, name in enumerate(names)}


def history(world: World, code: str, name: str) -> list[tuple[str, str | None, str]]:
    session_id, participant_id = world.session_id(code), world.participant(name)
    with world.reading() as session:
        found = queries.mark_history(
            session, organisation_id=world.sukabumi, session_id=session_id, participant_id=participant_id
        )
    return [(mark.status, mark.recorded_by, mark.remark) for mark in found]


@pytest.mark.parametrize(
    ("role", "name", "address", "status"),
    [
        (None, "", S01, 303),
        ("participant", "", S01, 403),
        ("facilitator", "", S01, 200),
        ("facilitator", "", SEM_A, 200),
        ("facilitator", "", SEM_B, 403),
        ("facilitator", "facilitator_b", SEM_A, 403),
        ("manager", "", SEM_B, 200),
        ("admin", "", S01, 200),
        ("auditor", "", S01, 200),
        ("manager", "", "/cohorts/III/sessions/S99", 404),
        ("manager", "", "/cohorts/IV/sessions/S01", 404),
        ("manager", "", "/cohorts/III/sessions", 200),
        ("facilitator", "", "/cohorts/III/sessions", 200),
        ("auditor", "", "/cohorts/III/sessions", 200),
        ("participant", "", "/cohorts/III/sessions", 403),
    ],
)
def test_who_may_open_it(world: World, role: str | None, name: str, address: str, status: int) -> None:
    assert world.client(role, name=name).get(address).status_code == status


@pytest.mark.parametrize("address", [S01, "/cohorts/III/sessions"])
def test_another_organisation_does_not_find_it(world: World, address: str) -> None:
    client = world.client("manager", name="bandung_manager", organisation_id=world.bandung)
    assert client.get(address).status_code == 404
    if address == S01:
        assert client.post(address).status_code == 404


@pytest.mark.parametrize(("role", "status"), [(None, 303), ("participant", 403), ("auditor", 403)])
def test_who_may_not_save_it(world: World, role: str | None, status: int) -> None:
    page = world.client("manager").get(S01)
    form = filled(page, Ani={"status": "hadir"})
    assert world.client(role).post(S01, data=form).status_code == status
    assert history(world, "S01", "Ani") == []


def test_a_facilitator_sees_only_their_groups_people(world: World) -> None:
    assert list(chosen(world.client("facilitator").get(S01))) == ["Ani", "Budi"]
    assert list(chosen(world.client("facilitator", name="facilitator_b").get(S01))) == ["Citra", "Dedi"]
    assert list(chosen(world.client("manager").get(S01))) == ["Ani", "Budi", "Citra", "Dedi"]


def test_a_facilitator_cannot_mark_another_groups_people_by_a_crafted_form(world: World) -> None:
    form = filled(world.client("manager").get(S01), Ani={"status": "hadir"}, Citra={"status": "alpa"})
    assert world.client("facilitator").post(S01, data=form).status_code == 422
    assert (history(world, "S01", "Ani"), history(world, "S01", "Citra")) == ([], [])


def test_everybody_is_set_and_saved_without_scripts(world: World) -> None:
    client = world.client("facilitator")
    page = client.get(S01)
    assert re.search(r'<noscript>.*name="set_all" value="hadir".*</noscript>', page.text, re.DOTALL)
    preset = client.post(S01, data=filled(page, Budi={"status": "alpa"}) | {"set_all": "hadir"})
    assert (preset.status_code, chosen(preset)) == (200, {"Ani": "hadir", "Budi": "alpa"})
    assert history(world, "S01", "Ani") == []
    saved = client.post(S01, data=filled(preset))
    assert (saved.status_code, saved.location.partition("?")[0]) == (303, S01)
    assert "2 marks were saved." in client.get(S01).text
    assert history(world, "S01", "Ani") == [("hadir", "Facilitator", "")]


def test_a_changed_mark_is_added_and_its_history_shown(world: World) -> None:
    client = world.client("facilitator")
    client.post(S01, data=filled(client.get(S01), Ani={"status": "alpa"}, Budi={"status": "hadir"}))
    page = client.get(S01)
    client.post(
        S01, data=filled(page, Ani={"status": "terlambat", "minutes_late": "12", "remark": "Datang setelah panggilan"})
    )
    assert history(world, "S01", "Ani") == [
        ("alpa", "Facilitator", ""),
        ("terlambat", "Facilitator", "Datang setelah panggilan"),
    ]
    assert len(history(world, "S01", "Budi")) == 1
    page = client.get(S01)
    assert "terlambat, 12 minutes late" in page.text
    assert "Datang setelah panggilan" in page.text


def test_the_minutes_and_the_remark_of_a_mark_do_not_stick_to_the_next_one(world: World) -> None:
    client = world.client("facilitator")
    late = {"status": "terlambat", "minutes_late": "12", "remark": "macet"}
    client.post(S01, data=filled(client.get(S01), Ani=late))
    page = client.get(S01)
    assert (filled(page)["rows-0-minutes_late"], filled(page)["rows-0-remark"]) == ("12", "")
    assert client.post(S01, data=filled(page, Ani={"status": "alpa"})).status_code == 303
    assert history(world, "S01", "Ani")[-1] == ("alpa", "Facilitator", "")


def test_an_unchanged_register_adds_nothing(world: World) -> None:
    client = world.client("facilitator")
    client.post(S01, data=filled(client.get(S01), Ani={"status": "hadir", "remark": " datang   awal "}))
    client.post(S01, data=filled(client.get(S01)))
    assert history(world, "S01", "Ani") == [("hadir", "Facilitator", "datang awal")]
    assert "Nothing was new." in client.get(S01).text


def test_every_bad_row_is_named_and_what_was_typed_is_kept(world: World) -> None:
    client = world.client("facilitator")
    answer = client.post(
        S01,
        data=filled(
            client.get(S01),
            Ani={"status": "alpa", "minutes_late": "10"},
            Budi={"status": "", "remark": "tidak ada kabar"},
        ),
    )
    assert answer.status_code == 422
    assert "Somebody who was absent was not late" in answer.text
    assert "Choose a status as well." in answer.text
    assert filled(answer)["rows-0-minutes_late"] == "10"
    assert filled(answer)["rows-1-remark"] == "tidak ada kabar"
    assert history(world, "S01", "Ani") == []


@pytest.mark.parametrize("minutes", ["-1", "601", "99999999999", "1.5", "lima", "²"])
def test_bad_minutes_are_refused(world: World, minutes: str) -> None:
    client = world.client("facilitator")
    form = filled(client.get(S01), Ani={"status": "terlambat", "minutes_late": minutes})
    assert client.post(S01, data=form).status_code == 422
    assert history(world, "S01", "Ani") == []


def test_two_people_marking_at_once_do_not_overwrite_each_other_silently(world: World) -> None:
    facilitator, manager = world.client("facilitator"), world.client("manager")
    mine, theirs = facilitator.get(S01), manager.get(S01)
    manager.post(S01, data=filled(theirs, Ani={"status": "alpa"}))
    answer = facilitator.post(S01, data=filled(mine, Ani={"status": "hadir"}, Budi={"status": "hadir"}))
    assert answer.status_code == 422
    assert "Manager recorded “alpa” meanwhile" in answer.text
    assert chosen(answer) == {"Ani": "hadir", "Budi": "hadir"}
    assert history(world, "S01", "Budi") == []
    assert facilitator.post(S01, data=filled(answer)).status_code == 303
    assert [status for status, *_ in history(world, "S01", "Ani")] == ["alpa", "hadir"]


def test_a_row_left_alone_does_not_undo_what_somebody_else_marked_meanwhile(world: World) -> None:
    facilitator, manager = world.client("facilitator"), world.client("manager")
    facilitator.post(S01, data=filled(facilitator.get(S01), Ani={"status": "hadir"}))
    mine = facilitator.get(S01)
    manager.post(S01, data=filled(manager.get(S01), Ani={"status": "alpa"}))
    assert facilitator.post(S01, data=filled(mine, Budi={"status": "hadir"})).status_code == 303
    assert [status for status, *_ in history(world, "S01", "Ani")] == ["hadir", "alpa"]


def test_htmx_gets_the_part_of_the_page_that_changes(world: World) -> None:
    client = world.client("facilitator")
    page = client.get(S01)
    saved = client.post(S01, data=filled(page, Ani={"status": "hadir"}), headers=HTMX)
    assert (saved.status_code, chosen(saved)) == (200, {"Ani": "hadir", "Budi": ""})
    assert "1 mark was saved." in saved.text
    assert "<html" not in saved.text
    # What it got is a form to go on with.
    again = client.post(S01, data=filled(saved, Ani={"status": "alpa"}), headers=HTMX)
    assert "1 mark was saved." in again.text
    assert "1 mark was saved." not in client.get(S01).text


def test_a_register_opens_on_the_day_of_its_session(world: World) -> None:
    client, later = world.client("facilitator"), "/cohorts/III/sessions/S02"
    page = client.get(later)
    assert "opens on Friday, 13 Mar 2026" in page.text
    assert "<form" not in page.text.partition("<main")[2].partition("</main>")[0]
    form = {"rows-0-participant_id": str(world.participant("Ani")), "rows-0-seen": "", "rows-0-status": "hadir"}
    assert client.post(later, data=form).status_code == 409
    assert history(world, "S02", "Ani") == []


def test_a_manager_may_mark_a_guest_of_another_group(world: World) -> None:
    client = world.client("manager")
    assert list(chosen(client.get(SEM_B))) == ["Citra", "Dedi"]
    everyone = f"{SEM_B}?everyone=1"
    answer = client.post(everyone, data=filled(client.get(everyone), Ani={"status": "hadir"}))
    assert answer.location.startswith(everyone)
    assert list(chosen(client.get(SEM_B))) == ["Ani", "Citra", "Dedi"]


def test_an_auditor_reads_the_marks_and_their_history(world: World) -> None:
    client = world.client("facilitator")
    client.post(S01, data=filled(client.get(S01), Ani={"status": "alpa", "remark": "tanpa kabar"}))
    page = world.client("auditor").get(S01)
    assert "tanpa kabar" in page.text
    assert 'type="radio"' not in page.text


@pytest.mark.parametrize(
    "broken", [{"rows-0-participant_id": "x"}, {"rows-0-participant_id": ""}, {"rows-0-seen": "1"}]
)
def test_a_broken_form_is_refused_as_such(world: World, broken: dict[str, str]) -> None:
    client = world.client("facilitator")
    form = filled(client.get(S01), Ani={"status": "hadir"}) | broken
    assert client.post(S01, data=form).status_code == 400


def test_the_list_tells_how_far_each_register_is(world: World) -> None:
    client: FlaskClient = world.client("manager")
    client.post(S01, data=filled(client.get(S01), Ani={"status": "hadir"}, Citra={"status": "alpa"}))
    page = client.get("/cohorts/III/sessions").text
    assert "2 of 4 marked" in page
    assert "Seminar A: 0 of 2 marked" in page
    assert "Seminar B: 0 of 2 marked" in page
    page = world.client("facilitator").get("/cohorts/III/sessions").text
    assert "1 of 2 marked" in page
    assert "Seminar B" not in page
