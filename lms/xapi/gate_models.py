"""Tables of what was refused, and of where accounts of actors come from. Part of `models`."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Integer,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from lms.db import Base, Id, Key, Moment


class RefusedRow(Base):
    """A request that was refused, whole, with the reason; settled once it was sent again or put aside.

    One that comes again, byte for byte, is counted in `times`. `why` is the template of the reason and `params` the
    JSON of what it is filled in with, so that it can be told in the reader's language. `is_whole` is false for a body
    too large to be taken in. `ids` are those of the statements, separated by spaces, that it came to when it was sent
    again.
    """

    __tablename__ = "refused"
    __table_args__ = (
        ForeignKeyConstraint(["organisation_id", "credential_id"], ["credential.organisation_id", "credential.id"]),
        UniqueConstraint("organisation_id", "credential_id", "digest", name="refused_once"),
        CheckConstraint("settled IN ('', 'sent', 'dismissed')", name="refused_settled"),
    )

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(Id(), primary_key=True)
    credential_id: Mapped[UUID] = mapped_column(Id())
    digest: Mapped[bytes] = mapped_column(Key)
    received_at: Mapped[datetime] = mapped_column(Moment)
    last_at: Mapped[datetime] = mapped_column(Moment)
    times: Mapped[int] = mapped_column(Integer)
    method: Mapped[str] = mapped_column(String(8))
    query: Mapped[str] = mapped_column(Text)
    version: Mapped[str] = mapped_column(String(8))
    content_type: Mapped[str] = mapped_column(Text)
    size: Mapped[int] = mapped_column(Integer)
    is_whole: Mapped[bool] = mapped_column()
    status: Mapped[int] = mapped_column(Integer)
    place: Mapped[str] = mapped_column(Text)
    why: Mapped[str] = mapped_column(Text)
    params: Mapped[str] = mapped_column(Text)
    settled: Mapped[str] = mapped_column(String(9), default="")
    settled_at: Mapped[datetime | None] = mapped_column(Moment)
    settled_by: Mapped[UUID | None] = mapped_column(Id())
    ids: Mapped[str] = mapped_column(Text, default="")
    # SQLite has to pass over a long value to reach what stands behind it, so it stands last.
    body: Mapped[bytes] = mapped_column(LargeBinary)


class HomePageRow(Base):
    """A homePage that accounts of actors came from: since when, by which credential first, who said that it is known.

    `credential_id` is None for a file that was brought in. `confirmed_by` is None where nobody needed to say so: what
    was there before anybody was asked, and what the limits of the credential name. `accounts` are counted until then,
    for whoever has to say so.
    """

    __tablename__ = "home_page"

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    key: Mapped[bytes] = mapped_column(Key, primary_key=True)
    home_page: Mapped[str] = mapped_column(Text)
    first_stored: Mapped[datetime] = mapped_column(Moment)
    credential_id: Mapped[UUID | None] = mapped_column(Id())
    confirmed_at: Mapped[datetime | None] = mapped_column(Moment)
    confirmed_by: Mapped[UUID | None] = mapped_column(Id())
    accounts: Mapped[int] = mapped_column(Integer, default=0)
