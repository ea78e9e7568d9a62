"""Reading a programme file: what it says, and everything that is wrong with it."""

from decimal import Decimal
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lms.errors import DomainError
from lms.programme.rules import (
    AbsenceLimit,
    AttendanceStatus,
    Component,
    Module,
    Predicate,
    Problem,
    ProgrammeErrors,
    Source,
    parse_programme,
)

EXAMPLE = Path(__file__).parent.parent / "examples" / "sukabumi" / "programme.toml"

TOP = 'code = "contoh"\ntitle = "Contoh"\nversion = 1\npass_mark = "70.01"\n'
EXAM = '[[component]]\nkey = "ujian"\nkind = "assessment"\nweight = "100"\n'
ONLINE = '[[component]]\nkey = "mooc"\nkind = "modules"\nweight = "100"\n'
CLASS = '[[component]]\nkey = "kelas"\nkind = "attendance"\nweight = "0"\n'
STATUS = '[[attendance_status]]\ncode = "hadir"\nweight = "1"\n'
MODULE = '[[component.module]]\niri = "https://mooc.example/1"\n'


def problems(text: str) -> list[tuple[str, str]]:
    """(place, message) of everything that is wrong."""
    with pytest.raises(ProgrammeErrors) as caught:
        parse_programme(text)
    return [(problem.place, problem.message) for problem in caught.value.problems]


def places(text: str) -> list[str]:
    return [place for place, _ in problems(text)]


def test_it_reads_the_worked_example() -> None:
    programme = parse_programme(EXAMPLE.read_text(encoding="utf-8"))
    assert (programme.code, programme.version, programme.pass_mark) == ("latsar-contoh", 1, Decimal("70.01"))
    assert [component.key for component in programme.components][:2] == ["mooc", "attendance"]
    assert programme.absence_limit == AbsenceLimit(sessions=6, jp=Decimal(18), days=2)
    assert programme.predicates[0] == Predicate(name="Sangat Memuaskan", at_least=Decimal("90.01"))
    assert programme.statuses[4] == AttendanceStatus(
        code="dinas luar", title="dinas luar", weight=Decimal(0), excluded=True
    )
    assert programme.components[0].modules[5] == Module(
        iri="https://mooc.sukabumikota.example/modul/6",
        title="Modul 6",
        jp=Decimal(9),
        pass_mark=Decimal(70),
        due_after_days=16,
        closes_after_days=30,
    )
    assert (programme.places, programme.mode, programme.sources) == (2, "half-up", ())


def test_what_is_left_out_has_its_default() -> None:
    programme = parse_programme(TOP + STATUS + ONLINE + MODULE + CLASS)
    assert programme.absence_limit == AbsenceLimit()
    assert (programme.predicates, programme.sources) == ((), ())
    assert programme.components == (
        Component(
            key="mooc",
            path="mooc",
            title="mooc",
            weight=Decimal(100),
            kind="modules",
            modules=(Module(iri="https://mooc.example/1", title="https://mooc.example/1"),),
        ),
        Component(key="kelas", path="kelas", title="kelas", weight=Decimal(0), kind="attendance"),
    )


def test_it_reads_components_within_components() -> None:
    text = TOP + (
        '[[component]]\nkey = "akademik"\nweight = 100\n'
        '[[component.component]]\nkey = "mooc"\nweight = "40"\nkind = "modules"\n'
        '[[component.component.module]]\niri = "urn:x:1"\n'
        '[[component.component]]\nkey = "lain"\nweight = "60"\n'
        '[[component.component.component]]\nkey = "mooc"\nweight = "100.0"\nkind = "assessment"\n'
    )
    (parent,) = parse_programme(text).components
    assert (parent.kind, [part.path for part in parent.components]) == (None, ["akademik.mooc", "akademik.lain"])
    assert parent.components[1].components[0].path == "akademik.lain.mooc"


def test_bands_are_kept_highest_first() -> None:
    bands = "".join(f'[[predicate]]\nname = "{name}"\nfrom = "{at}"\n' for name, at in (("b", 70), ("a", 90), ("c", 0)))
    assert [band.name for band in parse_programme(TOP + bands + EXAM).predicates] == ["a", "b", "c"]


