"""A manager's day: who needs a look, and why; and the results as a file."""

import csv
import re
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.scene import Scene, password_for
from tests.browser.visitor import Visitor

EVERYBODY = ("Ani", "Budi", "Citra", "Dedi", "Raden")


def expect_people(page: Page, *names: str) -> None:
    """The cohort page lists these people and nobody else, in this order."""
    people = page.get_by_role("table", name="Participants of Angkatan III").get_by_role("rowheader")
    expect(people).to_contain_text(list(names))


def test_whoever_needs_review_is_found_and_why(scene: Scene, arrive: Callable[..., Visitor]) -> None:
    visitor = arrive()
    page = visitor.sign_in("manager@sukabumi.example", password_for(scene.world, scene.world.account("manager")))
    page.get_by_role("link", name="Angkatan III").click()
    expect_people(page, *EVERYBODY)

    page.get_by_label("Group").select_option("B")
    expect_people(page, "Citra", "Dedi")
    page.get_by_label("Group").select_option("")
    expect_people(page, *EVERYBODY)

    for order, names in (("descending", EVERYBODY), ("ascending", ("Citra", "Dedi", "Raden", "Budi", "Ani"))):
        page.get_by_role("columnheader", name="MOOC").get_by_role("link").click()
        expect(page.get_by_role("columnheader", name="MOOC")).to_have_attribute("aria-sort", order)
        expect_people(page, *names)
    page.get_by_label("Name or identifier").fill("budi")
    page.get_by_role("button", name="Show").click()
    expect_people(page, "Budi")

    page = visitor.open("/cohorts/III")
    page.get_by_role("link", name="Needs review").click()
    expect_people(page, "Budi")
    page.get_by_role("link", name="Budi Contoh", exact=True).click()
    expect(page.get_by_text("A person should look at this")).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text(re.compile("missed", re.IGNORECASE))
    expect(page.get_by_role("main")).to_contain_text("2 (allowed: 1)")


def test_the_results_are_taken_as_a_file(scene: Scene, arrive: Callable[..., Visitor], tmp_path: Path) -> None:
    visitor = arrive("manager")
    page = visitor.open("/cohorts/III")
    with page.expect_download() as started:
        page.get_by_role("link", name="Export").click()
    assert re.fullmatch(r"III 2026-03-12\.\w+", started.value.suggested_filename)
    with page.expect_download() as started:
        page.evaluate("location.href = '/cohorts/III/export.csv'")
    started.value.save_as(tmp_path / "results.csv")
    with open(tmp_path / "results.csv", encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["name"].split()[0] for row in rows] == [*EVERYBODY]
    assert (rows[0]["so_far"], rows[0]["of_all"], rows[0]["best_possible"]) == ("87.00", "64.56", "93.15")
