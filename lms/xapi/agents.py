"""Agents as the store knows them: by their inverse functional identifier, which hashes to a key."""

from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from typing import Literal

from msgspec import UNSET

from lms.xapi.statements import Actor, Agent

AgentKind = Literal["account", "mbox", "mbox_sha1sum", "openid"]


@dataclass(frozen=True, kw_only=True, slots=True)
class AgentRef:
    """An agent or identified group. `value` is the IFI as it was sent, for an account its name; `name` is for display.

    Two are the same agent where their `key` is (xAPI 1.0.3, Communication 2.1.3), whatever their names.
    """

    kind: AgentKind
    value: str
    home_page: str | None = None
    name: str | None = None

    @property
    def key(self) -> bytes:
        return agent_key(self)


def agent_key(ref: AgentRef) -> bytes:
    """16 bytes that stand for the IFI, letter by letter: no case is folded."""
    return _key("agent", ref.kind, ref.value, ref.home_page or "")


def value_key(folded: str) -> bytes:
    """16 bytes that stand for a folded value, by which agents are found whatever the case of their letters."""
    return _key("value", folded)


def activity_key(iri: str) -> bytes:
    """16 bytes that stand for the IRI of an activity, compared as a simple string (RFC 3987, 5.3.1)."""
    return _key("activity", iri)


def verb_key(iri: str) -> bytes:
    """16 bytes that stand for the IRI of a verb, compared as a simple string (RFC 3987, 5.3.1)."""
    return _key("verb", iri)


def _key(*parts: str) -> bytes:
    return _short_key(parts) if sum(map(len, parts)) <= 400 else _digest(parts)


def _digest(parts: tuple[str, ...]) -> bytes:
    """Each part is framed by its length, so that no two lists of parts can run together."""
    digest = blake2b(digest_size=16)
    for part in parts:
        data = part.encode()
        digest.update(len(data).to_bytes(4, "big"))
        digest.update(data)
    return digest.digest()


_short_key = lru_cache(maxsize=8192)(_digest)


def agent_ref(agent: Actor | Agent) -> AgentRef | None:
    """The agent or identified group that a checked struct names; None for an anonymous group."""
    name = None if agent.name is UNSET else agent.name
    if agent.account is not UNSET:
        return AgentRef(kind="account", value=agent.account.name, home_page=agent.account.home_page, name=name)
    if agent.mbox is not UNSET:
        return AgentRef(kind="mbox", value=agent.mbox, name=name)
    if agent.mbox_sha1sum is not UNSET:
        return AgentRef(kind="mbox_sha1sum", value=agent.mbox_sha1sum, name=name)
    return None if agent.openid is UNSET else AgentRef(kind="openid", value=agent.openid, name=name)
