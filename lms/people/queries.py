"""Every SELECT about people. Each is bound to one organisation, but for those that look for the organisation itself.

Those about accounts are in account_queries.py, and can be asked for here as well.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, literal, or_, select, tuple_
from sqlalchemy.orm import Session

from lms.errors import N_, NotFound
from lms.people import rules
from lms.people.account_queries import (
    PAGE,
    AccountInfo,
    Entrant,
    LinkInfo,
    account,
    account_ids,
    accounts,
    active_admins,
    contains,
    entrant,
    is_participant_of_account,
    link,
    reachable,
    signed_in,
    was_linked_since,
)
from lms.people.models import Account, Organisation, Participant, ParticipantAgent, SetupCode

__all__ = [
    "PAGE",
    "AccountInfo",
    "Entrant",
    "LinkInfo",
    "OrganisationInfo",
    "ParticipantInfo",
    "account",
    "account_ids",
    "accounts",
    "active_admins",
    "agents_said",
    "entrant",
    "identities",
    "is_empty",
    "link",
    "lock_organisation",
    "lock_participants",
    "matching",
    "only_organisation",
    "organisation",
    "organisation_by_slug",
    "organisations",
    "participant",
    "participant_ids",
    "participant_names",
    "participants",
    "participants_by_identifier",
    "reachable",
    "resolve_agents",
    "setup_code",
    "signed_in",
    "was_linked_since",
]

ORGANISATION = (Organisation.id, Organisation.slug, Organisation.name)


@dataclass(frozen=True, kw_only=True, slots=True)
class OrganisationInfo:
    """An organisation; `slug` is its name in addresses."""

    id: int
    slug: str
    name: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ParticipantInfo:
    """A participant, and whether an account stands for them already."""

    id: UUID
    identifier: str
    name: str
    email: str | None
    account_id: UUID | None


# Organisations


def organisations(session: Session) -> list[OrganisationInfo]:
    """All organisations by their short names. 1 query."""
    rows = session.execute(select(*ORGANISATION).order_by(Organisation.slug))
    return [OrganisationInfo(**row._mapping) for row in rows]


def organisation_by_slug(session: Session, *, slug: str) -> OrganisationInfo:
    """Raises NotFound. 1 query."""
    row = session.execute(select(*ORGANISATION).where(Organisation.slug == slug)).one_or_none()
    if row is None:
        raise NotFound(N_("There is no organisation with the short name “%(slug)s”."), slug=slug)
    return OrganisationInfo(**row._mapping)


def organisation(session: Session, *, organisation_id: int) -> OrganisationInfo:
    """Raises NotFound. 1 query."""
    row = session.execute(select(*ORGANISATION).where(Organisation.id == organisation_id)).one_or_none()
    if row is None:
        raise NotFound(N_("There is no such organisation."))
    return OrganisationInfo(**row._mapping)


def only_organisation(session: Session) -> OrganisationInfo | None:
    """The organisation, while there is just one; else None. 1 query."""
    rows = session.execute(select(*ORGANISATION).limit(2)).all()
    return OrganisationInfo(**rows[0]._mapping) if len(rows) == 1 else None


def is_empty(session: Session) -> bool:
    """Whether there is no organisation yet. 1 query."""
    return session.scalar(select(Organisation.id).limit(1)) is None


def setup_code(session: Session) -> SetupCode | None:
    """The setup code, locked: whoever asks next waits until it is used or counted. 1 query."""
    return session.scalar(select(SetupCode).with_for_update().execution_options(populate_existing=True))


def matching(session: Session, *, organisation_id: int) -> rules.Matching:
    """The organisation's rules of who is who; raises NotFound. 1 query."""
    columns = (Organisation.match_account, Organisation.match_home_pages, Organisation.match_mbox)
    row = session.execute(select(*columns).where(Organisation.id == organisation_id)).one_or_none()
    if row is None:
        raise NotFound(N_("There is no such organisation."))
    return rules.Matching(by_account=row[0], home_pages=rules.home_pages(row[1]), by_mbox=row[2])


# Participants


def participant(session: Session, *, organisation_id: int, participant_id: UUID) -> ParticipantInfo:
    """Raises NotFound. 1 query."""
    row = session.execute(_participants(organisation_id).where(Participant.id == participant_id)).one_or_none()
    if row is None:
        raise NotFound(N_("There is no such participant."))
    return ParticipantInfo(**row._mapping)


def participants(
    session: Session,
    *,
    organisation_id: int,
    search: str = "",
    after: tuple[str, UUID] | None = None,
    limit: int | None = PAGE,
) -> list[ParticipantInfo]:
    """Participants by name, those after the participant (name, id) `after`. `search` as for accounts. 1 query."""
    query = _participants(organisation_id).order_by(Participant.name, Participant.id).limit(limit)
    if search:
        query = query.where(contains(search, Participant.name, Participant.identifier, Participant.email))
    if after is not None:
        place = tuple_(literal(after[0]), literal(after[1], Participant.id.type))
        query = query.where(tuple_(Participant.name, Participant.id) > place)
    return [ParticipantInfo(**row._mapping) for row in session.execute(query)]


