"""The table of overrides. A row is only ever added, and told to be withdrawn once."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from lms.db import Base, ExactDecimal, Id, Moment
from lms.progress.rules import UnitKind


class UnitOverride(Base):
    """What a manager decided that a unit of one participant in one cohort comes to, and why.

    `unit` is its key in a result. A module has `done` and may have a `score` of 0 to 100, a session a `status`, an
    assessment a score; the columns of `before_` tell what the unit came to when it was overridden.
    """

    __tablename__ = "unit_override"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organisation_id", "cohort_id", "participant_id"],
            ["enrolment.organisation_id", "enrolment.cohort_id", "enrolment.participant_id"],
        ),
        ForeignKeyConstraint(["organisation_id", "made_by"], ["account.organisation_id", "account.id"]),
        ForeignKeyConstraint(["organisation_id", "withdrawn_by"], ["account.organisation_id", "account.id"]),
        Index("unit_override_of_participant", "organisation_id", "cohort_id", "participant_id", "made_at"),
        CheckConstraint(
            "(kind = 'module' AND done IS NOT NULL AND status IS NULL)"
            " OR (kind = 'session' AND status IS NOT NULL AND score IS NULL AND done IS NULL)"
            " OR (kind = 'assessment' AND score IS NOT NULL AND done IS NULL AND status IS NULL)",
            name="unit_override_says",
        ),
        CheckConstraint(
            "(withdrawn_at IS NULL) = (withdrawn_by IS NULL) AND (withdrawn_at IS NULL) = (withdrawn_reason = '')",
            name="unit_override_withdrawn",
        ),
    )

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(Id(), primary_key=True)
    cohort_id: Mapped[UUID] = mapped_column(Id())
    participant_id: Mapped[UUID] = mapped_column(Id())
    kind: Mapped[UnitKind] = mapped_column(String(12))
    unit: Mapped[str] = mapped_column(Text)
    title: Mapped[str] = mapped_column(Text)
    score: Mapped[Decimal | None] = mapped_column(ExactDecimal)
    done: Mapped[bool | None]
    status: Mapped[str | None] = mapped_column(Text)
    before_score: Mapped[Decimal | None] = mapped_column(ExactDecimal)
    before_done: Mapped[bool | None]
    before_status: Mapped[str | None] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    made_at: Mapped[datetime] = mapped_column(Moment)
    made_by: Mapped[UUID] = mapped_column(Id())
    withdrawn_at: Mapped[datetime | None] = mapped_column(Moment)
    withdrawn_by: Mapped[UUID | None] = mapped_column(Id())
    withdrawn_reason: Mapped[str] = mapped_column(Text, default="")
