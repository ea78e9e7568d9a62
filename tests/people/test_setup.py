"""The first organisation, set up in the browser with a one-time code."""

import re
from datetime import timedelta

import pytest
import time_machine
from werkzeug.test import TestResponse

from lms.errors import Conflict
from lms.people import queries, service
from tests.world import NOW, PASSWORD, World

FORM = {
    "name": "Kota Contoh",
    "slug": "kota-contoh",
    "admin_name": "Adi",
    "email": "adi@kota.example",
    "password": PASSWORD,
    "again": PASSWORD,
}


def new_code(world: World) -> str:
    with world.transaction() as session:
        return service.new_setup_code(session, now=NOW - timedelta(hours=1))


def send(world: World, code: str, **changed: str) -> TestResponse:
    with time_machine.travel(NOW, tick=False):
        return world.client().post("/setup", data=FORM | {"code": code} | changed)


def test_the_code_sets_up_the_organisation_and_signs_its_administrator_in(world: World) -> None:
    client, code = world.client(), new_code(world)
    with time_machine.travel(NOW, tick=False):
        assert client.get("/setup").status_code == 200
        assert client.post("/setup", data=FORM | {"code": code}).location == "/"
        assert "Adi" in client.get("/people").text
        entered = world.client().post("/sign-in", data={"name": "adi@kota.example", "password": PASSWORD})
    assert entered.status_code == 303
    with world.reading() as session:
        only = queries.only_organisation(session)
    assert only is not None
    assert (only.slug, only.name) == ("kota-contoh", "Kota Contoh")


def test_once_set_up_there_is_no_such_page(world: World) -> None:
    code = new_code(world)
    send(world, code)
    assert world.client().get("/setup").status_code == 404
    assert send(world, code, slug="lain").status_code == 404
    with pytest.raises(Conflict):
        new_code(world)


def test_the_code_may_be_typed_in_small_letters_and_without_hyphens(world: World) -> None:
    assert send(world, new_code(world).lower().replace("-", " ")).status_code == 303


def test_a_newer_code_ends_the_older_one(world: World) -> None:
    old, new = new_code(world), new_code(world)
    assert send(world, old).status_code == 422
    assert send(world, new).status_code == 303


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"code": "AAAA-AAAA-AAAA-AAAA"}, "That is not the code"),
        ({"slug": "Kota Contoh"}, "small letters"),
        ({"email": "adi"}, "is not an e-mail address"),
        ({"password": "adi@kota.example", "again": "adi@kota.example"}, "Do not use your name"),
        ({"password": "pendek", "again": "pendek"}, "12 characters or more"),
        ({"again": "lain"}, "The two passwords differ."),
        ({"name": " "}, "This is needed."),
    ],
)
def test_it_says_what_is_wrong_and_sets_nothing_up(world: World, changed: dict[str, str], told: str) -> None:
    code = new_code(world)
    answer = send(world, **{"code": code} | changed)
    assert answer.status_code == 422
    assert told in answer.text
    with world.reading() as session:
        assert queries.is_empty(session)
    assert send(world, code).status_code == 303


def test_what_is_missing_is_told_in_the_order_of_the_page(world: World) -> None:
    _ = new_code(world)
    page = send(world, "", **dict.fromkeys(FORM, "")).text
    told = re.findall(r'<li><a href="#(\w+)">', page)
    assert told == ["code", "name", "slug", "admin_name", "email", "password", "again"]


def test_without_a_code_no_code_is_right(world: World) -> None:
    assert send(world, "").status_code == 422
    assert send(world, "AAAA-AAAA-AAAA-AAAA").status_code == 404


def test_guessing_the_code_is_limited(world: World) -> None:
    code = new_code(world)
    assert [send(world, "AAAA-AAAA-AAAA-AAAA").status_code for _ in range(9)] == [422] * 8 + [429]
    assert send(world, code).status_code == 429
    with time_machine.travel(NOW + timedelta(minutes=1), tick=False):
        assert world.client().post("/setup", data=FORM | {"code": code}).status_code == 303
