"""A module, from the statements about it."""

from datetime import UTC, datetime, timedelta
from decimal import Context, Decimal
from uuid import UUID

import pytest

from lms.programme.rules import Programme
from lms.progress.rules import Evidence
from tests.progress.folds import (
    START,
    a_cohort,
    a_module,
    a_programme,
    day,
    fold,
    modules_part,
    only_unit,
    said,
    whys,
)

SECOND = timedelta(seconds=1)


def one_module(**given: object) -> Programme:
    return a_programme(modules_part(a_module(**given)))


@pytest.mark.parametrize(
    ("attempts", "value", "best"),
    [
        ("best", "90", "100"),
        ("last", "60", "100"),
        ("first", "50", "50"),
        ("mean", "66.67", "75.00"),
    ],
)
def test_attempts_says_what_several_scores_come_to(attempts: str, value: str, best: str) -> None:
    pieces = [said(day(3), 60), said(day(1), 50), said(day(2), 90), said(day(4))]
    unit = only_unit(fold(one_module(attempts=attempts), *pieces))
    assert unit.value is not None
    assert (round(unit.value, 2), round(unit.best_value, 2)) == (Decimal(value), Decimal(best))


@pytest.mark.parametrize("attempts", ["best", "last", "first", "mean"])
def test_without_a_score_there_is_no_value_and_the_best_is_100(attempts: str) -> None:
    unit = only_unit(fold(one_module(attempts=attempts), said(completed=True)))
    assert (unit.value, unit.best_value, unit.counts) == (None, 100, False)


@pytest.mark.parametrize("attempts", ["best", "last", "first", "mean"])
def test_once_closed_no_further_attempt_is_possible(attempts: str) -> None:
    programme = one_module(attempts=attempts, closes_after_days=5)
    unit = only_unit(fold(programme, said(day(1), 40), as_of=day(5)))
    assert (unit.value, unit.best_value, unit.closed) == (40, 40, True)
    assert only_unit(fold(programme, as_of=day(5))).best_value == 0


def test_a_score_of_nothing_is_a_score() -> None:
    unit = only_unit(fold(one_module(attempts="first"), said(score=0)))
    assert (unit.value, unit.best_value, unit.counts) == (0, 0, True)


@pytest.mark.parametrize(
    ("claims", "completed"),
    [
        ([], False),
        ([None], False),
        ([True], True),
        ([True, None], True),
        ([True, False], False),
        ([False, True], True),
        ([True, False, None], False),
        ([True, False, True], True),
    ],
)
def test_completion_is_the_last_word_said_on_it(claims: list[bool | None], completed: bool) -> None:
    pieces = [said(day(number), completed=claim) for number, claim in enumerate(claims, start=1)]
    assert only_unit(fold(one_module(), *reversed(pieces))).completed is completed


@pytest.mark.parametrize(
    ("attempts", "scores", "passed"),
    [
        ("best", [69], False),
        ("best", [70], True),
        ("best", [70, 20], True),
        ("last", [70, 20], False),
        ("first", [20, 70], False),
        ("mean", ["69.99", 70, "70.01"], True),
        ("mean", [70, 70, "69.99"], False),
    ],
)
def test_a_pass_mark_follows_the_score(attempts: str, scores: list[int | str], passed: bool) -> None:
    pieces = [said(day(number), score) for number, score in enumerate(scores, start=1)]
    assert only_unit(fold(one_module(attempts=attempts, pass_mark=Decimal(70)), *pieces)).passed is passed


def test_a_pass_mark_of_nothing_still_needs_a_score() -> None:
    programme = one_module(pass_mark=Decimal(0))
    assert not only_unit(fold(programme, said(completed=True))).passed
    assert only_unit(fold(programme, said(score=0))).passed


def test_the_noise_of_divisions_fails_nobody() -> None:
    # 69 1/3, 70 1/3 and 70 1/3 are 70 on average, but each of them has been cut at the 45th digit.
    cut = Context(prec=45)
    pieces = [said(score=str(cut.divide(Decimal(thirds), Decimal(3)))) for thirds in (208, 211, 211)]
    unit = only_unit(fold(one_module(attempts="mean", pass_mark=Decimal(70)), *pieces))
    assert unit.value is not None
    assert unit.value < 70
    assert unit.passed


