"""The pages as a browser shows them: on a phone and on a desk, light and dark, accessible, and without scripts."""

import threading
from collections.abc import Iterator
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page
from werkzeug.serving import make_server

from tests.dashboards.facts import MODULE_1, MODULE_2, entered, marked, scored
from tests.world import World

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
Theme = Literal["light", "dark"]


@pytest.fixture
def address(world: World) -> Iterator[str]:
    """Where the app is served while the test runs, with something of every kind recorded."""
    scored(world, "Ani", "82.5")
    scored(world, "Ani", "61", module=MODULE_2)
    marked(world, "Ani", "terlambat", minutes=12, remark="Ban bocor")
    marked(world, "Budi", "alpa")
    entered(world, "Ani", "90")
    server = make_server("127.0.0.1", 0, world.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()


def opened(
    browser: Browser, world: World, role: str, url: str, *, width: int, theme: Theme, scripts: bool = True
) -> Page:
    """The page as this role sees it."""
    cookie = world.client(role).get_cookie("padu")
    assert cookie is not None
    context = browser.new_context(
        viewport={"width": width, "height": 800}, color_scheme=theme, java_script_enabled=scripts, locale="en-GB"
    )
    context.add_cookies([{"name": "padu", "value": cookie.value, "url": url}])
    page = context.new_page()
    answer = page.goto(url)
    assert answer is not None
    assert answer.status == 200
    return page


def pages(world: World) -> list[tuple[str, str]]:
    """(role, path) of one page of each kind."""
    base = f"/cohorts/III/participants/{world.participant('Ani')}"
    return [
        ("manager", "/"),
        ("manager", "/cohorts/III"),
        ("participant", "/me"),
        ("participant", f"{base}/explain"),
        ("participant", f"{base}/explain/mooc"),
        ("participant", f"{base}/units/module?unit={MODULE_1}"),
        ("participant", f"{base}/units/session?unit={world.session_id('S01')}"),
    ]


@pytest.mark.parametrize(("width", "theme"), [(320, "dark"), pytest.param(1440, "light", marks=pytest.mark.slow)])
def test_every_page_fits_its_window_and_is_accessible(
    world: World, browser: Browser, address: str, width: int, theme: Theme
) -> None:
    for role, path in pages(world):
        page = opened(browser, world, role, address + path, width=width, theme=theme)
        page.evaluate("document.querySelectorAll('details.more').forEach(one => one.open = true)")
        report = Axe().run(page)
        assert report.violations_count == 0, f"{path}: {report.generate_report()}"
        assert page.evaluate("document.documentElement.scrollWidth") == width, path
        page.context.close()


def test_on_a_phone_people_are_cards(world: World, browser: Browser, address: str) -> None:
    page = opened(browser, world, "manager", f"{address}/cohorts/III", width=390, theme="light")
    boxes = [row.bounding_box() for row in page.locator(".people tbody tr").all()]
    assert len(boxes) == 4
    assert all(box is not None and box["width"] <= 390 and box["height"] < 400 for box in boxes)
    assert page.get_by_role("rowheader", name="Ani Contoh").is_visible()


def test_without_scripts_a_participant_reads_everything(world: World, browser: Browser, address: str) -> None:
    page = opened(browser, world, "participant", f"{address}/me", width=390, theme="light", scripts=False)
    page.locator("summary", has_text="2 modules").click()
    assert page.get_by_role("link", name="Open Modul 1").is_visible()
    page.locator("a.figures-large").click()
    assert page.get_by_role("heading", level=1).inner_text() == "How the whole comes about"


def test_without_scripts_the_list_is_filtered_and_sorted(world: World, browser: Browser, address: str) -> None:
    page = opened(browser, world, "manager", f"{address}/cohorts/III", width=1440, theme="light", scripts=False)
    page.get_by_label("Group").select_option("A")
    page.get_by_role("button", name="Show").click()
    assert page.locator(".people tbody th a").all_inner_texts() == ["Ani Contoh", "Budi Contoh"]
    page.get_by_role("columnheader", name="Name").get_by_role("link").click()
    page.get_by_role("columnheader", name="Name").get_by_role("link").click()
    assert page.locator(".people tbody th a").all_inner_texts() == ["Budi Contoh", "Ani Contoh"]
    assert page.url.endswith("#participants")
