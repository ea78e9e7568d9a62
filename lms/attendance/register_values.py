"""A register as its pages show it: the session, its people, their marks and what waits to be settled. Pure."""

from dataclasses import dataclass
from uuid import UUID

from lms.attendance import rules
from lms.attendance.cohort_rules import CohortRules
from lms.attendance.register_rules import Contested, RegisterState
from lms.attendance.rules import PastMark
from lms.programme.queries import CohortInfo, Enrolled, TimetableSession
from lms.programme.rules import AttendanceStatus


@dataclass(frozen=True, kw_only=True, slots=True)
class Person:
    """One row of a register: who, and all their marks at the session, oldest first. A guest is of another group.

    `contested` are the marks that were kept to be settled, those that were settled too.
    """

    enrolled: Enrolled
    marks: tuple[PastMark, ...]
    guest: bool
    contested: tuple[Contested, ...] = ()

    @property
    def newest(self) -> PastMark | None:
        """The last mark, from which the next one is made."""
        return self.marks[-1] if self.marks else None

    @property
    def counting(self) -> PastMark | None:
        """The mark that counts: the last one, None where it takes back those before it."""
        return rules.counting(self.marks)

    @property
    def to_settle(self) -> tuple[Contested, ...]:
        """The contested marks that wait for a person."""
        return tuple(one for one in self.contested if not one.outcome)


@dataclass(frozen=True, kw_only=True, slots=True)
class Register:
    """A session and whoever is marked at it, in the order of the participants' file; `others` are left out of it.

    `in_room` are all who are marked as being there, whoever marks them; `whole` says that nobody else has people at the
    session. `strangers` are contested marks of people who are not among these, for whoever marks everybody. `claimants`
    have checked in by themselves, which is no mark yet.
    """

    cohort: CohortInfo
    session: TimetableSession
    statuses: tuple[AttendanceStatus, ...]
    people: tuple[Person, ...]
    others: int
    rules: CohortRules
    state: RegisterState
    in_room: int
    whole: bool
    strangers: tuple[Contested, ...] = ()
    claimants: frozenset[UUID] = frozenset()

    @property
    def titles(self) -> dict[str, str]:
        """What the statuses are called, by code."""
        return {status.code: status.title for status in self.statuses}

    @property
    def marked(self) -> int:
        """How many of these people have a mark."""
        return sum(person.counting is not None for person in self.people)

    @property
    def missing(self) -> tuple[Person, ...]:
        """Those of these people for whom the session is, and who have no mark."""
        return tuple(person for person in self.people if person.counting is None and not person.guest)

    @property
    def claimed(self) -> int:
        """How many of the missing have checked in."""
        return sum(person.enrolled.participant_id in self.claimants for person in self.missing)

    @property
    def counts(self) -> list[tuple[AttendanceStatus, int]]:
        """How many of these people have each status."""
        held = [person.counting.status for person in self.people if person.counting is not None]
        return [(status, held.count(status.code)) for status in self.statuses]

    @property
    def to_settle(self) -> int:
        """How many contested marks wait for a person."""
        waiting = sum(len(person.to_settle) for person in self.people)
        return waiting + sum(not one.outcome for one in self.strangers)

    @property
    def difference(self) -> int | None:
        """Heads counted less those marked as being there: above 0 somebody is there without a mark. None uncounted."""
        return None if self.state.head_count is None else self.state.head_count - self.in_room
