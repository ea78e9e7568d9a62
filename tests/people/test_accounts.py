"""The accounts page and what is done with it; the last administrator stays."""

import re
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask.testing import FlaskClient

from lms.errors import Conflict, DomainError, NotFound
from lms.people import queries, service
from lms.people.queries import PAGE, AccountInfo
from lms.people.rules import NewParticipant
from tests.world import NOW, World

NEW = {"name": "Fajar", "email": "fajar@sukabumi.example", "role": "facilitator"}


def account(world: World, account_id: UUID) -> AccountInfo:
    with world.reading() as session:
        return queries.account(session, organisation_id=world.sukabumi, account_id=account_id)


def add(world: World, organisation_id: int | None = None, **values: Any) -> UUID:
    organisation_id = organisation_id or world.sukabumi
    with world.transaction() as session:
        return service.add_account(session, organisation_id=organisation_id, now=NOW, **values)


@pytest.mark.parametrize(
    ("values", "place"),
    [
        ({"role": "boss", "name": "A", "email": "a@x.example"}, "role"),
        ({"role": "manager", "name": "A"}, "email"),
        ({"role": "manager", "name": "", "email": "a@x.example"}, "name"),
        ({"role": "manager", "name": "A", "email": "a"}, "email"),
        ({"role": "participant", "name": "A", "email": "a@x.example"}, "role"),
        ({"role": "manager", "name": "A", "email": "a@x.example", "participant_id": uuid4()}, "role"),
    ],
)
def test_it_refuses_an_account_that_makes_no_sense(world: World, values: dict[str, Any], place: str) -> None:
    with pytest.raises(DomainError) as refused:
        add(world, **values)
    assert refused.value.place == place


def test_an_email_has_one_account_letter_case_aside(world: World) -> None:
    add(world, role="manager", name="A", email="a@x.example")
    with pytest.raises(Conflict):
        add(world, role="auditor", name="B", email="A@X.example")
    assert add(world, organisation_id=world.bandung, role="auditor", name="B", email="a@x.example")


def test_an_account_for_a_participant_of_elsewhere_is_refused(world: World) -> None:
    with pytest.raises(NotFound):
        add(world, role="participant", name="A", participant_id=uuid4())


# The list


def test_it_lists_people_by_name_with_their_state(world: World) -> None:
    add(world, role="auditor", name="Zaki", email="z@x.example", password="benar kuda baterai")
    off = add(world, role="auditor", name="Abas", email="a@x.example")
    world.account("manager")
    organisation_id = world.sukabumi
    with world.transaction() as session:
        service.set_active(session, organisation_id=organisation_id, account_id=off, active=False)
    with world.reading() as session:
        rows = queries.accounts(session, organisation_id=world.sukabumi)
    assert [(row.name, row.state) for row in rows] == [("Abas", "inactive"), ("Manager", "invited"), ("Zaki", "active")]


@pytest.mark.parametrize("search", ["fAJ", "FAJAR@", "sukabumi.ex"])
def test_it_searches_names_and_emails(world: World, search: str) -> None:
    add(world, **NEW)
    add(world, role="auditor", name="Zaki", email="z@x.example")
    page = world.client("admin").get("/people", query_string={"search": search}).text
    assert "Fajar" in page
    assert "Zaki" not in page


def test_signs_of_a_search_are_letters_like_others(world: World) -> None:
    add(world, **NEW)
    assert "Nobody was found" in world.client("admin").get("/people", query_string={"search": "%"}).text


def test_it_shows_one_role_only_where_asked(world: World) -> None:
    add(world, **NEW)
    page = world.client("admin").get("/people?role=facilitator").text
    assert "Fajar" in page
    assert "admin@sukabumi.example" not in page


def test_long_lists_go_on_from_page_to_page_without_loss(world: World) -> None:
    for number in range(PAGE + 10):
        add(world, role="auditor", name=f"Sama {number % 3}", email=f"a{number}@x.example")
    client, found, address = world.client("auditor"), list[str](), "/people"
    for _ in range(3):
        page = client.get(address).text
        found += re.findall(r"/people/accounts/([0-9a-f-]{36})", page)
        following = re.search(r'href="([^"]*after=[^"]*)"', page)
        if following is None:
            break
        address = following.group(1).replace("&amp;", "&")
    assert len(found) == len(set(found)) == PAGE + 11


def test_a_spoilt_cursor_shows_the_beginning(world: World) -> None:
    assert world.client("auditor").get("/people?after=x").status_code == 200


def test_each_organisation_sees_its_own_accounts_only(world: World) -> None:
    add(world, **NEW)
    world.account("auditor", name="pengawas", organisation_id=world.bandung)
    stranger = world.client("auditor", name="pengawas", organisation_id=world.bandung)
    assert "Fajar" not in stranger.get("/people").text


# Adding, changing, switching off


def test_a_new_account_comes_with_a_link_that_is_shown_once(world: World) -> None:
    client = world.client("manager")
    page = client.post("/people/new", data=NEW)
    assert page.status_code == 200
    link = re.search(r"http://127\.0\.0\.1:8000(/invitations/[^\"<]+)", page.text)
    assert link is not None
    assert 'href="data:text/csv;base64,' in page.text
    assert world.client().get(link.group(1)).status_code == 200
    assert link.group(1) not in client.get("/people").text


