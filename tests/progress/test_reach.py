"""What can still be reached: held against folds of the evidence that would have to come."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import assume, given, settings

from lms.programme.rules import AbsenceLimit, AttendanceStatus, Programme
from lms.progress.reach import Need, Reach, reach
from lms.progress.rules import Evidence, Result, UnitResult, flattened, result, rounded
from tests.progress.example import AS_OF, example
from tests.progress.example import fold as fold_example
from tests.progress.folds import (
    START,
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
    said,
)
from tests.progress.histories import History, histories

HUNDREDTH = Decimal("0.01")
TWO_MODULES = a_programme(modules_part(a_module(1), a_module(2)))


def reached(found: Result, programme: Programme, *, now: datetime | None = None) -> Reach:
    return reach(found, programme, time_zone="Asia/Jakarta", now=day(100) if now is None else now)


def told(found: Reach) -> dict[str, tuple[str | None, str | None]]:
    """What is needed for each mark: in what is left, and with another attempt too."""
    return {
        need.name: (None if need.left is None else str(need.left), None if need.again is None else str(need.again))
        for need in found.needs
    }


def units(found: Result) -> list[UnitResult]:
    return [unit for one in flattened(found.components) for unit in one.units]


@pytest.mark.parametrize(
    ("attempts", "scores", "needed"),
    [
        # One of two modules has 60: 80.02 in the other makes 70.01 (70.005 would do: 80.01).
        ("best", ["60"], ("80.01", "70.01")),
        ("last", ["60"], ("80.01", "70.01")),
        ("first", ["60"], ("80.01", "80.01")),
        # The other one alone, or both: their mean of 60 and 73.34 is 66.67.
        ("mean", ["60"], ("80.01", "73.34")),
        # Nobody does worse on purpose: 90 stays as it is.
        ("last", ["20", "90"], ("50.01", "50.01")),
        ("best", ["90", "20"], ("50.01", "50.01")),
        ("mean", ["90", "10"], ("90.01", "80.01")),
        ("best", ["30"], (None, "70.01")),
        ("first", ["30"], (None, None)),
        ("best", [], ("70.01", "70.01")),
    ],
)
def test_what_is_needed_for_the_pass_mark_hangs_on_how_attempts_count(
    attempts: str, scores: list[str], needed: tuple[str | None, str | None]
) -> None:
    programme = a_programme(modules_part(a_module(1, attempts=attempts), a_module(2)))
    found = fold(programme, *(said(day(1 + place), score) for place, score in enumerate(scores)))
    assert told(reached(found, programme))[""] == needed


def test_it_tells_the_best_the_worst_and_every_band_above() -> None:
    programme = a_programme(modules_part(a_module(1), a_module(2), weight=60), assessment_part(weight=40))
    found = reached(fold(programme, entered("70", path="ujian")), programme)
    assert (found.worst, found.best) == (Decimal("28.00"), Decimal("88.00"))
    assert told(found) == {"": ("70.01", "70.01"), "Cukup": ("70.01", "70.01"), "Baik": ("86.68", "86.68")}
    assert [unit.title for unit in found.left] == ["Modul 1", "Modul 2"]


def test_a_mark_that_is_reached_needs_nothing_and_bands_below_are_left_out() -> None:
    found = reached(fold(TWO_MODULES, said(score="90"), said(score="60", number=2)), TWO_MODULES)
    assert found.needs[0] == Need(
        name="", at_least=Decimal("70.01"), is_reached=True, left=Decimal("0.00"), again=Decimal("0.00")
    )
    assert [need.name for need in found.needs] == ["", "Baik"]
    # Nothing is left without a value; trying the second again would do.
    assert (found.needs[1].left, found.needs[1].again) == (None, Decimal("70.01"))
    assert (found.left, len(found.improvable), found.may_fall) == ((), 2, False)


@pytest.mark.parametrize(("attempts", "may_fall"), [("best", False), ("first", False), ("last", True), ("mean", True)])
def test_another_attempt_may_also_lower_a_score(attempts: str, may_fall: bool) -> None:
    programme = a_programme(modules_part(a_module(1, attempts=attempts)))
    assert reached(fold(programme, said(score="60")), programme).may_fall is may_fall


def test_out_of_reach_names_the_fewest_that_would_have_to_be_corrected() -> None:
    modules = [a_module(number, closes_after_days=10, jp=Decimal(jp)) for number, jp in ((1, 2), (2, 5), (3, 3))]
    programme = a_programme(modules_part(*modules))
    lost = fold(programme, said(score="10"), said(score="50", number=2), said(score="20", number=3))
    found = reached(lost, programme)
    # 33 are there: 25 of module 2 and 24 of module 3 bring 82, and no single one of them brings 70.01.
    assert [(loss.unit.title, str(loss.points)) for loss in found.unless] == [
        ("Modul 2", "25.00"),
        ("Modul 3", "24.00"),
    ]
    assert told(found)[""] == (None, None)
    assert reached(fold(programme, as_of=day(5)), programme).unless == ()


LIMIT = AbsenceLimit(sessions=2, jp=Decimal(7), days=2)


@pytest.mark.parametrize(
    ("missed", "left", "tipping"),
    [
        ([], ["2", "7", "2"], []),
        ([1], ["1", "4", "1"], ["S4"]),
        ([1, 2], ["0", "1", "1"], ["S3", "S4"]),
        ([4], ["1", "2", "1"], ["S1", "S2", "S3"]),
        # More is missed than allowed of sessions and JP, which one more does not change; it does begin a third day.
        ([1, 2, 3], ["0", "0", "0"], ["S4"]),
    ],
)
def test_what_may_still_be_missed(missed: list[int], left: list[str], tipping: list[str]) -> None:
    sessions = [
        a_session(1),
        a_session(2, starts_at=day(1, 5)),
        a_session(3, starts_at=day(3)),
        a_session(4, starts_at=day(4), jp=Decimal(5)),
    ]
    programme = a_programme(modules_part(a_module()), attendance_part(), absence_limit=LIMIT)
    found = fold(programme, *(marked(sessions[n - 1], "alpa") for n in missed), cohort=a_cohort(*sessions))
    ahead = reached(found, programme, now=day(3, 1)).ahead
    assert [str(one.left) for one in ahead.allowances] == left
    assert [unit.code for unit in ahead.tipping] == tipping
    opened = [unit.code for unit in ahead.unmarked + ahead.to_come]
    assert opened == [f"S{n}" for n in (1, 2, 3, 4) if n not in missed]
    assert ahead.jp_to_come == (0 if 4 in missed else 5)


def test_sessions_that_give_no_points_may_be_missed_too() -> None:
    programme = a_programme(modules_part(a_module()), absence_limit=AbsenceLimit(jp=Decimal(6)))
    found = reached(fold(programme, cohort=a_cohort(a_session())), programme, now=START)
    assert [f"{one.left} {one.by}" for one in found.ahead.allowances] == ["6 jp"]
    assert [unit.code for unit in found.ahead.to_come] == ["S1"]
    assert [unit.kind for unit in found.left] == ["module"]


def test_without_any_unit_there_is_nothing_to_reach() -> None:
    programme = a_programme(attendance_part(100))
    found = reached(fold(programme), programme)
    assert (found.worst, found.best, found.needs, found.unless) == (None, None, (), ())


def test_in_the_worked_example_the_average_that_is_told_suffices_and_no_less() -> None:
    """As of a day in the middle of the courses, and at the end."""
    known, moments = example(), (datetime.fromisoformat("2021-04-12T08:00:00+07:00"), AS_OF)
    asked = 0
    for row in known.participants:
        for as_of in moments:
            history = History(
                known.evidence[row["identifier"]], known.programme, known.cohort, row["group"] or None, as_of
            )
            found = fold_example(history.evidence, row, as_of)
            asked += holds(history, reach(found, known.programme, time_zone="Asia/Jakarta", now=as_of))
    assert asked > len(known.participants)


@settings(max_examples=100, deadline=None)
@given(histories())
def test_the_average_that_is_told_suffices_and_no_less(history: History) -> None:
    assume(history.as_of >= history.cohort.starts_at)
    holds(history, reach(result(*history), history.programme, time_zone="Asia/Jakarta", now=history.as_of))


@settings(max_examples=80, deadline=None)
@given(histories())
def test_nothing_more_is_the_worst_and_a_hundred_in_all_that_is_open_the_best(history: History) -> None:
    found = result(*history)
    told = reach(found, history.programme, time_zone="Asia/Jakarta", now=history.as_of)
    if found.figures.of_all is None or found.figures.best_possible is None:
        assert (told.worst, told.best, told.needs) == (None, None, ())
        return
    assert (told.worst, told.best) == (rounded(found.figures.of_all), rounded(found.figures.best_possible))
    for need in told.needs:
        assert need.is_reached == (rounded(found.figures.of_all) >= need.at_least)
        assert (need.again is None) == (rounded(found.figures.best_possible) < need.at_least)
        assert need.left is None or (need.again is not None and need.again <= need.left)
        assert not need.is_reached or need.left == 0
    assert bool(told.unless) == ("pass.unreachable" in found.reasons)


def holds(history: History, found: Reach) -> int:
    """Fold what would have to come, for each mark: the average told is enough, a hundredth less is not. How often."""
    asked = 0
    for need in found.needs:
        for average, also in ((need.left, ()), (need.again, found.improvable)):
            coming = (*found.left, *also)
            if average is None:
                assert folded(history, coming, Decimal(100)) < need.at_least
            else:
                asked += 1
                assert folded(history, coming, average) >= need.at_least
                assert average == 0 or folded(history, coming, average - HUNDREDTH) < need.at_least
    return asked


def folded(history: History, coming: Sequence[UnitResult], average: Decimal) -> Decimal:
    """The whole, rounded, once each of these units came to the average; another attempt only where it helps."""
    status = AttendanceStatus(code="average", title="Average", weight=average / 100)
    programme = replace(history.programme, statuses=(*history.programme.statuses, status))
    held = {unit.unit for unit in coming if unit.kind == "session"}
    # A mark at a session to come would not count yet, so it is held at the moment.
    sessions = tuple(
        replace(one, starts_at=min(one.starts_at, history.as_of)) if str(one.id) in held else one
        for one in history.cohort.sessions
    )
    hypothetical = history._replace(programme=programme, cohort=replace(history.cohort, sessions=sessions))
    more = {unit.unit: _more(unit, average, history.as_of, number) for number, unit in enumerate(coming)}
    tried = result(*hypothetical._replace(evidence=[*history.evidence, *more.values()]))
    before = {unit.unit: unit.value for unit in coming}
    worse = {
        unit.unit
        for unit in units(tried)
        if (value := before.get(unit.unit)) is not None and unit.value is not None and unit.value < value
    }
    kept = [piece for unit, piece in more.items() if unit not in worse]
    whole = result(*hypothetical._replace(evidence=[*history.evidence, *kept])).figures.of_all
    assert whole is not None
    return rounded(whole)


def _more(unit: UnitResult, average: Decimal, as_of: datetime, number: int) -> Evidence:
    """The last word about a unit."""
    given: dict[str, Any] = {"score": average, "occurred_at": as_of if unit.kind == "module" else None}
    if unit.kind == "session":
        given = {"status": "average"}
    recorded = day(10_000)
    return Evidence(
        kind=unit.kind, unit=unit.unit, recorded_at=recorded, source="more", source_id=UUID(int=9000 + number), **given
    )
