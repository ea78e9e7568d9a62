"""Language and appearance, signed in or not, with scripts or without."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.scene import Scene
from tests.browser.visitor import Visitor

GROUND = "() => getComputedStyle(document.body).backgroundColor"


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
@pytest.mark.parametrize(
    ("role", "path", "english"),
    [(None, "/sign-in", "Sign in"), ("manager", "/cohorts?search=x", "Cohorts")],
    ids=["signed out", "signed in"],
)
def test_the_language_is_chosen_and_kept(
    scene: Scene, arrive: Callable[..., Visitor], role: str | None, path: str, english: str, scripts: bool
) -> None:
    visitor = arrive(role, java_script_enabled=scripts)
    page = visitor.open(path)
    language, heading = page.locator("html"), page.get_by_role("heading", level=1)
    expect(language).to_have_attribute("lang", "en")
    expect(heading).to_have_text(english)
    page.get_by_role("button", name="Bahasa Indonesia").click()
    expect(language).to_have_attribute("lang", "id")
    expect(heading).not_to_have_text(english)
    assert visitor.path == path
    visitor.open(path)
    expect(language).to_have_attribute("lang", "id")
    page.get_by_role("button", name="English").click()
    expect(heading).to_have_text(english)


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
@pytest.mark.parametrize(("role", "path"), [(None, "/sign-in"), ("manager", "/cohorts")])
def test_the_appearance_is_chosen_and_kept(
    scene: Scene, arrive: Callable[..., Visitor], role: str | None, path: str, scripts: bool
) -> None:
    visitor = arrive(role, java_script_enabled=scripts, color_scheme="light")
    page = visitor.open(path)
    light = page.evaluate(GROUND)
    page.get_by_role("button", name="Dark").click()
    expect(page.get_by_role("button", name="Dark")).to_have_attribute("aria-pressed", "true")
    dark = page.evaluate(GROUND)
    assert dark != light
    visitor.open(path)
    assert page.evaluate(GROUND) == dark
    page.get_by_role("button", name="System").click()
    expect(page.get_by_role("button", name="System")).to_have_attribute("aria-pressed", "true")
    assert page.evaluate(GROUND) == light
