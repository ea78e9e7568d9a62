"""The page of all components: who may see it, and what a browser and axe say of it in both themes."""

import threading
from collections.abc import Iterator
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser, Page
from werkzeug.serving import make_server

Theme = Literal["light", "dark"]


@pytest.fixture
def address(shell_app: Flask) -> Iterator[str]:
    """Where the shell's app is served while the test runs."""
    server = make_server("127.0.0.1", 0, shell_app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()


def opened(browser: Browser, address: str, *, width: int, theme: Theme, scripts: bool = True) -> tuple[Page, list[str]]:
    """The page, and what the browser complains of while it is looked at."""
    page = browser.new_context(
        viewport={"width": width, "height": 800}, color_scheme=theme, java_script_enabled=scripts
    ).new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(f"{address}/design?as=manager", wait_until="networkidle")
    return page, complaints


@pytest.mark.parametrize(("role", "status"), [("facilitator", 200), ("auditor", 200), ("participant", 403)])
def test_only_staff_see_it(shell_app: Flask, role: str, status: int) -> None:
    assert shell_app.test_client().get(f"/design?as={role}").status_code == status


@pytest.mark.parametrize(("width", "theme"), [(320, "dark"), (390, "light"), (1280, "light")])
def test_it_fits_its_window_and_is_accessible(browser: Browser, address: str, width: int, theme: Theme) -> None:
    page, complaints = opened(browser, address, width=width, theme=theme)
    report = Axe().run(page)
    assert report.violations_count == 0, report.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert complaints == []


def test_a_script_counts_the_register_and_marks_the_rest(browser: Browser, address: str) -> None:
    page, complaints = opened(browser, address, width=390, theme="light")
    assert page.locator("[data-marked]").inner_text() == "3"
    page.locator("[data-rest-as=terlambat]").click()
    assert page.locator("[data-marked]").inner_text() == "4"
    assert page.locator("input[name=mark-3]:checked").get_attribute("value") == "terlambat"
    assert page.locator("input[name=mark-2]:checked").get_attribute("value") == "alpa"
    assert complaints == []


def test_without_scripts_the_register_and_the_menus_still_work(browser: Browser, address: str) -> None:
    page, _ = opened(browser, address, width=390, theme="light", scripts=False)
    page.locator("#mark-3-1").check()
    assert page.locator("#mark-3-1").is_checked()
    assert not page.locator("[data-rest]").is_visible()
    assert not page.locator("[data-copy]").is_visible()
    page.locator("details.confirm > summary").click()
    assert page.locator(".confirm-panel").is_visible()


def test_a_chosen_theme_outlasts_the_page(browser: Browser, address: str) -> None:
    page, _ = opened(browser, address, width=390, theme="light")
    before = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.locator("button[name=theme][value=dark]").click()
    page.goto(f"{address}/design?as=manager")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != before
    assert page.locator("button[name=theme][value=dark]").get_attribute("aria-pressed") == "true"
