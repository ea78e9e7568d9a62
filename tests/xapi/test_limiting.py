"""Limited credentials by HTTP: what they may send, change, void and read."""

import json
from typing import Any
from uuid import UUID, uuid4

import pytest

from lms.errors import DomainError, NotFound
from lms.xapi import queries, rules, service
from tests.world import NOW, World
from tests.xapi.lrs import (
    ANI,
    BUDI,
    HOME,
    MODULE,
    SECOND,
    Lrs,
    counts,
    credential,
    limit,
    lrs,
    module,
    referring,
    statement,
    voiding,
)

OTHER = "https://other.example"
STATE, ACTIVITY, AGENT = "/xapi/activities/state", "/xapi/activities/profile", "/xapi/agents/profile"


def limited(world: World, *, home_pages: tuple[str, ...] = (HOME,), prefixes: tuple[str, ...] = (MODULE,)) -> Lrs:
    """A client that may do everything for accounts of the MOOC and its first module, if not said otherwise."""
    client = lrs(world)
    limit(world, client, home_pages=home_pages, prefixes=prefixes)
    return client


def of_other(name: str = ANI, **members: Any) -> dict[str, Any]:
    return statement(name, **members) | {"actor": {"account": {"homePage": OTHER, "name": name}}}


def found(client: Lrs) -> set[str]:
    return set(client.found(limit="100"))


# Statements


def test_a_batch_with_one_statement_outside_is_refused_as_a_whole(world: World) -> None:
    client = limited(world)
    for sent, place, named in (
        ([statement(), of_other()], "statements[1].actor", OTHER),
        ([statement(), statement(iri=SECOND)], "statements[1].object.id", SECOND),
    ):
        response = client.post(*sent)

        assert response.status_code == 403
        assert response.mimetype == "application/json"
        told = response.json or {}
        assert told["place"] == place
        assert named in told["error"]
    assert client.post(of_other()).json["place"] == "statement.actor"  # type: ignore[index]
    assert client.put(of_other(), statementId=str(uuid4())).status_code == 403
    assert found(lrs(world)) == set()
    assert counts(world).queued == 0


def test_nobody_passes_a_module_by_a_credential_of_another_system(world: World) -> None:
    _ = world.cohort
    forger = limited(world, home_pages=(OTHER,), prefixes=())
    passed: dict[str, Any] = {"result": {"success": True, "completion": True}}
    for sent in (
        statement(**passed),
        statement(**passed) | {"actor": {"mbox": "mailto:ani@sukabumi.example"}},
        statement(**passed) | {"actor": {"objectType": "Group", "member": [{"mbox": "mailto:ani@sukabumi.example"}]}},
    ):
        assert forger.post(sent).status_code == 403

    assert not module(world, "Ani").passed
    lrs(world).sent(statement(**passed))
    assert module(world, "Ani").passed


def test_what_lies_inside_is_stored(world: World) -> None:
    client = limited(world)
    ids = client.sent(statement(), statement(BUDI, iri=f"{MODULE}/kuis"))

    assert found(client) == set(ids)


def test_limits_hold_from_the_next_request_on_though_the_credential_is_remembered(world: World) -> None:
    client = lrs(world)
    sent = client.sent(of_other(), of_other(iri=SECOND))
    limit(world, client, home_pages=(HOME,))
    assert client.post(of_other()).status_code == 403
    sent += client.sent(statement())
    limit(world, client, prefixes=(MODULE,))
    assert client.post(statement(iri=SECOND)).status_code == 403
    sent += client.sent(of_other())
    limit(world, client)
    sent += client.sent(of_other(iri=SECOND))

    assert found(client) == set(sent)


def test_who_is_new_is_known_although_the_first_try_met_a_changed_credential(world: World) -> None:
    client = lrs(world)
    client.sent(statement())
    limit(world, client, home_pages=(HOME,))
    client.sent(statement(BUDI))
    with world.reading() as session:
        keys = {rules.agent_key(rules.AgentRef(kind="account", value=BUDI, home_page=HOME))}
        seen = queries.agents(session, organisation_id=world.sukabumi, keys=keys)

    assert [one.value for one in seen] == [BUDI]


def test_an_equal_statement_of_before_the_limits_is_refused_again(world: World) -> None:
    client, identity = lrs(world), str(uuid4())
    client.sent(of_other(id=identity))
    limit(world, client, home_pages=(HOME,))

    assert client.post(of_other(id=identity)).status_code == 403
    assert found(client) == {identity}


def test_what_cannot_be_a_limit_changes_nothing(world: World) -> None:
    client = limited(world)
    with pytest.raises(DomainError, match="slash after the host"):
        limit(world, client, prefixes=("https://mooc.example",))

    assert client.post(of_other()).status_code == 403


def test_limits_are_told_when_a_credential_is_made(world: World) -> None:
    organisation_id = world.sukabumi
    with world.transaction() as session:
        key, secret = service.add_credential(
            session,
            organisation_id=organisation_id,
            label="MOOC",
            scopes=["all"],
            expires_at=None,
            created_by=None,
            now=NOW,
            home_pages=[HOME],
            activity_prefixes=[MODULE, SECOND],
        )
    client = Lrs(world=world, client=world.app.test_client(), key=key, secret=secret)

    assert credential(world, client).limits == rules.Limits(home_pages=(HOME,), activity_prefixes=(MODULE, SECOND))
    assert client.post(of_other()).status_code == 403
    assert client.post(statement(iri=SECOND)).status_code == 200


