"""Leave as people see it: who may what, what is shown before sending, and where a note never is."""

import logging
import re
from collections.abc import Iterator
from datetime import date
from io import BytesIO
from uuid import UUID, uuid4

import pytest
import time_machine
from flask.testing import FlaskClient

from lms.leave import queries, rules
from lms.leave.queries import Request
from tests.leave.leaves import PDF, SECRET, approve, ask, marks, one
from tests.world import NOW, World

LEAVE = "/cohorts/III/leave"
DAYS = "first=2026-03-12&last=2026-03-13"


@pytest.fixture(autouse=True)
def _at_that_moment() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def world(world: World) -> World:
    """The world with its cohort."""
    _ = world.cohort
    return world


def requests_of(world: World, who: str = "Ani") -> list[Request]:
    participant_id = world.participant(who)
    with world.reading() as session:
        return queries.of_participant(session, organisation_id=world.sukabumi, participant_id=participant_id)


def noted(world: World) -> UUID:
    return ask(world, note=SECRET, document=rules.document("surat.pdf", PDF))


def readers(world: World, request_id: UUID) -> list[str]:
    with world.reading() as session:
        found = queries.readings(session, organisation_id=world.sukabumi, request_id=request_id)
    return [reading.read_by for reading in found]


def test_what_it_covers_is_shown_before_anything_is_sent(world: World) -> None:
    page = world.client("participant").get(f"/my/leave/new?{DAYS}")
    assert "It covers 3 sessions, 10 JP" in page.text
    assert "Pembukaan" in page.text
    assert "Seminar B" not in re.sub(r"<select.*?</select>", "", page.text, flags=re.DOTALL)
    assert requests_of(world) == []


def test_a_single_session_is_picked_from_the_timetable(world: World) -> None:
    client = world.client("participant")
    address = "/my/leave/new?session=S02"
    assert "It covers 1 session, 3 JP" in client.get(address).text
    assert client.post(address, data={"status": "dinas luar"}).status_code == 303
    (found,) = requests_of(world)
    assert (found.period.ends_at - found.period.starts_at).total_seconds() == 2.25 * 3600
    assert found.days is None


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("first=2026-03-13&last=2026-03-12", "comes before the first one"),
        ("first=2026-02-30", "Not a valid date value."),
        ("first=kemarin", "Not a valid date value."),
        ("session=S99", "There is no such session."),
        ("session=SEM-B", "There is no such session."),
        ("first=2026-03-12&last=2028-03-12", "at most 366 days"),
        ("first=9999-12-31", "No clock shows such a day."),
    ],
)
def test_what_is_wrong_with_the_time_is_told(world: World, query: str, told: str) -> None:
    for answer in (
        world.client("participant").get(f"/my/leave/new?{query}"),
        world.client("participant").post(f"/my/leave/new?{query}", data={"status": "dinas luar"}),
    ):
        assert answer.status_code == 422
        assert told in answer.text
    assert requests_of(world) == []


def test_a_request_is_sent_with_its_note_and_document(world: World) -> None:
    client = world.client("participant")
    data = {"status": "dinas luar", "note": SECRET, "document": (BytesIO(PDF), "surat dokter.pdf")}
    sent = client.post(f"/my/leave/new?{DAYS}", data=data, content_type="multipart/form-data")
    assert sent.status_code == 303
    (found,) = requests_of(world)
    page = client.get(f"/my/leave/{found.id}")
    assert SECRET in page.text
    got = client.get(f"/my/leave/{found.id}/document")
    assert got.data == PDF
    assert got.headers["Content-Disposition"].startswith("attachment; filename=")
    assert got.headers["X-Content-Type-Options"] == "nosniff"
    assert got.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ({}, "This field is required."),
        ({"status": "hadir"}, "Not a valid choice."),
        ({"status": "dinas luar", "note": "x" * 2001}, "Use at most 2000 characters."),
        ({"status": "dinas luar", "document": b"<script>"}, "A document is a PDF"),
    ],
)
def test_what_is_wrong_with_a_request_is_told_and_the_note_stays(
    world: World, data: dict[str, object], told: str
) -> None:
    form = {"note": "kontrol", **data}
    if isinstance(form.get("document"), bytes):
        form["document"] = (BytesIO(form["document"]), "surat.pdf")  # type: ignore[arg-type]
    sent = world.client("participant").post(f"/my/leave/new?{DAYS}", data=form, content_type="multipart/form-data")
    assert sent.status_code == 422
    assert told in sent.text
    assert "kontrol" in sent.text or "note" in data
    assert requests_of(world) == []


def test_asking_twice_for_the_same_time_is_told(world: World) -> None:
    ask(world)
    sent = world.client("participant").post(f"/my/leave/new?{DAYS}", data={"status": "dinas luar"})
    assert sent.status_code == 422
    assert "already" in sent.text


