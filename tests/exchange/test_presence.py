"""Scans of cards and logs of live classes become marks; nothing is dropped, and the same file again changes nothing."""

from functools import partial

import pytest
from sqlalchemy import select

from lms.attendance import queries
from lms.attendance.register_models import LivePresence
from lms.attendance.rules import NewMark
from lms.attendance.service import take_register
from lms.db import retrying
from lms.errors import Conflict, DomainError, NotFound, Problems
from lms.exchange.service import import_file, trial
from lms.exchange.targets import Options, Report
from lms.programme.models import ClassroomSession
from tests.world import NOW, World

NIP = {name: f"19900101202603100{number}" for number, name in enumerate(("Ani", "Budi", "Citra", "Dedi"), start=1)}
SCANS = (
    "identifier;scanned_at\n"
    f"{NIP['Ani']};2026-03-12 07:55:10\n"
    f"{NIP['Budi']};2026-03-12T08:12:59+07:00\n"
    f"{NIP['Ani']};2026-03-12 08:01:00\n"
    f"{NIP['Citra']};12/03/2026 12.45\n"
    f"{NIP['Dedi']};2026-03-15 08:00:00\n"
    "12345;2026-03-12 08:00:00\n"
)
LOG = (
    "Name (Original Name),User Email,Join Time,Leave Time,Duration (Minutes),Guest\n"
    "Ani,ani@sukabumi.example,03/12/2026 07:58:00 AM,03/12/2026 09:10:00 AM,72,No\n"
    "Ani,ani@sukabumi.example,03/12/2026 09:15:00 AM,03/12/2026 10:20:00 AM,65,No\n"
    "budi contoh,,03/12/2026 08:10:30 AM,03/12/2026 10:15:00 AM,125,Yes\n"
    "Citra Contoh,,03/12/2026 09:30:00 AM,03/12/2026 10:15:00 AM,45,Yes\n"
    "HP Dedi,,03/12/2026 08:00:00 AM,03/12/2026 10:15:00 AM,135,Yes\n"
)


def _bring(world: World, kind: str, text: str, *, dry: bool = False, options: Options | None = None) -> Report:
    work = partial(
        import_file,
        kind=kind,
        organisation_id=world.sukabumi,
        cohort_id=world.cohort,
        filename="list.csv",
        content=text.encode(),
        recorded_by=world.account("manager"),
        now=NOW,
        options=options,
    )
    with world.app.app_context():
        return trial(work) if dry else retrying(work)


def _log(world: World, text: str = LOG, *, dry: bool = False, **matches: str) -> Report:
    said = {who.replace("_", " "): world.participant(name) for who, name in matches.items()}
    return _bring(world, "live-log", text, dry=dry, options=Options(session_code="S01", matches=said))


def marks_of(world: World, code: str, name: str) -> list[tuple[str, int | None, str, str]]:
    session_id, participant_id = world.session_id(code), world.participant(name)
    with world.reading() as session:
        found = queries.mark_history(
            session, organisation_id=world.sukabumi, session_id=session_id, participant_id=participant_id
        )
    return [(mark.status, mark.minutes_late, mark.source, mark.source_name) for mark in found]


def correct(world: World, code: str, name: str, status: str) -> None:
    session_id, participant_id = world.session_id(code), world.participant(name)
    by = world.account("manager")
    with world.transaction() as session:
        take_register(
            session,
            organisation_id=world.sukabumi,
            session_id=session_id,
            marks=[NewMark(participant_id=participant_id, status=status)],
            recorded_by=by,
            source="register",
            now=NOW,
        )


def _counts(report: Report) -> tuple[int, int, int]:
    return report.added, report.changed, report.unchanged


def test_scans_become_marks_by_the_rules_of_the_cohort(world: World) -> None:
    report = _bring(world, "scans", SCANS)
    assert _counts(report) == (3, 0, 0)
    assert marks_of(world, "S01", "Ani") == [("hadir", None, "scan", "list.csv")]
    assert marks_of(world, "S01", "Budi") == [("terlambat", 12, "scan", "list.csv")]
    assert marks_of(world, "SEM-B", "Citra") == [("hadir", None, "scan", "list.csv")]
    assert marks_of(world, "SEM-A", "Citra") == []


def test_scans_that_mark_nobody_are_told_with_their_lines(world: World) -> None:
    done = _bring(world, "scans", SCANS, dry=True).done
    assert [(one.line, one.who, one.why) for one in done.loose] == [
        (6, NIP["Dedi"], "no_session"),
        (7, "12345", "unknown"),
    ]
    assert done.repeated == 1


def test_the_same_scans_again_change_nothing_and_undo_no_correction(world: World) -> None:
    _bring(world, "scans", SCANS)
    assert _counts(_bring(world, "scans", SCANS)) == (0, 0, 3)
    correct(world, "S01", "Ani", "alpa")
    assert _counts(_bring(world, "scans", SCANS)) == (0, 0, 3)
    assert [mark[0] for mark in marks_of(world, "S01", "Ani")] == ["hadir", "alpa"]


def test_a_trial_tells_what_stands_and_what_would_be_new(world: World) -> None:
    correct(world, "S01", "Budi", "alpa")
    told = _bring(world, "scans", SCANS, dry=True).done.differences
    assert [
        (one.session.code, one.person.name, one.before.status if one.before else None, one.after.status) for one in told
    ] == [
        ("S01", "Budi Contoh", "alpa", "terlambat"),
        ("S01", "Ani Contoh", None, "hadir"),
        ("SEM-B", "Citra Contoh", None, "hadir"),
    ]
    assert marks_of(world, "S01", "Ani") == []


