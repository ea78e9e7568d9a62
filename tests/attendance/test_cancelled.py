"""Nobody is marked at a session that was cancelled, by a register or by a file."""

import pytest

from lms.attendance import timetabling
from lms.attendance.service import NewMark, import_marks, take_register
from lms.errors import Conflict
from tests.world import NOW, World


def cancel(world: World) -> None:
    manager, cohort = world.account("manager"), world.cohort
    assert cohort
    with world.transaction() as session:
        timetabling.cancel_session(
            session,
            organisation_id=world.sukabumi,
            cohort_id=cohort,
            code="S01",
            reason="Banjir",
            changed_by=manager,
            now=NOW,
        )


def test_a_register_is_not_taken(world: World) -> None:
    session_id, ani = world.session_id("S01"), world.participant("Ani")
    cancel(world)
    with pytest.raises(Conflict), world.transaction() as session:
        take_register(
            session,
            organisation_id=world.sukabumi,
            session_id=session_id,
            marks=[NewMark(participant_id=ani, status="hadir")],
            recorded_by=None,
            source="register",
            now=NOW,
        )


def test_a_file_marks_nobody_and_may_say_what_stands_already(world: World) -> None:
    session_id, ani = world.session_id("S01"), world.participant("Ani")

    def bring(status: str) -> int:
        with world.transaction() as session:
            done = import_marks(
                session,
                organisation_id=world.sukabumi,
                cohort_id=world.cohort,
                registers={session_id: [NewMark(participant_id=ani, status=status)]},
                recorded_by=None,
                now=NOW,
            )
            return done.unchanged

    bring("hadir")
    cancel(world)
    assert bring("hadir") == 1
    with pytest.raises(Conflict):
        bring("alpa")
