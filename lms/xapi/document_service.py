"""Documents are put, merged and deleted here. Part of `service`."""

from typing import Any, Literal
from uuid import UUID

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from lms.db import Again
from lms.errors import N_, TooLarge
from lms.xapi import queries, rules
from lms.xapi.document_models import DocumentRow
from lms.xapi.document_queries import all_at, at
from lms.xapi.writing import insert_new


def put_document(
    session: Session,
    *,
    organisation_id: int,
    place: rules.DocumentPlace,
    sent: rules.Document,
    conditions: rules.Conditions,
    credential_id: UUID | None,
    merging: bool,
    most_bytes: int,
) -> None:
    """Put the document, or merge it into what is there; raises what `check_precondition` and `merged` raise.

    Of two that write at once the second sees what the first has left. A merge must not make a document of more than
    `most_bytes`, or many small ones could; that raises TooLarge. Two queries.
    """
    there = queries.document(session, organisation_id=organisation_id, place=place, lock=True)
    method: Literal["PUT", "POST"] = "POST" if merging else "PUT"
    rules.check_precondition(there, method=method, kind=place.kind, conditions=conditions)
    document = rules.merged(there, sent) if merging else sent
    if len(document.content) > most_bytes:
        raise TooLarge(N_("A document may have %(most)s bytes; merged, this one would have more."), most=most_bytes)
    values: dict[str, Any] = {
        "content_type": document.content_type,
        "content": document.content,
        "sha1": bytes.fromhex(document.etag),
        "updated_at": document.updated_at,
        "credential_id": credential_id,
    }
    if there is not None:
        session.execute(update(DocumentRow).where(*at(organisation_id, place)).values(**values))
        return
    row = {
        "organisation_id": organisation_id,
        "kind": place.kind,
        "activity_key": place.activity_key,
        "agent_key": place.agent_key,
        "registration_key": place.registration_key,
        "document_key": place.document_key,
        "id": place.id,
        **values,
    }
    if not insert_new(session, DocumentRow, [row], key="document_key"):
        raise Again("another request has put the first document here")


def delete_documents(
    session: Session, *, organisation_id: int, place: rules.DocumentPlace, conditions: rules.Conditions
) -> None:
    """Delete the document, or without an id all at this place; what is not there need not be deleted.

    No tag is that of several documents, so without an id nothing can be what If-Match names. Two queries at most.
    """
    if place.id is None:
        rules.check_precondition(None, method="DELETE", kind=place.kind, conditions=conditions)
        session.execute(delete(DocumentRow).where(*all_at(organisation_id, place)))
        return
    there = queries.document(session, organisation_id=organisation_id, place=place, lock=True)
    rules.check_precondition(there, method="DELETE", kind=place.kind, conditions=conditions)
    session.execute(delete(DocumentRow).where(*at(organisation_id, place)))
