"""The documents say what is there: settings, commands, plugin fields, links, examples. What nobody wrote down fails."""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import fields
from decimal import Decimal
from functools import cache
from pathlib import Path
from urllib.parse import unquote

import click
import pytest

from lms.cli import main
from lms.db import new_id
from lms.exchange import rules as exchange
from lms.exchange.readers import read_table
from lms.plugin import Plugin, ProgrammePack, load_plugins
from lms.programme.rules import components, parse_programme
from lms.settings import ROOT, VARIABLES, Settings

DOCS = ROOT / "docs"
DOCUMENTS = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])
HELP_OPTIONS = {"-h", "--help"}

FENCE = re.compile(r"^```(?P<kind>\w*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"!?\[[^\]]*\]\((?P<markdown>[^)\s]+)\)|(?:src|href)=\"(?P<html>[^\"]+)\"")
HEADING = re.compile(r"^#{1,6} (?P<title>.+)$", re.MULTILINE)
WRITTEN_COMMAND = re.compile(r"python3 manage\.py ((?:[a-z]+(?:-[a-z]+)* ?)+)")


@cache
def text(document: Path) -> str:
    return document.read_text(encoding="utf-8")


def named(document: Path) -> str:
    return str(document.relative_to(ROOT))


def prose(document: Path) -> str:
    """The document without its examples."""
    return FENCE.sub("", text(document))


def examples(document: Path, kind: str) -> list[str]:
    return [found["text"] for found in FENCE.finditer(text(document)) if found["kind"] == kind]


