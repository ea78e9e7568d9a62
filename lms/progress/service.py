"""Evidence comes in, results are folded anew. The participants concerned are locked first, in the order of their ids.

That lock is what makes it safe: whoever adds evidence, enrols or refolds for a participant waits for the one before, so
a fold always sees everything that was recorded before it.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Table, delete, tuple_
from sqlalchemy.dialects import sqlite
from sqlalchemy.orm import Session

from lms import bulk, postgres
from lms.db import Base, portions
from lms.people import queries as people
from lms.programme import queries as programmes
from lms.progress import queries, rules
from lms.progress.models import ComponentRow, EvidenceRow, ResultRow


@dataclass(frozen=True, kw_only=True, slots=True)
class NewEvidence:
    """A piece of evidence and whose it is."""

    participant_id: UUID
    evidence: rules.Evidence


@dataclass(frozen=True, kw_only=True, slots=True)
class Rebuilt:
    """What a rebuild did: results folded, and of evidence rows and results those that came out differently."""

    results: int
    evidence_changed: int
    results_changed: int


Source = tuple[str, UUID]
Evidence = Mapping[UUID, Sequence[rules.Evidence]]
"""By participant."""
Told = Callable[[int, int], None]


def record(
    session: Session,
    *,
    organisation_id: int,
    evidence: Sequence[NewEvidence],
    withdrawn: Sequence[Source] = (),
    now: datetime,
) -> None:
    """Record what sources claim, and fold the results concerned.

    A source's new evidence replaces all that it claimed before; one that is `withdrawn` claims nothing any more.
    """
    sources = {(one.evidence.source, one.evidence.source_id) for one in evidence} | set(withdrawn)
    before = queries.rows_of_sources(session, organisation_id=organisation_id, sources=sources)
    concerned = {one.participant_id for one in evidence} | {row.participant_id for row in before}
    people.lock_participants(session, organisation_id=organisation_id, participant_ids=concerned)
    claimed = {(one.evidence.source, one.evidence.source_id, one.evidence.unit) for one in evidence}
    held = [(row.source, row.source_id, row.unit) for row in before]
    _forget(session, organisation_id, [key for key in held if key not in claimed])
    _put(session, EvidenceRow, [_evidence_row(organisation_id, one) for one in evidence])
    _fold(session, organisation_id, concerned, now)


def refold(
    session: Session,
    *,
    organisation_id: int,
    cohort_id: UUID,
    participant_ids: Sequence[UUID] | None = None,
    now: datetime,
) -> None:
    """Fold the results of a cohort (or of some of its people) anew, after its people or its timetable changed."""
    roster = programmes.roster(session, organisation_id=organisation_id, cohort_id=cohort_id)
    wanted = {person.participant_id for person in roster}
    if participant_ids is not None:
        wanted &= set(participant_ids)
    people.lock_participants(session, organisation_id=organisation_id, participant_ids=wanted)
    _fold(session, organisation_id, wanted, now, only_cohort=cohort_id)


def refresh(session: Session, *, organisation_id: int, cohort_id: UUID | None = None, now: datetime) -> int:
    """Fold anew what the clock alone has made wrong; returns how many results that were.

    Of several who come at once one folds; the others wait for it, and find that nothing is left.
    """
    stale = queries.stale(session, organisation_id=organisation_id, cohort_id=cohort_id, now=now)
    found = {participant for _, participant in stale}
    locked = people.lock_participants(session, organisation_id=organisation_id, participant_ids=found)
    if not locked:
        return 0
    left = queries.stale(session, organisation_id=organisation_id, cohort_id=cohort_id, now=now)
    mine = [(cohort, participant) for cohort, participant in left if participant in found]
    _fold(session, organisation_id, {participant for _, participant in mine}, now)
    return len(mine)


def rebuild(
    session: Session, *, organisation_id: int, replayed: Iterable[NewEvidence], now: datetime, told: Told | None = None
) -> Rebuilt:
    """Replace all evidence by what its sources say when asked again, and fold every result.

    `told` hears (results done, results in all). At the moment of the last recording this changes nothing.
    """
    # Who is who stays as it is meanwhile.
    people.lock_organisation(session, organisation_id=organisation_id, shared=True)
    everybody = people.participant_ids(session, organisation_id=organisation_id)
    people.lock_participants(session, organisation_id=organisation_id, participant_ids=everybody)
    changed, evidence = _replace_evidence(session, organisation_id, replayed, everybody)
    cohorts = programmes.cohorts(session, organisation_id=organisation_id)
    members = {
        cohort.id: [
            person.participant_id
            for person in programmes.roster(session, organisation_id=organisation_id, cohort_id=cohort.id)
        ]
        for cohort in cohorts
    }
    total, done, different = sum(map(len, members.values())), 0, 0
    for cohort_id, ids in members.items():
        before = queries.stored(session, organisation_id=organisation_id, cohort_id=cohort_id, participant_ids=ids)
        _fold(session, organisation_id, ids, now, only_cohort=cohort_id, evidence=evidence)
        after = queries.stored(session, organisation_id=organisation_id, cohort_id=cohort_id, participant_ids=ids)
        different += len({who for who, _ in dict(before.items() ^ after.items())})
        done += len(ids)
        if told is not None:
            told(done, total)
    return Rebuilt(results=total, evidence_changed=changed, results_changed=different)


def _replace_evidence(
    session: Session, organisation_id: int, replayed: Iterable[NewEvidence], everybody: Sequence[UUID]
) -> tuple[int, Evidence]:
    """How many pieces changed, and what all of it is now."""
    before = {
        (one.source, one.source_id, one.unit): (participant, one)
        for participant, pieces in queries.evidence_of(
            session, organisation_id=organisation_id, participant_ids=everybody
        ).items()
        for one in pieces
    }
    after = {(new.evidence.source, new.evidence.source_id, new.evidence.unit): new for new in replayed}
    gone = [key for key in before if key not in after]
    fresh = [new for key, new in after.items() if before.get(key) != (new.participant_id, new.evidence)]
    _forget(session, organisation_id, gone)
    _put(session, EvidenceRow, [_evidence_row(organisation_id, one) for one in fresh])
    evidence: dict[UUID, list[rules.Evidence]] = defaultdict(list)
    for new in after.values():
        evidence[new.participant_id].append(new.evidence)
    return len(gone) + len(fresh), evidence


def _fold(
    session: Session,
    organisation_id: int,
    participant_ids: Iterable[UUID],
    now: datetime,
    *,
    only_cohort: UUID | None = None,
    evidence: Evidence | None = None,
) -> None:
    """Fold and write. The participants are locked by the caller, which is what orders this after earlier recordings.

    Their `evidence` is read, unless the caller has it.
    """
    ids = sorted(set(participant_ids))
    if not ids:
        return
    enrolments = programmes.enrolments_of(session, organisation_id=organisation_id, participant_ids=ids)
    if only_cohort is not None:
        enrolments = [one for one in enrolments if one.cohort_id == only_cohort]
    plans = {
        cohort_id: rules.plan(known.programme, known.cohort)
        for cohort_id, known in queries.plans(session, organisation_id=organisation_id, enrolments=enrolments).items()
    }
    if evidence is None:
        evidence = queries.evidence_of(session, organisation_id=organisation_id, participant_ids=ids)
    before = queries.components_of(session, organisation_id=organisation_id, participant_ids=ids)
    results: list[dict[str, Any]] = []
    components: list[dict[str, Any]] = []
    for one in enrolments:
        result = rules.result_in(plans[one.cohort_id], evidence.get(one.participant_id, ()), one.group, now)
        key = {"organisation_id": organisation_id, "cohort_id": one.cohort_id, "participant_id": one.participant_id}
        results.append(key | _result_row(result) | {"folded_at": now})
        known_figures = before.get((one.cohort_id, one.participant_id), {})
        # A statement is about one component; what the others come to need not be written again.
        components += [key | row for row in _component_rows(result.components) if known_figures.get(row["path"]) != row]
    _put(session, ResultRow, results)
    _put(session, ComponentRow, components)


def _result_row(result: rules.Result) -> dict[str, Any]:
    outstanding = result.outstanding
    return {
        **_figures(result.figures),
        "completion": _rounded(result.completion),
        "absent_sessions": result.absence.sessions,
        "absent_jp": result.absence.jp,
        "absent_days": result.absence.days,
        "outstanding": outstanding.modules + outstanding.sessions + outstanding.assessments,
        "predicate": result.predicate,
        "status": result.status,
        "reasons": " ".join(result.reasons),
        "valid_until": result.valid_until,
    }


def _component_rows(components: Sequence[rules.ComponentResult]) -> Iterable[dict[str, Any]]:
    for component in components:
        yield {"path": component.path, **_figures(component.figures)}
        yield from _component_rows(component.components)


def _figures(figures: rules.Figures) -> dict[str, Any]:
    return {
        "so_far": _rounded(figures.so_far),
        "of_all": _rounded(figures.of_all),
        "best_possible": _rounded(figures.best_possible),
        "counted": figures.counted,
        "units": figures.units,
    }


def _rounded(figure: Decimal | None) -> Decimal | None:
    return None if figure is None else rules.rounded(figure)


def _evidence_row(organisation_id: int, new: NewEvidence) -> dict[str, Any]:
    values = {name: getattr(new.evidence, name) for name in queries.FIELDS}
    return {"organisation_id": organisation_id, "participant_id": new.participant_id, **values}


def _forget(session: Session, organisation_id: int, keys: Sequence[tuple[str, UUID, str]]) -> None:
    for portion in portions(keys):
        session.execute(
            delete(EvidenceRow).where(
                EvidenceRow.organisation_id == organisation_id,
                tuple_(EvidenceRow.source, EvidenceRow.source_id, EvidenceRow.unit).in_(portion),
            )
        )


def _put(session: Session, table: type[Base], rows: Sequence[dict[str, Any]]) -> None:
    """Insert the rows, or replace those whose key is there: one statement, run for all of them in one go.

    Each row has every column. The table is named rather than its class, for which SQLAlchemy would leave out what is
    None, and send one statement after the other for rows that differ in that.
    """
    if not rows:
        return
    target = cast(Table, table.__table__)
    keys = [column.name for column in target.primary_key]
    if session.get_bind().dialect.name == "postgresql":
        names = tuple(rows[0])
        text = bulk.replacing(target, names)
        once = {tuple(row[key] for key in keys): tuple(row[name] for name in names) for row in rows}
        with postgres.driver(session, text) as connection:
            connection.execute(text, bulk.columns_of(target, names, list(once.values())))
        return
    insert = sqlite.insert(target)
    fresh = {column.name: column for column in insert.excluded if column.name not in keys}
    session.execute(insert.on_conflict_do_update(index_elements=keys, set_=fresh), list(rows))
