"""A person's sessions as their calendar program reads them."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import time_machine
from flask.testing import FlaskClient
from icalendar import Calendar
from sqlalchemy import select

from lms.people import service as people
from lms.programme import queries, service
from lms.programme.models import CalendarFeed
from lms.programme.service import NewSession
from tests.world import NOW, World


@pytest.fixture(autouse=True)
def _at_that_moment() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def world(world: World) -> World:
    """The world with its cohort."""
    _ = world.cohort
    return world


def address(client: FlaskClient) -> str:
    """The path of a fresh calendar of whoever is signed in."""
    page = client.post("/account/calendar")
    assert page.status_code == 200
    found = re.search(r'value="[^"]*?(/calendar/[^"]+)"', page.text)
    assert found is not None
    return found[1]


def content(world: World, path: str) -> bytes:
    """What a calendar program gets, which is signed in to nothing."""
    response = world.client().get(path)
    assert (response.status_code, response.content_type) == (200, "text/calendar; charset=utf-8")
    return response.data


def events(world: World, path: str) -> dict[str, Any]:
    """The events by their sessions' codes."""
    return {str(one["description"]).split(" · ")[0].split("\n")[-1]: one for one in _walked(content(world, path))}


def _walked(text: bytes) -> list[Any]:
    return list(Calendar.from_ical(text).walk("VEVENT"))


def change(world: World, code: str, **values: Any) -> None:
    with world.transaction() as session:
        found = queries.timetable(session, organisation_id=world.sukabumi, cohort_id=world.cohort)
        one = next(meeting for meeting in found if meeting.code == code)
        told = {name: getattr(one, name) for name in ("code", "title", "starts_at", "ends_at", "jp", "group", "room")}
        service.change_session(
            session,
            organisation_id=world.sukabumi,
            cohort_id=world.cohort,
            row=NewSession(**told | values),
            seen=one.revision,
            changed_by=None,
            now=NOW,
        )


def cancel(world: World, code: str) -> None:
    with world.transaction() as session:
        service.cancel_session(
            session,
            organisation_id=world.sukabumi,
            cohort_id=world.cohort,
            code=code,
            reason="Banjir",
            changed_by=None,
            now=NOW,
        )


@pytest.mark.parametrize(
    ("role", "name", "codes"),
    [
        ("participant", "", ["S01", "SEM-A", "S02"]),
        ("facilitator", "", ["S01", "SEM-A", "S02"]),
        ("facilitator", "facilitator_b", ["S01", "SEM-B", "S02"]),
        ("manager", "", ["S01", "SEM-A", "SEM-B", "S02"]),
        ("admin", "", ["S01", "SEM-A", "SEM-B", "S02"]),
        ("auditor", "", ["S01", "SEM-A", "SEM-B", "S02"]),
    ],
)
def test_everybody_has_their_own_sessions(world: World, role: str, name: str, codes: list[str]) -> None:
    path = address(world.client(role, name=name))
    found = _walked(content(world, path))
    told = [str(one["description"]).split(" · ")[0] for one in found]
    assert told == codes


def test_a_facilitator_has_sessions_that_name_them_too(world: World) -> None:
    facilitator_id = world.account("facilitator")
    change(world, "SEM-B", facilitators=frozenset([facilitator_id]), room="Aula")
    event = events(world, address(world.client("facilitator")))["SEM-B"]
    assert (str(event["location"]), "Facilitators: Facilitator" in str(event["description"])) == ("Aula", True)


def test_another_organisation_and_its_managers_see_nothing(world: World) -> None:
    path = address(world.client("manager", name="other", organisation_id=world.bandung))
    assert _walked(content(world, path)) == []
    token = address(world.client("manager")).rpartition("/")[2]
    assert world.client().get(f"/calendar/bandung/{token}").status_code == 404


def test_an_event_says_when_where_and_what(world: World) -> None:
    change(world, "S01", title="Pembukaan, resmi; dan\\lain", room="Aula")
    event = events(world, address(world.client("manager")))["S01"]
    assert str(event["summary"]) == "Pembukaan, resmi; dan\\lain – Angkatan III"
    assert event["dtstart"].dt == datetime(2026, 3, 12, 1, 0, tzinfo=UTC)
    assert event["dtend"].dt == datetime(2026, 3, 12, 3, 15, tzinfo=UTC)
    assert UUID(str(event["uid"])) == world.session_id("S01")
    assert (event["dtstamp"].dt, event["last-modified"].dt) == (NOW, NOW)
    assert str(event["url"]).endswith("/cohorts/III/sessions/S01")
    assert (str(event["status"]), int(event["sequence"])) == ("CONFIRMED", 1)


