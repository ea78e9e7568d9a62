"""Who may do what with the record store: credentials, scopes, and the line between organisations."""

from base64 import b64encode
from datetime import UTC, datetime, timedelta

import pytest
from werkzeug.datastructures import Authorization

from lms.errors import DomainError, NotFound
from lms.xapi import service
from tests.world import NOW, World
from tests.xapi.lrs import ANI, Lrs, credential, lrs, referring, statement

ID = "01890a5d-ac96-774b-bcce-b302099a8057"

WRITERS = {"statements/write", "all"}
READERS = {"statements/read/mine", "statements/read", "all/read", "all"}
ACTIONS = {
    "post": (WRITERS, lambda client: client.post(statement(id=ID)), 200),
    "put": (WRITERS, lambda client: client.put(statement(), statementId=ID), 204),
    "page": (READERS, lambda client: client.get(), 200),
    "one": (READERS, lambda client: client.get(statementId=ID), 404),
    "head": (READERS, lambda client: client.request("HEAD"), 200),
}


@pytest.mark.parametrize("scope", service.SCOPES)
@pytest.mark.parametrize("action", ACTIONS)
def test_a_scope_opens_what_it_names_and_nothing_else(world: World, action: str, scope: str) -> None:
    openers, act, success = ACTIONS[action]
    client = lrs(world, scope)

    assert act(client).status_code == (success if scope in openers else 403)


def test_every_scope_opens_something() -> None:
    assert set(service.SCOPES) == WRITERS | READERS | {"state", "profile", "define"}


def test_mine_shows_only_what_this_credential_sent(world: World) -> None:
    mine, other = lrs(world, "statements/write", "statements/read/mine"), lrs(world)
    (first,) = mine.sent(statement())
    (second,) = other.sent(statement())
    (third,) = other.sent(referring(first))

    assert mine.found() == [first]
    assert mine.found(verb="http://adlnet.gov/expapi/verbs/completed") == [first]
    assert mine.get(statementId=second).status_code == 404
    assert other.found(ascending="true") == [first, second, third]


def broken(client: Lrs) -> dict[str, Authorization | str | None]:
    """Ways to have no credential."""
    return {
        "none": None,
        "wrong secret": Authorization("basic", {"username": client.key, "password": f"{client.secret}x"}),
        "no secret": Authorization("basic", {"username": client.key, "password": ""}),
        "unknown key": Authorization("basic", {"username": f"{client.key}x", "password": client.secret}),
        "no organisation": Authorization("basic", {"username": "moodle", "password": client.secret}),
        "huge organisation": Authorization("basic", {"username": f"{'9' * 40}.x", "password": client.secret}),
        "other digits": Authorization("basic", {"username": "١.x", "password": client.secret}),
        "bearer": Authorization("bearer", token=client.secret),
        "empty": Authorization("basic", {"username": "", "password": ""}),
    }


@pytest.mark.parametrize("how", [
    "none", "wrong secret", "no secret", "unknown key", "no organisation", "huge organisation", "other digits",
    "bearer", "empty",
])  # fmt: skip
def test_without_a_valid_credential_it_answers_401_and_asks_for_one(world: World, how: str) -> None:
    client = lrs(world)
    for method in ("GET", "POST"):
        response = client.request(method, auth=broken(client)[how], json=statement() if method == "POST" else None)

        assert response.status_code == 401
        assert response.headers["WWW-Authenticate"].startswith("Basic ")
        assert response.mimetype == "application/json"
    assert client.found() == []


@pytest.mark.parametrize("text", ["Basic", "Basic %%%", "Basic " + b64encode(b"\xff\xfe").decode(), "Nonsense"])
def test_a_broken_header_is_no_credential(world: World, text: str) -> None:
    response = lrs(world).request("GET", auth=None, headers={"Authorization": text})

    assert response.status_code == 401


def test_the_key_of_one_organisation_opens_nothing_under_the_prefix_of_another(world: World) -> None:
    client = lrs(world)
    _, _, rest = client.key.partition(".")
    client.key = f"{world.bandung}.{rest}"

    assert client.get().status_code == 401


