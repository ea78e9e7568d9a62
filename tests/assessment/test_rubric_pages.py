"""The pages of rubrics as people see them, without scripts."""

import re
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from html import unescape

import pytest
import time_machine
from sqlalchemy import event
from werkzeug.test import TestResponse

from lms.assessment import overview_queries
from lms.progress.rules import assessment_unit
from tests.assessment.rubrics import LEVELS, RUBRIC, entries, rate, ratings, set_rubric
from tests.world import NOW, World

PROJECT = "/cohorts/III/assessments/project"
RUBRIC_PAGE, OVERVIEW = f"{PROJECT}/rubric", f"{PROJECT}/ratings"
FORM = {
    "rule": "highest",
    "needed": "1",
    "levels": "Kurang = 50\nBaik = 82,5",
    "seen": "",
    "criteria-0-title": "Isi",
    "criteria-0-weight": "62,5",
    "criteria-1-title": "Sikap",
    "criteria-1-weight": "37.5",
    "criteria-1-key": "sikap",
    "criteria-1-levels": "Ya = 100\nTidak = 0",
    "criteria-2-title": "",
}


@pytest.fixture(autouse=True)
def _at_that_moment() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def world(world: World) -> World:
    """The world with its cohort."""
    _ = world.cohort
    return world


def rating_page(world: World, who: str = "Ani") -> str:
    return f"{OVERVIEW}/{world.participant(who)}"


def hidden(page: TestResponse) -> dict[str, str]:
    """What the form on this page carries without being seen."""
    found = re.findall(r'<input type="hidden" name="(version|seen)" value="([^"]*)"', page.text)
    return {name: unescape(value) for name, value in found}


@pytest.mark.parametrize(
    ("role", "name", "rubric", "overview", "person"),
    [
        (None, "", 303, 303, 303),
        ("participant", "", 403, 403, 403),
        ("auditor", "", 403, 200, 403),
        ("facilitator", "", 403, 200, 200),
        ("facilitator", "facilitator_b", 403, 200, 404),
        ("manager", "", 200, 200, 200),
        ("admin", "", 200, 200, 200),
    ],
)
def test_who_may_open_what(world: World, role: str | None, name: str, rubric: int, overview: int, person: int) -> None:
    set_rubric(world)
    client = world.client(role, name=name)
    found = [client.get(address).status_code for address in (RUBRIC_PAGE, OVERVIEW, rating_page(world))]
    assert found == [rubric, overview, person]
    assert client.post(RUBRIC_PAGE, data=FORM).status_code in (rubric, 422)
    sent = {"version": "1", "points-isi": "50", "points-sikap": "1"}
    assert client.post(rating_page(world), data=sent).status_code == (303 if person == 200 else person)
    assert len(ratings(world)) == (person == 200)


def test_another_organisation_finds_none_of_it(world: World) -> None:
    set_rubric(world)
    client = world.client("manager", name="bandung_manager", organisation_id=world.bandung)
    addresses = (RUBRIC_PAGE, OVERVIEW, rating_page(world))
    assert [client.post(one, data=FORM).status_code for one in (RUBRIC_PAGE, rating_page(world))] == [404, 404]
    assert [client.get(one).status_code for one in addresses] == [404, 404, 404]


def test_a_rubric_is_set_rated_by_and_read_by_the_participant(world: World) -> None:
    manager = world.client("manager")
    assert manager.get(OVERVIEW).status_code == 404
    assert "Rate by a rubric instead" in manager.get(PROJECT).text
    assert manager.post(RUBRIC_PAGE, data=FORM).status_code == 303
    assert manager.get(PROJECT).status_code == 302
    facilitator = world.client("facilitator")
    page = facilitator.get(rating_page(world))
    assert ("Baik (82.5)" in page.text, "Tidak (0)" in page.text) == (True, True)
    sent = hidden(page) | {"points-isi": "82.5", "points-sikap": "100", "remark": "Runtut.", "next": "1"}
    answer = facilitator.post(rating_page(world), data=sent)
    assert (answer.status_code, answer.location) == (303, rating_page(world, "Budi"))
    manager.post(rating_page(world), data={"version": "1", "points-isi": "50", "points-sikap": "0"})
    overview = manager.get(OVERVIEW).text
    assert ("89.0625" in overview, "31.25" in overview, "1 of 4 scored" in overview) == (True, True, True)
    assert "Not yet: Facilitator" in overview
    own = world.client("participant").get(unit_page(world)).text
    assert all(
        told in own
        for told in ("Ratings behind the score", "Runtut.", "Facilitator", "Baik", "82.5", "89.0625", "highest")
    )


def unit_page(world: World) -> str:
    unit = assessment_unit(world.cohort, "project")
    return f"/cohorts/III/participants/{world.participant('Ani')}/units/assessment?unit={unit}"


