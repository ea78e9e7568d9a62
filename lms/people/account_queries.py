"""Every SELECT about accounts: who is signed in, who may sign in, the list of accounts, one-time links."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, and_, case, exists, func, literal, or_, select, tuple_
from sqlalchemy.orm import Session

from lms.db import portions
from lms.errors import N_, NotFound
from lms.people import rules
from lms.people.models import Account, Invitation, Organisation, Participant, ParticipantAgent

KNOWN_NAME = func.coalesce(Participant.name, Account.name)
KNOWN_EMAIL = func.coalesce(Account.email, Participant.email)
PAGE = 50


@dataclass(frozen=True, kw_only=True, slots=True)
class AccountInfo:
    """An account; a participant's has their name. `state` is active, invited (no password yet) or inactive."""

    id: UUID
    role: str
    name: str
    email: str | None
    identifier: str | None
    participant_id: UUID | None
    state: str
    last_sign_in_at: datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class LinkInfo:
    """A one-time link that can still be used, and whose password it sets."""

    id: UUID
    organisation_id: int
    organisation_name: str
    account_id: UUID
    purpose: str
    name: str
    email: str | None
    identifier: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Entrant:
    """Whom a sign-in name means. `password_hash` is None where no password can be right."""

    account_id: UUID
    password_hash: str | None


def signed_in(session: Session, *, organisation_id: int, account_id: UUID) -> Row[*tuple[Any, ...]] | None:
    """What `guards.SignedIn` holds, None for an account that is switched off. 1 query."""
    query = (
        select(
            Organisation.id.label("organisation_id"),
            Organisation.slug.label("organisation_slug"),
            Organisation.name.label("organisation_name"),
            Account.id.label("account_id"),
            Account.role,
            KNOWN_NAME.label("name"),
            KNOWN_EMAIL.label("email"),
            Account.participant_id,
            Account.epoch,
        )
        .join(Organisation, Organisation.id == Account.organisation_id)
        .outerjoin(Participant, is_participant_of_account())
        .where(Account.organisation_id == organisation_id, Account.id == account_id, Account.active)
    )
    return session.execute(query).one_or_none()


def entrant(session: Session, *, organisation_id: int, name: str) -> Entrant | None:
    """Whom a sign-in name means: an account's e-mail before an identifier before a participant's e-mail. 1 query."""
    folded = rules.fold(name)
    means = case((Account.email_folded == folded, 0), (Participant.identifier_folded == folded, 1), else_=2)
    query = (
        select(Account.id, case((Account.active, Account.password_hash)))
        .outerjoin(Participant, is_participant_of_account())
        .where(Account.organisation_id == organisation_id, _is_called(folded))
        .order_by(means)
        .limit(1)
    )
    row = session.execute(query).one_or_none()
    return Entrant(account_id=row[0], password_hash=row[1]) if row is not None else None


def _is_called(folded: str) -> ColumnElement[bool]:
    return or_(
        Account.email_folded == folded, Participant.identifier_folded == folded, Participant.email_folded == folded
    )


def account(session: Session, *, organisation_id: int, account_id: UUID) -> AccountInfo:
    """Raises NotFound. 1 query."""
    row = session.execute(_accounts(organisation_id).where(Account.id == account_id)).one_or_none()
    if row is None:
        raise NotFound(N_("There is no such account."))
    return AccountInfo(**row._mapping)


def accounts(
    session: Session,
    *,
    organisation_id: int,
    roles: Collection[str] = tuple(rules.ROLES),
    search: str = "",
    after: tuple[str, UUID] | None = None,
    limit: int | None = PAGE,
) -> list[AccountInfo]:
    """Accounts by name, after the one of (name, id) `after`; `search` is in a name, e-mail or identifier. 1 query."""
    query = _accounts(organisation_id).where(Account.role.in_(roles)).order_by(KNOWN_NAME, Account.id).limit(limit)
    if search:
        query = query.where(contains(search, KNOWN_NAME, Account.email, Participant.email, Participant.identifier))
    if after is not None:
        query = query.where(
            tuple_(KNOWN_NAME, Account.id) > tuple_(literal(after[0]), literal(after[1], Account.id.type))
        )
    return [AccountInfo(**row._mapping) for row in session.execute(query)]


def account_ids(session: Session, *, organisation_id: int, participant_ids: Collection[UUID]) -> dict[UUID, UUID]:
    """The accounts of these participants, by participant; who has none is left out. 1 query per 500 participants."""
    found: dict[UUID, UUID] = {}
    for ids in portions(sorted(set(participant_ids))):
        query = select(Account.participant_id, Account.id).where(
            Account.organisation_id == organisation_id, Account.participant_id.in_(ids)
        )
        found |= {cast(UUID, row[0]): row[1] for row in session.execute(query)}
    return found


