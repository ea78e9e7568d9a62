"""What is told of two results of one participant: a table of single changes, and what holds for every two versions."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lms.programme.rules import AbsenceLimit, AttendanceStatus, Component, Predicate, Programme
from lms.progress.comparison import Compared, Side, compared, tally
from lms.progress.rules import Evidence, plan, result_in
from tests.progress.folds import (
    STATUSES,
    a_cohort,
    a_module,
    a_programme,
    a_session,
    assessment_part,
    attendance_part,
    day,
    entered,
    marked,
    modules_part,
    parent_part,
    said,
)
from tests.progress.histories import History, histories, programmes

SESSIONS = (a_session(1), a_session(2))
COHORT = a_cohort(*SESSIONS)
EVIDENCE = (
    said(day(1), 90, completed=True),
    said(day(5), 60),
    marked(SESSIONS[0], "terlambat"),
    marked(SESSIONS[1], "alpa"),
    entered(80),
)


def version(
    *, modules: Component | None = None, weights: tuple[int, int, int] = (50, 20, 30), **given: Any
) -> Programme:
    mooc, hadir, ujian = weights
    part = modules or modules_part(a_module(1))
    return a_programme(
        replace(part, weight=Decimal(mooc)), attendance_part(hadir), assessment_part(weight=ujian), **given
    )


def both(before: Programme, after: Programme, *evidence: Evidence) -> Compared:
    plans = [plan(one, COHORT) for one in (before, after)]
    sides = [Side(plan=one, result=result_in(one, evidence or EVIDENCE, None, day(100))) for one in plans]
    return compared(*sides)


def told(found: Compared) -> list[tuple[object, ...]]:
    return [(one.cause, one.subject, one.before, one.after, one.was, one.comes, one.count) for one in found.why]


def statuses(code: str, **given: Any) -> tuple[AttendanceStatus, ...]:
    return tuple(replace(one, **given) if one.code == code else one for one in STATUSES)


D = Decimal
CASES: dict[str, tuple[Programme, Programme, list[tuple[object, ...]]]] = {
    "weights": (
        version(),
        version(weights=(60, 10, 30)),
        [
            ("component.weight", "mooc", D(50), D(60), None, None, 0),
            ("component.weight", "hadir", D(20), D(10), None, None, 0),
        ],
    ),
    "attempts": (
        version(),
        version(modules=modules_part(a_module(1, attempts="last"))),
        [("module.attempts", "Modul 1", "best", "last", D(90), D(60), 0)],
    ),
    "a closing that one statement comes after": (
        version(modules=modules_part(a_module(1, attempts="last"))),
        version(modules=modules_part(a_module(1, attempts="last", closes_after_days=4))),
        [("module.closes", "Modul 1", None, day(4), D(60), D(90), 1)],
    ),
    "attempts of a module that has one and is closed": (
        version(modules=modules_part(a_module(1, closes_after_days=4))),
        version(modules=modules_part(a_module(1, closes_after_days=4, attempts="first")), pass_mark=D(90)),
        [("pass_mark", "", D("70.01"), D(90), None, None, 0)],
    ),
    "a module more": (
        version(),
        version(modules=modules_part(a_module(1), a_module(2))),
        [("module.added", "Modul 2", None, None, None, None, 0)],
    ),
    "a module less": (
        version(modules=modules_part(a_module(1), a_module(2))),
        version(modules=modules_part(a_module(2))),
        [("module.removed", "Modul 1", None, None, D(90), None, 0)],
    ),
    "what a module weighs": (
        version(modules=modules_part(a_module(1), a_module(2))),
        version(modules=modules_part(a_module(1, jp=D(3)), a_module(2))),
        [("module.jp", "Modul 1", D(1), D(3), None, None, 0)],
    ),
    "when a module is done": (
        version(),
        version(modules=modules_part(a_module(1, complete_when="passed"))),
        [("module.complete_when", "Modul 1", "completed", "passed", None, None, 0)],
    ),
    "a module's pass mark": (
        version(modules=modules_part(a_module(1, complete_when="passed", pass_mark=D(80)))),
        version(modules=modules_part(a_module(1, complete_when="passed", pass_mark=D(95)))),
        [("module.pass_mark", "Modul 1", D(80), D(95), None, None, 0)],
    ),
    "a status counts more": (
        version(),
        version(statuses=statuses("terlambat", weight=D("0.75"))),
        [("status.weight", "Terlambat", D(50), D(75), None, None, 1)],
    ),
    "a status counts more where attendance is no points": (
        version(weights=(70, 0, 30)),
        version(weights=(70, 0, 30), statuses=statuses("terlambat", weight=D("0.75"))),
        [],
    ),
    "a status is no longer there": (
        version(),
        version(statuses=tuple(one for one in STATUSES if one.code != "alpa")),
        [("status.removed", "Alpa", None, None, None, None, 1)],
    ),
    "a status is no absence": (
        version(absence_limit=AbsenceLimit(sessions=0)),
        version(absence_limit=AbsenceLimit(sessions=0), statuses=statuses("alpa", absent=False)),
        [("status.absent", "Alpa", "yes", "no", None, None, 1)],
    ),
    "a limit": (
        version(),
        version(absence_limit=AbsenceLimit(sessions=0)),
        [("limit.sessions", "", None, 0, None, None, 0)],
    ),
    "a limit that nobody reaches": (version(), version(absence_limit=AbsenceLimit(sessions=1)), []),
    "the pass mark": (version(), version(pass_mark=D(90)), [("pass_mark", "", D("70.01"), D(90), None, None, 0)]),
    "the bands": (
        version(),
        version(predicates=(Predicate(name="Sah", at_least=D(0)),)),
        [("predicates", "", "Baik 80.01, Cukup 70.01, Kurang 0", "Sah 0", None, None, 0)],
    ),
    "a component more, to which the others give in proportion": (
        version(weights=(50, 20, 30)),
        a_programme(
            modules_part(a_module(1), weight=25),
            attendance_part(10),
            assessment_part(weight=15),
            assessment_part("sikap", 50),
        ),
        [("component.added", "sikap", None, D(50), None, None, 0)],
    ),
    "a module elsewhere": (
        version(
            modules=parent_part(
                "akademik", 50, modules_part(a_module(1), key="a", weight=90), modules_part(key="b", weight=10)
            )
        ),
        version(
            modules=parent_part(
                "akademik", 50, modules_part(key="a", weight=90), modules_part(a_module(1, jp=D(2)), key="b", weight=10)
            )
        ),
        [
            ("module.moved", "Modul 1", "a", "b", None, None, 0),
            ("module.jp", "Modul 1", D(1), D(2), None, None, 0),
        ],
    ),
}


@pytest.mark.parametrize("what", CASES)
def test_a_cause_is_told_where_it_makes_a_difference(what: str) -> None:
    before, after, expected = CASES[what]
    assert told(both(before, after)) == expected


def test_a_due_date_that_has_come_counts_what_is_not_there_yet() -> None:
    modules = [modules_part(a_module(1), a_module(2, due_after_days=due)) for due in (200, 10)]
    found = both(*(version(modules=one) for one in modules))
    assert [(why.cause, why.subject, why.before, why.after) for why in found.why] == [
        ("module.due", "Modul 2", day(200), day(10))
    ]
    assert (found.after.of_all == found.before.of_all, found.direction, found.changes) == (True, "level", True)


def test_counts_say_whom_a_version_helps() -> None:
    ups = both(version(), version(statuses=statuses("terlambat", weight=D(1))))
    downs = both(version(), version(modules=modules_part(a_module(1, attempts="last"))))
    same = both(version(), version())
    found = tally([ups, downs, downs, same])
    assert (found.people, found.changed, found.better, found.worse, found.status) == (4, 3, 1, 2, 2)
    assert [(why.cause, why.was, count) for why, count in found.causes] == [
        ("module.attempts", None, 2),
        ("status.weight", None, 1),
    ]


@settings(max_examples=200, deadline=None)
@given(histories(), programmes())
def test_whatever_changes_has_a_cause_and_the_same_version_changes_nothing(history: History, other: Programme) -> None:
    plans = [plan(one, history.cohort) for one in (history.programme, other)]
    before, after = (
        Side(plan=one, result=result_in(one, history.evidence, history.group, history.as_of)) for one in plans
    )
    found = compared(before, after)
    assert found.changes == bool(found.why)
    assert not compared(before, before).changes
    back = compared(after, before)
    assert (back.before, back.after) == (found.after, found.before)


ASPECTS: dict[str, Callable[[Programme], Programme]] = {
    "component.weight": lambda one: replace(
        one,
        components=(
            replace(one.components[0], weight=one.components[0].weight + 10),
            replace(one.components[1], weight=one.components[1].weight - 10),
            *one.components[2:],
        ),
    ),
    "module.": lambda one: replace(one, components=tuple(map(_otherwise, one.components))),
    "status.": lambda one: replace(
        one, statuses=tuple(replace(status, weight=1 - status.weight, absent=not status.absent) for status in STATUSES)
    ),
    "limit.": lambda one: replace(one, absence_limit=AbsenceLimit(sessions=1, jp=D(2), days=0)),
    "pass_mark": lambda one: replace(one, pass_mark=D(50)),
    "predicates": lambda one: replace(one, predicates=(Predicate(name="Sah", at_least=D(0)),)),
}


def _otherwise(one: Component) -> Component:
    modules = (
        replace(module, attempts="mean", complete_when="passed", closes_after_days=5, due_after_days=3, jp=D(2))
        for module in one.modules
    )
    return replace(one, modules=tuple(modules), components=tuple(map(_otherwise, one.components)))


@settings(max_examples=150, deadline=None)
@given(histories(), st.sampled_from(sorted(ASPECTS)))
def test_only_what_was_changed_is_a_cause(history: History, aspect: str) -> None:
    plans = [plan(one, history.cohort) for one in (history.programme, ASPECTS[aspect](history.programme))]
    sides = (Side(plan=one, result=result_in(one, history.evidence, history.group, history.as_of)) for one in plans)
    found = compared(*sides)
    assert found.changes == bool(found.why)
    assert all(why.cause.startswith(aspect) for why in found.why)
