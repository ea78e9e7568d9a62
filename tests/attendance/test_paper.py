"""Registers on paper: what a PDF holds, who may print it, and keying a sheet in."""

import re
import zlib
from collections.abc import Iterator
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from hypothesis import given, settings
from hypothesis import strategies as st

from lms.attendance import paper, queries
from lms.attendance.paper import PaperRow, Sheet, pdf
from lms.attendance.paper_rules import ROWS, sheets
from lms.programme import service as programme
from lms.progress import service as progress
from lms.web.shell import LOCALE_COOKIE
from tests.world import NOW, START, World

S01 = "/cohorts/III/sessions/S01"
NAMES = (
    "Ani Contoh",
    '#panic("x") #import "@preview/x:1.0.0" $x^$ *tebal* _miring_ ] [ \\ `raw` <label> @ref // c /* d',
    "Muhammad " + "Abdurrahman Wahid Nasution " * 8,
    "محمد علي بن أبي طالب",
    "ꦲꦤꦕꦫꦏ",
    "X" * 200,
    "李小龍 👩‍🏫",
    "\u202eterbalik\u202c \u0301\u0301\u0301",
)


@pytest.fixture(autouse=True)
def _at_that_moment() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def _sheet(rows: tuple[PaperRow, ...], **changes: Any) -> Sheet:
    values: dict[str, Any] = {
        "organisation": NAMES[1],
        "heading": "Daftar hadir",
        "facts": (("Angkatan", NAMES[2]), ("Sesi", NAMES[1]), ("Ruang", "Aula")),
        "address": "https://padu.example/cohorts/III/sessions/S01?source=paper&sheet=1",
        "name": "S01, sheet 1 of 1",
        "opens": "Opens",
        "columns": ("No.", "Nama", "NIP", "Kelompok", "Tanda tangan"),
        "rows": rows,
        "counts": ("Di lembar ini", "Di ruangan"),
        "signs": "Fasilitator",
        "signs_hint": "Nama",
        "note": "Catatan",
        "page": "1",
    }
    return Sheet(**values | changes)


def _row(number: int, name: str) -> PaperRow:
    return PaperRow(number=number, name=name, identifier="199001012026031001", group="A")


def pages(content: bytes) -> int:
    """How many pages a PDF has: those of the root of its tree of pages, also where it is packed."""
    packed = re.findall(rb"stream\r?\n(.*?)endstream", content, re.DOTALL)
    texts = [content]
    for one in packed:
        try:
            texts.append(zlib.decompress(one.rstrip(b"\r\n")))
        except zlib.error:
            continue
    return sum(len(re.findall(rb"/Type\s*/Page\b(?!s)", text)) for text in texts)


@given(st.lists(st.integers(), max_size=3 * ROWS))
def test_everybody_stands_on_one_sheet_in_their_order(people: list[int]) -> None:
    found = sheets(people)
    assert [person for sheet in found for person in sheet] == people
    assert all(0 < len(sheet) <= ROWS for sheet in found) or found == ((),)


def test_names_are_set_as_they_are_whatever_they_hold() -> None:
    rows = tuple(_row(number, NAMES[number % len(NAMES)]) for number in range(ROWS))
    written = pdf((_sheet(rows),), title=NAMES[1], language="id")
    assert written.startswith(b"%PDF-")
    assert pages(written) == 1


@settings(max_examples=25, deadline=None)
@given(st.text(max_size=300))
def test_no_text_breaks_a_sheet_or_makes_it_longer(text: str) -> None:
    text = text.replace("\0", "")
    sheet = _sheet((_row(1, text),), organisation=text, facts=((text, text),), name=text)
    assert pages(pdf((sheet,), title=text, language="id")) == 1


def test_five_hundred_people_stand_on_twenty_five_sheets() -> None:
    rows = [_row(number, NAMES[number % len(NAMES)]) for number in range(500)]
    found = tuple(_sheet(one) for one in sheets(rows))
    assert pages(pdf(found, title="S01", language="id")) == len(found) == 25


@pytest.fixture
def printed(monkeypatch: pytest.MonkeyPatch) -> list[Sheet]:
    """The sheets that were last made into a PDF."""
    last: list[Sheet] = []
    make = paper.pdf

    def kept(sheets: tuple[Sheet, ...], **words: Any) -> bytes:
        last[:] = sheets
        return make(sheets, **words)

    monkeypatch.setattr(paper, "pdf", kept)
    return last


def test_a_sheet_says_what_it_is_of_and_has_everybody(world: World, printed: list[Sheet]) -> None:
    world.account("facilitator")
    answer = world.client("manager").get(f"{S01}/print")
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    assert pages(answer.data) == 1
    (sheet,) = printed
    assert sheet.organisation == "Kota Sukabumi (contoh)"
    assert dict(sheet.facts) == {
        "Cohort": "Angkatan III",
        "Session": "S01 · Pembukaan · Everyone",
        "When": "Thu 12 Mar 2026, 08:00–10:15 WIB",
        "Room": "–",
        "Facilitators": "Facilitator",
    }
    assert [(row.number, row.name, row.group) for row in sheet.rows] == [
        (1, "Ani Contoh", "A"),
        (2, "Budi Contoh", "A"),
        (3, "Citra Contoh", "B"),
        (4, "Dedi Contoh", "B"),
    ]
    assert sheet.name == "S01, sheet 1 of 1"


