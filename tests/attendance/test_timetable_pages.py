"""Sessions as managers set them up on their pages: added, repeated, changed, cancelled, restored."""

import re
from collections.abc import Iterator
from decimal import Decimal
from html import unescape
from typing import Any

import pytest
import time_machine
from sqlalchemy import select
from werkzeug.test import TestResponse

from lms.attendance import service
from lms.attendance.rules import NewMark
from lms.programme import queries as programmes
from lms.programme.queries import TimetableSession
from lms.progress.models import ResultRow
from tests.world import NOW, World

NEW, REPEAT = "/cohorts/III/sessions/new", "/cohorts/III/sessions/new/repeat"
S01 = "/cohorts/III/sessions/S01"
ONE = {
    "code": "S03",
    "title": "Etika II",
    "starts_at": "2026-03-16T08:00",
    "ends_at": "2026-03-16T10:15",
    "jp": "2,5",
    "group": "B",
    "room": "Aula",
}
MANY = {
    "code": "P{nn}",
    "title": "Praktik {n}",
    "first_day": "2026-03-16",
    "last_day": "2026-03-27",
    "weekdays": ["0", "3"],
    "left_out": "19/03/2026",
    "starts": "08:00",
    "ends": "10:15",
    "jp": "3",
    "first_number": "1",
    "room": "",
}


@pytest.fixture(autouse=True)
def _at_that_moment() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def world(world: World) -> World:
    """The world with its cohort."""
    _ = world.cohort
    return world


def timetable(world: World) -> dict[str, TimetableSession]:
    with world.reading() as session:
        found = programmes.timetable(session, organisation_id=world.sukabumi, cohort_id=world.cohort)
    return {one.code: one for one in found}


def mark(world: World, code: str, **statuses: str) -> None:
    marks = [NewMark(participant_id=world.participant(name), status=status) for name, status in statuses.items()]
    with world.transaction() as session:
        service.take_register(
            session,
            organisation_id=world.sukabumi,
            session_id=world.session_id(code),
            marks=marks,
            recorded_by=None,
            source="import",
            now=NOW,
        )


def absences(world: World, name: str) -> int | None:
    wanted = select(ResultRow.absent_sessions).where(
        ResultRow.organisation_id == world.sukabumi,
        ResultRow.cohort_id == world.cohort,
        ResultRow.participant_id == world.participant(name),
    )
    with world.reading() as session:
        return session.scalar(wanted)


def form_of(page: TestResponse) -> dict[str, Any]:
    """What a browser would send of the page's own form."""
    form = page.text.partition('<form class="stack"')[2].partition("</form>")[0]
    found: dict[str, Any] = {}
    for tag in re.findall(r"<input [^>]*>", form):
        kind, name = re.search(r'type="(\w+)"', tag), re.search(r' name="([^"]*)"', tag)
        value = re.search(r' value="([^"]*)"', tag)
        if name and (kind is None or kind[1] not in ("checkbox", "radio") or " checked" in tag):
            found[name[1]] = unescape(value[1]) if value else ""
    for name, options in re.findall(r'<select [^>]*name="([^"]*)"[^>]*>(.*?)</select>', form, flags=re.DOTALL):
        chosen = re.search(r'<option selected value="([^"]*)"', options)
        found[name] = unescape(chosen[1]) if chosen else ""
    return found


def test_a_manager_adds_a_session(world: World) -> None:
    client, facilitator = world.client("manager"), world.account("facilitator")
    done = client.post(NEW, data=ONE | {"facilitators": [str(facilitator)]}, follow_redirects=True)
    assert done.status_code == 200
    assert "Mon 16 Mar 2026, 08:00–10:15 WIB" in done.text
    assert all(text in done.text for text in ("Aula", "Group B", "Facilitator", "Added to the timetable", "2.5"))
    made = timetable(world)["S03"]
    assert (made.starts_at.isoformat(), made.jp, made.room) == ("2026-03-16T01:00:00+00:00", Decimal("2.5"), "Aula")


def test_a_pattern_begins_with_the_working_days_from_the_start_on(world: World) -> None:
    page = world.client("manager").get(REPEAT).text
    assert 'value="2026-03-02"' in page
    assert re.findall(r'<input checked[^>]*name="weekdays"[^>]*value="(\d)"', page) == ["0", "1", "2", "3", "4"]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"code": "S01"}, "There is a session S01 already"),
        ({"code": "a/b"}, "A code cannot hold"),
        ({"title": ""}, "This is needed."),
        ({"ends_at": "2026-03-16T08:00"}, "The end must be later than the start."),
        ({"starts_at": "1026-03-16T08:00"}, "lies outside the years"),
        ({"jp": "0"}, "worth more than 0 JP"),
        ({"jp": "three"}, "This is no number."),
        ({"jp": "NaN"}, "This is no number"),
        ({"jp": "sNaN"}, "This is no number"),
        ({"jp": "1E+999999999"}, "This is no number"),
        ({"jp": "1E-999999"}, "This is no number"),
        ({"jp": "0.0000000001"}, "This is no number"),
        ({"group": "Z"}, "Not a valid choice"),
        ({"facilitators": ["nobody"]}, "Choose from those on the list."),
        ({"room": "x" * 201}, "That is too long."),
    ],
)
def test_what_is_wrong_with_a_session_is_told_and_nothing_added(
    world: World, change: dict[str, Any], says: str
) -> None:
    before = timetable(world)
    refused = world.client("manager").post(NEW, data=ONE | change)
    assert refused.status_code == 422
    assert says in unescape(refused.text)
    assert timetable(world) == before


