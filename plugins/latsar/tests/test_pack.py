"""The programme that the plugin brings agrees with what it says is known."""

from decimal import Decimal

import pytest
from click.testing import CliRunner

from lms.plugin import ProgrammePack
from lms.programme.rules import AbsenceLimit, Programme, component, modules, parse_programme
from plugins.latsar import plugin
from plugins.latsar.commands import latsar
from plugins.latsar.figures import FIGURES, Figure
from plugins.latsar.packs import PACKS

KNOWN = [figure for figure in FIGURES if figure.place]


def programme(pack: ProgrammePack) -> Programme:
    return parse_programme(pack.path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("pack", PACKS, ids=lambda pack: pack.code)
def test_a_pack_can_be_published_as_it_is(pack: ProgrammePack) -> None:
    assert programme(pack).code == pack.code


@pytest.mark.parametrize("pack", PACKS, ids=lambda pack: pack.code)
def test_every_rule_of_a_pack_carries_its_source(pack: ProgrammePack) -> None:
    told = programme(pack)
    tables = 2 + len(told.predicates) + len(told.statuses) + 8 + len(list(modules(told)))
    assert len(told.sources) == tables
    assert all(source.text for source in told.sources)


@pytest.mark.parametrize("pack", PACKS, ids=lambda pack: pack.code)
def test_its_modules_are_placeholders_to_be_replaced(pack: ProgrammePack) -> None:
    assert all(module.iri.startswith("https://mooc.example/latsar/") for module in modules(programme(pack)))
    assert "https://mooc.example/latsar/..." in pack.path.read_text(encoding="utf-8")


@pytest.mark.parametrize("figure", KNOWN, ids=lambda figure: figure.place)
def test_the_page_and_the_newest_pack_say_the_same_of_what_is_confirmed(figure: Figure) -> None:
    standing = {source.place: source.verified for source in programme(PACKS[-1]).sources}
    assert standing[figure.place] == figure.verified


@pytest.mark.parametrize(
    ("path", "whole", "place"),
    [
        ("akademik.mooc", 10, "component[akademik].component[mooc]"),
        ("akademik.e-learning", 10, "component[akademik].component[e-learning]"),
        ("sikap", 10, "component[sikap]"),
        ("rancangan", 20, "component[rancangan]"),
        ("aktualisasi", 30, "component[aktualisasi]"),
        ("teknis", 20, "component[teknis]"),
    ],
)
def test_weights_are_those_of_the_page(path: str, whole: int, place: str) -> None:
    told = programme(PACKS[-1])
    share = Decimal(100)
    for depth in range(1, path.count(".") + 2):
        part = component(told, ".".join(path.split(".")[:depth]))
        assert part is not None
        share = share * part.weight / 100
    assert share == whole == next(figure.value for figure in KNOWN if figure.place == place)


def test_pass_mark_limits_and_bands_are_those_of_the_page() -> None:
    told = programme(PACKS[-1])
    values = {figure.place: figure.value for figure in KNOWN}
    assert told.pass_mark == values["programme"]
    assert told.absence_limit == AbsenceLimit(sessions=6, jp=Decimal(18), days=2)
    bands = {str(figure.item): figure.value for figure in KNOWN if figure.place.startswith("predicate")}
    assert {band.name: band.at_least for band in told.predicates} == bands


def test_the_plugin_offers_every_pack() -> None:
    assert plugin.programmes == PACKS


@pytest.mark.parametrize("arguments", [["pack"], ["pack", "--code", PACKS[0].code]])
def test_the_command_prints_the_file(arguments: list[str]) -> None:
    done = CliRunner().invoke(latsar, arguments)
    assert (done.exit_code, done.output) == (0, PACKS[0].path.read_text(encoding="utf-8"))


def test_the_command_names_the_codes_there_are() -> None:
    done = CliRunner().invoke(latsar, ["pack", "--code", "lain"])
    assert done.exit_code == 2
    assert PACKS[0].code in done.output
