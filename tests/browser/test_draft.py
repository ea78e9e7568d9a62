"""A programme is changed by the keyboard alone, on a phone."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.scene import Scene
from tests.browser.visitor import Visitor
from tests.programme.drafting import begin, saved


def keys(scene: Scene, draft: str) -> list[str]:
    return [one["key"] for one in saved(scene.world, draft)[1]["component"]]


def press(page: Page, name: str) -> None:
    """Press a button by the keyboard, and wait for the page that comes."""
    button = page.get_by_role("button", name=name)
    button.focus()
    with page.expect_navigation():
        button.press("Enter")


def test_enter_saves_and_a_component_is_moved_opened_and_removed(scene: Scene, arrive: Callable[..., Visitor]) -> None:
    draft = begin(scene.world)
    page = arrive("manager").open(draft)
    title = page.locator("#title")
    title.fill("Judul lain")
    with page.expect_navigation():
        title.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Judul lain")
    assert keys(scene, draft) == ["mooc", "attendance", "project"]

    weight, total = page.locator("[id='component.1.weight']"), page.locator("p", has_text="Sum of the weights")
    for typed, told in (
        ("59,5", "99.5 of 100 must be exactly 100"),
        ("x", "40 of 100 must"),
        ("60", "100 of 100 complete"),
    ):
        weight.fill(typed)
        expect(total.filter(visible=True)).to_contain_text(told, use_inner_text=True)

    press(page, "Down MOOC")
    assert page.url.endswith("#component.2")
    assert keys(scene, draft) == ["attendance", "mooc", "project"]

    page.locator("[id='component.2.title']").fill("MOOC baru")
    press(page, "Open MOOC")
    expect(page.get_by_role("heading", level=1)).to_have_text("MOOC baru")
    fold = page.locator("summary", has_text="Modul 2")
    fold.press("Enter")
    module = page.locator("[id='module.2.title']")
    module.fill("Modul kedua")
    with page.expect_navigation():
        module.press("Enter")
    assert saved(scene.world, draft)[1]["component"][1]["module"][1]["title"] == "Modul kedua"

    page.goto(page.url.partition("/parts/")[0])
    page.locator("summary", has_text="Remove MOOC baru").press("Enter")
    press(page, "Remove it")
    assert keys(scene, draft) == ["attendance", "project"]