def test_staff_enter_one_for_a_person_of_theirs(world: World) -> None:
    ani, citra = world.participant("Ani"), world.participant("Citra")
    client = world.client("facilitator")
    assert client.get(f"{LEAVE}/new?participant={citra}&{DAYS}").status_code == 404
    address = f"{LEAVE}/new?participant={ani}&{DAYS}"
    assert 'name="note"' not in client.get(address).text
    sent = client.post(address, data={"status": "dinas luar", "note": SECRET})
    assert sent.status_code == 303
    (found,) = requests_of(world)
    assert (found.asked_by, found.has_note) == ("Facilitator", False)
    manager = world.client("manager")
    assert 'name="note"' in manager.get(f"{LEAVE}/new?participant={citra}&{DAYS}").text


def test_a_manager_approves_and_the_registers_have_it(world: World) -> None:
    request_id = ask(world)
    client = world.client("manager")
    answer = client.post(f"{LEAVE}/{request_id}/approve", follow_redirects=True)
    assert "3 marks were changed." in answer.text
    assert marks(world, "S01")[-1].source == "leave"
    assert "10 JP" in answer.text


def test_a_second_decision_is_told_how_it_stands(world: World) -> None:
    request_id = ask(world)
    approve(world, request_id)
    answer = world.client("admin").post(f"{LEAVE}/{request_id}/refuse", data={"reason": "Sesi wajib."})
    assert answer.status_code == 409
    assert "Somebody has decided about this request meanwhile." in answer.text
    assert one(world, request_id).state == "approved"


def test_a_refusal_without_a_reason_is_none(world: World) -> None:
    request_id = ask(world)
    client = world.client("manager")
    assert client.post(f"{LEAVE}/{request_id}/refuse").status_code == 422
    assert client.post(f"{LEAVE}/{request_id}/refuse", data={"reason": "Sesi wajib."}).status_code == 303
    assert "Sesi wajib." in world.client("participant").get(f"/my/leave/{request_id}").text


def test_a_manager_opens_the_note_on_purpose_and_it_is_seen_who_did(world: World) -> None:
    request_id = noted(world)
    client = world.client("manager")
    assert SECRET not in client.get(f"{LEAVE}/{request_id}").text
    assert readers(world, request_id) == []
    assert SECRET in client.post(f"{LEAVE}/{request_id}/note").text
    assert readers(world, request_id) == ["Manager"]
    got = client.post(f"{LEAVE}/{request_id}/document")
    assert got.data == PDF
    assert "attachment" in got.headers["Content-Disposition"]
    assert readers(world, request_id) == ["Manager", "Manager"]
    mine = world.client("participant").get(f"/my/leave/{request_id}")
    assert mine.text.count("Opened the note") == 2


def test_erased_it_is_gone_from_every_page(world: World) -> None:
    request_id = noted(world)
    client = world.client("manager")
    assert client.post(f"{LEAVE}/{request_id}/erase").status_code == 303
    assert client.post(f"{LEAVE}/{request_id}/note").status_code == 404
    assert client.post(f"{LEAVE}/{request_id}/document").status_code == 404
    mine = world.client("participant")
    assert SECRET not in mine.get(f"/my/leave/{request_id}").text
    assert mine.get(f"/my/leave/{request_id}/document").status_code == 404


def test_one_erases_ones_own_after_the_decision(world: World) -> None:
    request_id = noted(world)
    client = world.client("participant")
    assert client.post(f"/my/leave/{request_id}/erase").status_code == 409
    approve(world, request_id)
    assert client.post(f"/my/leave/{request_id}/erase").status_code == 303
    assert one(world, request_id).has_note is False


