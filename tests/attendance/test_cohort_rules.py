"""When registers open and lock, who is late, and which status stands for what."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from ipaddress import ip_network
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.attendance.cohort_rules import CohortRules, roles
from lms.programme.rules import AttendanceStatus

HADIR = AttendanceStatus(code="hadir", title="Hadir")
TERLAMBAT = AttendanceStatus(code="terlambat", title="Terlambat", weight=Decimal("0.5"))
IZIN = AttendanceStatus(code="izin", title="Izin", weight=Decimal(0), absent=True)
ALPA = AttendanceStatus(code="alpa", title="Alpa", weight=Decimal(0), absent=True)
DINAS = AttendanceStatus(code="dl", title="Dinas luar", weight=Decimal(0), excluded=True)
ALL = (IZIN, HADIR, ALPA, TERLAMBAT, DINAS)
START = datetime(2026, 3, 12, 1, 0, tzinfo=UTC)  # 08:00 in Asia/Jakarta


def rules(**what: Any) -> CohortRules:
    found = roles(what.pop("statuses", ALL))
    settings: dict[str, Any] = {
        "time_zone": "Asia/Jakarta",
        "statuses": ALL,
        "present": found.present,
        "late": found.late,
        "absent": found.absent,
        "leave": found.leave,
    }
    return CohortRules(**settings | what)


@pytest.mark.parametrize(
    ("statuses", "present", "late", "absent", "leave"),
    [
        (ALL, HADIR, TERLAMBAT, ALPA, (IZIN, DINAS)),
        ((HADIR, IZIN), HADIR, None, IZIN, ()),
        ((HADIR, ALPA, IZIN), HADIR, None, ALPA, (IZIN,)),
        ((DINAS,), None, None, None, (DINAS,)),
        ((), None, None, None, ()),
    ],
)
def test_statuses_are_found_by_their_names_and_weights(
    statuses: tuple[AttendanceStatus, ...],
    present: AttendanceStatus | None,
    late: AttendanceStatus | None,
    absent: AttendanceStatus | None,
    leave: tuple[AttendanceStatus, ...],
) -> None:
    found = roles(statuses)
    assert (found.present, found.late, found.absent, found.leave) == (present, late, absent, leave)


def test_a_status_without_a_known_name_is_late_by_its_weight() -> None:
    tardy = AttendanceStatus(code="x", title="X", weight=Decimal("0.8"))
    less = AttendanceStatus(code="y", title="Y", weight=Decimal("0.2"))
    assert roles((HADIR, less, tardy, ALPA)).late == tardy


def test_what_somebody_has_chosen_goes_first_and_what_is_gone_is_no_choice() -> None:
    found = roles(ALL, present="terlambat", late="hadir", absent="izin", leave="dl\ngone")
    assert (found.present, found.late, found.absent, found.leave) == (TERLAMBAT, HADIR, IZIN, (DINAS,))
    assert roles(ALL, present="gone").present == HADIR


@pytest.mark.parametrize(
    ("what", "at", "state"),
    [
        ({}, "2026-03-11T23:59:59+07:00", "not_open"),
        ({}, "2026-03-12T00:00:00+07:00", "open"),
        ({}, "2027-03-12T00:00:00+07:00", "open"),
        ({"early_minutes": 30}, "2026-03-12T07:29:59+07:00", "not_open"),
        ({"early_minutes": 30}, "2026-03-12T07:30:00+07:00", "open"),
        ({"early_minutes": 0}, "2026-03-12T07:59:59+07:00", "not_open"),
        ({"early_minutes": 24 * 60}, "2026-03-11T08:00:00+07:00", "open"),
        ({"late_days": 0}, "2026-03-12T23:59:59+07:00", "open"),
        ({"late_days": 0}, "2026-03-13T00:00:00+07:00", "locked"),
        ({"late_days": 2}, "2026-03-14T23:59:59+07:00", "open"),
        ({"late_days": 2}, "2026-03-15T00:00:00+07:00", "locked"),
    ],
)
def test_when_a_register_is_open(what: dict[str, Any], at: str, state: str) -> None:
    assert rules(**what).state(START, at=datetime.fromisoformat(at)) == state


@given(st.integers(0, 3), st.sampled_from(["Asia/Jakarta", "Asia/Jayapura", "Europe/Berlin"]), st.integers(0, 365 * 24))
def test_a_register_locks_at_a_local_midnight_after_it_has_opened(days: int, zone: str, hours: int) -> None:
    known, start = rules(late_days=days, time_zone=zone), START + timedelta(hours=hours)
    locks_at = known.locks_at(start)
    assert locks_at is not None
    local = locks_at.astimezone(ZoneInfo(zone))
    assert (local.hour, local.minute) == (0, 0)
    assert (local.date() - start.astimezone(ZoneInfo(zone)).date()).days == days + 1
    assert known.opens_at(start) <= start < locks_at


@pytest.mark.parametrize(
    ("grace", "came", "status", "minutes"),
    [
        (0, "07:40:00", HADIR, None),
        (0, "08:00:59", HADIR, None),
        (0, "08:01:00", TERLAMBAT, 1),
        (10, "08:10:00", HADIR, None),
        (10, "08:10:01", TERLAMBAT, 10),
        (10, "08:25:30", TERLAMBAT, 25),
    ],
)
def test_who_is_late(grace: int, came: str, status: AttendanceStatus, minutes: int | None) -> None:
    at = datetime.fromisoformat(f"2026-03-12T{came}+07:00")
    assert rules(grace_minutes=grace).arrival(START, at=at) == (status, minutes)


def test_a_programme_without_late_has_its_late_comers_present_with_their_minutes() -> None:
    late = START + timedelta(minutes=5)
    assert rules(statuses=(HADIR, ALPA)).arrival(START, at=late) == (HADIR, 5)
    assert rules(statuses=()).arrival(START, at=late) is None


@pytest.mark.parametrize(
    ("address", "admitted"),
    [("203.0.113.9", True), ("203.0.114.9", False), ("::ffff:203.0.113.9", True), ("2001:db8::1", True), ("", False)],
)
def test_from_which_addresses_people_check_in(address: str, admitted: bool) -> None:
    networks = (ip_network("203.0.113.0/24"), ip_network("2001:db8::/32"))
    assert rules(networks=networks).admits(address) is admitted
    assert rules().admits(address)
