"""What a system sent and the rules refused is repaired on a page and counts; a key is kept to its own people."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.scene import worker
from tests.browser.visitor import PHONE, Visitor
from tests.world import World
from tests.xapi import lrs

SCRIPTS = pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])


@SCRIPTS
def test_a_refused_score_is_found_repaired_and_counts(
    world: World, arrive: Callable[..., Visitor], scripts: bool
) -> None:
    _ = world.cohort
    flat = lrs.statement(result={"score": {"raw": 90, "min": 100, "max": 100}})
    assert lrs.lrs(world, "statements/write").post(flat).status_code == 400
    visitor = arrive("manager", java_script_enabled=scripts, **PHONE)
    page = visitor.open("/waiting")
    page.get_by_role("link", name="Refused").click()
    page.get_by_role("rowheader").get_by_role("link").click()
    expect(page.get_by_text("min must be less than max, which is 100.")).to_be_visible()
    page.get_by_role("link", name="To the place that is wrong").click()
    expect(page.locator("mark")).to_be_in_viewport()
    typed = page.get_by_label("JSON of the statements")
    typed.fill(typed.input_value().replace('"min": 100', '"min": 900'))
    page.get_by_role("button", name="Send it again").click()
    expect(page.get_by_text("It was refused again, and nothing was stored")).to_be_visible()
    typed.fill(typed.input_value().replace('"min": 900', '"min": 0'))
    page.get_by_role("button", name="Send it again").click()
    expect(page.get_by_text("1 statement was stored.")).to_be_visible()
    worker(world)
    page.locator("#came-to").get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Statement")
    page = visitor.open("/cohorts/III")
    expect(page.get_by_role("row", name="Ani").first).to_contain_text("60.00")


@SCRIPTS
def test_a_key_is_limited_and_a_new_site_is_said_to_be_known(
    world: World, arrive: Callable[..., Visitor], scripts: bool
) -> None:
    sender = lrs.lrs(world, "statements/write")
    sender.sent(lrs.statement())
    visitor = arrive("admin", java_script_enabled=scripts)
    page = visitor.open("/credentials")
    page.get_by_role("link", name="Say whether they are known").click()
    page.get_by_role("button", name="We know this site").click()
    expect(page.get_by_text("This site is known from now on.")).to_be_visible()
    expect(page.get_by_role("button", name="We know this site")).to_have_count(0)
    page = visitor.open("/credentials")
    page.get_by_role("link", name="MOOC of the tests").click()
    page.get_by_label("Only accounts of these sites (homePage)").fill("lain.example")
    page.get_by_role("button", name="Set these limits").click()
    expect(page.get_by_label("Only accounts of these sites (homePage)")).to_have_attribute("aria-invalid", "true")
    page.get_by_label("Only accounts of these sites (homePage)").fill("https://lain.example")
    page.get_by_role("button", name="Set these limits").click()
    expect(page.get_by_text("The limits are in force from the next request on.")).to_be_visible()
    assert sender.post(lrs.statement()).status_code == 403
    page.get_by_text("Revoke", exact=True).last.click()
    page.get_by_role("button", name="Revoke it").click()
    expect(page.get_by_role("row", name="MOOC of the tests")).to_contain_text("Revoked")
    assert sender.post(lrs.statement()).status_code == 401
