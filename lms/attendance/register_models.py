"""Tables around a register: its state, the rules of a cohort, marks that somebody has to settle, and disputes."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    BigInteger,
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

from lms.db import Base, Id, Moment


class AttendanceRules(Base):
    """When a cohort's registers may be taken, and what becomes of lateness. Without a row the defaults hold.

    `early_minutes` before its start a register opens, None: with its local day; `late_days` after that day it locks for
    facilitators, None: never. Statuses are codes of the programme, empty: found by their weights. `leave_statuses` are
    codes one a line. `networks` are addresses or ranges (CIDR) one a line, empty: any.
    """

    __tablename__ = "attendance_rules"
    __table_args__ = (
        ForeignKeyConstraint(["organisation_id", "cohort_id"], ["cohort.organisation_id", "cohort.id"]),
        CheckConstraint("log_percent BETWEEN 1 AND 100", name="attendance_rules_log_percent"),
    )

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    cohort_id: Mapped[UUID] = mapped_column(Id(), primary_key=True)
    early_minutes: Mapped[int | None] = mapped_column(Integer)
    late_days: Mapped[int | None] = mapped_column(Integer)
    present_status: Mapped[str] = mapped_column(Text, default="")
    late_status: Mapped[str] = mapped_column(Text, default="")
    absent_status: Mapped[str] = mapped_column(Text, default="")
    leave_statuses: Mapped[str] = mapped_column(Text, default="")
    grace_minutes: Mapped[int] = mapped_column(Integer, default=0)
    log_percent: Mapped[int] = mapped_column(Integer, default=75)
    check_in: Mapped[bool] = mapped_column(default=True)
    check_in_before: Mapped[int] = mapped_column(Integer, default=30)
    check_in_after: Mapped[int] = mapped_column(Integer, default=30)
    networks: Mapped[str] = mapped_column(Text, default="")
    warn_consecutive: Mapped[int] = mapped_column(Integer, default=2)
    warn_by_mail: Mapped[bool] = mapped_column(default=True)


class SessionRegister(Base):
    """What is known of one session's register beside its marks: the heads counted, and who closed it when."""

    __tablename__ = "session_register"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organisation_id", "session_id"], ["classroom_session.organisation_id", "classroom_session.id"]
        ),
        ForeignKeyConstraint(["organisation_id", "counted_by"], ["account.organisation_id", "account.id"]),
        ForeignKeyConstraint(["organisation_id", "closed_by"], ["account.organisation_id", "account.id"]),
        CheckConstraint("head_count IS NULL OR head_count >= 0", name="session_register_head_count"),
    )

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    session_id: Mapped[UUID] = mapped_column(Id(), primary_key=True)
    head_count: Mapped[int | None] = mapped_column(Integer)
    counted_at: Mapped[datetime | None] = mapped_column(Moment)
    counted_by: Mapped[UUID | None] = mapped_column(Id())
    closed_at: Mapped[datetime | None] = mapped_column(Moment)
    closed_by: Mapped[UUID | None] = mapped_column(Id())


class RegisterEvent(Base):
    """What somebody did to a register as a whole: `kind` counted (so many `heads`), closed or reopened.

    At the closing `missing` people had no mark, and were marked as the status `marked_as` where it is not empty.
    """

    __tablename__ = "register_event"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organisation_id", "session_id"], ["classroom_session.organisation_id", "classroom_session.id"]
        ),
        ForeignKeyConstraint(["organisation_id", "done_by"], ["account.organisation_id", "account.id"]),
        Index("register_event_of_session", "organisation_id", "session_id", "happened_at"),
        CheckConstraint("kind IN ('counted', 'closed', 'reopened')", name="register_event_kind"),
    )

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(Id(), primary_key=True)
    session_id: Mapped[UUID] = mapped_column(Id())
    happened_at: Mapped[datetime] = mapped_column(Moment)
    done_by: Mapped[UUID | None] = mapped_column(Id())
    kind: Mapped[str] = mapped_column(String(8))
    heads: Mapped[int | None] = mapped_column(Integer)
    missing: Mapped[int | None] = mapped_column(Integer)
    marked_as: Mapped[str] = mapped_column(Text, default="")


