"""What the queries of this room return: frozen values, ready for a service, a fold or a template."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID


@dataclass(frozen=True, kw_only=True, slots=True)
class Version:
    """A published version of a programme; `content` is the file as it was published."""

    id: UUID
    code: str
    version: int
    title: str
    content: str
    fingerprint: bytes
    published_at: datetime
    published_by: UUID | None


@dataclass(frozen=True, kw_only=True, slots=True)
class VersionEntry:
    """A published version as a list shows it, with how many cohorts run it."""

    id: UUID
    code: str
    version: int
    title: str
    published_at: datetime
    cohorts: int


@dataclass(frozen=True, kw_only=True, slots=True)
class CohortInfo:
    """A cohort. `targets` are figures from 0 to 100 by a component's path, the whole's by an empty one."""

    id: UUID
    code: str
    name: str
    programme_version_id: UUID
    starts_at: datetime
    ends_at: datetime | None
    time_zone: str
    targets: Mapping[str, Decimal]


@dataclass(frozen=True, kw_only=True, slots=True)
class CohortEntry:
    """A cohort as a list shows it, with how many people it has."""

    id: UUID
    code: str
    name: str
    programme_code: str
    programme_version: int
    programme_title: str
    starts_at: datetime
    ends_at: datetime | None
    time_zone: str
    participants: int


@dataclass(frozen=True, kw_only=True, slots=True)
class TimetableSession:
    """A meeting of the timetable. `group` is a group's name, None for everyone; `jp` is its worth in lesson hours."""

    id: UUID
    cohort_id: UUID
    code: str
    title: str
    starts_at: datetime
    ends_at: datetime
    jp: Decimal
    group: str | None
    room: str = ""
    cancelled_at: datetime | None = None
    cancel_reason: str = ""
    revision: int = 0
    changed_at: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Group:
    """A group of a cohort, with how many people it has, and how many sessions are for it, cancelled ones too."""

    id: UUID
    name: str
    participants: int
    sessions: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Enrolled:
    """A participant in a cohort. `group` is the group's name; `position` keeps the order of the participants' file."""

    participant_id: UUID
    identifier: str
    name: str
    email: str | None
    group_id: UUID | None
    group: str | None
    category: str
    unit: str
    position: int


@dataclass(frozen=True, kw_only=True, slots=True)
class EnrolmentOf:
    """One of a participant's cohorts, with what the fold needs to know of it."""

    participant_id: UUID
    cohort_id: UUID
    cohort_code: str
    cohort_name: str
    group: str | None
    programme_version_id: UUID
    starts_at: datetime
    ends_at: datetime | None
    time_zone: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Facilitates:
    """That an account marks a group."""

    account_id: UUID
    group_id: UUID


@dataclass(frozen=True, kw_only=True, slots=True)
class FacilitatorAccount:
    """Somebody who may be given groups to mark."""

    id: UUID
    name: str
    email: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class SessionChangeInfo:
    """What somebody (None: no account) did to a session: `kind` is made, changed, cancelled or restored.

    `before` and `after` hold what differs of title, starts_at, ends_at (ISO 8601 in UTC), jp, group, room and
    facilitators (names).
    """

    changed_at: datetime
    changed_by: str | None
    kind: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    reason: str
