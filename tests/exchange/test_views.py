"""The pages by which files come in and results go out, and who may use them."""

import io
import json

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from lms.db import db
from lms.exchange.rules import KINDS
from lms.programme import queries as programmes
from tests.world import PEOPLE, World

NIP = PEOPLE[0][0]
GOOD = f"session;identifier;status\nS01;{NIP};hadir\n".encode()
BAD = b"session,identifier,status\nS99,1.99E+17,datang\n"
NEW = b"identifier,name\n199001012026031009,Gita\n"


def _send(client: FlaskClient, content: bytes, *, kind: str = "attendance", button: str = "bring") -> TestResponse:
    form = {"file": (io.BytesIO(content), "marks.csv"), button: "1"}
    return client.post(f"/cohorts/III/import/{kind}", data=form)


def _names(world: World) -> list[str]:
    with world.reading() as session:
        roster = programmes.roster(session, organisation_id=world.sukabumi, cohort_id=world.cohort)
    return [person.name for person in roster]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("role", ["admin", "manager"])
def test_admins_and_managers_find_a_page_for_each_kind(world: World, role: str, kind: str) -> None:
    _ = world.cohort
    page = world.client(role).get(f"/cohorts/III/import/{kind}")
    assert page.status_code == 200
    assert "Angkatan III" in page.text


@pytest.mark.parametrize("role", ["facilitator", "auditor", "participant"])
def test_others_may_bring_nothing_in(world: World, role: str) -> None:
    _ = world.cohort
    client = world.client(role)
    assert client.get("/cohorts/III/import/participants").status_code == 403
    assert _send(client, NEW, kind="participants").status_code == 403
    assert "Gita" not in _names(world)


def test_whoever_is_not_signed_in_is_sent_to_sign_in(world: World) -> None:
    _ = world.cohort
    client = world.client()
    for path in ("/cohorts/III/import/participants", "/cohorts/III/export.csv"):
        assert "/sign-in" in client.get(path).headers["Location"]


def test_another_organisation_finds_nothing(world: World) -> None:
    _ = world.cohort
    client = world.client("manager", organisation_id=world.bandung)
    assert client.get("/cohorts/III/import/participants").status_code == 404
    assert client.get("/cohorts/III/export.csv").status_code == 404


def test_a_file_is_imported_and_told(world: World) -> None:
    _ = world.cohort
    client = world.client("manager")
    sent = _send(client, NEW, kind="participants")
    assert sent.status_code == 303
    page = client.get(sent.headers["Location"])
    assert "marks.csv: 1 added, 0 changed, 0 unchanged." in page.text
    assert "Gita" in _names(world)


def test_a_trial_tells_what_would_change_and_changes_nothing(world: World) -> None:
    _ = world.cohort
    page = _send(world.client("manager"), NEW, kind="participants", button="trial")
    assert page.status_code == 200
    assert "nothing was changed yet" in page.text
    assert "Gita" not in _names(world)


@pytest.mark.parametrize("button", ["trial", "bring"])
def test_every_bad_cell_is_shown_with_its_line(world: World, button: str) -> None:
    _ = world.cohort
    page = _send(world.client("manager"), BAD, button=button)
    assert page.status_code == 422
    assert "3 things are wrong" in page.text
    for text in ("S99", "last digits are lost", "hadir, terlambat, alpa, dinas luar"):
        assert text in page.text


def test_long_lists_of_problems_are_cut_and_counted(world: World) -> None:
    _ = world.cohort
    rows = "".join(f"S01,{number},hadir\n" for number in range(203))
    page = _send(world.client("manager"), b"session,identifier,status\n" + rows.encode())
    assert "203 things are wrong" in page.text
    assert "3 more are not shown." in page.text


def test_a_form_without_a_file_comes_back(world: World) -> None:
    _ = world.cohort
    page = world.client("manager").post("/cohorts/III/import/participants", data={"bring": "1"})
    assert page.status_code == 422
    assert "Choose a file first." in page.text


PASTED = "NAME\tidentifier\tgroup\r\nGita\t199001012026031009\tC\r\n\r\nHana\t199001012026031010\tC\r\n"


def _paste(client: FlaskClient, text: str, **further: str) -> TestResponse:
    return client.post("/cohorts/III/import/participants", data={"text": text} | further)


