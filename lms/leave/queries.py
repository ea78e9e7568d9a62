"""Every SELECT of this room. What a note says is asked for by `note` alone, and stands in nothing else."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from lms.attendance.models import Mark
from lms.attendance.rules import PastMark
from lms.db import among, portions
from lms.errors import N_, NotFound
from lms.leave import rules
from lms.leave.models import LeaveNote, LeaveNoteReading, LeaveRequest
from lms.leave.rows import Note, NoteInfo, Reading, Request
from lms.leave.rules import Document
from lms.people.models import Account, Participant
from lms.programme.models import ClassroomSession, Cohort, CohortGroup, Enrolment

__all__ = ["Note", "NoteInfo", "Reading", "Request"]

NONE = N_("There is no such request.")
LATEST_FIRST = (LeaveRequest.starts_at.desc(), LeaveRequest.id.desc())
IN_THEIR_ORDER = (LeaveRequest.asked_at, LeaveRequest.id)

_ONE = LeaveRequest
COLUMNS = (
    *(_ONE.id, _ONE.cohort_id, _ONE.participant_id, _ONE.status, _ONE.starts_at, _ONE.ends_at, _ONE.state),
    *(_ONE.asked_at, _ONE.decided_at, _ONE.reason, _ONE.withdrawn_at, _ONE.withdrawn_reason, Enrolment.group_id),
    *(Participant.identifier, Participant.name, Cohort.code.label("cohort_code"), Cohort.time_zone),
    *(_ONE.decided_by.label("decided_by_id"), CohortGroup.name.label("group")),
)
"""The columns of a request as a list shows it: none of its note."""

By = tuple[UUID, UUID]
"""A participant and a session, by their ids."""


def of_participant(session: Session, *, organisation_id: int, participant_id: UUID) -> list[Request]:
    """All requests of one person, the latest leave first. One query."""
    wanted = _requests(organisation_id).where(LeaveRequest.participant_id == participant_id)
    return _found(session, wanted.order_by(*LATEST_FIRST))


def of_cohort(
    session: Session, *, organisation_id: int, cohort_id: UUID, groups: Collection[UUID] | None = None
) -> list[Request]:
    """The requests of a cohort, the latest leave first; only of people in these groups (by id), if any. One query."""
    wanted = _requests(organisation_id).where(LeaveRequest.cohort_id == cohort_id).order_by(*LATEST_FIRST)
    return _found(session, wanted if groups is None else wanted.where(Enrolment.group_id.in_(groups)))


def waiting(session: Session, *, organisation_id: int) -> dict[UUID, int]:
    """How many requests wait for a decision, by the cohort's id; cohorts without any are not in it. One query."""
    one = LeaveRequest
    many = func.count().label("many")
    wanted = select(one.cohort_id, many).where(one.organisation_id == organisation_id, one.state == rules.ASKED)
    return {row.cohort_id: row.many for row in session.execute(wanted.group_by(one.cohort_id))}


def approved(session: Session, *, organisation_id: int, cohort_ids: Collection[UUID]) -> list[Request]:
    """The approved requests of cohorts, in the order in which they were asked for. One query."""
    wanted = _requests(organisation_id).where(LeaveRequest.state == rules.APPROVED)
    return _found(session, wanted.where(LeaveRequest.cohort_id.in_(cohort_ids)).order_by(*IN_THEIR_ORDER))


def cohorts_with_leave(session: Session, *, organisation_id: int, now: datetime) -> list[UUID]:
    """The cohorts that run, and in which some leave is approved. One query."""
    wanted = (
        select(LeaveRequest.cohort_id)
        .join(Cohort, _same(Cohort, LeaveRequest, "cohort_id"))
        .where(LeaveRequest.organisation_id == organisation_id, LeaveRequest.state == rules.APPROVED)
        .where(or_(Cohort.ends_at.is_(None), Cohort.ends_at > now))
    )
    return sorted(session.scalars(wanted.distinct()))


def request(session: Session, *, organisation_id: int, request_id: UUID) -> Request:
    """One request; raises NotFound. One query."""
    found = _found(session, _requests(organisation_id).where(LeaveRequest.id == request_id))
    if not found:
        raise NotFound(NONE)
    return found[0]


def held(session: Session, *, organisation_id: int, request_id: UUID) -> LeaveRequest:
    """The row of a request, locked until the transaction ends; raises NotFound. One query."""
    wanted = select(LeaveRequest).where(LeaveRequest.organisation_id == organisation_id, LeaveRequest.id == request_id)
    found = session.scalar(wanted.with_for_update().execution_options(populate_existing=True))
    if found is None:
        raise NotFound(NONE)
    return found


def taken_periods(
    session: Session, *, organisation_id: int, cohort_id: UUID, participant_id: UUID
) -> list[rules.Period]:
    """For when somebody has asked for leave already, and was not refused. One query."""
    rows = session.execute(
        select(LeaveRequest.starts_at, LeaveRequest.ends_at).where(
            LeaveRequest.organisation_id == organisation_id,
            LeaveRequest.cohort_id == cohort_id,
            LeaveRequest.participant_id == participant_id,
            LeaveRequest.state.in_((rules.ASKED, rules.APPROVED)),
        )
    )
    return [rules.Period(starts_at=row.starts_at, ends_at=row.ends_at) for row in rows]


# Notes


