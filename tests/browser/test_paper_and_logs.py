"""Keying a printed sheet in, and the log of a live class, as people do it in a browser."""

import re
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import expect

from tests.browser.inspection import problems
from tests.browser.scene import Scene
from tests.browser.visitor import PHONE, Visitor

LOG = "name,join,leave\nAni Contoh,08:02,10:15\nCitra Contoh,08:00,08:30\nHP Dedi,08:00,10:15\n"


def test_a_sheet_that_is_keyed_in_is_compared_before_it_is_saved(scene: Scene, arrive: Callable[..., Visitor]) -> None:
    visitor = arrive("manager", **PHONE)
    page = visitor.open("/cohorts/III/sessions/S01?source=paper&sheet=2&of=2&from=2&to=3")
    expect(page.get_by_text("Keying in sheet 2 from paper")).to_be_visible()
    assert problems(visitor) == []
    rows = page.locator("#register fieldset.person")
    expect(rows).to_have_count(2)
    citra = page.get_by_role("group", name=re.compile("Citra Contoh"))
    citra.get_by_role("radio", name="hadir", exact=True).tap()
    page.locator("#register").get_by_role("button", name="Compare").tap()
    expect(page.get_by_text("Nothing is saved yet")).to_be_visible()
    expect(page.get_by_role("row", name=re.compile("Citra Contoh"))).to_contain_text("hadir")
    assert problems(visitor) == []
    page.get_by_role("button", name="Back to the sheet").tap()
    expect(citra.get_by_role("radio", name="hadir", exact=True)).to_be_checked()
    page.locator("#register").get_by_role("button", name="Compare").tap()
    page.get_by_role("button", name="Save 1 difference").tap()
    expect(page.get_by_text("1 mark was saved.")).to_be_visible()
    expect(rows).to_have_count(2)
    citra.get_by_text("More").tap()
    expect(page.get_by_text("From paper, sheet 2")).to_be_visible()


def test_a_log_is_tried_matched_and_imported(scene: Scene, arrive: Callable[..., Visitor], tmp_path: Path) -> None:
    file = tmp_path / "log.csv"
    file.write_text(LOG)
    visitor = arrive("manager")
    page = visitor.open("/cohorts/III/import/live-log?session=S01")
    page.get_by_label("File").set_input_files(file)
    page.get_by_role("button", name="Try it").click()
    expect(page.get_by_role("heading", name="What would change")).to_be_visible()
    assert problems(visitor) == []
    page.get_by_label("HP Dedi").select_option(label="Dedi Contoh · 199001012026031004")
    page.get_by_role("button", name="Look again with these people").click()
    expect(page.get_by_role("row", name="Dedi Contoh").get_by_text("133 of 135")).to_have_count(0)
    expect(page.get_by_role("row", name="Dedi Contoh")).to_be_visible()
    page.get_by_role("button", name="Import what is shown").click()
    expect(page.get_by_text("log.csv was imported")).to_be_visible()
    visitor.open("/cohorts/III/sessions/S01/log")
    expect(page.get_by_role("row", name="Dedi Contoh").get_by_text("135 of 135")).to_be_visible()
    assert problems(visitor) == []
