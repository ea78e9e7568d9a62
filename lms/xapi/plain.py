"""Plain statements, put together as text from their parts. Part of `rules`.

Nearly all statements are plain: somebody did something with an activity. Whatever else there is, and all that is wrong,
is left to the way by which every statement can go; both ways come to the same.
"""

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

import msgspec
from msgspec import Raw

from lms.xapi import values
from lms.xapi.errors import StatementError
from lms.xapi.fingerprints import fingerprint
from lms.xapi.links import ActivityLink, AgentLink
from lms.xapi.parts import IN_CONTEXT, IN_RESULT, MAIN, Part, part
from lms.xapi.payloads import KEPT_VERSION, in_utc
from lms.xapi.prepared import Prepared, Receipt, fresh_id
from lms.xapi.versions import V2, VOIDED

Members = Mapping[str, Raw]
"""Members of an object, each as it stands in the JSON text. Of those with the same name the last one is here."""

_REQUEST: msgspec.json.Decoder[Members | list[Members]] = msgspec.json.Decoder(dict[str, Raw] | list[dict[str, Raw]])
_MEMBERS = msgspec.json.Decoder(dict[str, Raw])
_UUID = msgspec.json.Decoder(UUID)
_TEXT = msgspec.json.Decoder(str)
_QUOTED_UUID = 38
_PEOPLE = ("instructor", "team", "contextAgents", "contextGroups")
_COUNTED = ("actor", "context", "object", "result", "verb")
_NAMES = {*MAIN, "id", "timestamp", "stored", "context", "result"}
_NOTHING = Part(kept="")
_VERSION = {strict: Part(kept=f'"{version}"') for strict, version in KEPT_VERSION.items()}


class NotPlain(Exception):
    """This has to be looked at as a whole: it is unusual, or wrong."""


def members_of(raw: bytes) -> Members | list[Members]:
    """The members of each statement of a request, or of its one statement; NotPlain for anything else."""
    try:
        return _REQUEST.decode(raw)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise NotPlain from error


def plain(members: Members, place: str, position: int, receipt: Receipt) -> tuple[Prepared, int]:
    """The statement, and the colons that its text has, if none of its members was repeated; NotPlain where it is not.

    Every member has a colon after its name. The names of those here have none in them, so a text with more colons has
    repeated members. Within a part they are found when it is read.
    """
    if not members.keys() <= _NAMES:
        raise NotPlain
    try:
        parts = {name: _part(name, raw, receipt.version) for name, raw in members.items()}
        return _prepared(parts, place, position, receipt), _colons(parts)
    except (msgspec.MsgspecError, StatementError, UnicodeDecodeError, KeyError) as error:
        raise NotPlain from error


def _colons(parts: Mapping[str, Part]) -> int:
    return len(parts) + sum([one.colons for one in parts.values()])


def _part(name: str, raw: Raw, version: str) -> Part:
    if name in MAIN:
        return part(MAIN[name], bytes(raw), version)
    if name == "context":
        return _context(raw, version)
    if name == "result":
        return _result(raw, version)
    if name == "id":
        return _uuid(bytes(raw))
    return _timestamp(bytes(raw), strict=version == V2)


def _uuid(text: bytes) -> Part:
    # msgspec would read one without hyphens, too.
    if len(text) != _QUOTED_UUID:
        raise NotPlain
    kept = text.decode()
    return Part(kept=kept, essence=kept.lower(), uuid=_UUID.decode(text))


def _timestamp(text: bytes, *, strict: bool) -> Part:
    sent = _TEXT.decode(text)
    moment = values.instant(sent, strict=strict)
    if moment is None:
        raise NotPlain
    return Part(kept=f'"{in_utc(sent) if strict else sent}"', colons=text.count(b":"), moment=moment)


def _result(raw: Raw, version: str) -> Part:
    parts = {name: part(IN_RESULT[name], bytes(one), version) for name, one in _MEMBERS.decode(raw).items()}
    return Part(kept=_kept(parts), essence=_essence(parts, sorted(parts)), colons=_colons(parts))


def _context(raw: Raw, version: str) -> Part:
    parts = {
        name: _uuid(bytes(one)) if name == "registration" else part(IN_CONTEXT[name], bytes(one), version)
        for name, one in _MEMBERS.decode(raw).items()
    }
    activities = parts.get("contextActivities", _NOTHING)
    return Part(
        kept=_kept(parts),
        essence=_essence(parts, sorted(parts)),
        colons=_colons(parts),
        uuid=parts.get("registration", _NOTHING).uuid,
        agents=tuple([link for name in _PEOPLE if name in parts for link in parts[name].agents]),
        activities=activities.activities,
        described=activities.described,
    )


def _kept(parts: Mapping[str, Part]) -> str:
    return _object([f'"{name}":{one.kept}' for name, one in parts.items()])


def _essence(parts: Mapping[str, Part], names: Iterable[str]) -> str:
    """The canonical form of an object with those of the parts that have these names, which are in their order."""
    return _object([f'"{name}":{parts[name].essence}' for name in names if name in parts])


def _object(members: Iterable[str]) -> str:
    return "{" + ",".join(members) + "}"


def _prepared(parts: Mapping[str, Part], place: str, position: int, receipt: Receipt) -> Prepared:
    actor, verb, target, context = parts["actor"], parts["verb"], parts["object"], parts.get("context", _NOTHING)
    if verb.verb == VOIDED:
        raise NotPlain
    sent_id = parts["id"].uuid if "id" in parts else None
    identity = sent_id or fresh_id(receipt.now, position)
    timestamp = parts.get("timestamp")
    return Prepared(
        place=place,
        id=identity,
        has_own_id=sent_id is not None,
        has_timestamp=timestamp is not None,
        unstamped=_unstamped(parts, identity, receipt),
        fingerprint=fingerprint(_essence(parts, _COUNTED).encode(), None if timestamp is None else timestamp.moment),
        verb=verb.verb,
        actor=actor.actor,
        registration=context.uuid,
        voids=None,
        refers_to=None,
        agents=_agents(actor.agents + receipt.asserting + context.agents),
        activities=_activities(target.activities, context.activities),
        attachments=(),
        described=target.described + context.described,
        signed=None,
    )


def _unstamped(parts: Mapping[str, Part], identity: UUID, receipt: Receipt) -> str:
    """The text of what `as_kept` gives."""
    kept = dict(parts)
    if "id" not in kept:
        kept["id"] = Part(kept=f'"{identity}"')
    kept.pop("stored", None)
    kept.setdefault("version", _VERSION[receipt.version == V2])
    kept["authority"] = Part(kept=receipt.asserted)
    return _kept(kept)


def _agents(links: Sequence[AgentLink]) -> tuple[AgentLink, ...]:
    """Each agent once, the first link to it."""
    found: dict[bytes, AgentLink] = {}
    for link in links:
        found.setdefault(link.ref.key, link)
    return tuple(found.values())


def _activities(target: tuple[ActivityLink, ...], around: tuple[ActivityLink, ...]) -> tuple[ActivityLink, ...]:
    """Each activity once, the first link to it."""
    found: dict[str, ActivityLink] = {}
    for link in target + around:
        found.setdefault(link.iri, link)
    return tuple(found.values())
