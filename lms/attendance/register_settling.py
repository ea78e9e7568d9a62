"""Settling marks that could not simply be added: a person takes one, or keeps what stands."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from lms.attendance import queries, rules
from lms.attendance.models import Mark
from lms.attendance.register_models import ContestedMark
from lms.attendance.register_rules import Choice, undecided
from lms.attendance.register_writing import append, checker, refuse_shut, rows_of
from lms.attendance.rules import Groups, History, NewMark, Origin
from lms.errors import N_, NotAllowed, Problems
from lms.people import queries as people
from lms.programme import queries as programmes
from lms.programme.queries import TimetableSession


@dataclass(frozen=True, kw_only=True, slots=True)
class Settled:
    """How many marks were taken, and how many were not."""

    taken: int
    dropped: int


def settle_marks(
    session: Session,
    *,
    organisation_id: int,
    session_id: UUID,
    choices: Sequence[Choice],
    settled_by: UUID,
    now: datetime,
    groups: Groups | None = None,
    manages: bool = True,
) -> Settled:
    """Settle the contested marks that a page showed: for each person one is taken, or what stands is kept.

    A taken one becomes a mark under its own id, made by whoever made it. Raises MarkedMeanwhile where somebody has been
    marked since the page was shown, Problems where a mark was settled meanwhile or cannot be taken, NotAllowed for
    people whom somebody with these groups does not mark, Conflict where the register is shut. All or nothing.
    """
    everybody = {choice.participant_id for choice in choices}
    people.lock_participants(session, organisation_id=organisation_id, participant_ids=everybody)
    meeting = queries.meeting(session, organisation_id=organisation_id, session_id=session_id)
    if not manages or any(choice.take is not None for choice in choices):
        refuse_shut(session, organisation_id=organisation_id, meeting=meeting, manages=manages, now=now)
    _refuse_others(session, organisation_id, meeting, everybody, groups)
    shown = [one for choice in choices for one in choice.shown]
    found = queries.contested_rows(session, organisation_id=organisation_id, ids=shown)
    history = queries.history(session, organisation_id=organisation_id, session_id=session_id)
    _refuse_overtaken(session_id, choices, found, history)
    taken = [found[choice.take] for choice in choices if choice.take is not None]
    append(session, organisation_id, _marks(session, meeting, organisation_id, taken, history, now), now)
    for row in found.values():
        row.outcome = "taken" if row in taken else "dropped"
        row.settled_at, row.settled_by = now, settled_by
        row.settled_as = row.id if row in taken else None
    session.flush()
    return Settled(taken=len(taken), dropped=len(found) - len(taken))


def _refuse_others(
    session: Session, organisation_id: int, meeting: TimetableSession, everybody: set[UUID], groups: Groups | None
) -> None:
    own = rules.own_groups_at(groups, cohort_id=meeting.cohort_id, session_group=meeting.group)
    if own is None:
        return
    roster = programmes.roster(session, organisation_id=organisation_id, cohort_id=meeting.cohort_id)
    if not everybody <= rules.markable(roster, session_group=meeting.group, own=own):
        raise NotAllowed(N_("You don't mark this person at this session."))


def _refuse_overtaken(
    session_id: UUID, choices: Sequence[Choice], found: Mapping[UUID, ContestedMark], history: History
) -> None:
    still_open = {
        row.id: row.participant_id for row in found.values() if row.session_id == session_id and not row.outcome
    }
    problems = undecided(choices, still_open)
    if problems:
        raise Problems(tuple(problems))
    newest = {who: past[-1].id for who, past in history.items() if past}
    overtaken = [choice.participant_id for choice in choices if newest.get(choice.participant_id) != choice.seen]
    if overtaken:
        raise rules.MarkedMeanwhile(overtaken)


def _marks(
    session: Session,
    meeting: TimetableSession,
    organisation_id: int,
    taken: Sequence[ContestedMark],
    history: History,
    now: datetime,
) -> list[Mark]:
    cohort = programmes.cohort_by_id(session, organisation_id=organisation_id, cohort_id=meeting.cohort_id)
    new = [(_origin(row), _new_mark(row)) for row in taken]
    checker(session, organisation_id, cohort, None)(meeting, [mark for _, mark in new])
    return [
        row
        for origin, mark in new
        for row in rows_of(
            [mark],
            organisation_id=organisation_id,
            session_id=meeting.id,
            origin=origin,
            history=history,
            now=now,
        )
    ]


def _new_mark(row: ContestedMark) -> NewMark:
    return rules.tidy(
        NewMark(
            participant_id=row.participant_id,
            status=row.status,
            minutes_late=row.minutes_late,
            remark=row.remark,
            id=row.id,
            made_at=row.made_at,
            skew_ms=row.skew_ms,
        )
    )


def _origin(row: ContestedMark) -> Origin:
    return Origin(
        source=row.source,
        recorded_by=row.recorded_by,
        device=row.device,
        device_id=row.device_id,
        source_name=row.source_name,
    )
