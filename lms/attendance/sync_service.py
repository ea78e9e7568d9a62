"""Taking in the marks that devices made: each is added, or kept for a person to settle; none is dropped."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from lms.attendance import queries, rules
from lms.attendance.register_models import ContestedMark
from lms.attendance.register_rules import shut
from lms.attendance.register_writing import append, columns, rows_of
from lms.attendance.rules import Groups, History, Origin, PastMark
from lms.attendance.sync_rules import Facts, Item, Standing, Verdict, decide
from lms.db import Again
from lms.errors import NotAllowed
from lms.people import queries as people
from lms.programme import queries as programmes
from lms.programme.queries import Enrolled, TimetableSession


@dataclass(frozen=True, kw_only=True, slots=True)
class Taken:
    """What the marks of one session came to, in their order, and the marks that count afterwards by participant."""

    verdicts: tuple[Verdict, ...]
    counting: Mapping[UUID, PastMark]


def take_marks(
    session: Session,
    *,
    organisation_id: int,
    session_id: UUID,
    items: Sequence[Item],
    origin: Origin,
    skew_ms: int,
    now: datetime,
    groups: Groups | None = None,
    manages: bool = True,
) -> Taken:
    """Take in marks of one session, in the order in which a device made them; the same ones may come again.

    `skew_ms` is by how much the device's clock was ahead. `groups` and `manages` are those of whoever sends. Raises
    NotFound for no session of the organisation; whatever is wrong with a mark is its verdict.
    """
    meeting = queries.meeting(session, organisation_id=organisation_id, session_id=session_id)
    # Whoever marks the same people waits here, and then sees the marks of the one before.
    wanted = {item.participant_id for item in items}
    known = people.lock_participants(session, organisation_id=organisation_id, participant_ids=wanted)
    facts = _facts(session, organisation_id, meeting, known, groups, manages)
    kept = queries.kept_ids(session, organisation_id=organisation_id, ids={item.id for item in items})
    history: History = queries.history(session, organisation_id=organisation_id, session_id=session_id)
    standing = {who: _standing(past[-1]) for who, past in history.items()}
    verdicts = tuple(decide(items, facts=facts, standing=standing, kept=kept, skew_ms=skew_ms, now=now))
    try:
        session.add_all(_to_keep(verdicts, organisation_id, origin, skew_ms, now))
        session.flush()
        new = [verdict.item for verdict in verdicts if verdict.outcome == "recorded"]
        history = _add(session, organisation_id, session_id, new, origin, skew_ms, now, history)
    except IntegrityError as error:
        # The same id was taken in at this moment, for somebody else: anew it is there to be seen.
        raise Again from error
    newest = {who: past[-1] for who, past in history.items()}
    counting = {who: mark for who, mark in newest.items() if mark.status != rules.TAKEN_BACK}
    return Taken(verdicts=verdicts, counting=counting)


def _standing(mark: PastMark) -> Standing:
    return Standing(id=mark.id, status=mark.status, minutes_late=mark.minutes_late, remark=mark.remark)


def _facts(
    session: Session,
    organisation_id: int,
    meeting: TimetableSession,
    known: Sequence[UUID],
    groups: Groups | None,
    manages: bool,
) -> Facts:
    cohort_rules = queries.cohort_rules(session, organisation_id=organisation_id, cohort_id=meeting.cohort_id)
    state = queries.register_state(session, organisation_id=organisation_id, session_id=meeting.id)
    roster = programmes.roster(session, organisation_id=organisation_id, cohort_id=meeting.cohort_id)
    shut_at = partial(
        shut,
        cohort_rules,
        starts_at=meeting.starts_at,
        cancelled_at=meeting.cancelled_at,
        closed_at=state.closed_at,
        manages=manages,
    )
    return Facts(
        statuses={status.code: status for status in cohort_rules.statuses},
        known=frozenset(known),
        enrolled=frozenset(person.participant_id for person in roster),
        own=_own(roster, meeting, groups),
        shut=lambda moment: shut_at(at=moment),
    )


def _own(roster: Sequence[Enrolled], meeting: TimetableSession, groups: Groups | None) -> frozenset[UUID]:
    try:
        own = rules.own_groups_at(groups, cohort_id=meeting.cohort_id, session_group=meeting.group)
    except NotAllowed:
        return frozenset()
    return rules.markable(roster, session_group=meeting.group, own=own)


def _add(
    session: Session,
    organisation_id: int,
    session_id: UUID,
    items: Sequence[Item],
    origin: Origin,
    skew_ms: int,
    now: datetime,
    history: History,
) -> History:
    """Add the marks, and return everybody's marks at the session with them. Marks of one person follow one another."""
    about: Any = {"organisation_id": organisation_id, "session_id": session_id}
    for turn in _turns(items):
        marks = [item.mark(skew_ms) for item in turn]
        rows = rows_of(marks, **about, origin=origin, history=history, now=now)
        append(session, organisation_id, rows, now)
        history = queries.history(session, **about)
    return history


def _turns(items: Sequence[Item]) -> list[list[Item]]:
    """The marks in turns of which each has one mark a person, the earlier ones first."""
    turns: list[list[Item]] = []
    counts: dict[UUID, int] = {}
    for item in items:
        turn = counts.get(item.participant_id, 0)
        counts[item.participant_id] = turn + 1
        if turn == len(turns):
            turns.append([])
        turns[turn].append(item)
    return turns


def _to_keep(
    verdicts: Sequence[Verdict], organisation_id: int, origin: Origin, skew_ms: int, now: datetime
) -> list[ContestedMark]:
    to_keep = [verdict for verdict in verdicts if verdict.outcome in ("contested", "same")]
    return [_kept(verdict, organisation_id, origin, skew_ms, now) for verdict in to_keep]


def _kept(verdict: Verdict, organisation_id: int, origin: Origin, skew_ms: int, now: datetime) -> ContestedMark:
    item, same = verdict.item, verdict.outcome == "same"
    return ContestedMark(
        organisation_id=organisation_id,
        session_id=item.session_id,
        received_at=now,
        **columns(item.mark(skew_ms), origin),
        why="same" if same else verdict.why,
        against=verdict.against,
        outcome="same" if same else "",
        settled_at=now if same else None,
    )