def test_a_revoked_credential_opens_nothing_from_then_on(world: World) -> None:
    client = lrs(world)
    client.sent(statement(id=ID))
    found = credential(world, client)
    for moment in (NOW, NOW + timedelta(days=1)):
        with world.transaction() as session:
            service.revoke_credential(session, organisation_id=world.sukabumi, credential_id=found.id, now=moment)

    assert client.get().status_code == client.post(statement()).status_code == 401
    assert client.post({"actor": "nobody"}).status_code == 401
    assert credential(world, client).revoked_at == NOW
    assert lrs(world).found() == [ID]


def test_another_organisation_cannot_revoke_it(world: World) -> None:
    client = lrs(world)
    found, _ = credential(world, client), world.bandung
    with pytest.raises(NotFound), world.transaction() as session:
        service.revoke_credential(session, organisation_id=world.bandung, credential_id=found.id, now=NOW)

    assert client.get().status_code == 200


def test_an_expired_credential_opens_nothing(world: World) -> None:
    _ = world.sukabumi
    long_ago = datetime(2020, 1, 1, tzinfo=UTC)
    with world.transaction() as session:
        key, secret = service.add_credential(
            session,
            organisation_id=world.sukabumi,
            label="Old MOOC",
            scopes=["all"],
            expires_at=long_ago + timedelta(days=1),
            created_by=None,
            now=long_ago,
        )
    client = Lrs(world=world, client=world.app.test_client(), key=key, secret=secret)

    assert client.get().status_code == 401


def test_the_secret_is_not_kept(world: World) -> None:
    client = lrs(world)
    found = credential(world, client)

    assert client.secret.encode() not in found.secret_hash
    assert len(client.secret) >= 43
    assert client.key.startswith(f"{world.sukabumi}.")


def test_its_use_is_noted_once_a_minute(world: World) -> None:
    client = lrs(world)
    assert credential(world, client).last_used_at is None
    client.get()
    first = credential(world, client).last_used_at
    client.get()
    client.post(statement())

    assert first is not None
    assert credential(world, client).last_used_at == first


@pytest.mark.parametrize(
    ("label", "scopes", "expires_at", "place"),
    [
        ("MOOC", [], None, "scope"),
        ("MOOC", ["statements/write", "everything"], None, "scope"),
        ("  ", ["all"], None, "label"),
        ("MOOC", ["all"], NOW, "expires"),
    ],
)
def test_a_credential_must_make_sense(
    world: World, label: str, scopes: list[str], expires_at: datetime | None, place: str
) -> None:
    _ = world.sukabumi
    with pytest.raises(DomainError) as refused, world.transaction() as session:
        service.add_credential(
            session,
            organisation_id=world.sukabumi,
            label=label,
            scopes=scopes,
            expires_at=expires_at,
            created_by=None,
            now=NOW,
        )

    assert refused.value.place == place


def test_the_authority_of_a_statement_is_the_credentials(world: World) -> None:
    client = lrs(world)
    sent = statement(id=ID, authority={"objectType": "Agent", "mbox": "mailto:somebody@mooc.example"})
    client.sent(sent)
    found = (client.get(statementId=ID).json or {})["authority"]

    assert found["account"]["name"] == client.key
    assert found["name"] == "MOOC of the tests"


def test_nothing_of_another_organisation_is_found_whatever_is_asked(world: World) -> None:
    theirs = lrs(world, organisation_id=world.bandung)
    registration = "3fdba88f-54ae-4a2f-956b-76143df1760e"
    own = theirs.post(statement(id=ID, context={"registration": registration})).json
    mine = lrs(world)

    assert own == [ID]
    for parameters in (
        {},
        {"verb": "http://adlnet.gov/expapi/verbs/completed"},
        {"agent": statement()["actor"]},
        {"agent": statement()["actor"], "related_agents": "true"},
        {"activity": "https://mooc.example/modul/1"},
        {"activity": "https://mooc.example/modul/1", "related_activities": "true"},
        {"registration": registration},
        {"since": "2020-01-01T00:00:00Z"},
        {"ascending": "true", "limit": "10"},
    ):
        assert mine.found(**parameters) == []
    assert mine.get(statementId=ID).status_code == 404
    assert mine.get(voidedStatementId=ID).status_code == 404
    assert mine.post(statement(ANI, id=ID, result={"success": True})).status_code == 200


def test_a_reference_does_not_lead_into_another_organisation(world: World) -> None:
    theirs, mine = lrs(world, organisation_id=world.bandung), lrs(world)
    theirs.post(statement(id=ID))
    mine.post(referring(ID))

    assert mine.found(verb="http://adlnet.gov/expapi/verbs/completed") == []
