"""What is done about leave without anybody at a page: following the timetable, and erasing old notes."""

from datetime import timedelta
from decimal import Decimal

from lms.cli.worker import follow_leave
from lms.programme import service as programme
from tests.cli.running import run
from tests.leave.leaves import SECRET, approve, ask, marks, one
from tests.world import NOW, World


def test_the_worker_follows_what_was_added_to_the_timetable(world: World) -> None:
    approve(world, ask(world))
    starts = NOW + timedelta(hours=8)
    row = programme.NewSession(
        code="S03", title="Tambahan", starts_at=starts, ends_at=starts + timedelta(hours=2), jp=Decimal(3)
    )
    with world.transaction() as session:
        programme.add_sessions(
            session, organisation_id=world.sukabumi, cohort_id=world.cohort, rows=[row], changed_by=None, now=NOW
        )
    for _ in range(2):
        with world.app.app_context():
            assert follow_leave(world.app, NOW) is False
    assert [mark.status for mark in marks(world, "S03")] == ["dinas luar"]


def test_the_command_erases_old_notes(world: World) -> None:
    request_id = ask(world, note=SECRET)
    approve(world, request_id)
    assert "Erased 0 notes." in run(world.app, "leave", "erase", "--older-than", "36500").stderr
    assert one(world, request_id).has_note
    assert run(world.app, "leave", "erase", "--older-than", "-1").exit_code == 2
