"""From the bytes of a request to statements that are ready to be stored. Reads nothing and writes nothing."""

import secrets
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from itertools import chain
from typing import Any
from uuid import UUID

from msgspec import UNSET, UnsetType

from lms.errors import N_, TooLarge
from lms.xapi import values
from lms.xapi.agents import AgentRef, activity_key, agent_ref
from lms.xapi.checks import check_authority, check_statement
from lms.xapi.errors import StatementError
from lms.xapi.fields import refuse
from lms.xapi.fingerprints import fingerprint_of
from lms.xapi.links import ActivityLink, AgentLink, activity_links, agent_links
from lms.xapi.payloads import as_kept
from lms.xapi.signatures import Signed, check_signatures, signed_of
from lms.xapi.statements import Actor, Attachment, Shaped, Statement, StatementRef, shape, shaped
from lms.xapi.tree import dump, parse
from lms.xapi.versions import V2, VOIDED

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True, slots=True)
class AttachmentRef:
    """An attachment as its statement describes it, at `place`; its content is trusted by `sha2`, never by length."""

    sha2: str
    content_type: str
    file_url: str | None
    place: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Described:
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


@dataclass(frozen=True, kw_only=True, slots=True)
class Prepared:
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


@dataclass(frozen=True, kw_only=True, slots=True)
class _Receipt:
    """What is the same for all statements of one request."""

    version: str
    now: datetime
    authority: Mapping[str, Any]
    asserting: Actor


def prepare(
    raw: bytes,
    *,
    version: str,
    now: datetime,
    authority: Mapping[str, Any],
    statement_id: UUID | None = None,
    most: int | None = None,
) -> tuple[Prepared, ...]:
    """The statements of a request in their order: one object, or an array of them (xAPI 1.0.3, Communication 2.1).

    `version` is what `negotiate` returned; `authority`, an Agent or an anonymous Group of two, is the credential's. A
    statement without an id is given one that begins with `now`. Raises StatementError for the first thing that is
    wrong; the batch is taken or refused as a whole. With `statement_id`, which a PUT has, there is one statement, and
    it has that id or none. More than `most` statements raise TooLarge, before any of them is looked at.
    """
    tree = parse(raw)
    if statement_id is not None:
        tree = _named(tree, statement_id)
    receipt = _Receipt(
        version=version,
        now=now,
        authority=authority,
        asserting=_asserting(authority),
    )
    if isinstance(tree, dict):
        return (_prepared(tree, "statement", 0, receipt),)
    if not isinstance(tree, list):
        raise StatementError(N_("A statement is a JSON object, several are an array of them."))
    if most is not None and len(tree) > most:
        raise TooLarge(N_("A request may carry %(most)s statements."), most=most)
    batch = tuple(_prepared(item, f"statements[{position}]", position, receipt) for position, item in enumerate(tree))
    _check_ids(batch)
    return batch


def _named(tree: Any, identity: UUID) -> dict[str, Any]:
    if not isinstance(tree, dict):
        raise StatementError(N_("A PUT stores one statement, which is a JSON object."))
    sent = tree.get("id", str(identity))
    if isinstance(sent, str) and values.uuid(sent) not in (identity, None):
        refuse(N_("The id differs from the statementId of the request, which is %(id)s."), "statement.id", id=identity)
    return {"id": str(identity), **tree}


def require_content(batch: Collection[Prepared], contents: Mapping[str, bytes]) -> None:
    """Every attachment is at a fileUrl, or its content came along; every content is some attachment's; signatures hold.

    `contents` are by SHA-2 in lower case. A request of type application/json brings none (Communication 1.5.2).
    """
    named = {attachment.sha2.lower() for statement in batch for attachment in statement.attachments}
    excess = sorted(contents.keys() - named)
    if excess:
        raise StatementError(N_("No attachment names the part with the hash %(sha2)s."), sha2=excess[0])
    for statement in batch:
        for attachment in statement.attachments:
            if attachment.file_url is None and attachment.sha2.lower() not in contents:
                raise StatementError(
                    N_("The attachment %(sha2)s of statement %(id)s has neither content here nor a fileUrl."),
                    place=attachment.place,
                    sha2=attachment.sha2,
                    id=statement.id,
                )
    check_signatures((one.signed for one in batch if one.signed is not None), contents)


def _asserting(authority: Mapping[str, Any]) -> Actor:
    actor = shaped(dict(authority), Actor, "authority")
    check_authority(actor, "authority")
    return actor


