"""Every page of every room, as somebody who may open it."""

from collections.abc import Callable

import pytest
from flask import Flask
from playwright.sync_api import expect

from tests.browser.addresses import EXAMPLES, WITHOUT_A_PAGE
from tests.browser.inspection import problems, problems_of_words
from tests.browser.scene import Scene
from tests.browser.visitor import PHONE, Visitor

ROLES = ("admin", "manager", "facilitator", "auditor", "participant")


def test_every_page_has_an_example(app: Flask) -> None:
    pages = {rule.endpoint for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())}
    known = {example.endpoint for example in EXAMPLES} | WITHOUT_A_PAGE.keys()
    assert pages - known == set()
    assert known - pages == set()


@pytest.mark.parametrize("role", [None, *ROLES])
def test_nothing_is_wrong_with_any_page(
    app: Flask, scene: Scene, arrive: Callable[..., Visitor], role: str | None
) -> None:
    visitor, found = arrive(role), list[str]()
    for path in [example.path(app, scene) for example in EXAMPLES if example.role == role]:
        answer = visitor.page.goto(visitor.address + path)
        assert answer is not None
        assert answer.status == 200, path
        found += problems(visitor)
    assert found == []
    assert visitor.troubles == []


@pytest.mark.parametrize("role", [None, *ROLES])
def test_every_page_speaks_indonesian_and_fits_a_small_phone(
    app: Flask, scene: Scene, arrive: Callable[..., Visitor], role: str | None
) -> None:
    visitor, found = arrive(role, locale="id-ID"), list[str]()
    for path in [example.path(app, scene) for example in EXAMPLES if example.role == role]:
        visitor.open(path)
        found += problems_of_words(visitor, "id")
    assert found == []


@pytest.mark.parametrize("path", ["/credentials", "/people", "/cohorts"])
def test_the_present_place_is_in_sight_on_a_phone(arrive: Callable[..., Visitor], path: str) -> None:
    page = arrive("admin", **PHONE).open(path)
    place = page.get_by_role("navigation", name="Main").locator("[aria-current]")
    expect(place).to_have_attribute("href", path)
    expect(place).to_be_in_viewport(ratio=0.98)


WRONG = """<!doctype html><html lang="de"><title>Wrong</title><meta name="color-scheme" content="light dark">
<style>hr { width: 500px } @media (prefers-color-scheme: dark) { h1 { color: #333; background: #222 } }</style>
<main><h1>One</h1><h1>Two</h1><img src="data:,"><hr><p>Text</p></main></html>"""


def test_what_is_wrong_is_found(arrive: Callable[..., Visitor]) -> None:
    visitor = arrive()
    visitor.page.set_content(WRONG)
    found = "\n".join(problems(visitor))
    for told in ("2 h1", "said to be de", "image-alt", "dark at 390 pixels: color-contrast", "pixels too wide"):
        assert told in found


@pytest.mark.parametrize(
    ("role", "path"), [("admin", "/nowhere"), ("participant", "/people"), (None, "/o/nobody/sign-in")]
)
def test_nothing_is_wrong_with_a_page_that_says_no(arrive: Callable[..., Visitor], role: str | None, path: str) -> None:
    visitor = arrive(role)
    visitor.open(path)
    assert problems(visitor) == []