def participant_ids(session: Session, *, organisation_id: int) -> list[UUID]:
    """Everybody, in the order in which participants are locked. 1 query."""
    query = select(Participant.id).where(Participant.organisation_id == organisation_id).order_by(Participant.id)
    return list(session.scalars(query))


def participants_by_identifier(
    session: Session, *, organisation_id: int, identifiers: Collection[str]
) -> dict[str, UUID]:
    """Participants by identifier, as each was asked for; letter case aside. Unknown ones are left out. 1 query."""
    folded = {rules.fold(identifier) for identifier in identifiers}
    query = select(Participant.identifier_folded, Participant.id).where(
        Participant.organisation_id == organisation_id, Participant.identifier_folded.in_(folded)
    )
    found = {row[0]: row[1] for row in session.execute(query)}
    asked = {identifier: found.get(rules.fold(identifier)) for identifier in identifiers}
    return {identifier: participant_id for identifier, participant_id in asked.items() if participant_id is not None}


def participant_names(session: Session, *, organisation_id: int, participant_ids: Collection[UUID]) -> dict[UUID, str]:
    """Names by participant. 1 query."""
    query = select(Participant.id, Participant.name).where(
        Participant.organisation_id == organisation_id, Participant.id.in_(participant_ids)
    )
    return {row[0]: row[1] for row in session.execute(query)}


def lock_participants(session: Session, *, organisation_id: int, participant_ids: Collection[UUID]) -> list[UUID]:
    """Hold these participants until the transaction ends, in the order of their ids, which it returns. 1 query."""
    query = (
        select(Participant.id)
        .where(Participant.organisation_id == organisation_id, Participant.id.in_(participant_ids))
        .order_by(Participant.id)
        .with_for_update(key_share=True)
    )
    return list(session.scalars(query))


def _participants(organisation_id: int) -> Select[*tuple[Any, ...]]:
    return (
        select(
            Participant.id,
            Participant.identifier,
            Participant.name,
            Participant.email,
            Account.id.label("account_id"),
        )
        .outerjoin(Account, is_participant_of_account())
        .where(Participant.organisation_id == organisation_id)
    )


# Who is who


def resolve_agents(session: Session, *, organisation_id: int, agents: Sequence[rules.KnownAgent]) -> dict[bytes, UUID]:
    """Participants by agent key; agents of nobody known are left out. 3 queries, however many agents there are."""
    rules_of_house = matching(session, organisation_id=organisation_id)
    wanted: dict[str, set[str]] = {"account": set(), "mbox": set(), "mbox_sha1sum": set()}
    for agent in agents:
        value = rules.sought(agent, rules_of_house)
        if value is not None:
            wanted[agent.kind].add(value)
    identities = _identities(
        session,
        organisation_id,
        or_(
            Participant.identifier_folded.in_(wanted["account"]),
            Participant.email_folded.in_(wanted["mbox"]),
            Participant.email_sha1.in_(wanted["mbox_sha1sum"]),
            Participant.email_folded_sha1.in_(wanted["mbox_sha1sum"]),
        ),
    )
    said = _said(session, organisation_id, ParticipantAgent.agent_key.in_({agent.key for agent in agents}))
    return rules.who_is_who(agents, matching=rules_of_house, identities=identities, said=said)


def identities(session: Session, *, organisation_id: int, participant_ids: Collection[UUID]) -> list[rules.Identity]:
    """What of these participants is compared with agents. 1 query."""
    return _identities(session, organisation_id, Participant.id.in_(participant_ids))


def agents_said(session: Session, *, organisation_id: int, participant_ids: Collection[UUID]) -> dict[bytes, UUID]:
    """Participants by the key of each agent that somebody said stands for one of these. 1 query."""
    return _said(session, organisation_id, ParticipantAgent.participant_id.in_(participant_ids))


def _said(session: Session, organisation_id: int, condition: ColumnElement[bool]) -> dict[bytes, UUID]:
    query = select(ParticipantAgent.agent_key, ParticipantAgent.participant_id).where(
        ParticipantAgent.organisation_id == organisation_id, condition
    )
    return {row[0]: row[1] for row in session.execute(query)}


def _identities(session: Session, organisation_id: int, condition: ColumnElement[bool]) -> list[rules.Identity]:
    query = select(
        Participant.id,
        Participant.identifier_folded,
        Participant.email_folded,
        Participant.email_sha1,
        Participant.email_folded_sha1,
    ).where(Participant.organisation_id == organisation_id, condition)
    return [
        rules.Identity(
            participant_id=row[0],
            identifier_folded=row[1],
            email_folded=row[2],
            sha1s=frozenset(sha1 for sha1 in row[3:] if sha1 is not None),
        )
        for row in session.execute(query)
    ]


def lock_organisation(session: Session, *, organisation_id: int, shared: bool = False) -> None:
    """Keep who is who, and which modules there are, as they are until the transaction ends. One query.

    Whoever resolves statements takes it shared; whoever adds people, matches agents or publishes modules takes it
    alone, and takes it first. So no statement is put aside as unknown at the very moment at which it becomes known.
    """
    query = select(Organisation.id).where(Organisation.id == organisation_id)
    # The weaker forms let rows that refer to the organisation be inserted meanwhile. SQLite has one writer anyway.
    session.execute(query.with_for_update(read=shared, key_share=not shared))
