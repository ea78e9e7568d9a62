"""A participant sees their marks, disputes one, and is answered."""

import re
from collections.abc import Iterator
from datetime import timedelta
from threading import Barrier, Thread
from uuid import UUID

import pytest
import time_machine
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from lms.attendance import dispute_queries, queries
from lms.attendance.dispute_queries import Dispute
from lms.attendance.dispute_rules import Answered
from lms.attendance.dispute_service import accept_dispute, decline_dispute, dispute_mark
from lms.attendance.rules import NewMark, Origin, PastMark
from lms.attendance.service import take_register
from lms.errors import Conflict, DomainError, NotFound
from lms.people.models import Mail
from lms.programme.models import Cohort
from tests.world import NOW, World

DISPUTES = "/cohorts/III/attendance/disputes"


@pytest.fixture(autouse=True)
def _at_that_moment() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def world(world: World) -> World:
    """Ani was marked absent at S01, by the facilitator of her group."""
    _ = world.cohort
    take(world, "S01", "Ani", "alpa")
    return world


def take(world: World, code: str, who: str, status: str) -> None:
    session_id, participant_id = world.session_id(code), world.participant(who)
    recorded_by = world.account("facilitator")
    with world.transaction() as session:
        take_register(
            session,
            organisation_id=world.sukabumi,
            session_id=session_id,
            marks=[NewMark(participant_id=participant_id, status=status)],
            recorded_by=recorded_by,
            source="register",
            now=NOW,
        )


def marks(world: World, code: str = "S01", who: str = "Ani") -> tuple[PastMark, ...]:
    session_id, participant_id = world.session_id(code), world.participant(who)
    with world.reading() as session:
        return queries.mark_history(
            session, organisation_id=world.sukabumi, session_id=session_id, participant_id=participant_id
        )


def dispute(world: World, *, who: str = "Ani", mark_id: UUID | None = None, text: str = "Saya hadir.") -> UUID:
    session_id, participant_id = world.session_id("S01"), world.participant(who)
    about = mark_id or marks(world)[-1].id
    with world.transaction() as session:
        return dispute_mark(
            session,
            organisation_id=world.sukabumi,
            participant_id=participant_id,
            session_id=session_id,
            mark_id=about,
            text=text,
            now=NOW,
        )


def one(world: World, dispute_id: UUID) -> Dispute:
    with world.reading() as session:
        return dispute_queries.dispute(session, organisation_id=world.sukabumi, dispute_id=dispute_id)


def seen(page: TestResponse) -> dict[str, str]:
    return dict(re.findall(r'name="(seen|mark_id)" value="([^"]*)"', page.text))


def accept(world: World, dispute_id: UUID, **fields: str) -> TestResponse:
    client = world.client("facilitator")
    page = client.get(f"{DISPUTES}/{dispute_id}")
    return client.post(f"{DISPUTES}/{dispute_id}/accept", data={**seen(page), **fields})


def test_a_participant_sees_a_mark_at_once_with_who_made_it(world: World) -> None:
    client = world.client("participant")
    page = client.get("/my/attendance")
    assert page.status_code == 200
    assert "alpa" in page.text
    assert "Facilitator" in page.text
    assert "SEM-B" not in page.text
    assert "Missed: 1 session" in page.text
    take(world, "S01", "Ani", "terlambat")
    assert "terlambat" in client.get("/my/attendance").text


def test_disputing_stands_on_the_pages_of_both(world: World) -> None:
    client = world.client("participant")
    address = f"/my/attendance/{world.session_id('S01')}"
    sent = client.post(address, data={**seen(client.get(address)), "text": "Saya duduk di depan."})
    assert sent.status_code == 303
    assert "Saya duduk di depan." in client.get(address).text
    assert "Disputed" in client.get("/my/attendance").text
    staff = world.client("facilitator").get(DISPUTES)
    assert "Ani Contoh" in staff.text
    assert "Waits for an answer" in staff.text


def test_accepted_it_becomes_a_mark_whose_remark_is_the_answer(world: World) -> None:
    dispute_id = dispute(world)
    answered = accept(world, dispute_id, status="terlambat", minutes_late="5", answer="Benar, daftar hadir kertas.")
    assert answered.status_code == 303
    newest = marks(world)[-1]
    assert (newest.status, newest.minutes_late, newest.remark, newest.recorded_by) == (
        "terlambat",
        5,
        "Benar, daftar hadir kertas.",
        "Facilitator",
    )
    found = one(world, dispute_id)
    assert (found.state, found.answered_by, found.answered_at) == ("accepted", "Facilitator", NOW)
    page = world.client("participant").get(f"/my/attendance/{world.session_id('S01')}")
    assert "Benar, daftar hadir kertas." in page.text
    assert "Accepted" in page.text


