"""Who may open which of these pages; for everybody else there is no such page."""

from urllib.parse import quote

import pytest
from flask import url_for

from lms.progress.rules import assessment_unit
from tests.dashboards.facts import MODULE_1
from tests.world import World

STAFF_OF_ALL = ("manager", "admin", "auditor")


def addresses(world: World, name: str) -> dict[str, str]:
    """Every address about a participant."""
    participant_id = world.participant(name)
    units = {
        "module": MODULE_1,
        "session": str(world.session_id("S01")),
        "assessment": assessment_unit(world.cohort, "project"),
    }
    base = f"/cohorts/III/participants/{participant_id}"
    found = {"page": base, "whole": f"{base}/explain", "component": f"{base}/explain/mooc"}
    found |= {"json": f"{base}/explain.json", "pdf": f"{base}/explain.pdf"}
    return found | {kind: f"{base}/units/{kind}?unit={quote(unit, safe='')}" for kind, unit in units.items()}


@pytest.mark.parametrize("role", [*STAFF_OF_ALL, "facilitator", "participant"])
def test_everything_about_a_participant_is_open_to_these(world: World, role: str) -> None:
    client = world.client(role)
    assert {
        what: client.get(address).status_code for what, address in addresses(world, "Ani").items()
    } == dict.fromkeys(addresses(world, "Ani"), 200)


@pytest.mark.parametrize(
    ("role", "name", "whose"),
    [
        ("participant", "", "Budi"),
        ("participant", "", "Citra"),
        ("facilitator", "", "Citra"),
        ("facilitator", "facilitator_b", "Ani"),
    ],
)
def test_for_these_there_is_no_such_page(world: World, role: str, name: str, whose: str) -> None:
    client = world.client(role, name=name)
    answers = {what: client.get(address) for what, address in addresses(world, whose).items()}
    assert {what: answer.status_code for what, answer in answers.items()} == dict.fromkeys(answers, 404)
    assert not any(f"{whose} Contoh" in answer.text for answer in answers.values())


@pytest.mark.parametrize("role", ["manager", "admin", "auditor", "facilitator"])
def test_another_organisation_finds_nothing(world: World, role: str) -> None:
    client = world.client(role, name=f"bandung_{role}", organisation_id=world.bandung)
    asked = [*addresses(world, "Ani").values(), "/cohorts/III", "/cohorts/III?status=review"]
    assert [client.get(address).status_code for address in asked] == [404] * len(asked)
    assert "Angkatan III" not in client.get("/").text


def test_nobody_signed_in_is_asked_to_sign_in_first(world: World) -> None:
    client = world.client(None)
    asked = [*addresses(world, "Ani").values(), "/", "/me", "/cohorts/III"]
    answers = [client.get(address) for address in asked]
    assert [answer.status_code for answer in answers] == [303] * len(asked)
    assert all(answer.location.startswith("/sign-in?next=") for answer in answers)


@pytest.mark.parametrize(
    ("role", "name", "address", "status"),
    [
        ("manager", "", "/cohorts/III", 200),
        ("admin", "", "/cohorts/III", 200),
        ("auditor", "", "/cohorts/III", 200),
        ("facilitator", "", "/cohorts/III", 200),
        ("participant", "", "/cohorts/III", 403),
        ("manager", "", "/cohorts/IV", 404),
        ("manager", "", "/", 200),
        ("admin", "", "/", 200),
        ("auditor", "", "/", 200),
        ("facilitator", "", "/", 200),
        ("participant", "", "/", 302),
        ("participant", "", "/me", 200),
        ("participant", "", "/me?cohort=III", 200),
        ("participant", "", "/me?cohort=II", 404),
        ("manager", "", "/me", 403),
        ("facilitator", "", "/me", 403),
    ],
)
def test_which_role_opens_which_page(world: World, role: str, name: str, address: str, status: int) -> None:
    assert world.client(role, name=name).get(address).status_code == status


@pytest.mark.parametrize(
    "missing",
    [
        "explain/nothing",
        "units/module?unit=https://mooc.example/modul/3",
        "units/module",
        "units/session?unit=https://mooc.example/modul/1",
        "units/session?unit=S01",
        "units/nothing?unit=x",
    ],
)
def test_what_the_programme_does_not_have_is_not_found(world: World, missing: str) -> None:
    address = f"/cohorts/III/participants/{world.participant('Ani')}/{missing}"
    assert world.client("manager").get(address).status_code == 404


def test_a_session_of_another_group_is_not_a_unit_of_this_participant(world: World) -> None:
    with world.app.test_request_context():
        address = url_for(
            "dashboards.explain_unit",
            code="III",
            participant_id=world.participant("Ani"),
            kind="session",
            unit=str(world.session_id("SEM-B")),
        )
    assert world.client("manager").get(address).status_code == 404


def test_somebody_who_is_in_no_cohort_of_this_code_is_not_found(world: World) -> None:
    address = "/cohorts/III/participants/00000000-0000-0000-0000-000000000000"
    assert world.client("manager").get(address).status_code == 404


@pytest.mark.parametrize("code", ["%F0%9F%8D%8C", "III%20"])
def test_a_code_that_nobody_could_have_given_is_not_found(world: World, code: str) -> None:
    assert world.client("manager").get(f"/cohorts/{code}").status_code == 404