def test_what_is_wrong_with_a_rubric_is_told_and_nothing_typed_is_lost(world: World) -> None:
    client = world.client("manager")
    wrong = {"criteria-1-weight": "37", "criteria-0-levels": "Baik", "levels": "Kurang = 50\nBaik = banyak"}
    answer = client.post(RUBRIC_PAGE, data=FORM | wrong)
    assert answer.status_code == 422
    assert "“Isi: Baik” is no level" in answer.text
    assert "“Baik = banyak” is no level" in answer.text
    answer = client.post(RUBRIC_PAGE, data=FORM | {"criteria-1-weight": "37", "needed": "0"})
    assert "The weights sum to 99.5; make them sum to exactly 100." in answer.text
    assert "From 1 to 20 assessors may be needed." in answer.text
    assert 'value="62,5"' in answer.text
    assert "Sum of the weights: <span data-total>99.5</span> of 100" in answer.text
    more = client.post(RUBRIC_PAGE, data=FORM | {"more": "1"})
    assert (more.status_code, 'name="criteria-5-title"' in more.text) == (200, True)
    assert client.get(OVERVIEW).status_code == 404


def test_a_rubric_that_somebody_else_changed_is_told_before_it_is_gone_over(world: World) -> None:
    client = world.client("manager")
    set_rubric(world)
    answer = client.post(RUBRIC_PAGE, data=FORM)
    assert (answer.status_code, "The rubric was changed meanwhile" in answer.text) == (422, True)
    assert client.post(RUBRIC_PAGE, data=FORM | hidden(answer)).status_code == 303


def test_what_is_wrong_with_a_rating_is_told_at_its_criterion(world: World) -> None:
    set_rubric(world)
    client = world.client("facilitator")
    answer = client.post(rating_page(world), data={"version": "1", "points-sikap": "banyak", "points-isi": "50"})
    assert (answer.status_code, "Points are a number from 0 to 100" in answer.text) == (422, True)
    assert 'value="banyak"' in answer.text
    assert re.search(r'value="50" checked', answer.text)
    answer = client.post(rating_page(world), data={"version": "1", "points-sikap": "80", "points-isi": "51"})
    assert "“Isi”: choose one of the levels." in answer.text
    answer = client.post(rating_page(world), data={"version": "1"})
    assert answer.text.count("is not rated yet.") == 2
    assert client.post(rating_page(world), data={"version": "x", "seen": "x"}).status_code == 422
    assert ratings(world) == []


def test_ones_own_rating_from_another_window_is_told_before_it_is_replaced(world: World) -> None:
    set_rubric(world)
    client = world.client("manager")
    first, second = (hidden(client.get(rating_page(world))) for _ in range(2))
    assert client.post(rating_page(world), data=first | {"points-isi": "50", "points-sikap": "1"}).status_code == 303
    given = {"points-isi": "82.5", "points-sikap": "2"}
    answer = client.post(rating_page(world), data=second | given)
    assert (answer.status_code, "You have rated this person meanwhile" in answer.text) == (422, True)
    assert client.post(rating_page(world), data=hidden(answer) | given).status_code == 303
    assert [one.points["sikap"] for one in ratings(world)] == [1, 2]


def test_a_plain_score_from_an_older_page_is_refused_with_the_way_that_is_right(world: World) -> None:
    set_rubric(world)
    sent = {"rows-0-participant_id": str(world.participant("Ani")), "rows-0-score": "80"}
    answer = world.client("manager").post(PROJECT, data=sent)
    assert answer.status_code == 422
    assert "is scored by a rubric: rate this person by its criteria" in answer.text
    assert entries(world) == []


@pytest.mark.parametrize("rated", [(), ("Ani",), ("Ani", "Budi", "Citra", "Dedi")])
def test_the_number_of_queries_does_not_depend_on_the_number_of_ratings(world: World, rated: tuple[str, ...]) -> None:
    set_rubric(world, replace(RUBRIC, levels=LEVELS))
    for who in rated:
        for by in ("manager", "second"):
            rate(world, {"isi": "50", "sikap": "82.5"}, who=who, by=by)
    sent: list[str] = []
    with world.reading() as session:
        session.connection()
        note = lambda _connection, _cursor, statement, *_rest: sent.append(statement)  # noqa: E731
        event.listen(session.get_bind(), "before_cursor_execute", note)
        found = overview_queries.overview(
            session, organisation_id=world.sukabumi, cohort_code="III", path="project", now=NOW
        )
        event.remove(session.get_bind(), "before_cursor_execute", note)
    assert len(sent) == 9  # those of the grid, and the rubric, the ratings, the facilitators and their groups
    assert found.grid.scored == len(rated)
    assert {one.score for row in found.people for one in row.newest.values()} <= {Decimal("62.1875")}
