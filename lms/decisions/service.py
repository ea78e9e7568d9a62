"""Deciding, seconding, refusing, withdrawing.

The participants are locked first, so nobody decides from figures that somebody else is just changing, and no two decide
about one person at once.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from lms.db import new_id
from lms.decisions import queries, rules
from lms.decisions.models import DecisionRow
from lms.decisions.rules import NOT_PASSED, PASSED, WITHDRAWN, Case, Said, StoodOtherwise
from lms.errors import N_, Conflict, NotAllowed
from lms.people import queries as people
from lms.programme import queries as programmes
from lms.progress import service as progress


@dataclass(frozen=True, kw_only=True, slots=True)
class About:
    """Whose decision it is: a participant in a cohort of an organisation."""

    organisation_id: int
    cohort_id: UUID
    participant_id: UUID


def decide(session: Session, *, about: About, said: Said, seen: str, made_by: UUID, now: datetime) -> UUID:
    """Decide about somebody from the figures that were `seen` (as `Case.seen` tells it); returns the decision's id.

    “Not passed” waits for a second person. Raises StoodOtherwise where something else stands by now, Conflict while
    something waits already, Problems for what cannot be said, and NotFound for somebody who is not in the cohort.
    """
    case = _case(session, about, now)
    if case.waiting is not None:
        raise Conflict(N_("“Not passed” waits for a second person: that has to be answered first."))
    if case.seen != seen:
        raise StoodOtherwise
    told = rules.check(said, case.basis, today=case.today)
    return _add(session, about, case, told, made_by, now)


def second(session: Session, *, about: About, seen: str, seconded_by: UUID, now: datetime) -> None:
    """Agree to “not passed”: from now on it stands.

    Raises Conflict where nothing waits, or the figures are no longer those from which it was proposed; NotAllowed for
    whoever proposed it; StoodOtherwise as `decide`.
    """
    case = _case(session, about, now)
    row = _waiting(session, about, case)
    if row.made_by == seconded_by:
        raise NotAllowed(N_("“Not passed” needs a second person: you proposed it yourself."))
    if case.seen != seen:
        raise StoodOtherwise
    if case.changed:
        raise Conflict(N_("The figures have changed since this was proposed. Refuse it; it can be proposed anew."))
    row.seconded_at, row.seconded_by = max(now, row.made_at), seconded_by
    session.flush()


def end_waiting(session: Session, *, about: About, reason: str, ended_by: UUID, now: datetime) -> None:
    """Refuse “not passed”, or take it back where it is one's own, with a reason: what stood before stands.

    Raises DomainError for a reason that tells nothing, and Conflict where nothing waits.
    """
    told = rules.check_reason(reason)
    row = _waiting(session, about, _case(session, about, now))
    row.ended_at, row.ended_by, row.ended_reason = max(now, row.made_at), ended_by, told
    session.flush()


def withdraw(session: Session, *, about: About, reason: str, withdrawn_by: UUID, now: datetime) -> UUID:
    """Withdraw the decision that stands, with a reason: nothing is decided about them then.

    Raises DomainError for a reason that tells nothing, and Conflict where none stands, or something waits.
    """
    told = rules.check_reason(reason)
    case = _case(session, about, now)
    if case.waiting is not None:
        raise Conflict(N_("“Not passed” waits for a second person: that has to be answered first."))
    if case.standing is None:
        raise Conflict(N_("No decision stands that could be withdrawn."))
    return _add(session, about, case, Said(outcome=WITHDRAWN, grounds=told), withdrawn_by, now)


def pass_all(
    session: Session, *, organisation_id: int, cohort_id: UUID, seen: str, made_by: UUID, now: datetime
) -> int:
    """Pass everybody about whom nothing has to be looked at (`Case.may_pass_with_others`); returns how many that were.

    `seen` is what `rules.seen_together` tells of them; StoodOtherwise is raised where it is something else by now.
    """
    known: dict[str, Any] = {"organisation_id": organisation_id, "cohort_id": cohort_id}
    ids = [one.participant_id for one in programmes.roster(session, **known)]
    people.lock_participants(session, organisation_id=organisation_id, participant_ids=ids)
    progress.refresh(session, **known, now=now)
    cohort = programmes.cohort_by_id(session, **known)
    found = queries.listed(session, organisation_id=organisation_id, cohort=cohort, now=now)
    cases = {one.person.participant_id: one.case for one in found if one.case.may_pass_with_others}
    if rules.seen_together(cases) != seen:
        raise StoodOtherwise
    for participant_id, case in cases.items():
        about = About(**known, participant_id=participant_id)
        _add(session, about, case, Said(outcome=PASSED), made_by, now)
    return len(cases)


def _case(session: Session, about: About, now: datetime) -> Case:
    """How it stands about somebody, locked until the transaction ends."""
    known: dict[str, Any] = {"organisation_id": about.organisation_id}
    people.lock_participants(session, **known, participant_ids=[about.participant_id])
    cohort = programmes.cohort_by_id(session, **known, cohort_id=about.cohort_id)
    found = queries.looked(session, **known, cohort=cohort, participant_id=about.participant_id, now=now)
    return found.case


def _waiting(session: Session, about: About, case: Case) -> DecisionRow:
    row = None if case.waiting is None else session.get(DecisionRow, (about.organisation_id, case.waiting.id))
    if row is None or row.outcome != NOT_PASSED:
        raise Conflict(N_("Nothing waits for a second person here any more."))
    return row


def _add(session: Session, about: About, case: Case, said: Said, made_by: UUID, now: datetime) -> UUID:
    basis = case.basis
    row = DecisionRow(
        organisation_id=about.organisation_id,
        id=new_id(),
        cohort_id=about.cohort_id,
        participant_id=about.participant_id,
        outcome=said.outcome,
        grounds=said.grounds,
        deadline=said.deadline,
        programme_version_id=basis.version_id,
        so_far=basis.so_far,
        of_all=basis.of_all,
        best_possible=basis.best_possible,
        predicate=basis.predicate,
        status=basis.status,
        reasons=" ".join(basis.reasons),
        outstanding=basis.outstanding,
        made_at=rules.making_moment(now, case.history),
        made_by=made_by,
    )
    session.add(row)
    session.flush()
    return row.id