def _check_ids(batch: tuple[Prepared, ...]) -> None:
    seen: set[UUID] = set()
    for position, statement in enumerate(batch):
        if statement.id in seen:
            refuse(N_("%(id)s stands twice in this batch."), f"statements[{position}].id", id=statement.id)
        seen.add(statement.id)


def _prepared(tree: Any, place: str, position: int, receipt: _Receipt) -> Prepared:
    if not isinstance(tree, dict):
        raise StatementError(N_("A statement is a JSON object."), place=place)
    statement = shape(tree, place)
    check_statement(statement, place, version=receipt.version)
    sent = statement.body
    identity = _uuid(sent.id) if isinstance(sent, Statement) else None
    strict = receipt.version == V2
    named = identity or _fresh_id(receipt.now, position)
    kept = as_kept(tree, strict=strict, identity=str(named), authority=receipt.authority)
    signed = signed_of(tree, place, version=receipt.version)
    found = tuple(_attachments(statement, place))
    return _assembled(
        statement,
        tree,
        kept,
        receipt,
        place=place,
        identity=named,
        has_own_id=identity is not None,
        attachments=found,
        signed=signed,
    )


def _fresh_id(now: datetime, position: int) -> UUID:
    """A UUID that begins with the moment and the position in the batch, as UUIDv7 does, so that later ones sort later.

    All statements of a batch have one `stored`, so their ids alone keep them in order. It says version 4, since xAPI
    binds clients to RFC 4122, and some refuse what is none of its versions 1 to 5 (xAPI 1.0.3, Data 2.4.1).
    """
    milliseconds = (now - _EPOCH) // timedelta(milliseconds=1)
    counter = min(position, 0xFFF)
    return UUID(int=milliseconds << 80 | 0x4 << 76 | counter << 64 | 0b10 << 62 | secrets.randbits(62))


def _assembled(
    statement: Shaped,
    sent: Mapping[str, Any],
    kept: Mapping[str, Any],
    receipt: _Receipt,
    *,
    place: str,
    identity: UUID,
    has_own_id: bool,
    attachments: tuple[AttachmentRef, ...],
    signed: Signed | None,
) -> Prepared:
    body = statement.body
    target = statement.target
    refers_to = _uuid(target.id) if isinstance(target, StatementRef) else None
    return Prepared(
        place=place,
        id=identity,
        has_own_id=has_own_id,
        has_timestamp="timestamp" in kept,
        unstamped=dump(kept),
        fingerprint=fingerprint_of(sent),
        verb=body.verb.id,
        actor=agent_ref(body.actor),
        registration=None if body.context is UNSET else _uuid(body.context.registration),
        voids=refers_to if body.verb.id == VOIDED else None,
        refers_to=refers_to,
        agents=agent_links(statement, receipt.asserting),
        activities=activity_links(statement),
        attachments=attachments,
        described=tuple(_described(kept)),
        signed=signed,
    )


def _described(body: Mapping[str, Any]) -> Iterator[Described]:
    """The activities with a definition that is not empty, of a SubStatement as well."""
    target = body["object"]
    kind = target.get("objectType", "Activity")
    around = body.get("context", {}).get("contextActivities", {})
    for activity in (*([target] if kind == "Activity" else ()), *chain.from_iterable(around.values())):
        if activity.get("definition"):
            yield Described(iri=activity["id"], definition=dump(activity["definition"]))
    if kind == "SubStatement":
        yield from _described(target)


def attachments_of(payload: str) -> tuple[AttachmentRef, ...]:
    """The attachments of a kept statement, of its SubStatement as well."""
    if '"attachments"' not in payload:
        return ()
    return tuple(_attachments(shape(parse(payload), "statement"), "statement"))


def _attachments(statement: Shaped, place: str) -> Iterator[AttachmentRef]:
    if statement.body.attachments is not UNSET:
        for position, attachment in enumerate(statement.body.attachments):
            yield _attachment(attachment, f"{place}.attachments[{position}]")
    if isinstance(statement.target, Shaped):
        yield from _attachments(statement.target, f"{place}.object")


def _attachment(attachment: Attachment, place: str) -> AttachmentRef:
    return AttachmentRef(
        sha2=attachment.sha2,
        content_type=attachment.content_type,
        file_url=None if attachment.file_url is UNSET else attachment.file_url,
        place=place,
    )


def _uuid(text: str | UnsetType) -> UUID | None:
    return None if text is UNSET else values.uuid(text)
