"""Trying a file, seeing what it would change, and going on without choosing it again."""

import io
import re
from html import unescape

import pytest
import time_machine
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from lms.errors import DomainError
from lms.exchange import uploads
from lms.exchange.uploads import Upload, kept, taken
from tests.exchange.test_presence import LOG, NIP, SCANS, correct, marks_of
from tests.world import NOW, World

MARKS = f"session,identifier,status\nS01,{NIP['Ani']},hadir\nS01,{NIP['Budi']},terlambat\n"


def _try(client: FlaskClient, kind: str, text: str, **more: str) -> TestResponse:
    form = {"file": (io.BytesIO(text.encode()), "list.csv"), "trial": "1", **more}
    return client.post(f"/cohorts/III/import/{kind}", data=form)


def _shown(page: TestResponse) -> str:
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", page.text)).split())


def _hidden(page: TestResponse, name: str) -> list[str]:
    return [unescape(value) for value in re.findall(rf'name="{name}" value="([^"]*)"', page.text)]


def _go_on(client: FlaskClient, page: TestResponse, kind: str, button: str = "bring", **more: object) -> TestResponse:
    form: dict[str, object] = {"kept": _hidden(page, "kept")[0], "session": (_hidden(page, "session") or [""])[0]}
    return client.post(f"/cohorts/III/import/{kind}", data=form | {button: "1"} | more)


def test_differences_are_shown_and_then_imported_without_choosing_the_file_again(world: World) -> None:
    correct(world, "S01", "Ani", "alpa")
    client = world.client("manager")
    page = _try(client, "attendance", MARKS)
    assert "Ani Contoh 199001012026031001 S01 · Pembukaan alpa hadir" in _shown(page)
    assert "Budi Contoh 199001012026031002 S01 · Pembukaan – terlambat" in _shown(page)
    assert [mark[0] for mark in marks_of(world, "S01", "Ani")] == ["alpa"]
    done = _go_on(client, page, "attendance")
    assert done.status_code == 303
    assert "list.csv: 1 added, 1 changed, 0 unchanged." in client.get(done.headers["Location"]).text
    assert marks_of(world, "S01", "Ani")[-1] == ("hadir", None, "import", "list.csv")


def test_what_was_recorded_since_the_trial_is_shown_before_anything_is_written(world: World) -> None:
    client = world.client("manager")
    _ = world.cohort
    page = _try(client, "attendance", MARKS)
    correct(world, "S01", "Ani", "dinas luar")
    again = _go_on(client, page, "attendance")
    assert "something else now" in again.text
    assert [mark[0] for mark in marks_of(world, "S01", "Ani")] == ["dinas luar"]
    assert _go_on(client, again, "attendance").status_code == 303
    assert [mark[0] for mark in marks_of(world, "S01", "Ani")] == ["dinas luar", "hadir"]


def test_a_kept_file_is_for_whoever_tried_it_and_for_this_kind(world: World) -> None:
    _ = world.cohort
    page = _try(world.client("manager"), "attendance", MARKS)
    for client, kind in ((world.client("admin"), "attendance"), (world.client("manager"), "assessments")):
        refused = _go_on(client, page, kind)
        assert refused.status_code == 422
        assert "no longer at hand" in refused.text
    assert marks_of(world, "S01", "Ani") == []


@pytest.mark.parametrize("kept_text", ["", "x", "a.b.c", "é"])
def test_a_kept_file_that_is_none_is_refused(world: World, kept_text: str) -> None:
    _ = world.cohort
    page = world.client("manager").post("/cohorts/III/import/attendance", data={"kept": kept_text, "bring": "1"})
    assert page.status_code == 422


def test_a_kept_file_is_good_for_an_hour() -> None:
    upload = Upload(filename="list.csv", content=b"\n\x00\xff", fingerprint="f")
    with time_machine.travel(NOW, tick=False) as clock:
        text = kept(upload, secret="s", purpose="p")
        assert taken(text, secret="s", purpose="p") == upload
        clock.shift(uploads.SECONDS + 1)
        with pytest.raises(DomainError):
            taken(text, secret="s", purpose="p")