def test_it_gathers_where_rules_come_from_and_takes_them_for_unverified() -> None:
    text = TOP + (
        'source = "Kep. 13"\nverified = true\n'
        '[absence_limit]\nsessions = 6\nsource = "KASN 2021"\n'
        '[[component]]\nkey = "ujian"\nkind = "assessment"\nweight = "50"\nverified = false\n'
        '[[component]]\nkey = "mooc"\nkind = "modules"\nweight = "50"\n'
        '[[component.module]]\niri = "urn:x:1"\nsource = "katalog"\nverified = true\n'
    )
    found = {source.place: (source.text, source.verified) for source in parse_programme(text).sources}
    assert found == {
        "programme": ("Kep. 13", True),
        "absence_limit": ("KASN 2021", False),
        "component[ujian]": ("", False),
        "component[mooc].module[1]": ("katalog", True),
    }
    assert Source(place="absence_limit", text="KASN 2021", verified=False) in parse_programme(text).sources


@pytest.mark.parametrize(
    "text",
    [
        "\ufeff" + TOP + EXAM,
        (TOP + EXAM).replace("\n", "\r\n"),
        TOP.replace('"70.01"', "70") + EXAM,
        TOP.replace('"70.01"', '"0"') + EXAM,
        TOP.replace('"70.01"', '"100.000000000"') + EXAM,
        TOP + EXAM + CLASS + STATUS,
        TOP + ONLINE,
        TOP + ONLINE + MODULE.replace("https://mooc.example/1", "urn:uuid:1"),
        TOP + ONLINE + MODULE.replace("https://mooc.example/1", "https://mooc.example/módulo?a=1#b"),
        TOP + ONLINE + MODULE + 'url = "https://mooc.example/open"\n',
        TOP + ONLINE + MODULE + 'due_after_days = 0\njp = "0.5"\n',
        TOP + EXAM + '[rounding]\nplaces = 2\nmode = "half-up"\n',
        TOP + EXAM + '[[attendance_status]]\ncode = "dinas"\nexcluded = true\n',
    ],
)
def test_it_accepts(text: str) -> None:
    assert parse_programme(text).code == "contoh"


