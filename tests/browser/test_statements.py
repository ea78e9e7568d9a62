"""The list of statements goes on by itself while it is looked at."""

from collections.abc import Callable

from playwright.sync_api import expect

from tests.browser.scene import Scene
from tests.browser.visitor import Visitor
from tests.xapi import lrs


def test_what_comes_in_appears_at_the_top_unless_the_list_is_paused(
    scene: Scene, arrive: Callable[..., Visitor]
) -> None:
    visitor = arrive("auditor")
    visitor.page.clock.install()
    page = visitor.open("/statements")
    rows = page.locator("#statements > li")
    expect(rows).not_to_have_count(0)
    before = rows.count()
    sender = lrs.lrs(scene.world)

    sender.sent(lrs.statement("baru-1"))
    page.clock.run_for(1500)
    expect(rows.first).to_contain_text("baru-1 completed")
    expect(page.get_by_text("1 new statement", exact=True)).to_be_visible()
    sender.sent(lrs.statement("baru-2"), lrs.statement("baru-3"))
    page.clock.run_for(1500)
    expect(rows).to_have_count(before + 3)

    page.get_by_role("button", name="Pause").click()
    sender.sent(lrs.statement("baru-4"))
    asked = len(visitor.responses)
    page.clock.run_for(5000)
    assert len(visitor.responses) == asked
    expect(rows).to_have_count(before + 3)
    page.get_by_role("button", name="Go on").click()
    page.clock.run_for(1500)
    expect(rows.first).to_contain_text("baru-4 completed")
    expect(rows).to_have_count(before + 4)
    assert visitor.troubles == []


def test_without_a_script_a_link_shows_what_is_newer(scene: Scene, arrive: Callable[..., Visitor]) -> None:
    page = arrive("auditor", java_script_enabled=False).open("/statements")
    lrs.lrs(scene.world).sent(lrs.statement("baru-1"))

    page.get_by_role("link", name="Show newer").click()
    expect(page.locator("#statements > li").first).to_contain_text("baru-1 completed")
