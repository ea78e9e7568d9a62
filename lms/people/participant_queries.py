"""The SELECTs of participants by their ids, identifiers and e-mails. Part of `queries`, by which others come here.

However many are named: they are asked for in portions.
"""

from collections.abc import Collection
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Row, and_, func, select
from sqlalchemy.orm import Session

from lms.db import among, portions
from lms.people import rules
from lms.people.models import Account, Participant


def participant_ids(session: Session, *, organisation_id: int) -> list[UUID]:
    """Everybody, in the order in which participants are locked. 1 query."""
    query = select(Participant.id).where(Participant.organisation_id == organisation_id).order_by(Participant.id)
    return list(session.scalars(query))


def participants_by_identifier(
    session: Session, *, organisation_id: int, identifiers: Collection[str]
) -> dict[str, UUID]:
    """Participants by identifier, as each was asked for; letter case aside. Unknown ones are left out.

    1 query per 500 identifiers.
    """
    folded = {rules.fold(identifier) for identifier in identifiers}
    rows = named(session, organisation_id=organisation_id, identifiers_folded=folded)
    asked = {identifier: rows.get(rules.fold(identifier)) for identifier in identifiers}
    return {identifier: row.id for identifier, row in asked.items() if row is not None}


def named(
    session: Session, *, organisation_id: int, identifiers_folded: Collection[str]
) -> dict[str, Row[tuple[UUID, str, str, str | None, str]]]:
    """(id, identifier, name, email) of participants by their folded identifiers. 1 query per 500 identifiers."""
    columns = (Participant.id, Participant.identifier, Participant.name, Participant.email)
    found: dict[str, Any] = {}
    for folded in portions(sorted(set(identifiers_folded))):
        query = select(*columns, Participant.identifier_folded).where(
            Participant.organisation_id == organisation_id, Participant.identifier_folded.in_(folded)
        )
        found |= {row.identifier_folded: row for row in session.execute(query)}
    return found


def addresses(session: Session, *, organisation_id: int, participant_ids: Collection[UUID]) -> dict[UUID, str]:
    """Where these people are written to: the address of their account, else their own; who has none is left out.

    1 query per 500 participants.
    """
    account = and_(
        Account.organisation_id == Participant.organisation_id, Account.participant_id == Participant.id, Account.active
    )
    found: dict[UUID, str] = {}
    for ids in portions(sorted(set(participant_ids))):
        query = (
            select(Participant.id, func.coalesce(Account.email, Participant.email).label("address"))
            .outerjoin(Account, account)
            .where(Participant.organisation_id == organisation_id, Participant.id.in_(ids))
        )
        found |= {row.id: row.address for row in session.execute(query) if row.address}
    return found


def holders(session: Session, *, organisation_id: int, emails_folded: Collection[str]) -> dict[str, str]:
    """Who has these e-mails: identifiers by e-mail, all folded. 1 query per 500 e-mails."""
    found: dict[str, str] = {}
    for folded in portions(sorted(set(emails_folded))):
        query = select(Participant.email_folded, Participant.identifier_folded).where(
            Participant.organisation_id == organisation_id, Participant.email_folded.in_(folded)
        )
        found |= {cast(str, row[0]): row[1] for row in session.execute(query)}
    return found


def participant_names(session: Session, *, organisation_id: int, participant_ids: Collection[UUID]) -> dict[UUID, str]:
    """Names by participant. 1 query per 500 participants."""
    names: dict[UUID, str] = {}
    for ids in portions(sorted(set(participant_ids))):
        query = select(Participant.id, Participant.name).where(
            Participant.organisation_id == organisation_id, Participant.id.in_(ids)
        )
        names |= {row[0]: row[1] for row in session.execute(query)}
    return names


def lock_participants(session: Session, *, organisation_id: int, participant_ids: Collection[UUID]) -> list[UUID]:
    """Hold these participants until the transaction ends, in the order of their ids, which it returns.

    1 query per 500 participants.
    """
    locked: list[UUID] = []
    for ids in portions(sorted(set(participant_ids))):
        query = select(Participant.id).where(
            Participant.organisation_id == organisation_id, among(session, Participant.id, ids)
        )
        locked += session.scalars(query.order_by(Participant.id).with_for_update(key_share=True))
    return locked
