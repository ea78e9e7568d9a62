"""Tables of documents, attachments and activities, and of what was refused. Part of `models`."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    String,
    Text,
)
from sqlalchemy.orm import Mapped, mapped_column

from lms.db import Base, Id, Key, Moment


class ActivityRow(Base):
    """An activity that a statement of a credential with the scope `define` described; `definition` is JSON."""

    __tablename__ = "activity"

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    key: Mapped[bytes] = mapped_column(Key, primary_key=True)
    iri: Mapped[str] = mapped_column(Text)
    definition: Mapped[str] = mapped_column(Text)
    updated_at: Mapped[datetime] = mapped_column(Moment)


class DocumentRow(Base):
    """A document of one of the three document resources. Where a kind has no such key, it is 16 zero bytes."""

    __tablename__ = "document"
    __table_args__ = (CheckConstraint("kind IN ('state', 'activity', 'agent')", name="document_kind"),)

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(8), primary_key=True)
    activity_key: Mapped[bytes] = mapped_column(Key, primary_key=True)
    agent_key: Mapped[bytes] = mapped_column(Key, primary_key=True)
    registration_key: Mapped[bytes] = mapped_column(Key, primary_key=True)
    document_key: Mapped[bytes] = mapped_column(Key, primary_key=True)
    id: Mapped[str] = mapped_column(Text)
    content_type: Mapped[str] = mapped_column(Text)
    content: Mapped[bytes] = mapped_column(LargeBinary)
    sha1: Mapped[bytes] = mapped_column(LargeBinary(20))
    updated_at: Mapped[datetime] = mapped_column(Moment)
    credential_id: Mapped[UUID | None] = mapped_column(Id())


class AttachmentRow(Base):
    """The content of an attachment, once for all statements of the organisation that name its `sha2` (hexadecimal)."""

    __tablename__ = "attachment"

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    sha2: Mapped[str] = mapped_column(String(128), primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)
    stored: Mapped[datetime] = mapped_column(Moment)


class RefusedRow(Base):
    """A request that was refused, whole, with the reason; settled once it was sent again or put aside."""

    __tablename__ = "refused"
    __table_args__ = (
        ForeignKeyConstraint(["organisation_id", "credential_id"], ["credential.organisation_id", "credential.id"]),
        Index("refused_by_credential", "organisation_id", "credential_id", "id"),
        CheckConstraint("settled IN ('', 'sent', 'dismissed')", name="refused_settled"),
    )

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(Id(), primary_key=True)
    credential_id: Mapped[UUID] = mapped_column(Id())
    received_at: Mapped[datetime] = mapped_column(Moment)
    method: Mapped[str] = mapped_column(String(8))
    query: Mapped[str] = mapped_column(Text)
    version: Mapped[str] = mapped_column(String(8))
    content_type: Mapped[str] = mapped_column(Text)
    body: Mapped[bytes] = mapped_column(LargeBinary)
    status: Mapped[int] = mapped_column(Integer)
    place: Mapped[str] = mapped_column(Text)
    why: Mapped[str] = mapped_column(Text)
    settled: Mapped[str] = mapped_column(String(9), default="")
    settled_at: Mapped[datetime | None] = mapped_column(Moment)
    settled_by: Mapped[UUID | None] = mapped_column(Id())


class HomePageRow(Base):
    """A homePage that accounts of actors were seen from, since when, and who said that it may be so."""

    __tablename__ = "home_page"

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    key: Mapped[bytes] = mapped_column(Key, primary_key=True)
    home_page: Mapped[str] = mapped_column(Text)
    first_stored: Mapped[datetime] = mapped_column(Moment)
    credential_id: Mapped[UUID | None] = mapped_column(Id())
    confirmed_at: Mapped[datetime | None] = mapped_column(Moment)
    confirmed_by: Mapped[UUID | None] = mapped_column(Id())


class ImportRow(Base):
    """How far the import of a file of statements has come, so that it can go on after it was broken off."""

    __tablename__ = "statement_import"

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    file_key: Mapped[bytes] = mapped_column(Key, primary_key=True)
    ends: Mapped[int] = mapped_column(BigInteger)
    lines: Mapped[int] = mapped_column(BigInteger)
    updated_at: Mapped[datetime] = mapped_column(Moment)
