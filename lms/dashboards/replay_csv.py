"""A replay as a table for spreadsheets: one row a person, before and after side by side."""

import csv
import io
from collections.abc import Iterable, Iterator
from decimal import Decimal

from lms.dashboards.replay_words import Translate, sentence
from lms.people.rules import harmless
from lms.programme.queries import Enrolled
from lms.progress.comparison import Compared, Standing
from lms.web.formats import Formatter

FIGURES = ("so_far", "of_all", "best_possible", "completion")
STANDING = ("predicate", "status", "reasons")
HEADER = (
    *("identifier", "name", "group"),
    *(f"{name}_{side}" for name in (*FIGURES, *STANDING) for side in ("before", "after")),
    *("changes", "causes"),
)
"""Figures have two decimals and a point, and are empty where there is none; reasons are codes."""


def as_csv(lines: Iterable[tuple[Enrolled, Compared]], *, write: Formatter, translate: Translate) -> Iterator[str]:
    """The lines of the table, each as soon as it is known. No spreadsheet runs a text of it as a formula."""
    yield _line(HEADER)
    for person, found in lines:
        causes = " ".join(sentence(why, write=write, translate=translate) for why in found.why)
        told = [person.identifier, person.name, person.group or "", *_sides(found), "yes" if found.changes else "no"]
        yield _line([*(harmless(text) for text in told), harmless(causes)])


def _sides(found: Compared) -> Iterator[str]:
    for before, after in zip(_cells(found.before), _cells(found.after), strict=True):
        yield before
        yield after


def _cells(one: Standing) -> list[str]:
    figures: list[Decimal | None] = [getattr(one, name) for name in FIGURES]
    told = ["" if figure is None else f"{figure:.2f}" for figure in figures]
    return [*told, one.predicate or "", one.status, " ".join(one.reasons)]


def _line(cells: Iterable[str]) -> str:
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerow(cells)
    return stream.getvalue()
