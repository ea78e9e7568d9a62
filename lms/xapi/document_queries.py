"""Documents and activities as they are read. Part of `queries`; none names another organisation's rows."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from lms.db import portions
from lms.xapi import rules
from lms.xapi.document_models import ActivityRow, AttachmentRow, DocumentRow


def document(
    session: Session, *, organisation_id: int, place: rules.DocumentPlace, lock: bool = False
) -> rules.Document | None:
    """The document at this place, locked until the transaction ends if asked; None if there is none. One query."""
    query = select(DocumentRow.content, DocumentRow.content_type, DocumentRow.updated_at).where(
        *at(organisation_id, place)
    )
    row = session.execute(query.with_for_update() if lock else query).one_or_none()
    if row is None:
        return None
    return rules.Document(content=row.content, content_type=row.content_type, updated_at=row.updated_at)


def document_ids(session: Session, *, organisation_id: int, place: rules.DocumentPlace) -> list[str]:
    """The ids at this place, each once, in their order; with `since` those changed after it. One query."""
    query = select(DocumentRow.id).distinct().where(*all_at(organisation_id, place)).order_by(DocumentRow.id)
    if place.since is not None:
        query = query.where(DocumentRow.updated_at > place.since)
    return list(session.scalars(query))


def at(organisation_id: int, place: rules.DocumentPlace) -> list[ColumnElement[bool]]:
    """What holds of the one document at this place."""
    return [
        DocumentRow.organisation_id == organisation_id,
        DocumentRow.kind == place.kind,
        DocumentRow.activity_key == place.activity_key,
        DocumentRow.agent_key == place.agent_key,
        DocumentRow.registration_key == place.registration_key,
        DocumentRow.document_key == place.document_key,
    ]


def all_at(organisation_id: int, place: rules.DocumentPlace) -> list[ColumnElement[bool]]:
    """What holds of all documents at this place: of any registration, if none was given."""
    found = at(organisation_id, place)
    return found[:4] if place.registration is None else found[:5]


def attachment_sizes(session: Session, *, organisation_id: int, sha2: Collection[str]) -> dict[str, int]:
    """How many bytes the contents that are kept have, by their SHA-2 in lower case. One query per 500."""
    found: dict[str, int] = {}
    for portion in portions(sorted(sha2)):
        query = select(AttachmentRow.sha2, func.length(AttachmentRow.content).label("size")).where(
            AttachmentRow.organisation_id == organisation_id, AttachmentRow.sha2.in_(portion)
        )
        found |= {row.sha2: row.size for row in session.execute(query)}
    return found


def attachment(session: Session, *, organisation_id: int, sha2: str) -> bytes:
    """The content of an attachment that is kept. One query."""
    query = select(AttachmentRow.content).where(
        AttachmentRow.organisation_id == organisation_id, AttachmentRow.sha2 == sha2
    )
    return session.scalars(query).one()


def definitions(
    session: Session, *, organisation_id: int, keys: Collection[bytes], lock: bool = False
) -> dict[bytes, dict[str, Any]]:
    """What is known of these activities, by their keys; locked in the order of keys if asked. One query per 500."""
    found: dict[bytes, dict[str, Any]] = {}
    for portion in portions(sorted(keys)):
        query = (
            select(ActivityRow.key, ActivityRow.definition)
            .where(ActivityRow.organisation_id == organisation_id, ActivityRow.key.in_(portion))
            .order_by(ActivityRow.key)
        )
        rows = session.execute(query.with_for_update() if lock else query)
        found |= {row.key: rules.load(row.definition) for row in rows}
    return found
