"""Tables of self check-in: what a session's tokens are signed with, and who claims to be there."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, LargeBinary, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from lms.db import Base, Id, Moment


class CheckIn(Base):
    """That people may check in at a session by themselves, until `closed_at`. Tokens are signed with `secret`."""

    __tablename__ = "check_in"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organisation_id", "session_id"], ["classroom_session.organisation_id", "classroom_session.id"]
        ),
        ForeignKeyConstraint(["organisation_id", "opened_by"], ["account.organisation_id", "account.id"]),
    )

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    session_id: Mapped[UUID] = mapped_column(Id(), primary_key=True)
    secret: Mapped[bytes] = mapped_column(LargeBinary(32))
    opened_at: Mapped[datetime] = mapped_column(Moment)
    opened_by: Mapped[UUID | None] = mapped_column(Id())
    closed_at: Mapped[datetime | None] = mapped_column(Moment)


class CheckInClaim(Base):
    """Somebody's claim to be at a session, `how`: by `qr` or `code`. It becomes a mark when the register is closed.

    `state`: `claimed`, `early` (it counts once check-in begins) or `refused` with `why`. Of each person, and of each
    device, one claim stands at a session. `flags` are words for what a facilitator should look at.
    """

    __tablename__ = "check_in_claim"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organisation_id", "session_id"], ["classroom_session.organisation_id", "classroom_session.id"]
        ),
        ForeignKeyConstraint(["organisation_id", "participant_id"], ["participant.organisation_id", "participant.id"]),
        Index("check_in_claim_of_session", "organisation_id", "session_id", "claimed_at"),
        Index(
            "check_in_claim_once",
            "organisation_id",
            "session_id",
            "participant_id",
            unique=True,
            sqlite_where=text("state <> 'refused'"),
            postgresql_where=text("state <> 'refused'"),
        ),
        Index(
            "check_in_claim_by_device",
            "organisation_id",
            "session_id",
            "device_id",
            unique=True,
            sqlite_where=text("state <> 'refused'"),
            postgresql_where=text("state <> 'refused'"),
        ),
        CheckConstraint("state IN ('claimed', 'early', 'refused')", name="check_in_claim_state"),
        CheckConstraint("how IN ('qr', 'code')", name="check_in_claim_how"),
    )

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(Id(), primary_key=True)
    session_id: Mapped[UUID] = mapped_column(Id())
    participant_id: Mapped[UUID] = mapped_column(Id())
    claimed_at: Mapped[datetime] = mapped_column(Moment)
    how: Mapped[str] = mapped_column(String(4))
    device_id: Mapped[UUID] = mapped_column(Id())
    device: Mapped[str] = mapped_column(Text, default="")
    address: Mapped[str] = mapped_column(String(45), default="")
    state: Mapped[str] = mapped_column(String(8))
    why: Mapped[str] = mapped_column(String(20), default="")
    flags: Mapped[str] = mapped_column(Text, default="")
    mark_id: Mapped[UUID | None] = mapped_column(Id())