@cache
def anchors(document: Path) -> set[str]:
    """What a link may point at, as code hosts make it of the headings."""
    titles = (found["title"] for found in HEADING.finditer(prose(document)))
    plain = (re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", title).lower() for title in titles)
    return {re.sub(r"[^\w\- ]", "", title).replace(" ", "-") for title in plain}


def sections(document: Path) -> dict[str, str]:
    """What stands under each heading of the second level."""
    parts = re.split(r"^## (.+)$", text(document), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def rows(part: str) -> set[str]:
    """The names in the first column of the tables of a section."""
    return set(re.findall(r"^\| `([^`]+)`", part, re.MULTILINE))


# Links


@pytest.mark.parametrize("document", DOCUMENTS, ids=named)
def test_every_link_between_documents_leads_somewhere(document: Path) -> None:
    broken = [link for link in _relative_links(document) if not _leads_somewhere(document, link)]
    assert broken == []


def _relative_links(document: Path) -> Iterator[str]:
    for found in LINK.finditer(prose(document)):
        link = found["markdown"] or found["html"]
        if not re.match(r"[a-z]+:", link):
            yield unquote(link)


def _leads_somewhere(document: Path, link: str) -> bool:
    path, _, anchor = link.partition("#")
    target = (document.parent / path).resolve() if path else document
    return target.exists() and (not anchor or anchor in anchors(target))


def test_the_index_leads_to_every_document() -> None:
    index = {(DOCS / link.partition("#")[0]).resolve() for link in _relative_links(DOCS / "README.md")}
    assert {document for document in DOCS.glob("*.md") if document.name != "README.md"} <= index


def test_the_index_of_decisions_lists_each_by_its_title() -> None:
    index = text(DOCS / "adr" / "README.md")
    for decision in sorted((DOCS / "adr").glob("[0-9]*.md")):
        number, _, title = text(decision).partition("\n")[0].removeprefix("# ").partition(". ")
        assert f"| {int(number):04} | [{title}]({decision.name}) |" in index


# Settings


def test_every_setting_has_a_section_and_no_other_is_told_of() -> None:
    assert list(sections(DOCS / "settings.md")) == list(VARIABLES.values())


@pytest.mark.parametrize("document", DOCUMENTS, ids=named)
def test_no_document_names_a_setting_that_is_not_there(document: Path) -> None:
    told = set(re.findall(r"\b(?:LMS|XAPI)_[A-Z_]+[A-Z]\b", text(document)))
    assert {name for name in told if not name.startswith("LMS_TEST_")} <= set(VARIABLES.values())


@pytest.mark.parametrize(
    "field", [field for field in fields(Settings) if field.name != "secret_key"], ids=lambda field: field.name
)
def test_the_default_of_every_setting_is_told(field: object) -> None:
    name, default = field.name, field.default  # type: ignore[attr-defined]
    plain = ",".join(default) if isinstance(default, tuple) else str(default)
    told = plain.replace(f"sqlite:///{ROOT}/", "") or "empty"
    assert re.search(rf"Default:[^.]*?\b{re.escape(told)}\b", sections(DOCS / "settings.md")[VARIABLES[name]])


# Commands


def commands(group: click.Group, *before: str) -> Iterator[tuple[str, click.Command]]:
    for name, command in sorted(group.commands.items()):
        if isinstance(command, click.Group):
            yield from commands(command, *before, name)
        else:
            yield " ".join((*before, name)), command


@cache
def every_command() -> dict[str, click.Command]:
    """All commands, those of the plugins in the tree too."""
    plugins = load_plugins(("plugins.latsar", "plugins.moodle"))
    further = click.Group(commands=[command for plugin in plugins for command in plugin.commands])
    return dict([*commands(main), *commands(further)])


def test_every_command_has_a_section_and_no_other_is_told_of() -> None:
    assert set(sections(DOCS / "cli.md")) == set(every_command())


@pytest.mark.parametrize("name", sorted(every_command()))
def test_every_option_of_a_command_is_told_and_no_other(name: str) -> None:
    options = [one for one in every_command()[name].params if isinstance(one, click.Option)]
    there = {spelling for one in options for spelling in one.opts if spelling.startswith("--")}
    part = sections(DOCS / "cli.md")[name]
    assert rows(part) == there - HELP_OPTIONS
    assert f"python3 manage.py {name}" in part


@pytest.mark.parametrize("document", DOCUMENTS, ids=named)
def test_every_command_that_a_document_writes_is_there(document: Path) -> None:
    own = {"test", "word"}
    for found in WRITTEN_COMMAND.findall(text(document)):
        words = found.split()
        assert words[0] in own or any(_begins(words, name.split()) for name in every_command()), found


def _begins(words: list[str], name: list[str]) -> bool:
    return words[: len(name)] == name


def test_the_two_commands_of_the_readme_are_in_the_help_of_manage() -> None:
    told = set(re.findall(r"^python3 manage\.py (\w+)", text(ROOT / "README.md"), re.MULTILINE))
    assert told == {"demo", "test"}
    manage = text(ROOT / "manage.py")
    assert all(f"python3 manage.py {word}" in manage for word in told)


def test_the_first_cohort_has_a_target_that_its_programme_knows() -> None:
    (pack,) = (pack for plugin in load_plugins(("plugins.latsar",)) for pack in plugin.programmes)
    start = text(DOCS / "start.md")
    (target,) = re.findall(r"--target (\S+)=", start)
    assert f"--programme {pack.code}" in start
    assert target in {one.path for one in components(parse_programme(pack.path.read_text(encoding="utf-8")))}


# Plugins


@pytest.mark.parametrize(
    ("kind", "section"), [(Plugin, "The fields of Plugin"), (ProgrammePack, "The fields of ProgrammePack")]
)
def test_every_field_of_the_extension_surface_is_told_and_no_other(kind: type, section: str) -> None:
    there = {field.name for field in fields(kind)}
    assert rows(sections(DOCS / "plugins.md")[section]) == there


def test_the_smallest_plugin_reads_what_it_says_it_reads() -> None:
    told: dict[str, object] = {}
    exec(compile(examples(DOCS / "plugins.md", "python")[0], "kelas.py", "exec"), told)  # noqa: S102  (our own text)
    plugin = told["plugin"]
    assert isinstance(plugin, Plugin)
    (dialect,) = plugin.dialects
    statement = {
        "verb": {"id": told["FINISHED"]},
        "object": {"id": "https://kelas.example/1"},
        "result": {"extensions": {told["POINTS"]: 80}},
    }
    (claim,) = dialect(statement) or ()
    assert (claim.iri, claim.completed, claim.score) == ("https://kelas.example/1", True, Decimal(80))
    assert dialect({**statement, "verb": {"id": "https://elsewhere.example/finished"}}) is None


# Examples


@pytest.mark.parametrize("document", DOCUMENTS, ids=named)
def test_every_example_in_python_compiles_and_every_toml_reads(document: Path) -> None:
    for example in examples(document, "python"):
        compile(example, named(document), "exec")
    for example in examples(document, "toml"):
        tomllib.loads(example)


def test_the_files_of_the_example_fit_together() -> None:
    programme = parse_programme(examples(DOCS / "files.md", "toml")[0])
    people, timetable, marks, scores = (read_table(example.encode()) for example in examples(DOCS / "files.md", "csv"))
    members = exchange.participants(people)
    meetings = exchange.sessions(
        timetable, groups=[one.group for one in members if one.group], facilitators={"wati@example.org": new_id()}
    )
    ids = {one.identifier: one.line for one in members}
    assert exchange.attendance(
        marks,
        people=ids,  # type: ignore[arg-type]  # any value stands for a person here
        sessions={one.code: one.line for one in meetings},  # type: ignore[misc]
        statuses=programme.statuses,
    )
    assert exchange.assessments(
        scores,
        people=ids,  # type: ignore[arg-type]
        kinds={one.path: one.kind for one in components(programme)},
        time_zone="Asia/Jakarta",
    )


def test_the_columns_of_the_export_are_those_of_the_programme_above() -> None:
    programme = parse_programme(examples(DOCS / "files.md", "toml")[0])
    paths = ",".join(one.path for one in components(programme))
    assert f"`{paths}`" in text(DOCS / "files.md")
