"""The list of a card reader: who was scanned when. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from lms.exchange import cells, times
from lms.exchange.readers import Table
from lms.exchange.tables import Column, checked


@dataclass(frozen=True, kw_only=True, slots=True)
class ScanRow:
    """One scan; the moment is in UTC."""

    line: int
    identifier: str
    scanned_at: datetime


def scans(table: Table, *, time_zone: str, starts: Sequence[datetime]) -> tuple[ScanRow, ...]:
    """The scans of a list, in its order. A time without an offset is of `time_zone`, an IANA name.

    `starts` are those of the cohort's sessions, sorted: they tell 3/12 from 12/3. Raises Problems.
    """
    columns = (
        Column(name="identifier", read=cells.identifier),
        Column(name="scanned_at", read=lambda cell: times.moment(cell, zone=time_zone, near=starts)),
    )
    return checked(table, columns, ScanRow, {})
