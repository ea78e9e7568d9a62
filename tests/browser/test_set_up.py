"""A manager makes a cohort ready with the keyboard alone."""

from collections.abc import Callable

from playwright.sync_api import Locator, Page, expect

from tests.browser.visitor import Visitor
from tests.world import World

PEOPLE = "identifier\tname\tgroup\n199101012026031001\tEka Contoh\tMawar\n199101012026031002\tFajar Contoh\tMelati\n"
MORNING = "0800A"
"""A clock of twelve hours takes the A, one of twenty-four passes it over. Days are chosen so that months may lead."""


def reach(wanted: Locator) -> None:
    """Have it focused, as Tab does in the end: it has to be among what Tab stops at."""
    wanted.focus()
    assert wanted.evaluate("element => element === document.activeElement && element.tabIndex >= 0")


def type_into(page: Page, label: str, *texts: str) -> None:
    """Type texts into a field; a part of a date or a time that does not end by itself is left by an arrow."""
    reach(page.get_by_label(label, exact=True))
    for number, text in enumerate(texts):
        if number:
            page.keyboard.press("ArrowRight")
        page.keyboard.type(text)


def press(page: Page, role: str, name: str) -> None:
    """Reach a button or a link, and press Enter."""
    reach(page.get_by_role("main").get_by_role(role, name=name, exact=True))  # type: ignore[arg-type]
    page.keyboard.press("Enter")


def test_a_cohort_is_made_ready_with_the_keyboard_alone(world: World, arrive: Callable[..., Visitor]) -> None:
    _ = world.programme, world.account("facilitator")
    page = arrive("manager").open("/cohorts")
    press(page, "link", "Add a cohort")
    type_into(page, "Code", "IV")
    type_into(page, "Name", "Angkatan IV")
    type_into(page, "Start", "05052026", MORNING)
    press(page, "button", "Add the cohort")

    press(page, "link", "Groups and facilitators")
    reach(page.get_by_label("Names"))
    page.keyboard.type("Mawar\nMelati")
    reach(page.get_by_label("Facilitator of all of these"))
    page.keyboard.press("ArrowDown")
    press(page, "button", "Add the groups")
    expect(page.get_by_text("2 groups were added.")).to_be_visible()

    press(page, "link", "Next: Participants")
    reach(page.get_by_label("Or paste the rows"))
    page.keyboard.insert_text(PEOPLE)
    press(page, "button", "Try it")
    press(page, "button", "Import what is shown")
    expect(page.get_by_text("pasted text: 2 added")).to_be_visible()

    press(page, "link", "Next: Sessions")
    type_into(page, "Title", "Kelas {n}")
    type_into(page, "Code", "K{nn}-{group}")
    type_into(page, "Last day", "06062026")
    type_into(page, "Starts", MORNING)
    type_into(page, "Ends", "1015A")
    type_into(page, "JP", "3")
    for group in ("Mawar", "Melati"):
        reach(page.get_by_label(group, exact=True))
        page.keyboard.press("Space")
    press(page, "button", "Show what this makes")
    press(page, "button", "Add 48 sessions")
    press(page, "link", "Set-up")

    steps = page.get_by_role("table", name="Steps").get_by_role("row")
    expect(steps).to_contain_text(["State", "Done", "Done", "Done", "Done", "Optional"])
    press(page, "link", "Next: Targets")
    expect(page.get_by_role("heading", name="Targets")).to_be_visible()
