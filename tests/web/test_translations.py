"""The Indonesian catalogue is whole, and an Indonesian page is Indonesian."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
import time_machine
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS
from babel.messages.frontend import CommandLineInterface
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po
from flask.testing import FlaskClient

from lms.programme import service as programme
from lms.settings import ROOT
from lms.web.shell import LOCALE_COOKIE
from tests.world import NOW, START, World

KEYWORDS = ("lazy_gettext", "_l")
"""What docs/architecture.md tells the extraction to look for, over and above what it knows by itself."""

CORE = ROOT / "translations/id/LC_MESSAGES/messages.po"
PLUGINS = sorted(ROOT.glob("plugins/*/translations/id/LC_MESSAGES/messages.po"))
PARAMETER = re.compile(r"%\(\w+\)[a-z]|%%|%[a-z]")
MARKUP = '<>&"'

each_catalogue = pytest.mark.parametrize("path", [CORE, *PLUGINS], ids=lambda path: str(path.relative_to(ROOT)))


def parts(message: Message) -> tuple[list[str], list[str]]:
    """The English texts (singular and plural) and the Indonesian ones."""
    english = [message.id] if isinstance(message.id, str) else list(message.id)
    indonesian = [message.string] if isinstance(message.string, str) else list(message.string or ("",))
    return english, indonesian


def texts(catalogue: Catalog) -> list[Message]:
    """The messages without the header, which is the one with an empty id."""
    return [message for message in catalogue if message.id]


def by_english(catalogue: Catalog) -> dict[tuple[str, ...], list[str]]:
    """The Indonesian texts of each message."""
    return {tuple(english): indonesian for english, indonesian in map(parts, texts(catalogue))}


def read(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale="id")


def compiled(path: Path) -> Catalog:
    """The catalogue that the app reads, beside its source."""
    with path.with_suffix(".mo").open("rb") as file:
        return read_mo(file)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    """Every text that the code and the templates of the core have now."""
    path = tmp_path_factory.mktemp("texts") / "messages.pot"
    looked_for = [part for keyword in KEYWORDS for part in ("-k", keyword)]
    mapping = ["-F", str(ROOT / "babel.cfg")]
    CommandLineInterface().run(["pybabel", "-q", "extract", *mapping, *looked_for, "-o", str(path), str(ROOT)])
    with path.open("rb") as file:
        return read_po(file)


@pytest.fixture(scope="module")
def catalogue() -> Catalog:
    return read(CORE)


def test_the_catalogue_holds_every_text_and_no_other(template: Catalog, catalogue: Catalog) -> None:
    wanted, there = set(by_english(template)), set(by_english(catalogue))
    assert len(wanted) > 500
    assert sorted(wanted - there) == []
    assert sorted(there - wanted) == []
    assert not catalogue.obsolete


@each_catalogue
def test_every_text_is_translated_and_none_is_a_guess(path: Path) -> None:
    catalogue = read(path)
    assert [message.id for message in catalogue if message.fuzzy and message.id] == []
    assert [message.id for message in texts(catalogue) if not all(text.strip() for text in parts(message)[1])] == []


@each_catalogue
def test_a_translation_fills_in_what_its_source_fills_in(path: Path) -> None:
    def parameters(text: str) -> Counter[str]:
        return Counter(PARAMETER.findall(text))

    for message in texts(read(path)):
        english, indonesian = parts(message)
        assert [parameters(text) for text in indonesian] == [parameters(english[-1])], message.id


@each_catalogue
def test_a_translation_brings_no_markup_of_its_own(path: Path) -> None:
    """A template takes a translation for safe: a stray `<`, `&` or `"` would break the page or an attribute of it."""
    for message in texts(read(path)):
        english, indonesian = parts(message)
        for text in indonesian:
            assert [text.count(sign) for sign in MARKUP] == [english[-1].count(sign) for sign in MARKUP], message.id


@each_catalogue
def test_every_catalogue_knows_that_indonesian_has_one_form(path: Path) -> None:
    """The catalogues are merged, and the plural rule of the last one goes for all."""
    assert dict(compiled(path).mime_headers)["Plural-Forms"] == "nplurals=1; plural=0;"


@each_catalogue
def test_the_compiled_catalogue_says_what_the_source_says(path: Path) -> None:
    assert by_english(compiled(path)) == by_english(read(path))


def names_for_gettext(path: Path) -> set[str]:
    """The names by which this file asks for a text."""
    nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    imports = [node for node in nodes if isinstance(node, ast.ImportFrom) and node.module == "flask_babel"]
    aliases = [alias for node in imports for alias in node.names if alias.name.endswith("gettext")]
    return {alias.asname or alias.name for alias in aliases}


def test_no_text_hides_behind_a_name_that_is_not_looked_for() -> None:
    used = {path: names_for_gettext(path) for path in ROOT.glob("lms/**/*.py")}
    assert set(KEYWORDS) <= set().union(*used.values())
    assert {path: names for path, names in used.items() if names - {*DEFAULT_KEYWORDS, *KEYWORDS}} == {}


@pytest.fixture
def at_that_moment() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def indonesian(world: World, at_that_moment: None) -> FlaskClient:
    """A programme manager who chose Indonesian."""
    _ = world.cohort
    client = world.client("manager")
    client.set_cookie(LOCALE_COOKIE, "id")
    return client


def test_the_page_of_a_cohort_is_indonesian(indonesian: FlaskClient) -> None:
    page = indonesian.get("/cohorts/III").text
    assert '<html lang="id"' in page
    for words in ("Peserta", "Perlu ditinjau", "Sejauh ini", "Dari keseluruhan", "Terbaik yang mungkin", "Nilai lulus"):
        assert words in page
    for words in ("Participants", "Needs review", "So far", "Of all", "Best possible", "Pass mark", "people shown"):
        assert words not in page


def test_more_than_one_is_counted_in_indonesian(indonesian: FlaskClient) -> None:
    assert "4 orang ditampilkan · 4 seluruhnya" in indonesian.get("/cohorts/III").text


def test_decimals_have_a_comma(indonesian: FlaskClient) -> None:
    assert "Nilai lulus 70,00" in indonesian.get("/cohorts/III").text


def test_a_moment_is_told_as_indonesians_tell_it(world: World, indonesian: FlaskClient) -> None:
    with world.transaction() as session:
        programme.add_cohort(
            session,
            organisation_id=world.sukabumi,
            programme_code="contoh",
            code="2021",
            name="Angkatan lama",
            starts_at=datetime(2021, 5, 20, 23, 0, tzinfo=UTC),
            ends_at=None,
            time_zone="Asia/Jakarta",
            targets={"mooc": Decimal("87.5")},
            now=START,
        )
    page = indonesian.get("/cohorts/2021/setup").text
    assert "21 Mei 2021, 06.00 WIB" in page


def test_a_wrong_form_is_explained_in_indonesian(indonesian: FlaskClient) -> None:
    answer = indonesian.post("/cohorts/new", data={})
    assert answer.status_code == 422
    assert "Isi kode angkatan." in answer.text
    assert "Give the cohort" not in answer.text


def test_what_the_domain_refuses_is_told_in_indonesian(indonesian: FlaskClient) -> None:
    answer = indonesian.get("/cohorts/IX")
    assert answer.status_code == 404
    assert "Tidak ada angkatan IX." in answer.text
