"""The register without network: marks wait on the device, are sent when it is back, and nothing is lost or unseen."""

import json
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import time_machine
from playwright.sync_api import Locator, Page, expect

from lms.attendance import queries
from lms.attendance import service as attendance
from lms.attendance.rules import PastMark
from lms.programme import service as programme
from lms.progress import service as progress
from tests.browser.inspection import problems
from tests.browser.visitor import PATIENCE, PHONE, Visitor
from tests.world import NOW, START, World

REGISTER = "/cohorts/III/sessions/S01"
TEN = tuple(f"Peserta {number:02}" for number in range(1, 11))
KEPT = "async () => (await (await caches.open('padu-kept')).keys()).map((one) => new URL(one.url).pathname)"
TEXTS = """async () => {
  const kept = await caches.open('padu-kept');
  return Promise.all((await kept.keys()).map(async (one) => (await kept.match(one)).text()));
}"""
LOOKED_LONG_AGO = """async () => {
  const kept = await caches.open('padu-kept');
  const about = await (await kept.match('/about-what-is-kept')).json();
  await kept.put('/about-what-is-kept', new Response(JSON.stringify({ ...about, looked: 0 })));
}"""
HOTEL = """() => {
  window.realFetch = window.fetch;
  window.fetch = async () => new Response('<h1>Welcome to our hotel</h1>');
}"""
LOST = """() => {
  window.realFetch = window.fetch;
  window.fetch = async (...asked) => { await realFetch(...asked); throw new TypeError('Failed to fetch'); };
}"""


@pytest.fixture
def ten(world: World) -> World:
    """Ten more people in group A of the cohort."""
    rows = [
        programme.NewEnrolment(
            identifier=f"1990010120260320{number:02}", name=name, email="", group="A", category="", unit=""
        )
        for number, name in enumerate(TEN, start=1)
    ]
    about: dict[str, Any] = {"organisation_id": world.sukabumi, "cohort_id": world.cohort, "now": START}
    with world.transaction() as session:
        programme.enrol(session, rows=rows, **about)
        progress.refold(session, **about)
    return world


@pytest.fixture
def facilitator(ten: World, arrive: Callable[..., Visitor]) -> Iterator[Visitor]:
    """The facilitator of group A with a phone, at the register of today's first session, which the phone keeps."""
    visitor = arrive("facilitator", **PHONE)
    visitor.context.clock.install(time=NOW)
    visitor.open(REGISTER)
    keep(visitor)
    yield visitor
    # What htmx asked just when the network went got no answer, and the console says so.
    visitor.troubles[:] = [trouble for trouble in visitor.troubles if "htmx:" not in trouble]


def keep(visitor: Visitor) -> None:
    """Wait until the page says that the register is on the device."""
    expect(visitor.page.get_by_text("This register is on your device")).to_be_visible(timeout=PATIENCE)


def person(page: Page, name: str) -> Locator:
    """Their part of the register."""
    return page.get_by_role("group", name=re.compile(name))


def mark(page: Page, name: str, words: str) -> None:
    """Tap a status."""
    person(page, name).get_by_role("radio", name=words, exact=True).tap()


def state(page: Page, name: str) -> Locator:
    """What the page says became of their mark."""
    return person(page, name).locator(".person-state")


def sign_out(page: Page) -> None:
    """By the account's menu."""
    button = page.get_by_role("button", name="Sign out")
    if not button.is_visible():
        page.locator("summary", has_text="Facilitator").tap()
    button.tap()


def marks_of(world: World, name: str) -> tuple[PastMark, ...]:
    """What the server has of somebody at the first session, oldest first."""
    session_id = world.session_id("S01")
    participant_id = world.participant(name)
    with world.reading() as session:
        return queries.mark_history(
            session, organisation_id=world.sukabumi, session_id=session_id, participant_id=participant_id
        )


def mark_on_the_server(world: World, name: str, status: str) -> UUID:
    """Somebody else marks a person meanwhile."""
    session_id, manager = world.session_id("S01"), world.account("manager")
    marked = attendance.NewMark(participant_id=world.participant(name), status=status)
    with world.transaction() as session:
        attendance.take_register(
            session,
            organisation_id=world.sukabumi,
            session_id=session_id,
            marks=[marked],
            recorded_by=manager,
            source="register",
            now=NOW,
        )
    return marks_of(world, name)[-1].id


