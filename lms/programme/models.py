"""Tables of programmes and cohorts: versions, groups, timetable, enrolment."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from lms.db import Base, ExactDecimal, Hundredths, Id, Moment


class ProgrammeVersion(Base):
    """A published programme file; it never changes. `fingerprint` is the SHA-256 of its canonical form."""

    __tablename__ = "programme_version"
    __table_args__ = (
        UniqueConstraint("organisation_id", "code", "version", name="programme_version_once"),
        ForeignKeyConstraint(["organisation_id", "published_by"], ["account.organisation_id", "account.id"]),
        CheckConstraint("version >= 1", name="programme_version_positive"),
    )

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(Id(), primary_key=True)
    code: Mapped[str] = mapped_column(Text)
    version: Mapped[int] = mapped_column(Integer)
    title: Mapped[str] = mapped_column(Text)
    content: Mapped[str] = mapped_column(Text)
    fingerprint: Mapped[bytes] = mapped_column(LargeBinary(32))
    published_at: Mapped[datetime] = mapped_column(Moment)
    published_by: Mapped[UUID | None] = mapped_column(Id())


class ProgrammeModule(Base):
    """The module IRIs of each version, so that a statement's object is known for a module in one look-up."""

    __tablename__ = "programme_module"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organisation_id", "programme_version_id"], ["programme_version.organisation_id", "programme_version.id"]
        ),
    )

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    iri: Mapped[str] = mapped_column(Text, primary_key=True)
    programme_version_id: Mapped[UUID] = mapped_column(Id(), primary_key=True)
    title: Mapped[str] = mapped_column(Text)


class ProgrammeDraft(Base):
    """A programme that is being built. `content` is the tree of its file as JSON; it may be wrong or incomplete.

    `code` and `title` are what lists show, empty while there is none. `revision` counts the changes, from 1.
    """

    __tablename__ = "programme_draft"
    __table_args__ = (
        ForeignKeyConstraint(["organisation_id", "created_by"], ["account.organisation_id", "account.id"]),
        ForeignKeyConstraint(["organisation_id", "updated_by"], ["account.organisation_id", "account.id"]),
        CheckConstraint("revision >= 1", name="programme_draft_revision"),
    )

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(Id(), primary_key=True)
    code: Mapped[str] = mapped_column(Text)
    title: Mapped[str] = mapped_column(Text)
    content: Mapped[str] = mapped_column(Text)
    revision: Mapped[int] = mapped_column(Integer)
    created_at: Mapped[datetime] = mapped_column(Moment)
    created_by: Mapped[UUID | None] = mapped_column(Id())
    updated_at: Mapped[datetime] = mapped_column(Moment)
    updated_by: Mapped[UUID | None] = mapped_column(Id())


class Cohort(Base):
    """One run of one programme version. `time_zone` is an IANA name; `ends_at`, where given, closes every module."""

    __tablename__ = "cohort"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organisation_id", "programme_version_id"], ["programme_version.organisation_id", "programme_version.id"]
        ),
        UniqueConstraint("organisation_id", "code", name="cohort_code_once"),
        CheckConstraint("ends_at IS NULL OR ends_at > starts_at", name="cohort_ends_after_start"),
    )

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(Id(), primary_key=True)
    programme_version_id: Mapped[UUID] = mapped_column(Id())
    code: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    starts_at: Mapped[datetime] = mapped_column(Moment)
    ends_at: Mapped[datetime | None] = mapped_column(Moment)
    time_zone: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(Moment)