def test_a_sheet_is_in_the_language_of_its_reader(world: World, printed: list[Sheet]) -> None:
    _ = world.cohort
    client = world.client("manager")
    client.set_cookie(LOCALE_COOKIE, "id")
    client.get(f"{S01}/print")
    assert dict(printed[0].facts)["Sesi"] == "S01 · Pembukaan · Semua orang"


def test_a_facilitator_prints_their_own_groups(world: World, printed: list[Sheet]) -> None:
    _ = world.cohort
    client = world.client("facilitator")
    assert client.get(f"{S01}/print").status_code == 200
    assert [row.name for row in printed[0].rows] == ["Ani Contoh", "Budi Contoh"]
    assert client.get("/cohorts/III/sessions/SEM-B/print").status_code == 403


def test_all_registers_of_a_day_or_of_a_group_are_one_file(world: World, printed: list[Sheet]) -> None:
    _ = world.cohort
    client = world.client("manager")
    assert pages(client.get("/cohorts/III/print?day=2026-03-12").data) == 3
    assert [sheet.name for sheet in printed] == [f"{code}, sheet 1 of 1" for code in ("S01", "SEM-A", "SEM-B")]
    assert pages(client.get("/cohorts/III/print?group=B").data) == 2
    assert [[row.name for row in sheet.rows] for sheet in printed] == [["Citra Contoh", "Dedi Contoh"]] * 2


@pytest.mark.parametrize(("day", "status"), [("2026-03-01", 404), ("soon", 400), ("2026-02-30", 400)])
def test_a_day_without_sessions_or_that_is_none_is_told(world: World, day: str, status: int) -> None:
    _ = world.cohort
    assert world.client("manager").get(f"/cohorts/III/print?day={day}").status_code == status


@pytest.mark.parametrize("path", [f"{S01}/print", "/cohorts/III/print"])
def test_who_may_print(world: World, path: str) -> None:
    _ = world.cohort
    assert world.client("auditor").get(path).status_code == 200
    assert world.client("participant").get(path).status_code == 403
    assert world.client("manager", organisation_id=world.bandung).get(path).status_code == 404
    assert world.client().get(path).status_code == 303


def _enrol(world: World, count: int) -> None:
    cohort = world.cohort
    rows = [
        programme.NewEnrolment(identifier=f"P{number:04}", name=f"Peserta {number:04}", group="A")
        for number in range(count)
    ]
    with world.transaction() as session:
        programme.enrol(session, organisation_id=world.sukabumi, cohort_id=cohort, rows=rows, now=START)
        progress.refold(session, organisation_id=world.sukabumi, cohort_id=cohort, now=START)


def test_the_code_of_a_sheet_opens_the_register_there_and_what_is_keyed_in_says_so(
    world: World, printed: list[Sheet]
) -> None:
    _enrol(world, 21)
    client = world.client("manager")
    client.get(f"{S01}/print")
    assert [len(sheet.rows) for sheet in printed] == [ROWS, 5]
    address = urlsplit(printed[1].address)
    assert parse_qs(address.query)["sheet"] == ["2"]
    where = f"{address.path}?{address.query}"
    page = client.get(where)
    assert page.text.count('class="person-name"') == 5
    fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page.text))
    first = next(name for name in fields if name.endswith("-participant_id")).removesuffix("participant_id")
    posted = unescape(re.search(r'<form class="register[^>]*action="([^"]+)"', page.text)[1])  # type: ignore[index]
    keyed = {**fields, f"{first}status": "hadir"}
    compared = client.post(posted, data=keyed)
    assert "Nothing is saved yet" in compared.text
    done = client.post(posted, data={**keyed, "step": "save"})
    assert done.status_code == 303
    assert "sheet=2" in done.headers["Location"]
    with world.reading() as session:
        marks = queries.history(session, organisation_id=world.sukabumi, session_id=world.session_id("S01"))
    assert [(mark.source, mark.source_name) for past in marks.values() for mark in past] == [("paper", "2")]
    assert "From paper, sheet 2" in client.get(where).text


def test_a_register_without_a_sheet_can_be_keyed_in_too(world: World) -> None:
    _ = world.cohort
    client = world.client("facilitator")
    page = client.get(f"{S01}?source=paper")
    assert "Keying in from paper" in page.text
    assert "data-session=" not in page.text
    usual = client.get(S01)
    assert "Keying in" not in usual.text
    assert "?source=paper" in usual.text
    assert "data-session=" in usual.text
