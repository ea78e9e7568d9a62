"""Who may open which page of people, and what managers do on the pages of participants."""

import re
from uuid import UUID, uuid4

import pytest

from lms.people import guards, queries, rules, service
from lms.people.rules import NewParticipant
from tests.world import NOW, World

PAGES = (
    ("GET", "/people", rules.READERS),
    ("GET", "/people/new", rules.MANAGERS),
    ("POST", "/people/new", rules.MANAGERS),
    ("GET", "/people/accounts/{account}", rules.READERS),
    ("POST", "/people/accounts/{account}", rules.MANAGERS),
    ("POST", "/people/accounts/{account}/link", rules.MANAGERS),
    ("POST", "/people/accounts/{account}/active", rules.MANAGERS),
    ("GET", "/people/participants", rules.READERS),
    ("GET", "/people/participants/{participant}", rules.READERS),
    ("POST", "/people/participants/{participant}", rules.MANAGERS),
    ("POST", "/people/participants/{participant}/link", rules.MANAGERS),
    ("GET", "/who-is-who", rules.READERS),
    ("POST", "/who-is-who", rules.MANAGERS),
    ("GET", "/account", tuple(rules.ROLES)),
    ("POST", "/account", tuple(rules.ROLES)),
)
PUBLIC = {"/sign-in", "/o/<slug>/sign-in", "/sign-out", "/forgotten", "/invitations/<token>", "/setup"}


@pytest.fixture
def addresses(world: World) -> dict[str, UUID]:
    """An account of staff and a participant without an account."""
    organisation_id, people = world.sukabumi, [NewParticipant(identifier="1990X", name="Xena", email="x@x.example")]
    with world.transaction() as session:
        found = service.add_participants(session, organisation_id=organisation_id, people=people, now=NOW)
        account = service.add_account(
            session, organisation_id=organisation_id, role="auditor", name="Zaki", email="z@x.example", now=NOW
        )
    return {"account": account, "participant": found["1990X"]}


@pytest.mark.parametrize("role", rules.ROLES)
def test_each_role_opens_what_it_may_and_nothing_else(world: World, addresses: dict[str, UUID], role: str) -> None:
    client = world.client(role)
    for method, path, roles in PAGES:
        status = client.open(path.format(**addresses), method=method).status_code
        assert (status != 403) is (role in roles), (method, path, status)
        assert status < 500, (method, path)


def test_whoever_is_not_signed_in_sees_nothing(world: World, addresses: dict[str, UUID]) -> None:
    for method, path, _ in PAGES:
        answer = world.client().open(path.format(**addresses), method=method)
        assert answer.status_code == 303
        assert answer.location.startswith("/sign-in")


def test_every_address_of_this_room_is_in_one_of_the_tables(world: World) -> None:
    rules_of_room = [rule for rule in world.app.url_map.iter_rules() if rule.endpoint.startswith("people.")]
    described = {re.sub(r"\{(\w+)\}", r"<uuid:\1_id>", path) for _, path, _ in PAGES} | PUBLIC
    assert {rule.rule for rule in rules_of_room} == described
    for rule in rules_of_room:
        guarded_for = world.app.view_functions[rule.endpoint].guarded_for
        assert (guarded_for is None) is (rule.rule in PUBLIC)


def test_a_guard_for_a_role_that_does_not_exist_is_refused_at_once() -> None:
    for roles in ((), ("boss",)):
        with pytest.raises(ValueError, match="are not roles"):
            guards.allowed(*roles)


# Participants' pages


def test_a_manager_corrects_how_a_participant_is_known(world: World, addresses: dict[str, UUID]) -> None:
    path = f"/people/participants/{addresses['participant']}"
    data = {"identifier": "1990Y", "name": "Yuni", "email": ""}
    client = world.client("manager")
    assert client.post(path, data=data).location == path
    page = client.get(path).text
    assert "Yuni" in page
    assert "x@x.example" not in page


@pytest.mark.parametrize("data", [{"identifier": "", "name": "X"}, {"identifier": "1990Z", "name": "X"}])
def test_what_is_wrong_with_a_participant_is_told(
    world: World, addresses: dict[str, UUID], data: dict[str, str]
) -> None:
    organisation_id, people = world.sukabumi, [NewParticipant(identifier="1990Z", name="Zaki")]
    with world.transaction() as session:
        service.add_participants(session, organisation_id=organisation_id, people=people, now=NOW)
    answer = world.client("manager").post(f"/people/participants/{addresses['participant']}", data=data)
    assert answer.status_code == 422
    assert "field-error" in answer.text


def test_a_participant_is_invited_from_their_page_once(world: World, addresses: dict[str, UUID]) -> None:
    path, client = f"/people/participants/{addresses['participant']}/link", world.client("manager")
    assert "/invitations/" in client.post(path).text
    assert client.post(path).location.startswith("/people/accounts/")


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_participants_of_another_organisation_are_not_there(
    world: World, addresses: dict[str, UUID], method: str
) -> None:
    stranger = world.client("admin", name="orang_lain", organisation_id=world.bandung)
    for participant in (addresses["participant"], uuid4()):
        assert stranger.open(f"/people/participants/{participant}", method=method).status_code == 404
    assert "Xena" not in stranger.get("/people/participants").text


def test_participants_are_searched_by_identifier_too(world: World, addresses: dict[str, UUID]) -> None:
    client = world.client("auditor")
    assert "Xena" in client.get("/people/participants?search=990x").text
    assert "Xena" not in client.get("/people/participants?search=nobody").text


def test_a_manager_changes_the_rules_of_who_is_who(world: World) -> None:
    client = world.client("manager")
    data = {"by_account": "y", "home_pages": "https://mooc.example\r\n\r\nhttps://lain.example\r\n"}
    assert client.post("/who-is-who", data=data).location == "/who-is-who"
    with world.reading() as session:
        matching = queries.matching(session, organisation_id=world.sukabumi)
    assert matching == rules.Matching(
        by_account=True, home_pages=("https://mooc.example", "https://lain.example"), by_mbox=False
    )
    page = world.client("auditor").get("/who-is-who").text
    assert "https://mooc.example\nhttps://lain.example" in page.replace("\r", "")
