"""What is known of agents and of activities, by HTTP."""

import json
from typing import Any

import pytest

from tests.world import World
from tests.xapi.lrs import ANI, HOME, MODULE, SECOND, lrs, statement

ANI_AGENT = {"account": {"homePage": HOME, "name": ANI}}


def described(definition: dict[str, Any], iri: str = MODULE) -> dict[str, Any]:
    return {"objectType": "Activity", "id": iri, "definition": definition}


def activity(client: Any, iri: str = MODULE) -> Any:
    return client.request("GET", "/xapi/activities", query_string={"activityId": iri}).json


def test_a_person_is_all_that_is_known_in_arrays(world: World) -> None:
    client = lrs(world)
    client.sent(statement() | {"actor": {**ANI_AGENT, "name": "Ani Contoh"}})
    query = {"agent": json.dumps({**ANI_AGENT, "name": "Ani"})}

    assert client.request("GET", "/xapi/agents", query_string=query).json == {
        "objectType": "Person",
        "name": ["Ani", "Ani Contoh"],
        "account": [ANI_AGENT["account"]],
    }


@pytest.mark.parametrize(
    "agent",
    [
        {"mbox": "mailto:siapa@sukabumi.example"},
        {"openid": "https://siapa.sukabumi.example"},
        {"mbox_sha1sum": "f" * 40},
    ],
)
def test_somebody_who_was_never_seen_is_who_was_asked_for(world: World, agent: dict[str, str]) -> None:
    ((kind, value),) = agent.items()
    response = lrs(world).request("GET", "/xapi/agents", query_string={"agent": json.dumps(agent)})

    assert (response.status_code, response.json) == (200, {"objectType": "Person", kind: [value]})


def test_an_activity_has_all_that_statements_told_of_it(world: World) -> None:
    client = lrs(world)
    client.sent(
        statement(object=described({"name": {"id": "Modul 1"}, "extensions": {f"{HOME}/jp": 3}})),
        statement(object=described({"name": {"en": "Module 1"}, "type": f"{HOME}/modul"})),
    )
    inside = {"contextActivities": {"parent": described({"name": {"id": "Induk"}}, SECOND)}}
    client.sent(statement(context=inside, object=described({"name": {"id": "Modul satu"}})))

    assert activity(client) == {
        "objectType": "Activity",
        "id": MODULE,
        "definition": {
            "name": {"id": "Modul satu", "en": "Module 1"},
            "extensions": {f"{HOME}/jp": 3},
            "type": f"{HOME}/modul",
        },
    }
    assert activity(client, SECOND)["definition"] == {"name": {"id": "Induk"}}


def test_an_activity_that_nobody_described_is_its_id(world: World) -> None:
    assert activity(lrs(world)) == {"objectType": "Activity", "id": MODULE}


def test_only_who_may_define_describes_activities(world: World) -> None:
    reader = lrs(world)
    lrs(world, "statements/write").sent(statement(object=described({"name": {"id": "Palsu"}})))
    assert "definition" not in activity(reader)

    lrs(world, "statements/write", "define").sent(statement(object=described({"name": {"id": "Modul"}})))
    assert activity(reader)["definition"] == {"name": {"id": "Modul"}}


def test_a_refused_batch_describes_nothing(world: World) -> None:
    client = lrs(world)
    bad = statement(object=described({"name": {"id": "Modul"}}, SECOND)) | {"verb": {"id": "selesai"}}
    client.post(statement(object=described({"name": {"id": "Modul"}})), bad)

    assert "definition" not in activity(client)


def test_no_other_organisation_knows_of_it(world: World) -> None:
    lrs(world).sent(
        statement(object=described({"name": {"id": "Modul"}})) | {"actor": {**ANI_AGENT, "name": "Ani Contoh"}}
    )
    others = lrs(world, organisation_id=world.bandung)
    query = {"agent": json.dumps(ANI_AGENT)}

    assert "definition" not in activity(others)
    assert "name" not in (others.request("GET", "/xapi/agents", query_string=query).json or {})


@pytest.mark.parametrize("path", ["/xapi/agents", "/xapi/activities"])
@pytest.mark.parametrize(
    ("scope", "status"),
    [
        ("statements/read", 200),
        ("all/read", 200),
        ("state", 200),
        ("profile", 200),
        ("all", 200),
        ("statements/write", 403),
        ("statements/read/mine", 403),
        ("define", 403),
    ],
)
def test_who_may_ask(world: World, path: str, scope: str, status: int) -> None:
    query = {"agent": json.dumps(ANI_AGENT)} if path.endswith("agents") else {"activityId": MODULE}

    assert lrs(world, scope).request("GET", path, query_string=query).status_code == status


@pytest.mark.parametrize(
    ("path", "query", "wrong"),
    [
        ("/xapi/agents", "", "agent"),
        ("/xapi/agents", "agent=ani", "agent"),
        ("/xapi/agents", 'agent={"objectType":"Person"}', "agent"),
        ("/xapi/agents", "agent={}&x=1", "x"),
        ("/xapi/activities", "", "activityId"),
        ("/xapi/activities", "activityId=modul", "activityId"),
        ("/xapi/activities", "activityid=https://mooc.example/1", "activityid"),
        ("/xapi/activities", "activityId=https://mooc.example/1&activityId=https://mooc.example/1", "activityId"),
    ],
)
def test_bad_parameters_are_named(world: World, path: str, query: str, wrong: str) -> None:
    response = lrs(world).request("GET", f"{path}?{query}")

    assert response.status_code == 400
    assert (response.json or {})["place"].startswith(wrong)
