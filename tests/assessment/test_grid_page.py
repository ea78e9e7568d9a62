"""The grid of scores as people see it: without scripts, and with htmx."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from html import unescape

import pytest
import time_machine
from sqlalchemy import event
from werkzeug.test import TestResponse

from lms.assessment import queries
from tests.world import NOW, World

PROJECT = "/cohorts/III/assessments/project"
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


def names(page: TestResponse) -> list[str]:
    """The first names of the people on the page."""
    return re.findall(r"Score of (\w+)", page.text)


def filled(page: TestResponse, **changes: dict[str, str]) -> dict[str, str]:
    """What a browser would send of the form on this page, with changes by the first name of a person."""
    form: dict[str, str] = {}
    for tag in re.findall(r"<input [^>]*>", page.text):
        if attribute(tag, "name").startswith("rows-"):
            form[attribute(tag, "name")] = attribute(tag, "value")
    for who, values in changes.items():
        form |= {f"rows-{names(page).index(who)}-{field}": value for field, value in values.items()}
    return form


def attribute(tag: str, name: str) -> str:
    found = re.search(rf'\b{name}="([^"]*)"', tag)
    return unescape(found[1]) if found else ""


def history(world: World, name: str) -> list[tuple[Decimal, datetime | None, str]]:
    participant_id = world.participant(name)
    with world.reading() as session:
        found = queries.entry_history(
            session,
            organisation_id=world.sukabumi,
            cohort_id=world.cohort,
            path="project",
            participant_id=participant_id,
        )
    return [(one.score, one.dated_at, one.remark) for one in found]


@pytest.mark.parametrize(
    ("role", "address", "status"),
    [
        (None, PROJECT, 303),
        ("participant", PROJECT, 403),
        ("facilitator", PROJECT, 200),
        ("manager", PROJECT, 200),
        ("admin", PROJECT, 200),
        ("auditor", PROJECT, 200),
        ("manager", "/cohorts/III/assessments/mooc", 404),
        ("manager", "/cohorts/III/assessments/nothing", 404),
        ("manager", "/cohorts/IV/assessments/project", 404),
    ],
)
def test_who_may_open_it(world: World, role: str | None, address: str, status: int) -> None:
    assert world.client(role).get(address).status_code == status


def test_another_organisation_does_not_find_it(world: World) -> None:
    client = world.client("manager", name="bandung_manager", organisation_id=world.bandung)
    assert (client.get(PROJECT).status_code, client.post(PROJECT).status_code) == (404, 404)


@pytest.mark.parametrize(("role", "status"), [(None, 303), ("participant", 403), ("auditor", 403)])
def test_who_may_not_save_it(world: World, role: str | None, status: int) -> None:
    form = filled(world.client("manager").get(PROJECT), Ani={"score": "80"})
    assert world.client(role).post(PROJECT, data=form).status_code == status
    assert history(world, "Ani") == []


def test_a_facilitator_sees_only_their_groups_people_and_others_may_choose_a_group(world: World) -> None:
    assert names(world.client("facilitator").get(PROJECT)) == ["Ani", "Budi"]
    assert names(world.client("facilitator").get(f"{PROJECT}?group=B")) == []
    assert names(world.client("manager").get(PROJECT)) == ["Ani", "Budi", "Citra", "Dedi"]
    assert names(world.client("manager").get(f"{PROJECT}?group=B")) == ["Citra", "Dedi"]


def test_a_facilitator_cannot_score_another_groups_people_by_a_crafted_form(world: World) -> None:
    form = filled(world.client("manager").get(PROJECT), Ani={"score": "80"}, Citra={"score": "80"})
    assert world.client("facilitator").post(PROJECT, data=form).status_code == 422
    assert (history(world, "Ani"), history(world, "Citra")) == ([], [])


def test_scores_are_saved_without_scripts(world: World) -> None:
    client = world.client("facilitator")
    form = filled(
        client.get(PROJECT),
        Ani={"score": "85,25", "remark": " baik  sekali "},
        Budi={"score": "70", "day": "2026-03-10"},
    )
    answer = client.post(PROJECT, data=form)
    assert (answer.status_code, answer.location) == (303, PROJECT)
    assert history(world, "Ani") == [(Decimal("85.25"), None, "baik sekali")]
    assert history(world, "Budi") == [(Decimal(70), datetime(2026, 3, 9, 17, 0, tzinfo=UTC), "")]
    page = client.get(PROJECT)
    assert "2 scores were saved." in page.text
    assert "2 of 2 scored" in page.text


def test_the_group_that_is_shown_stays_chosen(world: World) -> None:
    client, address = world.client("manager"), f"{PROJECT}?group=B"
    answer = client.post(address, data=filled(client.get(address), Citra={"score": "80"}))
    assert answer.location == address


def test_a_changed_score_is_added_and_its_history_shown(world: World) -> None:
    client = world.client("facilitator")
    client.post(PROJECT, data=filled(client.get(PROJECT), Ani={"score": "80"}, Budi={"score": "70"}))
    client.post(PROJECT, data=filled(client.get(PROJECT), Ani={"score": "88", "remark": "salah ketik"}))
    assert [score for score, *_ in history(world, "Ani")] == [80, 88]
    assert [score for score, *_ in history(world, "Budi")] == [70]
    page = client.get(PROJECT).text
    assert "2 entries" in page
    assert "salah ketik" in page
    # The remark on one score does not stick to the next one.
    client.post(PROJECT, data=filled(client.get(PROJECT), Ani={"score": "89"}))
    assert history(world, "Ani")[-1] == (89, None, "")


def test_an_unchanged_grid_adds_nothing(world: World) -> None:
    client = world.client("facilitator")
    client.post(PROJECT, data=filled(client.get(PROJECT), Ani={"score": "80.50", "day": "2026-03-10"}))
    client.post(PROJECT, data=filled(client.get(PROJECT)))
    assert len(history(world, "Ani")) == 1
    assert "Nothing was new." in client.get(PROJECT).text


def test_every_bad_cell_is_named_and_what_was_typed_is_kept(world: World) -> None:
    client = world.client("manager")
    client.post(PROJECT, data=filled(client.get(PROJECT), Dedi={"score": "50"}))
    answer = client.post(
        PROJECT,
        data=filled(
            client.get(PROJECT),
            Ani={"score": "101"},
            Budi={"score": "", "remark": "belum"},
            Citra={"score": "80", "day": "kemarin"},
            Dedi={"score": ""},
        ),
    )
    assert answer.status_code == 422
    for told in ("A score is a number from 0 to 100", "Enter a score as well.", "written like 2026-03-31", "emptied"):
        assert answer.text.count(told) == 1
    assert filled(answer)["rows-0-score"] == "101"
    assert filled(answer)["rows-2-day"] == "kemarin"
    assert history(world, "Citra") == []


@pytest.mark.parametrize(("day", "told"), [("2026-03-13", "still to come"), ("2026-03-01", "would not count")])
def test_a_score_that_would_not_count_is_refused(world: World, day: str, told: str) -> None:
    client = world.client("facilitator")
    client.post(PROJECT, data=filled(client.get(PROJECT), Ani={"score": "80"}))
    answer = client.post(
        PROJECT, data=filled(client.get(PROJECT), Ani={"score": "90", "day": day}, Budi={"score": "70"})
    )
    assert (answer.status_code, told in answer.text) == (422, True)
    assert (filled(answer)["rows-0-score"], filled(answer)["rows-1-score"]) == ("90", "70")
    assert history(world, "Budi") == []


def test_two_people_scoring_at_once_do_not_overwrite_each_other_silently(world: World) -> None:
    facilitator, manager = world.client("facilitator"), world.client("manager")
    mine, theirs = facilitator.get(PROJECT), manager.get(PROJECT)
    manager.post(PROJECT, data=filled(theirs, Ani={"score": "75"}))
    answer = facilitator.post(PROJECT, data=filled(mine, Ani={"score": "80"}, Budi={"score": "70"}))
    assert answer.status_code == 422
    assert "Manager entered 75 meanwhile" in answer.text
    assert history(world, "Budi") == []
    assert facilitator.post(PROJECT, data=filled(answer)).status_code == 303
    assert [score for score, *_ in history(world, "Ani")] == [75, 80]


def test_htmx_gets_the_part_of_the_page_that_changes(world: World) -> None:
    client = world.client("facilitator")
    saved = client.post(PROJECT, data=filled(client.get(PROJECT), Ani={"score": "80"}), headers=HTMX)
    assert (saved.status_code, filled(saved)["rows-0-score"]) == (200, "80")
    assert "1 score was saved." in saved.text
    assert "<html" not in saved.text


def test_an_indonesian_page_writes_scores_with_a_comma_and_reads_them_back(world: World) -> None:
    client = world.client("facilitator")
    client.post(PROJECT, data=filled(client.get(PROJECT), Ani={"score": "80.5"}))
    client.set_cookie("padu_locale", "id")
    scores = [value for name, value in _cells(client.get(PROJECT)) if name.endswith("-score")]
    assert scores == ["80,5", ""]


def _cells(page: TestResponse) -> list[tuple[str, str]]:
    tags = re.findall(r"<input [^>]*>", page.text)
    return [(attribute(tag, "name"), attribute(tag, "value")) for tag in tags]


def test_an_auditor_reads_the_scores_and_their_history(world: World) -> None:
    client = world.client("facilitator")
    client.post(PROJECT, data=filled(client.get(PROJECT), Ani={"score": "80", "remark": "baik"}))
    page = world.client("auditor").get(PROJECT).text
    assert "baik" in page
    assert 'name="rows-' not in page


@pytest.mark.parametrize("scored", [(), ("Ani",), ("Ani", "Budi", "Citra", "Dedi")])
def test_the_number_of_queries_does_not_depend_on_the_number_of_scores(world: World, scored: tuple[str, ...]) -> None:
    client = world.client("manager")
    client.post(PROJECT, data=filled(client.get(PROJECT), **{name: {"score": "80"} for name in scored}))
    sent: list[str] = []
    with world.reading() as session:
        session.connection()
        note = lambda _connection, _cursor, statement, *_rest: sent.append(statement)  # noqa: E731
        event.listen(session.get_bind(), "before_cursor_execute", note)
        queries.grid(session, organisation_id=world.sukabumi, cohort_code="III", path="project", now=NOW)
        event.remove(session.get_bind(), "before_cursor_execute", note)
    assert len(sent) == 5  # cohort, its targets, programme, roster, entries
