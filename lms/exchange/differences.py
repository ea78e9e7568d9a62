"""How the marks of a file differ from those that are recorded: what is told before anything is written. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from lms.attendance.rules import History, NewMark, PastMark, sift, tidy
from lms.programme.queries import Enrolled, TimetableSession


@dataclass(frozen=True, kw_only=True, slots=True)
class Difference:
    """A mark that would be added for somebody at a session; `before` is the last one, None where there is none."""

    session: TimetableSession
    person: Enrolled
    before: PastMark | None
    after: NewMark

    @property
    def key(self) -> tuple[object, ...]:
        """What tells it from another."""
        before = None if self.before is None else self.before.id
        after = (self.after.status, self.after.minutes_late, self.after.remark)
        return str(self.session.id), str(self.person.participant_id), str(before), after


def differences(
    registers: Mapping[UUID, Sequence[NewMark]],
    *,
    histories: Mapping[UUID, History],
    timetable: Iterable[TimetableSession],
    people: Iterable[Enrolled],
) -> tuple[Difference, ...]:
    """What is new or other in these marks, by session and then in the order of `people`; those that change first."""
    order = list(people)
    found = []
    for meeting in timetable:
        history = histories.get(meeting.id, {})
        marks = [tidy(mark) for mark in registers.get(meeting.id, ())]
        new = {mark.participant_id: mark for mark in sift(marks, history=history, seen=None).new}
        for person in order:
            if person.participant_id in new:
                past = history.get(person.participant_id, ())
                before, after = past[-1] if past else None, new[person.participant_id]
                found.append(Difference(session=meeting, person=person, before=before, after=after))
    return tuple(sorted(found, key=lambda one: one.before is None))
