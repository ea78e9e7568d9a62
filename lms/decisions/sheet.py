"""The review list as a table for spreadsheets: one row a person, in the order of the participants' file."""

import csv
import io
from collections.abc import Iterable, Sequence
from zoneinfo import ZoneInfo

from lms.decisions.queries import Listed
from lms.decisions.rules import Decision
from lms.people.rules import harmless

HEADER = (
    *("identifier", "name", "group", "category", "so_far", "of_all", "best_possible", "predicate", "status", "reasons"),
    *("outstanding", "open_appeals", "state", "outcome", "deadline", "grounds", "made_at", "made_by", "seconded_by"),
    *("figures_changed", "overdue"),
)
"""Figures have two decimals and a point, and are empty where there is none; states and reasons are codes."""


def as_csv(found: Iterable[Listed], *, time_zone: str) -> bytes:
    """UTF-8 with a byte order mark, without which Excel reads it as something else; moments are in the cohort's zone.

    No spreadsheet runs a text of it as a formula.
    """
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(HEADER)
    zone = ZoneInfo(time_zone)
    writer.writerows([harmless(cell) for cell in _row(one, zone)] for one in found)
    return stream.getvalue().encode("utf-8-sig")


def _row(one: Listed, zone: ZoneInfo) -> Sequence[str]:
    person, case, basis = one.person, one.case, one.case.basis
    figures = (basis.so_far, basis.of_all, basis.best_possible)
    return (
        *(person.identifier, person.name, person.group or "", person.category),
        *("" if figure is None else f"{figure:.2f}" for figure in figures),
        *(basis.predicate or "", basis.status, " ".join(basis.reasons), str(basis.outstanding)),
        *(str(case.open_appeals), case.state),
        *_decided(case.waiting or case.standing, zone),
        *("yes" if case.changed else "no", "yes" if case.overdue else "no"),
    )


def _decided(made: Decision | None, zone: ZoneInfo) -> Sequence[str]:
    if made is None:
        return [""] * 6
    deadline = "" if made.deadline is None else made.deadline.isoformat()
    made_at = made.made_at.astimezone(zone).isoformat(timespec="seconds")
    return (made.outcome, deadline, made.grounds, made_at, made.maker, made.seconder or "")
