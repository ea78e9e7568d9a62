"""What an override does to a unit, and what becomes of the other evidence about it."""

from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from lms.progress.rules import Evidence, assessment_unit, override_unit
from tests.progress.folds import (
    COHORT_ID,
    IRI,
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
    said,
    whys,
)

MODULE = a_programme(modules_part(a_module(pass_mark=Decimal(70), due_after_days=5, closes_after_days=10)))
SESSION = a_session()
ATTENDED = a_programme(attendance_part(100))
ASSESSED = a_programme(assessment_part())


def over(kind: Any, unit: str, *, at: float = 20, number: int = 1, cohort: UUID = COHORT_ID, **given: Any) -> Evidence:
    """An override that was made so many days after the start."""
    if "score" in given:
        given["score"] = Decimal(given["score"])
    key = override_unit(cohort, kind, unit)
    made = {"recorded_at": day(at), "source": "override", "source_id": UUID(int=9_000 + number)}
    return Evidence(kind=kind, unit=key, **made, **given)


@pytest.mark.parametrize(
    ("score", "completed", "value", "best"),
    [
        ("82.5", True, "82.5", "82.5"),
        ("82.5", False, "82.5", "82.5"),
        (None, True, None, "0"),
        (None, False, None, "0"),
    ],
)
@pytest.mark.parametrize("now", [1, 7, 50])
def test_a_module_is_what_its_override_says_at_any_time(
    now: int, score: str | None, completed: bool, value: str | None, best: str
) -> None:
    """Before it is due, after that, and after it closed; whatever the pass mark and the statements say."""
    given = {"completed": completed} | ({} if score is None else {"score": score})
    statement = said(day(0.5), 100, completed=not completed)
    found = fold(MODULE, statement, over("module", IRI, at=0.9, **given), as_of=day(now))
    unit = only_unit(found)
    assert unit.value == (None if value is None else Decimal(value))
    assert (unit.best_value, unit.done, unit.completed, unit.passed) == (Decimal(best), completed, completed, completed)
    assert (unit.counts, unit.outstanding, unit.overridden) == (True, False, True)
    assert (unit.due, unit.closed) == (now > 5, now > 10)
    assert found.figures.so_far == found.figures.of_all == found.figures.best_possible == Decimal(best)
    assert whys(found) == ["overridden", ""]


@pytest.mark.parametrize(
    ("status", "value", "done", "absent"),
    [("hadir", "100", True, False), ("terlambat", "50", True, False), ("alpa", "0", False, True)],
)
def test_a_session_is_what_its_override_says_even_before_it_begins(
    status: str, value: str, done: bool, absent: bool
) -> None:
    found = fold(
        ATTENDED,
        marked(SESSION, "alpa" if status != "alpa" else "hadir"),
        over("session", str(SESSION.id), at=0.2, status=status),
        cohort=a_cohort(SESSION),
        as_of=day(0.5),
    )
    unit = only_unit(found)
    assert (unit.value, unit.best_value, unit.done, unit.absent) == (Decimal(value), Decimal(value), done, absent)
    assert (unit.outstanding, unit.overridden, found.absence.sessions) == (False, True, int(absent))
    assert whys(found) == ["later", ""]


def test_a_session_may_be_overridden_out_of_the_count() -> None:
    found = fold(ATTENDED, over("session", str(SESSION.id), status="dinas"), cohort=a_cohort(SESSION))
    assert (only_unit(found).excluded, found.figures.of_all, found.outstanding.sessions) == (True, None, 0)


def test_an_assessment_has_the_score_of_its_override_whatever_is_entered_later() -> None:
    unit = assessment_unit(COHORT_ID, "ujian")
    found = fold(ASSESSED, entered(90, recorded=30), over("assessment", unit, score="61"), entered(50, recorded=10))
    assert (only_unit(found).value, only_unit(found).overridden) == (Decimal(61), True)
    assert whys(found) == ["superseded", "overridden", ""]


def test_of_several_the_newest_stands_that_was_made_by_then() -> None:
    unit = assessment_unit(COHORT_ID, "ujian")
    made = [over("assessment", unit, at=at, number=at, score=str(at)) for at in (60, 20, 40)]
    assert [only_unit(fold(ASSESSED, *made, as_of=day(now))).value for now in (10, 20, 59, 100)] == [None, 20, 40, 60]
    found = fold(ASSESSED, *made, as_of=day(45))
    assert whys(found) == ["superseded", "", "later"]
    assert found.valid_until == day(60)


def test_in_another_cohort_the_override_of_a_module_means_nothing() -> None:
    elsewhere = over("module", IRI, cohort=UUID(int=8), completed=True, score="100")
    found = fold(MODULE, said(day(1), 40), elsewhere, as_of=day(15))
    assert (only_unit(found).value, only_unit(found).overridden, whys(found)) == (Decimal(40), False, [""])
    assert fold(MODULE, elsewhere, as_of=day(12)).valid_until is None
