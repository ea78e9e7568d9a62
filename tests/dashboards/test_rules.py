"""What the pages say, decided without a database."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.dashboards import rules
from lms.dashboards.rules import Asked, Average
from lms.programme.rules import Module, Programme
from lms.progress.rules import Evidence, Figures, Session
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
    said,
)

NOW = day(10)
OPEN, DUE_LATER, DUE_SOON = a_module(1), a_module(2, due_after_days=20), a_module(3, due_after_days=11)
LATE, LATE_AND_CLOSING = a_module(4, due_after_days=9), a_module(5, due_after_days=8, closes_after_days=12)
CLOSING, CLOSED = a_module(6, closes_after_days=11), a_module(7, closes_after_days=9)
PAST, NEXT, AFTER = a_session(9), a_session(11, starts_at=day(10.5)), a_session(12)


def next_step(*parts: Any, evidence: tuple[Evidence, ...] = (), has_attendance: bool = True) -> tuple[str, str]:
    """(step, title of its unit) with these modules and sessions and one assessment, at NOW."""
    modules = [part for part in parts if not isinstance(part, Session)]
    sessions = [part for part in parts if isinstance(part, Session)]
    attendance = [attendance_part(0)] if has_attendance else []
    programme = a_programme(modules_part(*modules, weight=50), assessment_part(weight=50), *attendance)
    found = proposed(programme, *evidence, cohort=a_cohort(*sessions))
    return found.step, found.unit.title if found.unit else ""


def proposed(programme: Programme, *evidence: Evidence, **given: Any) -> rules.NextStep:
    """What comes next at NOW."""
    result = fold(programme, *evidence, as_of=NOW, **given)
    return rules.next_step(result, first=rules.prerequisites(result, programme), now=NOW)


@pytest.mark.parametrize(
    ("parts", "evidence", "expected"),
    [
        ((OPEN, LATE, NEXT), (), ("overdue_module", "Modul 4")),
        ((LATE, LATE_AND_CLOSING), (), ("overdue_module", "Modul 5")),
        ((LATE_AND_CLOSING, LATE), (), ("overdue_module", "Modul 5")),
        ((LATE, OPEN), (said(number=4, completed=True),), ("module", "Modul 1")),
        ((LATE,), (said(score=100, number=4),), ("overdue_module", "Modul 4")),
        ((OPEN, DUE_LATER, DUE_SOON), (), ("module", "Modul 3")),
        ((OPEN, DUE_SOON, NEXT), (), ("session", "Sesi 11")),
        ((DUE_SOON, AFTER), (), ("module", "Modul 3")),
        ((CLOSING, DUE_LATER), (), ("module", "Modul 6")),
        ((AFTER, NEXT, PAST), (), ("session", "Sesi 11")),
        ((a_session(10),), (), ("session", "Sesi 10")),
        ((OPEN, PAST), (), ("module", "Modul 1")),
        ((CLOSED, PAST), (), ("mark", "Sesi 9")),
        ((CLOSED, PAST), (marked(PAST, "alpa"),), ("assessment", "ujian")),
        ((PAST,), (marked(PAST, "dinas"),), ("assessment", "ujian")),
        ((), (entered(50),), ("nothing", "")),
        ((CLOSED,), (entered(0),), ("nothing", "")),
    ],
)
def test_what_comes_next_is_the_most_pressing_thing(
    parts: tuple[Any, ...], evidence: tuple[Evidence, ...], expected: tuple[str, str]
) -> None:
    assert next_step(*parts, evidence=evidence) == expected


def test_of_two_with_the_same_date_the_one_that_stands_first_in_the_programme_comes_next() -> None:
    first, second = a_module(9, due_after_days=11), a_module(8, due_after_days=11)
    assert next_step(first, second) == ("module", "Modul 9")


def test_a_session_that_gives_no_points_is_told_as_well() -> None:
    assert next_step(NEXT, has_attendance=False) == ("session", "Sesi 11")


def waiting_for(*numbers: int, number: int, **given: Any) -> Module:
    return a_module(number, requires=tuple(a_module(wanted).iri for wanted in numbers), **given)


DONE_1, DONE_4 = said(number=1, completed=True), said(number=4, completed=True)


@pytest.mark.parametrize(
    ("modules", "evidence", "expected"),
    [
        # It waits for nothing that is left: for nothing, for what is done, or for what has closed without being done.
        ((OPEN, waiting_for(number=2, due_after_days=9)), (), ("overdue_module", "Modul 2", "")),
        ((OPEN, waiting_for(1, number=2, due_after_days=9)), (DONE_1,), ("overdue_module", "Modul 2", "")),
        ((CLOSED, waiting_for(7, number=2, due_after_days=9)), (), ("overdue_module", "Modul 2", "")),
        # Else what it waits for comes first, however pressing it is itself.
        ((OPEN, waiting_for(1, number=2, due_after_days=9)), (), ("module", "Modul 1", "Modul 2")),
        ((waiting_for(1, number=2, due_after_days=20), OPEN), (), ("module", "Modul 1", "Modul 2")),
        ((waiting_for(1, number=2), OPEN, DUE_SOON), (), ("module", "Modul 3", "")),
        ((waiting_for(1, number=2), OPEN), (), ("module", "Modul 1", "Modul 2")),
        # Of several, the most pressing one of those that wait for nothing.
        ((waiting_for(1, 4, number=2, due_after_days=8), OPEN, LATE), (), ("overdue_module", "Modul 4", "Modul 2")),
        ((waiting_for(1, 4, number=2, due_after_days=9), OPEN, LATE), (DONE_4,), ("module", "Modul 1", "Modul 2")),
        (
            (waiting_for(8, number=2, due_after_days=9), waiting_for(1, number=8, due_after_days=11), OPEN),
            (),
            ("module", "Modul 1", "Modul 2"),
        ),
        # In a middle that is done nothing is asked for any more.
        (
            (waiting_for(8, number=2, due_after_days=9), waiting_for(1, number=8), OPEN),
            (said(number=8, completed=True),),
            ("overdue_module", "Modul 2", ""),
        ),
    ],
)
def test_a_module_that_waits_for_others_is_not_proposed_before_them(
    modules: tuple[Module, ...], evidence: tuple[Evidence, ...], expected: tuple[str, str, str]
) -> None:
    found = proposed(a_programme(modules_part(*modules)), *evidence)
    assert found.unit is not None
    assert (found.step, found.unit.title, found.waits.title if found.waits else "") == expected


DAYS = st.none() | st.integers(5, 15)
SHAPES = st.lists(st.tuples(st.integers(0, 31), DAYS, DAYS), min_size=1, max_size=6)


def in_waiting(shapes: list[tuple[int, int | None, int | None]], *, upwards: bool) -> tuple[Module, ...]:
    """Modules that may wait for some with a lower number, by the bits of a number, with due and closing days."""
    made = [
        waiting_for(
            *(before for before in range(1, number) if bits >> before & 1),
            number=number,
            due_after_days=due,
            closes_after_days=closes,
        )
        for number, (bits, due, closes) in enumerate(shapes, start=1)
    ]
    return tuple(made if upwards else reversed(made))


@given(SHAPES, st.booleans(), st.sets(st.integers(1, 6)))
def test_what_is_proposed_never_waits_and_no_figure_knows_of_prerequisites(
    shapes: list[tuple[int, int | None, int | None]], upwards: bool, done: set[int]
) -> None:
    modules = in_waiting(shapes, upwards=upwards)
    evidence = [said(score=60, number=number, completed=True) for number in sorted(done)]
    programme = a_programme(modules_part(*modules))
    found, result = proposed(programme, *evidence), fold(programme, *evidence, as_of=NOW)
    outstanding = {unit.unit for unit in rules.units(result) if unit.outstanding}
    assert (found.unit is None) == (not outstanding)
    if found.unit is not None:
        (module,) = (one for one in modules if one.iri == found.unit.unit)
        assert found.unit.outstanding
        assert outstanding.isdisjoint(module.requires)
    free = a_programme(modules_part(*(replace(module, requires=()) for module in modules)))
    assert fold(free, *evidence, as_of=NOW) == result


@pytest.mark.parametrize(
    ("of_all", "best", "expected"),
    [
        ("70.01", "90", "reached"),
        ("100", "100", "reached"),
        ("70", "70.01", "open"),
        ("0", "100", "open"),
        ("70", "70", "out_of_reach"),
        (None, None, "none"),
    ],
)
def test_the_standing_compares_with_the_pass_mark(of_all: str | None, best: str | None, expected: str) -> None:
    figures = Figures(
        so_far=None,
        of_all=None if of_all is None else Decimal(of_all),
        best_possible=None if best is None else Decimal(best),
        counted=0,
        units=0,
    )
    assert rules.standing(figures, Decimal("70.01")) == expected


@pytest.mark.parametrize(
    ("total", "people", "expected"),
    [
        ("0", 0, None),
        ("0.00", 3, "0.00"),
        ("250.00", 3, "83.33"),
        ("200.00", 3, "66.67"),
        ("166.69", 2, "83.35"),
        ("300.00", 3, "100.00"),
    ],
)
def test_an_average_is_rounded_half_up(total: str, people: int, expected: str | None) -> None:
    figure = Average(total=Decimal(total), people=people).figure
    assert (None if figure is None else str(figure)) == expected


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        ({}, Asked()),
        ({"search": " ani ", "group": "A"}, Asked(search="ani", group="A")),
        ({"sort": "name"}, Asked(sort="name")),
        ({"sort": "-of_all"}, Asked(sort="of_all", descending=True)),
        ({"sort": "-c.mooc"}, Asked(sort="c.mooc", descending=True)),
        ({"sort": "c.nothing"}, Asked()),
        ({"sort": "-password"}, Asked()),
        ({"sort": "name", "after": "ani~rahma~7"}, Asked(sort="name", after=("ani~rahma", 7))),
        ({"sort": "of_all", "after": "83.75~7"}, Asked(sort="of_all", after=("83.75", 7))),
        ({"sort": "of_all", "after": "-1.00~7"}, Asked(sort="of_all", after=("-1.00", 7))),
        ({"sort": "of_all", "after": "NaN~7"}, Asked(sort="of_all")),
        ({"sort": "of_all", "after": "1e9~7"}, Asked(sort="of_all")),
        ({"after": "4~4"}, Asked(after=("4", 4))),
        ({"after": "~99999999999999999999"}, Asked()),
        ({"after": "~²"}, Asked()),
        ({"after": "7"}, Asked()),
    ],
)
def test_an_address_asks_for_a_list_and_anything_unknown_is_as_if_it_were_not_there(
    args: dict[str, str], expected: Asked
) -> None:
    assert rules.asked(args, paths=["mooc"]) == expected


@given(st.text(st.characters(exclude_characters="\0", codec="utf-8")), st.integers(0, 10**9 - 1))
def test_a_cursor_reads_back_as_it_was_written(key: str, position: int) -> None:
    args = {"sort": "name", "after": rules.cursor(key, position)}
    assert rules.asked(args, paths=[]).after == (key, position)


@given(st.none() | st.decimals(0, 100, places=2), st.integers(0, 10**6))
def test_a_cursor_of_a_figure_reads_back_as_it_was_written(figure: Decimal | None, position: int) -> None:
    key = Decimal("-1.00") if figure is None else figure
    asked = rules.asked({"sort": "so_far", "after": rules.cursor(key, position)}, paths=[])
    assert asked.after is not None
    assert (Decimal(asked.after[0]), asked.after[1]) == (key, position)
