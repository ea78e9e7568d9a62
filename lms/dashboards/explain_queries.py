"""What an explanation tells beside the fold: who made each mark, entry and override, and which programme it was."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session

from lms.assessment.models import AssessmentEntry
from lms.assessment.rules import PastEntry
from lms.attendance.models import Mark
from lms.attendance.rules import PastMark
from lms.overrides.models import UnitOverride
from lms.people.models import Account
from lms.programme.models import ClassroomSession, Cohort, ProgrammeVersion

MARK_FIELDS = (
    "id",
    "participant_id",
    "status",
    "minutes_late",
    "remark",
    "source",
    "recorded_at",
    "made_at",
    "skew_ms",
    "device",
    "source_name",
)
ENTRY_FIELDS = ("id", "path", "participant_id", "score", "remark", "dated_at", "source", "recorded_at")


@dataclass(frozen=True, kw_only=True, slots=True)
class Made:
    """An override: who made it, None where no account did, and why."""

    id: UUID
    made_by: str | None
    reason: str


def marks_of(session: Session, *, organisation_id: int, cohort_id: UUID, participant_id: UUID) -> Sequence[PastMark]:
    """All marks of somebody at the sessions of a cohort, in no order. One query."""
    of_session = and_(ClassroomSession.organisation_id == Mark.organisation_id, ClassroomSession.id == Mark.session_id)
    wanted = (
        select(*(getattr(Mark, name) for name in MARK_FIELDS), Account.name.label("recorded_by"))
        .join(ClassroomSession, of_session)
        .outerjoin(Account, _recorder(Mark))
        .where(
            Mark.organisation_id == organisation_id,
            ClassroomSession.cohort_id == cohort_id,
            Mark.participant_id == participant_id,
        )
    )
    return [PastMark(**row._asdict()) for row in session.execute(wanted)]


def entries_of(session: Session, *, organisation_id: int, cohort_id: UUID, participant_id: UUID) -> Sequence[PastEntry]:
    """All scores that were entered for somebody in a cohort, in no order. One query."""
    wanted = (
        select(*(getattr(AssessmentEntry, name) for name in ENTRY_FIELDS), Account.name.label("recorded_by"))
        .outerjoin(Account, _recorder(AssessmentEntry))
        .where(
            AssessmentEntry.organisation_id == organisation_id,
            AssessmentEntry.cohort_id == cohort_id,
            AssessmentEntry.participant_id == participant_id,
        )
    )
    return [PastEntry(**row._asdict()) for row in session.execute(wanted)]


def overrides_of(session: Session, *, organisation_id: int, cohort_id: UUID, participant_id: UUID) -> Sequence[Made]:
    """All overrides of somebody's units in a cohort, in no order. One query."""
    maker = and_(Account.organisation_id == UnitOverride.organisation_id, Account.id == UnitOverride.made_by)
    wanted = (
        select(UnitOverride.id, UnitOverride.reason, Account.name.label("made_by"))
        .outerjoin(Account, maker)
        .where(
            UnitOverride.organisation_id == organisation_id,
            UnitOverride.cohort_id == cohort_id,
            UnitOverride.participant_id == participant_id,
        )
    )
    return [Made(**row._asdict()) for row in session.execute(wanted)]


def _recorder(table: Any) -> ColumnElement[bool]:
    return and_(Account.organisation_id == table.organisation_id, Account.id == table.recorded_by)


def fingerprint(session: Session, *, organisation_id: int, cohort_id: UUID) -> bytes:
    """The SHA-256 of the programme version that a cohort runs. One query."""
    version = and_(
        ProgrammeVersion.organisation_id == Cohort.organisation_id,
        ProgrammeVersion.id == Cohort.programme_version_id,
    )
    wanted = (
        select(ProgrammeVersion.fingerprint)
        .join(Cohort, version)
        .where(Cohort.organisation_id == organisation_id, Cohort.id == cohort_id)
    )
    return session.execute(wanted).scalar_one()
