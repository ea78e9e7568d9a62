"""The table of results: who stands where, in the columns that others read. Pure."""

import csv
import io
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import xlsxwriter

from lms.people.rules import harmless
from lms.programme.queries import Enrolled
from lms.programme.rules import Programme, components
from lms.progress.rules import Result, flattened, rounded

WHO = ("identifier", "name", "group", "category")
FIGURES = ("so_far", "of_all", "best_possible", "completion_percent")
STANDING = ("predicate", "status", "reasons")

Cell = str | Decimal | None
"""A text, a figure with two decimals, or nothing."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Results:
    """The results of a cohort as of a moment; rows stand in the order of the participants' file."""

    cohort: str
    as_of: datetime
    header: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


def tabled(*, cohort: str, as_of: datetime, programme: Programme, folded: Iterable[tuple[Enrolled, Result]]) -> Results:
    """The table of these results: a component's column is its of-all value, a parent before its sub-components."""
    paths = tuple(component.path for component in components(programme))
    return Results(
        cohort=cohort,
        as_of=as_of,
        header=(*WHO, *paths, *FIGURES, *STANDING),
        rows=tuple(_row(person, result) for person, result in folded),
    )


def _row(person: Enrolled, result: Result) -> tuple[Cell, ...]:
    figures = result.figures
    numbers = [
        *(component.figures.of_all for component in flattened(result.components)),
        figures.so_far,
        figures.of_all,
        figures.best_possible,
        result.completion,
    ]
    return (
        *(person.identifier, person.name, person.group or "", person.category),
        *(None if number is None else rounded(number) for number in numbers),
        result.predicate or "",
        result.status,
        " ".join(result.reasons),
    )


def as_text(cell: Cell) -> str:
    """A figure with two decimals and a point, nothing as an empty text."""
    if cell is None:
        return ""
    return cell if isinstance(cell, str) else f"{cell:.2f}"


def _for_spreadsheets(cell: Cell) -> str:
    """The same; a text that begins like a formula stays one."""
    return harmless(cell) if isinstance(cell, str) else as_text(cell)


def as_csv(results: Results) -> bytes:
    """UTF-8, separated by commas, without a byte order mark; no spreadsheet runs a text of it as a formula."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(results.header)
    writer.writerows([_for_spreadsheets(cell) for cell in row] for row in results.rows)
    return stream.getvalue().encode()


def as_json(results: Results) -> bytes:
    """An array with one object a person, by the columns of the CSV, figures as texts so that nobody rounds one.

    A component that is called like another column is told as `component.KEY`.
    """
    names = _distinct(results.header)
    rows = [dict(zip(names, map(as_text, row), strict=True)) for row in results.rows]
    return json.dumps(rows, ensure_ascii=False, indent=1).encode() + b"\n"


def _distinct(header: Sequence[str]) -> list[str]:
    fixed = {*WHO, *FIGURES, *STANDING}
    last = len(header) - len(FIGURES) - len(STANDING)
    paths = range(len(WHO), last)
    return [f"component.{name}" if place in paths and name in fixed else name for place, name in enumerate(header)]


def as_xlsx(results: Results) -> bytes:
    """One sheet; identifiers are texts, figures are numbers that show two decimals."""
    stream = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(stream, options) as book:
        # Without it the file would name the moment at which it was made, and differ each time.
        book.set_properties({"created": results.as_of.replace(tzinfo=None)})
        sheet, bold, figure = (
            book.add_worksheet(),
            book.add_format({"bold": True}),
            book.add_format({"num_format": "0.00"}),
        )
        sheet.freeze_panes(1, 2)
        sheet.set_column(0, 1, 24)
        for column, name in enumerate(results.header):
            sheet.write_string(0, column, name, bold)
        for line, row in enumerate(results.rows, start=1):
            for column, cell in enumerate(row):
                if isinstance(cell, Decimal):
                    sheet.write_number(line, column, cell, figure)
                elif cell:
                    sheet.write_string(line, column, harmless(cell))
    return stream.getvalue()


FORMATS = {"csv": as_csv, "xlsx": as_xlsx, "json": as_json}
MIME_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
}
