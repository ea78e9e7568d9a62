"""Files as spreadsheets make them become tables of texts, whatever the separator, and lines are told as editors do."""

import csv
import io
import re
import zipfile
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.exchange import readers
from lms.exchange.cells import CellError
from lms.exchange.readers import read_table

NIP = "199001012026031001"


def _table(content: bytes) -> tuple[tuple[str, ...], list[tuple[int, tuple[str, ...]]]]:
    table = read_table(content)
    return table.header.cells, [(row.line, row.cells) for row in table.rows]


def _xlsx(*rows: list[Any]) -> bytes:
    book, stream = openpyxl.Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(stream)
    return stream.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        b"identifier,name\n1,Ani\n",
        b"identifier;name\r\n1;Ani\r\n",
        b"identifier\tname\n1\tAni",
        b"\xef\xbb\xbfidentifier,name\r\n1,Ani\r\n",
        b"\xef\xbb\xbfidentifier;name\r\n1;Ani\r\n",
        b'"identifier";"name"\r\n"1";"Ani"\r\n',
        b" identifier , name \n 1 , Ani \n",
    ],
)
def test_it_reads_csv_as_spreadsheets_write_it(content: bytes) -> None:
    assert _table(content) == (("identifier", "name"), [(2, ("1", "Ani"))])


def test_it_takes_the_separator_from_excels_own_first_line() -> None:
    assert _table(b"sep=;\r\nidentifier;name,title\r\n1;a,b\r\n") == (("identifier", "name,title"), [(3, ("1", "a,b"))])


def test_decimal_commas_do_not_change_the_separator() -> None:
    assert _table(b"component;score\r\na;75,5\r\nb;80,25\r\n")[1] == [(2, ("a", "75,5")), (3, ("b", "80,25"))]


def test_it_counts_lines_as_an_editor_does() -> None:
    content = b'a,b\n\n1,"two\nlines"\n\n,\n2,x\n'
    assert _table(content)[1] == [(3, ("1", "two\nlines")), (7, ("2", "x"))]


@pytest.mark.parametrize(
    ("content", "line", "message"),
    [
        (b"", 1, "empty"),
        (b"\n \n;;\n", 1, "empty"),
        (b"a,b\n1,\xe9\n", 2, "UTF-8"),
        (b"a,\xff\n", 1, "UTF-8"),
        ("a,b\n1,2\n".encode("utf-16"), 1, "UTF-16"),
        (b'a,b\n1,"never ends\n2,3\n', 2, "quotes"),
        (b'a,b\n1,"x"y\n', 2, "quotes"),
        (b"\xd0\xcf\x11\xe0 old excel", 0, ".xlsx"),
        (b"PK\x03\x04 not a real archive", 0, "XLSX"),
    ],
)
def test_it_says_on_which_line_a_file_cannot_be_read(content: bytes, line: int, message: str) -> None:
    with pytest.raises(CellError) as refused:
        read_table(content)
    assert refused.value.line == line
    assert message in refused.value.message


def test_it_refuses_more_rows_than_it_can_take(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readers, "MOST_ROWS", 2)
    assert len(read_table(b"a\n1\n2\n").rows) == 2
    with pytest.raises(CellError, match="more than 2 rows"):
        read_table(b"a\n1\n2\n3\n")


def test_it_refuses_a_file_that_is_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readers, "MOST_BYTES", 9)
    with pytest.raises(CellError, match="larger than"):
        read_table(b"a\n12345678")


def test_it_refuses_a_workbook_that_unpacks_to_too_much(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readers, "MOST_BYTES_UNPACKED", 100)
    with pytest.raises(CellError, match="unpacked"):
        read_table(_xlsx(["a"], ["1"]))


def test_it_reads_the_cells_of_a_workbook_as_people_see_them() -> None:
    moment = datetime(2026, 3, 12, 8, 30, tzinfo=UTC).replace(tzinfo=None)
    content = _xlsx(
        ["a", "b", "c", "d"],
        [],
        [123456789012345, 75.65, "text", None],
        [100.0, 0, moment, moment.replace(hour=0, minute=0)],
    )
    assert _table(content)[1] == [
        (3, ("123456789012345", "75.65", "text")),
        (4, ("100", "0", "2026-03-12T08:30:00", "2026-03-12")),
    ]


@pytest.mark.parametrize("number", [int(NIP), float(NIP), 10**15])
def test_a_number_that_a_spreadsheet_cannot_hold_is_told_in_scientific_form(number: float) -> None:
    ((_, (cell,)),) = _table(_xlsx(["identifier"], [number]))[1]
    assert "E+" in cell


def test_a_long_number_kept_as_text_stays_as_it_is() -> None:
    assert _table(_xlsx(["identifier"], [NIP]))[1] == [(2, (NIP,))]


CELLS = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=8).map(
    lambda text: text.strip(readers.BLANK)
)
ROWS = st.lists(st.lists(CELLS, min_size=3, max_size=3).filter(any), max_size=6)


@given(ROWS, st.sampled_from(",;\t"), st.sampled_from(["\n", "\r\n"]), st.booleans())
def test_any_table_comes_back_from_csv(rows: list[list[str]], separator: str, ending: str, has_mark: bool) -> None:
    stream = io.StringIO()
    csv.writer(stream, delimiter=separator, lineterminator=ending).writerows([["one", "two", "three"], *rows])
    content = stream.getvalue().encode("utf-8-sig" if has_mark else "utf-8")
    header, found = _table(content)
    assert header == ("one", "two", "three")
    assert [cells for _, cells in found] == [tuple(row) for row in rows]


@given(st.binary(max_size=200))
def test_no_bytes_raise_anything_but_what_people_are_told(content: bytes) -> None:
    with suppress(CellError):
        read_table(content)


def test_a_row_that_says_it_is_the_billionth_is_refused_at_once() -> None:
    content = _with_sheet(b'<row r="1"><c t="inlineStr"><is><t>identifier</t></is></c></row><row r="99999999999"/>')
    with pytest.raises(CellError, match="more than 100000 rows"):
        read_table(content)


def _with_sheet(rows: bytes) -> bytes:
    """A workbook with these rows, as somebody hostile writes them."""
    source = zipfile.ZipFile(io.BytesIO(_xlsx(["identifier"])))
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as target:
        for name in source.namelist():
            content = source.read(name)
            if name == "xl/worksheets/sheet1.xml":
                content = re.sub(rb"<sheetData>.*</sheetData>", b"<sheetData>" + rows + b"</sheetData>", content)
            target.writestr(name, content)
    return packed.getvalue()