def test_a_module_without_a_pass_mark_is_passed_by_a_statement_only() -> None:
    assert not only_unit(fold(one_module(), said(score=100))).passed
    assert only_unit(fold(one_module(), said(passed=True))).passed


def test_a_pass_that_was_stated_outlasts_lower_scores_and_uncompleting() -> None:
    programme = one_module(attempts="last", pass_mark=Decimal(70))
    unit = only_unit(fold(programme, said(day(1), passed=True), said(day(2), 10, completed=False)))
    assert (unit.passed, unit.completed) == (True, False)


def test_only_voiding_takes_a_stated_pass_back() -> None:
    assert not only_unit(fold(one_module(), said(passed=True, voided=True))).passed


@pytest.mark.parametrize(
    ("complete_when", "completed", "passed", "done"),
    [
        ("completed", True, None, True),
        ("completed", None, True, False),
        ("passed", True, None, False),
        ("passed", None, True, True),
        ("completed_and_passed", True, None, False),
        ("completed_and_passed", None, True, False),
        ("completed_and_passed", True, True, True),
    ],
)
def test_complete_when_says_what_is_done(
    complete_when: str, completed: bool | None, passed: bool | None, done: bool
) -> None:
    unit = only_unit(fold(one_module(complete_when=complete_when), said(completed=completed, passed=passed)))
    assert (unit.done, unit.outstanding) == (done, not done)


@pytest.mark.parametrize(
    ("piece", "why"),
    [
        (said(START), ""),
        (said(START - SECOND), "before_start"),
        (said(day(5)), ""),
        (said(day(5) + SECOND), "after_closing"),
        (said(day(2), voided=True), "voided"),
        (said(START - SECOND, voided=True), "voided"),
        (said(occurred_at=None, recorded_at=day(2)), ""),
        (said(occurred_at=None, recorded_at=day(6)), "after_closing"),
    ],
)
def test_each_statement_says_why_it_does_not_count(piece: Evidence, why: str) -> None:
    assert whys(fold(one_module(closes_after_days=5), piece)) == [why]


def test_what_is_dated_later_than_the_moment_does_not_count_yet() -> None:
    piece = said(day(2), 80, completed=True)
    assert whys(fold(one_module(), piece, as_of=day(2) - SECOND)) == ["later"]
    assert whys(fold(one_module(), piece, as_of=day(2))) == [""]


def test_a_statement_stored_after_the_moment_but_dated_before_counts() -> None:
    assert whys(fold(one_module(), said(day(2), recorded_at=day(50)), as_of=day(3))) == [""]


def test_equal_claims_count_once_and_the_first_in_order_is_the_one() -> None:
    pieces = [
        said(day(1), score, recorded_at=day(stored), claim=c) for stored, score, c in ((3, 50, "a"), (2, 50, "a"))
    ]
    found = fold(one_module(attempts="mean"), *pieces, said(day(2), 80, claim="b"))
    unit = only_unit(found)
    assert (unit.value, whys(found)) == (65, ["", "repeat", ""])
    assert unit.evidence[0].evidence.recorded_at == day(2)


def test_statements_without_a_claim_are_never_taken_for_repeats() -> None:
    assert whys(fold(one_module(), said(score=50), said(score=50))) == ["", ""]


def test_voided_statements_are_out_before_repeats_are_told() -> None:
    first = said(day(1), 50, recorded_at=day(2), claim="a", voided=True)
    second = said(day(1), 50, recorded_at=day(3), claim="a")
    found = fold(one_module(), second, first)
    assert (whys(found), only_unit(found).value) == (["voided", ""], 50)