def test_a_tap_is_saved_at_once(facilitator: Visitor, ten: World) -> None:
    page = facilitator.page
    mark(page, TEN[0], "hadir")
    expect(state(page, TEN[0])).to_have_text("Saved")
    expect(page.get_by_text("1 of 12 marked")).to_be_visible()
    (saved,) = marks_of(ten, TEN[0])
    assert (saved.status, saved.source) == ("hadir", "offline")
    assert saved.made_at is not None
    assert abs(saved.made_at - NOW) < timedelta(minutes=5)


@pytest.mark.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)
def test_marks_made_without_network_wait_and_arrive(facilitator: Visitor, ten: World) -> None:
    page = facilitator.page
    facilitator.context.set_offline(True)
    for name in TEN:
        mark(page, name, "hadir")
    expect(state(page, TEN[9])).to_have_text("Waits")

    page.reload()
    expect(page.get_by_text("This page comes from your device")).to_be_visible()
    for name in TEN:
        expect(person(page, name).get_by_role("radio", name="hadir", exact=True)).to_be_checked()
        expect(state(page, name)).to_have_text("Waits")
    waiting = page.get_by_role("region", name="Marks on this device")
    expect(waiting).to_contain_text("Marks that wait to be sent: 10")
    waiting.locator("summary").tap()
    expect(waiting.get_by_role("listitem")).to_have_count(10)
    expect(waiting).to_contain_text("There is no connection.")
    assert problems(facilitator) == []
    assert marks_of(ten, TEN[0]) == ()

    facilitator.context.set_offline(False)
    for name in TEN:
        expect(state(page, name)).to_have_text("Saved")
    expect(waiting).to_be_hidden()
    assert problems(facilitator) == []
    found = [marks_of(ten, name) for name in TEN]
    assert [[(one.status, one.source) for one in marks] for marks in found] == [[("hadir", "offline")]] * 10
    moments = [marks[0].made_at for marks in found]
    assert moments == sorted(moments, key=lambda moment: moment or NOW)


def test_a_mark_that_somebody_else_has_overtaken_is_shown(facilitator: Visitor, ten: World) -> None:
    page = facilitator.page
    facilitator.context.set_offline(True)
    mark(page, TEN[0], "hadir")
    mark(page, TEN[1], "hadir")
    theirs = mark_on_the_server(ten, TEN[0], "alpa")
    facilitator.context.set_offline(False)
    expect(state(page, TEN[0])).to_have_text("Conflict")
    expect(state(page, TEN[1])).to_have_text("Saved")
    expect(person(page, TEN[0]).get_by_role("radio", name="alpa", exact=True)).to_be_checked()
    waiting = page.get_by_role("region", name="Marks on this device")
    expect(waiting).to_contain_text("Marks that somebody has to settle: 1")
    settling = person(page, TEN[0]).get_by_role("link", name="Settle it")
    expect(settling).to_have_attribute("href", f"{REGISTER}/settle")
    assert [one.id for one in marks_of(ten, TEN[0])] == [theirs]
    assert problems(facilitator) == []

    page.set_viewport_size({"width": 390, "height": 844})
    page.reload()
    waiting.locator("summary").tap()
    expect(waiting.get_by_role("listitem")).to_contain_text(f"{TEN[0]}: hadir")
    waiting.get_by_role("button", name="I have seen it").tap()
    expect(waiting).to_be_hidden()


def test_a_mark_made_from_one_that_waits_follows_it(facilitator: Visitor, ten: World) -> None:
    page = facilitator.page
    facilitator.context.set_offline(True)
    mark(page, TEN[0], "hadir")
    mark(page, TEN[0], "alpa")
    expect(page.get_by_text("Marks that wait to be sent: 2")).to_be_visible()
    page.reload()
    expect(state(page, TEN[0])).to_have_text("Waits")
    mark(page, TEN[0], "terlambat")
    facilitator.context.set_offline(False)
    expect(state(page, TEN[0])).to_have_text("Saved")
    assert [one.status for one in marks_of(ten, TEN[0])] == ["hadir", "alpa", "terlambat"]


