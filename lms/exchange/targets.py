"""Where a file goes, and what it comes to: the values that all kinds of imports share."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from lms.exchange.differences import Difference
from lms.exchange.rules import Kind
from lms.programme import queries as programmes
from lms.programme.queries import Enrolled
from lms.programme.rules import Programme
from lms.programme.service import Changed


@dataclass(frozen=True, kw_only=True, slots=True)
class Options:
    """What is said beside the file: the session that a log is of, and by hand whom it means by a name."""

    session_code: str = ""
    matches: Mapping[str, UUID] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Target:
    """Where a file goes: the cohort, with its programme, and who brings it when."""

    organisation_id: int
    cohort: programmes.CohortInfo
    programme: Programme
    filename: str
    options: Options
    recorded_by: UUID | None
    now: datetime

    @property
    def where(self) -> dict[str, Any]:
        """The arguments by which most queries find the cohort."""
        return {"organisation_id": self.organisation_id, "cohort_id": self.cohort.id}


@dataclass(frozen=True, kw_only=True, slots=True)
class Loose:
    """Something in a file that marks nobody, on this line; `why` is a word of `presence_scans.Why`."""

    line: int
    who: str
    at: datetime
    why: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Unmatched:
    """Whom a log means by `who` nobody knows; `perhaps` it is this participant. `minutes` is how long they stayed."""

    who: str
    minutes: int
    perhaps: UUID | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Done:
    """What the rows of a file came to. `repeated` said what another row of it said, `missing` do not stand in a log."""

    changed: Changed
    differences: tuple[Difference, ...] = ()
    loose: tuple[Loose, ...] = ()
    unmatched: tuple[Unmatched, ...] = ()
    missing: tuple[Enrolled, ...] = ()
    repeated: int = 0

    @property
    def leaves_something(self) -> bool:
        """Whether there is something in the file that marks nobody, and that somebody should look at."""
        return bool(self.loose or self.unmatched or self.missing)


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """What a file came to: its rows, and how many of them were added, changed something, or said nothing new.

    `people` and `titles` are those of the cohort and of the statuses of its programme, to tell differences by.
    """

    kind: Kind
    filename: str
    rows: int
    done: Done
    people: tuple[Enrolled, ...] = ()
    titles: Mapping[str, str] = field(default_factory=dict)

    @property
    def added(self) -> int:
        return self.done.changed.added

    @property
    def changed(self) -> int:
        return self.done.changed.changed

    @property
    def unchanged(self) -> int:
        return self.done.changed.unchanged

    @property
    def fingerprint(self) -> str:
        """Equal for two trials exactly if they would write the same over the same."""
        counts = (self.added, self.changed, self.unchanged)
        told = repr((counts, [one.key for one in self.done.differences]))
        return hashlib.sha256(told.encode()).hexdigest()
