"""The credentials that send at the moment. They are remembered for as long as each transaction finds them unchanged.

So a request that brings statements needs no query of its own to know who sends it, and a credential that was revoked
opens nothing from the very next request on: the transaction that stores reads the credentials of all its requests.
"""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from lms.db import Again
from lms.xapi import access, queries, service

MOST = 10_000


class Changed(Again):
    """The credential is not any more what it was when the request came in, so it has to be looked up anew."""


class Senders:
    """What this process remembers of credentials, by their keys. Several threads may use it at once."""

    def __init__(self) -> None:
        self.known: dict[str, queries.CredentialInfo] = {}

    def remember(self, found: queries.CredentialInfo) -> None:
        """Keep a credential that was just read."""
        if len(self.known) >= MOST:
            self.known = {}
        self.known[found.key] = found

    def forget(self, found: queries.CredentialInfo) -> None:
        """Read it anew for the next request."""
        self.known.pop(found.key, None)


def valid(
    session: Session,
    *,
    organisation_id: int,
    credential_ids: Collection[UUID],
    used: Collection[UUID],
    now: datetime,
) -> dict[UUID, queries.CredentialInfo]:
    """Those of them that are valid, as they are now, by their ids; the use of those in `used` is noted.

    Who relies on one has to compare it with what it was when it was read. One query, and one a minute for each.
    """
    there = {
        one.id: one
        for one in queries.credentials_of(
            session, organisation_id=organisation_id, credential_ids=sorted(credential_ids)
        )
    }
    for credential_id in sorted(one for one in used if one in there and not access.is_use_noted(there[one], now)):
        service.use_credential(session, organisation_id=organisation_id, credential_id=credential_id, now=now)
    return {one.id: one for one in there.values() if access.is_valid(one, now)}