def test_the_note_is_in_no_list_file_or_log(world: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    request_id = noted(world)
    approve(world, request_id)
    participant = f"/cohorts/III/participants/{world.participant('Ani')}"
    addresses = [
        LEAVE,
        f"{LEAVE}/{request_id}",
        "/cohorts/III",
        "/cohorts/III/sessions",
        "/cohorts/III/sessions/S01",
        "/cohorts/III/attendance",
        "/cohorts/III/attendance/changes",
        "/cohorts/III/attendance/download",
        "/cohorts/III/export.csv",
        "/cohorts/III/export.json",
        participant,
        f"{participant}/units/session?unit={world.session_id('S01')}",
        "/statements",
    ]
    for role in ("admin", "manager", "facilitator", "auditor"):
        client = world.client(role)
        for address in addresses:
            answer = client.get(address)
            assert answer.status_code in (200, 403), address
            assert SECRET.encode() not in answer.data, address
    mine = world.client("participant")
    for address in ("/my/leave", "/my/attendance", "/me"):
        assert SECRET.encode() not in mine.get(address).data
    assert SECRET not in caplog.text


ROLES = (
    ("admin", "", 200, 303),
    ("manager", "", 200, 303),
    ("facilitator", "", 200, 403),
    ("facilitator", "facilitator_b", 404, 403),
    ("auditor", "", 200, 403),
    ("participant", "", 403, 403),
    (None, "", 303, 303),
)


@pytest.mark.parametrize(("role", "name", "opens", "decides"), ROLES)
def test_who_may_decide(world: World, role: str | None, name: str, opens: int, decides: int) -> None:
    request_id = noted(world)
    client = world.client(role, name=name)
    page = client.get(f"{LEAVE}/{request_id}")
    assert page.status_code == opens
    assert ("Open the note" in page.text) == (role in ("admin", "manager"))
    assert client.post(f"{LEAVE}/{request_id}/approve").status_code == decides
    is_manager = role in ("admin", "manager")
    assert one(world, request_id).state == ("approved" if is_manager else "asked")
    for action in ("refuse", "withdraw", "note", "document", "erase"):
        answer = client.post(f"{LEAVE}/{request_id}/{action}", data={"reason": "x"})
        assert is_manager or answer.status_code == decides
        assert is_manager or SECRET.encode() not in answer.data
    assert one(world, request_id).has_note is not is_manager
    assert readers(world, request_id) == (["Admin" if role == "admin" else "Manager"] * 2 if is_manager else [])


@pytest.mark.parametrize(
    ("role", "name", "listed", "entered"),
    [
        ("admin", "", 200, 200),
        ("manager", "", 200, 200),
        ("facilitator", "", 200, 200),
        ("auditor", "", 200, 403),
        ("participant", "", 403, 403),
        (None, "", 303, 303),
    ],
)
def test_who_may_list_and_enter(world: World, role: str | None, name: str, listed: int, entered: int) -> None:
    ask(world)
    client = world.client(role, name=name)
    page = client.get(LEAVE)
    assert page.status_code == listed
    assert ("Ani Contoh" in page.text) == (listed == 200)
    assert client.get(f"{LEAVE}/new").status_code == entered


def test_a_facilitator_lists_their_own_groups_only(world: World) -> None:
    ask(world)
    ask(world, "Citra")
    page = world.client("facilitator", name="facilitator_b").get(LEAVE).text
    assert "Citra Contoh" in page
    assert "Ani Contoh" not in page


def test_a_reason_is_not_for_facilitators(world: World) -> None:
    request_id = ask(world)
    world.client("manager").post(f"{LEAVE}/{request_id}/refuse", data={"reason": "Surat tidak sah."})
    assert "Surat tidak sah." in world.client("auditor").get(f"{LEAVE}/{request_id}").text
    assert "Surat tidak sah." not in world.client("facilitator").get(f"{LEAVE}/{request_id}").text


def own_addresses(client: FlaskClient, request_id: UUID) -> list[int]:
    address = f"/my/leave/{request_id}"
    gets = [client.get(address + end).status_code for end in ("", "/document")]
    return gets + [client.post(address + end).status_code for end in ("/take-back", "/erase")]


def test_another_participant_sees_and_does_nothing(world: World) -> None:
    request_id = noted(world)
    assert own_addresses(world.client("participant", name="Budi"), request_id) == [404] * 4
    assert one(world, request_id).state == "asked"
    assert SECRET not in world.client("participant", name="Budi").get("/my/leave").text


@pytest.mark.parametrize("role", ["admin", "manager", "facilitator", "auditor"])
def test_staff_have_no_leave_of_their_own(world: World, role: str) -> None:
    client = world.client(role)
    assert own_addresses(client, noted(world)) == [403] * 4
    assert client.get("/my/leave").status_code == client.get("/my/leave/new").status_code == 403


def test_another_organisation_sees_and_does_nothing(world: World) -> None:
    request_id = noted(world)
    client = world.client("admin", name="other", organisation_id=world.bandung)
    assert client.get(LEAVE).status_code == client.get(f"{LEAVE}/{request_id}").status_code == 404
    for action in ("approve", "refuse", "withdraw", "note", "document", "erase"):
        assert client.post(f"{LEAVE}/{request_id}/{action}", data={"reason": "x"}).status_code == 404
    assert (one(world, request_id).state, one(world, request_id).has_note) == ("asked", True)


def test_a_request_of_another_cohort_is_none_of_this(world: World) -> None:
    request_id = ask(world)
    client = world.client("manager")
    assert client.get(f"/cohorts/II/leave/{request_id}").status_code == 404
    assert client.get(f"{LEAVE}/{uuid4()}").status_code == 404


def test_a_request_is_taken_back_before_the_decision(world: World) -> None:
    request_id = ask(world, first=date(2026, 3, 20), last=date(2026, 3, 20))
    client = world.client("participant")
    assert client.post(f"/my/leave/{request_id}/take-back").status_code == 303
    assert client.post(f"/my/leave/{request_id}/take-back").status_code == 409
    assert one(world, request_id).state == "withdrawn"
