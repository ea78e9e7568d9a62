"""From a request that brings statements to statements that are stored."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from uuid import UUID

from flask import Flask, current_app, request
from sqlalchemy.orm import Session

from lms.clock import now
from lms.db import reading, retrying
from lms.settings import Settings
from lms.xapi import access, protocol, queries, rules, service
from lms.xapi.ingest import Ingest
from lms.xapi.memory import Memory
from lms.xapi.senders import Changed, Senders, unchanged


def init(app: Flask) -> None:
    """Give the app its place where requests meet that are stored together."""
    app.extensions["ingest"] = Ingest(_store)
    app.extensions["memory"] = Memory()
    app.extensions["senders"] = Senders()


def receive(statement_id: UUID | None) -> Sequence[UUID]:
    """Take in, check and store the statements of this request; returns their ids in their order.

    Nothing of a request that is refused is stored.
    """
    senders: Senders = current_app.extensions["senders"]
    credential = access.credential(reading(), request, scopes=access.WRITE, now=now(), remembered=senders.known)
    # However slowly the body comes in, it holds no connection to the database meanwhile.
    reading().rollback()
    try:
        return _receive(credential, statement_id)
    except Changed:
        senders.forget(credential)
        credential = access.credential(reading(), request, scopes=access.WRITE, now=now())
        reading().rollback()
        return _receive(credential, statement_id)


def _receive(credential: queries.CredentialInfo, statement_id: UUID | None) -> Sequence[UUID]:
    settings: Settings = current_app.extensions["settings"]
    body = protocol.body()
    prepared = rules.prepare(
        body.statements,
        version=protocol.version(),
        now=now(),
        authority=access.authority(credential, settings.public_url),
        statement_id=statement_id,
        most=settings.xapi_max_statements,
    )
    rules.require_content(prepared, body.contents)
    ingest: Ingest = current_app.extensions["ingest"]
    batch = service.Batch(
        prepared=prepared,
        credential_id=credential.id,
        defines=not access.DEFINE.isdisjoint(credential.scopes),
        sender=credential,
        contents=body.contents,
    )
    stored = ingest.store(credential.organisation_id, batch)
    senders: Senders = current_app.extensions["senders"]
    senders.remember(credential)
    return stored.ids


def _store(organisation_id: int, batches: Sequence[service.Batch]) -> list[service.Stored | Exception]:
    """What `Ingest` does in one transaction."""
    stored, outcomes = retrying(partial(_in_transaction, organisation_id=organisation_id, batches=batches))
    memory: Memory = current_app.extensions["memory"]
    memory.learn(service.learnt(organisation_id, batches, stored=stored))
    return outcomes


def _in_transaction(
    session: Session, *, organisation_id: int, batches: Sequence[service.Batch]
) -> tuple[datetime, list[service.Stored | Exception]]:
    settings: Settings = current_app.extensions["settings"]
    moment = now()
    senders = [batch.sender for batch in batches if batch.sender is not None]
    trusted = unchanged(session, organisation_id=organisation_id, found=senders, now=moment)
    taken = [batch for batch in batches if batch.sender is None or batch.sender.id in trusted]
    alone = any(one.refers_to is not None for batch in taken for one in batch.prepared)
    stored = service.stamp(session, organisation_id=organisation_id, alone=alone)
    outcomes = service.store(
        session,
        organisation_id=organisation_id,
        batches=taken,
        stored=stored,
        memory=current_app.extensions["memory"],
    )
    if settings.is_sqlite:
        # SQLite has one writer anyway, so nobody waits longer for it; on PostgreSQL workers project.
        new = sorted(one for outcome in outcomes for one in outcome.new)
        service.project_now(
            session, organisation_id=organisation_id, dialects=current_app.extensions["dialects"], now=stored, new=new
        )
    found = iter(outcomes)
    return stored, [next(found) if any(batch is one for one in taken) else Changed() for batch in batches]
