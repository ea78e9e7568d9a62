"""What the queries of this room return: frozen values, ready for a service or a template. None holds a note."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from lms.leave import rules
from lms.leave.rules import Period


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """A request as a list shows it; names are None where no account did it.

    `status` is the code of what is asked for. `has_note` says that a note or a document is kept with it.
    """

    id: UUID
    cohort_id: UUID
    cohort_code: str
    time_zone: str
    participant_id: UUID
    identifier: str
    name: str
    group: str | None
    group_id: UUID | None
    status: str
    starts_at: datetime
    ends_at: datetime
    state: str
    asked_at: datetime
    asked_by: str | None
    decided_at: datetime | None
    decided_by_id: UUID | None
    decided_by: str | None
    reason: str
    withdrawn_at: datetime | None
    withdrawn_by: str | None
    withdrawn_reason: str
    has_note: bool

    @property
    def code(self) -> str:
        """By what people know it, and what its marks remark."""
        return rules.code_of(self.id)

    @property
    def period(self) -> Period:
        """For how long it is."""
        return Period(starts_at=self.starts_at, ends_at=self.ends_at)

    @property
    def days(self) -> tuple[date, date] | None:
        """Its first and last local day, None where it takes a part of a day."""
        return rules.days(self.period, time_zone=self.time_zone)


@dataclass(frozen=True, kw_only=True, slots=True)
class NoteInfo:
    """That there is a note, without what it says: whether a text and a document, or when and by whom it was erased."""

    has_text: bool
    file_name: str
    file_bytes: int
    erased_at: datetime | None
    erased_by: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Note:
    """What a note says, with its document or None. For those who may read it, never for a list."""

    text: str
    document: rules.Document | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """Who has opened a note, and when."""

    read_at: datetime
    read_by: str
