"""Signing in and out, limits, the cookie, and one's own password, as a browser meets them."""

import re
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from lms.errors import TooMany
from lms.people import passwords, service
from lms.people.models import Account, SignInFailure
from lms.people.rules import NewParticipant
from tests.world import NOW, PASSWORD, World

EMAIL = "ani@sukabumi.example"
NIP = "199001012026031001A"
ANOTHER = "sebuah kalimat yang lain"


@pytest.fixture
def manager(world: World) -> UUID:
    """A manager with a password, in the only organisation."""
    return add(world, role="manager", name="Mira", email="mira@sukabumi.example")


@pytest.fixture
def ani(world: World) -> UUID:
    """The account of a participant, who is known by an identifier and an e-mail of her own."""
    organisation_id, people = world.sukabumi, [NewParticipant(identifier=NIP, name="Ani", email=EMAIL)]
    with world.transaction() as session:
        found = service.add_participants(session, organisation_id=organisation_id, people=people, now=NOW)
    return add(world, role="participant", name="Ani", participant_id=found[NIP])


def add(world: World, *, organisation_id: int | None = None, password: str = PASSWORD, **account: Any) -> UUID:
    organisation_id = organisation_id or world.sukabumi
    with world.transaction() as session:
        return service.add_account(session, organisation_id=organisation_id, password=password, now=NOW, **account)


def sign_in(client: FlaskClient, name: str, password: str = PASSWORD, path: str = "/sign-in") -> TestResponse:
    return client.post(path, data={"name": name, "password": password})


def is_in(client: FlaskClient) -> bool:
    return client.get("/account").status_code == 200


@pytest.mark.parametrize("name", ["mira@sukabumi.example", " MIRA@Sukabumi.example "])
def test_staff_sign_in_by_their_email(world: World, manager: UUID, name: str) -> None:
    client = world.client()
    answer = sign_in(client, name)
    assert (answer.status_code, answer.location) == (303, "/")
    assert is_in(client)


@pytest.mark.parametrize("name", [NIP, NIP.lower(), EMAIL, EMAIL.upper()])
def test_a_participant_signs_in_by_identifier_or_email(world: World, ani: UUID, name: str) -> None:
    client = world.client()
    assert sign_in(client, name).status_code == 303
    assert is_in(client)


def test_an_email_means_the_member_of_staff_before_the_participant(world: World, ani: UUID) -> None:
    add(world, role="facilitator", name="Ani, facilitator", email=EMAIL)
    client = world.client()
    sign_in(client, EMAIL)
    assert "Ani, facilitator" in client.get("/account").text
    client = world.client()
    sign_in(client, NIP)
    assert "Ani, facilitator" not in client.get("/account").text


@pytest.mark.parametrize(
    ("name", "password"),
    [
        ("mira@sukabumi.example", "salah salah salah"),
        ("nobody@sukabumi.example", PASSWORD),
        ("mira@sukabumi.example", "x" * 999),
    ],
)
def test_a_wrong_name_and_a_wrong_password_get_the_same_answer(
    world: World, manager: UUID, name: str, password: str
) -> None:
    client = world.client()
    answer = sign_in(client, name, password)
    assert answer.status_code == 422
    assert "That is not right." in answer.text
    assert password not in answer.text
    assert not is_in(client)


def test_nobody_without_a_password_of_their_own_gets_in(world: World) -> None:
    world.account("manager")
    for password in ("", "None", "the password of nobody at all"):
        assert sign_in(world.client(), "manager@sukabumi.example", password).status_code == 422


