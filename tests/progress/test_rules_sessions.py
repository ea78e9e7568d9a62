"""Sessions with their marks, and assessments."""

from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from lms.programme.rules import AbsenceLimit
from lms.progress.rules import Absence, Evidence
from tests.progress.folds import (
    a_cohort,
    a_module,
    a_programme,
    a_session,
    assessment_part,
    attendance_part,
    day,
    entered,
    fold,
    marked,
    modules_part,
    only_unit,
    part,
    whys,
)

SECOND = timedelta(seconds=1)
PROGRAMME = a_programme(attendance_part(100))
SESSION = a_session(1)
COHORT = a_cohort(SESSION)


@pytest.mark.parametrize(
    ("status", "value", "best", "counts", "done", "outstanding", "absent"),
    [
        (None, None, 100, False, False, True, False),
        ("hadir", 100, 100, True, True, False, False),
        ("terlambat", 50, 50, True, True, False, False),
        ("alpa", 0, 0, True, False, False, True),
        ("dinas", None, 0, False, False, False, False),
    ],
)
def test_a_status_says_what_a_session_comes_to(
    status: str | None, value: int | None, best: int, counts: bool, done: bool, outstanding: bool, absent: bool
) -> None:
    unit = only_unit(fold(PROGRAMME, marked(SESSION, status), cohort=COHORT))
    found = (unit.value, unit.best_value, unit.counts, unit.done, unit.outstanding, unit.absent)
    assert found == (value, best, counts, done, outstanding, absent)
    assert (unit.status, unit.excluded) == (status, status == "dinas")


def test_an_excluded_session_is_in_no_figure_and_no_count() -> None:
    other = a_session(2)
    found = fold(PROGRAMME, marked(SESSION, "dinas"), marked(other, "terlambat"), cohort=a_cohort(SESSION, other))
    figures = found.figures
    assert (figures.so_far, figures.of_all, figures.best_possible) == (50, 50, 50)
    assert (figures.counted, figures.units, found.jp_total, found.completion) == (1, 1, 3, 100)


def test_with_every_session_excluded_there_is_no_figure_at_all() -> None:
    found = fold(PROGRAMME, marked(SESSION, "dinas"), cohort=COHORT)
    assert (found.figures.so_far, found.figures.of_all, found.figures.best_possible) == (None, None, None)
    assert (found.completion, found.predicate, found.status) == (None, None, "eligible")


def test_sessions_weigh_by_jp() -> None:
    sessions = a_session(1, jp=Decimal(6)), a_session(2, jp=Decimal(2)), a_session(3, jp=Decimal(2))
    found = fold(PROGRAMME, marked(sessions[0], "hadir"), marked(sessions[1], "alpa"), cohort=a_cohort(*sessions))
    figures = found.figures
    assert (figures.so_far, figures.of_all, figures.best_possible, found.completion) == (75, 60, 80, 60)


@pytest.mark.parametrize(
    ("marks", "status", "reasons"),
    [
        ([("alpa", 2), ("hadir", 3)], "hadir", ["superseded", ""]),
        ([("hadir", 3), ("alpa", 2)], "hadir", ["superseded", ""]),
        ([("hadir", 3), ("alpa", 3)], "alpa", ["superseded", ""]),
        ([("hadir", 2), (None, 3)], None, ["superseded", ""]),
    ],
)
def test_the_newest_mark_counts(marks: list[tuple[str | None, int]], status: str | None, reasons: list[str]) -> None:
    pieces = [
        marked(SESSION, code, recorded=recorded, source_id=UUID(int=number))
        for number, (code, recorded) in enumerate(marks)
    ]
    found = fold(PROGRAMME, *reversed(pieces), cohort=COHORT)
    assert (only_unit(found).status, whys(found)) == (status, reasons)


def test_a_voided_mark_gives_way_to_the_one_before() -> None:
    pieces = marked(SESSION, "hadir", recorded=2), marked(SESSION, "alpa", recorded=3, voided=True)
    found = fold(PROGRAMME, *pieces, cohort=COHORT)
    assert (only_unit(found).status, whys(found)) == ("hadir", ["", "voided"])


def test_a_mark_is_dated_by_its_sessions_start() -> None:
    mark = marked(SESSION, "hadir", recorded=0)
    early, on_time = (fold(PROGRAMME, mark, cohort=COHORT, as_of=at) for at in (day(1) - SECOND, day(1)))
    assert (whys(early), only_unit(early).outstanding, early.valid_until) == (["later"], True, day(1))
    assert (whys(on_time), only_unit(on_time).done, on_time.valid_until) == ([""], True, None)


def test_a_status_that_the_programme_does_not_know_is_no_mark() -> None:
    assert only_unit(fold(PROGRAMME, marked(SESSION, "lain"), cohort=COHORT)).outstanding


@pytest.mark.parametrize(
    ("of", "group", "status", "theirs"),
    [
        (None, None, None, True),
        (None, "A", None, True),
        ("A", "A", None, True),
        ("A", "B", None, False),
        ("A", None, None, False),
        ("A", "B", "hadir", True),
        ("A", None, "alpa", True),
    ],
)
def test_a_session_counts_for_its_group_and_for_whoever_has_a_mark(
    of: str | None, group: str | None, status: str | None, theirs: bool
) -> None:
    session = a_session(1, group=of)
    found = fold(PROGRAMME, marked(session, status), cohort=a_cohort(session), group=group)
    assert found.figures.units == theirs