class ContestedMark(Base):
    """A mark that came but could not simply be added: it is kept whole until a person settles it.

    `id` is the one that its device gave it. `why`: `meanwhile` (somebody else has said something different, `against`
    that mark) or the code of the rule that it met. `outcome`: empty while open, then `taken` (as the mark `settled_as`)
    or `dropped`. One that only says what stands already is kept too, with the outcome `same`; nobody has to settle it.
    """

    __tablename__ = "contested_mark"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organisation_id", "session_id"], ["classroom_session.organisation_id", "classroom_session.id"]
        ),
        ForeignKeyConstraint(["organisation_id", "participant_id"], ["participant.organisation_id", "participant.id"]),
        ForeignKeyConstraint(["organisation_id", "recorded_by"], ["account.organisation_id", "account.id"]),
        ForeignKeyConstraint(["organisation_id", "settled_by"], ["account.organisation_id", "account.id"]),
        Index("contested_mark_of_session", "organisation_id", "session_id", "outcome"),
        CheckConstraint("outcome IN ('', 'same', 'taken', 'dropped')", name="contested_mark_outcome"),
    )

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(Id(), primary_key=True)
    session_id: Mapped[UUID] = mapped_column(Id())
    participant_id: Mapped[UUID] = mapped_column(Id())
    status: Mapped[str] = mapped_column(Text)
    minutes_late: Mapped[int | None] = mapped_column(Integer)
    remark: Mapped[str] = mapped_column(Text)
    source: Mapped[str] = mapped_column(String(12))
    received_at: Mapped[datetime] = mapped_column(Moment)
    recorded_by: Mapped[UUID | None] = mapped_column(Id())
    made_at: Mapped[datetime | None] = mapped_column(Moment)
    skew_ms: Mapped[int | None] = mapped_column(BigInteger)
    device: Mapped[str] = mapped_column(Text, default="")
    device_id: Mapped[UUID | None] = mapped_column(Id())
    source_name: Mapped[str] = mapped_column(Text, default="")
    why: Mapped[str] = mapped_column(String(20))
    against: Mapped[UUID | None] = mapped_column(Id())
    outcome: Mapped[str] = mapped_column(String(7), default="")
    settled_at: Mapped[datetime | None] = mapped_column(Moment)
    settled_by: Mapped[UUID | None] = mapped_column(Id())
    settled_as: Mapped[UUID | None] = mapped_column(Id())


class MarkDispute(Base):
    """What a participant says against a mark of their own, and what was answered.

    `state`: open, then accepted (the mark was changed), declined (it stands) or withdrawn.
    """

    __tablename__ = "mark_dispute"
    __table_args__ = (
        ForeignKeyConstraint(["organisation_id", "mark_id"], ["mark.organisation_id", "mark.id"]),
        ForeignKeyConstraint(
            ["organisation_id", "session_id"], ["classroom_session.organisation_id", "classroom_session.id"]
        ),
        ForeignKeyConstraint(["organisation_id", "participant_id"], ["participant.organisation_id", "participant.id"]),
        ForeignKeyConstraint(["organisation_id", "answered_by"], ["account.organisation_id", "account.id"]),
        Index("mark_dispute_of_session", "organisation_id", "session_id", "state"),
        Index("mark_dispute_of_participant", "organisation_id", "participant_id"),
        CheckConstraint("state IN ('open', 'accepted', 'declined', 'withdrawn')", name="mark_dispute_state"),
    )

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(Id(), primary_key=True)
    mark_id: Mapped[UUID] = mapped_column(Id())
    session_id: Mapped[UUID] = mapped_column(Id())
    participant_id: Mapped[UUID] = mapped_column(Id())
    text: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(Moment)
    state: Mapped[str] = mapped_column(String(9), default="open")
    answer: Mapped[str] = mapped_column(Text, default="")
    answered_at: Mapped[datetime | None] = mapped_column(Moment)
    answered_by: Mapped[UUID | None] = mapped_column(Id())


class LivePresence(Base):
    """One stay in a live class, as its log says: from joining to leaving. `who` is the name or address in the log."""

    __tablename__ = "live_presence"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organisation_id", "session_id"], ["classroom_session.organisation_id", "classroom_session.id"]
        ),
        ForeignKeyConstraint(["organisation_id", "participant_id"], ["participant.organisation_id", "participant.id"]),
        ForeignKeyConstraint(["organisation_id", "imported_by"], ["account.organisation_id", "account.id"]),
        Index("live_presence_of_session", "organisation_id", "session_id", "participant_id"),
    )

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(Id(), primary_key=True)
    session_id: Mapped[UUID] = mapped_column(Id())
    participant_id: Mapped[UUID | None] = mapped_column(Id())
    who: Mapped[str] = mapped_column(Text)
    joined_at: Mapped[datetime] = mapped_column(Moment)
    left_at: Mapped[datetime] = mapped_column(Moment)
    imported_at: Mapped[datetime] = mapped_column(Moment)
    imported_by: Mapped[UUID | None] = mapped_column(Id())


class AttendanceWarning(Base):
    """A warning about somebody's absences, given once for the session that it is about.

    `kind`: `absent` (missed it), `consecutive` (the last of several in a row) or `limit` (no more may be missed).
    `mailed_to` is the address that a letter was put into the outbox for; empty without one.
    """

    __tablename__ = "attendance_warning"
    __table_args__ = (
        ForeignKeyConstraint(["organisation_id", "cohort_id"], ["cohort.organisation_id", "cohort.id"]),
        ForeignKeyConstraint(["organisation_id", "participant_id"], ["participant.organisation_id", "participant.id"]),
        ForeignKeyConstraint(
            ["organisation_id", "session_id"], ["classroom_session.organisation_id", "classroom_session.id"]
        ),
        UniqueConstraint("organisation_id", "participant_id", "session_id", "kind", name="attendance_warning_once"),
        Index("attendance_warning_of_cohort", "organisation_id", "cohort_id", "created_at"),
        CheckConstraint("kind IN ('absent', 'consecutive', 'limit')", name="attendance_warning_kind"),
    )

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(Id(), primary_key=True)
    cohort_id: Mapped[UUID] = mapped_column(Id())
    participant_id: Mapped[UUID] = mapped_column(Id())
    session_id: Mapped[UUID] = mapped_column(Id())
    kind: Mapped[str] = mapped_column(String(12))
    created_at: Mapped[datetime] = mapped_column(Moment)
    mailed_to: Mapped[str] = mapped_column(Text, default="")
