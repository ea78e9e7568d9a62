"""Tables of appeals. Rows are only ever added: what an appeal has come to is told by those that belong to it."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from lms.db import Base, ExactDecimal, Id, Moment


def _where(condition: str) -> dict[str, Any]:
    return {"postgresql_where": text(condition), "sqlite_where": text(condition)}


class AppealWindow(Base):
    """From when until when appeals are taken in a cohort, as set by an account; the newest row counts.

    `closes_at` is the first moment at which none is taken any more. A window that is shortened has a `reason`.
    """

    __tablename__ = "appeal_window"
    __table_args__ = (
        ForeignKeyConstraint(["organisation_id", "cohort_id"], ["cohort.organisation_id", "cohort.id"]),
        ForeignKeyConstraint(["organisation_id", "set_by"], ["account.organisation_id", "account.id"]),
        Index("appeal_window_of_cohort", "organisation_id", "cohort_id", "set_at"),
        CheckConstraint("closes_at > opens_at", name="appeal_window_closes_after_opening"),
    )

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(Id(), primary_key=True)
    cohort_id: Mapped[UUID] = mapped_column(Id())
    opens_at: Mapped[datetime] = mapped_column(Moment)
    closes_at: Mapped[datetime] = mapped_column(Moment)
    reason: Mapped[str] = mapped_column(Text, default="")
    set_by: Mapped[UUID] = mapped_column(Id())
    set_at: Mapped[datetime] = mapped_column(Moment)


class Appeal(Base):
    """What a participant says against a unit, with what the unit stood at when they said it.

    `stood_value` is exact, 0 to 100, None without one; `stood_status` is the title of a session's status, empty without
    a mark; `stood_by` is the account that gave the mark or the score, None where none did.
    """

    __tablename__ = "appeal"
    __table_args__ = (
        ForeignKeyConstraint(["organisation_id", "cohort_id"], ["cohort.organisation_id", "cohort.id"]),
        ForeignKeyConstraint(["organisation_id", "participant_id"], ["participant.organisation_id", "participant.id"]),
        ForeignKeyConstraint(["organisation_id", "stood_by"], ["account.organisation_id", "account.id"]),
        Index("appeal_of_cohort", "organisation_id", "cohort_id", "made_at"),
        Index("appeal_of_participant", "organisation_id", "participant_id"),
        CheckConstraint("kind IN ('module', 'session', 'assessment')", name="appeal_kind"),
        CheckConstraint("length(text) BETWEEN 1 AND 2000", name="appeal_text"),
    )

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(Id(), primary_key=True)
    cohort_id: Mapped[UUID] = mapped_column(Id())
    participant_id: Mapped[UUID] = mapped_column(Id())
    kind: Mapped[str] = mapped_column(String(10))
    unit: Mapped[str] = mapped_column(Text)
    title: Mapped[str] = mapped_column(Text)
    stood_value: Mapped[Decimal | None] = mapped_column(ExactDecimal)
    stood_status: Mapped[str] = mapped_column(Text, default="")
    stood_done: Mapped[bool]
    stood_by: Mapped[UUID | None] = mapped_column(Id())
    text: Mapped[str] = mapped_column(Text)
    made_at: Mapped[datetime] = mapped_column(Moment)


class AppealAnswer(Base):
    """What an account answers. Only one answer of an appeal ends it."""

    __tablename__ = "appeal_answer"
    __table_args__ = (
        ForeignKeyConstraint(["organisation_id", "appeal_id"], ["appeal.organisation_id", "appeal.id"]),
        ForeignKeyConstraint(["organisation_id", "answered_by"], ["account.organisation_id", "account.id"]),
        Index("appeal_answer_of_appeal", "organisation_id", "appeal_id"),
        Index("appeal_ended_once", "organisation_id", "appeal_id", unique=True, **_where("outcome <> 'asked_back'")),
        CheckConstraint("outcome IN ('upheld', 'rejected', 'asked_back')", name="appeal_answer_outcome"),
        CheckConstraint("length(text) BETWEEN 1 AND 2000", name="appeal_answer_text"),
    )

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(Id(), primary_key=True)
    appeal_id: Mapped[UUID] = mapped_column(Id())
    outcome: Mapped[str] = mapped_column(String(10))
    text: Mapped[str] = mapped_column(Text)
    answered_by: Mapped[UUID] = mapped_column(Id())
    answered_at: Mapped[datetime] = mapped_column(Moment)


class AppealNote(Base):
    """What the participant adds to an open appeal, or that they take it back, which needs no text."""

    __tablename__ = "appeal_note"
    __table_args__ = (
        ForeignKeyConstraint(["organisation_id", "appeal_id"], ["appeal.organisation_id", "appeal.id"]),
        Index("appeal_note_of_appeal", "organisation_id", "appeal_id"),
        Index("appeal_taken_back_once", "organisation_id", "appeal_id", unique=True, **_where("kind = 'taken_back'")),
        CheckConstraint("kind IN ('added', 'taken_back')", name="appeal_note_kind"),
        CheckConstraint("kind = 'taken_back' OR length(text) BETWEEN 1 AND 2000", name="appeal_note_text"),
    )

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(Id(), primary_key=True)
    appeal_id: Mapped[UUID] = mapped_column(Id())
    kind: Mapped[str] = mapped_column(String(10))
    text: Mapped[str] = mapped_column(Text, default="")
    added_at: Mapped[datetime] = mapped_column(Moment)
