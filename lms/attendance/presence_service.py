"""Marks from what machines saw: scans of cards, and stays in a live class. None commits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.orm import Session

from lms.attendance import presence_queries, presence_rules, queries
from lms.attendance.cohort_rules import CohortRules
from lms.attendance.presence_rules import Presence, Stay, Verdict
from lms.attendance.presence_scans import Arrivals
from lms.attendance.register_models import LivePresence
from lms.attendance.rules import NewMark
from lms.db import new_id
from lms.errors import N_, Conflict
from lms.programme import queries as programmes
from lms.programme.queries import TimetableSession

Registers = dict[UUID, list[NewMark]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Proposed:
    """The marks that a list comes to, by session, and how many of its people have such a mark already."""

    registers: Registers
    unchanged: int


def marks_of_scans(
    session: Session,
    *,
    organisation_id: int,
    arrivals: Arrivals,
    meetings: Mapping[UUID, TimetableSession],
    rules: CohortRules,
) -> Proposed:
    """The marks of those who came at these moments, `made_at` the scan. One query.

    Raises Conflict where the programme has no status for somebody who is there.
    """
    histories = queries.histories(session, organisation_id=organisation_id, session_ids=list(arrivals))
    registers: Registers = {}
    for session_id, people in arrivals.items():
        for participant_id, at in people.items():
            found = _known(presence_rules.arrived(at, rules, starts_at=meetings[session_id].starts_at))
            if not presence_rules.is_told(found, participant_id, histories.get(session_id, {}), source="scan"):
                registers.setdefault(session_id, []).append(_mark(participant_id, found, made_at=at))
    everybody = sum(map(len, arrivals.values()))
    return Proposed(registers=registers, unchanged=everybody - sum(map(len, registers.values())))


def keep_stays(
    session: Session,
    *,
    organisation_id: int,
    meeting: TimetableSession,
    stays: Sequence[Stay],
    imported_by: UUID | None,
    now: datetime,
) -> dict[UUID, Presence]:
    """Keep those stays that are new, and return how long everybody who stands in these was there in all.

    A stay that is kept of nobody becomes somebody's once it is known whose it is. Stays of earlier logs count too.
    """
    # Two uploads of one log wait for each other, so that no stay is kept twice.
    programmes.lock_cohort(session, organisation_id=organisation_id, cohort_id=meeting.cohort_id)
    kept = presence_queries.stays(session, organisation_id=organisation_id, session_id=meeting.id)
    ids = {stay.key: stay_id for stay_id, stay in kept.items()}
    about = {"organisation_id": organisation_id, "session_id": meeting.id}
    for stay in {stay.key: stay for stay in stays}.values():
        if stay.key not in ids:
            said = {name: getattr(stay, name) for name in ("who", "participant_id", "joined_at", "left_at")}
            session.add(LivePresence(**about, **said, id=new_id(), imported_at=now, imported_by=imported_by))
        elif stay.participant_id not in (None, kept[ids[stay.key]].participant_id):
            this = (LivePresence.organisation_id == organisation_id, LivePresence.id == ids[stay.key])
            session.execute(update(LivePresence).where(*this).values(participant_id=stay.participant_id))
    session.flush()
    named = {stay.participant_id for stay in stays if stay.participant_id is not None}
    found = presences(session, organisation_id=organisation_id, meeting=meeting)
    return {participant_id: one for participant_id, one in found.items() if participant_id in named}


def presences(session: Session, *, organisation_id: int, meeting: TimetableSession) -> dict[UUID, Presence]:
    """How long everybody was in a session's live class, by all that is kept of it. One query."""
    by_person: dict[UUID, list[Stay]] = {}
    for stay in presence_queries.stays(session, organisation_id=organisation_id, session_id=meeting.id).values():
        if stay.participant_id is not None:
            by_person.setdefault(stay.participant_id, []).append(stay)
    return {
        participant_id: presence_rules.presence(stays, starts_at=meeting.starts_at, ends_at=meeting.ends_at)
        for participant_id, stays in by_person.items()
    }


def marks_of_stays(
    session: Session,
    *,
    organisation_id: int,
    meeting: TimetableSession,
    presences: Mapping[UUID, Presence],
    remarks: Mapping[UUID, str],
    rules: CohortRules,
) -> Proposed:
    """The marks of those who were there so long, with these remarks. One query.

    Raises Conflict where the programme has no status for somebody who is there, or who is not.
    """
    history = queries.history(session, organisation_id=organisation_id, session_id=meeting.id)
    marks: list[NewMark] = []
    for participant_id, presence in presences.items():
        found = _known(presence_rules.verdict(presence, rules, starts_at=meeting.starts_at))
        told = presence_rules.is_told(found, participant_id, history, source="log")
        if not told and not presence_rules.is_excused(found, participant_id, history, rules):
            marks.append(_mark(participant_id, found, remark=remarks[participant_id]))
    return Proposed(registers={meeting.id: marks} if marks else {}, unchanged=len(presences) - len(marks))


def _mark(participant_id: UUID, found: Verdict, *, remark: str = "", made_at: datetime | None = None) -> NewMark:
    return NewMark(
        participant_id=participant_id,
        status=found.status,
        minutes_late=found.minutes_late,
        remark=remark,
        made_at=made_at,
    )


def _known(found: Verdict | None) -> Verdict:
    if found is None:
        raise Conflict(N_("The programme has no status for this: it needs one that is absent and one that is not."))
    return found
