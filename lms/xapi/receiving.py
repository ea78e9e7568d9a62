"""From a request that brings statements to statements that are stored."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from uuid import UUID

from flask import Flask, current_app, request
from sqlalchemy.orm import Session

from lms.clock import now
from lms.db import reading, retrying
from lms.errors import DomainError
from lms.settings import Settings
from lms.xapi import access, limiting, protocol, queries, refusing, rules, service
from lms.xapi.ingest import Ingest
from lms.xapi.memory import Memory
from lms.xapi.senders import Changed, Senders, valid


def init(app: Flask) -> None:
    """Give the app its place where requests meet that are stored together."""
    app.extensions["ingest"] = Ingest(_store)
    app.extensions["memory"] = Memory()
    app.extensions["senders"] = Senders()


def receive(read_id: Callable[[], UUID | None]) -> Sequence[UUID]:
    """Take in, check and store the statements of this request; returns their ids in their order.

    `read_id` reads the parameters, and gives the id that a PUT names. Nothing of a request that is refused is stored;
    what was wrong with it is kept together with it, once it is known who sends.
    """
    senders: Senders = current_app.extensions["senders"]
    credential = access.remembered(senders.known, request, scopes=access.WRITE, now=now()) or _read_credential()
    try:
        stored = _receive(credential, read_id)
    except Changed:
        senders.forget(credential)
        credential = _read_credential()
        stored = _receive(credential, read_id)
    senders.remember(credential)
    return stored


def _read_credential() -> queries.CredentialInfo:
    found = access.credential(reading(), request, scopes=access.WRITE, now=now())
    # However slowly the body comes in, it holds no connection to the database meanwhile.
    reading().rollback()
    return found


def _receive(credential: queries.CredentialInfo, read_id: Callable[[], UUID | None]) -> Sequence[UUID]:
    try:
        version, statement_id = protocol.version(), read_id()
        return take(credential, protocol.body(), version=version, statement_id=statement_id)
    except DomainError as error:
        if _was_changed(credential):
            raise Changed from None
        refusing.keep(credential, error)
        raise


def _was_changed(credential: queries.CredentialInfo) -> bool:
    """Whether it is not any more what was remembered: revoked, expired or limited otherwise. One query."""
    there = queries.credentials_of(
        reading(), organisation_id=credential.organisation_id, credential_ids=[credential.id]
    )
    reading().rollback()
    return not (access.is_valid(credential, now()) and credential in there)


def take(
    credential: queries.CredentialInfo,
    body: rules.Body,
    *,
    version: str,
    statement_id: UUID | None,
    settles: service.Settlement | None = None,
) -> Sequence[UUID]:
    """Check and store what this credential sends, or what was repaired and is sent again in its name.

    Raises what the rules refuse, and Changed where the credential is no longer what it was when it was read.
    """
    settings: Settings = current_app.extensions["settings"]
    prepared = rules.prepare(
        body.statements,
        version=version,
        now=now(),
        authority=access.authority(credential, settings.public_url),
        statement_id=statement_id,
        most=settings.xapi_max_statements,
    )
    rules.require_content(prepared, body.contents)
    rules.refuse_beyond(prepared, credential.limits)
    ingest: Ingest = current_app.extensions["ingest"]
    batch = service.Batch(
        prepared=prepared,
        credential_id=credential.id,
        defines=not access.DEFINE.isdisjoint(credential.scopes),
        sender=credential,
        contents=body.contents,
        settles=settles,
    )
    return ingest.store(credential.organisation_id, batch).ids


def _store(organisation_id: int, batches: Sequence[service.Batch]) -> list[service.Stored | Exception]:
    """What `Ingest` does in one transaction."""
    stored, outcomes = retrying(partial(_in_transaction, organisation_id=organisation_id, batches=batches))
    memory: Memory = current_app.extensions["memory"]
    kept = [batch for batch, outcome in zip(batches, outcomes, strict=True) if isinstance(outcome, service.Stored)]
    memory.learn(service.learnt(organisation_id, kept, stored=stored))
    return outcomes


def _in_transaction(
    session: Session, *, organisation_id: int, batches: Sequence[service.Batch]
) -> tuple[datetime, list[service.Stored | Exception]]:
    settings: Settings = current_app.extensions["settings"]
    moment = now()
    senders = {batch.sender.id for batch in batches if batch.sender is not None}
    # What an account of the house sends again is no sign that the system still does.
    used = {batch.sender.id for batch in batches if batch.sender is not None and batch.settles is None}
    there = valid(session, organisation_id=organisation_id, credential_ids=senders, used=used, now=moment)
    taken = [batch for batch in batches if batch.sender is None or batch.sender == there.get(batch.sender.id)]
    limiting.refuse_foreign_voiding(session, organisation_id=organisation_id, batches=taken)
    alone = any(one.refers_to is not None for batch in taken for one in batch.prepared)
    stored = service.stamp(session, organisation_id=organisation_id, alone=alone)
    outcomes = service.store(
        session,
        organisation_id=organisation_id,
        batches=taken,
        stored=stored,
        memory=current_app.extensions["memory"],
    )
    _settle(session, organisation_id, taken, outcomes, moment)
    if settings.is_sqlite:
        # SQLite has one writer anyway, so nobody waits longer for it; on PostgreSQL workers project.
        new = sorted(one for outcome in outcomes for one in outcome.new)
        service.project_now(
            session, organisation_id=organisation_id, dialects=current_app.extensions["dialects"], now=stored, new=new
        )
    found = iter(outcomes)
    return stored, [next(found) if any(batch is one for one in taken) else Changed() for batch in batches]


def _settle(
    session: Session,
    organisation_id: int,
    batches: Sequence[service.Batch],
    outcomes: Sequence[service.Stored],
    moment: datetime,
) -> None:
    """What is sent again is settled together with it, so that it cannot be stored twice."""
    for batch, outcome in zip(batches, outcomes, strict=True):
        if batch.settles is not None:
            service.settle_refused(
                session,
                organisation_id=organisation_id,
                refused_id=batch.settles.refused_id,
                ids=outcome.ids,
                settled_by=batch.settles.settled_by,
                now=moment,
            )