WRONG: list[tuple[str, str, str, str]] = [
    # what, the file, the place, a part of the message
    ("no code", TOP.replace("code", "kode") + EXAM, "code", "missing"),
    ("an empty title", TOP.replace('"Contoh"', '""') + EXAM, "title", "not empty"),
    ("a title with blanks", TOP.replace('"Contoh"', '" Contoh"') + EXAM, "title", "blanks"),
    ("a title of two lines", TOP.replace('"Contoh"', '"a\\nb"') + EXAM, "title", "one line"),
    ("a long title", TOP.replace("Contoh", "a" * 301) + EXAM, "title", "at most 300"),
    ("a code that is a number", TOP.replace('"contoh"', "7") + EXAM, "code", "text in quotes"),
    ("version 0", TOP.replace("= 1", "= 0") + EXAM, "version", "from 1"),
    ("a version in quotes", TOP.replace("= 1", '= "1"') + EXAM, "version", "without quotes"),
    ("version true", TOP.replace("= 1", "= true") + EXAM, "version", "whole number"),
    ("no version", TOP.replace("version = 1\n", "") + EXAM, "version", "missing"),
    ("no pass mark", TOP.replace('pass_mark = "70.01"\n', "") + EXAM, "pass_mark", "missing"),
    ("a float", TOP.replace('"70.01"', "70.01") + EXAM, "pass_mark", 'write it in quotes: "70.01"'),
    ("a float that is no number", TOP.replace('"70.01"', "nan") + EXAM, "pass_mark", "in quotes"),
    ("true for a decimal", TOP.replace('"70.01"', "true") + EXAM, "pass_mark", "decimal in quotes"),
    ("a comma", TOP.replace("70.01", "70,01") + EXAM, "pass_mark", "with a point"),
    ("an exponent", TOP.replace("70.01", "7e1") + EXAM, "pass_mark", "decimal in quotes"),
    ("NaN as text", TOP.replace("70.01", "NaN") + EXAM, "pass_mark", "decimal in quotes"),
    ("other digits", TOP.replace("70.01", "７０") + EXAM, "pass_mark", "decimal in quotes"),
    ("ten places", TOP.replace("70.01", "70.0123456789") + EXAM, "pass_mark", "nine places"),
    ("a line break after a decimal", TOP.replace("70.01", "70.01\\n") + EXAM, "pass_mark", "decimal in quotes"),
    ("over 100", TOP.replace("70.01", "100.01") + EXAM, "pass_mark", "100.01 is out of range"),
    ("below 0", TOP.replace("70.01", "-1") + EXAM, "pass_mark", "from 0 to 100"),
    ("minus nothing", TOP.replace("70.01", "-0") + EXAM, "pass_mark", "out of range"),
    ("an unknown key", TOP + "pasmark = 1\n" + EXAM, "pasmark", "Did you mean “pass_mark”?"),
    ("a key like no other", TOP + "zzz = 1\n" + EXAM, "zzz", "Known here are: absence_limit, attendance_status"),
    ("other places", TOP + EXAM + "[rounding]\nplaces = 3\n", "rounding.places", "must be 2"),
    ("another mode", TOP + EXAM + '[rounding]\nmode = "half-even"\n', "rounding.mode", "half-up"),
    ("an unknown key of a table", TOP + EXAM + "[rounding]\nplace = 2\n", "rounding.place", "“places”"),
    ("a table that is none", TOP + "rounding = 2\n" + EXAM, "rounding", "write [rounding]"),
    ("tables that are one", TOP + '[component]\nkey = "a"\n', "component", "write [[component]]"),
    ("tables of numbers", TOP + "predicate = [1]\n" + EXAM, "predicate", "write [[predicate]]"),
    ("a negative limit", TOP + EXAM + "[absence_limit]\nsessions = -1\n", "absence_limit.sessions", "from 0"),
    ("a limit of half a day", TOP + EXAM + '[absence_limit]\ndays = "0.5"\n', "absence_limit.days", "whole number"),
    ("JP that are a float", TOP + EXAM + "[absence_limit]\njp = 1.5\n", "absence_limit.jp", '"1.5"'),
    ("no component", TOP, "component", "at least one"),
    ("a predicate without a start", TOP + EXAM + '[[predicate]]\nname = "a"\n', "predicate[a].from", "missing"),
    ("a last predicate over 0", TOP + EXAM + '[[predicate]]\nname = "a"\nfrom = "1"\n', "predicate[a].from", "last"),
    (
        "one name for two predicates",
        TOP + EXAM + '[[predicate]]\nname = "a"\nfrom = "1"\n[[predicate]]\nname = "a"\nfrom = "0"\n',
        "predicate[a].name",
        "used already",
    ),
    (
        "one start for two predicates",
        TOP + EXAM + '[[predicate]]\nname = "a"\nfrom = "0"\n[[predicate]]\nname = "b"\nfrom = "0.0"\n',
        "predicate[b].from",
        "used already, at predicate[a].from",
    ),
    ("a status over 1", TOP + EXAM + STATUS.replace('"1"', '"1.5"'), "attendance_status[hadir].weight", "from 0 to 1"),
    ("a status twice", TOP + EXAM + STATUS + STATUS, "attendance_status[hadir].code", "used already"),
    ("a status without a code", TOP + EXAM + "[[attendance_status]]\n", "attendance_status[1].code", "missing"),
    (
        "an absence without a weight",
        TOP + EXAM + '[[attendance_status]]\ncode = "alpa"\nabsent = true\n',
        "attendance_status[alpa].weight",
        "missing",
    ),
    ("a flag in quotes", TOP + EXAM + STATUS + 'absent = "no"\n', "attendance_status[hadir].absent", "true or false"),
    ("attendance without a status", TOP + EXAM + CLASS, "attendance_status", "at least one"),
    ("a wrong kind", TOP + EXAM.replace("assessment", "exam"), "component[ujian].kind", "modules, attendance"),
    ("no kind", TOP + EXAM.replace('kind = "assessment"\n', ""), "component[ujian].kind", "one of"),
    ("a kind that is a list", TOP + EXAM.replace('"assessment"', "[]"), "component[ujian].kind", "one of"),
    ("no key", TOP + EXAM.replace('key = "ujian"\n', ""), "component[1].key", "missing"),
    ("a key of capitals", TOP + EXAM.replace("ujian", "Ujian"), "component[Ujian].key", "a-z, 0-9"),
    ("a key with a dot", TOP + EXAM.replace("ujian", "a.b"), "component[a.b].key", "a-z, 0-9"),
    ("a key with a line break", TOP + EXAM.replace("ujian", "a\\n"), "component[1].key", "blanks"),
    ("weights under 100", TOP + EXAM.replace("100", "99.99"), "component", "sum to 99.99"),
    ("weights over 100", TOP + EXAM + EXAM.replace("ujian", "lain"), "component", "sum to 200"),
    ("a key twice", TOP + EXAM + EXAM.replace('"100"', '"0"'), "component[ujian].key", "used already"),
    ("a negative weight", TOP + EXAM.replace("100", "-100"), "component[ujian].weight", "out of range"),
    ("modules of an assessment", TOP + EXAM + MODULE, "component[ujian].module", "Only a component of kind"),
    (
        "attendance twice",
        TOP + STATUS + EXAM + CLASS + CLASS.replace("kelas", "lagi"),
        "component",
        "at most one attendance component; these are several: kelas, lagi",
    ),
    (
        "a kind with sub-components",
        TOP + EXAM + '[[component.component]]\nkey = "a"\nkind = "assessment"\nweight = "100"\n',
        "component[ujian].kind",
        "leave it out",
    ),
    (
        "sub-weights that don't sum to 100",
        TOP
        + EXAM.replace('kind = "assessment"\n', "")
        + '[[component.component]]\nkey = "a"\nkind = "assessment"\nweight = "99"\n',
        "component[ujian].component",
        "sum to 99",
    ),
    (
        "a wrong key far inside",
        TOP
        + EXAM.replace('kind = "assessment"\n', "")
        + '[[component.component]]\nkey = "a"\nkind = "modules"\nweight = "100"\n'
        + '[[component.component.module]]\niri = "urn:x:1"\npas_mark = "1"\n',
        "component[ujian].component[a].module[1].pas_mark",
        "“pass_mark”",
    ),
    ("a module without an IRI", TOP + ONLINE + "[[component.module]]\n", "component[mooc].module[1].iri", "missing"),
    (
        "a module twice",
        TOP + ONLINE + MODULE + MODULE,
        "component[mooc].module[2].iri",
        "component[mooc].module[1].iri",
    ),
    (
        "a module in two components",
        TOP + ONLINE + MODULE + (ONLINE + MODULE).replace('"mooc"', '"lagi"').replace('"100"', '"0"'),
        "component[lagi].module[1].iri",
        "used already, at component[mooc].module[1].iri",
    ),
    (
        "an unknown policy",
        TOP + ONLINE + MODULE + 'attempts = "worst"\n',
        "component[mooc].module[1].attempts",
        "best, last",
    ),
    (
        "an unknown completion",
        TOP + ONLINE + MODULE + 'complete_when = "done"\n',
        "component[mooc].module[1].complete_when",
        "completed_and_passed",
    ),
    ("a mark over 100", TOP + ONLINE + MODULE + 'pass_mark = "101"\n', "component[mooc].module[1].pass_mark", "100"),
    (
        "days before the start",
        TOP + ONLINE + MODULE + "due_after_days = -1\n",
        "component[mooc].module[1].due_after_days",
        "0",
    ),
    (
        "half a day",
        TOP + ONLINE + MODULE + "closes_after_days = 1.5\n",
        "component[mooc].module[1].closes_after_days",
        "whole",
    ),
    ("negative JP", TOP + ONLINE + MODULE + 'jp = "-1"\n', "component[mooc].module[1].jp", "out of range"),
    ("a source that is none", TOP + "source = 1\n" + EXAM, "source", "text in quotes"),
    ("verified in quotes", TOP + 'verified = "yes"\n' + EXAM, "verified", "true or false"),
]


