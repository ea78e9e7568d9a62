"""From a table of texts to the rows of one kind of file, or every problem at once. Pure."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from lms.errors import N_, DomainError, Problems
from lms.exchange.cells import SHORT, CellError, listed, nearest
from lms.exchange.readers import Row, Table
from lms.people.rules import fold

AnyRow = TypeVar("AnyRow")
Keys = Mapping[str, Callable[[Any], Any]]
"""What no two rows may share, by the column that is told; a key of None is none."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Column:
    """A column: `read` makes a cell's value or raises CellError; one that may be missing reads as empty then."""

    name: str
    read: Callable[[str], Any]
    needed: bool = True
    into: str = ""

    @property
    def field(self) -> str:
        return self.into or self.name


def checked(
    table: Table,
    columns: Sequence[Column],
    made: Callable[..., AnyRow],
    once: Keys,
    check: Callable[[Any], None] = lambda row: None,
) -> tuple[AnyRow, ...]:
    """The rows as `made`, each of which `check` may still refuse; raises Problems."""
    positions = _positions(table.header, columns)
    problems: list[DomainError] = []
    rows: list[AnyRow] = []
    for row in table.rows:
        try:
            _check_width(row, table.header)
            rows.append(_row(row, positions, columns, made, check))
        except Problems as found:
            problems += found.problems
        except CellError as found:
            problems.append(found)
    problems += _repeats(rows, once)
    if problems:
        raise Problems(tuple(sorted(problems, key=lambda problem: getattr(problem, "line", 0))))
    return tuple(rows)


def _positions(header: Row, columns: Sequence[Column]) -> dict[str, int]:
    """Where each column stands; letter case is forgiven. Raises Problems."""
    known = [column.name for column in columns]
    positions: dict[str, int] = {}
    problems: list[CellError] = []
    for position, cell in enumerate(header.cells):
        name = fold(cell)
        if name in positions:
            problems.append(CellError(N_("The column %(value)s stands twice; keep one of them."), value=cell))
        elif name in known:
            positions[name] = position
        elif cell:
            problems.append(_unknown_column(cell, known))
    lacking = [column.name for column in columns if column.needed and column.name not in positions]
    problems += [
        CellError(N_("The column %(value)s is missing; this file has: %(known)s."), value=name, known=listed(known))
        for name in lacking
    ]
    if problems:
        raise Problems(tuple(problem.at(header.line) for problem in problems))
    return positions


def _unknown_column(cell: str, known: Sequence[str]) -> CellError:
    near = nearest(cell, known)
    if near is None:
        return CellError(
            N_("The column %(value)s is unknown; this file has: %(known)s."), value=cell, known=listed(known)
        )
    return CellError(N_("The column %(value)s is unknown; did you mean %(near)s?"), value=cell, near=near)


def _check_width(row: Row, header: Row) -> None:
    for position, cell in enumerate(row.cells):
        if cell and not any(header.cells[position : position + 1]):
            raise CellError(
                N_("%(value)s stands in a column without a name; a cell that holds the separator has to be in quotes."),
                value=cell[:SHORT],
            ).at(row.line)


def _row(
    row: Row,
    positions: Mapping[str, int],
    columns: Sequence[Column],
    made: Callable[..., AnyRow],
    check: Callable[[Any], None],
) -> AnyRow:
    values: dict[str, Any] = {}
    problems: list[DomainError] = []
    for column in columns:
        position = positions.get(column.name, len(row.cells))
        try:
            values[column.field] = column.read(row.cells[position] if position < len(row.cells) else "")
        except CellError as problem:
            problems.append(problem.at(row.line, column.name))
    if problems:
        raise Problems(tuple(problems))
    result = made(line=row.line, **values)
    check(result)
    return result


def _repeats(rows: Sequence[Any], once: Keys) -> Iterator[CellError]:
    for column, key in once.items():
        first: dict[Any, int] = {}
        for row in rows:
            value = key(row)
            if value is not None and first.setdefault(value, row.line) != row.line:
                yield CellError(N_("This repeats line %(first)s; keep one of the two."), first=first[value]).at(
                    row.line, column
                )
