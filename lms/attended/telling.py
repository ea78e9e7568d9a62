"""Telling the record store of marks: a statement for each that counts, voided once it counts no more.

Part of `service`, by which others come here.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from lms.attended import queries, rules
from lms.attended.models import MarkToTell, ToldMark
from lms.attended.queries import Counting, Pair
from lms.attended.rules import Attended
from lms.db import new_id, portions
from lms.people import queries as people
from lms.xapi import queries as xapi_queries
from lms.xapi import rules as xapi_rules
from lms.xapi import service as xapi

AT_ONCE = 200
"""Changes that are told, or statements that are taken in, in one transaction."""


def tell(session: Session, *, organisation_id: int, public_url: str, now: datetime, limit: int = AT_ONCE) -> int:
    """Store a statement for each mark that counts anew, and void those whose marks count no more.

    A mark is told anew, in the place of its statement before, where its session was moved, or is worth something else;
    and where its session takes place after all. Returns how many changes were looked at. A mark that came by a
    statement is told by that one already.
    """
    taken = queries.to_tell(session, organisation_id=organisation_id, limit=limit)
    pairs = sorted(set(taken.values()))
    # Whoever tells of the same people waits here, and then sees what was told.
    people.lock_participants(session, organisation_id=organisation_id, participant_ids={who for _, who in pairs})
    if pairs:
        _tell(session, organisation_id, public_url, now, pairs)
    for portion in portions(sorted(taken)):
        session.execute(
            delete(MarkToTell).where(MarkToTell.organisation_id == organisation_id, MarkToTell.id.in_(portion))
        )
    return len(taken)


def _tell(session: Session, organisation_id: int, public_url: str, now: datetime, pairs: Sequence[Pair]) -> None:
    wanted = {one.id: one for one in _wanted(session, organisation_id, pairs)}
    found = queries.described(session, organisation_id=organisation_id, marks=list(wanted.values()))
    described = {one.mark_id: one for one in found}
    told = queries.told(session, organisation_id=organisation_id, pairs=pairs)
    right = _right(session, organisation_id, told, described, public_url)
    gone = [statement_id for statement_id in told if statement_id not in right]
    fresh = [one for mark_id, one in described.items() if mark_id not in right.values()]
    # Ids that nobody can know before: whoever stored something else under one would stop all telling.
    ids = {one.mark_id: new_id() for one in fresh}
    statements = [{"id": str(new_id()), **rules.voiding(one, public_url)} for one in gone]
    statements += [{"id": str(ids[one.mark_id]), **rules.told(one, public_url)} for one in fresh]
    _store(session, organisation_id, statements, public_url, now)
    _note_voided(session, organisation_id, gone, now)
    session.add_all(_told(organisation_id, wanted[mark_id], told_as, now) for mark_id, told_as in ids.items())
    session.flush()


def _wanted(session: Session, organisation_id: int, pairs: Sequence[Pair]) -> list[Counting]:
    """The marks that are to be told: those that count, of people who were there, at sessions that take place."""
    meetings = queries.meetings(session, organisation_id=organisation_id, session_ids={one for one, _ in pairs})
    published = queries.programmes_at(session, organisation_id=organisation_id, meetings=meetings.values())
    statuses = {
        version_id: {status.code: status for status in programme.statuses}
        for version_id, programme in published.items()
    }
    counting = queries.counting(session, organisation_id=organisation_id, pairs=pairs)
    return [
        mark
        for mark in counting.values()
        if mark.source != "statement"
        and meetings[mark.session_id].cancelled_at is None
        and rules.tells(statuses[meetings[mark.session_id].programme_version_id].get(mark.status))
    ]


def _right(
    session: Session,
    organisation_id: int,
    told: Mapping[UUID, UUID],
    described: Mapping[UUID, Attended],
    public_url: str,
) -> dict[UUID, UUID]:
    """Those of the statements that were told which still say what is: the mark by the statement. One query."""
    ids = [statement_id for statement_id, mark_id in told.items() if mark_id in described]
    kept = xapi_queries.kept(session, organisation_id=organisation_id, statement_ids=ids) if ids else []
    return {
        one.id: told[one.id]
        for one in kept
        if rules.says_the_same(xapi_rules.load(one.payload), rules.told(described[told[one.id]], public_url))
    }


def _note_voided(session: Session, organisation_id: int, statement_ids: Collection[UUID], now: datetime) -> None:
    for portion in portions(sorted(statement_ids)):
        session.execute(
            update(ToldMark)
            .where(ToldMark.organisation_id == organisation_id, ToldMark.statement_id.in_(portion))
            .values(voided_at=now)
        )


def _told(organisation_id: int, mark: Counting, told_as: UUID, now: datetime) -> ToldMark:
    return ToldMark(
        organisation_id=organisation_id,
        statement_id=told_as,
        mark_id=mark.id,
        session_id=mark.session_id,
        participant_id=mark.participant_id,
        told_at=now,
    )


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
    xapi.store_one(
        session, organisation_id=organisation_id, prepared=prepared, credential_id=None, home_pages=(public_url,)
    )
