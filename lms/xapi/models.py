"""Tables of the learning record store. Statements are kept once, as text; links and keys make them findable.

An agent's key is a hash of its inverse functional identifier, an activity's and a verb's one of their IRI, so linking
needs no look-up.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from lms.db import Base, Id, Key, Moment, OrganisationId


def given(name: str) -> Any:
    """An index over the rows that have this column only."""
    condition = text(f"{name} IS NOT NULL")
    return {"postgresql_where": condition, "sqlite_where": condition}


SHOWN: Any = {"postgresql_where": text("voided IS false"), "sqlite_where": text("voided IS 0")}
"""An index over statements that are not voided: it gives the newest of all, and never stands in for one by a filter."""

HIDDEN: Any = {"postgresql_where": text("voided IS true"), "sqlite_where": text("voided IS 1")}
"""An index over voided statements, which are few: a file of all statements has them in their places."""


class Credential(Base):
    """A key and secret of an LMS. Only the secret's SHA-256 is kept.

    `scopes` are separated by spaces. So are `home_pages` and `activity_prefixes`, to which what it sends is limited; an
    empty text is no limit. `refused_let_go` counts refused requests of it that are kept no longer.
    """

    __tablename__ = "credential"
    __table_args__ = (
        UniqueConstraint("organisation_id", "key", name="credential_key_once"),
        ForeignKeyConstraint(["organisation_id", "created_by"], ["account.organisation_id", "account.id"]),
    )

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(Id(), primary_key=True)
    key: Mapped[str] = mapped_column(Text)
    secret_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    label: Mapped[str] = mapped_column(Text)
    scopes: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(Moment)
    created_by: Mapped[UUID | None] = mapped_column(Id())
    expires_at: Mapped[datetime | None] = mapped_column(Moment)
    revoked_at: Mapped[datetime | None] = mapped_column(Moment)
    last_used_at: Mapped[datetime | None] = mapped_column(Moment)
    home_pages: Mapped[str] = mapped_column(Text, default="", server_default="")
    activity_prefixes: Mapped[str] = mapped_column(Text, default="", server_default="")
    refused_let_go: Mapped[int] = mapped_column(Integer, default=0, server_default="0")


class StatementRow(Base):
    """A statement as it is given back. `target_id` is the statement it refers to (or voids, with `voids`).

    Neither it nor its links nor the inbox have foreign keys: looking one up would cost more than writing the row, and
    all would lock the row of their organisation. The credential that sends them proves that there is one.
    """

    __tablename__ = "statement"
    __table_args__ = (
        Index("statement_order", "organisation_id", "stored", "id", **SHOWN),
        Index("statement_voided", "organisation_id", "stored", "id", **HIDDEN),
        Index("statement_by_verb", "organisation_id", "verb_key", "stored", "id"),
        Index("statement_by_registration", "organisation_id", "registration", "stored", "id", **given("registration")),
        Index("statement_by_target", "organisation_id", "target_id", **given("target_id")),
        Index("statement_by_credential", "organisation_id", "credential_id", "stored", "id"),
    )

    organisation_id: Mapped[int] = mapped_column(OrganisationId, primary_key=True)
    id: Mapped[UUID] = mapped_column(Id(), primary_key=True)
    stored: Mapped[datetime] = mapped_column(Moment)
    verb_key: Mapped[bytes] = mapped_column(Key)
    actor_key: Mapped[bytes | None] = mapped_column(Key)
    registration: Mapped[UUID | None] = mapped_column(Id())
    target_id: Mapped[UUID | None] = mapped_column(Id())
    voids: Mapped[bool] = mapped_column(default=False)
    voided: Mapped[bool] = mapped_column(default=False)
    credential_id: Mapped[UUID | None] = mapped_column(Id())
    fingerprint: Mapped[bytes] = mapped_column(LargeBinary(32))
    payload: Mapped[str] = mapped_column(Text)


class StatementLink(Base):
    """What a statement names, by key: role 0 its actor or object, 1 another agent, 2 its object, 3 another activity.

    Written together with its statement and read by joining it, so no foreign key has to be looked up for every row.
    """

    __tablename__ = "statement_link"

    organisation_id: Mapped[int] = mapped_column(OrganisationId, primary_key=True)
    key: Mapped[bytes] = mapped_column(Key, primary_key=True)
    role: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    stored: Mapped[datetime] = mapped_column(Moment, primary_key=True)
    statement_id: Mapped[UUID] = mapped_column(Id(), primary_key=True)


class StatementReference(Base):
    """That a statement refers, by any number of steps, to a target that has this key: then filters find it as well.

    The key is one of the target's links with its role, its verb (role 4) or its registration (role 5), a UUID's bytes.
    `stored` is the referring statement's.
    """

    __tablename__ = "statement_reference"

    organisation_id: Mapped[int] = mapped_column(OrganisationId, primary_key=True)
    key: Mapped[bytes] = mapped_column(Key, primary_key=True)
    role: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    stored: Mapped[datetime] = mapped_column(Moment, primary_key=True)
    statement_id: Mapped[UUID] = mapped_column(Id(), primary_key=True)
    target_id: Mapped[UUID] = mapped_column(Id(), primary_key=True)


class AgentRow(Base):
    """An actor that sent statements, as first seen. `value_key` stands for the folded value: matching compares it.

    An account's name may be longer than an index can hold, its key never is.
    """

    __tablename__ = "agent"
    __table_args__ = (
        Index("agent_by_value", "organisation_id", "kind", "value_key"),
        CheckConstraint("kind IN ('account', 'mbox', 'mbox_sha1sum', 'openid')", name="agent_kind"),
    )

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    key: Mapped[bytes] = mapped_column(Key, primary_key=True)
    kind: Mapped[str] = mapped_column(String(12))
    value: Mapped[str] = mapped_column(Text)
    value_key: Mapped[bytes] = mapped_column(Key)
    home_page: Mapped[str | None] = mapped_column(Text)
    name: Mapped[str | None] = mapped_column(Text)
    first_stored: Mapped[datetime] = mapped_column(Moment)


class InboxRow(Base):
    """A statement whose claims are still to be projected. Parked after three failures, with what went wrong."""

    __tablename__ = "inbox"
    __table_args__ = (Index("inbox_queue", "organisation_id", "parked", "id"),)

    organisation_id: Mapped[int] = mapped_column(OrganisationId, primary_key=True)
    id: Mapped[UUID] = mapped_column(Id(), primary_key=True)
    statement_id: Mapped[UUID] = mapped_column(Id())
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    parked: Mapped[bool] = mapped_column(default=False)
    error: Mapped[str] = mapped_column(Text, default="")


class WaitingRow(Base):
    """A statement that cannot count yet, since its person or its module is unknown. It goes once it is matched."""

    __tablename__ = "waiting"
    __table_args__ = (
        ForeignKeyConstraint(["organisation_id", "statement_id"], ["statement.organisation_id", "statement.id"]),
        Index("waiting_by_agent", "organisation_id", "reason", "agent_key"),
        Index("waiting_by_activity", "organisation_id", "reason", "activity_key"),
        CheckConstraint("reason IN ('person', 'module')", name="waiting_reason"),
    )

    organisation_id: Mapped[int] = mapped_column(OrganisationId, primary_key=True)
    statement_id: Mapped[UUID] = mapped_column(Id(), primary_key=True)
    reason: Mapped[str] = mapped_column(String(8))
    agent_key: Mapped[bytes] = mapped_column(Key)
    activity_key: Mapped[bytes | None] = mapped_column(Key)
    iri: Mapped[str | None] = mapped_column(Text)
    stored: Mapped[datetime] = mapped_column(Moment)
