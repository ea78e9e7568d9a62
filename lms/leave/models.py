"""Tables of leave: requests, and their notes, which are kept apart since they may be about somebody's health."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from lms.db import Base, Id, Moment


class LeaveRequest(Base):
    """Somebody asks to be away from `starts_at` to `ends_at`, as the attendance status `status`.

    `state`: asked, then approved, refused (with a `reason`) or withdrawn: by whoever asked before the decision, or by
    staff after it, whose `withdrawn_reason` stands beside the decision.
    """

    __tablename__ = "leave_request"
    __table_args__ = (
        ForeignKeyConstraint(["organisation_id", "cohort_id"], ["cohort.organisation_id", "cohort.id"]),
        ForeignKeyConstraint(["organisation_id", "participant_id"], ["participant.organisation_id", "participant.id"]),
        ForeignKeyConstraint(["organisation_id", "asked_by"], ["account.organisation_id", "account.id"]),
        ForeignKeyConstraint(["organisation_id", "decided_by"], ["account.organisation_id", "account.id"]),
        ForeignKeyConstraint(["organisation_id", "withdrawn_by"], ["account.organisation_id", "account.id"]),
        Index("leave_request_of_cohort", "organisation_id", "cohort_id", "state", "starts_at"),
        Index("leave_request_of_participant", "organisation_id", "participant_id"),
        CheckConstraint("ends_at > starts_at", name="leave_request_ends_after_start"),
        CheckConstraint("state IN ('asked', 'approved', 'refused', 'withdrawn')", name="leave_request_state"),
    )

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(Id(), primary_key=True)
    cohort_id: Mapped[UUID] = mapped_column(Id())
    participant_id: Mapped[UUID] = mapped_column(Id())
    status: Mapped[str] = mapped_column(Text)
    starts_at: Mapped[datetime] = mapped_column(Moment)
    ends_at: Mapped[datetime] = mapped_column(Moment)
    asked_at: Mapped[datetime] = mapped_column(Moment)
    asked_by: Mapped[UUID | None] = mapped_column(Id())
    state: Mapped[str] = mapped_column(String(9), default="asked")
    decided_at: Mapped[datetime | None] = mapped_column(Moment)
    decided_by: Mapped[UUID | None] = mapped_column(Id())
    reason: Mapped[str] = mapped_column(Text, default="")
    withdrawn_at: Mapped[datetime | None] = mapped_column(Moment)
    withdrawn_by: Mapped[UUID | None] = mapped_column(Id())
    withdrawn_reason: Mapped[str] = mapped_column(Text, default="")


class LeaveNote(Base):
    """The note of a request, and the document that came with it. Erased, the row says when and by whom, and no more."""

    __tablename__ = "leave_note"
    __table_args__ = (
        ForeignKeyConstraint(["organisation_id", "request_id"], ["leave_request.organisation_id", "leave_request.id"]),
        ForeignKeyConstraint(["organisation_id", "erased_by"], ["account.organisation_id", "account.id"]),
    )

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    request_id: Mapped[UUID] = mapped_column(Id(), primary_key=True)
    text: Mapped[str] = mapped_column(Text, default="")
    file_name: Mapped[str] = mapped_column(Text, default="")
    file_type: Mapped[str] = mapped_column(Text, default="")
    content: Mapped[bytes | None] = mapped_column(LargeBinary)
    erased_at: Mapped[datetime | None] = mapped_column(Moment)
    erased_by: Mapped[UUID | None] = mapped_column(Id())


class LeaveNoteReading(Base):
    """Who has opened a note, and when."""

    __tablename__ = "leave_note_reading"
    __table_args__ = (
        ForeignKeyConstraint(["organisation_id", "request_id"], ["leave_request.organisation_id", "leave_request.id"]),
        ForeignKeyConstraint(["organisation_id", "read_by"], ["account.organisation_id", "account.id"]),
        Index("leave_note_reading_of_request", "organisation_id", "request_id", "read_at"),
    )

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(Id(), primary_key=True)
    request_id: Mapped[UUID] = mapped_column(Id())
    read_at: Mapped[datetime] = mapped_column(Moment)
    read_by: Mapped[UUID] = mapped_column(Id())
