"""Sites whose accounts were never seen before: who brought them, and somebody who says that they are known."""

import json

import pytest
from werkzeug.test import TestResponse

from lms.people import service as people
from lms.people.rules import Matching
from lms.xapi import home_page_pages, rules, waiting_pages
from tests.world import NOW, World
from tests.xapi.lrs import HOME, Lrs, Statement, drain, lrs, statement, store_now
from tests.xapi.pages import CHANGERS, READERS, ROLES, credential_id, main, text

ELSEWHERE = "https://lain.example"
ADDRESS = "/waiting/home-pages"


def at(home_page: str, name: str = "a") -> Statement:
    return statement(actor={"account": {"homePage": home_page, "name": name}})


def new_sites(world: World, *, role: str = "auditor") -> str:
    """The words of the part of the page that lists them; empty where there is none."""
    return text(world.client(role).get("/waiting")).partition("New sites Accounts")[2].partition("Unknown people")[0]


def confirm(world: World, home_page: str = HOME, *, role: str = "manager", follow: bool = True) -> TestResponse:
    data = {"home_page": rules.home_page_key(home_page).hex()}
    return world.client(role).post(ADDRESS, data=data, follow_redirects=follow)


def sent(world: World, *statements: Statement) -> Lrs:
    sender = lrs(world)
    sender.sent(*statements)
    return sender


# Who may


@pytest.mark.parametrize("role", ROLES)
def test_readers_see_new_sites_and_only_managers_say_that_they_are_known(world: World, role: str) -> None:
    sent(world, at(HOME))
    if role in READERS:
        assert HOME in new_sites(world, role=role)
        assert ("We know this site" in new_sites(world, role=role)) is (role in CHANGERS)
    assert confirm(world, role=role, follow=False).status_code == (303 if role in CHANGERS else 403)
    assert bool(new_sites(world)) is (role not in CHANGERS)


def test_another_organisation_neither_sees_nor_confirms_it(world: World) -> None:
    sent(world, at(HOME))
    stranger = world.client("admin", name="orang_lain", organisation_id=world.bandung)

    assert HOME not in main(stranger.get("/waiting"))
    assert stranger.post(ADDRESS, data={"home_page": rules.home_page_key(HOME).hex()}).status_code == 404
    assert HOME in new_sites(world)


def test_what_one_organisation_knows_is_new_to_another(world: World) -> None:
    sent(world, at(HOME))
    lrs(world, organisation_id=world.bandung).post(at(HOME))
    confirm(world)
    theirs = world.client("admin", name="orang_lain", organisation_id=world.bandung).get("/waiting")

    assert new_sites(world) == ""
    assert f"{HOME} 1" in text(theirs)


# What is told


def test_it_tells_how_many_accounts_who_sent_them_and_leads_to_the_credential(world: World) -> None:
    sender = sent(world, at(HOME, "a"), at(HOME, "b"), at(HOME, "b"), at(ELSEWHERE))
    page = new_sites(world)

    assert f"{HOME} 2 MOOC of the tests" in page
    assert f"{ELSEWHERE} 1 MOOC of the tests" in page
    link = f'href="/credentials/{credential_id(world, sender.key)}#revoke"'
    assert link in world.client("auditor").get("/waiting").text


def test_the_credential_that_came_first_is_named(world: World) -> None:
    first = sent(world, at(HOME))
    second = sent(world, at(HOME, "b"))
    page = world.client("auditor").get("/waiting").text

    assert str(credential_id(world, first.key)) in page
    assert str(credential_id(world, second.key)) not in page


def test_one_that_was_revoked_since_is_said_to_be(world: World) -> None:
    sender = sent(world, at(HOME))
    assert "Revoked" not in new_sites(world)
    world.client("manager").post(f"/credentials/{credential_id(world, sender.key)}/revoke")

    assert f"{HOME} 1 MOOC of the tests Revoked" in new_sites(world)


def test_what_a_file_brought_says_so(world: World) -> None:
    _ = world.sukabumi
    prepared = rules.prepare(json.dumps(at(HOME)).encode(), version=rules.V1, now=NOW, authority=at(HOME)["actor"])
    with world.transaction() as session:
        store_now(session, world, prepared)

    assert f"{HOME} 1 a file" in new_sites(world)
    assert "from a file" in text(world.client("auditor").get("/credentials"))


@pytest.mark.parametrize(
    ("by_account", "home_pages", "expected"),
    [
        (True, [], "Counts at once"),
        (True, [f"{HOME}/"], "Counts at once"),
        (True, [ELSEWHERE], "Waits for a match"),
        (False, [], "Waits for a match"),
    ],
)
def test_it_says_whether_people_are_recognised_by_accounts_of_the_site(
    world: World, by_account: bool, home_pages: list[str], expected: str
) -> None:
    organisation_id = world.sukabumi
    with world.transaction() as session:
        people.set_matching(
            session, organisation_id=organisation_id, by_account=by_account, home_pages=home_pages, by_mbox=True
        )
    sent(world, at(HOME))
    page = new_sites(world)

    assert expected in page
    assert ("people are recognised by accounts of this site" in page) is (expected == "Counts at once")


def test_people_without_an_account_bring_no_site(world: World) -> None:
    sent(world, statement(actor={"mbox": "mailto:siapa@sukabumi.example"}))

    assert new_sites(world) == ""


def test_a_site_is_never_markup(world: World) -> None:
    sent(world, at("https://a.example/%22%3Cb%3E'x'"))

    assert "<b>" not in main(world.client("manager").get("/waiting"))


def test_a_long_list_is_shown_in_part_and_says_so(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting_pages, "SHOWN", 2)
    sent(world, *(at(f"https://{number}.example") for number in range(3)))
    page = new_sites(world)

    assert "The first 2 are shown" in page
    assert page.count(".example 1 ") == 2


# Saying that it is known


def test_a_site_that_is_known_is_asked_about_no_more(world: World) -> None:
    sent(world, at(HOME), at(ELSEWHERE))
    answer = confirm(world)

    assert "This site is known from now on." in text(answer)
    assert HOME not in new_sites(world)
    assert ELSEWHERE in new_sites(world)
    sent(world, at(HOME, "somebody else"))
    assert HOME not in new_sites(world)
    assert confirm(world).status_code == 200


@pytest.mark.parametrize("key", ["", "zz", "00", "0" * 5000, "é"])
def test_a_site_that_nobody_came_from_is_not_found(world: World, key: str) -> None:
    answer = world.client("manager").post(ADDRESS, data={"home_page": key})

    assert answer.status_code == 404
    assert "No account of this site has sent anything." in text(answer)


def test_what_is_known_counts_as_it_did(world: World) -> None:
    """To say that a site is known recognises nobody: the rules of who is who do."""
    sent(world, at(HOME, "orang asing"))
    confirm(world)
    drain(world)

    assert "orang asing" in main(world.client("auditor").get("/waiting"))


def test_a_site_is_trusted_by_the_rules_of_who_is_who() -> None:
    matching = Matching(by_account=True, home_pages=(HOME,), by_mbox=True)

    assert home_page_pages.is_trusted(f"{HOME}/", matching)
    assert not home_page_pages.is_trusted(f"{HOME}.org", matching)