def test_a_guest_is_none_before_the_session_starts_nor_after_the_mark_is_voided() -> None:
    session = a_session(1, group="A")
    ahead = fold(PROGRAMME, marked(session, "hadir"), cohort=a_cohort(session), group="B", as_of=day(0))
    assert (ahead.figures.units, ahead.valid_until) == (0, day(1))
    voided = marked(session, "hadir", voided=True)
    assert fold(PROGRAMME, voided, cohort=a_cohort(session), group="B").figures.units == 0


def test_sessions_stand_in_the_order_of_time_however_the_timetable_lists_them() -> None:
    sessions = a_session(3), a_session(1), a_session(2)
    found = fold(PROGRAMME, cohort=a_cohort(*sessions))
    assert [unit.code for unit in part(found, "hadir").units] == ["S1", "S2", "S3"]


def test_absence_is_counted_in_sessions_jp_and_local_days() -> None:
    # 16:30 and 17:30 in UTC are 23:30 and half past midnight of the next day in Jakarta.
    sessions = (
        a_session(1, starts_at=day(1, 15.5), jp=Decimal(2)),
        a_session(2, starts_at=day(1, 16.5), jp=Decimal("1.5")),
        a_session(3, starts_at=day(1, 17), jp=Decimal(3)),
        a_session(4),
    )
    pieces = [marked(session, "alpa") for session in sessions[:3]] + [marked(sessions[3], "terlambat")]
    found = fold(PROGRAMME, *pieces, cohort=a_cohort(*sessions))
    assert found.absence == Absence(sessions=3, jp=Decimal("6.5"), days=2)


LIMITS = [
    (AbsenceLimit(), ()),
    (AbsenceLimit(sessions=2), ()),
    (AbsenceLimit(sessions=1), ("absence.sessions",)),
    (AbsenceLimit(sessions=0), ("absence.sessions",)),
    (AbsenceLimit(jp=Decimal(6)), ()),
    (AbsenceLimit(jp=Decimal("5.99")), ("absence.jp",)),
    (AbsenceLimit(jp=Decimal(0)), ("absence.jp",)),
    (AbsenceLimit(days=2), ()),
    (AbsenceLimit(days=1), ("absence.days",)),
    (AbsenceLimit(sessions=1, jp=Decimal(1), days=0), ("absence.sessions", "absence.jp", "absence.days")),
]


@pytest.mark.parametrize(("limit", "reasons"), LIMITS)
@pytest.mark.parametrize("counting", [True, False])
def test_more_than_a_limit_is_a_reason_also_where_attendance_is_no_component(
    limit: AbsenceLimit, reasons: tuple[str, ...], counting: bool
) -> None:
    sessions = a_session(1), a_session(2)
    parts = (assessment_part(), attendance_part()) if counting else (assessment_part(),)
    programme = a_programme(*parts, absence_limit=limit)
    found = fold(programme, *(marked(one, "alpa") for one in sessions), entered(80), cohort=a_cohort(*sessions))
    assert found.reasons == reasons
    assert found.status == ("review" if reasons else "eligible")


def test_without_an_attendance_component_sessions_count_for_absence_only() -> None:
    sessions = a_session(1), a_session(2)
    programme = a_programme(modules_part(a_module()))
    found = fold(programme, marked(sessions[0], "alpa"), cohort=a_cohort(*sessions))
    assert (found.jp_total, found.outstanding.sessions, found.figures.units) == (1, 0, 1)
    assert (found.absence.sessions, [unit.code for unit in found.sessions_outside]) == (1, ["S1", "S2"])
    assert fold(PROGRAMME, cohort=a_cohort(*sessions)).sessions_outside == ()


ASSESSED = a_programme(assessment_part())


@pytest.mark.parametrize(
    ("pieces", "value", "reasons"),
    [
        ([], None, []),
        ([entered(0)], 0, [""]),
        ([entered("75.65")], Decimal("75.65"), [""]),
        ([entered(60, recorded=2), entered(80, recorded=3)], 80, ["superseded", ""]),
        ([entered(60, recorded=3), entered(80, recorded=2)], 60, ["superseded", ""]),
        (
            [entered(60, recorded=3, occurred_at=day(1)), entered(80, recorded=2, occurred_at=day(2))],
            80,
            ["superseded", ""],
        ),
        ([entered(60, occurred_at=day(100))], 60, [""]),
        ([entered(60, occurred_at=day(100) + SECOND)], None, ["later"]),
        ([entered(60, recorded=2), entered(80, occurred_at=day(101))], 60, ["", "later"]),
        ([entered(60, recorded=200)], 60, [""]),
        ([entered(60, recorded=2), entered(80, recorded=3, voided=True)], 60, ["", "voided"]),
        ([entered(60, recorded=2), entered(None, recorded=3)], None, ["superseded", ""]),
    ],
)
def test_the_newest_assessment_that_is_not_dated_later_counts(
    pieces: list[Evidence], value: Decimal | int | None, reasons: list[str]
) -> None:
    found = fold(ASSESSED, *reversed(pieces))
    unit = only_unit(found)
    assert (unit.value, whys(found)) == (value, reasons)
    assert (unit.counts, unit.done, unit.outstanding) == (value is not None, value is not None, value is None)
    assert unit.best_value == (100 if value is None else value)


def test_an_assessment_is_told_beside_completion_not_in_it() -> None:
    found = fold(a_programme(assessment_part(weight=50), modules_part(a_module(), weight=50)), entered(80))
    assert (found.completion, found.outstanding.assessments, found.outstanding.modules) == (0, 0, 1)
