"""A change of a cohort's dates: what it may not do to its sessions."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.programme.date_rules import Dates, dates_flaws, why_flaws
from lms.programme.rows import TimetableSession
from tests.world import START

BEFORE = Dates(starts_at=START, ends_at=None, time_zone="Asia/Jakarta")
ZONES = ("Asia/Jakarta", "Asia/Jayapura", "America/New_York")
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
DATES = st.builds(Dates, starts_at=MOMENTS, ends_at=st.none(), time_zone=st.sampled_from(ZONES))


def meeting(starts_at: datetime, code: str = "S01", **changes: Any) -> TimetableSession:
    told = {"title": "S", "ends_at": starts_at + timedelta(hours=2), "jp": Decimal(3), "group": None}
    return TimetableSession(id=uuid4(), cohort_id=uuid4(), code=code, starts_at=starts_at, **told | changes)


def after(**changes: Any) -> Dates:
    told = {"starts_at": BEFORE.starts_at, "ends_at": None, "time_zone": BEFORE.time_zone}
    return Dates(**told | changes)


NEXT_DAY = START + timedelta(days=1)


@pytest.mark.parametrize(
    ("dates", "timetable", "says"),
    [
        (after(starts_at=NEXT_DAY), [], ""),
        (after(ends_at=START), [], "The end must be later than the start."),
        (after(starts_at=START.replace(tzinfo=None)), [], "This needs an offset from UTC"),
        # Earlier on the very day, as an opening before the start may be, is no matter.
        (after(starts_at=NEXT_DAY), [meeting(NEXT_DAY - timedelta(hours=2))], ""),
        (after(starts_at=NEXT_DAY), [meeting(START)], "would lie before the start: S01. Move"),
        (after(starts_at=NEXT_DAY), [meeting(START, cancelled_at=START)], ""),
        # It lay before the start already.
        (after(starts_at=NEXT_DAY), [meeting(START - timedelta(days=1))], ""),
        # 01:00 UTC is still the day before in New York, and 04:00 the same day.
        (
            after(starts_at=START + timedelta(hours=5), time_zone="America/New_York"),
            [meeting(START)],
            "before the start",
        ),
        (after(time_zone="America/New_York"), [meeting(START)], ""),
        (after(starts_at=NEXT_DAY), [meeting(START, f"S{n}") for n in range(6)], "S0, S1, S2, S3, S4, …. Move"),
    ],
)
def test_no_session_may_come_to_lie_before_the_start(
    dates: Dates, timetable: list[TimetableSession], says: str
) -> None:
    found = [problem.message for problem in dates_flaws(BEFORE, dates, timetable)]
    assert len(found) == bool(says)
    assert says in "".join(found)


@given(DATES, DATES, st.lists(MOMENTS, max_size=4))
def test_a_change_is_sound_exactly_if_it_leaves_no_session_behind(
    old: Dates, new: Dates, starts: list[datetime]
) -> None:
    timetable = [meeting(moment) for moment in starts]
    behind = {one.id for one in timetable if new.precedes(one)} - {one.id for one in timetable if old.precedes(one)}
    assert bool(dates_flaws(old, new, timetable)) == bool(behind)
    assert dates_flaws(old, old, timetable) == []


@pytest.mark.parametrize(("reason", "says"), [("", "Say why"), ("x" * 501, "500 characters"), ("a\nb", "one line")])
def test_it_asks_for_a_reason(reason: str, says: str) -> None:
    assert [says in problem.message for problem in why_flaws(reason)] == [True]
    assert why_flaws("Banjir") == []
