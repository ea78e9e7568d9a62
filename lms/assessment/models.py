"""The table of assessment entries. An entry is only ever added; `dated_at`, where given, is when it was examined."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from lms.db import Base, ExactDecimal, Id, Moment


class AssessmentEntry(Base):
    """A score of 0 to 100 that a person gave for the component at `path` (its keys joined by dots)."""

    __tablename__ = "assessment_entry"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organisation_id", "cohort_id", "participant_id"],
            ["enrolment.organisation_id", "enrolment.cohort_id", "enrolment.participant_id"],
        ),
        ForeignKeyConstraint(["organisation_id", "recorded_by"], ["account.organisation_id", "account.id"]),
        Index("assessment_history", "organisation_id", "cohort_id", "path", "participant_id", "recorded_at", "id"),
        CheckConstraint("source IN ('grid', 'import')", name="assessment_source"),
    )

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(Id(), primary_key=True)
    cohort_id: Mapped[UUID] = mapped_column(Id())
    path: Mapped[str] = mapped_column(Text)
    participant_id: Mapped[UUID] = mapped_column(Id())
    score: Mapped[Decimal] = mapped_column(ExactDecimal)
    remark: Mapped[str] = mapped_column(Text, default="")
    source: Mapped[str] = mapped_column(String(12))
    dated_at: Mapped[datetime | None] = mapped_column(Moment)
    recorded_at: Mapped[datetime] = mapped_column(Moment)
    recorded_by: Mapped[UUID | None] = mapped_column(Id())
