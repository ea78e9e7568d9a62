"""Self check-in: a facilitator with the wall, participants with their phones."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from lms.attendance import check_in_queries as queries
from lms.attendance import check_in_rules as rules
from lms.clock import now
from tests.attendance.check_ins import closed, opened
from tests.browser.inspection import problems
from tests.browser.visitor import PHONE, Visitor
from tests.world import World

PAGE = "/cohorts/III/sessions/S01/check-in"


def on_the_wall(world: World) -> str:
    """Where the QR leads that is shown at this moment."""
    session_id = world.session_id("S01")
    with world.reading() as session:
        found = queries.opened(session, organisation_id=world.sukabumi, session_id=session_id)
    assert found is not None
    token = rules.token(found.secret, organisation_id=world.sukabumi, session_id=session_id, now=now())
    return f"/my/check-in?t={token}"


def phone_of(world: World, arrive: Callable[..., Visitor], name: str, **options: object) -> Visitor:
    return arrive(account_id=world.account("participant", name=name), **PHONE, **options)


def drawn(page: Page) -> str:
    """The QR as it is drawn."""
    return str(page.locator(".qr path").last.get_attribute("d"))


@pytest.fixture
def desk(world: World, arrive: Callable[..., Visitor]) -> Visitor:
    """A facilitator who has opened check-in; their clock is set forward by hand."""
    _ = world.cohort
    visitor = arrive("facilitator")
    visitor.page.clock.install()
    page = visitor.open(PAGE)
    page.get_by_role("button", name="Open check-in").click()
    expect(page.get_by_role("img", name="QR to check in with")).to_be_visible()
    return visitor


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_somebody_scans_and_stands_on_the_list_without_it_being_loaded_anew(
    world: World, arrive: Callable[..., Visitor], desk: Visitor, scripts: bool
) -> None:
    phone = phone_of(world, arrive, "Budi", java_script_enabled=scripts)
    page = phone.open(on_the_wall(world))
    expect(page.get_by_role("heading", level=1)).to_have_text("Pembukaan")
    page.get_by_role("button", name="I am here").tap()
    expect(page.get_by_text("You are checked in at “Pembukaan”.")).to_be_visible()

    expect(desk.page.get_by_text("Nobody has checked in yet.")).to_be_visible()
    desk.page.clock.fast_forward(4_000)
    expect(desk.page.get_by_role("listitem").filter(has_text="Budi Contoh")).to_be_visible()
    desk.page.get_by_role("button", name="Accept all claims now").click()
    expect(desk.page.get_by_text("1 check-in is now a mark.")).to_be_visible()


def test_the_wall_shows_what_the_server_says_by_now_without_being_loaded_anew(world: World, desk: Visitor) -> None:
    page = desk.open(PAGE + "?screen=1")
    before = drawn(page)
    closed(world, at=now())
    opened(world, at=now())
    page.clock.fast_forward(11_000)
    expect(page.locator(".qr path").last).not_to_have_attribute("d", before)
    closed(world, at=now())
    page.clock.fast_forward(11_000)
    expect(page.get_by_text("Check-in is closed.")).to_be_visible()
    expect(page.locator(".qr")).to_have_count(0)


def test_nothing_is_wrong_with_what_is_shown_and_tapped(
    world: World, arrive: Callable[..., Visitor], desk: Visitor
) -> None:
    found = problems(desk)
    desk.open(PAGE + "?screen=1")
    found += problems(desk)
    phone = phone_of(world, arrive, "Ani")
    page = phone.open(on_the_wall(world))
    found += problems(phone)
    page.get_by_role("button", name="I am here").click()
    expect(page.get_by_text("You are checked in")).to_be_visible()
    found += problems(phone)
    lent = phone.open("/my/check-in?t=nonsense")
    expect(lent.get_by_role("alert")).to_contain_text("This is no check-in code of your training.")
    found += problems(phone)
    assert found == []
