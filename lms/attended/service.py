"""What is to be told or taken in, noted down; and marks taken from what the record store was told, in the background.

Each portion is one transaction that takes its rows, writes, and notes that: done twice, it changes nothing. Telling the
record store of marks is in telling.py, and can be asked for here.
"""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import insert, update
from sqlalchemy.orm import Session

from lms.attendance import queries as attendance
from lms.attendance import service as marks
from lms.attendance.rules import TAKEN_BACK, NewMark, Origin, PastMark, usual_status
from lms.attended import queries, rules
from lms.attended.models import AttendedToTake, MarkToTell
from lms.attended.queries import Meeting, Pair, Untaken
from lms.attended.telling import AT_ONCE, tell
from lms.db import new_id, portions
from lms.errors import DomainError
from lms.people import queries as people
from lms.people.rules import KnownAgent
from lms.programme.rules import Programme
from lms.xapi import queries as xapi_queries
from lms.xapi import rules as xapi_rules

__all__ = ["AT_ONCE", "note", "note_cohort", "note_sessions", "note_statements", "take", "tell"]


def note(session: Session, *, organisation_id: int, pairs: Collection[Pair]) -> None:
    """Have the record store told of these people's marks at these sessions."""
    rows = [
        {"organisation_id": organisation_id, "id": new_id(), "session_id": meeting, "participant_id": person}
        for meeting, person in pairs
    ]
    if rows:
        session.execute(insert(MarkToTell), rows)


def note_sessions(session: Session, *, organisation_id: int, session_ids: Collection[UUID]) -> None:
    """Have it told anew of everybody's marks at these sessions."""
    pairs = queries.pairs_at(session, organisation_id=organisation_id, session_ids=session_ids)
    note(session, organisation_id=organisation_id, pairs=pairs)


def note_cohort(session: Session, *, organisation_id: int, cohort_id: UUID) -> int:
    """Have it told of all marks of a cohort; returns how many people at how many sessions those are."""
    pairs = queries.every_pair(session, organisation_id=organisation_id, cohort_id=cohort_id)
    note(session, organisation_id=organisation_id, pairs=pairs)
    return len(pairs)


def note_statements(session: Session, *, organisation_id: int, statement_ids: Collection[UUID]) -> None:
    """Have these statements looked at, whether they become marks; again where they were looked at before."""
    ids = set(statement_ids) - queries.own(session, organisation_id=organisation_id, statement_ids=statement_ids)
    known = queries.known_to_take(session, organisation_id=organisation_id, statement_ids=ids)
    for portion in portions(sorted(known)):
        session.execute(
            update(AttendedToTake)
            .where(AttendedToTake.organisation_id == organisation_id, AttendedToTake.statement_id.in_(portion))
            .values(taken_at=None)
        )
    new = [{"organisation_id": organisation_id, "statement_id": one, "error": ""} for one in sorted(ids - known)]
    if new:
        session.execute(insert(AttendedToTake), new)


def take(session: Session, *, organisation_id: int, public_url: str, now: datetime, limit: int = AT_ONCE) -> int:
    """Turn statements that say that somebody attended into marks; returns how many were looked at.

    Where a person has another mark already, that one stands, and what the statement says is kept to be settled. A
    voided statement takes its mark back, also where that waits. What cannot become a mark is kept with the reason.
    """
    waiting = queries.to_take(session, organisation_id=organisation_id, limit=limit)
    ids = [one.statement_id for one in waiting]
    kept = {one.id: one for one in xapi_queries.kept(session, organisation_id=organisation_id, statement_ids=ids)}
    trees = {one.id: xapi_rules.load(one.payload) for one in kept.values()}
    said = {one: rules.said(tree, public_url) for one, tree in trees.items()}
    persons = _persons(session, organisation_id, {one: tree["actor"] for one, tree in trees.items()})
    # In one order, so that nobody waits for somebody who waits for them.
    people.lock_participants(session, organisation_id=organisation_id, participant_ids=set(persons.values()))
    about = {one.session_id for one in said.values() if one is not None}
    meetings = queries.meetings(session, organisation_id=organisation_id, session_ids=about)
    published = queries.programmes_at(session, organisation_id=organisation_id, meetings=meetings.values())
    taker = _Taker(session, organisation_id, meetings, published, now)
    for one in waiting:
        mark_id, error = taker.take(
            one, said[one.statement_id], persons.get(one.statement_id), is_voided=kept[one.statement_id].voided
        )
        session.execute(
            update(AttendedToTake)
            .where(AttendedToTake.organisation_id == organisation_id, AttendedToTake.statement_id == one.statement_id)
            .values(taken_at=now, mark_id=mark_id, error=error)
        )
    return len(waiting)