@pytest.mark.parametrize(("text", "place", "message"), [row[1:] for row in WRONG], ids=[row[0] for row in WRONG])
def test_it_tells_what_is_wrong_and_where(text: str, place: str, message: str) -> None:
    found = problems(text)
    assert any(at == place and message in told for at, told in found), found


ONLY_ONE = [
    row for row in WRONG if row[0] not in {"no code", "tables that are one", "weights over 100", "a status twice"}
]


@pytest.mark.parametrize(("text", "place"), [row[1:3] for row in ONLY_ONE], ids=[row[0] for row in ONLY_ONE])
def test_one_mistake_is_told_once(text: str, place: str) -> None:
    assert places(text) == [place]


@pytest.mark.parametrize(
    "iri",
    [
        "modul/1",
        "/modul/1",
        "//mooc.example/1",
        "mooc.example/1",
        "https:",
        "https://",
        "https:///modul",
        "http:modul",
        "https://?a",
        "1a:b",
        "urn:",
        "https://mooc.example/a b",
        "https://mooc.example/<a>",
        "https://mooc.example/{a}",
        "https://mooc.example/\\u00a0",
        "https://mooc.example/\\\\a",
        "https://mooc.example/" + "a" * 500,
    ],
)
def test_a_module_needs_an_absolute_iri(iri: str) -> None:
    assert places(TOP + ONLINE + MODULE.replace("https://mooc.example/1", iri)) == ["component[mooc].module[1].iri"]


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "ftp://mooc.example", "mooc.example", "//mooc.example", "data:a"]
)
def test_what_a_participant_opens_is_a_web_address(url: str) -> None:
    assert places(TOP + ONLINE + MODULE + f'url = "{url}"\n') == ["component[mooc].module[1].url"]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("code = \n" + TOP, "line 1"),
        (TOP + "a = = 1\n", "line 5"),
        (TOP + "code = 1\n", "line 5"),
        (TOP + 'x = "open', "line 5"),
        (TOP + "\x00", "line 5"),
        ("a = [", "line 1"),
        ("a = " + "[" * 50_000, ""),
        ("a = " + "9" * 5_000, ""),
        ("# " + "x" * 1_000_000, ""),
    ],
)
def test_a_file_that_is_no_toml_has_one_problem(text: str, place: str) -> None:
    assert places(text) == [place]