@pytest.mark.parametrize("when", ["2026-03-12", "8 o'clock", ""])
def test_a_scan_without_a_moment_keeps_the_list_out(world: World, when: str) -> None:
    with pytest.raises(Problems) as refused:
        _bring(world, "scans", SCANS + f"{NIP['Ani']};{when}\n")
    assert [problem.place for problem in refused.value.problems] == ["line 8, scanned_at"]


def test_minutes_in_a_live_class_become_marks(world: World) -> None:
    report = _log(world)
    assert _counts(report) == (3, 0, 0)
    assert marks_of(world, "S01", "Ani") == [("hadir", None, "log", "list.csv")]
    assert marks_of(world, "S01", "Budi") == [("terlambat", 10, "log", "list.csv")]
    assert marks_of(world, "S01", "Citra") == [("alpa", None, "log", "list.csv")]
    assert marks_of(world, "S01", "Dedi") == []
    remarks = {one.person.name: one.after.remark for one in report.done.differences}
    assert remarks["Ani Contoh"] == "130 of 135 minutes, joined 2 times"
    assert remarks["Budi Contoh"] == "124 of 135 minutes"


def test_whom_nobody_knows_is_told_kept_and_can_be_matched(world: World) -> None:
    done = _log(world).done
    assert [(one.who, one.minutes) for one in done.unmatched] == [("HP Dedi", 135)]
    assert [person.name for person in done.missing] == ["Dedi Contoh"]
    matched = _log(world, HP_Dedi="Dedi")
    assert (_counts(matched), matched.done.unmatched, matched.done.missing) == ((1, 0, 3), (), ())
    assert marks_of(world, "S01", "Dedi") == [("hadir", None, "log", "list.csv")]
    # From now on the name is known.
    assert _counts(_log(world)) == (0, 0, 4)


def test_a_log_of_many_whom_nobody_knows_names_them_all_and_guesses_some(world: World) -> None:
    stranger = "Ani Cont0h {},,03/12/2026 08:00:00 AM,03/12/2026 10:15:00 AM,135,Yes\n"
    unmatched = _log(world, LOG.splitlines(keepends=True)[0] + "".join(map(stranger.format, range(60)))).done.unmatched
    assert len(unmatched) == 60
    assert [one.perhaps is not None for one in unmatched] == [True] * 50 + [False] * 10


def test_the_same_log_again_changes_nothing(world: World) -> None:
    _log(world)
    with world.reading() as session:
        before = session.scalars(select(LivePresence.id)).all()
    assert _counts(_log(world)) == (0, 0, 3)
    correct(world, "S01", "Citra", "hadir")
    assert _counts(_log(world)) == (0, 0, 3)
    with world.reading() as session:
        assert session.scalars(select(LivePresence.id)).all() == before
    assert len(before) == 5


def test_whoever_is_on_leave_and_looked_in_is_not_marked_absent(world: World) -> None:
    correct(world, "S01", "Citra", "dinas luar")
    assert _counts(_log(world)) == (2, 0, 1)
    assert [mark[0] for mark in marks_of(world, "S01", "Citra")] == ["dinas luar"]


def test_a_second_log_of_the_same_class_adds_to_the_first(world: World) -> None:
    _log(world)
    rest = "name,join,leave\nCitra Contoh,08:00,09:30\n"
    assert _counts(_log(world, rest)) == (0, 1, 0)
    assert [mark[0] for mark in marks_of(world, "S01", "Citra")] == ["alpa", "hadir"]


def test_a_trial_of_a_log_keeps_nothing(world: World) -> None:
    assert _counts(_log(world, dry=True)) == (3, 0, 0)
    with world.reading() as session:
        assert session.scalars(select(LivePresence.id)).all() == []


def test_a_log_needs_its_session_and_people_of_the_cohort(world: World) -> None:
    with pytest.raises(DomainError):
        _bring(world, "live-log", LOG)
    with pytest.raises(NotFound):
        _bring(world, "live-log", LOG, options=Options(session_code="S99"))
    stranger = world.account("manager")
    with pytest.raises(NotFound):
        _bring(world, "live-log", LOG, options=Options(session_code="S01", matches={"HP Dedi": stranger}))


def test_a_cancelled_session_has_no_log_and_no_scans(world: World) -> None:
    session_id = world.session_id("S01")
    with world.transaction() as session:
        meeting = session.scalars(select(ClassroomSession).where(ClassroomSession.id == session_id)).one()
        meeting.cancelled_at = NOW
    with pytest.raises(Conflict):
        _log(world)
    done = _bring(world, "scans", SCANS).done
    assert [one.why for one in done.loose] == ["cancelled"] * 3 + ["no_session", "unknown"]


def test_an_attendance_file_tells_its_differences_first(world: World) -> None:
    correct(world, "S01", "Ani", "alpa")
    text = f"session,identifier,status\nS01,{NIP['Ani']},hadir\nS01,{NIP['Budi']},hadir\nS02,{NIP['Ani']},hadir\n"
    first = _bring(world, "attendance", text, dry=True)
    told = first.done.differences
    assert [(one.session.code, one.person.identifier, one.before is None) for one in told] == [
        ("S01", NIP["Ani"], False),
        ("S01", NIP["Budi"], True),
        ("S02", NIP["Ani"], True),
    ]
    assert _bring(world, "attendance", text, dry=True).fingerprint == first.fingerprint
    correct(world, "S01", "Budi", "hadir")
    assert _bring(world, "attendance", text, dry=True).fingerprint != first.fingerprint
