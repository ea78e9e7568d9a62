"""An explanation comes out at the very figure that it explains, line by line."""

from decimal import Decimal, localcontext

from hypothesis import given

from lms.dashboards import explanation, rules
from lms.dashboards.explanation import FIGURES, Receipt
from lms.progress.rules import EXACT, ComponentResult, Result, flattened, result
from tests.progress.folds import (
    a_cohort,
    a_module,
    a_programme,
    a_session,
    assessment_part,
    attendance_part,
    entered,
    fold,
    marked,
    modules_part,
    parent_part,
    part,
    said,
)
from tests.progress.histories import History, histories


def receipts(found: Result, component: ComponentResult | None = None) -> dict[str, Receipt]:
    return {one.name: one for one in explanation.receipts(explanation.parts_of(found, component))}


@given(histories())
def test_every_figure_of_every_history_is_explained(history: History) -> None:
    found = result(*history)
    for component in (None, *flattened(found.components)):
        figures = rules.shown((component or found).figures)
        explained = receipts(found, component)
        assert {name: explained[name].figure for name in FIGURES} == {name: getattr(figures, name) for name in FIGURES}


@given(histories())
def test_the_lines_add_up_to_the_sum_and_the_weights_to_the_divisor(history: History) -> None:
    found = result(*history)
    for component in (None, *flattened(found.components)):
        for receipt in receipts(found, component).values():
            terms = [term for term in receipt.terms if term.value is not None]
            with localcontext(EXACT):
                products = sum((term.product for term in terms if term.product is not None), Decimal(0))
                assert abs(products - receipt.products) <= Decimal("1E-28") * (len(terms) + 1)
                assert sum((term.weight for term in terms), Decimal(0)) == receipt.weights


@given(histories())
def test_every_unit_is_reached_from_the_whole_by_following_parts(history: History) -> None:
    found, reached = result(*history), []
    waiting = list(explanation.parts_of(found, None))
    while waiting:
        one = waiting.pop()
        if one.component is not None:
            waiting += explanation.parts_of(found, one.component)
        else:
            reached.append(one.unit)
    outside = set(map(id, found.sessions_outside))
    assert {id(unit) for unit in reached} == {id(unit) for unit in rules.units(found)} - outside


def test_a_worked_example_reads_as_one_would_write_it() -> None:
    modules = modules_part(
        a_module(1, jp=Decimal(6)), a_module(2, jp=Decimal(3)), a_module(3, jp=Decimal(1), due_after_days=1), weight=50
    )
    programme = a_programme(parent_part("akademik", 60, modules, assessment_part(weight=50)), assessment_part("b", 40))
    found = fold(programme, said(score=80, number=1), entered(70, path="akademik.ujian"))
    mooc = receipts(found, part(found, "akademik.mooc"))
    lines = [(str(term.weight), term.value, term.product) for term in mooc["so_far"].terms]
    assert lines == [("6", Decimal(80), Decimal(480)), ("3", None, None), ("1", Decimal(0), Decimal(0))]
    assert [(one.products, one.weights, str(one.figure)) for one in mooc.values()] == [
        (Decimal(480), Decimal(7), "68.57"),
        (Decimal(480), Decimal(10), "48.00"),
        (Decimal(1000), Decimal(10), "100.00"),
    ]
    whole = receipts(found)
    assert [str(one.figure) for one in whole.values()] == ["69.29", "35.40", "91.00"]
    assert whole["so_far"].terms[1].value is None


def test_a_session_left_out_of_the_count_stands_in_no_figure() -> None:
    present, away = a_session(1), a_session(2)
    programme = a_programme(attendance_part(100))
    found = fold(programme, marked(present, "terlambat"), marked(away, "dinas"), cohort=a_cohort(present, away))
    explained = receipts(found, part(found, "hadir"))
    assert [[term.value for term in one.terms] for one in explained.values()] == [[Decimal(50), None]] * 3
    assert [explanation.parts_of(found, part(found, "hadir"))[index].missing for index in (0, 1)] == [False, False]


def test_what_has_no_value_is_told_from_a_zero() -> None:
    found = fold(a_programme(modules_part(a_module(1), a_module(2))), said(score=0, number=1))
    assert [one.missing for one in explanation.parts_of(found, found.components[0])] == [False, True]


def test_a_mean_of_three_thirds_is_shown_without_the_noise_of_cut_divisions() -> None:
    third = modules_part(a_module(1, jp=Decimal(3), attempts="mean"))
    found = fold(a_programme(third), *(said(score=score) for score in ("33", "33", "34.01")))
    term = receipts(found, found.components[0])["of_all"].terms[0]
    assert term.value == Decimal("33.336666666666666666666666666667")
    assert term.product == Decimal("100.01")
