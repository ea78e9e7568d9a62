"""What others read of attendance, and how many queries it takes."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from threading import Barrier, Thread

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from lms.attendance import queries
from lms.attendance.rules import MarkedMeanwhile
from lms.attendance.service import NewMark, take_register
from lms.programme import queries as programmes
from tests.world import NOW, World


@contextmanager
def counted(session: Session) -> Iterator[list[str]]:
    """The statements that are sent meanwhile."""
    sent: list[str] = []
    engine = session.get_bind()

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        sent.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)


def mark(world: World, code: str, *names: str, status: str = "hadir") -> None:
    session_id, people = world.session_id(code), [world.participant(name) for name in names]
    with world.transaction() as session:
        take_register(
            session,
            organisation_id=world.sukabumi,
            session_id=session_id,
            marks=[NewMark(participant_id=one, status=status) for one in people],
            recorded_by=None,
            source="import",
            now=NOW,
        )


@pytest.mark.parametrize("names", [(), ("Ani",), ("Ani", "Budi", "Citra", "Dedi")])
def test_the_number_of_queries_does_not_depend_on_the_number_of_marks(world: World, names: tuple[str, ...]) -> None:
    mark(world, "S01", *names)
    session_id = world.session_id("S01")
    with world.reading() as session:
        session.connection()
        with counted(session) as sent:
            queries.register(session, organisation_id=world.sukabumi, session_id=session_id)
        # session, cohort, its targets, programme, rules, roster, marks, contested marks, state, claims
        assert len(sent) == 10
        with counted(session) as sent:
            queries.sessions_of(session, organisation_id=world.sukabumi, cohort_id=world.cohort, now=NOW)
        assert len(sent) == 4  # sessions, people by group, marked people by group, contested marks
        with counted(session) as sent:
            queries.today(session, organisation_id=world.sukabumi, now=NOW)
        assert len(sent) == 4


def test_the_sessions_of_today_go_by_the_cohorts_own_day(world: World) -> None:
    _ = world.cohort
    with world.reading() as session:

        def today(moment: str) -> list[str]:
            now = datetime.fromisoformat(moment)
            found = queries.today(session, organisation_id=world.sukabumi, now=now)
            return [entry.session.code for entry in found]

        assert today("2026-03-11T23:59:00+07:00") == []
        assert today("2026-03-12T00:00:00+07:00") == ["S01", "SEM-A", "SEM-B"]
        assert today("2026-03-12T23:59:00+07:00") == ["S01", "SEM-A", "SEM-B"]
        assert today("2026-03-13T00:00:00+07:00") == ["S02"]
        assert queries.today(session, organisation_id=world.bandung, now=NOW) == []


def test_a_facilitator_is_told_of_the_sessions_of_their_groups(world: World) -> None:
    account = world.account("facilitator")
    mark(world, "S01", "Ani", "Citra")
    with world.reading() as session:
        mine = programmes.groups_of(session, organisation_id=world.sukabumi, account_id=account)
        found = queries.today(session, organisation_id=world.sukabumi, groups=mine, now=NOW)
        assert [(entry.session.code, entry.marked, entry.people) for entry in found] == [("S01", 1, 2), ("SEM-A", 0, 2)]
        assert queries.today(session, organisation_id=world.sukabumi, groups=set(), now=NOW) == []


def test_a_guest_counts_once_there_is_a_mark(world: World) -> None:
    mark(world, "SEM-B", "Citra", "Ani")
    mark(world, "SEM-B", "Citra", status="alpa")
    with world.reading() as session:
        found = queries.sessions_of(session, organisation_id=world.sukabumi, cohort_id=world.cohort, now=NOW)
    counts = {entry.session.code: (entry.marked, entry.people) for entry in found}
    assert counts == {"S01": (0, 4), "S02": (0, 4), "SEM-A": (0, 2), "SEM-B": (2, 3)}


def test_of_two_who_mark_at_the_same_moment_one_is_told(world: World) -> None:
    session_id, ani, organisation_id = world.session_id("S01"), world.participant("Ani"), world.sukabumi
    ready, outcomes = Barrier(2), []

    def take(status: str) -> None:
        ready.wait()
        try:
            with world.transaction() as session:
                take_register(
                    session,
                    organisation_id=organisation_id,
                    session_id=session_id,
                    marks=[NewMark(participant_id=ani, status=status)],
                    recorded_by=None,
                    source="register",
                    now=NOW + timedelta(minutes=1),
                    seen={ani: None},
                )
        except MarkedMeanwhile:
            outcomes.append("told")
        else:
            outcomes.append("saved")

    threads = [Thread(target=take, args=(status,)) for status in ("hadir", "alpa")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["saved", "told"]