def test_the_password_is_looked_at_for_unknown_names_too(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    looks = []
    monkeypatch.setattr(passwords.hasher.__class__, "verify", lambda _, kept, given: looks.append(kept))
    assert world.sukabumi
    assert sign_in(world.client(), "nobody@sukabumi.example").status_code == 422
    assert looks == [passwords.NOBODYS]


def test_letters_built_in_another_way_are_the_same_password(world: World) -> None:
    add(world, role="admin", name="J", email="j@x.example", password="Jose\u0301 minum kopi")
    assert sign_in(world.client(), "j@x.example", "Jos\u00e9 minum kopi").status_code == 303


# Organisations


def test_an_account_is_its_organisations(world: World, manager: UUID) -> None:
    assert world.bandung
    assert sign_in(world.client(), "mira@sukabumi.example", path="/o/bandung/sign-in").status_code == 422
    assert sign_in(world.client(), "mira@sukabumi.example", path="/o/sukabumi/sign-in").status_code == 303
    assert world.client().get("/o/nowhere/sign-in").status_code == 404


def test_of_several_organisations_none_is_listed(world: World) -> None:
    assert world.sukabumi
    assert world.bandung
    client = world.client()
    page = client.get("/sign-in")
    assert page.status_code == 200
    assert "Sukabumi" not in page.text
    assert "Bandung" not in page.text
    chosen = client.post("/sign-in?next=/people", data={"organisation": "Bandung"})
    assert (chosen.status_code, chosen.location) == (303, "/o/bandung/sign-in?next=/people")
    assert client.post("/sign-in", data={"organisation": "nowhere"}).status_code == 422


def test_without_any_organisation_the_setup_comes_first(world: World) -> None:
    answer = world.client().get("/sign-in")
    assert (answer.status_code, answer.location) == (303, "/setup")


# Where to afterwards


def test_whoever_must_sign_in_first_comes_back(world: World, manager: UUID) -> None:
    client = world.client()
    sent = client.get("/people?search=ani%20contoh")
    assert sent.status_code == 303
    assert sign_in(client, "mira@sukabumi.example", path=sent.location).location == "/people?search=ani%20contoh"


@pytest.mark.parametrize(
    "target",
    ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/\t/evil.example", ""],
)
def test_nobody_is_sent_to_another_site(world: World, manager: UUID, target: str) -> None:
    client = world.client()
    answer = client.post(
        "/sign-in", query_string={"next": target}, data={"name": "mira@sukabumi.example", "password": PASSWORD}
    )
    assert answer.location == "/"


def test_what_was_posted_is_not_posted_again_after_signing_in(world: World) -> None:
    assert world.sukabumi
    assert world.client().post("/people/new").location == "/sign-in"


def test_a_fragment_sends_its_whole_page_to_the_sign_in(world: World) -> None:
    assert world.sukabumi
    headers = {"HX-Request": "true", "HX-Current-URL": "http://localhost/people?search=x"}
    answer = world.client().get("/people", headers=headers)
    assert answer.status_code == 401
    assert answer.headers["HX-Redirect"] == "/sign-in?next=/people?search%3Dx"


def test_a_program_that_wants_json_gets_a_401(world: World) -> None:
    assert world.sukabumi
    assert world.client().get("/people", headers={"Accept": "application/json"}).status_code == 401


def test_whoever_is_in_already_needs_no_form(world: World, manager: UUID) -> None:
    client = world.client()
    sign_in(client, "mira@sukabumi.example")
    assert client.get("/sign-in?next=/people").location == "/people"


# Limits


def test_after_eight_wrong_passwords_even_the_right_one_must_wait(world: World, manager: UUID) -> None:
    client = world.client()
    with time_machine.travel(NOW, tick=False) as clock:
        for _ in range(8):
            assert sign_in(client, "mira@sukabumi.example", "salah salah salah").status_code == 422
        locked = sign_in(client, "MIRA@sukabumi.example")
        assert locked.status_code == 429
        assert "Too many tries" in locked.text
        clock.shift(timedelta(seconds=59))
        assert sign_in(client, "mira@sukabumi.example").status_code == 429
        clock.shift(timedelta(seconds=1))
        assert sign_in(client, "mira@sukabumi.example").status_code == 303


def test_names_that_nobody_has_are_locked_too(world: World) -> None:
    assert world.sukabumi
    client = world.client()
    with time_machine.travel(NOW, tick=False):
        answers = [sign_in(client, "nobody@sukabumi.example").status_code for _ in range(9)]
    assert answers == [422] * 8 + [429]


def test_being_refused_is_no_further_failure(world: World, manager: UUID) -> None:
    client = world.client()
    with time_machine.travel(NOW, tick=False):
        for _ in range(12):
            sign_in(client, "mira@sukabumi.example", "salah salah salah")
    with world.reading() as session:
        assert session.scalars(select(SignInFailure.failures)).all() == [8]


def test_a_right_password_wipes_out_the_failures(world: World, manager: UUID) -> None:
    client = world.client()
    for _ in range(2):
        for _ in range(7):
            sign_in(client, "mira@sukabumi.example", "salah salah salah")
        assert sign_in(client, "mira@sukabumi.example").status_code == 303
        client = world.client()


def test_failures_of_yesterday_are_forgotten(world: World, manager: UUID) -> None:
    client = world.client()
    with time_machine.travel(NOW, tick=False) as clock:
        for _ in range(8):
            sign_in(client, "mira@sukabumi.example", "salah salah salah")
        clock.shift(timedelta(days=1))
        sign_in(client, "mira@sukabumi.example", "salah salah salah")
        assert sign_in(client, "mira@sukabumi.example").status_code == 303


def test_forty_people_behind_one_address_all_get_in(world: World, manager: UUID) -> None:
    with time_machine.travel(NOW, tick=False):
        for number in range(40):
            sign_in(world.client(), f"nobody{number}@sukabumi.example")
        assert sign_in(world.client(), "mira@sukabumi.example").status_code == 303


def test_failures_in_one_organisation_do_not_lock_the_name_in_another(world: World, manager: UUID) -> None:
    assert world.bandung
    client = world.client()
    with time_machine.travel(NOW, tick=False):
        for _ in range(9):
            sign_in(client, "mira@sukabumi.example", path="/o/bandung/sign-in")
        assert sign_in(client, "mira@sukabumi.example", path="/o/sukabumi/sign-in").status_code == 303


# The cookie


def test_signing_in_begins_a_new_session(world: World, manager: UUID) -> None:
    client = world.client()
    with client.session_transaction() as cookie:
        cookie["prepared"] = "by somebody else"
    sign_in(client, "mira@sukabumi.example")
    with client.session_transaction() as cookie:
        assert "prepared" not in cookie


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(world: World, manager: UUID) -> None:
    told = sign_in(world.client(), "mira@sukabumi.example").headers["Set-Cookie"]
    assert "HttpOnly" in told
    assert "SameSite=Lax" in told


def test_signing_out_ends_it(world: World, manager: UUID) -> None:
    client = world.client()
    sign_in(client, "mira@sukabumi.example")
    assert client.get("/sign-out").status_code == 405
    assert client.post("/sign-out").location == "/o/sukabumi/sign-in"
    assert not is_in(client)
    assert client.post("/sign-out").location == "/sign-in"


def test_an_account_that_is_switched_off_is_out_at_once(world: World, manager: UUID) -> None:
    client = world.client()
    sign_in(client, "mira@sukabumi.example")
    add(world, role="admin", name="Adi", email="adi@sukabumi.example")
    with world.transaction() as session:
        service.set_active(session, organisation_id=world.sukabumi, account_id=manager, active=False)
    assert not is_in(client)
    assert sign_in(client, "mira@sukabumi.example").status_code == 422


def test_no_form_is_taken_without_its_csrf_token(world: World, manager: UUID) -> None:
    world.app.config["WTF_CSRF_ENABLED"] = True
    try:
        client = world.client()
        assert sign_in(client, "mira@sukabumi.example").status_code == 400
        token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/sign-in").text)
        assert token is not None
        data = {"name": "mira@sukabumi.example", "password": PASSWORD, "csrf_token": token.group(1)}
        assert client.post("/sign-in", data=data).status_code == 303
        assert client.post("/sign-out", data={"csrf_token": token.group(1)}).status_code == 400
    finally:
        world.app.config["WTF_CSRF_ENABLED"] = False


# One's own password


def change(client: FlaskClient, present: str = PASSWORD, new: str = ANOTHER, again: str | None = None) -> TestResponse:
    return client.post("/account", data={"present": present, "password": new, "again": again or new})


def test_a_new_password_signs_out_every_other_device(world: World, ani: UUID) -> None:
    phone, desk = world.client(), world.client()
    for client in (phone, desk):
        sign_in(client, NIP)
    assert change(desk).location == "/account"
    assert is_in(desk)
    assert not is_in(phone)
    assert sign_in(phone, NIP).status_code == 422
    assert sign_in(phone, NIP, ANOTHER).status_code == 303


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ({"present": "salah salah salah"}, "That is not your present password."),
        ({"new": "pendek"}, "12 characters or more"),
        ({"new": NIP}, "Do not use your name"),
        ({"new": EMAIL}, "Do not use your name"),
        ({"again": "kalimat yang lain lagi"}, "The two passwords differ."),
    ],
)
def test_it_says_what_is_wrong_and_leaves_the_password(
    world: World, ani: UUID, data: dict[str, str], told: str
) -> None:
    client = world.client()
    sign_in(client, NIP)
    answer = change(client, **data)
    assert answer.status_code == 422
    assert told in answer.text
    assert sign_in(world.client(), NIP).status_code == 303