def test_what_was_sent_shows_on_a_page_that_was_kept_before(facilitator: Visitor, ten: World) -> None:
    page = facilitator.page
    mark(page, TEN[0], "hadir")
    expect(state(page, TEN[0])).to_have_text("Saved")
    facilitator.context.set_offline(True)
    page.reload()
    expect(page.get_by_text("This page comes from your device")).to_be_visible()
    expect(person(page, TEN[0]).get_by_role("radio", name="hadir", exact=True)).to_be_checked()
    expect(page.get_by_text("1 of 12 marked")).to_be_visible()


@pytest.mark.parametrize("minutes", [-25, 90], ids=["behind", "ahead"])
def test_a_clock_that_is_off_is_noticed(ten: World, arrive: Callable[..., Visitor], minutes: int) -> None:
    visitor = arrive("facilitator", **PHONE)
    visitor.context.clock.install(time=NOW + timedelta(minutes=minutes))
    page = visitor.open(REGISTER)
    mark(page, TEN[0], "hadir")
    expect(state(page, TEN[0])).to_have_text("Saved")
    (saved,) = marks_of(ten, TEN[0])
    assert saved.made_at is not None
    assert saved.skew_ms is not None
    assert abs(saved.skew_ms - minutes * 60_000) < 60_000
    assert abs(saved.made_at - NOW - timedelta(minutes=minutes)) < timedelta(minutes=2)


