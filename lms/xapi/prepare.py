"""From the bytes of a request to statements that are ready to be stored. Reads nothing and writes nothing."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import chain
from typing import Any, TypeVar
from uuid import UUID

from msgspec import UNSET, UnsetType

from lms.errors import N_, TooLarge
from lms.xapi import values
from lms.xapi.agents import agent_ref
from lms.xapi.checks import check_authority, check_statement
from lms.xapi.errors import StatementError
from lms.xapi.fields import refuse
from lms.xapi.fingerprints import fingerprint_of
from lms.xapi.links import activity_links, agent_links, links_to
from lms.xapi.payloads import as_kept
from lms.xapi.plain import Members, NotPlain, members_of, plain
from lms.xapi.prepared import AttachmentRef, Described, Prepared, Receipt, described, fresh_id
from lms.xapi.signatures import check_signatures, signed_of
from lms.xapi.statements import Actor, Attachment, Shaped, Statement, StatementRef, shape, shaped
from lms.xapi.tree import dump, parse
from lms.xapi.versions import V2, VOIDED

__all__ = ["AttachmentRef", "Described", "Prepared", "attachments_of", "prepare", "require_content"]

T = TypeVar("T")


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
    receipt = _receipt(version, now, authority)
    if statement_id is not None:
        return (_prepared(_named(parse(raw), statement_id), "statement", 0, receipt),)
    try:
        batch = _in_parts(raw, _listed(members_of(raw), most), receipt)
    except (NotPlain, TooLarge):
        # What is wrong with the JSON goes before how much there is of it.
        listed = _listed(_statements(raw), most)
        batch = [_prepared(tree, place, position, receipt) for position, (place, tree) in enumerate(listed)]
    _check_ids(batch)
    return tuple(batch)


def _receipt(version: str, now: datetime, authority: Mapping[str, Any]) -> Receipt:
    actor = shaped(dict(authority), Actor, "authority")
    check_authority(actor, "authority")
    return Receipt(
        version=version,
        now=now,
        authority=authority,
        asserted=dump(authority),
        asserting_actor=actor,
        asserting=links_to([actor], "related"),
    )


def _listed(sent: T | list[T], most: int | None = None) -> list[tuple[str, T]]:
    """Each statement that was sent, with its place."""
    if not isinstance(sent, list):
        return [("statement", sent)]
    if most is not None and len(sent) > most:
        raise TooLarge(N_("A request may carry %(most)s statements."), most=most)
    return [(f"statements[{position}]", one) for position, one in enumerate(sent)]


def _statements(raw: bytes) -> Any:
    tree = parse(raw)
    if not isinstance(tree, dict | list):
        raise StatementError(N_("A statement is a JSON object, several are an array of them."))
    return tree


def _in_parts(raw: bytes, sent: Sequence[tuple[str, Members]], receipt: Receipt) -> list[Prepared]:
    """The statements, those that are plain by their parts, any others as trees. NotPlain where members are repeated."""
    batch: list[Prepared] = []
    trees: list[tuple[str, Any]] = []
    colons = 0
    for position, (place, members) in enumerate(sent):
        try:
            one, more = plain(members, place, position, receipt)
            colons += more
        except NotPlain:
            trees = trees or _listed(_statements(raw))
            one = _prepared(trees[position][1], place, position, receipt)
        batch.append(one)
    if not trees and colons != raw.count(b":"):
        raise NotPlain
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


def _check_ids(batch: Sequence[Prepared]) -> None:
    seen: set[UUID] = set()
    for position, statement in enumerate(batch):
        if statement.id in seen:
            refuse(N_("%(id)s stands twice in this batch."), f"statements[{position}].id", id=statement.id)
        seen.add(statement.id)


def _prepared(tree: Any, place: str, position: int, receipt: Receipt) -> Prepared:
    if not isinstance(tree, dict):
        raise StatementError(N_("A statement is a JSON object."), place=place)
    statement = shape(tree, place)
    check_statement(statement, place, version=receipt.version)
    return _assembled(statement, tree, place, position, receipt)


def _assembled(statement: Shaped, sent: Mapping[str, Any], place: str, position: int, receipt: Receipt) -> Prepared:
    body, target = statement.body, statement.target
    sent_id = _uuid(body.id) if isinstance(body, Statement) else None
    identity = sent_id or fresh_id(receipt.now, position)
    kept = as_kept(sent, strict=receipt.version == V2, identity=str(identity), authority=receipt.authority)
    refers_to = _uuid(target.id) if isinstance(target, StatementRef) else None
    return Prepared(
        place=place,
        id=identity,
        has_own_id=sent_id is not None,
        has_timestamp="timestamp" in kept,
        unstamped=dump(kept),
        fingerprint=fingerprint_of(sent),
        verb=body.verb.id,
        actor=agent_ref(body.actor),
        registration=None if body.context is UNSET else _uuid(body.context.registration),
        voids=refers_to if body.verb.id == VOIDED else None,
        refers_to=refers_to,
        agents=agent_links(statement, receipt.asserting_actor),
        activities=activity_links(statement),
        attachments=tuple(_attachments(statement, place)),
        described=tuple(_described(kept)),
        signed=signed_of(sent, place, version=receipt.version),
    )


def _described(body: Mapping[str, Any]) -> Iterator[Described]:
    """The activities with a definition that is not empty, of a SubStatement as well."""
    target = body["object"]
    kind = target.get("objectType", "Activity")
    around = body.get("context", {}).get("contextActivities", {})
    yield from described(chain([target] if kind == "Activity" else [], chain.from_iterable(around.values())))
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
