"""Marks are told to the record store, and statements from elsewhere become marks."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid5

import pytest
import tincan
from sqlalchemy import select

from lms.attendance import queries as attendance
from lms.attendance import timetabling
from lms.attendance.register_models import ContestedMark
from lms.attendance.rules import TAKEN_BACK
from lms.attendance.service import NewMark, take_register
from lms.attended import service
from lms.attended.rules import taken_id
from lms.people import service as people
from lms.programme import queries as programmes
from lms.programme.service import NewSession
from lms.xapi import rules as xapi_rules
from lms.xapi import service as xapi
from lms.xapi.home_page_queries import new_home_pages
from tests.world import NOW, World
from tests.xapi.lrs import ANI, BUDI, Lrs, voiding

HOME = "http://127.0.0.1:8000"


@pytest.fixture
def lrs(world: World) -> Lrs:
    key, secret = world.credential()
    return Lrs(world, world.client(), key, secret)


def mark(world: World, name: str, status: str, code: str = "S01", minutes_late: int | None = None) -> None:
    new = NewMark(participant_id=world.participant(name), status=status, minutes_late=minutes_late)
    manager = world.account("manager")
    session_id = world.session_id(code)
    with world.transaction() as session:
        take_register(
            session,
            organisation_id=world.sukabumi,
            session_id=session_id,
            marks=[new],
            recorded_by=manager,
            source="register",
            now=NOW,
        )


def background(world: World) -> None:
    """What the worker does, until nothing is left."""
    with world.transaction() as session:
        xapi.drain(session, organisation_id=world.sukabumi, dialects=(), now=NOW)
    for work in (service.take, service.tell):
        with world.transaction() as session:
            work(session, organisation_id=world.sukabumi, public_url=HOME, now=NOW)
    with world.transaction() as session:
        xapi.drain(session, organisation_id=world.sukabumi, dialects=(), now=NOW)


def statements(lrs: Lrs, **query: str) -> list[dict[str, Any]]:
    path = "/xapi/statements"
    found = lrs.request("GET", path, query_string={"verb": "http://adlnet.gov/expapi/verbs/attended"} | query)
    # What voids one is found by what it voids (xAPI 1.0.3, Communication 2.1.3).
    return [one for one in found.get_json()["statements"] if one["verb"]["id"].endswith("/attended")]


def iri(world: World, code: str = "S01") -> str:
    return f"{HOME}/id/session/{world.session_id(code)}"


def said(world: World, name: str = ANI, code: str = "S01", **members: Any) -> dict[str, Any]:
    return {
        "actor": {"account": {"homePage": "https://kelas.example", "name": name}},
        "verb": {"id": "http://adlnet.gov/expapi/verbs/attended"},
        "object": {"id": iri(world, code)},
        "timestamp": "2026-03-10T02:05:00Z",
    } | members


def history(world: World, name: str = "Ani", code: str = "S01") -> list[attendance.PastMark]:
    session_id, participant_id = world.session_id(code), world.participant(name)
    with world.reading() as session:
        found = attendance.mark_history(
            session, organisation_id=world.sukabumi, session_id=session_id, participant_id=participant_id
        )
    return list(found)


def test_a_mark_that_counts_can_be_read_by_other_systems(world: World, lrs: Lrs) -> None:
    mark(world, "Ani", "terlambat", minutes_late=12)
    mark(world, "Budi", "alpa")
    background(world)
    (told,) = statements(lrs)
    assert told["actor"]["account"] == {"homePage": HOME, "name": ANI}
    assert told["object"]["id"] == iri(world)
    assert told["context"]["instructor"]["name"] == "Manager"
    assert told["context"]["extensions"][f"{HOME}/id/attendance/status"] == "terlambat"
    assert statements(lrs, agent=json.dumps({"account": {"homePage": HOME, "name": ANI}})) == [told]
    assert statements(lrs, activity=iri(world)) == [told]


def test_nobody_is_asked_whether_this_site_is_known(world: World, lrs: Lrs) -> None:
    mark(world, "Ani", "hadir")
    background(world)
    assert statements(lrs)
    with world.reading() as session:
        assert new_home_pages(session, organisation_id=world.sukabumi, limit=5) == []


def test_telling_twice_changes_nothing(world: World, lrs: Lrs) -> None:
    mark(world, "Ani", "hadir")
    background(world)
    with world.transaction() as session:
        assert service.note_cohort(session, organisation_id=world.sukabumi, cohort_id=world.cohort) == 1
    before = statements(lrs)
    background(world)
    assert statements(lrs) == before


@pytest.mark.parametrize("later", ["alpa", TAKEN_BACK, "dinas luar"])
def test_a_mark_that_counts_no_more_is_voided(world: World, lrs: Lrs, later: str) -> None:
    mark(world, "Ani", "hadir")
    background(world)
    mark(world, "Ani", later)
    background(world)
    assert statements(lrs) == []


def test_a_changed_mark_stands_in_the_place_of_the_one_before(world: World, lrs: Lrs) -> None:
    mark(world, "Ani", "hadir")
    background(world)
    mark(world, "Ani", "terlambat")
    background(world)
    mark(world, "Ani", "hadir")
    background(world)
    (told,) = statements(lrs)
    assert told["context"]["extensions"][f"{HOME}/id/attendance/status"] == "hadir"


def switch(world: World, act: Any) -> None:
    about = {"organisation_id": world.sukabumi, "cohort_id": world.cohort, "changed_by": world.account("manager")}
    with world.transaction() as session:
        act(session, **about, code="S01", reason="Listrik padam", now=NOW)


def test_the_marks_of_a_cancelled_session_are_voided_and_told_anew_once_it_is_restored(world: World, lrs: Lrs) -> None:
    mark(world, "Ani", "hadir")
    background(world)
    (before,) = statements(lrs)
    for _ in range(2):
        switch(world, timetabling.cancel_session)
        background(world)
        assert statements(lrs) == []
        switch(world, timetabling.restore_session)
        background(world)
        (told,) = statements(lrs)
        assert told["id"] != before["id"]
        assert told["context"] == before["context"]


@pytest.mark.parametrize(
    ("change", "is_told_anew"),
    [
        ({"starts_at": timedelta(days=1), "ends_at": timedelta(days=1)}, True),
        ({"ends_at": timedelta(minutes=30)}, True),
        ({"jp": 1}, True),
        ({"title": " (lanjutan)"}, False),
    ],
)
def test_a_session_that_is_moved_is_told_with_its_new_date(
    world: World, lrs: Lrs, change: dict[str, Any], is_told_anew: bool
) -> None:
    mark(world, "Ani", "hadir")
    background(world)
    (before,) = statements(lrs)
    move(world, change)
    background(world)
    (told,) = statements(lrs)
    assert (told["id"] != before["id"]) is is_told_anew
    assert (told["timestamp"] != before["timestamp"]) is ("starts_at" in change)


def move(world: World, change: dict[str, Any]) -> None:
    about: dict[str, Any] = {"organisation_id": world.sukabumi, "cohort_id": world.cohort}
    with world.transaction() as session:
        meeting = next(one for one in programmes.timetable(session, **about) if one.code == "S01")
        names = ("code", "title", "starts_at", "ends_at", "jp", "group")
        row = NewSession(**{name: getattr(meeting, name) for name in names})
        row = replace(row, **{name: getattr(row, name) + more for name, more in change.items()})
        timetabling.change_session(
            session, **about, row=row, seen=meeting.revision, reason="Ruang dipakai", changed_by=None, now=NOW
        )


def test_what_is_told_is_not_taken_in_again(world: World, lrs: Lrs) -> None:
    mark(world, "Ani", "hadir")
    background(world)
    background(world)
    assert [one.source for one in history(world)] == ["register"]


def test_a_statement_from_elsewhere_is_a_mark_of_its_system(world: World, lrs: Lrs) -> None:
    lrs.sent(said(world))
    background(world)
    (found,) = history(world)
    assert (found.status, found.source, found.source_name) == ("hadir", "statement", "MOOC of the tests")
    assert found.recorded_by is None
    assert len(statements(lrs)) == 1, "the statement itself tells of the mark"


def test_a_third_party_client_sends_one(world: World, lrs: Lrs) -> None:
    sent = tincan.Statement(
        actor=tincan.Agent(account=tincan.AgentAccount(home_page="https://kelas.example", name=ANI)),
        verb=tincan.Verb(id="http://adlnet.gov/expapi/verbs/attended"),
        object=tincan.Activity(id=iri(world)),
    )
    lrs.sent(json.loads(sent.to_json(tincan.Version.latest)) | {"timestamp": "2026-03-10T02:05:00Z"})
    background(world)
    assert [one.status for one in history(world)] == ["hadir"]


def test_the_same_statement_again_changes_nothing(world: World, lrs: Lrs) -> None:
    lrs.sent(said(world, id="5f0d7a30-9f5f-4a62-8f0d-2d5c8f1a0001"))
    background(world)
    lrs.sent(said(world, id="5f0d7a30-9f5f-4a62-8f0d-2d5c8f1a0001"))
    background(world)
    assert len(history(world)) == 1


def test_another_word_of_a_person_is_kept_to_be_settled(world: World, lrs: Lrs) -> None:
    mark(world, "Ani", "alpa")
    lrs.sent(said(world))
    background(world)
    assert [one.status for one in history(world)] == ["alpa"]
    with world.reading() as session:
        (kept,) = session.scalars(select(ContestedMark))
        assert (kept.status, kept.why, kept.source) == ("hadir", "meanwhile", "statement")


def test_voiding_takes_the_mark_back(world: World, lrs: Lrs) -> None:
    (sent,) = lrs.sent(said(world))
    background(world)
    lrs.sent(
        {
            "actor": {"mbox": "mailto:admin@kelas.example"},
            "verb": {"id": "http://adlnet.gov/expapi/verbs/voided"},
            "object": {"objectType": "StatementRef", "id": sent},
        }
    )
    background(world)
    assert [one.status for one in history(world)] == ["hadir", TAKEN_BACK]


def test_a_person_who_is_matched_later_has_the_mark_then(world: World, lrs: Lrs) -> None:
    _ = world.cohort
    lrs.sent(said(world, name="ani-from-elsewhere"))
    background(world)
    assert history(world) == []
    page = world.client("manager").get("/waiting/attended").text
    assert "Nobody knows whose it is" in page
    ref = xapi_rules.AgentRef(kind="account", value="ani-from-elsewhere", home_page="https://kelas.example")
    ani = world.participant("Ani")
    with world.transaction() as session:
        people.match_agent(
            session, organisation_id=world.sukabumi, agent_key=ref.key, participant_id=ani, matched_by=None, now=NOW
        )
    background(world)
    assert [one.status for one in history(world)] == ["hadir"]
    assert "Every one became a mark" in world.client("manager").get("/waiting/attended").text


@pytest.mark.parametrize(
    ("code", "name", "reason"),
    [("SEM-A", "nobody", "Nobody knows whose it is"), ("S01", ANI, "no session of this installation")],
)
def test_what_becomes_no_mark_is_told_with_the_reason(
    world: World, lrs: Lrs, code: str, name: str, reason: str
) -> None:
    object_ = {"id": f"{HOME}/id/session/{UUID(int=1)}"} if "no session" in reason else {"id": iri(world, code)}
    lrs.sent(said(world, name=name, code=code) | {"object": object_})
    background(world)
    assert reason in world.client("auditor").get("/waiting/attended").text


def test_the_iri_of_a_session_leads_to_its_register(world: World) -> None:
    path = f"/id/session/{world.session_id('S01')}"
    assert world.client("facilitator").get(path).headers["Location"] == "/cohorts/III/sessions/S01"
    assert world.client("manager", organisation_id=world.bandung).get(path).status_code == 404
    assert world.client("participant").get(path).status_code == 403


def test_another_organisation_sees_none_of_it(world: World, lrs: Lrs) -> None:
    lrs.sent(said(world, name="nobody"))
    background(world)
    assert (
        "Every one became a mark"
        in world.client("manager", organisation_id=world.bandung).get("/waiting/attended").text
    )
    for role in ("facilitator", "participant"):
        assert world.client(role).get("/waiting/attended").status_code == 403


def test_an_id_that_a_system_takes_before_stops_no_telling(world: World, lrs: Lrs) -> None:
    mark(world, "Ani", "hadir")
    background(world)
    (told,) = statements(lrs)
    # Ids that follow from what everybody can read: of the mark, and of what is told of it.
    for known in (told["id"], told["context"]["extensions"][f"{HOME}/id/attendance/mark"]):
        for space in ("5b1f1f0e-6f0b-5b42-9d63-9f7b5c0f4a51", "0d1a4f0c-2d55-5a8e-8f46-3a4f0a3a7c11"):
            taken = {"id": str(uuid5(UUID(space), known)), "verb": {"id": "https://kelas.example/opened"}}
            assert lrs.post(said(world, **taken)).status_code == 200
    mark(world, "Ani", "alpa")
    mark(world, "Budi", "hadir")
    background(world)
    assert [one["actor"]["account"]["name"] for one in statements(lrs)] == [BUDI]


def test_a_number_of_a_billion_digits_is_no_minutes(world: World, lrs: Lrs) -> None:
    told = json.dumps(said(world, context={"extensions": {f"{HOME}/id/attendance/minutes-late": 1}}))
    body = told.replace('minutes-late": 1', 'minutes-late": 1E+999999999')
    assert lrs.request("POST", "/xapi/statements", data=body, content_type="application/json").status_code == 200
    background(world)
    assert [(one.status, one.minutes_late) for one in history(world)] == [("hadir", None)]


def test_what_a_voided_statement_said_waits_for_nobody(world: World, lrs: Lrs) -> None:
    mark(world, "Ani", "alpa")
    one = said(world, id="7d5a1a52-7a4c-4b43-9d57-2b8f1d6f0c11")
    lrs.post(one)
    background(world)
    with world.reading() as session:
        (kept,) = session.scalars(select(ContestedMark))
        assert kept.outcome == ""
    lrs.post(voiding(one["id"]))
    background(world)
    with world.reading() as session:
        (kept,) = session.scalars(select(ContestedMark))
        assert (kept.outcome, kept.settled_by) == ("dropped", None)
    assert [one.status for one in history(world)] == ["alpa"]


def test_a_system_that_voids_what_was_told_changes_no_mark(world: World, lrs: Lrs) -> None:
    mark(world, "Ani", "hadir")
    background(world)
    (told,) = statements(lrs)
    assert lrs.post(voiding(told["id"])).status_code == 200
    background(world)
    assert [(one.status, one.source) for one in history(world)] == [("hadir", "register")]
    mark(world, "Ani", "terlambat", minutes_late=5)
    background(world)
    assert [one["context"]["extensions"][f"{HOME}/id/attendance/status"] for one in statements(lrs)] == ["terlambat"]


def test_a_mark_that_has_the_id_of_a_statement_stops_no_taking(world: World, lrs: Lrs) -> None:
    one = said(world, id="7d5a1a52-7a4c-4b43-9d57-2b8f1d6f0c11")
    squatting = NewMark(id=taken_id(UUID(one["id"])), participant_id=world.participant("Budi"), status="hadir")
    about = {"organisation_id": world.sukabumi, "session_id": world.session_id("S01"), "recorded_by": None, "now": NOW}
    with world.transaction() as session:
        take_register(session, marks=[squatting], source="offline", **about)
    lrs.post(one)
    background(world)
    assert [(one.status, one.source) for one in history(world)] == [("hadir", "statement")]
