"""Where devices send their marks: who may, what is answered, and what is kept."""

from collections.abc import Iterator
from datetime import timedelta
from threading import Barrier, Thread
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import update

from lms.attendance import queries
from lms.attendance.rule_service import set_rules
from lms.programme import queries as programmes
from lms.programme import service as programme
from lms.programme.models import ClassroomSession, SessionFacilitator
from tests.world import NOW, World

SYNC = "/registers/sync"
JSON = {"Accept": "application/json"}


@pytest.fixture(autouse=True)
def _at_that_moment() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def world(world: World) -> World:
    """The world with its cohort."""
    _ = world.cohort
    return world


def mark(world: World, name: str = "Ani", status: str = "hadir", **what: Any) -> dict[str, Any]:
    session = str(world.session_id(what.pop("code", "S01")))
    mark = {"id": str(uuid4()), "session": session, "participant": str(world.participant(name)), "status": status}
    return mark | {"minutes_late": None, "remark": "", "made_at": NOW.isoformat(), "seen": None} | what


def send(client: FlaskClient, *marks: Any, **what: Any) -> list[dict[str, Any]]:
    body = {"device": str(uuid4()), "sent_at": NOW.isoformat(), "marks": list(marks)} | what
    answer = client.post(SYNC, json=body)
    assert answer.status_code == 200, answer.text
    told: list[dict[str, Any]] = answer.json["marks"]
    return told


def outcomes(answers: list[dict[str, Any]]) -> list[str]:
    return [f"{one['outcome']} {one['why']}".strip() for one in answers]


def register(world: World, code: str = "S01") -> queries.Register:
    session_id = world.session_id(code)
    with world.reading() as session:
        return queries.register(session, organisation_id=world.sukabumi, session_id=session_id)


def test_a_mark_is_added_with_its_own_id_moment_and_device(world: World) -> None:
    client, one = world.client("facilitator"), mark(world, made_at=(NOW - timedelta(minutes=9)).isoformat())
    client.environ_base["HTTP_USER_AGENT"] = "Mozilla/5.0 (Linux; Android 14) Chrome/130.0"
    (answer,) = send(client, one)
    assert (answer["outcome"], answer["counting"]["id"], answer["counting"]["by"]) == (
        "recorded",
        one["id"],
        "Facilitator",
    )
    (found,) = register(world).people[0].marks
    assert (str(found.id), found.source, found.device) == (one["id"], "offline", "Chrome, Android")
    assert (found.made_at, found.recorded_at, found.skew_ms) == (NOW - timedelta(minutes=9), NOW, 0)


def test_two_different_marks_are_both_kept_and_the_conflict_is_told(world: World) -> None:
    first, second = mark(world), mark(world, status="alpa")
    assert outcomes(send(world.client("manager"), first)) == ["recorded"]
    (answer,) = send(world.client("facilitator"), second)
    assert outcomes([answer]) == ["contested meanwhile"]
    assert (answer["counting"]["status"], answer["counting"]["by"]) == ("hadir", "Manager")
    ani = register(world).people[0]
    assert [str(one.id) for one in ani.marks] == [first["id"]]
    assert [(str(one.id), str(one.against)) for one in ani.to_settle] == [(second["id"], first["id"])]
    # Sent again, it is told the same.
    assert outcomes(send(world.client("facilitator"), second)) == ["repeated meanwhile"]


def test_the_same_mark_of_two_people_is_no_conflict(world: World) -> None:
    send(world.client("manager"), mark(world))
    second = mark(world)
    assert outcomes(send(world.client("facilitator"), second)) == ["same"]
    assert outcomes(send(world.client("facilitator"), second)) == ["repeated"]
    assert register(world).to_settle == 0


