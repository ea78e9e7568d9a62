"""The table of marks. A mark is only ever added: the newest counts, the older ones are its history."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from lms.db import Base, Id, Moment


class Mark(Base):
    """One person's status at one session, who recorded it, when, from where (`source`: register or import) and why."""

    __tablename__ = "mark"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organisation_id", "session_id"], ["classroom_session.organisation_id", "classroom_session.id"]
        ),
        ForeignKeyConstraint(["organisation_id", "participant_id"], ["participant.organisation_id", "participant.id"]),
        ForeignKeyConstraint(["organisation_id", "recorded_by"], ["account.organisation_id", "account.id"]),
        Index("mark_history", "organisation_id", "session_id", "participant_id", "recorded_at", "id"),
        CheckConstraint("minutes_late IS NULL OR minutes_late >= 0", name="mark_minutes_late"),
        CheckConstraint("source IN ('register', 'import')", name="mark_source"),
    )

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(Id(), primary_key=True)
    session_id: Mapped[UUID] = mapped_column(Id())
    participant_id: Mapped[UUID] = mapped_column(Id())
    status: Mapped[str] = mapped_column(Text)
    minutes_late: Mapped[int | None] = mapped_column(Integer)
    remark: Mapped[str] = mapped_column(Text, default="")
    source: Mapped[str] = mapped_column(String(12))
    recorded_at: Mapped[datetime] = mapped_column(Moment)
    recorded_by: Mapped[UUID | None] = mapped_column(Id())