def test_a_participant_is_led_to_their_own_page(world: World) -> None:
    event = events(world, address(world.client("participant")))["S01"]
    assert "/cohorts/" not in str(event["url"])


def test_a_change_keeps_the_uid_and_raises_the_sequence(world: World) -> None:
    path = address(world.client("manager"))
    before = events(world, path)["S01"]
    change(world, "S01", starts_at=datetime(2026, 3, 12, 0, 0, tzinfo=UTC))
    cancel(world, "S01")
    after = events(world, path)["S01"]
    assert after["uid"] == before["uid"]
    assert (int(before["sequence"]), int(after["sequence"])) == (0, 2)
    assert (str(after["status"]), str(after["transp"])) == ("CANCELLED", "TRANSPARENT")
    assert "Cancelled: Banjir" in str(after["description"])
    assert after["dtstart"].dt == datetime(2026, 3, 12, 0, 0, tzinfo=UTC)


def test_the_file_keeps_to_the_rules_of_its_kind(world: World) -> None:
    """RFC 5545: lines of 75 octets ended by CRLF (3.1), what must be there (3.6, 3.6.1), each UID once (3.8.4.7)."""
    change(world, "S01", title="Pembukaan dengan judul yang panjang sekali – é " * 4 + "x", room="Aula " * 20 + "1")
    text = content(world, address(world.client("manager")))
    lines = text.split(b"\r\n")
    assert lines[-1] == b""
    assert [line for line in lines if len(line) > 75 or b"\n" in line or b"\r" in line] == []
    for line in lines:
        line.decode()
    unfolded = text.replace(b"\r\n ", b"").decode().split("\r\n")
    head = unfolded[: unfolded.index("BEGIN:VEVENT")]
    assert [head.count(one) for one in ("BEGIN:VCALENDAR", "VERSION:2.0", "CALSCALE:GREGORIAN")] == [1, 1, 1]
    for event in _walked(text):
        names = list(event.keys())
        assert {"UID", "DTSTAMP", "DTSTART", "DTEND", "SEQUENCE", "LAST-MODIFIED", "URL", "STATUS"} <= set(names)
        assert len(names) == len(set(names))
    uids = [line for line in unfolded if line.startswith("UID:")]
    assert len(uids) == len(set(uids)) == 4
    assert [
        line for line in unfolded if line.startswith(("DTSTART", "DTEND", "DTSTAMP")) and not line.endswith("Z")
    ] == []


def test_the_same_timetable_gives_the_same_file_and_need_not_be_sent_again(world: World) -> None:
    path, client = address(world.client("manager")), world.client()
    first = client.get(path)
    with time_machine.travel(NOW + timedelta(hours=5), tick=False):
        again = client.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    change(world, "S02", room="Aula")
    assert client.get(path, headers={"If-None-Match": first.headers["ETag"]}).status_code == 200


def test_what_is_over_for_a_year_is_left_out(world: World) -> None:
    path = address(world.client("manager"))
    with time_machine.travel(NOW + timedelta(days=366, hours=12), tick=False):
        assert set(events(world, path)) == {"S02"}


def test_a_new_address_ends_the_one_before_and_so_does_ending_it(world: World) -> None:
    client = world.client("participant")
    first = address(client)
    second = address(client)
    assert world.client().get(first).status_code == 404
    assert world.client().get(second).status_code == 200
    assert client.post("/account/calendar/end", follow_redirects=True).status_code == 200
    assert world.client().get(second).status_code == 404


def test_who_may_not_sign_in_has_no_calendar(world: World) -> None:
    path = address(world.client("facilitator"))
    with world.transaction() as session:
        people.set_active(
            session, organisation_id=world.sukabumi, account_id=world.account("facilitator"), active=False
        )
    assert world.client().get(path).status_code == 404


@pytest.mark.parametrize("path", ["sukabumi/x.ics", "none/x.ics", "sukabumi/%ED%A0%80.ics"])
def test_a_wrong_address_tells_nothing(world: World, path: str) -> None:
    assert world.client().get(f"/calendar/{path}").status_code == 404


def test_of_the_token_only_its_hash_is_kept(world: World) -> None:
    token = address(world.client("manager")).rpartition("/")[2].removesuffix(".ics")
    assert len(token) == 43
    with world.reading() as session:
        kept = session.scalars(select(CalendarFeed.token_hash)).all()
    assert kept == [service.token_hash(token)]
    assert token not in world.client("manager").get("/account/calendar").text


def test_only_who_is_signed_in_makes_an_address(world: World) -> None:
    for path in ("/account/calendar", "/account/calendar/end"):
        assert world.client().post(path).status_code == 303
    with world.reading() as session:
        assert session.scalars(select(CalendarFeed.token_hash)).all() == []
