"""The three figures, and what is read from them."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

import pytest

from lms.programme.rules import AbsenceLimit, Component, Predicate
from lms.progress.rules import Evidence, Figures, Outstanding, assessment_unit, rounded
from tests.progress.folds import (
    COHORT_ID,
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
    parent_part,
    part,
    said,
)


def three(figures: Figures) -> tuple[Decimal | None, ...]:
    return tuple(
        None if figure is None else rounded(figure)
        for figure in (figures.so_far, figures.of_all, figures.best_possible)
    )


@pytest.mark.parametrize(
    ("figure", "shown"),
    [
        ("82.125", "82.13"),
        ("82.124999999999999999999999999", "82.12"),
        ("82.12499999999999999999999999999999999999999999999", "82.13"),
        ("82.12500000000000000000000000000000000000000000001", "82.13"),
        ("82.135", "82.14"),
        ("0.005", "0.01"),
        ("70.00999999999999999999999999999999999999999999999", "70.01"),
        ("100", "100.00"),
        ("0", "0.00"),
    ],
)
def test_rounding_is_half_up_once_the_noise_is_settled(figure: str, shown: str) -> None:
    assert str(rounded(Decimal(figure))) == shown


def test_rounding_knows_other_numbers_of_places() -> None:
    assert str(rounded(Decimal("82.125"), 0)) == "82"
    assert str(rounded(Decimal("82.5"), 0)) == "83"


def test_modules_weigh_by_jp_and_count_when_scored_due_or_closed() -> None:
    modules = (
        a_module(1, jp=Decimal(6)),
        a_module(2, jp=Decimal(3), due_after_days=5),
        a_module(3, jp=Decimal(2), closes_after_days=5),
        a_module(4, jp=Decimal(1)),
    )
    found = fold(a_programme(modules_part(*modules)), said(score=80))
    assert three(found.figures) == (Decimal("43.64"), Decimal("40.00"), Decimal("83.33"))
    assert (found.figures.counted, found.figures.units) == (3, 4)


def test_nothing_is_rounded_before_the_last_step() -> None:
    modules = [a_module(number) for number in (1, 2, 3)]
    programme = a_programme(modules_part(*modules, weight=50), assessment_part(weight=50))
    # 2/3 of 100 is 66.666…, and half of it with half of 66.66 is 66.6633…; rounding first would make 66.665, so 66.67.
    found = fold(programme, said(score=100), said(score=100, number=2), entered("66.66"))
    assert rounded(found.figures.of_all or Decimal(0)) == Decimal("66.66")


def test_components_weigh_by_their_weights() -> None:
    programme = a_programme(assessment_part("a", 20), assessment_part("b", "79.5"), assessment_part("c", "0.5"))
    found = fold(programme, entered(90, path="a"), entered(60, path="b"))
    assert three(found.figures) == (Decimal("66.03"), Decimal("65.70"), Decimal("66.20"))
    assert (found.figures.counted, found.figures.units) == (2, 3)


EMPTY = modules_part(key="kosong", weight=60)


@pytest.mark.parametrize(
    ("parts", "figures"),
    [
        ((EMPTY, assessment_part(weight=40)), ("80.00", "80.00", "80.00")),
        ((parent_part("induk", 60, EMPTY), assessment_part(weight=40)), ("80.00", "80.00", "80.00")),
        ((attendance_part(60), assessment_part(weight=40)), ("80.00", "80.00", "80.00")),
        ((assessment_part(weight=100), attendance_part(0)), ("80.00", "80.00", "80.00")),
        ((assessment_part(weight=0), assessment_part("lain", 100)), (None, "0.00", "100.00")),
        ((assessment_part(weight=0), modules_part(key="kosong", weight=100)), (None, None, None)),
        ((modules_part(a_module(jp=Decimal(0)), weight=60), assessment_part(weight=40)), ("80.00", "80.00", "80.00")),
    ],
)
def test_what_has_no_figure_is_left_out_and_the_other_weights_are_scaled_up(
    parts: tuple[Component, ...], figures: tuple[str | None, ...]
) -> None:
    found = fold(a_programme(*parts), entered(80))
    assert three(found.figures) == tuple(None if figure is None else Decimal(figure) for figure in figures)


def test_a_component_of_weight_0_has_figures_of_its_own_and_none_in_the_whole() -> None:
    session = a_session()
    programme = a_programme(assessment_part(weight=100), attendance_part(0))
    found = fold(programme, entered(80), marked(session, "alpa"), cohort=a_cohort(session))
    assert three(part(found, "hadir").figures) == (0, 0, 0)
    assert three(found.figures) == (80, 80, 80)
    assert found.completion == 0


def test_a_parents_figures_are_the_weighted_means_of_its_parts() -> None:
    parent = parent_part("akademik", 50, modules_part(a_module(), weight=30), assessment_part(weight=70))
    found = fold(a_programme(parent, assessment_part("sikap", 50)), said(score=40), entered(80, path="akademik.ujian"))
    assert three(part(found, "akademik").figures) == (68, 68, 86)
    assert three(found.figures) == (68, 34, 93)
    assert (part(found, "akademik").figures.counted, part(found, "akademik").figures.units) == (2, 2)
    assert [one.path for one in part(found, "akademik").components] == ["akademik.mooc", "akademik.ujian"]


def test_so_far_is_scaled_over_what_has_begun_inside_a_parent() -> None:
    parent = parent_part("akademik", 50, modules_part(a_module(), weight=30), assessment_part(weight=70))
    found = fold(a_programme(parent, assessment_part("sikap", 50)), entered(80, path="akademik.ujian"))
    assert three(part(found, "akademik").figures) == (80, 56, 86)


def test_completion_is_jp_done_of_modules_and_sessions() -> None:
    session = a_session(jp=Decimal(5))
    programme = a_programme(
        modules_part(a_module(jp=Decimal(2)), a_module(2, jp=Decimal(3)), weight=100), attendance_part()
    )
    found = fold(programme, said(completed=True), marked(session, "hadir"), cohort=a_cohort(session))
    assert (found.jp_done, found.jp_total, found.completion) == (7, 10, 70)


def test_without_jp_there_is_no_completion() -> None:
    assert fold(a_programme(assessment_part()), entered(80)).completion is None


WHOLE = [
    ("90", "Baik"),
    ("80.01", "Baik"),
    ("80.005", "Baik"),
    ("80.0049", "Cukup"),
    ("70.01", "Cukup"),
    ("70.005", "Cukup"),
    ("70", "Kurang"),
    ("0", "Kurang"),
]


@pytest.mark.parametrize(("score", "predicate"), WHOLE)
def test_the_band_is_read_from_the_rounded_figure(score: str, predicate: str) -> None:
    assert fold(a_programme(assessment_part()), entered(score)).predicate == predicate


def test_the_order_of_bands_means_nothing() -> None:
    bands = tuple(Predicate(name=name, at_least=Decimal(at)) for name, at in (("b", 50), ("c", 0), ("a", 80)))
    programme = a_programme(assessment_part(), predicates=bands)
    assert [fold(programme, entered(score)).predicate for score in (90, 60, 10)] == ["a", "b", "c"]


def test_there_is_no_predicate_without_bands_or_below_the_lowest() -> None:
    assert fold(a_programme(assessment_part(), predicates=()), entered(90)).predicate is None
    high = (Predicate(name="a", at_least=Decimal(80)),)
    assert fold(a_programme(assessment_part(), predicates=high), entered(70)).predicate is None


@pytest.mark.parametrize(
    ("score", "reasons", "status"),
    [
        ("70.01", (), "eligible"),
        ("70.005", (), "eligible"),
        ("70.00", ("pass.below", "pass.unreachable"), "review"),
    ],
)
def test_the_pass_mark_is_read_from_the_rounded_figures(score: str, reasons: tuple[str, ...], status: str) -> None:
    found = fold(a_programme(assessment_part()), entered(score))
    assert (found.reasons, found.status) == (reasons, status)


def test_below_the_pass_mark_with_something_outstanding_is_no_reason_while_it_can_be_reached() -> None:
    found = fold(a_programme(assessment_part("a", 50), assessment_part("b", 50)), entered(60, path="a"))
    assert (found.reasons, found.status, found.predicate) == ((), "in_progress", None)


def test_a_pass_mark_out_of_reach_is_a_reason_before_all_is_in() -> None:
    found = fold(a_programme(assessment_part("a", 50), assessment_part("b", 50)), entered(40, path="a"))
    assert (found.reasons, found.status, found.predicate) == (("pass.unreachable",), "review", None)


def test_a_done_module_that_may_be_repeated_is_below_but_not_out_of_reach() -> None:
    found = fold(a_programme(modules_part(a_module())), said(score=50, completed=True))
    assert (found.reasons, found.predicate) == (("pass.below",), "Kurang")


def test_a_closed_module_that_is_not_done_is_a_reason_and_no_longer_outstanding() -> None:
    programme = a_programme(modules_part(a_module(closes_after_days=5)))
    found = fold(programme, said(score=90))
    assert (found.reasons, found.status, found.predicate) == (("module.closed",), "review", "Baik")
    assert found.outstanding == Outstanding(modules=0, sessions=0, assessments=0)
    assert fold(programme, said(score=90, completed=True)).reasons == ()


def test_all_reasons_stand_in_their_fixed_order() -> None:
    sessions = [a_session(number) for number in (1, 2)]
    limit = AbsenceLimit(sessions=0, jp=Decimal(0), days=0)
    programme = a_programme(modules_part(a_module(closes_after_days=5)), attendance_part(), absence_limit=limit)
    found = fold(programme, *(marked(one, "alpa") for one in sessions), cohort=a_cohort(*sessions))
    assert found.reasons == (
        "absence.sessions",
        "absence.jp",
        "absence.days",
        "module.closed",
        "pass.below",
        "pass.unreachable",
    )


def test_outstanding_is_told_by_kind() -> None:
    programme = a_programme(
        modules_part(a_module(1), a_module(2), weight=50), assessment_part(weight=50), attendance_part()
    )
    found = fold(programme, said(completed=True), cohort=a_cohort(*(a_session(number) for number in (1, 2, 3))))
    assert found.outstanding == Outstanding(modules=1, sessions=3, assessments=1)


@pytest.mark.parametrize(
    ("evidence", "as_of", "valid_until"),
    [
        ((), day(0), day(5)),
        ((), day(5), day(9)),
        ((), day(9), None),
        ((said(day(3)),), day(0), day(3)),
        ((said(day(3), voided=True),), day(0), day(5)),
        ((said(day(10)),), day(9), None),
        ((said(day(3), number=2),), day(0), day(5)),
        ((entered(80, occurred_at=day(2)),), day(0), day(2)),
        ((entered(80),), day(0), day(5)),
        ((entered(80, path="lain", occurred_at=day(2)),), day(0), day(5)),
        ((entered(80, occurred_at=day(2), voided=True),), day(0), day(5)),
        ((marked(a_session(2), "hadir"),), day(0), day(2)),
        ((marked(a_session(2), "hadir", voided=True),), day(0), day(5)),
        ((marked(a_session(4), "hadir"),), day(0), day(5)),
    ],
)
def test_a_result_is_valid_until_the_clock_alone_may_change_it(
    evidence: tuple[Evidence, ...], as_of: datetime, valid_until: datetime | None
) -> None:
    module = a_module(due_after_days=5, closes_after_days=9)
    programme = a_programme(modules_part(module, weight=50), assessment_part(weight=50), attendance_part())
    found = fold(programme, *evidence, cohort=a_cohort(a_session(2), a_session(3)), as_of=as_of)
    assert found.valid_until == valid_until


def test_the_cohorts_end_is_such_a_moment() -> None:
    programme = a_programme(modules_part(a_module()))
    assert fold(programme, cohort=a_cohort(ends_at=day(30)), as_of=day(1)).valid_until == day(30)


def test_an_assessments_key_names_the_cohort_and_the_path() -> None:
    keys = {assessment_unit(cohort, path) for cohort in (COHORT_ID, UUID(int=8)) for path in ("a", "a.b")}
    assert len(keys) == 4
