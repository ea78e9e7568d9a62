"""Who sends: Basic credentials, their scopes, and the authority that their statements get."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

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


def credential(session: Session, request: Request, *, scopes: frozenset[str], now: datetime) -> queries.CredentialInfo:
    """The credential of the request, if it has one of the scopes.

    Raises NotSignedIn for a missing, unknown, revoked or expired one, and NotAllowed for one without the scope. The key
    names the organisation, so what is found belongs to it and to no other. One query.
    """
    sent = _sent(request)
    found = queries.credential(session, organisation_id=sent.organisation_id, key=sent.key) if sent else None
    return _checked(found, sent, scopes=scopes, now=now)


def remembered(
    known: Mapping[str, queries.CredentialInfo], request: Request, *, scopes: frozenset[str], now: datetime
) -> queries.CredentialInfo | None:
    """The credential of the request, if it is among those `known` by their keys, refused as `credential` does.

    No query: the caller must compare it with what it is now, in the transaction that relies on it.
    """
    sent = _sent(request)
    found = known.get(sent.key) if sent else None
    return None if found is None else _checked(found, sent, scopes=scopes, now=now)


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


@dataclass(frozen=True, kw_only=True, slots=True)
class _Sent:
    """What a request says of who sends it; of the secret its SHA-256."""

    organisation_id: int
    key: str
    secret_hash: bytes


def _sent(request: Request) -> _Sent | None:
    sent = request.authorization
    if sent is None or sent.type != "basic" or not (sent.username or "").isprintable():
        return None
    key = sent.username or ""
    organisation, _, _ = key.partition(".")
    if not (organisation.isascii() and organisation.isdigit() and len(organisation) < 19):
        return None
    hashed = sha256((sent.password or "").encode()).digest()
    return _Sent(organisation_id=int(organisation), key=key, secret_hash=hashed)


def _checked(
    found: queries.CredentialInfo | None, sent: _Sent | None, *, scopes: frozenset[str], now: datetime
) -> queries.CredentialInfo:
    is_right = found is not None and sent is not None and hmac.compare_digest(sent.secret_hash, found.secret_hash)
    if found is None or not is_right or not is_valid(found, now):
        raise NotSignedIn(N_("This needs the key and secret of a valid credential, by HTTP Basic authentication."))
    if scopes.isdisjoint(found.scopes):
        raise NotAllowed(
            N_("This credential may not do that: it has %(has)s, and needs one of %(needs)s."),
            has=", ".join(found.scopes),
            needs=", ".join(sorted(scopes)),
        )
    return found
