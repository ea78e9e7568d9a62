"""What must be done before what, as a programme file says it."""

from graphlib import TopologicalSorter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.programme.prerequisites import circles
from lms.programme.rules import ProgrammeErrors, canonical, modules, parse_programme

TOP = """
code = "contoh"
title = "Contoh"
version = 1
pass_mark = "70"
"""


def a_file(*wanted: str, split: int = 2) -> str:
    """Modules 1, 2, … whose `requires` are written so, in TOML; those after the second are in another component."""
    parts = [f'[[component.module]]\niri = "urn:x:{number}"\n{said}\n' for number, said in enumerate(wanted, start=1)]
    heads = [f'[[component]]\nkey = "{key}"\nkind = "modules"\nweight = "50"\n' for key in ("a", "b")]
    return TOP + heads[0] + "".join(parts[:split]) + heads[1] + "".join(parts[split:])


def requires(*numbers: object) -> str:
    return "requires = [" + ", ".join(f'"urn:x:{number}"' for number in numbers) + "]"


def test_a_module_requires_others_of_any_component_in_any_order() -> None:
    programme = parse_programme(a_file(requires(3, 2), "", requires(2)))
    assert [module.requires for module in modules(programme)] == [("urn:x:3", "urn:x:2"), (), ("urn:x:2",)]


def test_the_order_in_which_they_stand_means_nothing() -> None:
    one, other = (parse_programme(a_file(requires(*order), "", "")) for order in ((2, 3), (3, 2)))
    assert canonical(one) == canonical(other)


ONE, TWO, THREE = "component[a].module[1]", "component[a].module[2]", "component[b].module[1]"


@pytest.mark.parametrize(
    ("wanted", "place", "message"),
    [
        (('requires = "urn:x:2"', "", ""), ONE, "list of IRIs in quotes"),
        (("requires = [2]", "", ""), ONE, "list of IRIs in quotes"),
        (("", "", requires(9)), THREE, "“urn:x:9” is no module of this programme"),
        (('requires = [""]', "", ""), ONE, "“” is no module"),
        (("", requires(2), ""), TWO, "cannot come before itself"),
        (("", requires(1, 3, 1), ""), TWO, "“urn:x:1” stands here twice"),
        ((requires(2), requires(1), ""), ONE, "the first: urn:x:1 → urn:x:2 → urn:x:1."),
        ((requires(3), requires(1), requires(2)), ONE, "urn:x:1 → urn:x:3 → urn:x:2 → urn:x:1."),
        ((requires(2), requires(3), requires(2)), TWO, "urn:x:2 → urn:x:3 → urn:x:2."),
        ((requires(*range(2, 103)), "", ""), ONE, "At most 100"),
        (tuple(requires(number % 12 + 1) for number in range(1, 13)), ONE, "urn:x:10 → … → urn:x:1."),
    ],
)
def test_what_is_wrong_with_it_is_told_once_with_its_place(wanted: tuple[str, ...], place: str, message: str) -> None:
    with pytest.raises(ProgrammeErrors) as caught:
        parse_programme(a_file(*wanted))
    (problem,) = caught.value.problems
    assert problem.place == f"{place}.requires"
    assert message in problem.message


def test_a_module_whose_own_iri_is_wrong_is_not_told_again_where_it_is_required() -> None:
    with pytest.raises(ProgrammeErrors) as caught:
        parse_programme(a_file("", "", requires("satu")).replace('iri = "urn:x:1"', 'iri = "x:"'))
    assert [problem.place for problem in caught.value.problems] == [f"{ONE}.iri"]


GRAPHS = st.integers(1, 7).flatmap(
    lambda size: st.fixed_dictionaries(
        {str(one): st.lists(st.integers(1, size).map(str), unique=True, max_size=3) for one in range(1, size + 1)}
    )
)


@given(GRAPHS)
def test_circles_are_circles_and_there_is_none_exactly_where_an_order_exists(graph: dict[str, list[str]]) -> None:
    found = circles(graph)
    inside = [one for circle in found for one in circle]
    assert len(inside) == len(set(inside))
    for circle in found:
        assert all(after in graph[one] for one, after in zip(circle, [*circle[1:], circle[0]], strict=True))
    without = {one: [it for it in wanted if it not in inside] for one, wanted in graph.items() if one not in inside}
    if not found:
        assert len([*TopologicalSorter(without).static_order()]) == len(graph)
