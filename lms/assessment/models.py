"""The tables of assessment: entries, rubrics, and ratings by them. Rows are only ever added.

An entry's `dated_at`, where given, is when it was examined. What assessors rate by a rubric becomes an entry whose
source is `rubric`: so there is one history of scores, and one way from a score to evidence.
"""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
)
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
        CheckConstraint("source IN ('grid', 'import', 'rubric')", name="assessment_source"),
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


class RubricVersion(Base):
    """How the component at `path` is rated in one cohort from `set_at` on, until a higher version is set.

    `content` is what `rubric_texts.criteria_as_text` tells, as JSON.
    """

    __tablename__ = "rubric_version"
    __table_args__ = (
        ForeignKeyConstraint(["organisation_id", "cohort_id"], ["cohort.organisation_id", "cohort.id"]),
        ForeignKeyConstraint(["organisation_id", "set_by"], ["account.organisation_id", "account.id"]),
        UniqueConstraint("organisation_id", "cohort_id", "path", "version", name="rubric_version_once"),
        CheckConstraint("version >= 1", name="rubric_version_number"),
        CheckConstraint("rule IN ('mean', 'median', 'highest', 'lowest', 'latest')", name="rubric_version_rule"),
        CheckConstraint("needed >= 1", name="rubric_version_needed"),
    )

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(Id(), primary_key=True)
    cohort_id: Mapped[UUID] = mapped_column(Id())
    path: Mapped[str] = mapped_column(Text)
    version: Mapped[int] = mapped_column(Integer)
    content: Mapped[str] = mapped_column(Text)
    rule: Mapped[str] = mapped_column(String(10))
    needed: Mapped[int] = mapped_column(Integer)
    set_at: Mapped[datetime] = mapped_column(Moment)
    set_by: Mapped[UUID] = mapped_column(Id())


class RubricRating(Base):
    """What one assessor gave one participant by a rubric. The newest of an assessor goes before their older ones.

    `points` is a JSON object of the points by the criterion's key, as text.
    """

    __tablename__ = "rubric_rating"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organisation_id", "cohort_id", "participant_id"],
            ["enrolment.organisation_id", "enrolment.cohort_id", "enrolment.participant_id"],
        ),
        ForeignKeyConstraint(["organisation_id", "rubric_id"], ["rubric_version.organisation_id", "rubric_version.id"]),
        ForeignKeyConstraint(["organisation_id", "assessor_id"], ["account.organisation_id", "account.id"]),
        Index("rubric_rating_history", "organisation_id", "cohort_id", "path", "participant_id", "rated_at", "id"),
    )

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(Id(), primary_key=True)
    cohort_id: Mapped[UUID] = mapped_column(Id())
    path: Mapped[str] = mapped_column(Text)
    participant_id: Mapped[UUID] = mapped_column(Id())
    rubric_id: Mapped[UUID] = mapped_column(Id())
    assessor_id: Mapped[UUID] = mapped_column(Id())
    points: Mapped[str] = mapped_column(Text)
    remark: Mapped[str] = mapped_column(Text, default="")
    rated_at: Mapped[datetime] = mapped_column(Moment)


class RatedEntry(Base):
    """That a rating stands behind an entry, which was made of it by the rule of a rubric."""

    __tablename__ = "rated_entry"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organisation_id", "entry_id"], ["assessment_entry.organisation_id", "assessment_entry.id"]
        ),
        ForeignKeyConstraint(["organisation_id", "rating_id"], ["rubric_rating.organisation_id", "rubric_rating.id"]),
        ForeignKeyConstraint(["organisation_id", "rubric_id"], ["rubric_version.organisation_id", "rubric_version.id"]),
    )

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    entry_id: Mapped[UUID] = mapped_column(Id(), primary_key=True)
    rating_id: Mapped[UUID] = mapped_column(Id(), primary_key=True)
    rubric_id: Mapped[UUID] = mapped_column(Id())
