"""The table of decisions. A row is only ever added; “not passed” is told once to be seconded, or to have ended."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, Integer, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from lms.db import Base, Hundredths, Id, Moment


def _where(condition: str) -> dict[str, Any]:
    return {"postgresql_where": text(condition), "sqlite_where": text(condition)}


class DecisionRow(Base):
    """What a person decided about a participant, on what grounds, and the rounded figures that it was made from.

    `deadline` is a local day of the cohort. `ended_by` is `made_by` where what waited was taken back, else whoever
    refused it. The newest row that counts is the decision, unless it withdraws the one before it.
    """

    __tablename__ = "decision"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organisation_id", "cohort_id", "participant_id"],
            ["enrolment.organisation_id", "enrolment.cohort_id", "enrolment.participant_id"],
        ),
        ForeignKeyConstraint(
            ["organisation_id", "programme_version_id"], ["programme_version.organisation_id", "programme_version.id"]
        ),
        ForeignKeyConstraint(["organisation_id", "made_by"], ["account.organisation_id", "account.id"]),
        ForeignKeyConstraint(["organisation_id", "seconded_by"], ["account.organisation_id", "account.id"]),
        ForeignKeyConstraint(["organisation_id", "ended_by"], ["account.organisation_id", "account.id"]),
        Index("decision_of_participant", "organisation_id", "cohort_id", "participant_id", "made_at"),
        Index(
            "decision_waits_once",
            *("organisation_id", "cohort_id", "participant_id"),
            unique=True,
            **_where("outcome = 'not_passed' AND seconded_at IS NULL AND ended_at IS NULL"),
        ),
        CheckConstraint("outcome IN ('passed', 'deferred', 'not_passed', 'withdrawn')", name="decision_outcome"),
        CheckConstraint("status IN ('in_progress', 'eligible', 'review')", name="decision_status"),
        CheckConstraint("(deadline IS NOT NULL) = (outcome = 'deferred')", name="decision_deadline"),
        CheckConstraint("outcome = 'passed' OR length(grounds) >= 10", name="decision_grounds"),
        CheckConstraint(
            "(seconded_at IS NULL) = (seconded_by IS NULL)"
            " AND (seconded_by IS NULL OR (outcome = 'not_passed' AND seconded_by <> made_by AND ended_at IS NULL))",
            name="decision_seconded_by_another",
        ),
        CheckConstraint(
            "(ended_at IS NULL) = (ended_by IS NULL) AND (ended_at IS NULL) = (ended_reason = '')"
            " AND (ended_at IS NULL OR outcome = 'not_passed')",
            name="decision_ended",
        ),
    )

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(Id(), primary_key=True)
    cohort_id: Mapped[UUID] = mapped_column(Id())
    participant_id: Mapped[UUID] = mapped_column(Id())
    outcome: Mapped[str] = mapped_column(String(10))
    grounds: Mapped[str] = mapped_column(Text)
    deadline: Mapped[date | None]
    programme_version_id: Mapped[UUID] = mapped_column(Id())
    so_far: Mapped[Decimal | None] = mapped_column(Hundredths)
    of_all: Mapped[Decimal | None] = mapped_column(Hundredths)
    best_possible: Mapped[Decimal | None] = mapped_column(Hundredths)
    predicate: Mapped[str | None] = mapped_column(Text)
    status: Mapped[str] = mapped_column(String(12))
    reasons: Mapped[str] = mapped_column(Text)
    outstanding: Mapped[int] = mapped_column(Integer)
    made_at: Mapped[datetime] = mapped_column(Moment)
    made_by: Mapped[UUID] = mapped_column(Id())
    seconded_at: Mapped[datetime | None] = mapped_column(Moment)
    seconded_by: Mapped[UUID | None] = mapped_column(Id())
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
    ended_by: Mapped[UUID | None] = mapped_column(Id())
    ended_reason: Mapped[str] = mapped_column(Text, default="")
