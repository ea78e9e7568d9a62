"""Every SELECT about people. Each is bound to one organisation, but for those that look for the organisation itself.

Those about accounts are in account_queries.py, those by ids and identifiers in participant_queries.py; all can be asked
for here.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Integer, Select, cast, func, literal, or_, select, tuple_
from sqlalchemy.orm import Session

from lms.db import among, portions
from lms.errors import N_, NotFound
from lms.people import rules
from lms.people.account_queries import (
    PAGE,
    AccountInfo,
    Entrant,
    LinkInfo,
    MatchedAgent,
    account,
    account_ids,
    accounts,
    active_admins,
    contains,
    entrant,
    is_participant_of_account,
    link,
    matched_agents,
    reachable,
    signed_in,
    was_linked_since,
)
from lms.people.models import Account, Mail, Organisation, Participant, ParticipantAgent, SetupCode
from lms.people.participant_queries import (
    holders,
    lock_participants,
    named,
    participant_ids,
    participant_names,
    participants_by_identifier,
)

__all__ = [
    "PAGE",
    "AccountInfo",
    "Entrant",
    "LinkInfo",
    "MatchedAgent",
    "OrganisationInfo",
    "ParticipantInfo",
    "account",
    "account_ids",
    "accounts",
    "active_admins",
    "due_mail",
    "entrant",
    "holders",
    "identities",
    "is_empty",
    "is_slug_taken",
    "link",
    "lock_organisation",
    "lock_participants",
    "matched_agents",
    "matching",
    "named",
    "only_organisation",
    "organisation",
    "organisation_by_slug",
    "organisations",
    "organisations_with_mail",
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


ORGANISATION_LOCKS = 0x50414455
"""The class of these locks among all advisory locks of the database: the letters PADU."""


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


def is_slug_taken(session: Session, *, slug: str) -> bool:
    """Whether an organisation has this short name already. 1 query."""
    return session.scalar(select(Organisation.id).where(Organisation.slug == slug)) is not None


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
            among(session, Participant.identifier_folded, wanted["account"]),
            among(session, Participant.email_folded, wanted["mbox"]),
            among(session, Participant.email_sha1, wanted["mbox_sha1sum"]),
            among(session, Participant.email_folded_sha1, wanted["mbox_sha1sum"]),
        ),
    )
    keys = {agent.key for agent in agents}
    said = _said(session, organisation_id, among(session, ParticipantAgent.agent_key, keys))
    return rules.who_is_who(agents, matching=rules_of_house, identities=identities, said=said)


def identities(session: Session, *, organisation_id: int, participant_ids: Collection[UUID]) -> list[rules.Identity]:
    """What of these participants is compared with agents. 1 query per 500 participants."""
    found: list[rules.Identity] = []
    for ids in portions(sorted(set(participant_ids))):
        found += _identities(session, organisation_id, among(session, Participant.id, ids))
    return found


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
    """Keep who is who, and which modules there are, as they are until the transaction ends. One query at most.

    Whoever resolves statements takes it shared; whoever adds people, matches agents or publishes modules takes it
    alone, and takes it first. So no statement is put aside as unknown at the very moment at which it becomes known.
    """
    if session.get_bind().dialect.name == "sqlite":
        return  # It has one writer anyway.
    # Advisory locks are given in turn; of a row's, new shared ones would overtake a waiting exclusive one for ever.
    take = func.pg_advisory_xact_lock_shared if shared else func.pg_advisory_xact_lock
    session.execute(select(take(cast(ORGANISATION_LOCKS, Integer), cast(organisation_id, Integer))))


# Mail


def organisations_with_mail(session: Session, *, now: datetime) -> list[int]:
    """Those of which some letter is due. 1 query."""
    return sorted(session.scalars(select(Mail.organisation_id).distinct().where(Mail.next_try_at <= now)))


def due_mail(session: Session, *, organisation_id: int, now: datetime, limit: int) -> list[Mail]:
    """The letters that are due, locked, those that are due longest first. 1 query."""
    is_due = (Mail.organisation_id == organisation_id, Mail.next_try_at <= now)
    query = select(Mail).where(*is_due).order_by(Mail.next_try_at, Mail.id).limit(limit).with_for_update()
    return list(session.scalars(query.execution_options(populate_existing=True)))
