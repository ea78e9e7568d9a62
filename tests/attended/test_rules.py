"""A mark as a statement, and a statement as a mark."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.attended import rules
from lms.programme.rules import AttendanceStatus
from lms.xapi import rules as xapi
from tests.world import NOW

HOME = "https://padu.example"
HADIR = AttendanceStatus(code="hadir", title="Hadir")
LATE = AttendanceStatus(code="terlambat", title="Terlambat", weight=Decimal("0.5"))
ALPA = AttendanceStatus(code="alpa", title="Alpa", weight=Decimal(0), absent=True)
AWAY = AttendanceStatus(code="dinas luar", title="Dinas luar", weight=Decimal(0), excluded=True)
SESSION = UUID("01900000-0000-7000-8000-000000000001")
PERSON = UUID("01900000-0000-7000-8000-000000000002")


def attended(**values: Any) -> rules.Attended:
    start = datetime(2026, 3, 10, 1, 0, tzinfo=UTC)
    known: dict[str, Any] = {
        "mark_id": UUID(int=7),
        "identifier": "199001012026031001",
        "name": "Ani",
        "session_id": SESSION,
        "title": "Etika",
        "code": "S01",
        "starts_at": start,
        "ends_at": start + timedelta(minutes=135),
        "jp": Decimal(3),
        "cohort_id": UUID(int=9),
        "cohort_code": "III",
        "cohort_name": "Angkatan III",
        "status": "terlambat",
        "minutes_late": 10,
        "recorded_by": (UUID(int=11), "Fasilitator"),
    }
    return rules.Attended(**known | values)


def read(statement: dict[str, Any], version: str = xapi.V1) -> dict[str, Any]:
    """The statement as it is kept: it passes all rules of the record store."""
    (prepared,) = xapi.prepare(
        msgspec.json.encode(statement), version=version, now=NOW, authority=rules.authority(HOME)
    )
    return xapi.load(prepared.payload(xapi.timestamp(NOW)))


@pytest.mark.parametrize("version", [xapi.V1, xapi.V2])
def test_what_is_told_keeps_all_rules_of_the_record_store(version: str) -> None:
    kept = read(rules.told(attended(), HOME), version)
    assert kept["actor"]["account"] == {"homePage": HOME, "name": "199001012026031001"}
    assert kept["context"]["instructor"]["name"] == "Fasilitator"
    assert kept["object"]["id"] == f"{HOME}/id/session/{SESSION}"
    assert kept["result"]["duration"] == "PT125M"
    assert kept["timestamp"] == "2026-03-10T01:00:00.000Z"


@pytest.mark.parametrize(
    ("changed", "same"),
    [
        ({}, True),
        ({"name": "Ani Lestari", "title": "Etika publik", "cohort_name": "III", "code": "S1"}, True),
        (
            {"starts_at": datetime(2026, 3, 10, 2, 0, tzinfo=UTC), "ends_at": datetime(2026, 3, 10, 4, 15, tzinfo=UTC)},
            False,
        ),
        ({"ends_at": datetime(2026, 3, 10, 4, 0, tzinfo=UTC)}, False),
        ({"jp": Decimal(2)}, False),
        ({"minutes_late": None}, False),
        ({"status": "hadir"}, False),
    ],
)
def test_a_statement_says_the_same_while_time_worth_and_status_are_the_same(
    changed: dict[str, Any], same: bool
) -> None:
    anew = rules.told(attended(**changed), HOME)
    assert rules.says_the_same(read(rules.told(attended(), HOME)), anew) is same


def test_a_mark_of_nobody_has_no_instructor() -> None:
    assert "instructor" not in rules.told(attended(recorded_by=None), HOME)["context"]


def test_voiding_is_told_by_the_house() -> None:
    kept = read(rules.voiding(UUID(int=5), HOME))
    assert kept["object"] == {"objectType": "StatementRef", "id": str(UUID(int=5))}


@given(late=st.one_of(st.none(), st.integers(0, 600)), status=st.sampled_from([HADIR, LATE, ALPA]))
def test_what_is_told_is_read_back_as_the_same_mark(late: int | None, status: AttendanceStatus) -> None:
    late = None if status.absent else late
    said = rules.said(read(rules.told(attended(status=status.code, minutes_late=late), HOME)), HOME)
    assert said is not None
    mark = rules.mark_of(said, PERSON, statuses=[HADIR, LATE, ALPA], present=HADIR)
    assert mark is not None
    assert (mark.status, mark.minutes_late, said.session_id) == (status.code, late, SESSION)


@pytest.mark.parametrize(
    ("status", "expected"),
    [(HADIR, True), (LATE, True), (ALPA, False), (AWAY, False), (None, False)],
)
def test_only_those_who_were_there_attended(status: AttendanceStatus | None, expected: bool) -> None:
    assert rules.tells(status) is expected


@pytest.mark.parametrize(
    "iri",
    [
        f"https://elsewhere.example/id/session/{SESSION}",
        f"{HOME}/id/session/S01",
        f"{HOME}/id/session/",
        f"{HOME}/cohorts/III/sessions/S01",
    ],
)
def test_what_is_no_session_of_this_installation_says_nothing(iri: str) -> None:
    assert rules.session_of(HOME, iri) is None


@pytest.mark.parametrize("odd", ["10", 10.5, -3, 601, 1e30, True, None, {"a": 1}])
def test_odd_minutes_are_left_out(odd: Any) -> None:
    statement = rules.told(attended(minutes_late=None), HOME)
    statement["context"]["extensions"][f"{HOME}/id/attendance/minutes-late"] = odd
    said = rules.said(read(statement), HOME)
    assert said is not None
    mark = rules.mark_of(said, PERSON, statuses=[HADIR, LATE], present=HADIR)
    assert mark is not None
    assert mark.minutes_late is None


def test_an_unknown_status_is_taken_for_presence() -> None:
    said = rules.said(read(rules.told(attended(status="present", minutes_late=None), HOME)), HOME)
    assert said is not None
    mark = rules.mark_of(said, PERSON, statuses=[ALPA, HADIR], present=HADIR)
    assert mark is not None
    assert mark.status == "hadir"
    assert rules.mark_of(said, PERSON, statuses=[ALPA], present=None) is None
