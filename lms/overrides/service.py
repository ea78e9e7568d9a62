"""Overriding a unit, and withdrawing that: each becomes evidence, or ceases to be, in the same transaction."""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from lms.db import new_id
from lms.errors import N_, Conflict, NotFound
from lms.overrides import queries, rules
from lms.overrides.models import UnitOverride
from lms.overrides.rules import Said
from lms.people import queries as people
from lms.progress import service as progress
from lms.progress.rules import OVERRIDE, UnitResult, unit_of
from lms.progress.service import NewEvidence


def override_unit(
    session: Session,
    *,
    organisation_id: int,
    cohort_id: UUID,
    participant_id: UUID,
    kind: str,
    unit: str,
    said: Said,
    reason: str,
    made_by: UUID,
    seen: str | None = None,
    now: datetime,
) -> UUID:
    """Decide what a unit of a participant comes to from now on, whatever else there is; returns the override's id.

    With `seen` (as `rules.seen` tells it), StoodOtherwise is raised where the unit has come to something else since.
    Raises Problems for what no unit of this kind can come to, DomainError for a reason that tells nothing, and NotFound
    for a unit that is none of this participant's.
    """
    told = rules.check_reason(reason)
    # Whoever records anything of the same person waits here, so that what was before is what was before.
    people.lock_participants(session, organisation_id=organisation_id, participant_ids=[participant_id])
    about: dict[str, Any] = {"cohort_id": cohort_id, "participant_id": participant_id}
    about["organisation_id"] = organisation_id
    basis = queries.basis(session, **about)
    earlier = queries.of_unit(session, **about, kind=kind, unit=unit)
    made_at = rules.making_moment(now, [one.made_at for one in earlier])
    # As of that moment: one that was made while this waited is dated later than `now`.
    stands = unit_of(basis.result(made_at), kind, unit)
    if stands is None:
        raise NotFound(queries.NO_UNIT)
    rules.check(stands.kind, said, statuses={status.code for status in basis.statuses})
    if seen is not None and seen != rules.seen(stands):
        raise rules.StoodOtherwise
    made = UnitOverride(**about, **_told(stands, said), id=new_id(), reason=told, made_at=made_at, made_by=made_by)
    session.add(made)
    session.flush()
    progress.record(session, organisation_id=organisation_id, evidence=[_evidence(made)], now=max(now, made_at))
    return made.id


def _told(stands: UnitResult, said: Said) -> dict[str, object]:
    """What an override says of a unit, and what that came to before."""
    before = {f"before_{name}": value for name, value in asdict(rules.said_by(stands)).items()}
    return {"kind": stands.kind, "unit": stands.unit, "title": stands.title, **asdict(said), **before}


def withdraw(
    session: Session,
    *,
    organisation_id: int,
    cohort_id: UUID,
    override_id: UUID,
    reason: str,
    withdrawn_by: UUID,
    now: datetime,
) -> None:
    """Take an override back, with a reason: the unit comes to what its other evidence says, an older override first.

    Raises NotFound, DomainError for a reason that tells nothing, and Conflict where it was withdrawn already.
    """
    told = rules.check_reason(reason)
    row = session.get(UnitOverride, (organisation_id, override_id))
    if row is None or row.cohort_id != cohort_id:
        raise NotFound(queries.NONE)
    people.lock_participants(session, organisation_id=organisation_id, participant_ids=[row.participant_id])
    session.refresh(row)
    if row.withdrawn_at is not None:
        raise Conflict(N_("This override was withdrawn already."))
    row.withdrawn_at, row.withdrawn_by, row.withdrawn_reason = now, withdrawn_by, told
    session.flush()
    progress.record(session, organisation_id=organisation_id, evidence=[], withdrawn=[(OVERRIDE, override_id)], now=now)


def replay(session: Session, *, organisation_id: int) -> Iterator[NewEvidence]:
    """The evidence of every override that was not withdrawn, as it was recorded. One query."""
    yield from map(_evidence, queries.all_standing(session, organisation_id=organisation_id))


def _evidence(row: UnitOverride) -> NewEvidence:
    said = Said(score=row.score, done=row.done, status=row.status)
    evidence = rules.evidence_of(
        override_id=row.id, cohort_id=row.cohort_id, kind=row.kind, unit=row.unit, said=said, made_at=row.made_at
    )
    return NewEvidence(participant_id=row.participant_id, evidence=evidence)