def test_a_file_that_is_too_large_for_a_page_is_chosen_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    _ = world.cohort
    monkeypatch.setattr(uploads, "MOST_CHARACTERS", 10)
    page = _try(world.client("manager"), "attendance", MARKS)
    assert "Choose the file once more" in page.text
    assert "Import what is shown" not in page.text


def test_scans_that_mark_nobody_are_listed(world: World) -> None:
    client = world.client("manager")
    _ = world.cohort
    page = _try(client, "scans", SCANS)
    assert "1 scan repeats an earlier one" in page.text
    assert "12345 7 12 Mar 2026, 08:00 WIB Nobody in this cohort has this identifier" in _shown(page)
    done = _go_on(client, page, "scans")
    assert done.status_code == 200
    assert "list.csv was imported" in done.text
    assert "12345" in done.text
    assert marks_of(world, "S01", "Ani") == [("hadir", None, "scan", "list.csv")]


def test_somebody_in_a_log_is_matched_by_hand_before_it_is_imported(world: World) -> None:
    client = world.client("manager")
    dedi = str(world.participant("Dedi"))
    page = _try(client, "live-log", LOG, session="S01")
    assert "HP Dedi" in page.text
    again = _go_on(client, page, "live-log", button="trial", who="HP Dedi", person=dedi)
    assert "Dedi Contoh 199001012026031004 S01 · Pembukaan – hadir 135 of 135 minutes" in _shown(again)
    assert _hidden(again, "who") == ["HP Dedi"]
    done = _go_on(client, again, "live-log", who="HP Dedi", person=dedi)
    assert done.status_code == 303
    assert marks_of(world, "S01", "Dedi") == [("hadir", None, "log", "list.csv")]


def test_people_who_were_just_matched_are_shown_before_they_are_marked(world: World) -> None:
    client = world.client("manager")
    dedi = str(world.participant("Dedi"))
    page = _try(client, "live-log", LOG, session="S01")
    shown = _go_on(client, page, "live-log", who="HP Dedi", person=dedi)
    assert "something else now" in shown.text
    assert "Dedi Contoh 199001012026031004 S01 · Pembukaan – hadir 135 of 135 minutes" in _shown(shown)
    assert marks_of(world, "S01", "Dedi") == []


@pytest.mark.parametrize(
    ("more", "text"),
    [
        ({}, "Say which session"),
        ({"session": "S99"}, "There is no session S99"),
        ({"session": "S01", "who": "HP Dedi", "person": "nobody"}, "Load the page again"),
        ({"session": "S01", "who": "HP Dedi", "person": "00000000-0000-0000-0000-000000000000"}, "not enrolled"),
    ],
)
def test_a_log_without_its_session_or_of_strangers_comes_back(world: World, more: dict[str, str], text: str) -> None:
    _ = world.cohort
    page = _try(world.client("manager"), "live-log", LOG, **more)
    assert page.status_code == 422
    assert text in unescape(page.text)


def test_the_session_may_be_in_the_address(world: World) -> None:
    _ = world.cohort
    page = world.client("manager").get("/cohorts/III/import/live-log?session=SEM-A")
    assert '<option value="SEM-A" selected>' in page.text


def test_the_stays_are_shown_behind_the_marks(world: World) -> None:
    client = world.client("manager")
    _ = world.cohort
    assert "No log yet" in client.get("/cohorts/III/sessions/S01/log").text
    page = _try(client, "live-log", LOG, session="S01")
    _go_on(client, page, "live-log")
    shown = _shown(client.get("/cohorts/III/sessions/S01/log"))
    assert "Ani Contoh 199001012026031001 130 of 135" in shown
    assert "09:15–10:20" in shown
    assert "HP Dedi · 08:00–10:15" in shown
    own = _shown(world.client("facilitator").get("/cohorts/III/sessions/S01/log"))
    assert "Ani Contoh" in own
    assert "Citra" not in own
    assert "HP Dedi" not in own


def test_who_may_see_a_live_log(world: World) -> None:
    _ = world.cohort
    path = "/cohorts/III/sessions/S01/log"
    assert world.client("auditor").get(path).status_code == 200
    assert world.client("participant").get(path).status_code == 403
    assert world.client("manager", organisation_id=world.bandung).get(path).status_code == 404
    assert world.client().get(path).status_code == 303
