"""Every SELECT of this room. Each docstring tells how many queries are made; that never grows with what is found."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, func, literal, null, or_, select, union_all
from sqlalchemy.orm import Session

from lms.appeals import models, rules
from lms.appeals.rows import Appeal, Entry, OfUnit, Own, SetWindow
from lms.appeals.rules import Standing, Window
from lms.assessment.models import AssessmentEntry
from lms.attendance.models import Mark
from lms.db import among, portions
from lms.errors import N_, NotFound
from lms.people.models import Account, Participant
from lms.programme.models import Cohort, CohortGroup, Enrolment
from lms.progress.rules import UnitResult

__all__ = ["Appeal", "Entry", "OfUnit", "Own", "SetWindow", "Standing", "Window"]

NONE = N_("There is no such appeal.")
_ONE = models.Appeal
COLUMNS = (
    *(_ONE.id, _ONE.cohort_id, _ONE.participant_id, _ONE.kind, _ONE.unit, _ONE.title, _ONE.stood_by, _ONE.made_at),
    *(_ONE.stood_value, _ONE.stood_status, _ONE.stood_done, _ONE.text),
    *(Cohort.code.label("cohort_code"), Cohort.name.label("cohort_name"), Cohort.time_zone, Enrolment.group_id),
    *(Participant.identifier, Participant.name, CohortGroup.name.label("group"), Account.name.label("giver")),
)
STOOD = ("stood_value", "stood_status", "stood_done")


# Windows


def window(session: Session, *, organisation_id: int, cohort_id: UUID) -> Window | None:
    """When appeals are taken in a cohort, None where nobody has set it. One query."""
    found = windows(session, organisation_id=organisation_id, cohort_id=cohort_id, limit=1)
    return found[0].window if found else None


def windows(
    session: Session, *, organisation_id: int, cohort_id: UUID, limit: int | None = None
) -> Sequence[SetWindow]:
    """All windows that were set for a cohort, the newest, which counts, first. One query."""
    one = models.AppealWindow
    rows = session.execute(
        select(one.opens_at, one.closes_at, one.reason, one.set_at, Account.name)
        .join(Account, _same(Account, one.organisation_id, one.set_by))
        .where(one.organisation_id == organisation_id, one.cohort_id == cohort_id)
        .order_by(one.set_at.desc(), one.id.desc())
        .limit(limit)
    )
    return [
        SetWindow(
            window=Window(opens_at=row.opens_at, closes_at=row.closes_at),
            reason=row.reason,
            set_by=row.name,
            set_at=row.set_at,
        )
        for row in rows
    ]


# Appeals


def appeal(session: Session, *, organisation_id: int, appeal_id: UUID) -> Appeal:
    """One appeal; raises NotFound. Two queries."""
    found = _found(session, organisation_id, models.Appeal.id == appeal_id)
    if not found:
        raise NotFound(NONE)
    return found[0]


def of_cohort(
    session: Session, *, organisation_id: int, cohort_id: UUID, groups: Collection[UUID] | None = None
) -> list[Appeal]:
    """The appeals of a cohort: open ones first, the oldest of them on top; then the others, the newest on top.

    Only of people in these groups (by id), if any. Two queries, and one more for every 500 appeals.
    """
    found = _found(session, organisation_id, models.Appeal.cohort_id == cohort_id, _in_groups(groups))
    is_open = [one for one in found if one.is_open]
    return is_open + [one for one in reversed(found) if not one.is_open]


def of_participant(
    session: Session,
    *,
    organisation_id: int,
    participant_id: UUID,
    cohort_id: UUID | None = None,
    unit: str | None = None,
) -> list[Appeal]:
    """Somebody's appeals (in a cohort, against a unit), the newest first. Two queries where there are any, else one."""
    of = [models.Appeal.participant_id == participant_id]
    of += [] if cohort_id is None else [models.Appeal.cohort_id == cohort_id]
    of += [] if unit is None else [models.Appeal.unit == unit]
    return _found(session, organisation_id, *of)[::-1]


