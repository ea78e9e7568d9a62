"""The Person at GET /agents: all agents that stand for one participant, and nobody else."""

import json
from typing import Any

import pytest

from lms.people import service as people
from lms.people.rules import mbox_sha1
from lms.xapi import rules
from tests.world import NOW, World
from tests.xapi.lrs import ANI, BUDI, HOME, Lrs, lrs, statement

Agent = dict[str, Any]


def account(name: str, home: str = HOME) -> Agent:
    return {"account": {"homePage": home, "name": name}}


def mbox(local: str) -> Agent:
    return {"mbox": f"mailto:{local}@sukabumi.example"}


SAID = account("peserta-17", "https://lain.example")
HASHED = {"mbox_sha1sum": mbox_sha1("ani@sukabumi.example")}
SENT = (
    account(ANI) | {"name": "Ani"},
    mbox("Ani") | {"name": "Ani Contoh"},
    HASHED,
    SAID | {"name": "A. Contoh"},
    account(BUDI) | {"name": "Budi"},
    account("peserta-18", "https://lain.example") | {"name": "Siapa"},
)
ALL_OF_ANI: Agent = {
    "objectType": "Person",
    "name": ["A. Contoh", "Ani", "Ani Contoh"],
    "account": [account(ANI)["account"], SAID["account"]],
    "mbox": ["mailto:Ani@sukabumi.example"],
    "mbox_sha1sum": [HASHED["mbox_sha1sum"]],
}


def person(client: Lrs, agent: Agent) -> Any:
    response = client.request("GET", "/xapi/agents", query_string={"agent": json.dumps(agent)})
    assert response.status_code == 200, response.text
    return response.json


def say(world: World, agent: Agent, who: str) -> None:
    """Somebody says that the agent stands for this participant."""
    participant, key = world.participant(who), rules.parse_agent(json.dumps(agent)).key
    with world.transaction() as session:
        people.match_agent(
            session,
            organisation_id=world.sukabumi,
            agent_key=key,
            participant_id=participant,
            matched_by=None,
            now=NOW,
        )


@pytest.fixture
def client(world: World) -> Lrs:
    """Ani under four agents, Budi, and somebody unknown have sent statements."""
    _ = world.cohort
    found = lrs(world)
    found.sent(*(statement() | {"actor": actor} for actor in SENT))
    say(world, SAID, "Ani")
    return found


def members(found: Agent) -> dict[str, Any]:
    """Its members, in no order: the agent that was asked for comes first."""
    return {name: sorted(map(json.dumps, value)) for name, value in found.items() if isinstance(value, list)}


@pytest.mark.parametrize("asked", [account(ANI), mbox("Ani"), HASHED, SAID])
def test_any_agent_of_a_participant_gives_all_of_them(client: Lrs, asked: Agent) -> None:
    found = person(client, asked)

    assert members(found) == members(ALL_OF_ANI)
    ((kind, value),) = asked.items()
    assert found[kind][0] == value


def test_one_that_was_never_seen_joins_those_of_its_participant(client: Lrs) -> None:
    found = person(client, account(ANI, "https://baru.example") | {"name": "Ani Baru"})

    assert found["account"] == [account(ANI, "https://baru.example")["account"], *ALL_OF_ANI["account"]]
    assert found["name"] == ["A. Contoh", "Ani", "Ani Baru", "Ani Contoh"]


def test_nobody_else_is_in_it(client: Lrs) -> None:
    assert person(client, account(BUDI)) == {
        "objectType": "Person",
        "name": ["Budi"],
        "account": [account(BUDI)["account"]],
    }
    assert person(client, SENT[-1])["name"] == ["Siapa"]


def test_what_somebody_has_said_goes_before_the_rules(world: World, client: Lrs) -> None:
    say(world, mbox("Ani"), "Budi")

    assert "mbox" not in person(client, account(ANI))
    assert person(client, account(BUDI))["mbox"] == ["mailto:Ani@sukabumi.example"]


@pytest.mark.parametrize("scope", ["state", "profile"])
def test_who_may_not_read_statements_learns_no_other_identifier(world: World, client: Lrs, scope: str) -> None:
    assert person(lrs(world, scope), account(ANI)) == {
        "objectType": "Person",
        "name": ["Ani"],
        "account": [account(ANI)["account"]],
    }


def test_another_organisation_learns_nothing(world: World, client: Lrs) -> None:
    others = lrs(world, organisation_id=world.bandung)

    assert person(others, account(ANI)) == {"objectType": "Person", "account": [account(ANI)["account"]]}
    assert person(others, SAID) == {"objectType": "Person", "account": [SAID["account"]]}
