"""What a watchdog asks, and what no room is bothered with."""

import pytest
from flask import Flask

from lms.app import create_app
from lms.settings import Settings
from tests.world import World


def test_it_is_well_while_the_database_answers(world: World) -> None:
    response = world.client().get("/health")
    assert (response.status_code, response.text) == (200, "ok\n")


def test_it_is_unavailable_without_a_database() -> None:
    settings = Settings(
        database_url="postgresql+psycopg://nobody@127.0.0.1:1/nothing",
        secret_key="a secret for tests only, long enough",
    )
    app: Flask = create_app(settings)
    response = app.test_client().get("/health")
    assert response.status_code == 503
    assert response.headers["Retry-After"] == "5"


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("/cohorts/I%00II", None),
        ("/cohorts/III?search=%00", None),
        ("/cohorts/III?group=A&group=%00", None),
        ("/programmes/new", {"content": "a\0b"}),
        ("/people/new", {"name": "a\0b"}),
    ],
)
def test_a_nul_reaches_no_room(world: World, path: str, form: dict[str, str] | None) -> None:
    _ = world.cohort
    client = world.client("manager")
    response = client.get(path) if form is None else client.post(path, data=form)
    assert response.status_code == 400
    assert "NUL" in response.text
