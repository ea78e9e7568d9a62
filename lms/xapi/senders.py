"""The credentials that send at the moment. They are remembered for as long as each transaction finds them unchanged.

So a request that brings statements needs no query of its own to know who sends it, and a credential that was revoked
opens nothing from the very next request on: the transaction that stores reads the credentials of all its requests.
"""

from collections.abc import Collection
from dataclasses import replace
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


def unchanged(
    session: Session,
    *,
    organisation_id: int,
    found: Collection[queries.CredentialInfo],
    used: Collection[UUID],
    now: datetime,
) -> set[UUID]:
    """The ids of those that are valid, and what they were when they were read; the use of those in `used` is noted.

    One query, and one a minute for each credential.
    """
    there = {
        one.id: one
        for one in queries.credentials_of(
            session, organisation_id=organisation_id, credential_ids=sorted({one.id for one in found})
        )
    }
    for credential_id in sorted(one for one in used if one in there and not access.is_use_noted(there[one], now)):
        service.use_credential(session, organisation_id=organisation_id, credential_id=credential_id, now=now)
    return {one.id for one in found if one.id in there and is_same(one, there[one.id]) and access.is_valid(one, now)}


def is_same(one: queries.CredentialInfo, other: queries.CredentialInfo) -> bool:
    """Whether a credential is what it was, but for when it was used last."""
    return replace(one, last_used_at=None) == replace(other, last_used_at=None)
