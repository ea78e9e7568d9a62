"""A cohort is called something else on its set-up page."""

import pytest

from lms.programme import queries
from tests.world import World

PATH = "/cohorts/III/setup/name"


@pytest.fixture
def world(world: World) -> World:
    """The world with its cohort."""
    _ = world.cohort
    return world


def name(world: World) -> str:
    with world.reading() as session:
        return queries.cohort_by_code(session, organisation_id=world.sukabumi, code="III").name


def test_a_manager_calls_it_something_else(world: World) -> None:
    client = world.client("manager")
    assert 'value="Angkatan III"' in client.get("/cohorts/III/setup").text
    done = client.post(PATH, data={"name": "  Latsar  2026 "}, follow_redirects=True)
    assert "The name is saved." in done.text
    assert "Setting up Latsar 2026" in done.text
    assert name(world) == "Latsar 2026"


@pytest.mark.parametrize(("text", "says"), [(" ", "This is missing."), ("x" * 201, "200 characters at most")])
def test_what_is_no_name_is_refused_beside_what_was_typed(world: World, text: str, says: str) -> None:
    refused = world.client("manager").post(PATH, data={"name": text})
    assert (refused.status_code, says in refused.text) == (422, True)
    assert name(world) == "Angkatan III"


@pytest.mark.parametrize("role", ["facilitator", "auditor", "participant", None])
def test_only_managers_do(world: World, role: str | None) -> None:
    assert world.client(role).post(PATH, data={"name": "x"}).status_code == (403 if role else 303)
    assert name(world) == "Angkatan III"


def test_another_organisation_cannot(world: World) -> None:
    client = world.client("manager", name="other", organisation_id=world.bandung)
    assert client.post(PATH, data={"name": "x"}).status_code == 404
