"""An administrator's day: from nothing to a cohort with its people, and to figures that come by themselves."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import time_machine
from playwright.sync_api import Page, expect
from tincan import RemoteLRS, Statement

from lms.people import service as people
from lms.xapi import rules
from tests.browser.inspection import problems
from tests.browser.scene import worker
from tests.browser.visitor import Visitor
from tests.world import NOW, PASSWORD, World
from tests.xapi import lrs

EXAMPLE = Path(__file__).resolve().parents[1] / "examples" / "sukabumi"
KINDS = ("Participants", "Sessions", "Attendance", "Assessments")
BROKEN = b"identifier,name,group\n1.99E+17,Peserta 01,A\n199001012021032002,,A\n"
ON_BOTH = pytest.mark.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture
def setup_code(world: World) -> str:
    """What the start of an empty installation shows."""
    with world.transaction() as session, time_machine.travel(NOW, tick=False):
        return people.new_setup_code(session, now=NOW)


def test_an_office_sets_itself_up_from_nothing(arrive: Callable[..., Visitor], setup_code: str) -> None:
    visitor = arrive()
    _set_up(visitor, setup_code)
    _publish(visitor)
    _add_cohort(visitor)
    _try_a_broken_file(visitor)
    _import_everything(visitor.page)
    _invite_everybody(visitor)


def _set_up(visitor: Visitor, code: str) -> None:
    page = visitor.open("/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Set up")
    page.get_by_role("button", name="Set up").click()
    expect(page.get_by_role("alert")).to_contain_text("Setup code: This is needed.")
    assert problems(visitor) == []
    page.get_by_label("Setup code").fill(code)
    page.get_by_label("Name of the organisation").fill("Kota Contoh")
    page.get_by_label("Short name for addresses").fill("kota-contoh")
    page.get_by_label("Your name").fill("Adi Contoh")
    page.get_by_label("Your e-mail").fill("adi@kota.example")
    page.get_by_label("New password", exact=True).fill(PASSWORD)
    page.get_by_label("New password again").fill(PASSWORD)
    page.get_by_role("button", name="Set up").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Today")
    expect(page.get_by_role("banner")).to_contain_text("Kota Contoh")


def _publish(visitor: Visitor) -> None:
    page = visitor.page
    page.get_by_role("link", name="Publish a programme").click()
    page.get_by_label("Or its text").fill('code = "x"\npass_mark = "101"\n')
    page.get_by_role("button", name="Only check").click()
    expect(page.get_by_text("nothing was published")).to_be_visible()
    assert problems(visitor) == []
    page.get_by_label("A programme file").set_input_files(EXAMPLE / "programme.toml")
    page.get_by_role("button", name="Only check").click()
    expect(page.get_by_text("It is not published yet.")).to_be_visible()
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_text("Version 1 is published.")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_have_text("Pelatihan Dasar CPNS (contoh)")


def _add_cohort(visitor: Visitor) -> None:
    page = visitor.page
    page.get_by_role("link", name="Add a cohort").click()
    page.get_by_label("Code").fill("III / 2021")
    page.get_by_label("Name", exact=True).fill("Angkatan III")
    page.get_by_label("Start").fill("2021-04-05T08:00")
    page.get_by_role("button", name="Add the cohort").click()
    expect(page.locator("#code")).to_have_attribute("aria-invalid", "true")
    assert problems(visitor) == []
    page.get_by_label("Code").fill("III 2021")
    page.get_by_role("button", name="Add the cohort").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Setting up Angkatan III")


def _try_a_broken_file(visitor: Visitor) -> None:
    page = visitor.page
    page.get_by_role("link", name="Next: Participants").click()
    for button in ("Try it", "Import"):
        page.get_by_label("File").set_input_files({"name": "peserta.csv", "mimeType": "text/csv", "buffer": BROKEN})
        page.get_by_role("button", name=button).click()
        expect(page.get_by_text("2 things are wrong; nothing was changed.")).to_be_visible()
        rows = page.get_by_role("table", name="What is wrong").get_by_role("row")
        expect(rows.nth(1)).to_contain_text(re.compile("2.*identifier.*spreadsheet", re.DOTALL))
        expect(rows.nth(2)).to_contain_text(re.compile("3.*name", re.DOTALL))
    assert problems(visitor) == []


def _import_everything(page: Page) -> None:
    for kind in KINDS:
        file = EXAMPLE / f"{kind.lower()}.csv"
        page.get_by_role("navigation", name="What to import").get_by_role("link", name=kind).click()
        page.get_by_label("File").set_input_files(file)
        page.get_by_role("button", name="Try it").click()
        expect(page.get_by_text(f"Nothing is wrong with {file.name}, and nothing was changed yet")).to_be_visible()
        page.get_by_label("File").set_input_files(file)
        page.get_by_role("button", name="Import", exact=True).click()
        rows = len(file.read_text().splitlines()) - 1
        expect(page.get_by_text(f"{file.name}: {rows} added")).to_be_visible()


def _invite_everybody(visitor: Visitor) -> None:
    page = visitor.page
    page.get_by_role("link", name="Angkatan III").click()
    expect(page.get_by_role("row", name="Participants")).to_contain_text("6 participants")
    page.get_by_role("button", name="Invite everybody").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("One-time links")
    expect(page.get_by_text(re.compile("/invitations/"))).to_have_count(6)
    assert problems(visitor) == []
    with page.expect_download() as download:
        page.get_by_role("link", name="Save as a file (CSV)").click()
    assert download.value.suggested_filename == "padu-links.csv"
    page.get_by_role("link", name="Go on").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Setting up Angkatan III")


def send(visitor: Visitor, key: str, secret: str, statement: dict[str, Any]) -> None:
    """Send one statement with somebody else's client, as an LMS does."""
    client = RemoteLRS(endpoint=f"{visitor.address}/xapi", version="1.0.3", username=key, password=secret)
    answer = client.save_statement(Statement(statement))
    assert answer.success, answer.data


