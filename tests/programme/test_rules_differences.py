"""What is different between two versions of a programme."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.programme.difference_rules import PLACES, Difference, differences
from lms.programme.rules import Programme, canonical, parse_programme

BEFORE = """
code = "contoh"
title = "Contoh"
version = 1
pass_mark = "70"

[absence_limit]
sessions = 3

[[predicate]]
name = "Baik"
from = "80"

[[predicate]]
name = "Cukup"
from = "0"

[[attendance_status]]
code = "hadir"
title = "Hadir"

[[attendance_status]]
code = "izin"
weight = "0.5"

[[attendance_status]]
code = "alpa"
weight = "0"
absent = true

[[component]]
key = "akademik"
title = "Akademik"
weight = "60"

[[component.component]]
key = "mooc"
title = "MOOC"
weight = "70"
kind = "modules"

[[component.component.module]]
iri = "urn:x:1"
title = "Satu"
source = "Kep. 13"

[[component.component.module]]
iri = "urn:x:2"
title = "Dua"
source = "Kep. 14"

[[component.component.module]]
iri = "urn:x:3"
title = "Tiga"
requires = ["urn:x:2", "urn:x:1"]

[[component.component]]
key = "ujian"
title = "Ujian"
weight = "30"
kind = "assessment"

[[component]]
key = "sikap"
title = "Sikap"
weight = "40"
kind = "assessment"
source = "Kep. 15"
"""

MODULE_2 = '[[component.component.module]]\niri = "urn:x:2"\ntitle = "Dua"\nsource = "Kep. 14"\n\n'
IZIN = '[[attendance_status]]\ncode = "izin"\nweight = "0.5"\n\n'
EXAM = '[[component.component]]\nkey = "ujian"\ntitle = "Ujian"\nweight = "30"\nkind = "assessment"\n\n'
ALONE = (("components", "changed", "MOOC", "weight", Decimal(70), Decimal(100)),)


def told(after: str) -> list[tuple[Any, ...]]:
    """(place, what, title, field, before, after); a part that was added or removed is told by True."""
    found = differences(parse_programme(BEFORE), parse_programme(after))
    return [
        (one.place, one.what, one.title, one.field, *(_told(one, value) for value in (one.before, one.after)))
        for one in found
    ]


def _told(one: Difference, value: object) -> object:
    return value if one.field else value is not None


def without(part: str) -> str:
    assert part in BEFORE
    return BEFORE.replace(part, "")


CASES: list[tuple[str, str, tuple[tuple[Any, ...], ...]]] = [
    ("nothing but the number", BEFORE.replace("version = 1", "version = 2"), ()),
    (
        "another way to write it",
        BEFORE.replace('"70"', '"70.0"').replace('"urn:x:2", "urn:x:1"', '"urn:x:1", "urn:x:2"'),
        (),
    ),
    (
        "pass mark",
        BEFORE.replace('pass_mark = "70"', 'pass_mark = "71"'),
        (("general", "changed", "", "pass_mark", Decimal(70), Decimal(71)),),
    ),
    ("title", BEFORE.replace('"Contoh"', '"Lain"'), (("general", "changed", "", "title", "Contoh", "Lain"),)),
    (
        "limits",
        BEFORE.replace("sessions = 3", "days = 0"),
        (("limit", "changed", "", "sessions", 3, None), ("limit", "changed", "", "days", None, 0)),
    ),
    ("a status gone", without(IZIN), (("statuses", "removed", "izin", "", True, False),)),
    (
        "a status further down",
        without(IZIN).replace('[[component]]\nkey = "akademik"', IZIN + '[[component]]\nkey = "akademik"'),
        (("statuses", "moved", "alpa", "order", 3, 2),),
    ),
    (
        "a status that weighs otherwise and is no absence",
        BEFORE.replace('weight = "0"\nabsent = true', 'weight = "0.2"'),
        (
            ("statuses", "changed", "alpa", "weight", Decimal(0), Decimal("0.2")),
            ("statuses", "changed", "alpa", "absent", True, False),
        ),
    ),
    (
        "a band lower, another new",
        BEFORE.replace('from = "80"', 'from = "75"\n[[predicate]]\nname = "Sangat baik"\nfrom = "90"'),
        (
            ("predicates", "added", "Sangat baik", "", False, True),
            ("predicates", "changed", "Baik", "at_least", Decimal(80), Decimal(75)),
        ),
    ),
    (
        "a component gone",
        without(EXAM).replace('weight = "70"', 'weight = "100"'),
        (*ALONE, ("components", "removed", "Ujian", "", True, False)),
    ),
    (
        "a component out of another, with another weight",
        without(EXAM).replace('weight = "70"', 'weight = "100"').replace('weight = "40"', 'weight = "20"')
        + EXAM.replace("[[component.component]]", "[[component]]").replace('"30"', '"20"'),
        (
            *ALONE,
            ("components", "changed", "Sikap", "weight", Decimal(40), Decimal(20)),
            ("components", "moved", "Ujian", "parent", "Akademik", ""),
            ("components", "changed", "Ujian", "weight", Decimal(30), Decimal(20)),
        ),
    ),
    (
        "a parent of another key keeps what is in it, which is told as moved",
        BEFORE.replace('key = "akademik"', 'key = "teori"'),
        (
            ("components", "added", "Akademik", "", False, True),
            ("components", "moved", "MOOC", "parent", "Akademik", "Akademik"),
            ("components", "moved", "Ujian", "parent", "Akademik", "Akademik"),
            ("components", "removed", "Akademik", "", True, False),
        ),
    ),
    (
        "a module first leaves the sources where they were",
        BEFORE.replace('kind = "modules"\n', 'kind = "modules"\n[[component.component.module]]\niri = "urn:x:0"\n'),
        (("modules", "added", "urn:x:0", "", False, True),),
    ),
    (
        "a module gone that another waited for",
        without(MODULE_2).replace('"urn:x:2", ', ""),
        (
            ("modules", "changed", "Tiga", "requires", ("Satu", "Dua"), ("Satu",)),
            ("modules", "removed", "Dua", "", True, False),
            ("sources", "removed", "Dua", "", True, False),
        ),
    ),
    (
        "a module in another component",
        without(MODULE_2)
        + '[[component]]\nkey = "lagi"\ntitle = "Lagi"\nkind = "modules"\nweight = "0"\n'
        + MODULE_2.replace("component.component", "component"),
        (
            ("components", "added", "Lagi", "", False, True),
            ("modules", "moved", "Dua", "parent", "Akademik › MOOC", "Lagi"),
        ),
    ),
    (
        "much about one module",
        BEFORE.replace(
            'title = "Satu"',
            'title = "1"\njp = 2\nattempts = "last"\npass_mark = 0\ncomplete_when = "passed"\n'
            'due_after_days = 0\ncloses_after_days = 9\nurl = "https://x.example"',
        ),
        (
            ("modules", "changed", "1", "title", "Satu", "1"),
            ("modules", "changed", "1", "jp", Decimal(1), Decimal(2)),
            ("modules", "changed", "1", "attempts", "best", "last"),
            ("modules", "changed", "1", "pass_mark", None, Decimal(0)),
            ("modules", "changed", "1", "complete_when", "completed", "passed"),
            ("modules", "changed", "1", "due_after_days", None, 0),
            ("modules", "changed", "1", "closes_after_days", None, 9),
            ("modules", "changed", "1", "url", None, "https://x.example"),
        ),
    ),
    (
        "a source confirmed",
        BEFORE.replace('source = "Kep. 15"', 'source = "Kep. 15"\nverified = true'),
        (("sources", "changed", "Sikap", "verified", False, True),),
    ),
]


@pytest.mark.parametrize(("after", "expected"), [row[1:] for row in CASES], ids=[row[0] for row in CASES])
def test_each_difference_is_told_once_in_its_place(after: str, expected: tuple[tuple[Any, ...], ...]) -> None:
    assert told(after) == list(expected)


def test_a_component_that_moves_takes_with_it_what_is_in_it() -> None:
    around = BEFORE.replace("[[component.component", "[[component.component.component")
    around = around.replace('[[component]]\nkey = "akademik"', '[[component.component]]\nkey = "akademik"')
    around = around.replace(
        '[[component.component]]\nkey = "akademik"\ntitle = "Akademik"\nweight = "60"',
        '[[component]]\nkey = "semua"\nweight = "60"\n'
        '[[component.component]]\nkey = "akademik"\ntitle = "Akademik"\nweight = "100"',
    )
    assert told(around) == [
        ("components", "added", "semua", "", False, True),
        ("components", "moved", "Akademik", "parent", "", "semua"),
        ("components", "changed", "Akademik", "weight", Decimal(60), Decimal(100)),
    ]


def test_of_an_order_that_changed_as_few_as_explain_it_are_told_as_moved() -> None:
    first, rest = BEFORE.split('[[component.component.module]]\niri = "urn:x:1"')
    one, rest = rest.split('[[component.component.module]]\niri = "urn:x:2"')
    others, rest = rest.split(EXAM)
    new = (
        first
        + '[[component.component.module]]\niri = "urn:x:2"'
        + others
        + '[[component.component.module]]\niri = "urn:x:1"'
        + one
        + EXAM
        + rest
    )
    assert told(new) == [("modules", "moved", "Satu", "order", 1, 3)]


def _with_modules(programme: Programme, change: Any) -> Programme:
    academic, *others = programme.components
    mooc, *inner = academic.components
    changed = replace(mooc, modules=tuple(change(list(mooc.modules))))
    return replace(programme, components=(replace(academic, components=(changed, *inner)), *others))


def _shuffled(draw: st.DrawFn, programme: Programme) -> Programme:
    order = draw(st.permutations(range(3)))
    return replace(
        _with_modules(programme, lambda found: [found[at] for at in order if at < len(found)]),
        statuses=tuple(programme.statuses[at] for at in draw(st.permutations(range(3)))),
    )


@st.composite
def programmes(draw: st.DrawFn) -> Programme:
    """The programme above with some of it changed."""
    found = _shuffled(draw, parse_programme(BEFORE))
    marks = st.sampled_from([Decimal(70), Decimal("70.0"), Decimal(71)])
    limit = replace(found.absence_limit, sessions=draw(st.sampled_from([None, 0, 3])))
    found = replace(found, pass_mark=draw(marks), absence_limit=limit, version=draw(st.integers(1, 3)))
    if draw(st.booleans()):
        found = _with_modules(found, lambda modules: [replace(one, requires=()) for one in modules])
    if draw(st.booleans()):
        found = _with_modules(found, lambda modules: [replace(one, title="Sama") for one in modules])
    if draw(st.booleans()):
        found = replace(found, components=tuple(reversed(found.components)))
    return found if draw(st.booleans()) else replace(found, sources=found.sources[1:])


@given(programmes(), programmes())
def test_there_is_none_exactly_when_both_say_the_same(before: Programme, after: Programme) -> None:
    same = canonical(replace(before, version=1)) == canonical(replace(after, version=1))
    found = differences(before, after)
    assert (found == ()) == same
    assert [one.place for one in found] == sorted((one.place for one in found), key=PLACES.index)


@given(programmes(), programmes())
def test_seen_from_the_other_side_it_is_the_same_the_other_way_round(before: Programme, after: Programme) -> None:
    def plain(one: Difference) -> tuple[Any, ...]:
        return (one.place, one.field, one.before, one.after)

    forth = {plain(one) for one in differences(before, after) if one.what != "moved"}
    back = {plain(replace(one, before=one.after, after=one.before)) for one in differences(after, before)}
    assert forth <= back
