"""Every SELECT of this room. Each docstring tells how many queries are made; that never grows with what is found."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, and_, select
from sqlalchemy.orm import Session, aliased

from lms.errors import N_, NotFound
from lms.overrides import rules
from lms.overrides.models import UnitOverride
from lms.overrides.rules import Override, Said
from lms.people.models import Account, Participant
from lms.programme import queries as programmes
from lms.programme.models import CohortGroup, Enrolment
from lms.programme.rules import AttendanceStatus
from lms.progress import queries as progress
from lms.progress.rules import OVERRIDE, Evidence, Plan, Result, plan, result_in

NONE = N_("There is no such override.")
NO_UNIT = N_("There is no such module, session or assessment for this participant.")
_ONE = UnitOverride
COPIED = ("id", "cohort_id", "participant_id", "kind", "unit", "title", "reason", "made_at", "withdrawn_at")
"""What an override has as its row has it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Listed:
    """An override with whose unit it is."""

    override: Override
    identifier: str
    name: str
    group: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Basis:
    """All from which one participant's figures in a cohort are folded, to be asked what would be if."""

    evidence: Sequence[Evidence]
    statuses: Sequence[AttendanceStatus]
    planned: Plan
    group: str | None

    def result(self, as_of: datetime, *, more: Iterable[Evidence] = (), without: UUID | None = None) -> Result:
        """The figures as of a moment, as they are, or with another override, or without one; nothing is written."""
        kept = [one for one in self.evidence if (one.source, one.source_id) != (OVERRIDE, without)]
        return result_in(self.planned, [*kept, *more], self.group, as_of)


def basis(session: Session, *, organisation_id: int, cohort_id: UUID, participant_id: UUID) -> Basis:
    """What one person's figures come from. Four queries. Raises NotFound for somebody who is not in the cohort."""
    people = [participant_id]
    enrolments = programmes.enrolments_of(session, organisation_id=organisation_id, participant_ids=people)
    mine = next((one for one in enrolments if one.cohort_id == cohort_id), None)
    if mine is None:
        raise NotFound(N_("This person is not in this cohort."))
    known = progress.plans(session, organisation_id=organisation_id, enrolments=[mine])[cohort_id]
    evidence = progress.evidence_of(session, organisation_id=organisation_id, participant_ids=people)
    return Basis(
        evidence=evidence.get(participant_id, ()),
        statuses=known.programme.statuses,
        planned=plan(known.programme, known.cohort),
        group=mine.group,
    )


def of_unit(
    session: Session, *, organisation_id: int, cohort_id: UUID, participant_id: UUID, kind: str, unit: str
) -> tuple[Override, ...]:
    """The overrides of one person's unit, the newest first, withdrawn ones too. One query."""
    wanted = _overrides(organisation_id, cohort_id).where(
        _ONE.participant_id == participant_id, _ONE.kind == kind, _ONE.unit == unit
    )
    return tuple(one for one, _row in _found(session.execute(wanted)))


def of_cohort(session: Session, *, organisation_id: int, cohort_id: UUID) -> tuple[Listed, ...]:
    """Every override of a cohort, the newest first, withdrawn ones too. One query."""
    wanted = (
        _overrides(organisation_id, cohort_id)
        .add_columns(Participant.identifier, Participant.name, CohortGroup.name.label("group"))
        .join(Participant, _same(Participant.organisation_id, Participant.id == _ONE.participant_id))
        .join(
            Enrolment,
            _same(
                Enrolment.organisation_id,
                and_(Enrolment.cohort_id == _ONE.cohort_id, Enrolment.participant_id == _ONE.participant_id),
            ),
        )
        .outerjoin(CohortGroup, _same(CohortGroup.organisation_id, CohortGroup.id == Enrolment.group_id))
    )
    return tuple(
        Listed(override=one, identifier=row.identifier, name=row.name, group=row.group)
        for one, row in _found(session.execute(wanted))
    )


def one_override(session: Session, *, organisation_id: int, cohort_id: UUID, override_id: UUID) -> Override:
    """One override of a cohort. Two queries. Raises NotFound."""
    row = session.execute(
        select(_ONE.participant_id, _ONE.kind, _ONE.unit).where(
            _ONE.organisation_id == organisation_id, _ONE.cohort_id == cohort_id, _ONE.id == override_id
        )
    ).one_or_none()
    if row is None:
        raise NotFound(NONE)
    beside = of_unit(session, organisation_id=organisation_id, cohort_id=cohort_id, **row._asdict())
    return next(one for one in beside if one.id == override_id)


def all_standing(session: Session, *, organisation_id: int) -> Iterator[UnitOverride]:
    """Every override of an organisation that was not withdrawn, without holding them all. One query."""
    wanted = select(_ONE).where(_ONE.organisation_id == organisation_id, _ONE.withdrawn_at.is_(None)).order_by(_ONE.id)
    yield from session.scalars(wanted.execution_options(yield_per=1000))


def _overrides(organisation_id: int, cohort_id: UUID) -> Select[*tuple[Any, ...]]:
    maker, withdrawer = aliased(Account), aliased(Account)
    return (
        select(_ONE, maker.name.label("made_by"), withdrawer.name.label("withdrawn_by"))
        .outerjoin(maker, _same(maker.organisation_id, maker.id == _ONE.made_by))
        .outerjoin(withdrawer, _same(withdrawer.organisation_id, withdrawer.id == _ONE.withdrawn_by))
        .where(_ONE.organisation_id == organisation_id, _ONE.cohort_id == cohort_id)
        .order_by(_ONE.made_at.desc(), _ONE.id.desc())
    )


def _same(organisation: Any, other: Any) -> Any:
    return and_(organisation == _ONE.organisation_id, other)


def _found(rows: Iterable[Row[Any]]) -> Iterator[tuple[Override, Row[Any]]]:
    """Each with its state; the newest of a unit come first."""
    taken: set[tuple[object, ...]] = set()
    for row in rows:
        one: UnitOverride = row.UnitOverride
        key = (one.participant_id, one.kind, one.unit)
        state = rules.state(is_withdrawn=one.withdrawn_at is not None, newer_stands=key in taken)
        if state == "standing":
            taken.add(key)
        override = Override(
            **{name: getattr(one, name) for name in COPIED},
            said=Said(score=one.score, done=one.done, status=one.status),
            before=Said(score=one.before_score, done=one.before_done, status=one.before_status),
            made_by=row.made_by,
            withdrawn_by=row.withdrawn_by,
            withdrawn_reason=one.withdrawn_reason,
            state=state,
        )
        yield override, row
