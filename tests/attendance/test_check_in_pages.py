"""Self check-in over HTTP, without scripts: the wall, the phone, and who may see what."""

import re
from collections.abc import Iterator
from html import unescape

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.attendance.check_ins import at, claim, claimant, closed, digits, later, on_record, opened, token, with_rules
from tests.world import NOW, World

PAGE, MINE = "/cohorts/III/sessions/S01/check-in", "/my/check-in"


@pytest.fixture(autouse=True)
def _at_that_moment() -> Iterator[None]:
    with at(NOW):
        yield


@pytest.fixture
def world(world: World) -> World:
    """The world with its cohort."""
    _ = world.cohort
    return world


def hidden(page: TestResponse, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page.text)
    assert found is not None, page.text
    return unescape(found[1])


def words(page: TestResponse) -> str:
    """What is read on the page, on one line."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page.text)).split())


def scan(browser: FlaskClient, text: str) -> TestResponse:
    """Open what the QR leads to, press the button, and follow where it leads."""
    page = browser.get(MINE, query_string={"t": text})
    assert page.status_code == 200, words(page)
    return browser.post(MINE, data={"t": hidden(page, "t")}, follow_redirects=True)


@pytest.mark.parametrize(
    ("role", "name", "address", "status"),
    [
        (None, "", PAGE, 303),
        ("participant", "", PAGE, 403),
        ("facilitator", "", PAGE, 200),
        ("facilitator", "facilitator_b", "/cohorts/III/sessions/SEM-A/check-in", 403),
        ("facilitator", "facilitator_b", "/cohorts/III/sessions/SEM-A/check-in/code", 403),
        ("facilitator", "facilitator_b", "/cohorts/III/sessions/SEM-A/check-in/claims", 403),
        ("manager", "", PAGE, 200),
        ("auditor", "", PAGE, 200),
        ("auditor", "", PAGE + "/code", 403),
        ("auditor", "", PAGE + "/claims", 200),
        ("participant", "", PAGE + "/claims", 403),
        ("manager", "", "/cohorts/III/sessions/S99/check-in", 404),
        (None, "", MINE, 303),
        ("participant", "", MINE, 200),
        ("facilitator", "", MINE, 403),
        ("manager", "", MINE, 403),
        ("auditor", "", MINE, 403),
    ],
)
def test_who_may_open_what(world: World, role: str | None, name: str, address: str, status: int) -> None:
    assert world.client(role, name=name).get(address).status_code == status


@pytest.mark.parametrize("what", ["open", "close", "accept"])
@pytest.mark.parametrize(
    ("role", "name", "code", "status"),
    [
        (None, "", "S01", 303),
        ("participant", "", "S01", 403),
        ("auditor", "", "S01", 403),
        ("facilitator", "facilitator_b", "SEM-A", 403),
        ("facilitator", "", "SEM-A", 303),
        ("manager", "", "S01", 303),
    ],
)
def test_who_may_open_close_and_accept(
    world: World, what: str, role: str | None, name: str, code: str, status: int
) -> None:
    address = f"/cohorts/III/sessions/{code}/check-in/{what}"
    assert world.client(role, name=name).post(address).status_code == status


def test_nobody_of_another_organisation_finds_the_session(world: World) -> None:
    assert world.client("manager", organisation_id=world.bandung).get(PAGE).status_code == 404


def test_a_facilitator_opens_it_and_the_wall_shows_a_qr_and_six_digits(world: World) -> None:
    browser = world.client("facilitator")
    assert 'class="qr"' not in browser.get(PAGE).text
    opened_page = browser.post(PAGE + "/open", follow_redirects=True)
    assert 'class="qr"' in opened_page.text
    wall = browser.get(PAGE + "?screen=1")
    assert re.search(r"\b\d{3} \d{3}\b", words(wall))
    assert 'http-equiv="refresh"' in wall.text
    assert "style=" not in wall.text


def test_the_wall_shows_no_names(world: World) -> None:
    secret = opened(world)
    claim(world, claimant(world, "Ani"), token(world, secret))
    browser = world.client("facilitator")
    assert "Ani Contoh" in browser.get(PAGE).text
    assert "Ani Contoh" not in browser.get(PAGE + "?screen=1").text


def test_the_code_of_a_closed_check_in_is_shown_no_more(world: World) -> None:
    opened(world)
    browser = world.client("facilitator")
    assert 'class="qr"' in browser.get(PAGE + "/code").text
    browser.post(PAGE + "/close")
    assert 'class="qr"' not in browser.get(PAGE + "/code").text
    assert 'class="qr"' not in browser.get(PAGE).text


def test_an_auditor_sees_who_came_and_no_code(world: World) -> None:
    secret = opened(world)
    claim(world, claimant(world, "Ani"), token(world, secret))
    page = world.client("auditor").get(PAGE)
    assert "Ani Contoh" in page.text
    assert 'class="qr"' not in page.text
    assert digits(world, secret)[:3] not in words(page)


def test_somebody_scans_presses_one_button_and_is_checked_in(world: World) -> None:
    text = token(world, opened(world))
    done = scan(world.client("participant", name="Budi"), text)
    assert "You are checked in at “Pembukaan”." in words(done)
    assert on_record(world, "Budi") == [("claimed", "", "")]


def test_whoever_is_not_signed_in_signs_in_first_and_comes_back(world: World) -> None:
    text = token(world, opened(world))
    answer = world.client().get(MINE, query_string={"t": text})
    assert answer.status_code == 303
    assert f"next=/my/check-in?t%3D{text}" in answer.headers["Location"]


def test_a_link_that_was_sent_on_is_too_old_and_the_facilitator_sees_it(world: World) -> None:
    text = token(world, opened(world))
    with at(later(5)):
        page = world.client("participant", name="Budi").get(MINE, query_string={"t": text})
        assert page.status_code == 409
        assert "too old" in words(page)
        listed = words(world.client("facilitator").get(PAGE))
    assert "Budi Contoh" in listed
    assert "An old code" in listed


def test_whoever_had_to_sign_in_first_is_shown_as_odd_only_until_they_are_checked_in(world: World) -> None:
    secret = opened(world)
    browser, desk = world.client("participant", name="Budi"), world.client("facilitator")
    with at(later(2)):
        browser.get(MINE, query_string={"t": token(world, secret)})
        assert "An old code" in words(desk.get(PAGE))
        scan(browser, token(world, secret, at=later(2)))
        assert "An old code" not in words(desk.get(PAGE))


def test_the_phone_of_somebody_else_is_refused_and_both_stand_on_the_list(world: World) -> None:
    text = token(world, opened(world))
    phone = world.client("participant", name="Ani")
    scan(phone, text)
    other = world.client("participant", name="Budi")
    device = phone.get_cookie("padu_device")
    assert device is not None
    other.set_cookie("padu_device", device.value)
    page = other.get(MINE, query_string={"t": text})
    refused = other.post(MINE, data={"t": hidden(page, "t")})
    assert refused.status_code == 409
    assert "one device checks in one person" in words(refused)
    listed = words(world.client("facilitator").get(PAGE))
    assert "With a device that somebody else has checked in with" in listed
    assert "Somebody else tried with the same device" in listed


def test_a_second_phone_of_the_same_person_is_told_and_flagged(world: World) -> None:
    text = token(world, opened(world))
    scan(world.client("participant", name="Ani"), text)
    done = scan(world.client("participant", name="Ani"), text)
    assert "with another device" in words(done)
    assert "Came again with another device" in words(world.client("facilitator").get(PAGE))


def test_whoever_is_early_waits_and_need_not_come_back(world: World) -> None:
    with at(later(-120)):
        text = token(world, opened(world, at=later(-120)), at=later(-120))
        done = scan(world.client("participant", name="Ani"), text)
        assert "You are early" in words(done)
        assert "07:30" in words(done)
        assert "1 of them waits" in words(world.client("facilitator").get(PAGE))


def test_six_digits_may_be_typed_instead(world: World) -> None:
    secret = opened(world)
    code = digits(world, secret)
    browser = world.client("participant", name="Budi")
    done = browser.post(MINE, data={"code": f"{code[:3]} {code[3:]}"}, follow_redirects=True)
    assert "You are checked in" in words(done)


def test_wrong_digits_are_told_at_the_field_and_then_have_to_wait(world: World) -> None:
    opened(world)
    browser = world.client("participant", name="Budi")
    first = browser.post(MINE, data={"code": "12345"})
    assert first.status_code == 409
    assert 'aria-invalid="true"' in first.text
    for _ in range(7):
        browser.post(MINE, data={"code": "12345"})
    blocked = browser.post(MINE, data={"code": "12345"})
    assert blocked.status_code == 429
    assert int(blocked.headers["Retry-After"]) > 0
    assert "Too many wrong codes" in words(blocked)


def test_outside_of_the_network_somebody_is_told_to_join_it(world: World) -> None:
    with_rules(world, networks="192.0.2.0/24")
    text = token(world, opened(world))
    browser = world.client("participant", name="Budi")
    page = browser.get(MINE, query_string={"t": text})
    refused = browser.post(MINE, data={"t": hidden(page, "t")})
    assert refused.status_code == 409
    assert "network" in words(refused)
    inside = browser.post(MINE, data={"t": hidden(page, "t")}, environ_base={"REMOTE_ADDR": "192.0.2.9"})
    assert inside.status_code == 303


def test_the_list_is_sent_again_only_when_it_has_changed(world: World) -> None:
    secret = opened(world)
    browser = world.client("facilitator")
    known = hidden(browser.get(PAGE + "/claims"), "known")
    assert browser.get(PAGE + "/claims", query_string={"known": known}).status_code == 204
    claim(world, claimant(world, "Ani"), token(world, secret))
    changed = browser.get(PAGE + "/claims", query_string={"known": known})
    assert changed.status_code == 200
    assert "Ani Contoh" in changed.text


def test_a_facilitator_sees_the_claims_of_their_own_groups(world: World) -> None:
    secret = opened(world)
    for name in ("Ani", "Citra"):
        claim(world, claimant(world, name), token(world, secret))
    listed = world.client("facilitator").get(PAGE + "/claims").text
    assert "Ani Contoh" in listed
    assert "Citra Contoh" not in listed


def test_accepting_says_how_many_marks_there_are_now(world: World) -> None:
    secret = opened(world)
    for name in ("Ani", "Citra"):
        claim(world, claimant(world, name), token(world, secret))
    done = world.client("manager").post(PAGE + "/accept", follow_redirects=True)
    assert "2 check-ins are now marks." in words(done)
    assert words(done).count("marked: hadir") == 2


def test_a_check_in_whose_time_is_over_is_not_opened(world: World) -> None:
    with at(later(31)):
        browser = world.client("facilitator")
        assert "The time to check in is over." in words(browser.get(PAGE))
        assert browser.post(PAGE + "/open").status_code == 409


def test_whoever_tries_after_it_was_closed_is_told_whom_to_tell(world: World) -> None:
    text = token(world, opened(world))
    closed(world)
    browser = world.client("participant", name="Budi")
    page = browser.get(MINE, query_string={"t": text})
    assert "Tell your facilitator" in words(browser.post(MINE, data={"t": hidden(page, "t")}))


def test_closing_the_register_makes_marks_of_the_claims_and_ends_check_in(world: World) -> None:
    secret = opened(world)
    for name in ("Ani", "Citra"):
        claim(world, claimant(world, name), token(world, secret))
    manager = world.client("manager")
    assert manager.post("/cohorts/III/sessions/S01/close", data={"rest_as": "alpa"}).status_code == 303
    assert words(manager.get(PAGE)).count("marked: hadir") == 2
    assert claim(world, claimant(world, "Budi"), token(world, secret)).why == "register_closed"
    assert on_record(world, "Budi") == [("refused", "register_closed", "")]
