"""Tables of documents, attachments, activities and imports. Part of `models`."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
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


class ImportRow(Base):
    """How far the import of a file of statements has come, so that it can go on after it was broken off."""

    __tablename__ = "statement_import"

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    file_key: Mapped[bytes] = mapped_column(Key, primary_key=True)
    ends: Mapped[int] = mapped_column(BigInteger)
    lines: Mapped[int] = mapped_column(BigInteger)
    updated_at: Mapped[datetime] = mapped_column(Moment)
