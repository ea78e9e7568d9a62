"""What a story is made of."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Literal
from uuid import UUID

Profile = Literal["graduate", "ahead", "steady", "behind", "truant", "lapsed", "failing"]
"""How somebody does: `truant` misses classes, `lapsed` a module that closed, `failing` cannot pass any more."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Person:
    """A made-up participant. `ability` is their usual score, 0 to 100."""

    identifier: str
    name: str
    email: str
    group: str
    category: str
    unit: str
    profile: Profile
    ability: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Meeting:
    """A session of the timetable; `held` says that its register was taken."""

    code: str
    title: str
    starts_at: datetime
    ends_at: datetime
    jp: Decimal
    group: str | None
    held: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Attended:
    """What the facilitator of a group says of somebody at a meeting."""

    meeting: str
    identifier: str
    status: str
    minutes_late: int | None = None
    remark: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Scored:
    """What the facilitator of a group enters for somebody, and when."""

    path: str
    identifier: str
    score: Decimal
    given_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Sending:
    """A statement that the MOOC sends. It names the person by an account of its own, or by e-mail where there is one.

    `raw` is of 0 to 100.
    """

    id: UUID
    name: str
    account: str
    email: str | None
    verb: Literal["completed", "failed"]
    iri: str
    title: str
    raw: int
    duration: timedelta
    at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Batch:
    """A cohort with all that happens to it in classrooms, in order."""

    code: str
    name: str
    starts_at: datetime
    ends_at: datetime
    targets: Mapping[str, Decimal]
    people: tuple[Person, ...]
    meetings: tuple[Meeting, ...]
    attended: tuple[Attended, ...]
    scored: tuple[Scored, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Story:
    """The batches, the older one first, and what the MOOC sends of each."""

    finished: Batch
    running: Batch
    sent_before: tuple[Sending, ...]
    sent_lately: tuple[Sending, ...]