def test_what_is_wrong_with_a_new_account_is_told_at_its_field(world: World) -> None:
    client = world.client("manager")
    client.post("/people/new", data=NEW)
    for data in (NEW, NEW | {"email": "x"}, NEW | {"name": " "}, NEW | {"role": "boss"}):
        answer = client.post("/people/new", data=data)
        assert answer.status_code == 422
        assert "field-error" in answer.text


def test_an_account_can_be_changed(world: World) -> None:
    account_id = add(world, **NEW)
    data = {"name": "Fajar Baru", "email": "baru@sukabumi.example", "role": "auditor"}
    assert world.client("manager").post(f"/people/accounts/{account_id}", data=data).status_code == 303
    after = account(world, account_id)
    assert (after.name, after.email, after.role) == ("Fajar Baru", "baru@sukabumi.example", "auditor")


def test_an_email_of_somebody_else_is_refused(world: World) -> None:
    account_id = add(world, **NEW)
    data = NEW | {"email": "MANAGER@sukabumi.example"}
    assert world.client("manager").post(f"/people/accounts/{account_id}", data=data).status_code == 422
    assert account(world, account_id).email == "fajar@sukabumi.example"


def test_a_participants_account_is_changed_where_the_participant_is(world: World) -> None:
    organisation_id, people = world.sukabumi, [NewParticipant(identifier="1", name="Ani")]
    with world.transaction() as session:
        found = service.add_participants(session, organisation_id=organisation_id, people=people, now=NOW)
    account_id = add(world, role="participant", name="Ani", participant_id=found["1"])
    answer = world.client("manager").post(f"/people/accounts/{account_id}", data=NEW)
    assert answer.location == f"/people/participants/{found['1']}"
    assert account(world, account_id).role == "participant"


def test_a_manager_does_nothing_to_an_administrator(world: World) -> None:
    admin, client = world.account("admin"), world.client("manager")
    for path, data in each_change(admin):
        assert client.post(path, data=data).status_code == 403
    assert client.post("/people/new", data=NEW | {"role": "admin"}).status_code == 422
    fajar = add(world, **NEW)
    assert client.post(f"/people/accounts/{fajar}", data=NEW | {"role": "admin"}).status_code == 422
    assert account(world, admin).state == "invited"


def each_change(account_id: UUID) -> list[tuple[str, dict[str, str]]]:
    return [
        (f"/people/accounts/{account_id}", NEW),
        (f"/people/accounts/{account_id}/link", {}),
        (f"/people/accounts/{account_id}/active", {"active": "no"}),
    ]


def test_nobody_reaches_an_account_of_another_organisation(world: World) -> None:
    ours = add(world, **NEW)
    stranger = world.client("admin", name="orang_lain", organisation_id=world.bandung)
    assert stranger.get(f"/people/accounts/{ours}").status_code == 404
    for path, data in each_change(ours):
        assert stranger.post(path, data=data).status_code == 404
    assert account(world, ours).state == "invited"


def test_switching_off_and_on_again(world: World) -> None:
    account_id, client = add(world, **NEW), world.client("manager")
    for active, state in (("no", "inactive"), ("yes", "invited")):
        assert client.post(f"/people/accounts/{account_id}/active", data={"active": active}).status_code == 303
        assert account(world, account_id).state == state


def test_nobody_locks_themselves_out(world: World) -> None:
    admin, client = world.account("admin"), world.client("admin")
    assert client.post(f"/people/accounts/{admin}/active", data={"active": "no"}).status_code == 403
    own = {"name": "Admin", "email": "admin@sukabumi.example", "role": "manager"}
    assert client.post(f"/people/accounts/{admin}", data=own).status_code == 403
    assert account(world, admin).role == "admin"


def test_the_last_administrator_stays(world: World) -> None:
    one, two = world.account("admin"), world.account("admin", name="admin_dua")
    organisation_id = world.sukabumi
    with world.transaction() as session:
        service.set_active(session, organisation_id=organisation_id, account_id=one, active=False)
    with pytest.raises(Conflict), world.transaction() as session:
        service.set_active(session, organisation_id=organisation_id, account_id=two, active=False)
    with pytest.raises(Conflict), world.transaction() as session:
        service.change_account(
            session, organisation_id=organisation_id, account_id=two, role="manager", name="Dua", email="d@x.example"
        )


def test_a_fresh_link_ends_the_one_before(world: World) -> None:
    account_id, client = add(world, **NEW), world.client("manager")
    first, second = (link_of(client, account_id) for _ in range(2))
    assert world.client().get(first).status_code == 404
    assert world.client().get(second).status_code == 200


def link_of(client: FlaskClient, account_id: UUID) -> str:
    page = client.post(f"/people/accounts/{account_id}/link").text
    found = re.search(r"http://127\.0\.0\.1:8000(/invitations/[^\"<]+)", page)
    assert found is not None
    return found.group(1)


def test_somebody_new_is_no_administrator_unless_that_is_chosen(world: World) -> None:
    page = world.client("admin").get("/people/new").text
    assert re.findall(r'<option selected value="(\w+)">', page) == ["facilitator"]
    assert "(optional)" not in page