def test_another_organisation_cannot_lift_them(world: World) -> None:
    client, bandung = limited(world), world.bandung
    with pytest.raises(NotFound), world.transaction() as session:
        service.limit_credential(
            session,
            organisation_id=bandung,
            credential_id=credential(world, client).id,
            home_pages=(),
            activity_prefixes=(),
        )

    assert client.post(of_other()).status_code == 403


# Voiding


def test_a_limited_credential_voids_only_what_it_sent(world: World) -> None:
    other, client = lrs(world), limited(world, prefixes=())
    (theirs,) = other.sent(statement())
    (mine,) = client.sent(statement())

    response = client.post(voiding(theirs))
    assert response.status_code == 403
    assert (response.json or {})["place"] == theirs
    assert client.post(statement(), voiding(mine), voiding(theirs)).status_code == 403
    assert found(other) == {theirs, mine}
    (void,) = client.sent(voiding(mine))
    assert found(other) == {theirs, void}
    other.sent(voiding(theirs))
    assert theirs not in found(other)


def test_it_voids_nothing_before_it_is_there(world: World) -> None:
    """Ids of some systems can be foretold, so what another one is about to send could be voided beforehand."""
    client, other, identity = limited(world, prefixes=()), lrs(world), str(uuid4())

    assert client.post(voiding(identity)).status_code == 403
    other.sent(statement(id=identity))
    assert found(other) == {identity}


def test_it_may_send_a_statement_and_void_it_at_once(world: World) -> None:
    client, identity, void = limited(world, prefixes=()), str(uuid4()), str(uuid4())

    assert client.post(voiding(identity, id=void), statement(id=identity)).status_code == 200
    assert found(client) == {void}
    assert client.post(voiding(identity, id=void)).status_code == 200


def test_it_does_not_void_what_another_sent_by_sending_it_again(world: World) -> None:
    client, other, identity = limited(world, prefixes=()), lrs(world), str(uuid4())
    other.sent(statement(id=identity))

    assert client.post(statement(id=identity), voiding(identity)).status_code == 403
    assert found(other) == {identity}


def test_what_was_imported_is_not_its_to_void(world: World) -> None:
    client, identity = limited(world, prefixes=()), uuid4()
    from tests.xapi.examples import prepared

    with world.transaction() as session:
        service.store_one(
            session,
            organisation_id=world.sukabumi,
            prepared=[prepared(statement(id=str(identity)))],
            credential_id=None,
        )

    assert client.post(voiding(identity)).status_code == 403


def test_it_may_refer_to_what_others_sent(world: World) -> None:
    client, other = limited(world), lrs(world)
    (theirs,) = other.sent(statement())

    assert client.post(referring(theirs)).status_code == 200


# Documents


def agent(home_page: str) -> str:
    return json.dumps({"account": {"homePage": home_page, "name": ANI}})


DOCUMENTS = {
    "state of another": (STATE, {"activityId": MODULE, "agent": agent(OTHER), "stateId": "x"}, "agent"),
    "state elsewhere": (STATE, {"activityId": SECOND, "agent": agent(HOME), "stateId": "x"}, "activityId"),
    "activity elsewhere": (ACTIVITY, {"activityId": SECOND, "profileId": "x"}, "activityId"),
    "agent of another": (AGENT, {"agent": agent(OTHER), "profileId": "x"}, "agent"),
}


@pytest.mark.parametrize("case", DOCUMENTS)
def test_documents_outside_are_read_and_never_changed(world: World, case: str) -> None:
    path, parameters, place = DOCUMENTS[case]
    client, other = limited(world), lrs(world)
    asked: dict[str, Any] = {"query_string": parameters}
    new = {"data": '{"a": 1}', "content_type": "application/json", "headers": {"If-None-Match": "*"}}
    assert other.request("PUT", path, **asked, **new).status_code == 204

    for method, options in (("PUT", {"data": b"{}"}), ("POST", {"data": b"{}"}), ("DELETE", {})):
        told: dict[str, Any] = {"content_type": "application/json", **options}
        response = client.request(method, path, **asked, headers={"If-Match": "*"}, **told)
        assert response.status_code == 403
        assert (response.json or {})["place"] == place
    assert client.request("GET", path, **asked).data == b'{"a": 1}'


@pytest.mark.parametrize("case", DOCUMENTS)
def test_documents_inside_are_kept(world: World, case: str) -> None:
    path, parameters, _place = DOCUMENTS[case]
    inside = {"activityId": MODULE, "agent": agent(HOME)}
    asked = {"query_string": {name: inside.get(name, value) for name, value in parameters.items()}}
    client = limited(world)

    assert client.request("PUT", path, **asked, data=b"x", headers={"If-None-Match": "*"}).status_code == 204
    assert client.request("DELETE", path, **asked).status_code == 204


def test_all_states_of_another_are_not_deleted_at_once(world: World) -> None:
    client = limited(world)
    theirs = {"activityId": MODULE, "agent": agent(OTHER)}

    assert client.request("DELETE", STATE, query_string=theirs).status_code == 403
    assert client.request("DELETE", STATE, query_string=theirs | {"agent": agent(HOME)}).status_code == 204


# Reading


def test_reading_is_not_limited(world: World) -> None:
    other = lrs(world)
    sent = other.sent(of_other(), statement(iri=SECOND))
    client = limited(world)

    assert client.found(ascending="true") == sent
    assert client.found(agent={"account": {"homePage": OTHER, "name": ANI}}) == [sent[0]]
    assert [UUID(one) for one in client.found(activity=SECOND)] == [UUID(sent[1])]
    assert client.request("GET", "/xapi/agents", query_string={"agent": agent(OTHER)}).status_code == 200
    assert client.request("GET", "/xapi/activities", query_string={"activityId": SECOND}).status_code == 200
