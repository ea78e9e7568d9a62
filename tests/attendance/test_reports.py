"""A cohort's attendance: how people stand, what was changed, and who was warned."""

import csv
import io
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event, select

from lms.attendance import change_queries, report_queries, report_rules
from lms.attendance.register_models import AttendanceWarning
from lms.attendance.rules import TAKEN_BACK
from lms.attendance.service import NewMark, take_register, warn
from lms.db import db
from lms.people.models import Mail
from lms.programme.rules import AbsenceLimit
from lms.progress.rules import UnitResult
from tests.world import NOW, World

START = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
TOMORROW = NOW + timedelta(days=1)


def unit(day: int, kind: str, *, hour: int = 0, jp: int = 3) -> UnitResult:
    """A session's unit; kind: `there`, `absent`, `excluded` or `open`."""
    is_there = {"there": Decimal(100), "absent": Decimal(0)}.get(kind)
    return UnitResult(
        kind="session",
        unit=str(UUID(int=day * 100 + hour)),
        title=f"Sesi {day}",
        code=f"S{day}",
        jp=Decimal(jp),
        value=is_there,
        best_value=Decimal(100),
        counts=is_there is not None,
        done=kind == "there",
        outstanding=kind == "open",
        absent=kind == "absent",
        excluded=kind == "excluded",
        starts_at=START + timedelta(days=day, hours=hour),
    )


KINDS = st.lists(st.sampled_from(["there", "absent", "excluded", "open"]), max_size=25)


@pytest.mark.parametrize(
    ("kinds", "row"),
    [
        ([], 0),
        (["absent"], 1),
        (["absent", "there"], 0),
        (["there", "absent", "absent"], 2),
        (["absent", "excluded", "absent", "open"], 2),
        (["absent", "open", "absent"], 2),
    ],
)
def test_absences_in_a_row(kinds: list[str], row: int) -> None:
    units = [unit(day, kind) for day, kind in enumerate(kinds)]
    assert len(report_rules.missed_in_a_row(units)) == row


