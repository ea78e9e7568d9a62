"""Tables between marks and statements: what is to be told or taken in, and which statement stands for which mark."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from lms.db import Base, Id, Moment


class MarkToTell(Base):
    """Somebody's marks at a session have changed, and the record store is to say so."""

    __tablename__ = "mark_to_tell"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organisation_id", "session_id"], ["classroom_session.organisation_id", "classroom_session.id"]
        ),
        ForeignKeyConstraint(["organisation_id", "participant_id"], ["participant.organisation_id", "participant.id"]),
    )

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(Id(), primary_key=True)
    session_id: Mapped[UUID] = mapped_column(Id())
    participant_id: Mapped[UUID] = mapped_column(Id())


class ToldMark(Base):
    """The statement that Padu has stored for a mark; `voided_at` is when a later mark took it back."""

    __tablename__ = "told_mark"
    __table_args__ = (
        ForeignKeyConstraint(["organisation_id", "mark_id"], ["mark.organisation_id", "mark.id"]),
        Index("told_mark_of_person", "organisation_id", "session_id", "participant_id"),
    )

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    statement_id: Mapped[UUID] = mapped_column(Id(), primary_key=True)
    mark_id: Mapped[UUID] = mapped_column(Id())
    session_id: Mapped[UUID] = mapped_column(Id())
    participant_id: Mapped[UUID] = mapped_column(Id())
    told_at: Mapped[datetime] = mapped_column(Moment)
    voided_at: Mapped[datetime | None] = mapped_column(Moment)


class AttendedToTake(Base):
    """A statement from elsewhere that says that somebody attended, not yet turned into a mark; `error` says why not."""

    __tablename__ = "attended_to_take"
    __table_args__ = (Index("attended_to_take_waiting", "organisation_id", "taken_at"),)

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    statement_id: Mapped[UUID] = mapped_column(Id(), primary_key=True)
    taken_at: Mapped[datetime | None] = mapped_column(Moment)
    mark_id: Mapped[UUID | None] = mapped_column(Id())
    error: Mapped[str] = mapped_column(Text, default="")