def test_guessing_the_present_password_is_limited_but_weak_new_ones_are_no_guesses(world: World, ani: UUID) -> None:
    client = world.client()
    with time_machine.travel(NOW, tick=False):
        sign_in(client, NIP)
        for _ in range(9):
            assert change(client, new="pendek").status_code == 422
        assert [change(client, present="salah salah salah").status_code for _ in range(9)] == [422] * 8 + [429]


def test_the_last_sign_in_is_kept(world: World, manager: UUID) -> None:
    with time_machine.travel(NOW, tick=False):
        sign_in(world.client(), "mira@sukabumi.example")
    with world.reading() as session:
        assert session.scalar(select(Account.last_sign_in_at)) == NOW


def test_of_many_tries_at_once_no_more_are_looked_at_than_one_after_another(world: World, manager: UUID) -> None:
    organisation_id, start = world.sukabumi, threading.Barrier(20)

    def guess(_: int) -> bool:
        start.wait()
        try:
            with world.transaction() as session:
                service.attempt(session, organisation_id=organisation_id, name="mira@sukabumi.example", now=NOW)
        except TooMany:
            return False
        return True

    with ThreadPoolExecutor(20) as threads:
        assert sum(threads.map(guess, range(20))) == 8


def test_failures_of_yesterday_do_not_pile_up(world: World, manager: UUID) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        sign_in(world.client(), "invented@sukabumi.example")
        clock.shift(timedelta(hours=23))
        sign_in(world.client(), "young@sukabumi.example")
        clock.shift(timedelta(hours=1))
        assert sign_in(world.client(), "mira@sukabumi.example").status_code == 303
    with world.reading() as session:
        assert len(session.scalars(select(SignInFailure)).all()) == 1


def test_a_fragment_that_names_no_address_is_sent_to_sign_in_all_the_same(world: World) -> None:
    assert world.sukabumi
    response = world.client().get("/", headers={"HX-Request": "true", "HX-Current-URL": "http://[x"})
    assert response.status_code == 401
    assert "/sign-in" in response.headers["HX-Redirect"]
