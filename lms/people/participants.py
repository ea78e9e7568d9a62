"""What is done to participants: add, change, say who an agent is. Part of service.py."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from lms.db import new_id, portions
from lms.errors import N_, Conflict, DomainError, NotFound, Problems
from lms.events import AgentMatched, ParticipantsChanged, announce
from lms.people import queries, rules
from lms.people.models import Participant, ParticipantAgent
from lms.people.rules import NewParticipant


@dataclass(frozen=True, kw_only=True, slots=True)
class _Known:
    id: UUID
    identifier: str
    name: str
    email: str | None


def add_participants(
    session: Session, *, organisation_id: int, people: Sequence[NewParticipant], now: datetime
) -> dict[str, UUID]:
    """Add those whose identifier is new, change the others, and return ids by identifier as given.

    Raises Problems, one error a bad person, whose place is the identifier. Announces who is new or known otherwise.
    3 to 7 statements per 500 people.
    """
    _check(people)
    queries.lock_organisation(session, organisation_id=organisation_id)
    known = _known(session, organisation_id, {rules.fold(person.identifier) for person in people})
    wanted = {rules.fold(person.identifier): _with_known_email(person, known) for person in people}
    _check_emails(session, organisation_id, wanted)
    new = {folded: person for folded, person in wanted.items() if folded not in known}
    changed = {folded: person for folded, person in wanted.items() if _differs(person, known.get(folded))}
    ids = {folded: known[folded].id if folded in known else new_id() for folded in wanted}
    _write_changes(session, organisation_id, {ids[folded]: person for folded, person in changed.items()})
    _insert(session, organisation_id, {ids[folded]: person for folded, person in new.items()}, now)
    otherwise = [folded for folded, person in changed.items() if _is_known_otherwise(person, known[folded])]
    _announce(session, organisation_id, [ids[folded] for folded in (*new, *otherwise)])
    return {person.identifier: ids[rules.fold(person.identifier)] for person in people}


def change_participant(
    session: Session, *, organisation_id: int, participant_id: UUID, identifier: str, name: str, email: str
) -> bool:
    """Another identifier, name or e-mail (empty: none) for a participant; returns whether anything is new.

    Raises NotFound, or what is wrong with a column (its place): a Conflict where somebody else has the value.
    """
    person = NewParticipant(identifier=identifier, name=name, email=email or None)
    problem = rules.participant_problem(person)
    if problem is not None:
        raise problem
    queries.lock_organisation(session, organisation_id=organisation_id)
    queries.lock_participants(session, organisation_id=organisation_id, participant_ids=[participant_id])
    known = queries.participant(session, organisation_id=organisation_id, participant_id=participant_id)
    before = _Known(id=known.id, identifier=known.identifier, name=known.name, email=known.email)
    _check_is_free(session, organisation_id, person, before)
    if _differs(person, before):
        _write_changes(session, organisation_id, {participant_id: person})
    if _is_known_otherwise(person, before):
        _announce(session, organisation_id, [participant_id])
    return _differs(person, before)


def match_agent(
    session: Session,
    *,
    organisation_id: int,
    agent_key: bytes,
    participant_id: UUID,
    matched_by: UUID | None,
    now: datetime,
) -> None:
    """Say that an agent stands for a participant, whatever the rules or somebody said before. Raises NotFound."""
    queries.lock_organisation(session, organisation_id=organisation_id)
    if not queries.lock_participants(session, organisation_id=organisation_id, participant_ids=[participant_id]):
        raise NotFound(N_("There is no such participant."))
    said = {"participant_id": participant_id, "matched_by": matched_by, "matched_at": now}
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    upsert: postgresql.Insert | sqlite.Insert = dialect.insert(ParticipantAgent)
    upsert = upsert.values(organisation_id=organisation_id, agent_key=agent_key, **said)
    session.execute(upsert.on_conflict_do_update(index_elements=["organisation_id", "agent_key"], set_=said))
    announce(session, AgentMatched(organisation_id=organisation_id, agent_key=agent_key, participant_id=participant_id))


def unmatch_agent(session: Session, *, organisation_id: int, agent_key: bytes, participant_id: UUID) -> bool:
    """Take back that an agent stands for this participant; returns whether somebody had said so.

    From then on the organisation's rules say whose it is, or nobody knows.
    """
    queries.lock_organisation(session, organisation_id=organisation_id)
    queries.lock_participants(session, organisation_id=organisation_id, participant_ids=[participant_id])
    said = delete(ParticipantAgent).where(
        ParticipantAgent.organisation_id == organisation_id,
        ParticipantAgent.agent_key == agent_key,
        ParticipantAgent.participant_id == participant_id,
    )
    if session.scalar(said.returning(ParticipantAgent.agent_key)) is None:
        return False
    announce(session, AgentMatched(organisation_id=organisation_id, agent_key=agent_key, participant_id=None))
    return True


# What is wrong


def _check(people: Sequence[NewParticipant]) -> None:
    problems: list[DomainError] = []
    seen: set[str] = set()
    for person in people:
        problem, folded = rules.participant_problem(person), rules.fold(person.identifier)
        if problem is not None:
            problem.place = person.identifier or problem.place
            problems.append(problem)
        elif folded in seen:
            problems.append(Conflict(N_("This identifier stands here twice."), place=person.identifier))
        seen.add(folded)
    if problems:
        raise Problems(tuple(problems))


def _check_emails(session: Session, organisation_id: int, wanted: Mapping[str, NewParticipant]) -> None:
    holders = _holders(session, organisation_id, wanted)
    problems: list[DomainError] = []
    for folded, person in wanted.items():
        if person.email is None:
            continue
        holder = holders.setdefault(rules.fold(person.email), folded)
        if holder != folded:
            text = N_("The e-mail address %(email)s belongs to %(holder)s already.")
            problems.append(Conflict(text, place=person.identifier, email=person.email, holder=holder))
    if problems:
        raise Problems(tuple(problems))


def _holders(session: Session, organisation_id: int, wanted: Mapping[str, NewParticipant]) -> dict[str, str]:
    """Who has the wanted e-mails now and keeps them: identifiers by e-mail, all folded."""
    emails = {rules.fold(person.email) for person in wanted.values() if person.email is not None}
    rows = queries.holders(session, organisation_id=organisation_id, emails_folded=emails).items()
    return {email: holder for email, holder in rows if holder not in wanted or _keeps(wanted[holder], email)}


def _keeps(person: NewParticipant, email_folded: str) -> bool:
    return person.email is not None and rules.fold(person.email) == email_folded


def _check_is_free(session: Session, organisation_id: int, person: NewParticipant, before: _Known) -> None:
    folded = rules.fold(person.identifier)
    named = queries.named(session, organisation_id=organisation_id, identifiers_folded=[folded])
    if any(row.id != before.id for row in named.values()):
        raise Conflict(N_("Somebody else has this identifier."), place="identifier")
    emails = [] if person.email is None else [rules.fold(person.email)]
    holders = queries.holders(session, organisation_id=organisation_id, emails_folded=emails)
    if any(holder != rules.fold(before.identifier) for holder in holders.values()):
        raise Conflict(N_("Somebody else has this e-mail address."), place="email")


# Reading and writing


def _known(session: Session, organisation_id: int, folded: Collection[str]) -> dict[str, _Known]:
    """Those who are there already, locked. Whoever holds the organisation alone reads what nobody else can change."""
    rows = queries.named(session, organisation_id=organisation_id, identifiers_folded=folded)
    ids = [row.id for row in rows.values()]
    queries.lock_participants(session, organisation_id=organisation_id, participant_ids=ids)
    return {
        key: _Known(id=row.id, identifier=row.identifier, name=row.name, email=row.email) for key, row in rows.items()
    }


def _with_known_email(person: NewParticipant, known: Mapping[str, _Known]) -> NewParticipant:
    before = known.get(rules.fold(person.identifier))
    email = person.email or (before.email if before is not None else None)
    return NewParticipant(identifier=person.identifier, name=person.name, email=email)


def _differs(person: NewParticipant, known: _Known | None) -> bool:
    return known is not None and (person.name != known.name or _is_known_otherwise(person, known))


def _is_known_otherwise(person: NewParticipant, known: _Known) -> bool:
    return (person.identifier, person.email) != (known.identifier, known.email)


def _columns(organisation_id: int, participant_id: UUID, person: NewParticipant) -> dict[str, Any]:
    email, folded = person.email, None if person.email is None else rules.fold(person.email)
    return {
        "organisation_id": organisation_id,
        "id": participant_id,
        "identifier": person.identifier,
        "identifier_folded": rules.fold(person.identifier),
        "name": person.name,
        "email": email,
        "email_folded": folded,
        "email_sha1": None if email is None else rules.mbox_sha1(email),
        "email_folded_sha1": None if folded is None else rules.mbox_sha1(folded),
    }


def _write_changes(session: Session, organisation_id: int, people: Mapping[UUID, NewParticipant]) -> None:
    """E-mails are let go of first, so that two people can exchange theirs."""
    if not people:
        return
    for ids in portions(sorted(people)):
        session.execute(
            update(Participant)
            .where(Participant.organisation_id == organisation_id, Participant.id.in_(ids))
            .values(email_folded=None)
        )
    session.execute(update(Participant), [_columns(organisation_id, key, person) for key, person in people.items()])


def _insert(session: Session, organisation_id: int, people: Mapping[UUID, NewParticipant], now: datetime) -> None:
    rows = [_columns(organisation_id, key, person) | {"created_at": now} for key, person in people.items()]
    if rows:
        session.execute(insert(Participant), rows)


def _announce(session: Session, organisation_id: int, participant_ids: Sequence[UUID]) -> None:
    if participant_ids:
        announce(
            session,
            ParticipantsChanged(organisation_id=organisation_id, participant_ids=tuple(participant_ids)),
        )
