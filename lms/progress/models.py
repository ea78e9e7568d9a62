"""Tables of evidence and of the results folded from it."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from lms.db import Base, ExactDecimal, Hundredths, Id, Moment


class EvidenceRow(Base):
    """One claim, as `rules.Evidence` describes it. One source may claim about several units at once."""

    __tablename__ = "evidence"
    __table_args__ = (
        ForeignKeyConstraint(["organisation_id", "participant_id"], ["participant.organisation_id", "participant.id"]),
        Index("evidence_by_participant", "organisation_id", "participant_id"),
        CheckConstraint("kind IN ('module', 'session', 'assessment')", name="evidence_kind"),
    )

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    source: Mapped[str] = mapped_column(String(20), primary_key=True)
    source_id: Mapped[UUID] = mapped_column(Id(), primary_key=True)
    unit: Mapped[str] = mapped_column(Text, primary_key=True)
    participant_id: Mapped[UUID] = mapped_column(Id())
    kind: Mapped[str] = mapped_column(String(12))
    completed: Mapped[bool | None]
    passed: Mapped[bool | None]
    score: Mapped[Decimal | None] = mapped_column(ExactDecimal)
    status: Mapped[str | None] = mapped_column(Text)
    occurred_at: Mapped[datetime | None] = mapped_column(Moment)
    recorded_at: Mapped[datetime] = mapped_column(Moment)
    claim: Mapped[str | None] = mapped_column(String(64))
    voided: Mapped[bool] = mapped_column(default=False)


class ResultRow(Base):
    """A participant's figures in a cohort, rounded; good until `valid_until` (None is for ever), then folded anew."""

    __tablename__ = "result"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organisation_id", "cohort_id", "participant_id"],
            ["enrolment.organisation_id", "enrolment.cohort_id", "enrolment.participant_id"],
        ),
        Index("result_by_validity", "organisation_id", "cohort_id", "valid_until"),
        CheckConstraint("status IN ('in_progress', 'eligible', 'review')", name="result_status"),
    )

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    cohort_id: Mapped[UUID] = mapped_column(Id(), primary_key=True)
    participant_id: Mapped[UUID] = mapped_column(Id(), primary_key=True)
    so_far: Mapped[Decimal | None] = mapped_column(Hundredths)
    of_all: Mapped[Decimal | None] = mapped_column(Hundredths)
    best_possible: Mapped[Decimal | None] = mapped_column(Hundredths)
    counted: Mapped[int] = mapped_column(Integer)
    units: Mapped[int] = mapped_column(Integer)
    completion: Mapped[Decimal | None] = mapped_column(Hundredths)
    absent_sessions: Mapped[int] = mapped_column(Integer)
    absent_jp: Mapped[Decimal] = mapped_column(ExactDecimal)
    absent_days: Mapped[int] = mapped_column(Integer)
    outstanding: Mapped[int] = mapped_column(Integer)
    predicate: Mapped[str | None] = mapped_column(Text)
    status: Mapped[str] = mapped_column(String(12))
    reasons: Mapped[str] = mapped_column(Text)
    folded_at: Mapped[datetime] = mapped_column(Moment)
    valid_until: Mapped[datetime | None] = mapped_column(Moment)


class ComponentRow(Base):
    """The three figures of one component (by its path) of one result, rounded."""

    __tablename__ = "result_component"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organisation_id", "cohort_id", "participant_id"],
            ["result.organisation_id", "result.cohort_id", "result.participant_id"],
        ),
    )

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    cohort_id: Mapped[UUID] = mapped_column(Id(), primary_key=True)
    participant_id: Mapped[UUID] = mapped_column(Id(), primary_key=True)
    path: Mapped[str] = mapped_column(Text, primary_key=True)
    so_far: Mapped[Decimal | None] = mapped_column(Hundredths)
    of_all: Mapped[Decimal | None] = mapped_column(Hundredths)
    best_possible: Mapped[Decimal | None] = mapped_column(Hundredths)
    counted: Mapped[int] = mapped_column(Integer)
    units: Mapped[int] = mapped_column(Integer)