def of_unit(
    session: Session, *, organisation_id: int, cohort_id: UUID, participant_id: UUID, unit: UnitResult, now: datetime
) -> OfUnit:
    """What the page of a unit tells about appeals. Two queries, three where there are any."""
    about: dict[str, Any] = {"organisation_id": organisation_id, "cohort_id": cohort_id}
    known = window(session, **about)
    found = of_participant(session, participant_id=participant_id, unit=unit.unit, **about)
    has_open = any(one.is_open for one in found)
    why_not = rules.why_not(unit, known, has_open=has_open, now=now)
    return OfUnit(now=now, window=known, appeals=tuple(found), may_appeal=why_not is None)


def own(session: Session, *, organisation_id: int, cohort_id: UUID, participant_id: UUID, now: datetime) -> Own:
    """What a participant's own page tells about appeals. One query."""
    one, setting = models.Appeal, models.AppealWindow
    many = select(func.count()).where(
        one.organisation_id == organisation_id, one.cohort_id == cohort_id, one.participant_id == participant_id
    )
    opens, closes = (
        select(moment)
        .where(setting.organisation_id == organisation_id, setting.cohort_id == cohort_id)
        .order_by(setting.set_at.desc(), setting.id.desc())
        .limit(1)
        .scalar_subquery()
        for moment in (setting.opens_at, setting.closes_at)
    )
    asked = many.where(~_has_ended(), _waits_for_its_participant())
    told = session.execute(select(opens, closes, many.scalar_subquery(), asked.scalar_subquery())).one()
    opens_at, closes_at, appeals, questions = told
    known = None if opens_at is None else Window(opens_at=opens_at, closes_at=closes_at)
    return Own(now=now, window=known, appeals=appeals, questions=questions)


def open_count(session: Session, *, organisation_id: int, cohort_id: UUID) -> int:
    """How many appeals of a cohort have no final answer and were not taken back. One query."""
    found = open_appeals(session, organisation_id=organisation_id)
    return found.get(cohort_id, 0)


def open_appeals(session: Session, *, organisation_id: int, groups: Collection[UUID] | None = None) -> dict[UUID, int]:
    """How many appeals are open, by the cohort's id; cohorts without any are not in it.

    With `groups` (by id) only those of people in them. One query.
    """
    one = models.Appeal
    wanted = select(one.cohort_id, func.count().label("many")).where(
        one.organisation_id == organisation_id, ~_has_ended(), _in_groups(groups)
    )
    if groups is not None:
        wanted = wanted.join(Enrolment, _enrolled())
    return {row.cohort_id: row.many for row in session.execute(wanted.group_by(one.cohort_id))}


def _in_groups(groups: Collection[UUID] | None) -> ColumnElement[bool]:
    return literal(True) if groups is None else Enrolment.group_id.in_(groups)


def _has_ended() -> ColumnElement[bool]:
    one, answer, note = models.Appeal, models.AppealAnswer, models.AppealNote
    answered = _of(answer) & answer.outcome.in_(sorted(rules.FINAL))
    taken_back = _of(note) & (note.kind == rules.TAKEN_BACK)
    return or_(*(exists().where(what).correlate(one) for what in (answered, taken_back)))


def _waits_for_its_participant() -> ColumnElement[bool]:
    """That something was asked back, and nothing was added since."""
    one, answer, note = models.Appeal, models.AppealAnswer, models.AppealNote
    same_time = and_(note.added_at == answer.answered_at, note.id > answer.id)
    added = exists().where(_of(note), or_(note.added_at > answer.answered_at, same_time)).correlate(one, answer)
    return exists().where(_of(answer), answer.outcome == rules.ASKED_BACK, ~added).correlate(one)


def _of(table: Any) -> ColumnElement[bool]:
    return and_(table.organisation_id == models.Appeal.organisation_id, table.appeal_id == models.Appeal.id)


