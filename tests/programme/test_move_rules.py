"""What stands in the way of moving a cohort to another version of its programme."""

from dataclasses import replace
from decimal import Decimal

import pytest

from lms.programme.move_rules import LONGEST_REASON, Recorded, obstacles, reason_problems
from lms.programme.rules import AttendanceStatus, Component, Module, Programme

ETHICS = Module(iri="https://mooc.example/etika", title="Etika")


def leaf(key: str, kind: str, *modules: Module) -> Component:
    return Component(key=key, path=key, title=key, weight=Decimal(50), kind=kind, modules=modules)  # type: ignore[arg-type]


BEFORE = Programme(
    code="contoh",
    title="Contoh",
    version=1,
    pass_mark=Decimal(70),
    components=(leaf("mooc", "modules", ETHICS), leaf("ujian", "assessment")),
    statuses=(AttendanceStatus(code="hadir", title="Hadir"), AttendanceStatus(code="alpa", title="Alpa")),
)
RECORDED = Recorded(statuses={"alpa": 3, "lama": 2}, assessments={"ujian": 5, "dulu": 1}, modules={ETHICS.iri: 1})
TARGETS = {"": Decimal(80), "mooc": Decimal(90), "dulu": Decimal(1)}

CASES = {
    "the same": (BEFORE, []),
    "another programme": (replace(BEFORE, code="lain"), ["version"]),
    "a status less": (replace(BEFORE, statuses=BEFORE.statuses[:1]), ["attendance_status"]),
    "an assessment less, which has no target": (replace(BEFORE, components=BEFORE.components[:1]), ["component"]),
    "an assessment that is made of modules now": (
        replace(BEFORE, components=(BEFORE.components[0], leaf("ujian", "modules"))),
        ["component"],
    ),
    "a component less with its modules": (
        replace(BEFORE, components=BEFORE.components[1:]),
        ["component.module", "target"],
    ),
    "a module elsewhere": (
        replace(BEFORE, components=(leaf("mooc", "modules"), BEFORE.components[1], leaf("lagi", "modules", ETHICS))),
        [],
    ),
}


@pytest.mark.parametrize("what", CASES)
def test_what_would_lose_its_place_is_told_and_nothing_else(what: str) -> None:
    after, places = CASES[what]
    assert [one.place for one in obstacles(BEFORE, after, recorded=RECORDED, targets=TARGETS)] == places


def test_what_is_recorded_nowhere_is_in_nobodys_way() -> None:
    nothing = Recorded(statuses={}, assessments={}, modules={})
    after = replace(BEFORE, components=(), statuses=())
    assert obstacles(BEFORE, after, recorded=nothing, targets={}) == []


@pytest.mark.parametrize(
    ("reason", "is_fine"),
    [
        ("", False),
        (" \n ", False),
        ("Keputusan 93", True),
        ("x" * LONGEST_REASON, True),
        ("x" * (LONGEST_REASON + 1), False),
    ],
)
def test_a_move_has_a_reason(reason: str, is_fine: bool) -> None:
    assert (reason_problems(reason) == []) == is_fine
