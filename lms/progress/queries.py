"""Every SELECT of evidence and results."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from lms.db import among, portions
from lms.errors import N_, NotFound
from lms.programme import queries as programmes
from lms.programme.rules import Programme
from lms.progress import rules
from lms.progress.models import ComponentRow, EvidenceRow, ResultRow

FIELDS = (
    "kind",
    "unit",
    "recorded_at",
    "source",
    "source_id",
    "completed",
    "passed",
    "score",
    "status",
    "occurred_at",
    "claim",
    "voided",
)
"""What a row of evidence and `rules.Evidence` have in common."""

COMPONENT_FIGURES = ("so_far", "of_all", "best_possible", "counted", "units")
RESULT_FIGURES = (
    *COMPONENT_FIGURES,
    "completion",
    "absent_sessions",
    "absent_jp",
    "absent_days",
    "outstanding",
    "predicate",
    "status",
    "reasons",
    "valid_until",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """What the fold needs of one cohort beside the evidence."""

    programme: Programme
    cohort: rules.Cohort


def plans(
    session: Session, *, organisation_id: int, enrolments: Collection[programmes.EnrolmentOf]
) -> dict[UUID, Plan]:
    """The programme, moments and timetable of each cohort of these enrolments, by its id. Two queries."""
    cohorts = {one.cohort_id: one for one in enrolments}
    versions = {one.programme_version_id for one in cohorts.values()}
    published = programmes.programmes_of(session, organisation_id=organisation_id, version_ids=versions)
    timetables = programmes.timetables(session, organisation_id=organisation_id, cohort_ids=list(cohorts))
    return {
        cohort_id: Plan(
            programme=published[one.programme_version_id],
            cohort=_cohort(cohort_id, one, timetables.get(cohort_id, ())),
        )
        for cohort_id, one in cohorts.items()
    }


def plan(session: Session, *, organisation_id: int, cohort_id: UUID) -> Plan:
    """The programme, moments and timetable of one cohort; raises NotFound. Four queries."""
    info = programmes.cohort_by_id(session, organisation_id=organisation_id, cohort_id=cohort_id)
    version = info.programme_version_id
    timetable = programmes.timetable(session, organisation_id=organisation_id, cohort_id=cohort_id)
    return Plan(
        programme=programmes.programme_of(session, organisation_id=organisation_id, version_id=version),
        cohort=_cohort(cohort_id, info, timetable),
    )


def _cohort(
    cohort_id: UUID,
    moments: programmes.CohortInfo | programmes.EnrolmentOf,
    timetable: Sequence[programmes.TimetableSession],
) -> rules.Cohort:
    sessions = tuple(
        rules.Session(
            id=one.id,
            code=one.code,
            title=one.title,
            starts_at=one.starts_at,
            ends_at=one.ends_at,
            jp=one.jp,
            group=one.group,
        )
        for one in timetable
        if one.cancelled_at is None
    )
    return rules.Cohort(
        id=cohort_id,
        starts_at=moments.starts_at,
        ends_at=moments.ends_at,
        time_zone=moments.time_zone,
        sessions=sessions,
    )


def evidence_of(
    session: Session, *, organisation_id: int, participant_ids: Iterable[UUID]
) -> dict[UUID, list[rules.Evidence]]:
    """All the evidence of these participants, in no order. One query per 500 participants."""
    found: dict[UUID, list[rules.Evidence]] = defaultdict(list)
    columns = [getattr(EvidenceRow, name) for name in FIELDS]
    for ids in portions(sorted(set(participant_ids))):
        rows = session.execute(
            select(EvidenceRow.participant_id, *columns).where(
                EvidenceRow.organisation_id == organisation_id, among(session, EvidenceRow.participant_id, ids)
            )
        )
        for participant_id, *values in rows:
            found[participant_id].append(rules.Evidence(**dict(zip(FIELDS, values, strict=True))))
    return found


def components_of(
    session: Session, *, organisation_id: int, participant_ids: Iterable[UUID]
) -> dict[tuple[UUID, UUID], dict[str, dict[str, Any]]]:
    """The rows of components as they stand, by (cohort, participant) and path: `path` and the figures of each.

    One query per 500 participants.
    """
    found: dict[tuple[UUID, UUID], dict[str, dict[str, Any]]] = defaultdict(dict)
    names = ("path", *COMPONENT_FIGURES)
    columns = [getattr(ComponentRow, name) for name in names]
    for ids in portions(sorted(set(participant_ids))):
        rows = session.execute(
            select(ComponentRow.cohort_id, ComponentRow.participant_id, *columns).where(
                ComponentRow.organisation_id == organisation_id, among(session, ComponentRow.participant_id, ids)
            )
        )
        for cohort_id, participant_id, *values in rows:
            row = dict(zip(names, values, strict=True))
            found[cohort_id, participant_id][row["path"]] = row
    return found


def rows_of_sources(
    session: Session, *, organisation_id: int, sources: Iterable[tuple[str, UUID]]
) -> Sequence[Row[tuple[str, UUID, str, UUID]]]:
    """(source, source_id, unit, participant_id) of what these sources claim at present.

    One query per 500 sources of a kind.
    """
    by_kind: dict[str, set[UUID]] = defaultdict(set)
    for source, source_id in sources:
        by_kind[source].add(source_id)
    rows: list[Row[tuple[str, UUID, str, UUID]]] = []
    for source, ids in sorted(by_kind.items()):
        for portion in portions(sorted(ids)):
            rows += session.execute(
                select(EvidenceRow.source, EvidenceRow.source_id, EvidenceRow.unit, EvidenceRow.participant_id).where(
                    EvidenceRow.organisation_id == organisation_id,
                    EvidenceRow.source == source,
                    among(session, EvidenceRow.source_id, portion),
                )
            )
    return rows


def source_ids(session: Session, *, organisation_id: int, source: str, participant_ids: Collection[UUID]) -> list[UUID]:
    """Which of this kind of source claim something of these participants. One query per 500."""
    query = select(EvidenceRow.source_id).where(
        EvidenceRow.organisation_id == organisation_id, EvidenceRow.source == source
    )
    found: set[UUID] = set()
    for ids in portions(sorted(set(participant_ids))):
        found.update(session.scalars(query.where(EvidenceRow.participant_id.in_(ids)).distinct()))
    return sorted(found)


def every_source_id(session: Session, *, organisation_id: int, source: str) -> Iterator[Sequence[UUID]]:
    """Which of this kind of source claim something of anybody, 30,000 at a time, read as the caller goes. One query."""
    query = select(EvidenceRow.source_id).where(
        EvidenceRow.organisation_id == organisation_id, EvidenceRow.source == source
    )
    yield from session.scalars(query.distinct().execution_options(yield_per=30_000)).partitions()


def is_stale(session: Session, *, organisation_id: int, now: datetime, cohort_id: UUID | None = None) -> bool:
    """Whether the clock has made some result (of this cohort) wrong. One query."""
    return bool(stale(session, organisation_id=organisation_id, now=now, cohort_id=cohort_id, limit=1))


def stale(
    session: Session,
    *,
    organisation_id: int,
    now: datetime,
    cohort_id: UUID | None = None,
    limit: int | None = None,
) -> Sequence[tuple[UUID, UUID]]:
    """(cohort_id, participant_id) of results whose `valid_until` has come. One query."""
    query = select(ResultRow.cohort_id, ResultRow.participant_id).where(
        ResultRow.organisation_id == organisation_id, ResultRow.valid_until <= now
    )
    if cohort_id is not None:
        query = query.where(ResultRow.cohort_id == cohort_id)
    return [(cohort, participant) for cohort, participant in session.execute(query.limit(limit))]


def result_of(
    session: Session, *, organisation_id: int, cohort_id: UUID, participant_id: UUID, as_of: datetime
) -> rules.Result:
    """One person's result with all its steps, folded from the evidence; nothing is written. Four queries.

    Raises NotFound for somebody who is not in the cohort.
    """
    enrolments = programmes.enrolments_of(session, organisation_id=organisation_id, participant_ids=[participant_id])
    mine = next((one for one in enrolments if one.cohort_id == cohort_id), None)
    if mine is None:
        raise NotFound(N_("This person is not in this cohort."))
    known = plans(session, organisation_id=organisation_id, enrolments=[mine])[cohort_id]
    evidence = evidence_of(session, organisation_id=organisation_id, participant_ids=[participant_id])
    return rules.result(evidence.get(participant_id, ()), known.programme, known.cohort, mine.group, as_of)


def folded(
    session: Session, *, organisation_id: int, cohort_id: UUID, as_of: datetime
) -> list[tuple[programmes.Enrolled, rules.Result]]:
    """Everybody's result as of any moment, in the order of the participants' file; nothing is written.

    Five queries and one per 500 people.
    """
    roster = programmes.roster(session, organisation_id=organisation_id, cohort_id=cohort_id)
    return folded_of(session, organisation_id=organisation_id, cohort_id=cohort_id, people=roster, as_of=as_of)


def folded_of(
    session: Session, *, organisation_id: int, cohort_id: UUID, people: Sequence[programmes.Enrolled], as_of: datetime
) -> list[tuple[programmes.Enrolled, rules.Result]]:
    """The same for these of its people, in their order. Four queries and one per 500 people."""
    known = plan(session, organisation_id=organisation_id, cohort_id=cohort_id)
    evidence = evidence_of(
        session, organisation_id=organisation_id, participant_ids=[person.participant_id for person in people]
    )
    return [
        (
            person,
            rules.result(evidence.get(person.participant_id, ()), known.programme, known.cohort, person.group, as_of),
        )
        for person in people
    ]


def stored(
    session: Session, *, organisation_id: int, cohort_id: UUID, participant_ids: Sequence[UUID]
) -> dict[tuple[UUID, str], tuple[object, ...]]:
    """The figures as they stand, by participant and component path (empty for the whole).

    Two queries per 500 people.
    """
    found: dict[tuple[UUID, str], tuple[object, ...]] = {}
    for ids in portions(participant_ids):
        whole = select(ResultRow.participant_id, *(getattr(ResultRow, name) for name in RESULT_FIGURES)).where(
            ResultRow.organisation_id == organisation_id,
            ResultRow.cohort_id == cohort_id,
            ResultRow.participant_id.in_(ids),
        )
        parts = select(
            ComponentRow.participant_id, ComponentRow.path, *(getattr(ComponentRow, name) for name in COMPONENT_FIGURES)
        ).where(
            ComponentRow.organisation_id == organisation_id,
            ComponentRow.cohort_id == cohort_id,
            ComponentRow.participant_id.in_(ids),
        )
        found |= {(participant, ""): tuple(values) for participant, *values in session.execute(whole)}
        found |= {(participant, path): tuple(values) for participant, path, *values in session.execute(parts)}
    return found
