"""Tables of people: organisations, accounts, invitations, participants and their agents."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from lms.db import Base, Id, Key, Moment, OrganisationId


class Organisation(Base):
    """The tenant. `match_home_pages` holds one homePage a line; empty means that any homePage will do."""

    __tablename__ = "organisation"

    id: Mapped[int] = mapped_column(OrganisationId, Identity(), primary_key=True)
    slug: Mapped[str] = mapped_column(String(60), unique=True)
    name: Mapped[str] = mapped_column(Text)
    match_account: Mapped[bool] = mapped_column(default=True)
    match_home_pages: Mapped[str] = mapped_column(Text, default="")
    match_mbox: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime] = mapped_column(Moment)


class SetupCode(Base):
    """The one-time code by which the first organisation is set up in the browser; gone once used.

    `failures` counts wrong codes in a row, the newest at `last_at`.
    """

    __tablename__ = "setup_code"
    __table_args__ = (CheckConstraint("id = 1", name="setup_code_single"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    code_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    created_at: Mapped[datetime] = mapped_column(Moment)
    failures: Mapped[int] = mapped_column(Integer, default=0)
    last_at: Mapped[datetime] = mapped_column(Moment)


class Participant(Base):
    """A person who is trained. Folded columns are what matching compares, letter case aside.

    The SHA-1s are of `mailto:` and the e-mail, as given and folded: an LMS may hash either.
    """

    __tablename__ = "participant"
    __table_args__ = (
        UniqueConstraint("organisation_id", "identifier_folded", name="participant_identifier_once"),
        UniqueConstraint("organisation_id", "email_folded", name="participant_email_once"),
        Index("participant_by_email_sha1", "organisation_id", "email_sha1"),
        Index("participant_by_email_folded_sha1", "organisation_id", "email_folded_sha1"),
    )

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(Id(), primary_key=True)
    identifier: Mapped[str] = mapped_column(Text)
    identifier_folded: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    email: Mapped[str | None] = mapped_column(Text)
    email_folded: Mapped[str | None] = mapped_column(Text)
    email_sha1: Mapped[str | None] = mapped_column(String(40))
    email_folded_sha1: Mapped[str | None] = mapped_column(String(40))
    created_at: Mapped[datetime] = mapped_column(Moment)


class Account(Base):
    """Somebody who can sign in. A participant's account names the participant and may have no e-mail.

    `epoch` is part of the sign-in cookie: raising it signs the account out everywhere.
    """

    __tablename__ = "account"
    __table_args__ = (
        ForeignKeyConstraint(["organisation_id", "participant_id"], ["participant.organisation_id", "participant.id"]),
        UniqueConstraint("organisation_id", "email_folded", name="account_email_once"),
        UniqueConstraint("organisation_id", "participant_id", name="account_participant_once"),
        CheckConstraint("role IN ('admin', 'manager', 'facilitator', 'auditor', 'participant')", name="account_role"),
        CheckConstraint("(role = 'participant') = (participant_id IS NOT NULL)", name="account_of_participant"),
        CheckConstraint("email IS NOT NULL OR participant_id IS NOT NULL", name="account_reachable"),
    )

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(Id(), primary_key=True)
    role: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(Text)
    email: Mapped[str | None] = mapped_column(Text)
    email_folded: Mapped[str | None] = mapped_column(Text)
    participant_id: Mapped[UUID | None] = mapped_column(Id())
    password_hash: Mapped[str | None] = mapped_column(Text)
    active: Mapped[bool] = mapped_column(default=True)
    epoch: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(Moment)
    last_sign_in_at: Mapped[datetime | None] = mapped_column(Moment)


class Invitation(Base):
    """A one-time link that lets an account choose its password; only the token's hash is kept."""

    __tablename__ = "invitation"
    __table_args__ = (
        ForeignKeyConstraint(["organisation_id", "account_id"], ["account.organisation_id", "account.id"]),
        UniqueConstraint("organisation_id", "token_hash", name="invitation_token_once"),
        CheckConstraint("purpose IN ('invite', 'reset')", name="invitation_purpose"),
        Index("invitation_of_account", "organisation_id", "account_id"),
    )

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(Id(), primary_key=True)
    account_id: Mapped[UUID] = mapped_column(Id())
    purpose: Mapped[str] = mapped_column(String(10))
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    created_at: Mapped[datetime] = mapped_column(Moment)
    expires_at: Mapped[datetime] = mapped_column(Moment)
    used_at: Mapped[datetime | None] = mapped_column(Moment)


class SignInFailure(Base):
    """Failed sign-ins of one name in a row, the newest at `last_at`; names that nobody has are counted too."""

    __tablename__ = "sign_in_failure"
    __table_args__ = (Index("sign_in_failure_by_age", "organisation_id", "last_at"),)

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    name_key: Mapped[bytes] = mapped_column(Key, primary_key=True)
    failures: Mapped[int] = mapped_column(Integer)
    last_at: Mapped[datetime] = mapped_column(Moment)


class ParticipantAgent(Base):
    """An agent that somebody said stands for a participant, over and above the organisation's rules."""

    __tablename__ = "participant_agent"
    __table_args__ = (
        ForeignKeyConstraint(["organisation_id", "participant_id"], ["participant.organisation_id", "participant.id"]),
        ForeignKeyConstraint(["organisation_id", "matched_by"], ["account.organisation_id", "account.id"]),
    )

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    agent_key: Mapped[bytes] = mapped_column(Key, primary_key=True)
    participant_id: Mapped[UUID] = mapped_column(Id(), index=False)
    matched_by: Mapped[UUID | None] = mapped_column(Id())
    matched_at: Mapped[datetime] = mapped_column(Moment)


class Mail(Base):
    """The outbox of mail. `body` is emptied once sent, for it may hold a one-time link.

    `next_try_at` is None once sent, or when no more is tried.
    """

    __tablename__ = "mail"
    __table_args__ = (Index("mail_due", "organisation_id", "next_try_at"),)

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(Id(), primary_key=True)
    recipient: Mapped[str] = mapped_column(Text)
    subject: Mapped[str] = mapped_column(Text)
    body: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(Moment)
    sent_at: Mapped[datetime | None] = mapped_column(Moment)
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    next_try_at: Mapped[datetime | None] = mapped_column(Moment)
    error: Mapped[str] = mapped_column(Text, default="")