def _enrolled() -> ColumnElement[bool]:
    one = models.Appeal
    return and_(
        Enrolment.organisation_id == one.organisation_id,
        Enrolment.cohort_id == one.cohort_id,
        Enrolment.participant_id == one.participant_id,
    )


def _found(session: Session, organisation_id: int, *which: ColumnElement[bool]) -> list[Appeal]:
    """In the order in which they were made."""
    rows = session.execute(_appeals(organisation_id).where(*which)).all()
    entries = _entries(session, organisation_id, [row.id for row in rows])
    return [_appeal(row._asdict(), entries.get(row.id, [])) for row in rows]


def _appeals(organisation_id: int) -> Select[*tuple[Any, ...]]:
    one = models.Appeal
    return (
        select(*COLUMNS)
        .join(Cohort, _same(Cohort, one.organisation_id, one.cohort_id))
        .join(Participant, _same(Participant, one.organisation_id, one.participant_id))
        .outerjoin(Enrolment, _enrolled())
        .outerjoin(CohortGroup, _same(CohortGroup, Enrolment.organisation_id, Enrolment.group_id))
        .outerjoin(Account, _same(Account, one.organisation_id, one.stood_by))
        .where(one.organisation_id == organisation_id)
        .order_by(one.made_at, one.id)
    )


def _appeal(row: dict[str, Any], later: Sequence[Any]) -> Appeal:
    value, status, done = (row.pop(name) for name in STOOD)
    first = Entry(
        id=row["id"], kind=rules.MADE, at=row["made_at"], who=row["name"], account_id=None, text=row.pop("text")
    )
    told = [
        Entry(id=one.id, kind=one.kind, at=one.at, who=one.who or row["name"], account_id=one.by, text=one.text)
        for one in later
    ]
    return Appeal(stood=Standing(value=value, status=status, done=done), entries=(first, *told), **row)


def _entries(session: Session, organisation_id: int, appeal_ids: Sequence[UUID]) -> dict[UUID, list[Any]]:
    """What was said after the appeals were made, in its order. One query per 500 appeals."""
    found: dict[UUID, list[Any]] = defaultdict(list)
    for ids in portions(appeal_ids):
        for row in session.execute(_said(session, organisation_id, ids)):
            found[row.appeal_id].append(row)
    return {key: sorted(rows, key=lambda row: (row.at, row.id)) for key, rows in found.items()}


def _said(session: Session, organisation_id: int, ids: Sequence[UUID]) -> Any:
    answer, note = models.AppealAnswer, models.AppealNote
    answers = (
        select(
            *(answer.id, answer.appeal_id, answer.outcome.label("kind"), answer.answered_at.label("at"), answer.text),
            *(answer.answered_by.label("by"), Account.name.label("who")),
        )
        .join(Account, _same(Account, answer.organisation_id, answer.answered_by))
        .where(answer.organisation_id == organisation_id, among(session, answer.appeal_id, ids))
    )
    notes = select(
        *(note.id, note.appeal_id, note.kind, note.added_at.label("at"), note.text),
        *(null().label("by"), null().label("who")),
    ).where(note.organisation_id == organisation_id, among(session, note.appeal_id, ids))
    return union_all(answers, notes)


# Whom a figure is from


def given_by(session: Session, *, organisation_id: int, unit: UnitResult) -> UUID | None:
    """The account that gave the mark or the score that a unit stands at; None where none did. One query at most."""
    evidence = next((one.evidence for one in reversed(unit.evidence) if not one.why), None)
    table: Any = {"mark": Mark, "entry": AssessmentEntry}.get(evidence.source if evidence else "")
    if evidence is None or table is None:
        return None
    wanted = select(table.recorded_by).where(table.organisation_id == organisation_id, table.id == evidence.source_id)
    return session.scalar(wanted)


def _same(left: Any, organisation_id: Any, key: Any) -> ColumnElement[bool]:
    """The join of `left` by its key, with the organisation that leads it."""
    return and_(left.organisation_id == organisation_id, left.id == key)