def note_info(session: Session, *, organisation_id: int, request_id: UUID) -> NoteInfo | None:
    """Whether a note is kept with a request, or was; None where there never was one. One query."""
    erased_by = and_(Account.organisation_id == LeaveNote.organisation_id, Account.id == LeaveNote.erased_by)
    row = session.execute(
        select(
            (LeaveNote.text != "").label("has_text"),
            LeaveNote.file_name,
            func.coalesce(func.length(LeaveNote.content), 0).label("file_bytes"),
            LeaveNote.erased_at,
            Account.name.label("erased_by"),
        )
        .outerjoin(Account, erased_by)
        .where(LeaveNote.organisation_id == organisation_id, LeaveNote.request_id == request_id)
    ).one_or_none()
    return None if row is None else NoteInfo(**row._asdict())


def note(session: Session, *, organisation_id: int, request_id: UUID) -> Note:
    """What a note says; raises NotFound where there is none, or it was erased. One query."""
    row = session.execute(
        select(LeaveNote.text, LeaveNote.file_name, LeaveNote.file_type, LeaveNote.content).where(
            LeaveNote.organisation_id == organisation_id,
            LeaveNote.request_id == request_id,
            LeaveNote.erased_at.is_(None),
        )
    ).one_or_none()
    if row is None:
        raise NotFound(N_("There is no note with this request any more."))
    came = None if row.content is None else Document(name=row.file_name, type=row.file_type, content=row.content)
    return Note(text=row.text, document=came)


def readings(session: Session, *, organisation_id: int, request_id: UUID) -> list[Reading]:
    """Who has opened the note of a request, the latest first. One query."""
    reader = and_(Account.organisation_id == LeaveNoteReading.organisation_id, Account.id == LeaveNoteReading.read_by)
    rows = session.execute(
        select(LeaveNoteReading.read_at, Account.name.label("read_by"))
        .join(Account, reader)
        .where(LeaveNoteReading.organisation_id == organisation_id, LeaveNoteReading.request_id == request_id)
        .order_by(LeaveNoteReading.read_at.desc(), LeaveNoteReading.id.desc())
    )
    return [Reading(**row._asdict()) for row in rows]


def old_notes(session: Session, *, organisation_id: int, ended_before: datetime) -> list[UUID]:
    """The requests whose leave ended before that moment, was decided about, and has a note. One query."""
    wanted = (
        select(LeaveNote.request_id)
        .join(LeaveRequest, _same(LeaveRequest, LeaveNote, "request_id"))
        .where(LeaveNote.organisation_id == organisation_id, LeaveNote.erased_at.is_(None))
        .where(LeaveRequest.ends_at < ended_before, LeaveRequest.state != rules.ASKED)
        .order_by(LeaveNote.request_id)
    )
    return list(session.scalars(wanted))


# Marks


def past_marks(
    session: Session, *, organisation_id: int, cohort_ids: Collection[UUID], participant_ids: Collection[UUID]
) -> Mapping[By, list[PastMark]]:
    """The marks of these people at the sessions of cohorts, oldest first. One query per 500 people."""
    found: dict[By, list[PastMark]] = defaultdict(list)
    names = ("id", "participant_id", "status", "minutes_late", "remark", "source", "recorded_at")
    for ids in portions(sorted(set(participant_ids))):
        rows = session.execute(
            select(Mark.session_id, *(getattr(Mark, name) for name in names))
            .join(ClassroomSession, _same(ClassroomSession, Mark, "session_id"))
            .where(Mark.organisation_id == organisation_id, among(session, Mark.participant_id, ids))
            .where(ClassroomSession.cohort_id.in_(cohort_ids))
            .order_by(Mark.recorded_at, Mark.id)
        )
        for session_id, *values in rows:
            mark = PastMark(**dict(zip(names, values, strict=True)), recorded_by=None)
            found[mark.participant_id, session_id].append(mark)
    return found


# Parts that the others share


def _found(session: Session, wanted: Select[*tuple[Any, ...]]) -> list[Request]:
    return [Request(**row._asdict()) for row in session.execute(wanted)]


def _requests(organisation_id: int) -> Select[*tuple[Any, ...]]:
    one = LeaveRequest
    asker, decider, withdrawer = aliased(Account), aliased(Account), aliased(Account)
    named = (asker.name.label("asked_by"), decider.name.label("decided_by"), withdrawer.name.label("withdrawn_by"))
    has_note = exists().where(
        LeaveNote.organisation_id == one.organisation_id, LeaveNote.request_id == one.id, LeaveNote.erased_at.is_(None)
    )
    enrolled = and_(_same(Enrolment, one, "organisation_id", "organisation_id"), Enrolment.cohort_id == one.cohort_id)
    return (
        select(*COLUMNS, *named, has_note.label("has_note"))
        .join(Cohort, _same(Cohort, one, "cohort_id"))
        .join(Participant, _same(Participant, one, "participant_id"))
        .outerjoin(Enrolment, and_(enrolled, Enrolment.participant_id == one.participant_id))
        .outerjoin(CohortGroup, _same(CohortGroup, Enrolment, "group_id"))
        .outerjoin(asker, _same(asker, one, "asked_by"))
        .outerjoin(decider, _same(decider, one, "decided_by"))
        .outerjoin(withdrawer, _same(withdrawer, one, "withdrawn_by"))
        .where(one.organisation_id == organisation_id)
    )


def _same(left: Any, right: Any, by: str, key: str = "id") -> Any:
    """The join of `left` by its key, with the organisation that leads it."""
    return and_(left.organisation_id == right.organisation_id, getattr(left, key) == getattr(right, by))
