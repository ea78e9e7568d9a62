"""Drafts as trees: nothing gets lost on the way from a file to the pages and back, however wrong it is."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lms.errors import NotFound
from lms.programme.draft_changes import changed, was
from lms.programme.draft_fields import FRAME, MODULES, PART, Field, put, shown, single, tables
from lms.programme.draft_places import Part, line_of, spots, total
from lms.programme.draft_rules import LIST_LIMIT, NESTING_LIMIT, Tree, problems_of, toml_of, tree_of
from lms.programme.rules import ProgrammeErrors, canonical, parse_programme
from tests.world import PROGRAMME

ROOT = Path(__file__).parents[2]
FILES = [*ROOT.glob("plugins/*/packs/*.toml"), *ROOT.glob("tests/examples/**/programme.toml")]

NAMES = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=12)
SOURCED = {"source": NAMES, "verified": st.booleans()}


@st.composite
def components(draw: st.DrawFn, path: str = "k", depth: int = 0) -> list[Tree]:
    """One to three components whose weights sum to 100, with sub-components down to three levels."""
    count = draw(st.integers(1, 3))
    weights = [100] if count == 1 else [1] * (count - 1) + [101 - count]
    found = []
    for number, weight in enumerate(weights):
        one: Tree = {"key": f"{path}{number}", "weight": draw(st.sampled_from([weight, str(weight), f"{weight}.0"]))}
        one |= draw(st.fixed_dictionaries({}, optional={"title": NAMES, **SOURCED}))
        inside = draw(st.sampled_from(["assessment", "modules", "component"] if depth < 2 else ["assessment"]))
        if inside == "component":
            one["component"] = draw(components(path=one["key"], depth=depth + 1))
        else:
            one["kind"] = inside
        if inside == "modules":
            one["module"] = [_module(draw, f"https://mooc.example/{one['key']}/{at}") for at in range(2)]
        found.append(one)
    return found


def _module(draw: st.DrawFn, iri: str) -> Tree:
    optional = {
        "title": NAMES,
        "jp": st.sampled_from(["1", "2.5", 3]),
        "attempts": st.sampled_from(["best", "last", "first", "mean"]),
        "pass_mark": st.sampled_from(["70.01", 80]),
        "due_after_days": st.integers(0, 90),
        **SOURCED,
    }
    return {"iri": iri} | draw(st.fixed_dictionaries({}, optional=optional))


PROGRAMMES = st.fixed_dictionaries(
    {
        "code": NAMES,
        "title": NAMES,
        "version": st.integers(1, 9),
        "pass_mark": st.just("70"),
        "component": components(),
    },
    optional={
        "absence_limit": st.fixed_dictionaries({}, optional={"sessions": st.integers(0, 9), **SOURCED}),
        "rounding": st.just({"places": 2, "mode": "half-up"}),
        "attendance_status": st.just([{"code": "a"}, {"code": "b", "weight": "0", "absent": True}]),
        "predicate": st.just([{"name": "x", "from": "80"}, {"name": "y", "from": "0", "source": "z"}]),
        **SOURCED,
    },
)


def written(tree: Tree, name: str = "") -> str:
    """The tree as a person writes a file: a header above each table."""
    lines = [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in tree.items() if not _is_table(value)]
    for key, value in tree.items():
        inside = f"{name}.{key}" if name else key
        for one in value if isinstance(value, list) and _is_table(value) else ():
            lines += [f"[[{inside}]]", written(one, inside)]
        if isinstance(value, dict):
            lines += [f"[{inside}]", written(value, inside)]
    return "\n".join(lines)


def _is_table(value: Any) -> bool:
    return isinstance(value, dict) or (isinstance(value, list) and isinstance(value[0], dict))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.parent.name)
def test_a_file_says_the_same_after_it_was_a_draft(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert canonical(parse_programme(toml_of(tree_of(text)))) == canonical(parse_programme(text))


@given(PROGRAMMES)
@settings(max_examples=40, deadline=None)
def test_every_file_says_the_same_after_it_was_a_draft(tree: Tree) -> None:
    text = written(tree)
    assert canonical(parse_programme(toml_of(tree_of(text)))) == canonical(parse_programme(text))
    assert problems_of(tree_of(text)) == ()


@given(PROGRAMMES)
@settings(max_examples=20, deadline=None)
def test_saving_pages_as_they_are_changes_nothing(tree: Tree) -> None:
    for part in Part(table=tree).parts():
        assert changed(tree, where=part.where, sent=_page(part)) == tree


def _page(part: Part) -> dict[str, str]:
    """What a page sends on which nobody has typed anything."""
    sent: dict[str, str] = {}
    for key, fields in part.sheet.singles.items():
        before = f"{key}." if key else ""
        sent |= {f"{before}was": ""} | _fields(fields, single(part.table, key), before)
    for listing in part.sheet.listings:
        for number, table in enumerate(tables(part.table, listing.key), start=1):
            name = f"{listing.key}.{number}."
            sent |= {f"{name}was": was(listing, table)} | _fields(listing.fields, table, name)
    return sent


def _fields(fields: tuple[Field, ...], table: Tree, before: str) -> dict[str, str]:
    found = {f"{before}{field.key}": (field, shown(field, table)) for field in fields}
    return {name: text for name, (field, text) in found.items() if text or field.kind != "flag"}


TEXTS = st.text(max_size=5)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXTS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["key", "name", "x"]), inner, max_size=3)
    ),
    max_leaves=5,
).filter(lambda value: value is not None)
KEYS = st.sampled_from(
    ["code", "title", "component", "module", "predicate", "attendance_status", "absence_limit", "rounding", "weight"]
)


@given(st.dictionaries(KEYS, ANYTHING, max_size=5), st.dictionaries(KEYS, ANYTHING, max_size=5))
@settings(max_examples=40, deadline=None)
def test_whatever_a_draft_says_its_pages_can_be_shown_and_saved(tree: Tree, inner: Tree) -> None:
    tree = json.loads(json.dumps(_without_none(tree | {"component": [inner, {"component": [inner]}]})))
    assert problems_of(tree)
    places = spots(tree)
    for part in Part(table=tree).parts():
        total(part.table)
        for do in ("save", "component.add", "component.1.up", "module.9.remove", "predicate.1.down", "nothing"):
            after = changed(tree, where=part.where, sent=_page(part) | {"do": do})
            assert tree_of(toml_of(after)) == after
    assert all(spot.where in {part.where for part in Part(table=tree).parts()} for spot in places.values())


def _without_none(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_none(one) for key, one in value.items() if one is not None}
    return [_without_none(one) for one in value if one is not None] if isinstance(value, list) else value


@pytest.mark.parametrize(
    ("kind", "typed", "kept"),
    [
        ("text", "  Etika ", "Etika"),
        ("decimal", "70,01", "70.01"),
        ("decimal", "tujuh", "tujuh"),
        ("integer", "16", 16),
        ("integer", "1.5", "1.5"),
        ("flag", "on", True),
        ("lines", "https://a.example/1\r\n https://a.example/2", ["https://a.example/1", "https://a.example/2"]),
        ("text", "   ", None),
        ("lines", "\n", None),
    ],
)
def test_what_is_typed_is_kept_as_the_file_would_say_it(kind: Any, typed: str, kept: object) -> None:
    table = {"key": "before"} if kind != "flag" else {}
    put(Field(key="key", kind=kind), table, typed)
    assert table.get("key") == kept


@pytest.mark.parametrize("text", ["x = = 1", "a = 1" + "0" * 5000, "a = " + "[" * 200 + "]" * 200, "a = 1\n" * 2])
def test_what_is_no_toml_is_no_draft(text: str) -> None:
    with pytest.raises(ProgrammeErrors):
        tree_of(text)


def test_a_number_with_a_point_and_a_date_become_texts_of_what_was_written() -> None:
    assert tree_of("weight = 20.50\nversion = 2026-03-02") == {"weight": "20.50", "version": "2026-03-02"}


@pytest.mark.parametrize(
    ("wrong", "where", "name"),
    [
        (('pass_mark = "70"', 'pass_mark = "700"'), "", "pass_mark"),
        (("sessions = 1", 'sessions = "x"'), "", "absence_limit.sessions"),
        (('name = "Cukup"\nfrom = "0"', 'name = "Cukup"\nfrom = "1"'), "", "predicate.2.from"),
        (('weight = "0.5"', 'weight = "5"'), "", "attendance_status.2.weight"),
        (('weight = "60"', 'weight = "61"'), "", "component"),
        (('kind = "assessment"', 'kind = "exam"'), "", "component.3.kind"),
        (("due_after_days = 16", "due_after_days = -1"), "1", "module.1.due_after_days"),
        (("/modul/2", "/modul/1"), "1", "module.2.iri"),
    ],
)
def test_a_problem_finds_its_field(wrong: tuple[str, str], where: str, name: str) -> None:
    tree = tree_of(PROGRAMME.replace(*wrong, 1))
    (problem,) = problems_of(tree)
    spot = spots(tree)[problem.place]
    assert (spot.where, spot.name) == (where, name)


def test_every_field_of_a_sheet_is_one_that_the_file_knows() -> None:
    """So a key that the file gains or loses is not forgotten here, and none is typed in vain."""
    told = {field.key for fields in (*FRAME.singles.values(), *PART.singles.values()) for field in fields}
    told |= {field.key for listing in (*FRAME.listings, *PART.listings) for field in listing.fields}
    tree = {"component": [{"module": [{key: {} for key in told}]}]} | {key: {} for key in told}
    unknown = {problem.place for problem in problems_of(tree) if "is unknown" in problem.message}
    module = {f"component[1].module[1].{field.key}" for field in MODULES.fields}
    assert not module & unknown
    assert not {f"{key}" for key in ("code", "title", "version", "pass_mark", "source", "verified")} & unknown


def test_a_part_within_a_part_is_found_by_its_numbers() -> None:
    tree: Tree = {"component": [{"key": "a"}, {"key": "b", "component": [{"key": "c", "weight": "40,5"}]}]}
    assert [part.place for part in line_of(tree, "2.1")] == ["", "component[b]", "component[b].component[c]"]
    assert total({"component": [{"weight": "40.5"}, {"weight": 30}, {"weight": "x"}]}) == 70.5


@pytest.mark.parametrize(
    ("text", "told"),
    [
        # More digits than Python writes out; only its hexadecimal reading takes so many.
        ("version = 0x" + "f" * 4000, "This must be a whole number without quotes"),
        ("component = 0b" + "1" * 20_000, "[[component]]"),
    ],
)
def test_a_number_of_any_length_is_kept_and_told_to_be_wrong(text: str, told: str) -> None:
    tree = tree_of(text)
    assert any(told in problem.message for problem in problems_of(tree))
    assert tree_of(toml_of(tree)) == tree


def test_a_list_longer_than_any_page_shows_is_no_draft() -> None:
    assert len(tree_of("[[component]]\n" * LIST_LIMIT)["component"]) == LIST_LIMIT
    with pytest.raises(ProgrammeErrors, match=f"at most {LIST_LIMIT}"):
        tree_of("[[component]]\n" * (LIST_LIMIT + 1))


def test_a_part_deeper_than_any_file_lies_is_none() -> None:
    tree: Tree = {}
    for _ in range(NESTING_LIMIT):
        tree = {"component": [tree]}
    with pytest.raises(NotFound):
        line_of(tree, ".".join("1" for _ in range(NESTING_LIMIT)))