def test_declined_the_mark_stands_and_the_answer_is_read(world: World) -> None:
    dispute_id = dispute(world)
    client = world.client("manager")
    assert client.post(f"{DISPUTES}/{dispute_id}/decline", data={"answer": "Tidak ada di foto."}).status_code == 303
    assert [mark.status for mark in marks(world)] == ["alpa"]
    page = world.client("participant").get(f"/my/attendance/{world.session_id('S01')}")
    assert "Tidak ada di foto." in page.text
    assert "Declined" in page.text


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"answer": "Benar."}, "Choose the mark that is right."),
        ({"status": "hadir"}, "Say it in a few words."),
        ({"status": "alpa", "answer": "Benar."}, "That is the mark that is disputed"),
        ({"status": "melayang", "answer": "Benar."}, "no status of this programme"),
        ({"status": "terlambat", "minutes_late": "lima", "answer": "Benar."}, "Minutes late are a whole number."),
        ({"status": "terlambat", "minutes_late": "9999", "answer": "Benar."}, "Minutes late run from 0 to 600."),
        ({"status": "hadir", "answer": "x" * 501}, "Use at most 500 characters."),
    ],
)
def test_an_answer_that_says_nothing_is_told_where(world: World, fields: dict[str, str], told: str) -> None:
    dispute_id = dispute(world)
    answered = accept(world, dispute_id, **fields)
    assert answered.status_code == 422
    assert told in answered.text
    assert one(world, dispute_id).is_open
    assert len(marks(world)) == 1


def test_an_answer_does_not_go_over_what_somebody_marked_meanwhile(world: World) -> None:
    dispute_id = dispute(world)
    client = world.client("facilitator")
    form = seen(client.get(f"{DISPUTES}/{dispute_id}"))
    take(world, "S01", "Ani", "terlambat")
    answered = client.post(f"{DISPUTES}/{dispute_id}/accept", data={**form, "status": "hadir", "answer": "Benar."})
    assert answered.status_code == 409
    assert marks(world)[-1].status == "terlambat"
    again = {**seen(answered), "status": "hadir", "answer": "Benar."}
    assert client.post(f"{DISPUTES}/{dispute_id}/accept", data=again).status_code == 303
    assert marks(world)[-1].status == "hadir"


