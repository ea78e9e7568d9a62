"""Telling the record store of marks, and taking marks from what it was told. Done in the background, in portions.

Each portion is one transaction that takes its rows, writes, and forgets them: done twice, it changes nothing.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy import delete, insert, update
from sqlalchemy.orm import Session

from lms.attendance import queries as attendance
from lms.attendance import service as marks
from lms.attendance.rules import TAKEN_BACK, NewMark, Origin, PastMark, usual_status
from lms.attended import queries, rules
from lms.attended.models import AttendedToTake, MarkToTell, ToldMark
from lms.attended.queries import Counting, Meeting, Pair, Untaken
from lms.db import new_id, portions
from lms.errors import DomainError
from lms.people import queries as people
from lms.people.rules import KnownAgent
from lms.programme import queries as programmes
from lms.programme.rules import AttendanceStatus, Programme
from lms.xapi import queries as xapi_queries
from lms.xapi import rules as xapi_rules
from lms.xapi import service as xapi

AT_ONCE = 200
"""Changes that are told, or statements that are taken in, in one transaction."""


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


def tell(session: Session, *, organisation_id: int, public_url: str, now: datetime, limit: int = AT_ONCE) -> int:
    """Store a statement for each mark that counts anew, and void those whose marks count no more.

    Returns how many changes were looked at. A mark that came by a statement is told by that one already.
    """
    taken = queries.to_tell(session, organisation_id=organisation_id, limit=limit)
    pairs = sorted(set(taken.values()))
    # Whoever tells of the same people waits here, and then sees what was told.
    people.lock_participants(session, organisation_id=organisation_id, participant_ids={who for _, who in pairs})
    _tell(session, organisation_id, public_url, now, pairs)
    for portion in portions(sorted(taken)):
        session.execute(
            delete(MarkToTell).where(MarkToTell.organisation_id == organisation_id, MarkToTell.id.in_(portion))
        )
    return len(taken)


def _tell(session: Session, organisation_id: int, public_url: str, now: datetime, pairs: Sequence[Pair]) -> None:
    if not pairs:
        return
    wanted = _wanted(session, organisation_id, pairs)
    told = queries.told(session, organisation_id=organisation_id, pairs=pairs)
    gone = [
        statement_id
        for pair in pairs
        for statement_id, mark_id in told.get(pair, {}).items()
        if pair not in wanted or wanted[pair].id != mark_id
    ]
    before = queries.told_before(session, organisation_id=organisation_id, mark_ids=[one.id for one in wanted.values()])
    fresh = [mark for mark in wanted.values() if mark.id not in before]
    described = queries.described(session, organisation_id=organisation_id, marks=fresh)
    statements = [rules.voiding(one, public_url) for one in gone]
    statements += [rules.told(one, public_url) for one in described]
    _store(session, organisation_id, statements, public_url, now)
    _note_told(session, organisation_id, gone, fresh, now)


def _wanted(session: Session, organisation_id: int, pairs: Sequence[Pair]) -> dict[Pair, Counting]:
    """The marks that are to be told: those that count, of people who were there, at sessions that take place."""
    meetings = queries.meetings(session, organisation_id=organisation_id, session_ids={one for one, _ in pairs})
    published = _published(session, organisation_id, meetings.values())
    counting = queries.counting(session, organisation_id=organisation_id, pairs=pairs)
    return {
        pair: mark
        for pair, mark in counting.items()
        if mark.source != "statement"
        and meetings[pair[0]].cancelled_at is None
        and rules.tells(_statuses(published, meetings[pair[0]]).get(mark.status))
    }


def _note_told(
    session: Session, organisation_id: int, gone: Sequence[UUID], fresh: Sequence[Counting], now: datetime
) -> None:
    for portion in portions(gone):
        session.execute(
            update(ToldMark)
            .where(ToldMark.organisation_id == organisation_id, ToldMark.statement_id.in_(portion))
            .values(voided_at=now)
        )
    session.add_all(
        ToldMark(
            organisation_id=organisation_id,
            statement_id=rules.statement_id(mark.id),
            mark_id=mark.id,
            session_id=mark.session_id,
            participant_id=mark.participant_id,
            told_at=now,
        )
        for mark in fresh
    )
    session.flush()


def _store(
    session: Session, organisation_id: int, statements: Sequence[object], public_url: str, now: datetime
) -> None:
    """The way of every statement: checked, stamped, stored and put into the inbox."""
    if not statements:
        return
    prepared = xapi_rules.prepare(
        msgspec.json.encode(statements),
        version=xapi_rules.V1,
        now=now,
        authority=rules.authority(public_url),
    )
    xapi.store_one(session, organisation_id=organisation_id, prepared=prepared, credential_id=None)


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
    voided statement takes its mark back. What cannot become a mark is kept with the reason.
    """
    waiting = queries.to_take(session, organisation_id=organisation_id, limit=limit)
    ids = [one.statement_id for one in waiting]
    kept = {one.id: one for one in xapi_queries.kept(session, organisation_id=organisation_id, statement_ids=ids)}
    trees = {one.id: xapi_rules.load(one.payload) for one in kept.values()}
    said = {one: rules.said(tree, public_url) for one, tree in trees.items()}
    persons = _persons(session, organisation_id, {one: trees[one]["actor"] for one in ids if one in trees})
    # In one order, so that nobody waits for somebody who waits for them.
    people.lock_participants(session, organisation_id=organisation_id, participant_ids=set(persons.values()))
    about = {one.session_id for one in said.values() if one is not None}
    meetings = queries.meetings(session, organisation_id=organisation_id, session_ids=about)
    published = _published(session, organisation_id, meetings.values())
    for one in waiting:
        if one.statement_id not in kept:
            continue
        taker = _Taker(session, organisation_id, meetings, published, now)
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
        return self._recorded(meeting.id, mark, origin)

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
        newest = self._newest(said.session_id, person)
        if newest is not None and newest.id == one.mark_id and newest.status != TAKEN_BACK:
            mark = NewMark(id=rules.taken_id(one.statement_id, newest.id), participant_id=person, status=TAKEN_BACK)
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


def _published(session: Session, organisation_id: int, meetings: Collection[Meeting]) -> dict[UUID, Programme]:
    versions = {one.programme_version_id for one in meetings}
    return programmes.programmes_of(session, organisation_id=organisation_id, version_ids=versions)


def _statuses(published: dict[UUID, Programme], meeting: Meeting) -> dict[str, AttendanceStatus]:
    return {status.code: status for status in published[meeting.programme_version_id].statuses}
