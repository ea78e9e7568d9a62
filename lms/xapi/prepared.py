"""What requests with statements are turned into. Part of `rules`."""

import secrets
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Any
from uuid import UUID

import msgspec

from lms.xapi.agents import AgentRef, activity_key
from lms.xapi.links import ActivityLink, AgentLink
from lms.xapi.signatures import Signed
from lms.xapi.statements import Actor
from lms.xapi.tree import dump

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class AttachmentRef(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An attachment as its statement describes it, at `place`; its content is trusted by `sha2`, never by length."""

    sha2: str
    content_type: str
    file_url: str | None
    place: str


class Described(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An activity that a statement describes; `definition` is JSON."""

    iri: str
    definition: str

    @property
    def key(self) -> bytes:
        return activity_key(self.iri)

    @property
    def digest(self) -> bytes:
        """16 bytes that stand for the definition, letter by letter."""
        return blake2b(self.definition.encode(), digest_size=16).digest()


class Prepared(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A valid statement. It is stamped with `stored` once it is stored, and `payload` makes its text then.

    `place` is where it stands in its request. `has_own_id` says whether the sender chose the id. `actor` is None for an
    anonymous group. `refers_to` is the statement that is the object, `voids` the same where the verb voids it.
    `fingerprint` goes into `same`.
    """

    place: str
    id: UUID
    has_own_id: bool
    has_timestamp: bool
    unstamped: str
    fingerprint: bytes
    verb: str
    actor: AgentRef | None
    registration: UUID | None
    voids: UUID | None
    refers_to: UUID | None
    agents: tuple[AgentLink, ...]
    activities: tuple[ActivityLink, ...]
    attachments: tuple[AttachmentRef, ...]
    described: tuple[Described, ...]
    signed: Signed | None

    def payload(self, stamp: str) -> str:
        """The JSON text that the format `exact` returns, and all that need be kept; `stamp` is `stored` as text."""
        timestamp = "" if self.has_timestamp else f',"timestamp":"{stamp}"'
        return f'{self.unstamped[:-1]}{timestamp},"stored":"{stamp}"}}'


class Receipt(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What is the same for all statements of one request: `version` that it is served under, and whose credential.

    `authority` is as in statements, `asserted` the same as JSON text, `asserting_actor` the same as a struct, and
    `asserting` are links to the agents in it.
    """

    version: str
    now: datetime
    authority: Mapping[str, Any]
    asserted: str
    asserting_actor: Actor
    asserting: tuple[AgentLink, ...]


def fresh_id(now: datetime, position: int) -> UUID:
    """A UUID that begins with the moment and the position in the batch, as UUIDv7 does, so that later ones sort later.

    All statements of a batch have one `stored`, so their ids alone keep them in order. It says version 4, since xAPI
    binds clients to RFC 4122, and some refuse what is none of its versions 1 to 5 (xAPI 1.0.3, Data 2.4.1).
    """
    milliseconds = (now - _EPOCH) // timedelta(milliseconds=1)
    counter = min(position, 0xFFF)
    return UUID(int=milliseconds << 80 | 0x4 << 76 | counter << 64 | 0b10 << 62 | secrets.randbits(62))


def described(activities: Iterable[Mapping[str, Any]]) -> Iterator[Described]:
    """Those of the activities that have a definition which is not empty."""
    for activity in activities:
        if activity.get("definition"):
            yield Described(iri=activity["id"], definition=dump(activity["definition"]))