class CohortMove(Base):
    """That a cohort went from one version of its programme to another, for which `reason`."""

    __tablename__ = "cohort_move"
    __table_args__ = (
        ForeignKeyConstraint(["organisation_id", "cohort_id"], ["cohort.organisation_id", "cohort.id"]),
        ForeignKeyConstraint(
            ["organisation_id", "from_version_id"], ["programme_version.organisation_id", "programme_version.id"]
        ),
        ForeignKeyConstraint(
            ["organisation_id", "to_version_id"], ["programme_version.organisation_id", "programme_version.id"]
        ),
        ForeignKeyConstraint(["organisation_id", "moved_by"], ["account.organisation_id", "account.id"]),
        Index("cohort_move_of_cohort", "organisation_id", "cohort_id", "moved_at", "id"),
        CheckConstraint("reason <> ''", name="cohort_move_reason"),
    )

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(Id(), primary_key=True)
    cohort_id: Mapped[UUID] = mapped_column(Id())
    from_version_id: Mapped[UUID] = mapped_column(Id())
    to_version_id: Mapped[UUID] = mapped_column(Id())
    reason: Mapped[str] = mapped_column(Text)
    moved_at: Mapped[datetime] = mapped_column(Moment)
    moved_by: Mapped[UUID | None] = mapped_column(Id())


class CohortTarget(Base):
    """What a cohort's average is to reach, for a component's `path` or for the whole (an empty path)."""

    __tablename__ = "cohort_target"
    __table_args__ = (
        ForeignKeyConstraint(["organisation_id", "cohort_id"], ["cohort.organisation_id", "cohort.id"]),
        CheckConstraint("figure BETWEEN 0 AND 10000", name="cohort_target_range"),
    )

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    cohort_id: Mapped[UUID] = mapped_column(Id(), primary_key=True)
    path: Mapped[str] = mapped_column(Text, primary_key=True)
    figure: Mapped[Decimal] = mapped_column(Hundredths)


class CohortGroup(Base):
    """A group (kelompok) of a cohort."""

    __tablename__ = "cohort_group"
    __table_args__ = (
        ForeignKeyConstraint(["organisation_id", "cohort_id"], ["cohort.organisation_id", "cohort.id"]),
        UniqueConstraint("organisation_id", "cohort_id", "name", name="cohort_group_once"),
        UniqueConstraint("organisation_id", "cohort_id", "id", name="cohort_group_of_cohort"),
    )

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(Id(), primary_key=True)
    cohort_id: Mapped[UUID] = mapped_column(Id())
    name: Mapped[str] = mapped_column(Text)


class FacilitatorGroup(Base):
    """Which groups a facilitator marks."""

    __tablename__ = "facilitator_group"
    __table_args__ = (
        ForeignKeyConstraint(["organisation_id", "account_id"], ["account.organisation_id", "account.id"]),
        ForeignKeyConstraint(["organisation_id", "group_id"], ["cohort_group.organisation_id", "cohort_group.id"]),
    )

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    account_id: Mapped[UUID] = mapped_column(Id(), primary_key=True)
    group_id: Mapped[UUID] = mapped_column(Id(), primary_key=True)


class Enrolment(Base):
    """A participant in a cohort; `position` keeps the order of the participants' file."""

    __tablename__ = "enrolment"
    __table_args__ = (
        ForeignKeyConstraint(["organisation_id", "cohort_id"], ["cohort.organisation_id", "cohort.id"]),
        ForeignKeyConstraint(["organisation_id", "participant_id"], ["participant.organisation_id", "participant.id"]),
        ForeignKeyConstraint(
            ["organisation_id", "cohort_id", "group_id"],
            ["cohort_group.organisation_id", "cohort_group.cohort_id", "cohort_group.id"],
        ),
        Index("enrolment_by_participant", "organisation_id", "participant_id"),
    )

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    cohort_id: Mapped[UUID] = mapped_column(Id(), primary_key=True)
    participant_id: Mapped[UUID] = mapped_column(Id(), primary_key=True)
    group_id: Mapped[UUID | None] = mapped_column(Id())
    category: Mapped[str] = mapped_column(Text, default="")
    unit: Mapped[str] = mapped_column(Text, default="")
    position: Mapped[int] = mapped_column(Integer)
    enrolled_at: Mapped[datetime] = mapped_column(Moment)


