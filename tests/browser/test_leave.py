"""A leave until it stands in the register, and a disputed mark until it is answered: on a phone, without scripts."""

from collections.abc import Callable

from playwright.sync_api import expect

from tests.browser.scene import Scene
from tests.browser.visitor import PHONE, Visitor
from tests.leave.leaves import PDF

PLAIN = {"java_script_enabled": False, **PHONE}


def test_a_leave_is_asked_for_approved_and_stands_in_the_register(scene: Scene, arrive: Callable[..., Visitor]) -> None:
    mine = arrive("participant", **PLAIN).open("/my/leave")
    mine.get_by_role("link", name="Ask for leave").click()
    mine.get_by_label("First day").fill("2026-03-13")
    mine.get_by_role("button", name="Show what it covers").click()
    expect(mine.get_by_role("heading", name="It covers 1 session, 3 JP")).to_be_visible()
    mine.get_by_label("dinas luar").check()
    mine.get_by_label("Note").fill("Kontrol ke dokter")
    document = {"name": "surat.pdf", "mimeType": "application/pdf", "buffer": PDF}
    mine.get_by_label("Document").set_input_files(files=document)  # type: ignore[arg-type]
    mine.get_by_role("button", name="Send the request").click()
    expect(mine.get_by_text("Waits for a decision")).to_be_visible()
    expect(mine.get_by_text("Kontrol ke dokter")).to_be_visible()

    manager = arrive("manager", **PLAIN).open("/cohorts/III/leave")
    manager.get_by_role("link", name="Ani Contoh").click()
    expect(manager.get_by_text("Kontrol ke dokter")).to_have_count(0)
    manager.get_by_role("button", name="Open the note").click()
    expect(manager.get_by_text("Kontrol ke dokter")).to_be_visible()
    manager.get_by_role("button", name="Approve").click()
    expect(manager.get_by_text("1 mark was changed.")).to_be_visible()

    mine.reload()
    expect(mine.get_by_text("Opened the note")).to_be_visible()
    mine.goto(mine.url.partition("/my/")[0] + "/my/attendance")
    row = mine.get_by_role("row").filter(has_text="Etika")
    expect(row).to_contain_text("dinas luar")


def test_a_mark_is_disputed_and_answered(scene: Scene, arrive: Callable[..., Visitor]) -> None:
    mine = arrive("participant", **PLAIN).open("/my/attendance")
    mine.get_by_role("link", name="Pembukaan").click()
    mine.get_by_label("What is wrong with it?").fill("Saya datang pukul 07.55.")
    mine.get_by_role("button", name="Dispute this mark").click()
    expect(mine.get_by_text("Waits for an answer")).to_be_visible()

    staff = arrive("facilitator", **PLAIN).open("/cohorts/III/sessions/S01")
    staff.get_by_role("link", name="Ani Contoh").first.click()
    staff.get_by_label("hadir").check()
    staff.get_by_role("textbox", name="Answer").fill("Benar, sesuai daftar di pintu.")
    staff.get_by_role("button", name="Accept").click()
    expect(staff.get_by_text("Accepted")).to_be_visible()

    mine.reload()
    expect(mine.get_by_text("Benar, sesuai daftar di pintu.").first).to_be_visible()
    expect(mine.locator("#mark strong").first).to_have_text("hadir")
