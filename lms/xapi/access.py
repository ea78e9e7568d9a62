"""Who sends: Basic credentials, their scopes, and the authority that their statements get."""

import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from types import MappingProxyType

from flask import Request
from sqlalchemy.orm import Session

from lms.errors import N_, NotAllowed, NotSignedIn
from lms.xapi import queries

WRITE = frozenset(("statements/write", "all"))
READ = frozenset(("statements/read", "all/read", "all"))
READ_MINE = READ | {"statements/read/mine"}
DEFINE = frozenset(("define", "all"))
DOCUMENTS_WRITE = {
    "state": frozenset(("state", "all")),
    "activity": frozenset(("profile", "all")),
    "agent": frozenset(("profile", "all")),
}
DOCUMENTS_READ = {kind: scopes | {"all/read"} for kind, scopes in DOCUMENTS_WRITE.items()}
DESCRIPTIONS_READ = READ | {"state", "profile"}
"""Who may ask what is known of an agent or an activity: whoever may read about them anyway."""
USED_EVERY = timedelta(minutes=1)
"""Last use is noted so often at most: a write for every request would be a queue for all."""


def credential(
    session: Session,
    request: Request,
    *,
    scopes: frozenset[str],
    now: datetime,
    remembered: Mapping[str, queries.CredentialInfo] = MappingProxyType({}),
) -> queries.CredentialInfo:
    """The credential of the request, if it has one of the scopes.

    Raises NotSignedIn for a missing, unknown, revoked or expired one, and NotAllowed for one without the scope. The key
    names the organisation, so what is found belongs to it and to no other. One query; none for one that is remembered,
    by its key, which the caller must then check again in the transaction that relies on it.
    """
    found = _known(session, request, remembered)
    if found is None or not is_valid(found, now):
        raise NotSignedIn(N_("This needs the key and secret of a valid credential, by HTTP Basic authentication."))
    if scopes.isdisjoint(found.scopes):
        raise NotAllowed(
            N_("This credential may not do that: it has %(has)s, and needs one of %(needs)s."),
            has=", ".join(found.scopes),
            needs=", ".join(sorted(scopes)),
        )
    return found


def authority(found: queries.CredentialInfo, public_url: str) -> dict[str, object]:
    """The agent that vouches for what this credential sends (xAPI 1.0.3, Data 2.4.9)."""
    return {
        "objectType": "Agent",
        "name": found.label,
        "account": {"homePage": public_url, "name": found.key},
    }


def is_valid(found: queries.CredentialInfo, now: datetime) -> bool:
    """Whether it still opens something."""
    return found.revoked_at is None and (found.expires_at is None or found.expires_at > now)


def is_use_noted(found: queries.CredentialInfo, now: datetime) -> bool:
    """Whether its last use was noted so lately that this one need not be."""
    return found.last_used_at is not None and found.last_used_at >= now - USED_EVERY


def _known(
    session: Session, request: Request, remembered: Mapping[str, queries.CredentialInfo]
) -> queries.CredentialInfo | None:
    sent = request.authorization
    if sent is None or sent.type != "basic" or not (sent.username or "").isprintable():
        return None
    key = sent.username or ""
    organisation, _, _ = key.partition(".")
    if not (organisation.isascii() and organisation.isdigit() and len(organisation) < 19):
        return None
    found = remembered.get(key) or queries.credential(session, organisation_id=int(organisation), key=key)
    hashed = sha256((sent.password or "").encode()).digest()
    return found if found is not None and hmac.compare_digest(hashed, found.secret_hash) else None
