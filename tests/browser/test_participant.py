"""A participant's day: from the link to their own figures, down to the statement, and to nothing of anybody else's."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.browser.inspection import problems
from tests.browser.scene import PREPARATION, Scene
from tests.browser.visitor import PHONE, Visitor
from tests.world import PASSWORD
from tests.xapi.lrs import ANI, MODULE

MOST = 100_000
"""Bytes of a participant's first page and all that it asks for, as they leave the server."""


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_the_way_from_the_link_to_the_statement(scene: Scene, arrive: Callable[..., Visitor], scripts: bool) -> None:
    visitor = arrive(java_script_enabled=scripts, **PHONE)
    page = visitor.open(scene.invite("Ani"))
    _choose_a_password(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Where I stand")
    _read_the_figures(page)
    _follow_a_figure_to_the_statement(page)


def _choose_a_password(page: Page) -> None:
    expect(page.get_by_text("This link is for Ani Contoh.")).to_be_visible()
    expect(page.get_by_text(ANI)).to_be_visible()
    for password, again, told in (
        ("pendek", "pendek", "12 characters or more"),
        (PASSWORD, "another one altogether", "The two passwords differ."),
    ):
        page.get_by_label("New password", exact=True).fill(password)
        page.get_by_label("New password again").fill(again)
        page.get_by_role("button", name="Save and sign in").click()
        expect(page.get_by_role("alert")).to_contain_text(told)
    page.get_by_label("New password", exact=True).fill(PASSWORD)
    page.get_by_label("New password again").fill(PASSWORD)
    page.get_by_role("button", name="Save and sign in").click()


def _read_the_figures(page: Page) -> None:
    """Module 1 has 92 of its two attempts, module 2 nothing; present and late; the project 81."""
    whole = page.locator(".card", has=page.get_by_role("heading", name="The whole"))
    for figure in ("87.00", "64.56", "93.15"):
        expect(whole).to_contain_text(figure)
    expect(page.get_by_role("heading", name="What to do next")).to_be_visible()


def _follow_a_figure_to_the_statement(page: Page) -> None:
    page.get_by_role("listitem").filter(has_text="MOOC").get_by_role("link", name="61.33").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("How MOOC comes about")
    page.get_by_role("rowheader", name="Modul 1").get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Modul 1")
    statements = page.get_by_role("table", name="Statements behind it")
    expect(statements.get_by_role("row").nth(1)).to_contain_text("score 85.00")
    statements.get_by_role("row").nth(1).get_by_role("link").click()
    expect(page.get_by_role("main")).to_contain_text(MODULE)
    expect(page.get_by_role("main")).to_contain_text('"raw": 85')


def test_nothing_of_others_can_be_reached(scene: Scene, arrive: Callable[..., Visitor]) -> None:
    visitor = arrive("participant")
    budi = scene.world.participant("Budi")
    page = visitor.open("/")
    assert visitor.path == "/me"
    expect(page.get_by_text("Budi")).to_have_count(0)
    for path, status in (
        ("/cohorts/III", 403),
        (f"/cohorts/III/participants/{budi}", 404),
        (f"/cohorts/III/participants/{budi}/explain", 404),
        (f"/statements/{scene.budis_statement_id}", 404),
        ("/cohorts/III/sessions/S01", 403),
        ("/people", 403),
        ("/cohorts/III/export.csv", 403),
    ):
        answer = page.goto(visitor.address + path)
        assert answer is not None
        assert answer.status == status, path
        expect(page.get_by_text("Budi")).to_have_count(0)


def test_the_first_page_is_small(scene: Scene, arrive: Callable[..., Visitor]) -> None:
    scene.add_sessions(*(PREPARATION + timedelta(days=day) for day in range(24)))
    visitor = arrive("participant", locale="id-ID", **PHONE)
    visitor.open("/me")
    assert 0 < visitor.transferred() <= MOST


def test_whoever_is_in_no_cohort_finds_a_page_that_says_so(scene: Scene, arrive: Callable[..., Visitor]) -> None:
    visitor = arrive(account_id=scene.stranger())
    page = visitor.open("/")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert visitor.path == "/me"
    assert problems(visitor) == []
