"""Entering scores: entries are added, never overwritten, and each becomes evidence in the same transaction."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from lms.assessment import queries, rules
from lms.assessment.models import AssessmentEntry
from lms.assessment.rules import Groups, History, NewEntry, Seen
from lms.db import new_id
from lms.errors import N_, DomainError, Problems
from lms.people import queries as people
from lms.programme import queries as programmes
from lms.programme.queries import CohortInfo, Enrolled
from lms.programme.service import Changed
from lms.progress import service as progress
from lms.progress.rules import Evidence, assessment_unit
from lms.progress.service import NewEvidence

__all__ = ["Changed", "NewEntry", "enter", "replay"]


def enter(
    session: Session,
    *,
    organisation_id: int,
    cohort_id: UUID,
    entries: Sequence[NewEntry],
    recorded_by: UUID | None,
    source: str,
    now: datetime,
    groups: Groups | None = None,
    seen: Seen | None = None,
) -> Changed:
    """Add those entries that say something new, and fold the results of whom they are about.

    `source` is grid or import; an import may bring scores that do not count, or not yet. `groups` are those of whoever
    enters, None for all of them. With `seen`, ScoredMeanwhile is raised where somebody else has scored the same person
    differently since. Raises Problems with every bad entry, also one for what is rated by a rubric. All or nothing.
    """
    cohort = programmes.cohort_by_id(session, organisation_id=organisation_id, cohort_id=cohort_id)
    roster = programmes.roster(session, organisation_id=organisation_id, cohort_id=cohort_id)
    entries = [rules.tidy(entry) for entry in entries]
    _check(session, organisation_id, cohort, roster, entries, groups)
    # Whoever scores the same people waits here, and then sees the entries of the one before.
    people.lock_participants(
        session, organisation_id=organisation_id, participant_ids={entry.participant_id for entry in entries}
    )
    paths = {entry.path for entry in entries}
    history = queries.history(session, organisation_id=organisation_id, cohort_id=cohort_id, paths=paths)
    sifted = rules.sift(entries, history=history, seen=seen, now=now)
    if sifted.overtaken:
        raise rules.ScoredMeanwhile(entry.participant_id for entry in sifted.overtaken)
    _check_without_rubric(session, organisation_id, cohort_id, sifted.new, roster)
    if source == "grid":
        _check_that_they_count(sifted.new, roster, history, now)
    about = {"organisation_id": organisation_id, "cohort_id": cohort_id, "source": source, "recorded_by": recorded_by}
    add(session, organisation_id, [AssessmentEntry(**about, **_values(one, history, now)) for one in sifted.new], now)
    changed = sum((entry.path, entry.participant_id) in history for entry in sifted.new)
    return Changed(added=len(sifted.new) - changed, changed=changed, unchanged=sifted.unchanged)


def _check(
    session: Session,
    organisation_id: int,
    cohort: CohortInfo,
    roster: Sequence[Enrolled],
    entries: Sequence[NewEntry],
    groups: Groups | None,
) -> None:
    own = rules.own_groups(groups, cohort.id)
    assessments = queries.assessments_of(session, organisation_id=organisation_id, cohort=cohort)
    rules.check(
        entries,
        paths={component.path for component in assessments},
        people={person.participant_id: person.identifier for person in roster},
        allowed={person.participant_id for person in roster if rules.may_score(person_group=person.group, own=own)},
    )


def _check_that_they_count(
    entries: Sequence[NewEntry], roster: Sequence[Enrolled], history: History, now: datetime
) -> None:
    identifiers = {person.participant_id: person.identifier for person in roster}
    problems: list[DomainError] = []
    for entry in entries:
        place = identifiers[entry.participant_id]
        if entry.dated_at is not None and entry.dated_at > now:
            problems.append(DomainError(N_("This date is still to come."), place=place))
        elif not rules.would_count(entry, history.get((entry.path, entry.participant_id), ()), now):
            problem = N_("This would not count: a score of a later date stands. Give a later date, or leave it empty.")
            problems.append(DomainError(problem, place=place))
    if problems:
        raise Problems(tuple(problems))


def _check_without_rubric(
    session: Session, organisation_id: int, cohort_id: UUID, entries: Sequence[NewEntry], roster: Sequence[Enrolled]
) -> None:
    """A score that nobody gave by the criteria would go before all that the assessors gave by them."""
    paths = {entry.path for entry in entries}
    rated = queries.rubric_paths(session, organisation_id=organisation_id, cohort_id=cohort_id, paths=paths)
    identifiers = {person.participant_id: person.identifier for person in roster}
    told = N_(
        "“%(path)s” is scored by a rubric: rate this person by its criteria, or let a manager override the score."
    )
    problems = [
        DomainError(told, place=identifiers[entry.participant_id], path=entry.path)
        for entry in entries
        if entry.path in rated
    ]
    if problems:
        raise Problems(tuple(problems))


def _values(entry: NewEntry, history: History, now: datetime) -> dict[str, object]:
    return {
        "id": new_id(),
        "path": entry.path,
        "participant_id": entry.participant_id,
        "score": entry.score,
        "remark": entry.remark,
        "dated_at": entry.dated_at,
        "recorded_at": rules.recording_moment(now, history.get((entry.path, entry.participant_id), ())),
    }


def add(session: Session, organisation_id: int, entries: Sequence[AssessmentEntry], now: datetime) -> None:
    """Add entries, which are right, with the evidence that they are. Only within this room."""
    if not entries:
        return
    session.add_all(entries)
    session.flush()
    evidence = [_evidence(entry) for entry in entries]
    progress.record(session, organisation_id=organisation_id, evidence=evidence, now=now)


def replay(session: Session, *, organisation_id: int) -> Iterator[NewEvidence]:
    """The evidence of every entry anew, as `enter` recorded it. One query."""
    yield from map(_evidence, queries.all_entries(session, organisation_id=organisation_id))


def _evidence(entry: AssessmentEntry) -> NewEvidence:
    evidence = Evidence(
        kind="assessment",
        unit=assessment_unit(entry.cohort_id, entry.path),
        source="entry",
        source_id=entry.id,
        score=entry.score,
        occurred_at=entry.dated_at,
        recorded_at=entry.recorded_at,
    )
    return NewEvidence(participant_id=entry.participant_id, evidence=evidence)
