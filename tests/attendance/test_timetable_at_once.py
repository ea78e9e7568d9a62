"""Somebody marks while somebody else cancels, and two change one session at once, on PostgreSQL."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from lms.attendance import queries, service, timetabling
from lms.attendance.rules import NewMark
from lms.errors import Conflict
from lms.programme import queries as programmes
from lms.programme.service import NewSession
from lms.progress.models import ResultRow
from tests.programme.test_at_once import wait_until_it_waits
from tests.world import NOW, World

Work = Callable[[Session], object]


@pytest.fixture
def database_url(postgres_url: str) -> str:
    """PostgreSQL only: SQLite lets one writer in after the other."""
    return postgres_url


def cancelling(world: World) -> Work:
    about = {"organisation_id": world.sukabumi, "cohort_id": world.cohort, "changed_by": None, "now": NOW}
    return lambda session: timetabling.cancel_session(session, code="S01", reason="Banjir", **about)


def marking(world: World) -> Work:
    marks = [NewMark(participant_id=world.participant("Ani"), status="alpa")]
    about = {"organisation_id": world.sukabumi, "session_id": world.session_id("S01"), "recorded_by": None, "now": NOW}
    return lambda session: service.take_register(session, marks=marks, source="import", **about)


def changing(world: World, **values: Any) -> Work:
    with world.reading() as session:
        found = programmes.timetable(session, organisation_id=world.sukabumi, cohort_id=world.cohort)
    one = next(meeting for meeting in found if meeting.code == "S01")
    told = {name: getattr(one, name) for name in ("code", "title", "starts_at", "ends_at", "jp", "group")}
    about = {"organisation_id": world.sukabumi, "cohort_id": world.cohort, "changed_by": None, "now": NOW}
    row = NewSession(**told | values)
    return lambda session: timetabling.change_session(session, row=row, seen=one.revision, reason="", **about)


def at_once(world: World, first: Work, second: Work) -> None:
    """The second begins while the first has not ended yet, and waits for it."""

    def work() -> None:
        with world.transaction() as session:
            second(session)

    with ThreadPoolExecutor(1) as pool:
        with world.transaction() as session:
            first(session)
            job = pool.submit(work)
            wait_until_it_waits(world, job)
        job.result()


def test_nobody_marks_at_a_session_that_is_being_cancelled(world: World) -> None:
    cancel, mark = cancelling(world), marking(world)
    with pytest.raises(Conflict, match="is cancelled"):
        at_once(world, cancel, mark)


def test_a_mark_and_a_cancellation_at_once_leave_no_absence(world: World) -> None:
    cancel, mark = cancelling(world), marking(world)
    at_once(world, mark, cancel)
    ani, session_id = world.participant("Ani"), world.session_id("S01")
    with world.reading() as session:
        about = {"organisation_id": world.sukabumi, "session_id": session_id, "participant_id": ani}
        assert [one.status for one in queries.mark_history(session, **about)] == ["alpa"]
        wanted = select(ResultRow.absent_sessions).where(ResultRow.participant_id == ani)
        assert session.scalar(wanted) == 0


def test_of_two_changes_at_once_the_later_one_is_told_so(world: World) -> None:
    _ = world.cohort
    first = changing(world, title="Satu")
    second = changing(world, title="Dua", starts_at=NOW - timedelta(hours=1))
    with pytest.raises(Conflict, match="meanwhile"):
        at_once(world, first, second)
    with world.reading() as session:
        found = programmes.timetable(session, organisation_id=world.sukabumi, cohort_id=world.cohort)
    assert {one.title for one in found if one.code == "S01"} == {"Satu"}