@pytest.mark.parametrize(
    ("role", "what", "outcome"),
    [
        ("facilitator", {"name": "Citra"}, "contested not_yours"),
        ("manager", {"name": "Citra"}, "recorded"),
        ("facilitator", {"name": "Ani", "code": "SEM-B"}, "contested not_yours"),
        ("facilitator", {"name": "Ani", "code": "S02"}, "contested not_open"),
        ("facilitator", {"status": "pergi"}, "contested bad_status"),
        ("facilitator", {"session": str(uuid4())}, "refused no_session"),
        ("facilitator", {"participant": str(uuid4())}, "refused no_person"),
        ("facilitator", {"minutes_late": "x"}, "refused malformed"),
    ],
)
def test_what_cannot_simply_be_added_is_kept_or_told(
    world: World, role: str, what: dict[str, Any], outcome: str
) -> None:
    # A mark beside it is taken in whatever is wrong with this one.
    answers = send(world.client(role), mark(world, **what), mark(world, "Budi"))
    assert outcomes(answers) == [outcome, "recorded"]
    assert all(answer["message"] for answer in answers)


def test_a_facilitator_who_is_named_for_a_session_marks_everybody_at_it(world: World) -> None:
    account_id, session_id = world.account("facilitator"), world.session_id("SEM-B")
    with world.transaction() as session:
        session.add(SessionFacilitator(organisation_id=world.sukabumi, session_id=session_id, account_id=account_id))
    client = world.client("facilitator")
    assert outcomes(send(client, mark(world, "Citra", code="SEM-B"))) == ["recorded"]
    assert "Citra Contoh" in client.get("/cohorts/III/sessions/SEM-B").text
    assert "Seminar B" in client.get("/cohorts/III/sessions").text
    assert "/cohorts/III/sessions/SEM-B" in client.get("/registers/today.json").json["pages"]


def test_a_mark_that_was_made_in_time_may_come_late(world: World) -> None:
    session_id = world.session_id("S01")
    with world.transaction() as session:
        set_rules(session, organisation_id=world.sukabumi, cohort_id=world.cohort, values={"late_days": 0})
    in_time, too_late = mark(world), mark(world, "Budi", made_at=(NOW + timedelta(days=1)).isoformat())
    facilitator, manager = world.client("facilitator"), world.client("manager")
    with time_machine.travel(NOW + timedelta(days=1), tick=False):
        sent_at = (NOW + timedelta(days=1)).isoformat()
        assert outcomes(send(facilitator, in_time, too_late, sent_at=sent_at)) == ["recorded", "contested locked"]
        assert outcomes(send(manager, mark(world, "Citra"), sent_at=sent_at)) == ["recorded"]
    assert session_id == world.session_id("S01")


def test_a_cancelled_session_keeps_what_is_sent_for_it(world: World) -> None:
    with world.transaction() as session:
        session.execute(update(ClassroomSession).values(cancelled_at=NOW))
    assert outcomes(send(world.client("manager"), mark(world))) == ["contested cancelled"]


def test_an_id_is_not_taken_for_another_mark(world: World) -> None:
    client, one = world.client("facilitator"), mark(world)
    other = mark(world, "Budi", id=one["id"], code="SEM-A")
    assert outcomes(send(client, one, other)) == ["recorded", "refused id_reused"]
    assert outcomes(send(client, one)) == ["repeated"]


@pytest.mark.parametrize("role", ["participant", "auditor"])
def test_who_may_not(world: World, role: str) -> None:
    client = world.client(role)
    for answer in (client.post(SYNC, json={}), client.get("/registers/token"), client.get("/registers/today.json")):
        assert answer.status_code == 403


def test_whoever_is_not_signed_in_is_told_so_in_json(world: World) -> None:
    client = world.client(None)
    for answer in (
        client.post(SYNC, json={}, headers=JSON),
        client.get("/registers/token", headers=JSON),
        client.get("/registers/today.json", headers=JSON),
    ):
        assert (answer.status_code, list(answer.json)) == (401, ["error"])


def test_another_organisation_reaches_nothing(world: World) -> None:
    client = world.client("manager", name="bandung_manager", organisation_id=world.bandung)
    assert outcomes(send(client, mark(world))) == ["refused no_session"]
    assert client.get("/registers/today.json").json["pages"] == []
    assert register(world).marked == 0


