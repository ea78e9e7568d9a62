"""A printed register that is keyed in is compared with what is recorded before any of it is saved."""

import re
from html import unescape
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from lms.attendance import queries
from lms.attendance.service import NewMark, import_marks
from tests.world import NOW, World

S01 = "/cohorts/III/sessions/S01"
PAPER = f"{S01}?source=paper&sheet=1"


@pytest.fixture
def client(world: World) -> FlaskClient:
    _ = world.cohort
    return world.client("manager")


def keyed(page: TestResponse, **statuses: str) -> dict[str, str]:
    """The hidden fields of the page, and these statuses by first names."""
    fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page.text))
    names = re.findall(r'class="person-name">(\w+)', page.text)
    for first, status in statuses.items():
        fields[f"rows-{names.index(first)}-status"] = status
    return {name: unescape(value) for name, value in fields.items()}


def mark(world: World, **statuses: str) -> None:
    """Somebody else brings marks of S01."""
    marks = [NewMark(participant_id=world.participant(name), status=status) for name, status in statuses.items()]
    with world.transaction() as session:
        import_marks(
            session,
            organisation_id=world.sukabumi,
            cohort_id=world.cohort,
            registers={world.session_id("S01"): marks},
            recorded_by=None,
            now=NOW,
        )


def standing(world: World) -> dict[str, tuple[str, str]]:
    """What counts, with its source, by first names."""
    with world.reading() as session:
        marks = queries.history(session, organisation_id=world.sukabumi, session_id=world.session_id("S01"))
    names = {world.participant(name): name for name in ("Ani", "Budi", "Citra", "Dedi")}
    return {names[who]: (past[-1].status, past[-1].source) for who, past in marks.items()}


def rows(page: TestResponse) -> list[str]:
    """The rows of the table of differences, as a reader would say them."""
    found = re.findall(r'<tr role="row">(.*?)</tr>', page.text, re.S)
    return [" ".join(unescape(re.sub(r"<[^>]+>", " ", row)).split()) for row in found[1:]]


def post(client: FlaskClient, fields: dict[str, str], **more: Any) -> TestResponse:
    return client.post(PAPER, data={**fields, **more})


def test_what_differs_is_told_and_nothing_is_saved(world: World, client: FlaskClient) -> None:
    mark(world, Ani="hadir", Budi="hadir")
    page = post(client, keyed(client.get(PAPER), Ani="hadir", Budi="alpa", Citra="hadir"))

    assert page.status_code == 200
    assert [row.split()[0] for row in rows(page)] == ["Budi", "Citra"]
    assert "hadir" in rows(page)[0]
    assert rows(page)[0].endswith("alpa")
    assert "1 person gets a mark. 1 mark changes." in " ".join(page.text.split())
    assert standing(world) == {"Ani": ("hadir", "import"), "Budi": ("hadir", "import")}


def test_the_second_step_saves_what_was_shown(world: World, client: FlaskClient) -> None:
    mark(world, Budi="hadir")
    page = post(client, keyed(client.get(PAPER), Budi="alpa", Citra="hadir"))

    assert post(client, keyed(page), step="save").status_code == 303
    assert standing(world) == {"Budi": ("alpa", "paper"), "Citra": ("hadir", "paper")}


def test_going_back_keeps_what_was_typed(world: World, client: FlaskClient) -> None:
    page = post(client, keyed(client.get(PAPER), Citra="hadir"))
    back = post(client, keyed(page), step="back")

    assert "Keying in sheet 1 from paper" in back.text
    assert re.search(r'value="hadir" checked', back.text)
    assert standing(world) == {}


def test_nothing_new_is_said_to_be_nothing_new(world: World, client: FlaskClient) -> None:
    mark(world, Ani="hadir")
    page = post(client, keyed(client.get(PAPER), Ani="hadir"))

    assert "Nothing would change" in page.text
    assert 'value="save"' not in page.text


def test_a_mark_made_after_the_comparison_is_not_overwritten(world: World, client: FlaskClient) -> None:
    page = post(client, keyed(client.get(PAPER), Citra="hadir"))
    mark(world, Citra="alpa")
    refused = post(client, keyed(page), step="save")

    assert refused.status_code == 422
    assert "Nothing was saved" in refused.text
    assert standing(world) == {"Citra": ("alpa", "import")}


def test_what_somebody_marked_before_the_comparison_stands_beside_it(world: World, client: FlaskClient) -> None:
    fields = keyed(client.get(PAPER), Citra="hadir")
    mark(world, Citra="alpa")
    page = post(client, fields)

    assert [row for row in rows(page) if row.startswith("Citra") and "alpa" in row and row.endswith("hadir")]
    assert post(client, keyed(page), step="save").status_code == 303
    assert standing(world) == {"Citra": ("hadir", "paper")}


def test_what_is_wrong_is_told_before_anything_is_compared(world: World, client: FlaskClient) -> None:
    fields = keyed(client.get(PAPER), Citra="hadir")
    number = next(name for name, value in fields.items() if value == str(world.participant("Citra"))).split("-")[1]
    page = post(client, {**fields, f"rows-{number}-minutes_late": "many"})

    assert page.status_code == 422
    assert "whole number" in page.text
