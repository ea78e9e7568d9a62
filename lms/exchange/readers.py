"""From the bytes of a CSV or XLSX file to a table of texts, with the lines as an editor counts them. Pure."""

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from itertools import islice
from typing import Any

import openpyxl

from lms.errors import N_, DomainError
from lms.exchange.cells import CellError

MOST_BYTES = 32 * 1024 * 1024
MOST_BYTES_UNPACKED = 64 * 1024 * 1024
MOST_ROWS = 100_000
MOST_COLUMNS = 64
LONGEST_CELL = 100_000
SAFE_DIGITS = 15
SEPARATORS = ",;\t"
BLANK = " \t\r\n\ufeff\u00a0"


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """The cells of a row, outer blanks taken off, and the line on which it begins (in XLSX its number)."""

    line: int
    cells: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Table:
    """A file as it was read; blank rows are left out."""

    header: Row
    rows: tuple[Row, ...]


def read_table(content: bytes) -> Table:
    """Read CSV (UTF-8; separated by comma, semicolon or tab) or the first sheet of an XLSX file; raises CellError."""
    if len(content) > MOST_BYTES:
        raise CellError(N_("The file is larger than %(limit)s MB; split it."), limit=MOST_BYTES // 1024 // 1024)
    rows = (row for row in _rows(content) if any(row.cells))
    header = next(rows, None)
    if header is None:
        raise CellError(N_("The file is empty; its first line has to name the columns.")).at(1)
    found = tuple(islice(rows, MOST_ROWS + 1))
    if len(found) > MOST_ROWS:
        raise CellError(N_("The file has more than %(limit)s rows; split it."), limit=MOST_ROWS).at(found[-1].line)
    return Table(header=header, rows=found)


def _rows(content: bytes) -> Iterator[Row]:
    if content.startswith(b"PK\x03\x04"):
        return _sheet_rows(content)
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        raise CellError(
            N_("This is a spreadsheet of the old kind (.xls), or it has a password; save it as .xlsx or as CSV UTF-8.")
        )
    return _csv_rows(_decoded(content))


# CSV


def _decoded(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise CellError(N_("The file is UTF-16 text; save it as CSV UTF-8.")).at(1)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = len(content[: error.start].splitlines()) or 1
        raise CellError(N_("This line is not UTF-8 text; save the file as CSV UTF-8.")).at(line) from None


def _csv_rows(text: str) -> Iterator[Row]:
    separator, text, skipped = _separator(text)
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    line = 1 + skipped
    try:
        for cells in lines:
            yield Row(line=line, cells=tuple(cell.strip(BLANK) for cell in cells))
            line = lines.line_num + 1 + skipped
    except csv.Error:
        raise CellError(N_("From here on the quotes do not match; write a quote within a quoted cell twice.")).at(
            line
        ) from None


def _separator(text: str) -> tuple[str, str, int]:
    """The separator, the text to read, and how many lines were taken off: Excel's own first line `sep=;` is one."""
    first, _, rest = text.partition("\n")
    if first.strip().lower().startswith("sep=") and len(first.strip()) == 5 and first.strip()[-1] in SEPARATORS:
        return first.strip()[-1], rest, 1
    header = next((line for line in text.splitlines() if line.strip(BLANK + SEPARATORS)), text)
    return max(SEPARATORS, key=header.count), text, 0


# XLSX


def _sheet_rows(content: bytes) -> Iterator[Row]:
    try:
        _check_unpacked_size(content)
        workbook = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        sheet = workbook.worksheets[0]
        # What a sheet says of its own size is often wrong.
        sheet.reset_dimensions()
        # Blank rows count too: a row that says it is the billionth would be led up to by a billion of them.
        yield from _numbered(sheet.iter_rows(max_row=MOST_ROWS + 2, max_col=MOST_COLUMNS, values_only=True))
    except DomainError:
        raise
    # On a broken file openpyxl raises whatever one of its parts happens to raise.
    except Exception as error:
        raise CellError(N_("The file cannot be read as XLSX; open it in a spreadsheet and save it anew.")) from error


def _check_unpacked_size(content: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        if sum(entry.file_size for entry in archive.infolist()) > MOST_BYTES_UNPACKED:
            raise CellError(N_("The file is too large once it is unpacked; split it."))


def _numbered(rows: Iterable[tuple[Any, ...]]) -> Iterator[Row]:
    for line, values in enumerate(rows, start=1):
        cells = [_as_text(value).strip(BLANK) for value in values]
        while cells and not cells[-1]:
            cells.pop()
        if line > MOST_ROWS + 1:
            raise CellError(N_("The file has more than %(limit)s rows; split it."), limit=MOST_ROWS).at(line)
        yield Row(line=line, cells=tuple(cells))


def _as_text(value: Any) -> str:
    """The cell as people see it. A number of more than 15 digits has lost some: it is told in scientific form."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat()
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _number_as_text(Decimal(repr(value)))
    return str(value)


def _number_as_text(number: Decimal) -> str:
    if number.is_finite() and abs(number) >= Decimal(10) ** SAFE_DIGITS:
        return f"{number:.{SAFE_DIGITS - 1}E}"
    whole = number.is_finite() and number == number.to_integral_value()
    return format(number.to_integral_value() if whole else number, "f")