def test_signing_out_clears_the_device(facilitator: Visitor, ten: World) -> None:
    page = facilitator.page
    mark(page, TEN[0], "hadir")
    expect(state(page, TEN[0])).to_have_text("Saved")
    sign_out(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    assert "padu-kept" not in page.evaluate("() => caches.keys()")
    facilitator.context.set_offline(True)
    with pytest.raises(Exception, match="ERR_FAILED"):
        facilitator.open(REGISTER)


def test_whoever_signs_out_is_told_what_waits_and_finds_it_again(facilitator: Visitor, ten: World) -> None:
    page = facilitator.page
    page.evaluate(LOST.replace("await realFetch(...asked); ", ""))
    mark(page, TEN[0], "hadir")
    expect(state(page, TEN[0])).to_have_text("Waits")
    cookies = facilitator.context.cookies()
    sign_out(page)
    expect(page.get_by_text("They stay on this device")).to_be_visible()
    sign_out(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    assert marks_of(ten, TEN[0]) == ()
    facilitator.context.add_cookies(cookies)  # type: ignore[arg-type]
    facilitator.open(REGISTER)
    expect(state(page, TEN[0])).to_have_text("Saved")


def test_marks_of_somebody_who_was_signed_out_wait_until_they_are_back(
    facilitator: Visitor, ten: World, arrive: Callable[..., Visitor]
) -> None:
    page = facilitator.page
    # The page says nothing else while it asks nothing by itself.
    page.evaluate("() => document.getElementById('live')?.remove()")
    cookies = facilitator.context.cookies()
    facilitator.context.clear_cookies()
    mark(page, TEN[0], "hadir")
    waiting = page.get_by_role("region", name="Marks on this device")
    waiting.locator("summary").tap()
    expect(waiting.get_by_role("link", name="Sign in to send them.")).to_be_visible()
    assert marks_of(ten, TEN[0]) == ()
    facilitator.context.add_cookies(cookies)  # type: ignore[arg-type]
    waiting.get_by_role("button", name="Send now").tap()
    expect(state(page, TEN[0])).to_have_text("Saved")


def test_nothing_is_sent_under_another_name(facilitator: Visitor, ten: World, arrive: Callable[..., Visitor]) -> None:
    page = facilitator.page
    facilitator.context.set_offline(True)
    mark(page, TEN[0], "hadir")
    expect(state(page, TEN[0])).to_have_text("Waits")
    # The manager signs in on the very same phone before anything was sent.
    facilitator.context.add_cookies(arrive("manager").context.cookies())  # type: ignore[arg-type]
    facilitator.context.set_offline(False)
    expect(page.get_by_text("Somebody else has signed in meanwhile.")).to_have_count(1)
    facilitator.open("/cohorts")
    waiting = page.get_by_role("region", name="Marks on this device")
    expect(waiting).to_contain_text("Marks of another account, sent when it signs in here: 1")
    expect(waiting).not_to_contain_text(TEN[0])
    assert marks_of(ten, TEN[0]) == ()

    # What was kept for the one is gone before anything is kept for the other.
    facilitator.open(REGISTER)
    keep(facilitator)
    kept = "".join(page.evaluate(TEXTS))
    assert str(ten.account("manager")) in kept
    assert str(ten.account("facilitator")) not in kept


def test_another_day_begins_with_its_own_registers(facilitator: Visitor, ten: World) -> None:
    page = facilitator.page
    page.evaluate(LOOKED_LONG_AGO)
    with time_machine.travel(NOW + timedelta(days=1), tick=True):
        facilitator.open("/cohorts/III/sessions/S02")
        keep(facilitator)
    assert set(page.evaluate(KEPT)) == {"/about-what-is-kept", "/offline", "/cohorts/III/sessions/S02"}


def test_a_token_that_was_replaced_is_asked_for_anew(facilitator: Visitor, ten: World) -> None:
    page = facilitator.page
    page.evaluate("() => { queue.about.csrf = 'of yesterday'; }")
    mark(page, TEN[0], "hadir")
    expect(state(page, TEN[0])).to_have_text("Saved")
    assert len(marks_of(ten, TEN[0])) == 1


def test_a_network_that_answers_for_others_is_none(facilitator: Visitor, ten: World) -> None:
    page = facilitator.page
    page.evaluate(HOTEL)
    mark(page, TEN[0], "hadir")
    waiting = page.get_by_role("region", name="Marks on this device")
    waiting.locator("summary").tap()
    expect(waiting).to_contain_text("There is no connection.")
    expect(state(page, TEN[0])).to_have_text("Waits")
    page.evaluate("() => { window.fetch = realFetch; }")
    waiting.get_by_role("button", name="Send now").tap()
    expect(state(page, TEN[0])).to_have_text("Saved")


def test_an_answer_that_was_lost_is_asked_for_again(facilitator: Visitor, ten: World) -> None:
    page = facilitator.page
    page.evaluate(LOST)
    mark(page, TEN[0], "hadir")
    expect(state(page, TEN[0])).to_have_text("Waits")
    page.evaluate("() => { window.fetch = realFetch; }")
    page.evaluate("() => queue.send()")
    expect(state(page, TEN[0])).to_have_text("Saved")
    assert len(marks_of(ten, TEN[0])) == 1


def test_a_mark_that_the_server_cannot_keep_stays_on_the_device(facilitator: Visitor, ten: World) -> None:
    page = facilitator.page
    person(page, TEN[0]).evaluate("element => { element.closest('form').dataset.session = crypto.randomUUID(); }")
    mark(page, TEN[0], "hadir")
    expect(state(page, TEN[0])).to_have_text("Not taken")
    expect(person(page, TEN[0])).to_contain_text("There is no such session.")
    expect(person(page, TEN[0]).get_by_role("link", name="Settle it")).to_be_hidden()
    facilitator.open("/cohorts")
    waiting = page.get_by_role("region", name="Marks on this device")
    expect(waiting).to_contain_text("Marks that somebody has to settle: 1")


def test_the_last_taps_are_undone(facilitator: Visitor, ten: World) -> None:
    page = facilitator.page
    mark(page, TEN[0], "alpa")
    page.get_by_role("button", name="hadir").tap()
    expect(page.get_by_text("12 of 12 marked")).to_be_visible()
    page.get_by_role("button", name="Undo").tap()
    expect(page.get_by_text("1 of 12 marked")).to_be_visible()
    page.get_by_role("button", name="Undo").tap()
    expect(page.get_by_text("0 of 12 marked")).to_be_visible()
    expect(page.get_by_text("All saved")).to_be_visible()
    assert [one.status for one in marks_of(ten, TEN[0])] == ["alpa", ""]
    assert [one.status for one in marks_of(ten, TEN[5])] == ["hadir", ""]


def test_a_remark_that_was_added_is_no_step_of_its_own(facilitator: Visitor, ten: World) -> None:
    page = facilitator.page
    mark(page, TEN[0], "alpa")
    person(page, TEN[0]).locator("summary").tap()
    remark = person(page, TEN[0]).get_by_label("Remark")
    remark.fill("tanpa kabar")
    remark.blur()
    expect(page.get_by_text("All saved")).to_be_visible()
    page.get_by_role("button", name="Undo").tap()
    expect(page.get_by_text("0 of 12 marked")).to_be_visible()
    expect(page.get_by_text("All saved")).to_be_visible()
    told = [(one.status, one.remark) for one in marks_of(ten, TEN[0])]
    assert told == [("alpa", ""), ("alpa", "tanpa kabar"), ("", "")]


def test_the_register_is_taken_by_digits(ten: World, arrive: Callable[..., Visitor]) -> None:
    visitor = arrive("facilitator")
    page = visitor.open(REGISTER)
    person(page, "Ani").get_by_role("radio").first.focus()
    page.keyboard.press("1")
    page.keyboard.press("3")
    expect(person(page, TEN[0]).get_by_role("radio").first).to_be_focused()
    expect(state(page, "Budi")).to_have_text("Saved")
    assert [one.status for one in marks_of(ten, "Ani")] == ["hadir"]
    assert [one.status for one in marks_of(ten, "Budi")] == ["alpa"]


def test_what_arrow_keys_pass_over_is_no_mark(ten: World, arrive: Callable[..., Visitor]) -> None:
    page = arrive("facilitator").open(REGISTER)
    person(page, "Ani").get_by_role("radio").first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Tab")
    expect(state(page, "Ani")).to_have_text("Saved")
    assert [one.status for one in marks_of(ten, "Ani")] == ["alpa"]


def test_minutes_and_a_remark_are_kept_too(facilitator: Visitor, ten: World) -> None:
    page = facilitator.page
    mark(page, TEN[0], "terlambat")
    person(page, TEN[0]).get_by_label("Minutes late").fill("12")
    person(page, TEN[0]).get_by_text("More").tap()
    person(page, TEN[0]).get_by_label("Remark").fill("Ban bocor")
    page.get_by_role("heading", level=1).tap()
    expect(page.get_by_text("All saved")).to_be_visible()
    last = marks_of(ten, TEN[0])[-1]
    assert (last.status, last.minutes_late, last.remark) == ("terlambat", 12, "Ban bocor")
    person(page, TEN[0]).get_by_label("Minutes late").fill("601")
    page.get_by_role("heading", level=1).tap()
    expect(state(page, TEN[0])).to_have_text("0 to 600 minutes")
    person(page, TEN[0]).get_by_label("Minutes late").fill("12")
    page.get_by_role("heading", level=1).tap()
    expect(state(page, TEN[0])).to_have_text("Saved")
    person(page, TEN[0]).get_by_label("Minutes late").fill("x")
    page.get_by_role("heading", level=1).tap()
    expect(state(page, TEN[0])).to_have_text("0 to 600 minutes")
    mark(page, TEN[0], "alpa")
    expect(state(page, TEN[0])).to_have_text("Saved")
    last = marks_of(ten, TEN[0])[-1]
    assert (last.status, last.minutes_late, last.remark) == ("alpa", None, "")
    expect(person(page, TEN[0]).get_by_label("Minutes late")).to_be_hidden()


def test_nobody_is_marked_by_looking(facilitator: Visitor, ten: World) -> None:
    """A mark that came by a file may hold minutes beside a status that does not ask for them."""
    page = facilitator.page
    session_id, participant_id = ten.session_id("S01"), ten.participant(TEN[0])
    imported = attendance.NewMark(participant_id=participant_id, status="hadir", minutes_late=5, remark="Dari berkas")
    with ten.transaction() as session:
        attendance.import_marks(
            session,
            organisation_id=ten.sukabumi,
            cohort_id=ten.cohort,
            registers={session_id: [imported]},
            recorded_by=None,
            now=NOW,
        )
    page.reload()
    mark(page, TEN[1], "hadir")
    expect(state(page, TEN[1])).to_have_text("Saved")
    page.evaluate("() => document.querySelector('form[data-register]').dispatchEvent(new Event('change'))")
    mark(page, TEN[2], "hadir")
    expect(state(page, TEN[2])).to_have_text("Saved")
    assert len(marks_of(ten, TEN[0])) == 1


def test_two_pages_of_a_browser_send_each_mark_once(facilitator: Visitor, ten: World) -> None:
    page, other = facilitator.page, facilitator.context.new_page()
    other.goto(facilitator.address + REGISTER)
    sent: list[str] = []
    facilitator.context.on(
        "requestfinished",
        lambda request: sent.append(request.post_data or "") if request.url.endswith("/sync") else None,
    )
    facilitator.context.set_offline(True)
    mark(page, TEN[0], "hadir")
    mark(other, TEN[1], "alpa")
    expect(state(other, TEN[0])).to_have_text("Waits")
    sent.clear()
    facilitator.context.set_offline(False)
    for each in (page, other):
        for name in TEN[:2]:
            expect(state(each, name)).to_have_text("Saved")
    assert [len(marks_of(ten, name)) for name in TEN[:2]] == [1, 1]
    answered = "".join(sent)
    assert answered.count('"status":"hadir"') == 1
    assert answered.count('"status":"alpa"') == 1


def test_the_queue_can_be_saved_as_a_file(facilitator: Visitor, ten: World) -> None:
    page = facilitator.page
    facilitator.context.set_offline(True)
    mark(page, TEN[0], "hadir")
    waiting = page.get_by_role("region", name="Marks on this device")
    waiting.locator("summary").tap()
    with page.expect_download() as download:
        waiting.get_by_role("button", name="Save as a file").tap()
    kept = json.loads(download.value.path().read_text(encoding="utf-8"))
    assert [one["participant"] for one in kept["marks"]] == [str(ten.participant(TEN[0]))]


def test_a_browser_that_keeps_nothing_saves_by_the_button(ten: World, arrive: Callable[..., Visitor]) -> None:
    visitor = arrive("facilitator", **PHONE)
    visitor.context.add_init_script(
        "IDBFactory.prototype.open = () => { throw new DOMException('', 'SecurityError'); }"
    )
    page = visitor.open(REGISTER)
    expect(page.get_by_text("Marks are saved by the button")).to_be_visible()
    mark(page, TEN[0], "hadir")
    page.get_by_role("button", name="Save").tap()
    expect(page.get_by_text("1 mark was saved.")).to_be_visible()


def test_an_address_that_is_not_on_the_device_leads_to_those_that_are(facilitator: Visitor, ten: World) -> None:
    page = facilitator.page
    facilitator.context.set_offline(True)
    facilitator.open("/")
    expect(page.get_by_role("heading", level=1)).to_have_text("No connection")
    page.get_by_role("link", name="Pembukaan").tap()
    expect(page.get_by_text("This page comes from your device")).to_be_visible()
    mark(page, TEN[0], "hadir")
    expect(state(page, TEN[0])).to_have_text("Waits")

    facilitator.open("/")
    waiting = page.locator("section").filter(has=page.get_by_role("heading", name="Marks that wait to be sent"))
    expect(waiting.get_by_role("listitem")).to_contain_text(f"{TEN[0]}: hadir · Pembukaan")
    assert problems(facilitator) == []
    waiting.get_by_role("link", name="Pembukaan").tap()
    facilitator.context.set_offline(False)
    expect(page.get_by_text("The connection is back. What")).to_be_visible(timeout=PATIENCE)
    expect(state(page, TEN[0])).to_have_text("Saved")
    page.get_by_role("button", name="Load it anew").tap()
    expect(page.get_by_text("This page comes from your device")).to_be_hidden()


def test_the_device_keeps_registers_of_today_and_nothing_else(facilitator: Visitor, ten: World) -> None:
    for path in ("/cohorts", "/cohorts/III", "/account", "/"):
        facilitator.open(path)
    kept = set(facilitator.page.evaluate(KEPT))
    assert kept == {"/about-what-is-kept", "/offline", REGISTER, "/cohorts/III/sessions/SEM-A"}


def test_people_are_found_while_typing(facilitator: Visitor, ten: World) -> None:
    page = facilitator.page
    facilitator.context.set_offline(True)
    page.get_by_role("searchbox", name="Name or identifier").fill("ani")
    expect(page.get_by_role("group", name=re.compile("Contoh|Peserta"))).to_have_count(1)
    mark(page, "Ani", "hadir")
    expect(state(page, "Ani")).to_have_text("Waits")
    page.get_by_role("searchbox", name="Name or identifier").fill("nobody of that name")
    expect(page.get_by_text("Nobody found")).to_be_visible()
    page.get_by_role("searchbox", name="Name or identifier").fill("")
    expect(page.get_by_role("group", name=re.compile("Contoh|Peserta"))).to_have_count(12)