def test_one_claim_about_two_modules_counts_for_both() -> None:
    programme = a_programme(modules_part(a_module(1), a_module(2)))
    found = fold(programme, said(score=50, claim="a"), said(score=50, claim="a", number=2))
    assert found.figures.of_all == 50


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"occurred_at": day(1)}, {"occurred_at": day(2), "recorded_at": day(1)}),
        ({"recorded_at": day(1)}, {"recorded_at": day(2), "source_id": UUID(int=0)}),
        ({"source_id": UUID(int=1)}, {"source_id": UUID(int=2)}),
    ],
)
def test_order_is_timestamp_then_stored_then_id(first: dict[str, object], second: dict[str, object]) -> None:
    pieces = [said(score=90, **second), said(score=40, **first)]
    assert only_unit(fold(one_module(attempts="last"), *pieces)).value == 90


def test_due_and_closed_are_reached_at_the_very_moment() -> None:
    programme = one_module(due_after_days=4, closes_after_days=6)
    before, due, late, closed = (
        only_unit(fold(programme, as_of=moment)) for moment in (day(4) - SECOND, day(4), day(6) - SECOND, day(6))
    )
    assert [(unit.due, unit.closed) for unit in (before, due, late, closed)] == [
        (False, False),
        (True, False),
        (True, False),
        (True, True),
    ]
    assert [unit.counts for unit in (before, due, late, closed)] == [False, True, True, True]
    assert [unit.outstanding for unit in (before, due, late, closed)] == [True, True, True, False]


def test_a_late_attempt_counts_until_the_module_closes() -> None:
    unit = only_unit(fold(one_module(due_after_days=4), said(day(30), 80)))
    assert (unit.value, unit.due, unit.best_value) == (80, True, 100)


@pytest.mark.parametrize(
    ("closes_after_days", "ends_at", "closes_at"),
    [
        (None, None, None),
        (5, None, day(5)),
        (None, day(9), day(9)),
        (5, day(9), day(5)),
        (9, day(5), day(5)),
    ],
)
def test_a_module_closes_by_its_days_or_with_the_cohort(
    closes_after_days: int | None, ends_at: datetime | None, closes_at: datetime | None
) -> None:
    programme = one_module(closes_after_days=closes_after_days)
    assert only_unit(fold(programme, cohort=a_cohort(ends_at=ends_at))).closes_at == closes_at


@pytest.mark.parametrize(
    ("time_zone", "starts_at", "days", "due_at"),
    [
        # Berlin puts its clocks forward on 29 March 2026: the same time of day is an hour earlier in UTC.
        ("Europe/Berlin", datetime(2026, 3, 28, 7, tzinfo=UTC), 1, datetime(2026, 3, 29, 6, tzinfo=UTC)),
        ("Europe/Berlin", datetime(2026, 10, 24, 6, tzinfo=UTC), 1, datetime(2026, 10, 25, 7, tzinfo=UTC)),
        ("Asia/Jayapura", datetime(2026, 3, 28, 7, tzinfo=UTC), 1, datetime(2026, 3, 29, 7, tzinfo=UTC)),
        # The second 02:30 of that night stays the second one when no day passes.
        ("Europe/Berlin", datetime(2026, 10, 25, 1, 30, tzinfo=UTC), 0, datetime(2026, 10, 25, 1, 30, tzinfo=UTC)),
    ],
)
def test_days_are_whole_local_days_at_the_same_time_of_day(
    time_zone: str, starts_at: datetime, days: int, due_at: datetime
) -> None:
    cohort = a_cohort(starts_at=starts_at, time_zone=time_zone)
    assert only_unit(fold(one_module(due_after_days=days), cohort=cohort)).due_at == due_at


def test_a_piece_told_twice_is_one_piece_and_voided_if_any_copy_says_so() -> None:
    piece = said(score=50)
    voided = said(score=50, source_id=piece.source_id, voided=True)
    programme = one_module(attempts="mean")
    assert whys(fold(programme, piece, piece)) == [""]
    assert whys(fold(programme, voided, piece)) == whys(fold(programme, piece, voided)) == ["voided"]


def test_a_unit_says_what_it_is() -> None:
    module = a_module(jp=Decimal(6))
    unit = only_unit(fold(a_programme(modules_part(module))))
    assert (unit.kind, unit.unit, unit.title, unit.jp) == ("module", module.iri, "Modul 1", 6)