def test_a_pattern_is_shown_first_and_then_added_as_it_was_shown(world: World) -> None:
    client, before = world.client("manager"), timetable(world)
    shown = client.post(REPEAT, data=MANY | {"do": "show"})
    assert shown.status_code == 200
    assert "This makes 3 sessions" in shown.text
    assert timetable(world) == before
    hidden = re.findall(
        r'<input type="hidden" name="([^"]*)" value="([^"]*)">', shown.text.split("Nothing is added")[1]
    )
    sent: dict[str, list[str]] = {}
    for name, value in hidden:
        sent.setdefault(name, []).append(unescape(value))
    done = client.post(REPEAT, data=sent | {"do": "add"}, follow_redirects=True)
    assert "3 sessions were added." in done.text
    added = [one for code, one in timetable(world).items() if code not in before]
    assert [(one.code, one.title, f"{one.starts_at:%m-%d %H:%M}") for one in added] == [
        ("P01", "Praktik 1", "03-16 01:00"),
        ("P02", "Praktik 2", "03-23 01:00"),
        ("P03", "Praktik 3", "03-26 01:00"),
    ]


def test_each_group_may_have_sessions_of_its_own(world: World) -> None:
    data = MANY | {"code": "P{n}-{group}", "groups": ["A", "B"], "room": "Ruang {group}", "do": "add"}
    assert world.client("manager").post(REPEAT, data=data).status_code == 303
    added = {code: one.group for code, one in timetable(world).items() if code.startswith("P")}
    assert added == {"P1-A": "A", "P1-B": "B", "P2-A": "A", "P2-B": "B", "P3-A": "A", "P3-B": "B"}
    assert {one.room for code, one in timetable(world).items() if code.startswith("P")} == {"Ruang A", "Ruang B"}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"code": "S{nn}"}, ["S01, code", "There is a session S01 already", "S02, code"]),
        ({"code": "P"}, ["put {n} where the counter goes"]),
        ({"code": "P{n}", "groups": ["A", "B"]}, ["put {group} into it too"]),
        ({"title": "{x}", "ends": "08:00"}, ["Between braces only these", "ends later than it starts"]),
        ({"last_day": "2026-03-01"}, ["The last day cannot be before the first."]),
        ({"last_day": "2029-03-01"}, ["longer than two years"]),
        ({"weekdays": []}, ["This is needed."]),
        ({"weekdays": ["9"]}, ["Choose from those on the list."]),
        ({"weekdays": ["6"], "last_day": "2026-03-18"}, ["No day is left"]),
        ({"left_out": "19 March", "jp": "x"}, ["“19” is no day", "This is no number."]),
        ({"left_out": "2026-13-40"}, ["“2026-13-40” is no day"]),
        ({"weekdays": list("0123456"), "last_day": "2027-12-01"}, ["more than 300 sessions"]),
    ],
)
def test_all_that_is_wrong_with_a_pattern_is_told_and_nothing_added(
    world: World, change: dict[str, Any], says: list[str]
) -> None:
    before = timetable(world)
    refused = world.client("manager").post(REPEAT, data=MANY | change | {"do": "add"})
    assert refused.status_code == 422
    assert [
        text for text in says if text not in unescape(re.sub(r"</?code>", "", refused.text).replace("> ", ">"))
    ] == []
    assert timetable(world) == before


def test_sessions_at_the_same_time_are_shown_before_they_are_added(world: World) -> None:
    shown = world.client("manager").post(REPEAT, data=MANY | {"first_day": "2026-03-12", "do": "show"})
    assert "P01 and S01 are at the same time for the same people." in shown.text


def test_a_change_is_kept_with_who_when_from_what_and_why(world: World) -> None:
    client = world.client("manager")
    form = form_of(client.get(f"{S01}/change"))
    assert (form["title"], form["starts_at"], form["jp"]) == ("Pembukaan", "2026-03-12T08:00", "3")
    changed = form | {
        "starts_at": "2026-03-13T13:00",
        "ends_at": "2026-03-13T15:15",
        "room": "Aula",
        "reason": "Banjir",
    }
    page = client.post(f"{S01}/change", data=changed, follow_redirects=True)
    assert "12 Mar 2026, 08:00 WIB" in page.text
    assert all(text in page.text for text in ("13 Mar 2026, 13:00 WIB", "Banjir", "Manager", "Aula"))
    assert timetable(world)["S01"].revision == 1