def make_credential(page: Page) -> tuple[str, str]:
    """A key and its secret, by the page, which shows the secret this once."""
    page.get_by_role("link", name="Credentials").click()
    page.get_by_label("Which system is it for?").fill("MOOC kota")
    page.get_by_role("button", name="Make a key and a secret").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("The credential of MOOC kota")
    key, secret = (page.get_by_label(field).input_value() for field in ("Key (user name)", "Secret (password)"))
    page.get_by_role("link", name="I have copied it").click()
    expect(page.get_by_role("row", name="MOOC kota")).to_be_visible()
    assert secret not in page.content()
    return key, secret


@ON_BOTH
def test_a_statement_counts_at_once(world: World, arrive: Callable[..., Visitor]) -> None:
    _ = world.cohort
    visitor = arrive("admin")
    key, secret = make_credential(visitor.open("/"))
    page = visitor.open("/cohorts/III")
    expect(_figure(page, "Ani")).to_have_text("0.00")
    send(visitor, key, secret, lrs.statement(lrs.ANI, rules.PASSED, result=lrs.score(90)))
    worker(world)
    page = visitor.open("/cohorts/III")
    expect(_figure(page, "Ani")).to_have_text("60.00")


@ON_BOTH
@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without"])
def test_somebody_unknown_is_matched_and_counts(world: World, arrive: Callable[..., Visitor], scripts: bool) -> None:
    _ = world.cohort
    visitor = arrive("admin", java_script_enabled=scripts)
    key, secret = world.credential("statements/write")
    send(visitor, key, secret, lrs.statement("budi.guru", rules.PASSED, result=lrs.score(90)))
    worker(world)
    page = visitor.open("/")
    page.get_by_role("link", name="Statements of unknown people").click()
    # What is typed before the scripts of the next page are there is looked up at the next key only.
    page.wait_for_url(re.compile("/waiting"), wait_until="load")
    waiting = page.get_by_role("row", name="budi.guru")
    waiting.get_by_label("Participant's identifier").press_sequentially(lrs.BUDI[:-1])
    if scripts:
        expect(waiting.locator("datalist option", has_text="Budi Contoh")).to_have_count(1)
    waiting.get_by_role("button", name="Match").click()
    expect(page.get_by_role("row", name="budi.guru").get_by_label("Participant's identifier")).to_have_attribute(
        "aria-invalid", "true"
    )
    page.get_by_label("Participant's identifier").fill(lrs.BUDI)
    page.get_by_role("button", name="Match").click()
    expect(page.get_by_text("Everybody is known")).to_be_visible()
    page = visitor.open("/cohorts/III")
    expect(_figure(page, "Budi")).to_have_text("60.00")


def test_a_revoked_credential_opens_nothing(world: World, arrive: Callable[..., Visitor]) -> None:
    visitor = arrive("admin")
    key, secret = make_credential(visitor.open("/"))
    page = visitor.page
    page.get_by_role("row", name="MOOC kota").get_by_text("Revoke", exact=True).click()
    page.get_by_role("button", name="Revoke it").click()
    expect(page.get_by_role("row", name="MOOC kota")).to_contain_text("Revoked")
    client = RemoteLRS(endpoint=f"{visitor.address}/xapi", version="1.0.3", username=key, password=secret)
    assert client.save_statement(Statement(lrs.statement())).response.status == 401


def _figure(page: Page, name: str) -> Any:
    """A person's figure of the online modules: 90 in 6 of 9 JP make 60."""
    return page.get_by_role("row", name=re.compile(f"^{name} ")).get_by_role("cell").nth(3)
