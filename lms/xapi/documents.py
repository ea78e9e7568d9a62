"""Documents of the state and profile resources: parameters, preconditions and merging. Part of `rules`.

xAPI 1.0.3, Communication 2.2, 2.3, 2.6, 2.7 and 3.1; 2.0, 4.1.4 and 4.1.6.2 to 4.1.6.6.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b, sha1
from typing import Any, Literal
from uuid import UUID

from lms.errors import N_, Conflict, DomainError
from lms.xapi import values
from lms.xapi.agents import AgentRef, activity_key
from lms.xapi.errors import ParameterError, StatementError
from lms.xapi.filters import checked_iri, parse_agent
from lms.xapi.tree import dump, parse, shortened
from lms.xapi.versions import V1, V2

Kind = Literal["state", "activity", "agent"]
NONE = bytes(16)
"""The key where a kind has none, or where no registration was given."""
LONGEST_ID = 2000
LONGEST_MEDIA_TYPE = 255
UNTYPED = "application/octet-stream"

_IDS: dict[Kind, str] = {"state": "stateId", "activity": "profileId", "agent": "profileId"}
_NEEDED: dict[Kind, tuple[str, ...]] = {
    "state": ("activityId", "agent"),
    "activity": ("activityId",),
    "agent": ("agent",),
}
_TAG = re.compile(r'(?:W/)?"([^"]*)"|([^\s",]+)')


class PreconditionFailed(DomainError):
    """A condition of the request on the document does not hold; nothing was changed."""

    status = 412


@dataclass(frozen=True, kw_only=True, slots=True)
class DocumentPlace:
    """Which document is meant, or which ones: without `id` all of an activity, agent and registration.

    `registration` is None where none was given: for one document that is a place of its own, for many it is any.
    """

    kind: Kind
    activity_id: str | None
    agent: AgentRef | None
    registration: UUID | None
    id: str | None
    since: datetime | None

    @property
    def activity_key(self) -> bytes:
        """The key of the activity, NONE for a profile of an agent."""
        return NONE if self.activity_id is None else activity_key(self.activity_id)

    @property
    def agent_key(self) -> bytes:
        """The key of the agent, NONE for a profile of an activity."""
        return NONE if self.agent is None else self.agent.key

    @property
    def registration_key(self) -> bytes:
        """16 bytes that stand for the registration, or NONE; a UUID may be all zeros, so its own bytes will not do."""
        return NONE if self.registration is None else blake2b(self.registration.bytes, digest_size=16).digest()

    @property
    def document_key(self) -> bytes:
        """16 bytes that stand for the id, letter by letter."""
        return blake2b((self.id or "").encode(), digest_size=16).digest()


@dataclass(frozen=True, kw_only=True, slots=True)
class Conditions:
    """On which document a request may act: its headers as they were sent, None where there were none."""

    version: str
    if_match: str | None
    if_none_match: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Document:
    """A document as it came in and goes out: its bytes and their media type. `updated_at` is in UTC."""

    content: bytes
    content_type: str
    updated_at: datetime

    @property
    def etag(self) -> str:
        """The hexadecimal SHA-1 of the content, without quotes (xAPI 1.0.3, Communication 3.1)."""
        return sha1(self.content, usedforsecurity=False).hexdigest()


def parse_place(
    args: Iterable[tuple[str, str]], *, kind: Kind, version: str, needs_id: bool, may_have_since: bool
) -> DocumentPlace:
    """The place that the parameters name; ParameterError for the first one that is missing, unknown or wrong."""
    known = {*_NEEDED[kind], _IDS[kind], *(("registration",) if kind == "state" else ())}
    if may_have_since:
        known.add("since")
    given: dict[str, str] = {}
    for name, text in args:
        if name not in known:
            raise ParameterError(N_("There is no such parameter; the case of letters counts."), place=shortened(name))
        if name in given:
            raise ParameterError(N_("This parameter stands twice."), place=name)
        given[name] = text
    for name in (*_NEEDED[kind], *((_IDS[kind],) if needs_id else ())):
        if name not in given:
            raise ParameterError(N_("This parameter is needed."), place=name)
    return DocumentPlace(
        kind=kind,
        activity_id=None if "activityId" not in given else checked_iri(given["activityId"], place="activityId"),
        agent=None if "agent" not in given else parse_agent(given["agent"]),
        registration=_uuid(given.get("registration")),
        id=_id(given.get(_IDS[kind]), _IDS[kind]),
        since=_moment(given.get("since"), version),
    )


def checked_media_type(sent: str | None) -> str:
    """The Content-Type of a document as it was sent; without one, the bytes are of no known type (RFC 9110, 8.3)."""
    if not sent:
        return UNTYPED
    if len(sent) > LONGEST_MEDIA_TYPE or not values.is_media_type(sent):
        raise StatementError(
            N_("The Content-Type is a media type such as application/json, of %(most)s characters at most."),
            most=LONGEST_MEDIA_TYPE,
        )
    return sent


def _uuid(text: str | None) -> UUID | None:
    found = None if text is None else values.uuid(text)
    if text is not None and found is None:
        raise ParameterError(N_("%(text)s is not a UUID."), place="registration", text=shortened(text))
    return found


def _id(text: str | None, name: str) -> str | None:
    if text is not None and not 0 < len(text) <= LONGEST_ID:
        raise ParameterError(N_("An id has 1 to %(most)s characters."), place=name, most=LONGEST_ID)
    return text


def _moment(text: str | None, version: str) -> datetime | None:
    found = None if text is None else values.instant(text, strict=version == V2)
    if text is not None and found is None:
        raise ParameterError(
            N_("%(text)s is not a timestamp such as 2026-03-02T02:30:00.000Z; a + is sent as %%2B."),
            place="since",
            text=shortened(text),
        )
    return found


def check_precondition(
    there: Document | None, *, method: Literal["PUT", "POST", "DELETE"], kind: Kind, conditions: Conditions
) -> None:
    """Raise PreconditionFailed or Conflict where the request may not change the document that is there.

    Without a condition, a PUT must not overwrite a profile, nor a state under 2.0: 409. Under 1.0.x a PUT of a profile
    needs a condition even where there is none yet: 400 (xAPI 1.0.3, Communication 3.1; 2.0, 4.1.4). Tags are compared
    without their quotes, since old clients send them so, and weak ones as if they were strong, since proxies that
    compress a reply make them weak: the hash of the content is in both.
    """
    if_match, if_none_match = conditions.if_match, conditions.if_none_match
    if if_match is not None and not _matches(there, if_match):
        raise PreconditionFailed(
            N_("The document is not the one that If-Match names; get it anew, and change what it is now.")
        )
    if if_none_match is not None and _matches(there, if_none_match):
        raise PreconditionFailed(N_("There is a document that If-None-Match excludes; nothing was changed."))
    if method != "PUT" or if_match is not None or if_none_match is not None:
        return
    if there is not None and (kind != "state" or conditions.version == V2):
        raise Conflict(
            N_("There is a document here already. Get it, and send its ETag in If-Match, or If-None-Match: * for none.")
        )
    if there is None and kind != "state" and conditions.version == V1:
        raise StatementError(N_("A PUT of a profile needs If-Match or If-None-Match, such as If-None-Match: *."))


def has_already(there: Document, conditions: Conditions) -> bool:
    """Whether who reads has this very document: 304 tells that. PreconditionFailed where If-Match names another.

    Tags alone are looked at: a document may change twice within a second, which dates in headers do not tell apart.
    """
    if conditions.if_match is not None and not _matches(there, conditions.if_match):
        raise PreconditionFailed(N_("The document is not the one that If-Match names."))
    return conditions.if_none_match is not None and _matches(there, conditions.if_none_match)


def _matches(there: Document | None, header: str) -> bool:
    if there is None:
        return False
    tags = {quoted or bare for quoted, bare in _TAG.findall(header)}
    return "*" in tags or there.etag in {tag.lower() for tag in tags}


def merged(there: Document | None, sent: Document) -> Document:
    """What a POST leaves: the document sent, or the one that is there with the members of the one sent in it.

    Both have to be JSON objects then, and members are replaced whole; StatementError otherwise. A first one may be
    anything, unless it says that it is JSON and is not (xAPI 1.0.3, Communication 2.2). Numbers keep their digits, and
    a name that stands twice in one object is an error: which of the two is meant, nobody can tell.
    """
    if there is None:
        if _is_json(sent.content_type):
            _tree(sent, N_("The document that was sent"))
        return sent
    for one in (there, sent):
        if not _is_json(one.content_type):
            raise StatementError(
                N_("Documents are merged where both are application/json; one is “%(kind)s”."),
                kind=shortened(one.content_type),
            )
    members = _members(there, N_("The document that is stored")) | _members(sent, N_("The document that was sent"))
    return Document(content=dump(members).encode(), content_type=there.content_type, updated_at=sent.updated_at)


def _is_json(content_type: str) -> bool:
    return content_type.partition(";")[0].strip().lower() == "application/json"


def _members(document: Document, which: str) -> dict[str, Any]:
    tree = _tree(document, which)
    if not isinstance(tree, dict):
        raise StatementError(N_("%(which)s is no JSON object, so it cannot be merged."), which=which)
    return tree


def _tree(document: Document, which: str) -> Any:
    try:
        return parse(document.content)
    except StatementError as error:
        raise StatementError(N_("%(which)s: %(why)s"), which=which, why=error.message) from None