def reachable(session: Session, *, organisation_id: int, account_ids: Sequence[UUID]) -> list[AccountInfo]:
    """These accounts without those that are switched off, in the order of the ids. 1 query per 500 accounts."""
    found: dict[UUID, AccountInfo] = {}
    for ids in portions(sorted(set(account_ids))):
        rows = session.execute(_accounts(organisation_id).where(Account.id.in_(ids), Account.active))
        found |= {row.id: AccountInfo(**row._mapping) for row in rows}
    return [found[account_id] for account_id in account_ids if account_id in found]


def active_admins(session: Session, *, organisation_id: int) -> list[UUID]:
    """The administrators who can sign in, locked: two at once cannot switch each other off. 1 query."""
    query = (
        select(Account.id)
        .where(Account.organisation_id == organisation_id, Account.role == rules.ADMIN, Account.active)
        .order_by(Account.id)
        .with_for_update(key_share=True)
    )
    return list(session.scalars(query))


def _accounts(organisation_id: int) -> Select[*tuple[Any, ...]]:
    state = case((~Account.active, "inactive"), (Account.password_hash.is_(None), "invited"), else_="active")
    return (
        select(
            Account.id,
            Account.role,
            KNOWN_NAME.label("name"),
            KNOWN_EMAIL.label("email"),
            Participant.identifier,
            Account.participant_id,
            state.label("state"),
            Account.last_sign_in_at,
        )
        .outerjoin(Participant, is_participant_of_account())
        .where(Account.organisation_id == organisation_id)
    )


def is_participant_of_account() -> ColumnElement[bool]:
    """Joins accounts and the participants that they are of."""
    return and_(Participant.organisation_id == Account.organisation_id, Participant.id == Account.participant_id)


def contains(search: str, *columns: Any) -> ColumnElement[bool]:
    """Whether any of the columns has this text in it, letter case aside; % and _ are letters like others."""
    return or_(*(column.icontains(search, autoescape=True) for column in columns))


# One-time links


def link(session: Session, *, token: str, now: datetime) -> LinkInfo:
    """The link that can be used now; raises NotFound for one that is unknown, used, out of date or retired. 1 query."""
    organisation_id = rules.token_organisation(token)
    query = (
        select(
            Invitation.id,
            Invitation.organisation_id,
            Organisation.name.label("organisation_name"),
            Invitation.account_id,
            Invitation.purpose,
            KNOWN_NAME.label("name"),
            KNOWN_EMAIL.label("email"),
            Participant.identifier,
        )
        .join(Organisation, Organisation.id == Invitation.organisation_id)
        .join(Account, and_(Account.organisation_id == Organisation.id, Account.id == Invitation.account_id))
        .outerjoin(Participant, is_participant_of_account())
        .where(Invitation.organisation_id == organisation_id, Invitation.token_hash == rules.secret_hash(token))
        .where(Invitation.used_at.is_(None), Invitation.expires_at > now, Account.active)
    )
    row = session.execute(query).one_or_none() if organisation_id is not None else None
    if row is None:
        raise NotFound(N_("This link has been used already, or it is out of date. Ask for a new one."))
    return LinkInfo(**row._mapping)


def was_linked_since(session: Session, *, organisation_id: int, account_id: UUID, since: datetime) -> bool:
    """Whether the account got a link to choose a new password after that moment. 1 query."""
    query = select(
        exists().where(
            Invitation.organisation_id == organisation_id,
            Invitation.account_id == account_id,
            Invitation.purpose == "reset",
            Invitation.created_at > since,
        )
    )
    return bool(session.scalar(query))


@dataclass(frozen=True, kw_only=True, slots=True)
class MatchedAgent:
    """An agent that somebody said stands for a participant: the name of who said so (None: no account), and when."""

    agent_key: bytes
    matched_by: str | None
    matched_at: datetime


def matched_agents(session: Session, *, organisation_id: int, participant_id: UUID) -> list[MatchedAgent]:
    """The agents that somebody said stand for this participant, the newest first. 1 query."""
    by = and_(Account.organisation_id == ParticipantAgent.organisation_id, Account.id == ParticipantAgent.matched_by)
    query = (
        select(ParticipantAgent.agent_key, Account.name.label("matched_by"), ParticipantAgent.matched_at)
        .outerjoin(Account, by)
        .where(ParticipantAgent.organisation_id == organisation_id, ParticipantAgent.participant_id == participant_id)
        .order_by(ParticipantAgent.matched_at.desc(), ParticipantAgent.agent_key)
    )
    return [MatchedAgent(**row._mapping) for row in session.execute(query)]