def test_rows_copied_from_a_spreadsheet_are_tried_and_then_brought_as_they_were_tried(world: World) -> None:
    _ = world.cohort
    client = world.client("manager")
    page = _paste(client, PASTED, trial="1")
    assert page.status_code == 200
    assert "Nothing is wrong with pasted text" in page.text
    assert "Gita" not in _names(world)
    kept = page.text.partition('name="kept" value="')[2].partition('"')[0]
    done = client.post("/cohorts/III/import/participants", data={"kept": kept, "bring": "1"}, follow_redirects=True)
    assert "pasted text: 2 added, 0 changed, 0 unchanged." in done.text
    assert _names(world)[-2:] == ["Gita", "Hana"]
    assert "0 added, 0 changed, 2 unchanged" in client.get(_paste(client, PASTED, bring="1").location).text


def test_what_is_wrong_with_pasted_rows_is_told_by_line_and_the_rows_stay_in_their_field(world: World) -> None:
    _ = world.cohort
    page = _paste(world.client("manager"), "identifier, name\n1.99E+17, Gita\n\n7, \n", bring="1")
    assert page.status_code == 422
    for words in ("2 things are wrong", "Line 2", "Line 4", "1.99E+17, Gita"):
        assert words in page.text


@pytest.mark.parametrize(
    ("text", "file", "words"), [(" \n ", b"", "Choose a file first."), (NEW.decode(), NEW, "not both")]
)
def test_either_a_file_or_its_rows_are_needed(world: World, text: str, file: bytes, words: str) -> None:
    _ = world.cohort
    sent = {"text": text, "bring": "1"} | ({"file": (io.BytesIO(file), "a.csv")} if file else {})
    page = world.client("manager").post("/cohorts/III/import/participants", data=sent)
    assert (page.status_code, words in page.text) == (422, True)
    assert "Gita" not in _names(world)


def test_there_is_no_page_for_another_kind(world: World) -> None:
    _ = world.cohort
    assert world.client("manager").get("/cohorts/III/import/statements").status_code == 404


@pytest.mark.parametrize("role", ["admin", "manager", "auditor"])
def test_those_who_see_everybody_export_everybody(world: World, role: str) -> None:
    _ = world.cohort
    exported = world.client(role).get("/cohorts/III/export.csv")
    assert exported.mimetype == "text/csv"
    assert exported.data.startswith(b"\xef\xbb\xbfidentifier,name,")
    assert [line.split(",")[1] for line in exported.text.splitlines()[1:]] == [name for _, name, *_ in PEOPLE]


def test_a_facilitator_exports_their_own_groups(world: World) -> None:
    _ = world.cohort
    rows = json.loads(world.client("facilitator", name="facilitator_b").get("/cohorts/III/export.json").data)
    assert [row["name"] for row in rows] == ["Citra Contoh", "Dedi Contoh"]


def test_a_facilitator_without_a_group_here_exports_nothing(world: World) -> None:
    client = world.client("facilitator")
    with world.transaction() as session:
        session.execute(db.text("DELETE FROM facilitator_group"))
    assert client.get("/cohorts/III/export.csv").status_code == 403


def test_a_participant_exports_nothing(world: World) -> None:
    assert world.client("participant").get("/cohorts/III/export.csv").status_code == 403


def test_results_are_exported_as_of_a_moment(world: World) -> None:
    client = world.client("manager")
    _ = world.cohort
    _send(client, GOOD)
    before = client.get("/cohorts/III/export.json?as_of=2026-03-12T07:00:00%2B07:00").json
    after = client.get("/cohorts/III/export.json?as_of=2026-03-12T09:00:00%2B07:00").json
    assert (before[0]["attendance"], after[0]["attendance"]) == ("0.00", "30.00")


@pytest.mark.parametrize("path", ["export.pdf", "export.csv?as_of=yesterday", "export.csv?as_of=2026-03-12T07:00:00"])
def test_other_formats_and_moments_are_refused(world: World, path: str) -> None:
    _ = world.cohort
    assert world.client("manager").get(f"/cohorts/III/{path}").status_code in (400, 404)


def test_an_email_that_somebody_else_has_is_told_with_its_line_like_any_other_problem(world: World) -> None:
    _ = world.cohort
    taken = f"identifier,name,email\n199001012026031009,Gita,{PEOPLE[0][2]}\n".encode()
    page = _send(world.client("manager"), taken, kind="participants")
    assert page.status_code == 422
    assert "Line 2" in page.text
    assert "line 2, email" not in page.text
