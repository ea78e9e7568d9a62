"""How a mark or a score came to be what it is: every change, who made it, and which one counts. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Generic, TypeVar

from lms.assessment.rules import PastEntry
from lms.attendance.rules import PastMark
from lms.progress.rules import Weighed

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True, slots=True)
class Change(Generic[T]):
    """One change: from `before` (None for the first) to `after`. `who` is None where no account did it.

    `why` is empty for the one that counts, else what `Weighed.why` says. `minutes_late` and `dated_at` are None where
    nobody told them; `mark` is the mark itself, with the device and the source that it came from, None for a score.
    """

    at: datetime
    who: str | None
    before: T | None
    after: T
    remark: str
    source: str
    why: str
    minutes_late: int | None = None
    dated_at: datetime | None = None
    mark: PastMark | None = None


def of_marks(
    marks: Sequence[PastMark], weighed: Iterable[Weighed], titles: Mapping[str, str]
) -> tuple[Change[str], ...]:
    """The changes of one mark, the newest first; statuses by their titles. `marks` stand oldest first."""
    reasons = {one.evidence.source_id: one.why for one in weighed}
    before = [None, *(titles.get(mark.status, mark.status) for mark in marks)]
    changes = [
        Change(
            at=mark.recorded_at,
            who=mark.recorded_by,
            before=earlier,
            after=titles.get(mark.status, mark.status),
            remark=mark.remark,
            source=mark.source,
            why=reasons.get(mark.id, "superseded"),
            minutes_late=mark.minutes_late,
            mark=mark,
        )
        for mark, earlier in zip(marks, before, strict=False)
    ]
    return tuple(reversed(changes))


def of_entries(entries: Sequence[PastEntry], weighed: Iterable[Weighed]) -> tuple[Change[Decimal], ...]:
    """The changes of one score, that of the latest date first. `entries` stand in the order in which they count."""
    reasons = {one.evidence.source_id: one.why for one in weighed}
    before = [None, *(entry.score for entry in entries)]
    changes = [
        Change(
            at=entry.recorded_at,
            who=entry.recorded_by,
            before=earlier,
            after=entry.score,
            remark=entry.remark,
            source=entry.source,
            why=reasons.get(entry.id, "superseded"),
            dated_at=entry.dated_at,
        )
        for entry, earlier in zip(entries, before, strict=False)
    ]
    return tuple(reversed(changes))