def test_components_lie_only_so_deep() -> None:
    def nested(depth: int) -> str:
        levels = [
            f'[[{".".join(["component"] * level)}]]\nkey = "a"\nweight = "100"\n' for level in range(1, depth + 1)
        ]
        return TOP + "".join(levels) + 'kind = "assessment"\n'

    assert parse_programme(nested(32)).components[0].path == "a"
    assert any("at most 32 deep" in message for _, message in problems(nested(33)))


def test_every_problem_is_told_at_once() -> None:
    text = 'code = "contoh"\nversion = 0\npass_mark = 70.5\n' + (
        '[[component]]\nkey = "Mooc"\nkind = "modul"\nweight = "50"\n'
        '[[component.module]]\niri = "modul/1"\njp = "x"\n'
        '[[component]]\nkey = "b"\nkind = "assessment"\nweight = "49"\n'
    )
    assert set(places(text)) == {
        "title",
        "version",
        "pass_mark",
        "component[Mooc].key",
        "component[Mooc].kind",
        "component[Mooc].module[1].iri",
        "component[Mooc].module[1].jp",
        "component",
    }


def test_problems_are_errors_of_the_domain() -> None:
    with pytest.raises(DomainError) as caught:
        parse_programme(TOP)
    assert isinstance(caught.value, ProgrammeErrors)
    (problem,) = caught.value.problems
    assert isinstance(problem, Problem)
    assert str(caught.value) == f"component: {problem.message}"


scraps = st.recursive(
    st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(["100", "modules", "urn:x:1"]),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=3,
)
KEYS = [
    "code",
    "title",
    "version",
    "pass_mark",
    "component",
    "predicate",
    "rounding",
    "attendance_status",
    "kind",
    "weight",
]


@st.composite
def tables(draw: st.DrawFn, depth: int = 2) -> dict[str, Any]:
    inner = st.lists(tables(depth - 1), max_size=3) if depth else st.nothing()
    return draw(
        st.dictionaries(st.sampled_from([*KEYS, "key", "module", "iri", "requires", "from", "source"]), inner | scraps)
    )


@settings(max_examples=100, deadline=None)
@given(content=tables())
def test_no_content_raises_anything_but_problems(content: dict[str, Any]) -> None:
    with patch("lms.programme.parsing.tomllib.loads", return_value=content), pytest.raises(ProgrammeErrors) as caught:
        parse_programme("")
    assert caught.value.problems
    assert all(problem.message and str(problem) for problem in caught.value.problems)


@settings(max_examples=100, deadline=None)
@given(st.text() | st.text(alphabet='[]=".\n\r1ae#{},'))
def test_no_text_raises_anything_but_problems(text: str) -> None:
    with pytest.raises(ProgrammeErrors):
        parse_programme(text)