class _Taker:
    """What turns one statement after the other into a mark."""

    def __init__(
        self,
        session: Session,
        organisation_id: int,
        meetings: dict[UUID, Meeting],
        published: dict[UUID, Programme],
        now: datetime,
    ) -> None:
        self.session, self.organisation_id, self.now = session, organisation_id, now
        self.meetings, self.published = meetings, published

    def take(
        self, one: Untaken, said: rules.Said | None, person: UUID | None, *, is_voided: bool
    ) -> tuple[UUID | None, str]:
        """The mark that a statement became, and why it became none."""
        meeting = None if said is None else self.meetings.get(said.session_id)
        if said is None or meeting is None:
            return None, "session"
        if person is None:
            return one.mark_id, "person"
        if is_voided:
            return self._take_back(one, said, person), ""
        if one.mark_id is not None:
            return one.mark_id, ""
        statuses = self.published[meeting.programme_version_id].statuses
        mark = rules.mark_of(said, person, statuses=statuses, present=usual_status(statuses))
        if mark is None:
            return None, "status"
        return self._add(meeting, mark, one.source_name)

    def _add(self, meeting: Meeting, mark: NewMark, source_name: str) -> tuple[UUID | None, str]:
        origin = Origin(source="statement", source_name=source_name)
        newest = self._newest(meeting.id, mark.participant_id)
        if newest is not None and newest.status != TAKEN_BACK:
            if (newest.status, newest.minutes_late) != (mark.status, mark.minutes_late):
                marks.contest(
                    self.session,
                    organisation_id=self.organisation_id,
                    session_id=meeting.id,
                    mark=mark,
                    origin=origin,
                    why="meanwhile",
                    against=newest.id,
                    now=self.now,
                )
            return None, ""
        # An id that follows from the statement's could have been sent as a device's mark before, and would stop all.
        return self._recorded(meeting.id, replace(mark, id=new_id()), origin)

    def _recorded(self, session_id: UUID, mark: NewMark, origin: Origin) -> tuple[UUID | None, str]:
        try:
            with self.session.begin_nested():
                marks.take_register(
                    self.session,
                    organisation_id=self.organisation_id,
                    session_id=session_id,
                    marks=[mark],
                    recorded_by=None,
                    source=origin.source,
                    origin=origin,
                    now=self.now,
                )
        except DomainError:
            cancelled = self.meetings[session_id].cancelled_at is not None
            return None, "cancelled" if cancelled else "enrolled"
        return mark.id, ""

    def _take_back(self, one: Untaken, said: rules.Said, person: UUID) -> UUID | None:
        contested = [rules.taken_id(one.statement_id)]
        marks.drop_contested(
            self.session, organisation_id=self.organisation_id, ids=contested, settled_by=None, now=self.now
        )
        newest = self._newest(said.session_id, person)
        if newest is not None and newest.id == one.mark_id and newest.status != TAKEN_BACK:
            mark = NewMark(id=new_id(), participant_id=person, status=TAKEN_BACK)
            self._recorded(said.session_id, mark, Origin(source="statement", source_name=one.source_name))
        return one.mark_id

    def _newest(self, session_id: UUID, participant_id: UUID) -> PastMark | None:
        history = attendance.mark_history(
            self.session,
            organisation_id=self.organisation_id,
            session_id=session_id,
            participant_id=participant_id,
        )
        return history[-1] if history else None


def _persons(session: Session, organisation_id: int, actors: dict[UUID, dict[str, object]]) -> dict[UUID, UUID]:
    """The participants that the actors are, by statement. Three queries."""
    refs = {one: xapi_rules.agent_in(actor) for one, actor in actors.items()}
    known = {
        ref.key: KnownAgent(key=ref.key, kind=ref.kind, value=ref.value, home_page=ref.home_page)
        for ref in refs.values()
        if ref is not None
    }
    found = people.resolve_agents(session, organisation_id=organisation_id, agents=list(known.values()))
    return {one: found[ref.key] for one, ref in refs.items() if ref is not None and ref.key in found}