def test_a_queue_of_another_account_is_left_where_it_is(world: World) -> None:
    body = {"sent_at": NOW.isoformat(), "account": str(world.account("manager")), "marks": [mark(world)]}
    assert world.client("facilitator").post(SYNC, json=body).status_code == 409
    assert register(world).marked == 0


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"", 400), (b"[]", 400), (b'{"marks": []}', 400), (b"\xff" * 9, 400), (b" " * (256 * 1024 + 1), 413)],
)
def test_what_is_no_batch_is_refused(world: World, body: bytes, status: int) -> None:
    answer = world.client("facilitator").post(SYNC, data=body, content_type="application/json", headers=JSON)
    assert (answer.status_code, "error" in answer.json) == (status, True)


def test_the_token_is_asked_for_and_needed(world: World) -> None:
    app, client = world.app, world.client("facilitator")
    body = {"sent_at": NOW.isoformat(), "marks": [mark(world)]}
    app.config["WTF_CSRF_ENABLED"] = True
    try:
        assert client.post(SYNC, json=body, headers=JSON).status_code == 400
        assert world.client(None).post(SYNC, json=body, headers=JSON).status_code == 401
        fresh = client.get("/registers/token").json
        assert fresh["account"] == str(world.account("facilitator"))
        assert client.post(SYNC, json=body, headers=JSON | {"X-CSRFToken": fresh["csrf"]}).status_code == 200
    finally:
        app.config["WTF_CSRF_ENABLED"] = False


def test_the_registers_of_today_are_those_that_one_may_take(world: World) -> None:
    told = world.client("facilitator").get("/registers/today.json").json
    assert told == {
        "day": "2026-03-12",
        "account": str(world.account("facilitator")),
        "pages": ["/cohorts/III/sessions/S01", "/cohorts/III/sessions/SEM-A"],
    }


def test_somebody_who_left_the_cohort_keeps_what_was_sent_for_them(world: World) -> None:
    with world.transaction() as session:
        other = programme.add_cohort(
            session,
            organisation_id=world.sukabumi,
            programme_code="contoh",
            version=None,
            code="IV",
            name="Angkatan IV",
            starts_at=NOW,
            ends_at=None,
            time_zone="Asia/Jakarta",
            targets={},
            now=NOW,
        )
        rows = [programme.NewEnrolment(identifier="1", name="Eka", email="", group="A", category="", unit="")]
        programme.enrol(session, organisation_id=world.sukabumi, cohort_id=other, rows=rows, now=NOW)
    with world.reading() as session:
        (eka,) = programmes.roster(session, organisation_id=world.sukabumi, cohort_id=other)
    one = mark(world, participant=str(eka.participant_id))
    assert outcomes(send(world.client("manager"), one)) == ["contested not_enrolled"]
    assert "Eka" in world.client("manager").get("/cohorts/III/sessions/S01/settle").text
    assert "Eka" not in world.client("facilitator").get("/cohorts/III/sessions/S01/settle").text


def test_what_comes_at_the_same_moment_is_taken_in_once(world: World) -> None:
    """Two phones of two people, and each request twice: whoever is first is recorded, the other waits to be settled."""
    bodies = [[mark(world, status=status), mark(world, "Budi", status=status)] for status in ("hadir", "alpa")]
    clients = [world.client(role) for role in ("manager", "facilitator") for _ in range(2)]
    together, answers = Barrier(len(clients)), list[list[str]]()

    def post(client: FlaskClient, marks: list[dict[str, Any]]) -> None:
        together.wait()
        answers.append(outcomes(send(client, *marks)))

    threads = [Thread(target=post, args=(client, bodies[place // 2])) for place, client in enumerate(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [
        ["contested meanwhile"] * 2,
        ["recorded"] * 2,
        ["repeated"] * 2,
        ["repeated meanwhile"] * 2,
    ]
    people = register(world).people[:2]
    assert [(len(person.marks), len(person.to_settle)) for person in people] == [(1, 1), (1, 1)]