def test_of_two_answers_one_wins_and_the_other_is_told(world: World) -> None:
    dispute_id, manager, ani = dispute(world), world.account("manager"), world.participant("Ani")
    newest = marks(world)[-1].id
    barrier, outcomes = Barrier(2), []
    about = {"organisation_id": world.sukabumi, "dispute_id": dispute_id, "groups": None, "now": NOW}

    def answer(accepting: bool) -> None:
        barrier.wait()
        try:
            with world.transaction() as session:
                if accepting:
                    mark = NewMark(participant_id=ani, status="hadir", remark="Benar.")
                    origin = Origin(source="register", recorded_by=manager)
                    accept_dispute(session, mark=mark, seen=newest, origin=origin, manages=True, **about)  # type: ignore[arg-type]
                else:
                    decline_dispute(session, answer="Tidak.", answered_by=manager, **about)  # type: ignore[arg-type]
            outcomes.append("accepted" if accepting else "declined")
        except Answered:
            outcomes.append("told")

    both = [Thread(target=answer, args=(accepting,)) for accepting in (True, False)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    assert outcomes.count("told") == 1
    state = one(world, dispute_id).state
    assert state in outcomes
    assert marks(world)[-1].status == ("hadir" if state == "accepted" else "alpa")


def test_only_the_mark_that_counts_is_disputed_and_once(world: World) -> None:
    first = marks(world)[-1].id
    take(world, "S01", "Ani", "terlambat")
    with pytest.raises(Conflict, match="changed meanwhile"):
        dispute(world, mark_id=first)
    dispute(world)
    with pytest.raises(Conflict, match="already"):
        dispute(world)


def test_after_the_cohort_nothing_is_disputed(world: World) -> None:
    with world.transaction() as session:
        session.execute(
            update(Cohort).where(Cohort.organisation_id == world.sukabumi).values(ends_at=NOW - timedelta(seconds=1))
        )
    with pytest.raises(Conflict, match="over"):
        dispute(world)
    page = world.client("participant").get(f"/my/attendance/{world.session_id('S01')}")
    assert "can no longer be disputed" in page.text
    assert "<textarea" not in page.text


@pytest.mark.parametrize("text", ["", " \n ", "x" * 501])
def test_a_dispute_says_something_short(world: World, text: str) -> None:
    with pytest.raises(DomainError) as refusal:
        dispute(world, text=text)
    assert refusal.value.place == "text"
    client = world.client("participant")
    address = f"/my/attendance/{world.session_id('S01')}"
    sent = client.post(address, data={**seen(client.get(address)), "text": text})
    assert sent.status_code == 422


def test_somebody_elses_mark_is_not_disputed(world: World) -> None:
    with pytest.raises(Conflict):
        dispute(world, who="Budi", mark_id=marks(world)[-1].id)
    budi = world.client("participant", name="Budi")
    address = f"/my/attendance/{world.session_id('S01')}"
    sent = budi.post(address, data={"mark_id": str(marks(world)[-1].id), "text": "x"})
    assert sent.status_code == 409
    assert "alpa" not in budi.get(address).text


def test_a_participant_takes_back_their_own_alone(world: World) -> None:
    dispute_id, session_id = dispute(world), world.session_id("S01")
    address = f"/my/attendance/{session_id}/disputes/{dispute_id}/withdraw"
    assert world.client("participant", name="Budi").post(address).status_code == 404
    assert world.client("participant").post(address).status_code == 303
    assert one(world, dispute_id).state == "withdrawn"
    assert world.client("participant").post(address).status_code == 409


@pytest.mark.parametrize(
    ("role", "name", "opens", "answers"),
    [
        ("admin", "", 200, 303),
        ("manager", "", 200, 303),
        ("facilitator", "", 200, 303),
        ("facilitator", "facilitator_b", 404, 404),
        ("auditor", "", 200, 403),
        ("participant", "", 403, 403),
        (None, "", 303, 303),
    ],
)
def test_who_may(world: World, role: str | None, name: str, opens: int, answers: int) -> None:
    dispute_id = dispute(world)
    client = world.client(role, name=name)
    assert client.get(f"{DISPUTES}/{dispute_id}").status_code == opens
    answered = client.post(f"{DISPUTES}/{dispute_id}/decline", data={"answer": "Tidak."})
    assert answered.status_code == answers
    assert one(world, dispute_id).is_open == (role in (None, "auditor", "participant") or name == "facilitator_b")


@pytest.mark.parametrize("role", ["admin", "manager", "facilitator", "auditor"])
def test_staff_have_no_attendance_of_their_own(world: World, role: str) -> None:
    client = world.client(role)
    for address in ("/my/attendance", f"/my/attendance/{world.session_id('S01')}"):
        assert client.get(address).status_code == 403


def test_another_organisation_sees_nothing(world: World) -> None:
    dispute_id = dispute(world)
    other = world.client("manager", name="other", organisation_id=world.bandung)
    assert other.get(DISPUTES).status_code == 404
    assert other.get(f"{DISPUTES}/{dispute_id}").status_code == 404
    assert other.post(f"{DISPUTES}/{dispute_id}/decline", data={"answer": "x"}).status_code == 404
    with pytest.raises(NotFound), world.reading() as session:
        dispute_queries.dispute(session, organisation_id=world.bandung, dispute_id=dispute_id)


def test_both_sides_are_told_by_mail(mailing: World) -> None:
    world = mailing
    dispute_id = dispute(world, text="Saya hadir di baris depan.")
    accept(world, dispute_id, status="hadir", answer="Benar.")
    with world.reading() as session:
        letters = [(row.recipient, row.body) for row in session.scalars(select(Mail).order_by(Mail.id))]
    assert [recipient for recipient, _ in letters] == ["facilitator@sukabumi.example", "ani@sukabumi.example"]
    assert f"{DISPUTES}/{dispute_id}" in letters[0][1]
    assert f"/my/attendance/{world.session_id('S01')}" in letters[1][1]
    assert not any("baris depan" in body for _, body in letters)


@pytest.mark.parametrize("role", ["manager", "facilitator", "auditor"])
def test_an_open_dispute_stands_on_the_register(world: World, role: str) -> None:
    dispute_id = dispute(world)
    page = world.client(role).get("/cohorts/III/sessions/S01")
    assert "1 mark is disputed" in page.text
    assert f"{DISPUTES}/{dispute_id}" in page.text
    other = world.client("facilitator", name="facilitator_b").get("/cohorts/III/sessions/S01")
    assert "disputed" not in other.text
    accept(world, dispute_id, status="hadir", answer="Benar.")
    assert "1 mark is disputed" not in world.client(role).get("/cohorts/III/sessions/S01").text
