"""From a request that brings statements to statements that are stored."""

from collections.abc import Sequence
from functools import partial
from uuid import UUID

from flask import current_app, request
from sqlalchemy.orm import Session

from lms.clock import now
from lms.db import reading, retrying
from lms.settings import Settings
from lms.xapi import access, protocol, rules, service


def receive(statement_id: UUID | None) -> Sequence[UUID]:
    """Take in, check and store. `stored` is read once the body is here, at most STAMPED_WITHIN before the transaction.

    So a request that is refused holds up nobody, and Consistent-Through can be told from the open transactions.
    """
    settings: Settings = current_app.extensions["settings"]
    credential = access.credential(reading(), request, scopes=access.WRITE, now=now())
    # However slowly the body comes in, it holds no connection to the database meanwhile.
    reading().rollback()
    prepare = partial(
        rules.prepare,
        protocol.body(),
        version=protocol.version(),
        authority=access.authority(credential, settings.public_url),
        statement_id=statement_id,
        most=settings.xapi_max_statements,
    )
    moment = now()
    prepared = prepare(now=moment)
    rules.require_content(prepared, ())

    def work(session: Session) -> service.Stored:
        began = now()
        return service.store_now(
            session,
            organisation_id=credential.organisation_id,
            # Who waited for a connection or for the write lock is stamped anew.
            prepared=prepared if began - moment <= protocol.STAMPED_WITHIN else prepare(now=began),
            credential_id=credential.id,
            dialects=current_app.extensions["dialects"] if settings.is_sqlite else None,
            now=began,
        )

    stored = retrying(work)
    protocol.touch(credential)
    return stored.ids