def due(kinds: list[str], *, consecutive: int = 2, **limit: Any) -> list[tuple[str, int]]:
    units = [unit(day, kind) for day, kind in enumerate(kinds)]
    found = report_rules.warnings(units, AbsenceLimit(**limit), consecutive=consecutive, time_zone="Asia/Jakarta")
    return [(one.kind, one.session_id.int // 100) for one in found]


@pytest.mark.parametrize(
    ("kinds", "options", "expected"),
    [
        (["there", "open"], {}, []),
        (["absent"], {}, [("absent", 0)]),
        (["absent", "absent"], {}, [("absent", 0), ("absent", 1), ("consecutive", 1)]),
        (["absent", "absent", "absent"], {"consecutive": 0}, [("absent", 0), ("absent", 1), ("absent", 2)]),
        (["absent", "there", "absent"], {}, [("absent", 0), ("absent", 2)]),
        (["absent", "excluded", "absent"], {}, [("absent", 0), ("absent", 2), ("consecutive", 2)]),
        (["absent"], {"sessions": 1}, [("absent", 0), ("limit", 0)]),
        (["absent", "there", "absent"], {"sessions": 1}, [("absent", 0), ("limit", 0), ("absent", 2), ("limit", 2)]),
        (["absent"], {"sessions": 0}, [("absent", 0), ("limit", 0)]),
        (["absent", "there", "absent"], {"jp": Decimal(6)}, [("absent", 0), ("absent", 2), ("limit", 2)]),
        (["absent", "there", "absent"], {"days": 3}, [("absent", 0), ("absent", 2)]),
    ],
)
def test_warnings(kinds: list[str], options: dict[str, Any], expected: list[tuple[str, int]]) -> None:
    assert due(kinds, **options) == expected


@given(kinds=KINDS, limit=st.integers(0, 5), consecutive=st.integers(0, 4))
def test_nobody_is_warned_of_a_session_that_they_did_not_miss(kinds: list[str], limit: int, consecutive: int) -> None:
    found = due(kinds, sessions=limit, consecutive=consecutive)
    assert {kinds[day] for _, day in found} <= {"absent"}
    assert len(found) == len(set(found)), "each kind once a session"
    assert sum(kind == "absent" for kind, _ in found) == kinds.count("absent")
    assert sum(kind == "limit" for kind, _ in found) <= 2


def mark(world: World, code: str, *marks: tuple[str, str], now: datetime = NOW, remark: str = "") -> None:
    rows = [NewMark(participant_id=world.participant(name), status=status, remark=remark) for name, status in marks]
    session_id, manager = world.session_id(code), world.account("manager")
    with world.transaction() as session:
        take_register(
            session,
            organisation_id=world.sukabumi,
            session_id=session_id,
            marks=rows,
            recorded_by=manager,
            source="register",
            now=now,
        )


def warned(world: World, now: datetime = TOMORROW) -> list[tuple[str, str]]:
    """Give the warnings that are due; everything that was given by then: (kind, address)."""
    with world.transaction() as session:
        warn(session, organisation_id=world.sukabumi, now=now)
    with world.reading() as session:
        rows = session.scalars(select(AttendanceWarning).order_by(AttendanceWarning.id))
        return [(one.kind, one.mailed_to) for one in rows]


def letters(world: World) -> list[Mail]:
    with world.reading() as session:
        return list(session.scalars(select(Mail).order_by(Mail.id)))


def test_without_a_mail_server_a_warning_stands_on_the_page_alone(world: World) -> None:
    mark(world, "S01", ("Ani", "alpa"))
    assert [address for _, address in warned(world)] == ["", ""]
    assert letters(world) == []


def test_a_warning_names_the_session_and_its_date_and_is_given_once(mailing: World) -> None:
    world = mailing
    mark(world, "S01", ("Ani", "alpa"), ("Budi", "hadir"))
    assert {kind for kind, _ in warned(world)} == {"absent", "limit"}
    again = warned(world, TOMORROW + timedelta(days=1))
    assert {kind for kind, _ in again} == {"absent", "limit"}
    assert len(again) == 2
    (letter,) = letters(world)
    page = world.client("manager").get("/cohorts/III/attendance/warnings").text
    with world.reading() as session:
        found = report_queries.report(session, organisation_id=world.sukabumi, cohort_id=world.cohort, now=NOW)
    (title,) = [one.session.title for one in found.sessions if one.session.code == "S01"]
    assert title in letter.subject
    assert title in page
    assert "WIB" in letter.body
    assert "Nothing more may be missed" in letter.body


def test_who_was_put_right_in_time_is_not_warned(world: World) -> None:
    mark(world, "S01", ("Ani", "alpa"))
    mark(world, "S01", ("Ani", "hadir"))
    assert warned(world) == []


def test_who_is_put_right_later_is_told_to_be_settled(world: World) -> None:
    mark(world, "S01", ("Ani", "alpa"))
    warned(world)
    mark(world, "S01", ("Ani", "hadir"))
    assert "not absent any more" in world.client("manager").get("/cohorts/III/attendance/warnings").text


def test_nobody_is_warned_while_mistakes_may_still_be_put_right(world: World) -> None:
    with world.reading() as session:
        found = report_queries.report(session, organisation_id=world.sukabumi, cohort_id=world.cohort, now=NOW)
    (ends_at,) = [one.session.ends_at for one in found.sessions if one.session.code == "S01"]
    mark(world, "S01", ("Ani", "alpa"), now=ends_at)
    assert warned(world, ends_at + timedelta(minutes=119)) == []
    assert warned(world, ends_at + timedelta(minutes=120)) != []


def test_nobody_is_warned_of_what_is_long_past(world: World) -> None:
    mark(world, "S01", ("Ani", "alpa"), now=NOW + timedelta(days=30))
    assert warned(world, NOW + timedelta(days=30)) == []


def test_the_report_says_what_may_still_be_missed(world: World) -> None:
    mark(world, "S01", ("Ani", "alpa"), ("Budi", "hadir"))
    page = world.client("manager").get("/cohorts/III/attendance").text
    assert "1 session, 3 JP, 1 day" in page
    assert "0 sessions" in page
    assert "Nothing more may be missed" in page
    assert "nothing" in page


def test_the_file_has_everybody_and_every_session(world: World) -> None:
    mark(world, "S01", ("Ani", "alpa"), ("Budi", "hadir"))
    answer = world.client("auditor").get("/cohorts/III/attendance/download")
    rows = list(csv.DictReader(io.StringIO(answer.text.lstrip("\ufeff"))))
    assert {row["name"].split()[0]: row["S01"] for row in rows} == {
        "Ani": "alpa",
        "Budi": "hadir",
        "Citra": "",
        "Dedi": "",
    }
    assert [row["absent_sessions"] for row in rows] == ["1", "0", "0", "0"]


def test_a_facilitator_sees_their_groups(world: World) -> None:
    mark(world, "S01", ("Ani", "alpa"), ("Citra", "alpa"))
    warned(world)
    client = world.client("facilitator")
    for page in ("", "/changes", "/warnings", "/download"):
        text = client.get(f"/cohorts/III/attendance{page}").text
        assert "Ani" in text, page
        assert "Citra" not in text, page


@pytest.mark.parametrize("page", ["", "/changes", "/warnings", "/download"])
def test_who_may_not(world: World, page: str) -> None:
    _ = world.cohort
    path = f"/cohorts/III/attendance{page}"
    assert world.client("participant").get(path).status_code == 403
    assert world.client("manager", organisation_id=world.bandung).get(path).status_code == 404
    assert world.client().get(path).status_code == 303


def test_the_changes_tell_who_did_what_from_what_and_why(world: World) -> None:
    mark(world, "S01", ("Ani", "hadir"))
    mark(world, "S01", ("Ani", "alpa"), now=NOW + timedelta(minutes=1), remark="Tidak ada di kelas")
    mark(world, "S01", ("Ani", TAKEN_BACK), now=NOW + timedelta(minutes=2))
    page = world.client("manager").get("/cohorts/III/attendance/changes").text
    for text in ("no mark → hadir", "hadir → alpa", "alpa → no mark", "Tidak ada di kelas", "Manager"):
        assert text in page
    assert page.index("alpa → no mark") < page.index("no mark → hadir")


@pytest.mark.parametrize(
    ("query", "there"),
    [
        ("person=ani", True),
        ("person=budi", False),
        ("person=%25", False),
        ("session=S01", True),
        ("session=S02", False),
        ("by=manager", True),
        ("by=somebody", False),
        ("source=register", True),
        ("source=import", False),
        ("source=nonsense", True),
        ("before=2026-03-01T00:00:00%2B00:00", False),
        ("before=nonsense", True),
    ],
)
def test_the_changes_can_be_filtered(world: World, query: str, there: bool) -> None:
    mark(world, "S01", ("Ani", "hadir"))
    page = world.client("manager").get(f"/cohorts/III/attendance/changes?{query}").text
    assert ("no mark → hadir" in page) is there


def test_a_report_makes_as_many_queries_for_four_marks_as_for_none(world: World) -> None:
    def queries() -> int:
        made: list[str] = []

        def note(_conn: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            made.append(statement)

        with world.reading() as session:
            engine = db.engine
            event.listen(engine, "before_cursor_execute", note)
            try:
                report_queries.report(session, organisation_id=world.sukabumi, cohort_id=world.cohort, now=NOW)
            finally:
                event.remove(engine, "before_cursor_execute", note)
        return len(made)

    _ = world.cohort
    before = queries()
    mark(world, "S01", ("Ani", "hadir"), ("Budi", "alpa"), ("Citra", "hadir"), ("Dedi", "dinas luar"))
    assert queries() == before


@pytest.mark.parametrize("shown", [1, 2, 3, 5])
def test_no_change_is_left_out_between_pages(world: World, monkeypatch: pytest.MonkeyPatch, shown: int) -> None:
    """A register makes many changes at one moment, and a page may end in the middle of them."""
    everybody = ("Ani", "Budi", "Citra", "Dedi")
    mark(world, "S01", *((name, "hadir") for name in everybody))
    mark(world, "S01", *((name, "alpa") for name in everybody), now=NOW + timedelta(minutes=1))
    monkeypatch.setattr(change_queries, "SHOWN", shown)
    found: list[change_queries.Change] = []
    asked = change_queries.Asked()
    for _ in range(30):
        with world.reading() as session:
            page = change_queries.changes(
                session, organisation_id=world.sukabumi, cohort_id=world.cohort, groups=None, asked=asked
            )
        found += page[:shown]
        if len(page) <= shown:
            break
        before, skip = change_queries.following(page[:shown], asked)
        asked = change_queries.Asked(before=before, skip=skip)
    marks = [(one.person.split()[0], one.before, one.after) for one in found if one.kind == "mark"]
    assert sorted(marks, key=str) == sorted(
        [(name, None, "hadir") for name in everybody] + [(name, "hadir", "alpa") for name in everybody], key=str
    )
