"""The pages of credentials: their limits, what was refused of them, and new sites that they brought."""

import re
from html import unescape

import pytest

from lms.xapi import queries, rules, service
from tests.world import NOW, World
from tests.xapi.lrs import ANI, HOME, MODULE, Lrs, drain, lrs, statement
from tests.xapi.pages import CHANGERS, NOBODYS, READERS, ROLES, credential_id, main, text

ELSEWHERE = "https://lain.example"
LIMITS = {"home_pages": HOME, "activity_prefixes": MODULE}


def made(world: World, **data: str) -> Lrs:
    """A credential that was made by the page."""
    data = {"label": "MOOC kota", "scope": "statements/write"} | data
    page = world.client("manager").post("/credentials", data=data)
    assert page.status_code == 201, text(page)
    key, secret = (re.search(rf'id="{name}" value="([^"]+)"', page.text) for name in ("key", "secret"))
    assert key is not None
    assert secret is not None
    return Lrs(world=world, client=world.app.test_client(), key=unescape(key[1]), secret=unescape(secret[1]))


def path(world: World, sender: Lrs) -> str:
    return f"/credentials/{credential_id(world, sender.key)}"


def limits(world: World, sender: Lrs) -> tuple[tuple[str, ...], tuple[str, ...]]:
    with world.reading() as session:
        found = queries.credential(session, organisation_id=world.sukabumi, key=sender.key)
    assert found is not None
    return found.home_pages, found.activity_prefixes


# Who may


@pytest.mark.parametrize("role", ROLES)
def test_readers_see_a_credential_and_only_managers_limit_it(world: World, role: str) -> None:
    sender = lrs(world)
    client = world.client(role)

    assert client.get(path(world, sender)).status_code == (200 if role in READERS else 403)
    assert client.post(path(world, sender), data=LIMITS).status_code == (303 if role in CHANGERS else 403)
    assert bool(limits(world, sender)[0]) is (role in CHANGERS)


def test_an_auditor_reads_the_limits_and_is_offered_nothing_to_change(world: World) -> None:
    sender = made(world, **LIMITS)
    page = world.client("auditor").get(path(world, sender))

    assert f"Accounts of {HOME}" in text(page)
    assert f"Activities under {MODULE}" in text(page)
    assert "<form" not in main(page)


def test_whoever_is_not_signed_in_is_asked_to(world: World) -> None:
    assert world.client().get(path(world, lrs(world))).status_code == 303


def test_another_organisation_neither_sees_nor_limits_it(world: World) -> None:
    sender = lrs(world)
    stranger = world.client("admin", name="orang_lain", organisation_id=world.bandung)

    assert stranger.get(path(world, sender)).status_code == 404
    assert stranger.post(path(world, sender), data=LIMITS).status_code == 404
    assert limits(world, sender) == ((), ())


def test_one_that_is_not_there_is_not_found(world: World) -> None:
    client = world.client("manager")

    assert client.get(f"/credentials/{NOBODYS}").status_code == 404
    assert client.post(f"/credentials/{NOBODYS}", data=LIMITS).status_code == 404


# Limits


def test_one_that_is_made_with_limits_speaks_within_them_only(world: World) -> None:
    sender = made(world, home_pages=f" {HOME}\r\n\r\nhttps://kedua.example ", activity_prefixes=MODULE)

    assert limits(world, sender) == ((HOME, "https://kedua.example"), (MODULE,))
    assert sender.post(statement()).status_code == 200
    assert sender.post(statement(iri=f"{MODULE}2")).status_code == 403
    assert sender.post(statement(actor={"account": {"homePage": ELSEWHERE, "name": ANI}})).status_code == 403
    listed = text(world.client("auditor").get("/credentials"))
    assert f"Accounts of {HOME} and 1 more Activities under {MODULE}" in listed


def test_limits_are_in_force_from_the_next_request_on(world: World) -> None:
    sender = lrs(world, "statements/write")
    sender.sent(statement(), statement(iri="https://lain.example/x"))
    page = world.client("manager").post(path(world, sender), data={"activity_prefixes": MODULE}, follow_redirects=True)

    assert "The limits are in force from the next request on" in text(page)
    assert f">{MODULE}</textarea>" in page.text.replace("\r\n", "")
    assert sender.post(statement(iri="https://lain.example/x")).status_code == 403
    assert sender.post(statement()).status_code == 200
    world.client("manager").post(path(world, sender), data={"activity_prefixes": ""})
    assert sender.post(statement(iri="https://lain.example/x")).status_code == 200


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ({"home_pages": "mooc.example"}, "“mooc.example” is not an address such as https://mooc.example/."),
        ({"activity_prefixes": "https://mooc.example"}, "“https://mooc.example” needs a slash after the host"),
        ({"home_pages": " ".join(f"https://{one}.example" for one in range(51))}, "There may be 50 at most."),
        ({"home_pages": "https://a.example/<b>"}, "“https://a.example/<b>” is not an address"),
        ({"activity_prefixes": "x" * 50_001}, "Field cannot be longer than 50000 characters."),
    ],
)
def test_limits_that_make_no_sense_are_told_at_their_field(world: World, data: dict[str, str], told: str) -> None:
    sender = lrs(world)
    (field, typed), *_ = data.items()
    for address, more in ((path(world, sender), {}), ("/credentials", {"label": "MOOC", "scope": "all"})):
        page = world.client("manager").post(address, data=data | more)

        assert page.status_code == 422
        assert told in text(page)
        assert f'id="{field}-error"' in page.text
        assert typed in unescape(page.text)
    assert limits(world, sender) == ((), ())


