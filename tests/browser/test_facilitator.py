"""A facilitator's day: the register on a phone, by touch, by keyboard alone and without scripts; scores in the grid."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.inspection import problems
from tests.browser.scene import password_for
from tests.browser.visitor import PHONE, Visitor
from tests.world import World

ON_BOTH = pytest.mark.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture
def password(world: World) -> str:
    """The facilitator's, who has group A of the cohort: Ani and Budi."""
    return password_for(world, world.account("facilitator"))


def person(page: Page, name: str) -> Locator:
    """Their part of the register."""
    return page.get_by_role("group", name=re.compile(name))


def status(page: Page, name: str, words: str) -> Locator:
    """One of the statuses that they may be given."""
    return person(page, name).get_by_role("radio", name=words, exact=True)


def saved(page: Page) -> None:
    """Turn to something else, and wait until everything has been sent."""
    page.locator(":focus").evaluate("element => element.blur()")
    expect(page.get_by_text("All saved")).to_be_visible()


def open_today(visitor: Visitor, password: str) -> Page:
    """Sign in, and open the first session of today from the front page."""
    page = visitor.sign_in("facilitator@sukabumi.example", password)
    expect(page.get_by_role("heading", name="Today", exact=True)).to_be_visible()
    page.get_by_role("row", name="Pembukaan").get_by_role("link", name="Open the register").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Pembukaan")
    return page


@ON_BOTH
def test_the_register_is_taken_on_a_phone(arrive: Callable[..., Visitor], password: str) -> None:
    visitor = arrive(**PHONE)
    page = open_today(visitor, password)
    expect(page.get_by_text("0 of 2 marked")).to_be_visible()
    page.get_by_role("button", name="hadir").tap()
    expect(page.get_by_text("2 of 2 marked")).to_be_visible()

    status(page, "Budi", "terlambat").tap()
    person(page, "Budi").get_by_label("Minutes late").fill("12")
    person(page, "Budi").get_by_text("More").tap()
    person(page, "Budi").get_by_label("Remark").fill("Ban bocor")
    saved(page)
    page.reload()

    status(page, "Budi", "alpa").tap()
    person(page, "Budi").get_by_text("More").tap()
    person(page, "Budi").get_by_label("Why is it changed?").fill("Ternyata tidak datang")
    saved(page)
    page.reload()
    person(page, "Budi").get_by_text("More").tap()
    events = person(page, "Budi").get_by_role("listitem")
    expect(events.nth(0)).to_contain_text("alpa")
    expect(events.nth(0)).to_contain_text("Ternyata tidak datang")
    expect(events.nth(2)).to_contain_text("terlambat, 12 minutes late")
    expect(events.nth(2)).to_contain_text("Ban bocor")
    expect(events.nth(2)).to_contain_text("Facilitator")
    expect(events.last).to_contain_text("hadir")


def test_the_register_is_taken_by_keyboard_alone(arrive: Callable[..., Visitor], password: str) -> None:
    page = open_today(arrive(), password)
    page.locator("body").press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    _tab_to(page, person(page, "Ani").get_by_role("radio").first)
    page.keyboard.press("Space")
    _tab_to(page, person(page, "Budi").get_by_role("radio").first)
    page.keyboard.press("Space")
    page.keyboard.press("ArrowRight")
    expect(status(page, "Budi", "terlambat")).to_be_checked()
    _tab_to(page, person(page, "Budi").get_by_label("Minutes late"))
    page.keyboard.type("5")
    _tab_to(page, page.get_by_role("button", name="Undo"))
    expect(page.get_by_text("All saved")).to_be_visible()
    page.reload()
    expect(status(page, "Ani", "hadir")).to_be_checked()
    expect(status(page, "Budi", "terlambat")).to_be_checked()
    expect(person(page, "Budi").get_by_label("Minutes late")).to_have_value("5")


def _tab_to(page: Page, wanted: Locator) -> None:
    """Go on with Tab until it has the focus, as somebody without a mouse does."""
    for _ in range(40):
        page.keyboard.press("Tab")
        if wanted.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError(f"Tab never came to {wanted}")


def test_the_register_is_taken_without_scripts(arrive: Callable[..., Visitor], password: str) -> None:
    page = open_today(arrive(java_script_enabled=False, **PHONE), password)
    page.get_by_role("button", name="Set everyone without a mark to hadir").click()
    expect(status(page, "Ani", "hadir")).to_be_checked()
    status(page, "Budi", "terlambat").click()
    person(page, "Budi").get_by_label("Minutes late").fill("7")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("2 marks were saved.")).to_be_visible()
    person(page, "Budi").get_by_text("More").click()
    expect(person(page, "Budi").get_by_role("listitem")).to_contain_text("terlambat, 7 minutes late")


def test_a_wrong_mark_is_pointed_out_and_nothing_is_lost(arrive: Callable[..., Visitor], password: str) -> None:
    page = open_today(arrive(java_script_enabled=False), password)
    status(page, "Ani", "hadir").click()
    person(page, "Budi").get_by_text("More").click()
    person(page, "Budi").get_by_label("Remark").fill("Ban bocor")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Nothing was saved")).to_be_visible()
    expect(person(page, "Budi")).to_contain_text("Choose a status as well.")
    expect(status(page, "Ani", "hadir")).to_be_checked()
    status(page, "Budi", "terlambat").click()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("2 marks were saved.")).to_be_visible()


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_scores_are_entered_and_a_wrong_one_shows_at_its_place(
    arrive: Callable[..., Visitor], password: str, scripts: bool
) -> None:
    visitor = arrive(java_script_enabled=scripts)
    page = visitor.sign_in("facilitator@sukabumi.example", password)
    page.get_by_role("link", name="Angkatan III").click()
    page.get_by_role("link", name="Assessments").click()
    page.get_by_label("Score of Ani Contoh").fill("88,5")
    page.get_by_label("Score of Budi Contoh").fill("880")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Nothing was saved")).to_be_visible()
    wrong = page.get_by_label("Score of Budi Contoh")
    expect(wrong).to_have_attribute("aria-invalid", "true")
    expect(wrong).to_have_accessible_description(re.compile("100"))
    expect(page.get_by_label("Score of Ani Contoh")).to_have_value("88,5")
    if scripts:
        assert problems(visitor) == []
    wrong.fill("80")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("2 scores were saved.")).to_be_visible()
    expect(page.get_by_text("2 of 2 scored")).to_be_visible()
    page.reload()
    expect(page.get_by_label("Score of Ani Contoh")).to_have_value("88.5")


def test_a_facilitator_sees_only_their_own_group(arrive: Callable[..., Visitor], password: str) -> None:
    page = open_today(arrive(), password)
    expect(page.get_by_role("group", name=re.compile("Contoh"))).to_have_count(2)
    expect(page.get_by_text("Citra")).to_have_count(0)