def test_nothing_new_is_no_change(world: World) -> None:
    client = world.client("manager")
    page = client.post(f"{S01}/change", data=form_of(client.get(f"{S01}/change")), follow_redirects=True)
    assert "Nothing was new." in page.text
    assert timetable(world)["S01"].revision == 0


def test_a_change_made_from_an_older_one_is_refused(world: World) -> None:
    client = world.client("manager")
    form = form_of(client.get(f"{S01}/change"))
    assert client.post(f"{S01}/change", data=form | {"title": "Satu"}).status_code == 303
    late = client.post(f"{S01}/change", data=form | {"title": "Dua"})
    assert late.status_code == 422
    assert "Somebody else has changed this session meanwhile" in late.text
    assert timetable(world)["S01"].title == "Satu"


def test_moving_a_session_with_marks_needs_a_reason(world: World) -> None:
    mark(world, "S01", Ani="hadir")
    client = world.client("manager")
    form = form_of(client.get(f"{S01}/change"))
    moved = form | {"starts_at": "2026-03-12T07:00"}
    refused = client.post(f"{S01}/change", data=moved)
    assert (refused.status_code, "Say why" in refused.text) == (422, True)
    assert client.post(f"{S01}/change", data=form | {"title": "Pembukaan resmi"}).status_code == 303
    fresh = form_of(client.get(f"{S01}/change")) | {"starts_at": "2026-03-12T07:00", "reason": "Dimajukan"}
    assert client.post(f"{S01}/change", data=fresh).status_code == 303


def test_cancelling_says_whom_it_concerns_and_counts_for_nobody(world: World) -> None:
    mark(world, "S01", Ani="alpa", Budi="dinas luar")
    assert absences(world, "Ani") == 1
    client = world.client("manager")
    asked = client.get(f"{S01}/cancel")
    assert "2 marks are recorded at it. The results of 3 people change." in asked.text
    assert ("Ani Contoh" in asked.text, "Budi Contoh" in asked.text) == (True, False)
    refused = client.post(f"{S01}/cancel", data={"reason": " "})
    assert (refused.status_code, "Say why" in refused.text) == (422, True)
    done = client.post(f"{S01}/cancel", data={"reason": "Banjir"}, follow_redirects=True)
    assert "Cancelled on 12 Mar 2026, 08:00 WIB: Banjir" in done.text
    assert absences(world, "Ani") == 0
    assert "alpa" in client.get(S01).text
    assert client.post(f"{S01}/cancel", data={"reason": "Lagi"}).status_code == 409
    assert client.post(f"{S01}/restore", data={"reason": ""}).status_code == 303
    assert absences(world, "Ani") == 1
    history = client.get(f"{S01}/details").text
    assert history.index("Takes place after all") < history.index("Banjir")
    assert client.post(f"{S01}/restore").status_code == 409


def test_the_list_shows_what_is_cancelled_in_words(world: World) -> None:
    client = world.client("manager")
    client.post(f"{S01}/cancel", data={"reason": "Banjir"})
    page = client.get("/cohorts/III/sessions").text
    assert re.search(r"<s>\s*Pembukaan\s*</s>", page)
    assert "Cancelled" in page
    assert "Banjir" in page


@pytest.mark.parametrize("role", ["facilitator", "auditor", "participant", None])
@pytest.mark.parametrize("path", [NEW, REPEAT, f"{S01}/change", f"{S01}/cancel", f"{S01}/restore"])
def test_only_managers_set_up_sessions(world: World, role: str | None, path: str) -> None:
    client, expected = world.client(role), 403 if role else 303
    assert client.get(path).status_code == expected
    assert client.post(path, data=ONE | MANY | {"do": "add", "reason": "x"}).status_code == expected
    assert timetable(world)["S01"].revision == 0


@pytest.mark.parametrize(
    ("role", "name", "status"),
    [("auditor", "", 200), ("facilitator", "", 200), ("participant", "", 403)],
)
def test_staff_read_what_was_changed(world: World, role: str, name: str, status: int) -> None:
    assert world.client(role, name=name).get(f"{S01}/details").status_code == status


def test_another_organisation_sees_nothing(world: World) -> None:
    client = world.client("manager", name="other", organisation_id=world.bandung)
    for path in (NEW, REPEAT, f"{S01}/details", f"{S01}/change", f"{S01}/cancel"):
        assert client.get(path).status_code == 404
    assert client.post(f"{S01}/cancel", data={"reason": "x"}).status_code == 404
    assert client.post(NEW, data=ONE).status_code == 404
    assert world.client("manager").get("/cohorts/III/sessions/none/details").status_code == 404


@pytest.mark.parametrize("jp", ["1E+999999999", "1E-999999", "sNaN", "-Infinity"])
def test_a_number_that_nothing_can_work_with_changes_no_session(world: World, jp: str) -> None:
    page = world.client("manager").post(f"{S01}/change", data=ONE | {"jp": jp, "revision": "0"})
    assert page.status_code == 422
    assert "This is no number" in page.text
    assert timetable(world)["S01"].jp == 3
