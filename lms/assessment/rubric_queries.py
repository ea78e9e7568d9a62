"""The SELECTs about rubrics and ratings. Each docstring tells how many queries are made."""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, and_, select
from sqlalchemy.orm import Session

from lms.assessment import rubric_texts
from lms.assessment.models import AssessmentEntry, RatedEntry, RubricRating, RubricVersion
from lms.assessment.rubric_rules import Rating, Rubric, Rule
from lms.people.models import Account
from lms.people.rules import FACILITATOR, MANAGERS
from lms.programme import queries as programmes


@dataclass(frozen=True, kw_only=True, slots=True)
class CurrentRubric:
    """The rubric by which an assessment is rated now; `set_by` is a name."""

    id: UUID
    version: int
    rubric: Rubric
    set_at: datetime
    set_by: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Assessor:
    """Somebody who may rate: people of the groups `group_ids`, or everybody where that is None."""

    id: UUID
    email: str
    group_ids: frozenset[UUID] | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Behind:
    """What stands behind a score: the ratings that counted for it, the oldest first, and the rule that joined them."""

    rule: Rule
    ratings: tuple[Rating, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Rated:
    """The newest score that came of ratings: its value, and of which ratings."""

    score: Decimal
    rating_ids: frozenset[UUID]


def current_rubric(session: Session, *, organisation_id: int, cohort_id: UUID, path: str) -> CurrentRubric | None:
    """The rubric of an assessment, None where plain scores are entered. One query."""
    wanted = (
        select(RubricVersion, Account.name)
        .join(Account, _account(RubricVersion, RubricVersion.set_by))
        .where(RubricVersion.organisation_id == organisation_id, RubricVersion.cohort_id == cohort_id)
        .where(RubricVersion.path == path)
        .order_by(RubricVersion.version.desc())
        .limit(1)
    )
    row = session.execute(wanted).one_or_none()
    if row is None:
        return None
    found, name = row
    rubric = _rubric(found.content, found.rule, found.needed)
    return CurrentRubric(id=found.id, version=found.version, rubric=rubric, set_at=found.set_at, set_by=name)


def rubric_paths(session: Session, *, organisation_id: int, cohort_id: UUID, paths: Collection[str]) -> frozenset[str]:
    """Those of these assessments that are rated by a rubric. One query."""
    wanted = select(RubricVersion.path).where(
        RubricVersion.organisation_id == organisation_id,
        RubricVersion.cohort_id == cohort_id,
        RubricVersion.path.in_(paths),
    )
    return frozenset(session.scalars(wanted.distinct()))


def assessors(session: Session, *, organisation_id: int, cohort_id: UUID) -> tuple[Assessor, ...]:
    """Who may rate people of a cohort, and has an e-mail address. Two queries."""
    groups: dict[UUID, set[UUID]] = defaultdict(set)
    for one in programmes.facilitators(session, organisation_id=organisation_id, cohort_id=cohort_id):
        groups[one.account_id].add(one.group_id)
    wanted = select(Account.id, Account.email, Account.role).where(
        Account.organisation_id == organisation_id,
        Account.role.in_([*MANAGERS, FACILITATOR]),
        Account.active,
        Account.email.is_not(None),
    )
    return tuple(
        Assessor(id=row.id, email=row.email, group_ids=frozenset(groups[row.id]) if row.role == FACILITATOR else None)
        for row in session.execute(wanted)
    )


def ratings_of(
    session: Session, *, organisation_id: int, cohort_id: UUID, path: str, participant_id: UUID | None = None
) -> dict[UUID, list[Rating]]:
    """All ratings for an assessment by participant (of one, where one is named), the oldest first. One query."""
    wanted = _ratings(organisation_id, cohort_id, path)
    if participant_id is not None:
        wanted = wanted.where(RubricRating.participant_id == participant_id)
    found: dict[UUID, list[Rating]] = defaultdict(list)
    for rating in _read(session.execute(wanted)):
        found[rating.participant_id].append(rating)
    return dict(found)


def newest_rated(
    session: Session, *, organisation_id: int, cohort_id: UUID, path: str, participant_ids: Collection[UUID]
) -> dict[UUID, Rated]:
    """By participant the newest score that came of ratings. One query."""
    entry = AssessmentEntry
    wanted = (
        select(entry.participant_id, entry.id, entry.score, RatedEntry.rating_id)
        .join(RatedEntry, and_(RatedEntry.organisation_id == entry.organisation_id, RatedEntry.entry_id == entry.id))
        .where(entry.organisation_id == organisation_id, entry.cohort_id == cohort_id, entry.path == path)
        .where(entry.participant_id.in_(participant_ids))
        .order_by(entry.recorded_at, entry.id)
    )
    entries: dict[UUID, tuple[UUID, Decimal, set[UUID]]] = {}
    for row in session.execute(wanted):
        known = entries.get(row.participant_id)
        if known is None or known[0] != row.id:
            entries[row.participant_id] = known = (row.id, row.score, set())
        known[2].add(row.rating_id)
    return {who: Rated(score=one[1], rating_ids=frozenset(one[2])) for who, one in entries.items()}


def behind(
    session: Session, *, organisation_id: int, cohort_id: UUID, path: str, participant_id: UUID
) -> Mapping[UUID, Behind]:
    """What stands behind each score of one person that came of ratings, by the entry's id. One query."""
    rule = _rule_version()
    wanted = (
        _ratings(organisation_id, cohort_id, path)
        .add_columns(RatedEntry.entry_id, rule.c.rule.label("joined_by"))
        .join(
            RatedEntry,
            and_(RatedEntry.organisation_id == RubricRating.organisation_id, RatedEntry.rating_id == RubricRating.id),
        )
        .join(rule, and_(rule.c.organisation_id == RatedEntry.organisation_id, rule.c.id == RatedEntry.rubric_id))
        .where(RubricRating.participant_id == participant_id)
    )
    rows = session.execute(wanted).all()
    found: dict[UUID, list[Rating]] = defaultdict(list)
    for row, rating in zip(rows, _read(rows), strict=True):
        found[row.entry_id].append(rating)
    rules: dict[UUID, Rule] = {row.entry_id: row.joined_by for row in rows}
    return {entry_id: Behind(rule=rules[entry_id], ratings=tuple(ratings)) for entry_id, ratings in found.items()}


def _rule_version() -> Any:
    return RubricVersion.__table__.alias("rule_version")


def _ratings(organisation_id: int, cohort_id: UUID, path: str) -> Select[*tuple[Any, ...]]:
    one = RubricRating
    by = and_(RubricVersion.organisation_id == one.organisation_id, RubricVersion.id == one.rubric_id)
    return (
        select(
            *(one.id, one.participant_id, one.assessor_id, one.points, one.remark, one.rated_at),
            *(RubricVersion.version, RubricVersion.content, RubricVersion.rule, RubricVersion.needed),
            Account.name.label("assessor"),
        )
        .join(RubricVersion, by)
        .join(Account, _account(one, one.assessor_id))
        .where(one.organisation_id == organisation_id, one.cohort_id == cohort_id, one.path == path)
        .order_by(one.rated_at, one.id)
    )


def _account(table: Any, account_id: Any) -> Any:
    return and_(Account.organisation_id == table.organisation_id, Account.id == account_id)


def _read(rows: Iterable[Row[Any]]) -> Sequence[Rating]:
    """The ratings of rows; each version of a rubric is read once."""
    rubrics: dict[int, Rubric] = {}
    found = []
    for row in rows:
        if row.version not in rubrics:
            rubrics[row.version] = _rubric(row.content, row.rule, row.needed)
        values = {name: getattr(row, name) for name in ("id", "participant_id", "assessor_id", "assessor", "version")}
        points = {key: Decimal(given) for key, given in json.loads(row.points).items()}
        told = {"points": points, "remark": row.remark, "rated_at": row.rated_at}
        found.append(Rating(**values, **told, rubric=rubrics[row.version]))
    return found


def _rubric(content: str, rule: str, needed: int) -> Rubric:
    return rubric_texts.rubric_from_text(json.loads(content), rule=rule, needed=needed)
