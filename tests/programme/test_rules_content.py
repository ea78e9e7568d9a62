"""Looking into a programme, and telling whether two files say the same."""

import json
from pathlib import Path

import pytest

from lms.programme.publishing import fingerprint
from lms.programme.rules import canonical, component, components, leaves, modules, parse_programme

EXAMPLE = (Path(__file__).parent.parent / "examples" / "sukabumi" / "programme.toml").read_text(encoding="utf-8")
NESTED = """
code = "contoh"
title = "Contoh"
version = 1
pass_mark = "70"

[[predicate]]
name = "Baik"
from = "80"
source = "Kep. 13"

[[predicate]]
name = "Cukup"
from = "70"
source = "Kep. 14"

[[predicate]]
name = "Kurang"
from = "0"

[[attendance_status]]
code = "hadir"
weight = "1"

[[attendance_status]]
code = "alpa"
weight = "0"
absent = true

[[component]]
key = "akademik"
weight = "60"
source = "Kep. 13"

[[component.component]]
key = "mooc"
weight = "50"
kind = "modules"

[[component.component.module]]
iri = "urn:x:1"

[[component.component.module]]
iri = "urn:x:2"

[[component.component]]
key = "ujian"
weight = "50"
kind = "assessment"

[[component]]
key = "sikap"
weight = "40"
kind = "assessment"
verified = true
"""


def test_components_come_with_a_parent_before_its_parts() -> None:
    programme = parse_programme(NESTED)
    assert [one.path for one in components(programme)] == ["akademik", "akademik.mooc", "akademik.ujian", "sikap"]
    assert [one.path for one in leaves(programme)] == ["akademik.mooc", "akademik.ujian", "sikap"]
    assert [module.iri for module in modules(programme)] == ["urn:x:1", "urn:x:2"]


@pytest.mark.parametrize("path", ["akademik", "akademik.ujian", "sikap"])
def test_a_component_is_found_by_its_path(path: str) -> None:
    found = component(parse_programme(NESTED), path)
    assert found is not None
    assert found.path == path


@pytest.mark.parametrize("path", ["", "ujian", "akademik.", "akademik.lain"])
def test_there_is_no_component_at_another_path(path: str) -> None:
    assert component(parse_programme(NESTED), path) is None


def swapped(text: str, first: str, second: str) -> str:
    assert first in text
    assert second in text
    return text.replace(first, "\0").replace(second, first).replace("\0", second)


SAME = [
    NESTED.replace('"70"', '"70.00"'),
    NESTED.replace('"70"', "70"),
    NESTED.replace('key = "sikap"', 'title = "sikap"\nkey = "sikap"'),
    NESTED.replace('iri = "urn:x:1"', 'jp = "1.0"\nattempts = "best"\niri = "urn:x:1"'),
    NESTED + '\n[rounding]\nplaces = 2\nmode = "half-up"\n[absence_limit]\n',
    NESTED.replace("\n", "\r\n") + "# a remark",
    swapped(
        NESTED, 'name = "Baik"\nfrom = "80"\nsource = "Kep. 13"', 'name = "Cukup"\nfrom = "70"\nsource = "Kep. 14"'
    ),
    NESTED.replace('source = "Kep. 14"', 'source = "Kep. 14"\nverified = false'),
    NESTED.replace('iri = "urn:x:1"', 'requires = []\niri = "urn:x:1"'),
]

OTHER = [
    NESTED.replace('"70"', '"70.01"'),
    NESTED.replace('"contoh"', '"lain"'),
    NESTED.replace("version = 1", "version = 2"),
    NESTED.replace('title = "Contoh"', 'title = "Lain"'),
    NESTED.replace('iri = "urn:x:1"', 'iri = "urn:x:1"\njp = "2"'),
    NESTED.replace('iri = "urn:x:1"', 'iri = "urn:x:1"\ndue_after_days = 0'),
    NESTED.replace('iri = "urn:x:1"', 'iri = "urn:x:1"\nurl = "https://x.example"'),
    swapped(NESTED, "urn:x:1", "urn:x:2"),
    swapped(NESTED, '"hadir"\nweight = "1"', '"alpa"\nweight = "0"\nabsent = true'),
    NESTED.replace('source = "Kep. 14"', 'source = "Kep. 15"'),
    NESTED.replace("verified = true", "verified = false"),
    NESTED + "[absence_limit]\nsessions = 0\n",
    NESTED.replace('iri = "urn:x:2"', 'requires = ["urn:x:1"]\niri = "urn:x:2"'),
]


@pytest.mark.parametrize("text", SAME)
def test_two_files_that_say_the_same_have_the_same_content(text: str) -> None:
    assert canonical(parse_programme(text)) == canonical(parse_programme(NESTED))


@pytest.mark.parametrize("text", OTHER)
def test_any_other_word_is_other_content(text: str) -> None:
    assert canonical(parse_programme(text)) != canonical(parse_programme(NESTED))


def test_a_version_that_was_published_before_there_were_prerequisites_is_the_same_still() -> None:
    assert fingerprint(parse_programme(EXAMPLE)).hex() == (
        "376cf0fed7054b9414531d6d71fcf5f3382ed653a3d747f075d896db066fb587"
    )


def test_the_content_is_json_that_holds_decimals_as_plain_text() -> None:
    content = json.loads(canonical(parse_programme(EXAMPLE)))
    assert content["pass_mark"] == "70.01"
    assert [band["at_least"] for band in content["predicates"]] == ["0", "60.01", "70.01", "80.01", "90.01"]
    assert content["components"][0]["weight"] == "20"
