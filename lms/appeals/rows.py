"""What the queries of this room return: frozen values, ready for a service or a template."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from lms.appeals import rules
from lms.appeals.rules import Standing, State, Window


@dataclass(frozen=True, kw_only=True, slots=True)
class SetWindow:
    """A window as it was set; `set_by` is a name. The newest of a cohort counts."""

    window: Window
    reason: str
    set_by: str
    set_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One thing of an appeal: made, added, taken_back, asked_back, upheld or rejected. `who` is a name.

    `account_id` is who answered, None for what the participant did; `text` is empty for what was taken back.
    """

    id: UUID
    kind: str
    at: datetime
    who: str
    account_id: UUID | None
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Appeal:
    """An appeal with all that was said about it, oldest first. `stood` is what the unit stood at when it was made.

    `stood_by` is the account that gave that mark or score, `giver` its name; both None where none did. The group is the
    one in which the person is now.
    """

    id: UUID
    cohort_id: UUID
    cohort_code: str
    cohort_name: str
    time_zone: str
    participant_id: UUID
    identifier: str
    name: str
    group: str | None
    group_id: UUID | None
    kind: str
    unit: str
    title: str
    stood: Standing
    stood_by: UUID | None
    giver: str | None
    made_at: datetime
    entries: tuple[Entry, ...]

    @property
    def state(self) -> State:
        """What it has come to."""
        return rules.state(self.entries)

    @property
    def is_open(self) -> bool:
        """Whether it waits for an answer, or for what was asked back."""
        return self.state not in rules.ENDS

    @property
    def last_at(self) -> datetime:
        """When something was last said about it."""
        return self.entries[-1].at

    @property
    def answered_alone(self) -> bool:
        """Whether it was rejected by nobody but the one who gave what it is about."""
        answers = {one.account_id for one in self.entries if one.account_id is not None}
        return self.state == rules.REJECTED and answers == {self.stood_by}

    def age(self, now: datetime) -> timedelta:
        """For how long it has been open, or was until it ended."""
        return (now if self.is_open else self.last_at) - self.made_at


@dataclass(frozen=True, kw_only=True, slots=True)
class OfUnit:
    """What there is about appeals on the page of a unit at a moment: the window, those against it, the newest first.

    `may_appeal` says whether its participant can make one at this moment.
    """

    now: datetime
    window: Window | None
    appeals: tuple[Appeal, ...]
    may_appeal: bool

    @property
    def open(self) -> Appeal | None:
        """The one that is open."""
        return next((one for one in self.appeals if one.is_open), None)


@dataclass(frozen=True, kw_only=True, slots=True)
class Own:
    """What a participant's page tells about appeals at a moment: the window of the cohort, and how many they made.

    `questions` is how many of them wait for what was asked back.
    """

    now: datetime
    window: Window | None
    appeals: int
    questions: int
