"""The table of marks. A mark is only ever added: the newest counts, the older ones are its history."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from lms.db import Base, Id, Moment

SOURCES = ("register", "offline", "check_in", "import", "paper", "scan", "log", "leave", "statement")
"""Where a mark comes from. `offline` was made without network, `paper` is of a sheet that was keyed in, `scan` of a
barcode or RFID list, `log` of a live class, `statement` of an xAPI statement from elsewhere."""


class Mark(Base):
    """One person's status at one session, who recorded it, when, from where (`source`) and why.

    An empty status takes the marks before it back: there is none then. `made_at` is when a device made it, by a clock
    that was `skew_ms` milliseconds ahead of the server's; None where the server made it. `device` is what its browser
    calls itself, `source_name` whose statement or list it was.
    """

    __tablename__ = "mark"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organisation_id", "session_id"], ["classroom_session.organisation_id", "classroom_session.id"]
        ),
        ForeignKeyConstraint(["organisation_id", "participant_id"], ["participant.organisation_id", "participant.id"]),
        ForeignKeyConstraint(["organisation_id", "recorded_by"], ["account.organisation_id", "account.id"]),
        Index("mark_history", "organisation_id", "session_id", "participant_id", "recorded_at", "id"),
        CheckConstraint("minutes_late IS NULL OR minutes_late >= 0", name="mark_minutes_late"),
        CheckConstraint(f"source IN {SOURCES}", name="mark_source"),
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
    made_at: Mapped[datetime | None] = mapped_column(Moment)
    skew_ms: Mapped[int | None] = mapped_column(BigInteger)
    device: Mapped[str] = mapped_column(Text, default="")
    device_id: Mapped[UUID | None] = mapped_column(Id())
    source_name: Mapped[str] = mapped_column(Text, default="")
