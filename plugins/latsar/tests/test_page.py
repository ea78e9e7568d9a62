"""The page about Latsar CPNS, and its language."""

from pathlib import Path

import pytest
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po

from plugins.latsar import plugin
from tests.world import World


@pytest.mark.parametrize(
    ("role", "status"),
    [
        ("admin", 200),
        ("manager", 200),
        ("facilitator", 200),
        ("auditor", 200),
        ("participant", 403),
        (None, 303),
    ],
)
def test_staff_may_read_it(world: World, role: str | None, status: int) -> None:
    assert world.client(role).get("/latsar").status_code == status


def test_every_figure_shows_its_source_and_whether_it_is_confirmed(world: World) -> None:
    page = world.client("auditor").get("/latsar").text
    for words in ("647 JP", "70.01", "KASN, 2021", "An article of 2021", "Not confirmed", "Confirmed"):
        assert words in page


@pytest.mark.parametrize(("role", "is_offered"), [("manager", True), ("auditor", False), ("facilitator", False)])
def test_the_programme_file_is_offered_to_whoever_may_publish(world: World, role: str, is_offered: bool) -> None:
    page = world.client(role).get("/latsar").text
    assert ("/programmes/new?pack=latsar-cpns-13-2022" in page) == is_offered


def test_it_is_linked_from_where_programmes_are_added(world: World) -> None:
    assert 'href="/latsar"' in world.client("manager").get("/programmes/new").text


def test_it_speaks_indonesian_and_writes_figures_with_a_comma(world: World) -> None:
    client = world.client("auditor")
    client.set_cookie("padu_locale", "id")
    page = client.get("/latsar").text
    for words in ("Bobot pelaksanaan aktualisasi", "Artikel tahun 2021", "70,01"):
        assert words in page


def test_the_compiled_texts_are_those_of_the_catalogue() -> None:
    folder = Path(str(plugin.translations)) / "id/LC_MESSAGES"
    with (folder / "messages.po").open("rb") as source, (folder / "messages.mo").open("rb") as compiled:
        written = {message.id: message.string for message in read_po(source) if message.id}
        assert {message.id: message.string for message in read_mo(compiled) if message.id} == written