class ClassroomSession(Base):
    """A meeting of the timetable; without a group it is for the whole cohort. `jp` is its worth in lesson hours.

    A cancelled one counts for nobody; its marks stay readable. `revision` counts the changes that calendars must see.
    """

    __tablename__ = "classroom_session"
    __table_args__ = (
        ForeignKeyConstraint(["organisation_id", "cohort_id"], ["cohort.organisation_id", "cohort.id"]),
        ForeignKeyConstraint(
            ["organisation_id", "cohort_id", "group_id"],
            ["cohort_group.organisation_id", "cohort_group.cohort_id", "cohort_group.id"],
        ),
        UniqueConstraint("organisation_id", "cohort_id", "code", name="classroom_session_once"),
        CheckConstraint("ends_at > starts_at", name="classroom_session_ends_after_start"),
    )

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(Id(), primary_key=True)
    cohort_id: Mapped[UUID] = mapped_column(Id())
    code: Mapped[str] = mapped_column(Text)
    title: Mapped[str] = mapped_column(Text)
    starts_at: Mapped[datetime] = mapped_column(Moment)
    ends_at: Mapped[datetime] = mapped_column(Moment)
    jp: Mapped[Decimal] = mapped_column(ExactDecimal)
    group_id: Mapped[UUID | None] = mapped_column(Id())
    room: Mapped[str] = mapped_column(Text, default="", server_default="")
    cancelled_at: Mapped[datetime | None] = mapped_column(Moment)
    cancel_reason: Mapped[str] = mapped_column(Text, default="", server_default="")
    revision: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    changed_at: Mapped[datetime | None] = mapped_column(Moment)


class SessionFacilitator(Base):
    """Who facilitates a session, over and above those who have its group."""

    __tablename__ = "session_facilitator"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organisation_id", "session_id"], ["classroom_session.organisation_id", "classroom_session.id"]
        ),
        ForeignKeyConstraint(["organisation_id", "account_id"], ["account.organisation_id", "account.id"]),
        Index("session_facilitator_by_account", "organisation_id", "account_id"),
    )

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    session_id: Mapped[UUID] = mapped_column(Id(), primary_key=True)
    account_id: Mapped[UUID] = mapped_column(Id(), primary_key=True)


class SessionChange(Base):
    """What somebody did to a session of the timetable: `kind` made, changed, cancelled or restored.

    `before` and `after` are JSON objects of the columns that differ, moments as ISO 8601 in UTC.
    """

    __tablename__ = "session_change"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organisation_id", "session_id"], ["classroom_session.organisation_id", "classroom_session.id"]
        ),
        ForeignKeyConstraint(["organisation_id", "changed_by"], ["account.organisation_id", "account.id"]),
        Index("session_change_of_session", "organisation_id", "session_id", "changed_at"),
        CheckConstraint("kind IN ('made', 'changed', 'cancelled', 'restored')", name="session_change_kind"),
    )

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(Id(), primary_key=True)
    session_id: Mapped[UUID] = mapped_column(Id())
    changed_at: Mapped[datetime] = mapped_column(Moment)
    changed_by: Mapped[UUID | None] = mapped_column(Id())
    kind: Mapped[str] = mapped_column(String(9))
    before: Mapped[str] = mapped_column(Text)
    after: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text, default="")


class CalendarFeed(Base):
    """The address at which somebody's calendar is read without signing in; only the token's SHA-256 is kept."""

    __tablename__ = "calendar_feed"
    __table_args__ = (
        ForeignKeyConstraint(["organisation_id", "account_id"], ["account.organisation_id", "account.id"]),
        UniqueConstraint("organisation_id", "token_hash", name="calendar_feed_token_once"),
    )

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    account_id: Mapped[UUID] = mapped_column(Id(), primary_key=True)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    created_at: Mapped[datetime] = mapped_column(Moment)
