"""A participant appeals within the window, staff answer, and all of it stays to be read."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from html import unescape
from threading import Barrier, Thread
from urllib.parse import urlencode
from uuid import UUID

import pytest
import time_machine
from sqlalchemy import select
from werkzeug.test import TestResponse

from lms.appeals import queries, rules, service
from lms.assessment.rules import NewEntry
from lms.assessment.service import enter
from lms.errors import Conflict, NotAllowed, NotFound
from lms.people.models import Mail
from lms.programme.service import cancel_session
from lms.progress.rules import assessment_unit
from tests.appeals.making import CLOSES, NOW, OPENS, SECRET, answer, appeal, mark, one, open_count, window
from tests.dashboards.facts import MODULE_1, scored
from tests.world import World

APPEALS = "/cohorts/III/appeals"
SAID = {"outcome": "rejected", "text": "Foto dan daftar hadir sudah dilihat."}


@pytest.fixture(autouse=True)
def at_that_moment() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as moment:
        yield moment


@pytest.fixture
def world(world: World) -> World:
    """Ani was marked absent at S01 by the facilitator of her group, and appeals are taken."""
    mark(world, "alpa")
    window(world)
    return world


def unit_page(world: World, who: str = "Ani") -> str:
    unit = world.session_id("S01")
    return f"/cohorts/III/participants/{world.participant(who)}/units/session?unit={unit}"


def new_page(world: World, *, kind: str = "session", unit: str = "", cohort: str = "III") -> str:
    return "/my/appeals/new?" + urlencode({"cohort": cohort, "kind": kind, "unit": unit or world.session_id("S01")})


def kinds(world: World, appeal_id: UUID) -> list[str]:
    return [entry.kind for entry in one(world, appeal_id).entries]


def test_from_the_units_page_to_the_answer(world: World) -> None:
    ani, staff = world.client("participant"), world.client("facilitator")
    assert "Appeals are taken until 15 Mar 2026" in ani.get("/me").text
    page = ani.get(unit_page(world)).text
    link = re.search(r'href="(/my/appeals/new[^"]+)"', page)
    assert link is not None
    form = ani.get(link[1].replace("&amp;", "&"))
    assert "alpa · value 0.00" in form.text
    sent = ani.post(new_page(world), data={"text": SECRET})
    assert sent.status_code == 303
    address = f"{APPEALS}/{sent.location.rpartition('/')[2]}"
    assert "Appeals in Angkatan III" in staff.get("/").text
    listed = staff.get(APPEALS).text
    assert address in listed
    assert "Waits for an answer" in listed
    staff.post(f"{address}/answer", data={"outcome": "asked_back", "text": "Siapa yang duduk di samping Anda?"})
    asked = ani.get(sent.location).text
    assert "There is a question for you" in asked
    assert "Siapa yang duduk" in asked
    assert "There is a question for you about 1 appeal." in ani.get("/me").text
    assert ani.post(f"{sent.location}/add", data={"text": "Budi, di kanan."}).status_code == 303
    assert "There is a question for you" not in ani.get("/me").text
    mark(world, "hadir", at=NOW + timedelta(minutes=1))
    thread = staff.get(address).text
    assert "Budi, di kanan." in thread
    assert "alpa · value 0.00" in thread
    assert "hadir · value 100.00" in thread
    assert "/cohorts/III/sessions/S01" in thread
    assert staff.post(f"{address}/answer", data={"outcome": "upheld", "text": "Ditandai hadir."}).status_code == 303
    ended = ani.get(sent.location).text
    assert "Upheld" in ended
    assert "Ditandai hadir." in ended
    assert "<textarea" not in ended
    assert "Appeals in Angkatan III" not in staff.get("/").text
    assert open_count(world) == 0


def test_what_a_unit_stood_at_is_kept(world: World) -> None:
    scored(world, "Ani", "61.5")
    project, ani, by = assessment_unit(world.cohort, "project"), world.participant("Ani"), world.account("facilitator")
    with world.transaction() as session:
        enter(
            session,
            organisation_id=world.sukabumi,
            cohort_id=world.cohort,
            entries=[NewEntry(path="project", participant_id=ani, score=Decimal("74.25"))],
            recorded_by=by,
            source="grid",
            now=NOW,
        )
    about = {"session": str(world.session_id("S01")), "module": MODULE_1, "assessment": project}
    found = {kind: one(world, appeal(world, kind=kind, unit=unit)) for kind, unit in about.items()}
    assert {kind: (one.title, one.stood.value, one.stood.status, one.stood.done) for kind, one in found.items()} == {
        "session": ("Pembukaan", Decimal(0), "alpa", False),
        "module": ("Modul 1", Decimal("61.5"), "", True),
        "assessment": ("Proyek", Decimal("74.25"), "", True),
    }
    assert {kind: one.giver for kind, one in found.items()} == {
        "session": "Facilitator",
        "module": None,
        "assessment": "Facilitator",
    }
    staff = world.client("manager")
    pages = {kind: staff.get(f"{APPEALS}/{one.id}").text for kind, one in found.items()}
    assert "/cohorts/III/assessments/project" in pages["assessment"]
    assert "value 61.50 · done" in pages["module"]
    assert open_count(world) == 3


@pytest.mark.parametrize(
    ("at", "taken"),
    [
        (OPENS - timedelta(microseconds=1), False),
        (NOW, True),
        (CLOSES - timedelta(microseconds=1), True),
        (CLOSES, False),
    ],
)
def test_appeals_are_taken_within_the_window_alone(world: World, at: datetime, taken: bool) -> None:
    if taken:
        assert one(world, appeal(world, at=at)).made_at == at
    else:
        with pytest.raises(rules.OutsideWindow):
            appeal(world, at=at)


@pytest.mark.parametrize(
    ("moment", "told"),
    [
        (OPENS - timedelta(hours=1), "Appeals will be taken from 11 Mar 2026, 08:00 WIB until 15 Mar 2026, 08:00 WIB."),
        (CLOSES, "Appeals were taken from 11 Mar 2026, 08:00 WIB until 15 Mar 2026, 08:00 WIB."),
    ],
)
def test_outside_the_window_the_pages_say_when_it_is(
    world: World, at_that_moment: time_machine.Traveller, moment: datetime, told: str
) -> None:
    at_that_moment.move_to(moment)
    client = world.client("participant")
    for address in (unit_page(world), new_page(world), "/my/appeals", "/me"):
        page = client.get(address).text
        assert told in page
        assert "<textarea" not in page
    assert "/my/appeals/new" not in client.get(unit_page(world)).text
    sent = client.post(new_page(world), data={"text": "x"})
    assert sent.status_code == 409
    assert "Appeals are not taken at this time." in sent.text


def test_without_a_window_nothing_is_offered(world: World) -> None:
    budi = world.client("participant", name="Budi")
    with world.transaction() as session:
        session.execute(queries.models.AppealWindow.__table__.delete())
    assert "appeal" not in budi.get(unit_page(world, "Budi")).text.lower()
    assert "appeal" not in budi.get("/me").text.lower()
    assert "It has not been said yet" in budi.get(new_page(world)).text


def test_one_open_appeal_for_a_unit_at_a_time(world: World) -> None:
    first = appeal(world)
    with pytest.raises(Conflict):
        appeal(world)
    client = world.client("participant")
    assert "To your appeal" in client.get(new_page(world)).text
    assert client.post(new_page(world), data={"text": "Lagi."}).status_code == 409
    answer(world, first, "rejected")
    second = appeal(world, at=NOW + timedelta(hours=1))
    assert [row.id for row in of_ani(world)] == [second, first]


def of_ani(world: World) -> list[queries.Appeal]:
    ani = world.participant("Ani")
    with world.reading() as session:
        return queries.of_participant(session, organisation_id=world.sukabumi, participant_id=ani)


def test_a_session_to_come_and_a_unit_of_nobody_are_refused(world: World) -> None:
    client = world.client("participant")
    assert client.post(new_page(world, unit=str(world.session_id("S02"))), data={"text": "x"}).status_code == 409
    for address in (
        new_page(world, unit=str(world.session_id("SEM-B"))),
        new_page(world, kind="module"),
        new_page(world, kind="x", unit="x'"),
        new_page(world, cohort="IV"),
    ):
        assert client.get(address).status_code == 404
        assert client.post(address, data={"text": "x"}).status_code == 404


@pytest.mark.parametrize("text", ["", " \n ", "x" * 2001])
def test_texts_are_neither_empty_nor_endless(world: World, text: str) -> None:
    ani, staff, appeal_id = world.client("participant"), world.client("manager"), appeal(world)
    module = new_page(world, kind="module", unit=MODULE_1)
    assert ani.post(module, data={"text": text}).status_code == 422
    assert ani.post(f"/my/appeals/{appeal_id}/add", data={"text": text}).status_code == 422
    assert staff.post(f"{APPEALS}/{appeal_id}/answer", data=SAID | {"text": text}).status_code == 422
    assert staff.post(f"{APPEALS}/{appeal_id}/answer", data={"text": "Ya."}).status_code == 422
    assert kinds(world, appeal_id) == ["made"]


@pytest.mark.parametrize("ending", ["upheld", "rejected", "taken_back"])
def test_what_is_over_stays_as_it_is(world: World, ending: str) -> None:
    ani, staff, appeal_id = world.client("participant"), world.client("manager"), appeal(world)
    mine = f"/my/appeals/{appeal_id}"
    if ending == "taken_back":
        assert ani.post(f"{mine}/take-back").status_code == 303
    else:
        answer(world, appeal_id, ending)
    assert one(world, appeal_id).state == ending
    assert open_count(world) == 0
    assert ani.post(f"{mine}/add", data={"text": "Masih ada."}).status_code == 409
    assert ani.post(f"{mine}/take-back").status_code == 409
    again = staff.post(f"{APPEALS}/{appeal_id}/answer", data=SAID)
    assert again.status_code == 409
    assert "This appeal is over." in again.text
    assert kinds(world, appeal_id) == ["made", ending]


def test_an_open_appeal_goes_on_after_the_window(world: World, at_that_moment: time_machine.Traveller) -> None:
    appeal_id = appeal(world)
    at_that_moment.move_to(CLOSES + timedelta(days=9))
    ani, staff = world.client("participant"), world.client("manager")
    assert ani.post(f"/my/appeals/{appeal_id}/add", data={"text": "Ini fotonya."}).status_code == 303
    assert "12 days" in staff.get(APPEALS).text
    assert staff.post(f"{APPEALS}/{appeal_id}/answer", data=SAID).status_code == 303
    assert kinds(world, appeal_id) == ["made", "added", "rejected"]


def test_who_gave_the_mark_leaves_its_rejection_to_others(world: World) -> None:
    appeal_id, giver = appeal(world), world.client("facilitator")
    address = f"{APPEALS}/{appeal_id}"
    page = giver.get(address).text
    assert "You gave this mark or score yourself." in page
    assert 'value="rejected"' not in page
    assert giver.post(f"{address}/answer", data=SAID).status_code == 403
    with pytest.raises(NotAllowed):
        answer(world, appeal_id, "rejected", by="facilitator")
    assert open_count(world) == 1
    other = world.client("facilitator", name="facilitator_2")
    assert 'value="rejected"' in other.get(address).text
    assert other.post(f"{address}/answer", data=SAID).status_code == 303
    assert not one(world, appeal_id).answered_alone


def test_a_manager_who_gave_it_is_warned_and_it_is_told(world: World) -> None:
    mark(world, "terlambat", by="manager", at=NOW + timedelta(minutes=1))
    appeal_id, client = appeal(world, at=NOW + timedelta(minutes=2)), world.client("manager")
    address = f"{APPEALS}/{appeal_id}"
    assert "another pair of eyes" in client.get(address).text
    assert client.post(f"{address}/answer", data=SAID).status_code == 303
    assert "by nobody else" in client.get(address).text
    assert "gave the mark or the score" in world.client("participant").get(f"/my/appeals/{appeal_id}").text


def test_a_declined_dispute_can_be_appealed_and_stands_beside_it(world: World) -> None:
    ani = world.client("participant")
    session_page = f"/my/attendance/{world.session_id('S01')}"
    about = re.findall(r'name="(mark_id)" value="([^"]*)"', ani.get(session_page).text)
    ani.post(session_page, data=dict(about) | {"text": "Saya ada."})
    disputes = world.client("manager").get("/cohorts/III/attendance/disputes").text
    found = re.search(r"/cohorts/III/attendance/disputes/[0-9a-f-]{36}", disputes)
    assert found is not None
    world.client("facilitator").post(f"{found[0]}/decline", data={"answer": "Tidak ada di foto."})
    assert unit_page(world) in ani.get(session_page).text
    page = world.client("manager").get(f"{APPEALS}/{appeal(world)}").text
    assert "Disputed before" in page
    assert "Tidak ada di foto." in page


def test_what_is_no_unit_any_more_is_still_answered(world: World) -> None:
    appeal_id, client = appeal(world), world.client("manager")
    with world.transaction() as session:
        about = {"organisation_id": world.sukabumi, "cohort_id": world.cohort, "changed_by": None, "now": NOW}
        cancel_session(session, code="S01", reason="Banjir", **about)
    address = f"{APPEALS}/{appeal_id}"
    assert "It is no part of the participant's result any more." in unescape(client.get(address).text)
    assert "alpa · value 0.00" in world.client("participant").get(f"/my/appeals/{appeal_id}").text
    assert client.post(f"{address}/answer", data=SAID).status_code == 303


# The window


def sent_window(world: World, opens: str, closes: str, reason: str = "") -> TestResponse:
    data = {"opens_at": opens, "closes_at": closes, "reason": reason}
    return world.client("manager").post(f"{APPEALS}/window", data=data)


def test_of_two_who_set_the_window_the_last_counts_even_if_it_waited_for_the_other(world: World) -> None:
    later = CLOSES + timedelta(days=1)
    assert window(world, closes_at=later, at=NOW - timedelta(seconds=1))
    with world.reading() as session:
        found = queries.window(session, organisation_id=world.sukabumi, cohort_id=world.cohort)
    assert found == rules.Window(opens_at=OPENS, closes_at=later)


def test_the_window_is_told_by_the_clock_of_the_cohort_and_kept(world: World) -> None:
    assert sent_window(world, "2026-03-11T08:00", "2026-03-20T16:30").status_code == 303
    shorter = sent_window(world, "2026-03-11T08:00", "2026-03-19T16:30")
    assert shorter.status_code == 422
    assert "Say why there is less time" in shorter.text
    assert sent_window(world, "2026-03-11T08:00", "2026-03-19T16:30", "Rapat dimajukan.").status_code == 303
    assert "It was set so already." in follow(world, sent_window(world, "2026-03-11T08:00", "2026-03-19T16:30"))
    with world.reading() as session:
        found = queries.windows(session, organisation_id=world.sukabumi, cohort_id=world.cohort)
    assert [row.window.closes_at.isoformat() for row in found] == [
        "2026-03-19T09:30:00+00:00",
        "2026-03-20T09:30:00+00:00",
        "2026-03-15T01:00:00+00:00",
    ]
    page = world.client("auditor").get(APPEALS).text
    assert "Rapat dimajukan." in page
    assert "<form" not in page.partition("<main")[2].partition("</main")[0]


def follow(world: World, sent: TestResponse) -> str:
    """What the page says that an answer leads to, read by the same browser."""
    assert sent.status_code == 303
    cookies = "; ".join(one.partition(";")[0] for one in sent.headers.getlist("Set-Cookie"))
    return world.app.test_client(use_cookies=False).get(sent.location, headers={"Cookie": cookies}).text


@pytest.mark.parametrize(
    ("opens", "closes"),
    [
        ("2026-03-13T08:00", "2026-03-13T08:00"),
        ("2026-03-01T08:00", "2026-03-12T08:00"),
        ("", "2026-03-13T08:00"),
        ("kemarin", "besok"),
        ("0001-01-01T00:00", "9999-12-31T23:59"),
    ],
)
def test_a_window_that_cannot_be_is_refused_beside_its_field(world: World, opens: str, closes: str) -> None:
    sent = sent_window(world, opens, closes, "Karena.")
    assert sent.status_code == 422
    assert 'aria-invalid="true"' in sent.text


# Who may


@pytest.mark.parametrize(
    ("role", "name", "opens", "answers", "sets"),
    [
        ("admin", "", 200, 303, 303),
        ("manager", "", 200, 303, 303),
        ("facilitator", "facilitator_2", 200, 303, 403),
        ("facilitator", "facilitator_b", 404, 404, 403),
        ("auditor", "", 200, 403, 403),
        ("participant", "", 403, 403, 403),
        (None, "", 303, 303, 303),
    ],
)
def test_who_may(world: World, role: str | None, name: str, opens: int, answers: int, sets: int) -> None:
    appeal_id, client = appeal(world), world.client(role, name=name)
    assert client.get(f"{APPEALS}/{appeal_id}").status_code == opens
    assert client.post(f"{APPEALS}/{appeal_id}/answer", data=SAID).status_code == answers
    told = {"opens_at": "2026-03-11T08:00", "closes_at": "2026-03-30T08:00"}
    assert client.post(f"{APPEALS}/window", data=told).status_code == sets
    assert one(world, appeal_id).is_open == (answers != 303 or role is None)
    if name == "facilitator_b":
        assert "Ani Contoh" not in client.get(APPEALS).text
        assert "Appeals in" not in client.get("/").text


def test_somebody_elses_appeal_is_not_there(world: World) -> None:
    address = f"/my/appeals/{appeal(world)}"
    budi = world.client("participant", name="Budi")
    assert budi.get(address).status_code == 404
    assert budi.post(f"{address}/add", data={"text": "x"}).status_code == 404
    assert budi.post(f"{address}/take-back").status_code == 404
    assert SECRET not in budi.get("/my/appeals").text
    for role in ("admin", "manager", "facilitator", "auditor"):
        client = world.client(role)
        for mine in ("/my/appeals", address, new_page(world)):
            assert client.get(mine).status_code == 403


def test_another_organisation_sees_nothing(world: World) -> None:
    appeal_id = appeal(world)
    other = world.client("manager", name="other", organisation_id=world.bandung)
    assert other.get(APPEALS).status_code == 404
    assert other.get(f"{APPEALS}/{appeal_id}").status_code == 404
    assert other.post(f"{APPEALS}/{appeal_id}/answer", data=SAID).status_code == 404
    assert other.post(f"{APPEALS}/window", data={}).status_code == 404
    with world.reading() as session:
        assert queries.open_appeals(session, organisation_id=world.bandung) == {}
        assert queries.window(session, organisation_id=world.bandung, cohort_id=world.cohort) is None
        with pytest.raises(NotFound):
            queries.appeal(session, organisation_id=world.bandung, appeal_id=appeal_id)


# Mail


def test_both_sides_are_told_by_mail_without_a_word_of_it(mailing: World) -> None:
    world = mailing
    world.account("facilitator", name="facilitator_2")
    appeal_id = appeal(world)
    answer(world, appeal_id, "asked_back")
    answer(world, appeal_id, "rejected", text=SECRET)
    assert letters(world) == [
        ("facilitator@sukabumi.example", "An appeal about Pembukaan", f"{APPEALS}/{appeal_id}"),
        ("facilitator_2@sukabumi.example", "An appeal about Pembukaan", f"{APPEALS}/{appeal_id}"),
        ("ani@sukabumi.example", "A question about your appeal: Pembukaan", f"/my/appeals/{appeal_id}"),
        ("ani@sukabumi.example", "An answer to your appeal about Pembukaan", f"/my/appeals/{appeal_id}"),
    ]


def test_where_only_the_giver_could_answer_the_managers_are_told_too(mailing: World) -> None:
    mailing.account("manager")
    appeal(mailing)
    assert [recipient for recipient, *_ in letters(mailing)] == [
        "facilitator@sukabumi.example",
        "manager@sukabumi.example",
    ]


def letters(world: World) -> list[tuple[str, str, str]]:
    with world.reading() as session:
        found = session.execute(select(Mail.recipient, Mail.subject, Mail.body).order_by(Mail.id)).all()
    assert not any(SECRET in row.body for row in found)
    return [(row.recipient, row.subject, "/" + row.body.strip().split("/", 3)[3]) for row in found]


# At once


def test_of_two_at_once_one_ends_it(world: World) -> None:
    appeal_id, manager, other = appeal(world), world.account("manager"), world.account("admin")
    both, outcomes = Barrier(2), []

    def end(account_id: UUID, outcome: str) -> None:
        both.wait()
        try:
            with world.transaction() as session:
                service.answer(
                    session,
                    organisation_id=world.sukabumi,
                    appeal_id=appeal_id,
                    outcome=outcome,
                    text="Ya.",
                    answered_by=account_id,
                    manages=True,
                    now=NOW,
                )
            outcomes.append(outcome)
        except rules.Ended:
            outcomes.append("ended")

    threads = [Thread(target=end, args=told) for told in ((manager, "upheld"), (other, "rejected"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes)[0] == "ended"
    assert kinds(world, appeal_id) == ["made", next(outcome for outcome in outcomes if outcome != "ended")]