def test_the_form_of_limits_stands_open_where_something_in_it_is_wrong(world: World) -> None:
    client = world.client("manager")
    wrong = client.post("/credentials", data={"label": "MOOC", "scope": "all", "home_pages": "x"})

    assert '<details class="more" open>' in main(wrong)
    assert '<details class="more">' in main(client.get("/credentials"))


# What it tells


def test_a_credential_tells_what_it_may_and_when_it_was_used(world: World) -> None:
    sender = made(world, scope="statements/write")
    address = path(world, sender)
    assert "Last used never" in text(world.client("manager").get(address))
    sender.post(statement())
    page = text(world.client("manager").get(address))

    assert f"Key (user name) {sender.key}" in page
    assert "May Send statements" in page
    assert "Expires never" in page
    assert "Last used never" not in page
    assert sender.secret not in page


def test_how_much_was_refused_is_told_and_led_to(world: World) -> None:
    sender, other = lrs(world), lrs(world)
    for bad in ({"raw": 5, "min": 3, "max": 3}, {"scaled": 2}):
        assert sender.post(statement(result={"score": bad})).status_code == 400
    identifier = credential_id(world, sender.key)
    for address in ("/credentials", f"/credentials/{identifier}"):
        page = main(world.client("auditor").get(address))
        assert f'<a href="/credentials/refused?credential={identifier}">2 open</a>' in page
    assert "2 open" not in text(world.client("auditor").get(path(world, other)))


def test_what_was_let_go_is_told(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lms.xapi.refusals.MOST", 2)
    sender = lrs(world)
    for number in range(2, 6):
        sender.post(statement(result={"score": {"scaled": number}}))

    assert "2 open 2 older ones are kept no longer" in text(world.client("manager").get(path(world, sender)))


def test_one_that_only_reads_tells_nothing_of_refusals(world: World) -> None:
    page = text(world.client("manager").get(path(world, lrs(world, "statements/read"))))

    assert "nothing open" not in page
    assert "nothing open" in text(world.client("manager").get(path(world, lrs(world, "statements/write"))))


def test_a_revoked_one_can_be_read_and_no_more(world: World) -> None:
    sender = made(world, **LIMITS)
    address = path(world, sender)
    assert "Revoke it" in main(world.client("manager").get(address))
    world.client("manager").post(f"{address}/revoke")
    page = world.client("manager").get(address)

    assert "<form" not in main(page)
    assert f"Accounts of {HOME}" in text(page)


# Sites never seen before


def flagged(world: World, address: str) -> str:
    """The warning about new sites on a page."""
    return text(world.client("auditor").get(address)).partition("never seen before")[2]


def test_new_sites_are_flagged_with_who_brought_them(world: World) -> None:
    first, second = made(world, label="MOOC kota"), made(world, label="Moodle lain")
    first.post(statement("a"))
    second.post(statement(actor={"account": {"homePage": ELSEWHERE, "name": "c"}}))
    drain(world)
    page = flagged(world, "/credentials")

    assert f"{HOME} 1 account, sent by MOOC kota, " in page
    assert f"{ELSEWHERE} 1 account, sent by Moodle lain, " in page
    assert ELSEWHERE not in flagged(world, path(world, first))
    assert f"{ELSEWHERE} 1 account, sent by Moodle lain" in flagged(world, path(world, second))
    assert 'href="/waiting#home-pages"' in world.client("auditor").get("/credentials").text


def test_no_more_than_three_are_named(world: World) -> None:
    sender = lrs(world)
    for number in range(4):
        sender.post(statement(actor={"account": {"homePage": f"https://{number}.example", "name": "a"}}))
    page = flagged(world, "/credentials")

    assert len(re.findall(r"https://\d\.example", page)) == 3
    assert "and others" in page


def test_a_site_to_which_the_credential_is_limited_is_known(world: World) -> None:
    made(world, home_pages=HOME).post(statement())

    assert flagged(world, "/credentials") == ""


def test_neither_flag_nor_figure_shows_another_organisation(world: World) -> None:
    sender = lrs(world, organisation_id=world.bandung)
    sender.post(statement())
    sender.post(statement(result={"score": {"scaled": 7}}))
    page = text(world.client("admin").get("/credentials"))

    assert HOME not in page.partition("Add a credential")[0]
    assert "1 open" not in page


def test_a_site_that_somebody_knows_is_flagged_no_longer(world: World) -> None:
    lrs(world).post(statement())
    confirmed_by = world.account("manager")
    with world.transaction() as session:
        service.confirm_home_page(
            session,
            organisation_id=world.sukabumi,
            key=rules.home_page_key(HOME),
            confirmed_by=confirmed_by,
            now=NOW,
        )

    assert flagged(world, "/credentials") == ""
