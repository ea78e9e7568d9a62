"""What is done to a register as a whole: heads counted, closed, reopened, marks put back."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypedDict
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from lms.attendance import check_in_service, queries, rules
from lms.attendance.register_models import RegisterEvent, SessionRegister
from lms.attendance.register_rules import MOST_HEADS, restored
from lms.attendance.register_values import Register
from lms.attendance.register_writing import append, checker, refuse_shut, rows_of
from lms.attendance.rules import Groups, NewMark, Origin
from lms.db import Again, new_id
from lms.errors import N_, Conflict, DomainError, NotAllowed
from lms.people import queries as people
from lms.programme import queries as programmes

UNDONE = "undo"
"""The name of the source of marks that put back what stood before others were made."""


class Known(TypedDict):
    """Which session of which organisation, as every function here is told."""

    organisation_id: int
    session_id: UUID


@dataclass(frozen=True, kw_only=True, slots=True)
class Closed:
    """What closing a register did: `claimed` people had checked in; of the `missing` ones so many were `marked`."""

    missing: int
    claimed: int
    marked: int


def count_heads(
    session: Session,
    *,
    organisation_id: int,
    session_id: UUID,
    heads: int | None,
    counted_by: UUID,
    now: datetime,
    groups: Groups | None = None,
) -> None:
    """Keep how many heads were counted at a session, None to forget it.

    Raises DomainError for no such number, NotAllowed for somebody who marks nobody there.
    """
    if heads is not None and not 0 <= heads <= MOST_HEADS:
        raise DomainError(N_("Heads run from 0 to %(most)s."), place="heads", most=MOST_HEADS)
    meeting = queries.meeting(session, organisation_id=organisation_id, session_id=session_id)
    rules.own_groups_at(groups, cohort_id=meeting.cohort_id, session_group=meeting.group)
    row = _locked(session, organisation_id, session_id)
    row.head_count, row.counted_at, row.counted_by = heads, now, counted_by
    _tell(session, row, now, counted_by, kind="counted", heads=heads)


def close_register(
    session: Session,
    *,
    organisation_id: int,
    session_id: UUID,
    rest_as: str,
    closed_by: UUID,
    now: datetime,
    groups: Groups | None = None,
    manages: bool = True,
) -> Closed:
    """Close a register: claims of self check-in become marks, and whoever is left is marked as `rest_as` if it is told.

    Afterwards only whoever manages changes it, or somebody reopens it. Raises Conflict where it is not open, or closed
    already; NotAllowed for somebody who marks only some of its people; DomainError for a status that is not absent.
    """
    meeting = queries.meeting(session, organisation_id=organisation_id, session_id=session_id)
    refuse_shut(session, organisation_id=organisation_id, meeting=meeting, manages=manages, now=now)
    row = _locked(session, organisation_id, session_id)
    if row.closed_at is not None:
        raise Conflict(N_("The register of %(code)s is closed already."), code=meeting.code)
    # Check-in first, then everybody, as where claims are accepted: nobody is marked or claims to be there meanwhile.
    known: Known = {"organisation_id": organisation_id, "session_id": session_id}
    check_in_service.close_check_in(session, **known, now=now)
    _hold_everybody(session, organisation_id, meeting.cohort_id)
    before = _whole(queries.register(session, **known, groups=groups))
    _check_rest(before, rest_as)
    claims = check_in_service.settle(session, **known, now=now, closed_by=closed_by)
    _mark(session, known, before, claims, Origin(source="check_in", recorded_by=closed_by), now)
    left = queries.register(session, **known, groups=groups)
    rest = [NewMark(participant_id=one.enrolled.participant_id, status=rest_as) for one in left.missing if rest_as]
    _mark(session, known, left, rest, Origin(source="register", recorded_by=closed_by), now)
    row.closed_at, row.closed_by = now, closed_by
    _tell(session, row, now, closed_by, kind="closed", missing=len(left.missing), marked_as=rest_as)
    return Closed(missing=len(left.missing), claimed=len(claims), marked=len(rest))


def reopen_register(
    session: Session,
    *,
    organisation_id: int,
    session_id: UUID,
    reopened_by: UUID,
    now: datetime,
    groups: Groups | None = None,
    manages: bool = True,
) -> None:
    """Open a closed register again. Raises Conflict where it is not closed or locked, NotAllowed as for closing."""
    meeting = queries.meeting(session, organisation_id=organisation_id, session_id=session_id)
    row = _locked(session, organisation_id, session_id)
    if row.closed_at is None:
        raise Conflict(N_("The register of %(code)s is not closed."), code=meeting.code)
    _whole(queries.register(session, organisation_id=organisation_id, session_id=session_id, groups=groups))
    row.closed_at = row.closed_by = None
    session.flush()
    refuse_shut(session, organisation_id=organisation_id, meeting=meeting, manages=manages, now=now)
    _tell(session, row, now, reopened_by, kind="reopened")


def undo_marks(
    session: Session,
    *,
    organisation_id: int,
    session_id: UUID,
    mark_ids: Collection[UUID],
    origin: Origin,
    now: datetime,
    groups: Groups | None = None,
    manages: bool = True,
) -> int:
    """Put back what stood before these marks, by marks of their own; returns how many people that is about.

    Raises MarkedMeanwhile where one of them is no longer its person's newest; then nothing is changed.
    """
    meeting = queries.meeting(session, organisation_id=organisation_id, session_id=session_id)
    known: Known = {"organisation_id": organisation_id, "session_id": session_id}
    cohort = programmes.cohort_by_id(session, organisation_id=organisation_id, cohort_id=meeting.cohort_id)
    ids = set(mark_ids)
    wanted, _ = restored(ids, queries.history(session, **known))
    people.lock_participants(
        session, organisation_id=organisation_id, participant_ids={mark.participant_id for mark in wanted}
    )
    refuse_shut(session, organisation_id=organisation_id, meeting=meeting, manages=manages, now=now)
    history = queries.history(session, **known)
    marks, seen = restored(ids, history)
    checker(session, organisation_id, cohort, groups)(meeting, marks)
    overtaken = [who for who, mark_id in seen.items() if history[who][-1].id != mark_id]
    if overtaken:
        raise rules.MarkedMeanwhile(overtaken)
    told = replace(origin, source_name=UNDONE)
    append(session, organisation_id, rows_of(marks, **known, origin=told, history=history, now=now), now)
    return len(marks)


def _whole(register: Register) -> Register:
    if not register.whole:
        raise NotAllowed(
            N_("You mark only some of the people of this session. Somebody who marks all of them closes its register.")
        )
    return register


def _check_rest(register: Register, rest_as: str) -> None:
    absent = {status.code: status for status in register.statuses if status.absent}
    if rest_as and rest_as not in absent:
        raise DomainError(
            N_("Those who are left can only be marked as absent: %(known)s."), place="rest_as", known=", ".join(absent)
        )


def _mark(
    session: Session, known: Known, register: Register, marks: Sequence[NewMark], origin: Origin, now: datetime
) -> None:
    history = {person.enrolled.participant_id: person.marks for person in register.people}
    rows = rows_of(marks, **known, origin=origin, history=history, now=now)
    append(session, known["organisation_id"], rows, now)


def _hold_everybody(session: Session, organisation_id: int, cohort_id: UUID) -> None:
    roster = programmes.roster(session, organisation_id=organisation_id, cohort_id=cohort_id)
    everybody = {person.participant_id for person in roster}
    people.lock_participants(session, organisation_id=organisation_id, participant_ids=everybody)


def _locked(session: Session, organisation_id: int, session_id: UUID) -> SessionRegister:
    """The register's own row, made where there is none, held until the transaction ends."""
    key = (organisation_id, session_id)
    row = session.get(SessionRegister, key, with_for_update=True, populate_existing=True)
    if row is not None:
        return row
    row = SessionRegister(organisation_id=organisation_id, session_id=session_id)
    session.add(row)
    try:
        session.flush()
    except IntegrityError as error:
        # Somebody else has made it at this moment; anew it is there.
        raise Again from error
    return row


def _tell(session: Session, row: SessionRegister, now: datetime, done_by: UUID, **what: Any) -> None:
    event = RegisterEvent(
        organisation_id=row.organisation_id,
        id=new_id(),
        session_id=row.session_id,
        happened_at=now,
        done_by=done_by,
        **what,
    )
    session.add(event)
    session.flush()
