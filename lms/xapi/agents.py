"""Agents as the store knows them: by their inverse functional identifier, which hashes to a key."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import blake2b
from typing import Any, Literal

from msgspec import UNSET

from lms.xapi.statements import Actor, Agent

AgentKind = Literal["account", "mbox", "mbox_sha1sum", "openid"]
LONGEST_REMEMBERED = 400
"""Characters of what is made once for many statements; longer ones are rare, and would make the memory grow."""


@dataclass(frozen=True, kw_only=True, slots=True)
class AgentRef:
    """An agent or identified group. `value` is the IFI as it was sent, for an account its name; `name` is for display.

    Two are the same agent where their `key` is (xAPI 1.0.3, Communication 2.1.3), whatever their names.
    """

    kind: AgentKind
    value: str
    home_page: str | None = None
    name: str | None = None
    key: bytes = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "key", _key("agent", self.kind, self.value, self.home_page or ""))


def agent_key(ref: AgentRef) -> bytes:
    """16 bytes that stand for the IFI, letter by letter: no case is folded."""
    return ref.key


def value_key(folded: str) -> bytes:
    """16 bytes that stand for a folded value, by which agents are found whatever the case of their letters."""
    return _key("value", folded)


def key_in(text: str) -> bytes:
    """The key in hexadecimal digits, as it stands in an address or a form; of anything else one that nothing has."""
    try:
        return bytes.fromhex(text)
    except ValueError:
        return b""


def home_page_key(iri: str) -> bytes:
    """16 bytes that stand for the homePage of an account, compared as a simple string (RFC 3987, 5.3.1)."""
    return _key("home_page", iri)


def activity_key(iri: str) -> bytes:
    """16 bytes that stand for the IRI of an activity, compared as a simple string (RFC 3987, 5.3.1)."""
    return _key("activity", iri)


def verb_key(iri: str) -> bytes:
    """16 bytes that stand for the IRI of a verb, compared as a simple string (RFC 3987, 5.3.1)."""
    return _key("verb", iri)


def _key(*parts: str) -> bytes:
    return _short_key(*parts) if sum(map(len, parts)) <= LONGEST_REMEMBERED else _digest(*parts)


def _digest(*parts: str) -> bytes:
    """Each part is framed by its length, so that no two lists of parts can run together."""
    digest = blake2b(digest_size=16)
    for part in parts:
        data = part.encode()
        digest.update(len(data).to_bytes(4, "big"))
        digest.update(data)
    return digest.digest()


_short_key = lru_cache(maxsize=8192)(_digest)
_short_ref = lru_cache(maxsize=8192)(AgentRef)


def agent_ref(agent: Actor | Agent) -> AgentRef | None:
    """The agent or identified group that a checked struct names; None for an anonymous group."""
    name = None if agent.name is UNSET else agent.name
    if agent.account is not UNSET:
        return _ref("account", agent.account.name, agent.account.home_page, name)
    if agent.mbox is not UNSET:
        return _ref("mbox", agent.mbox, None, name)
    if agent.mbox_sha1sum is not UNSET:
        return _ref("mbox_sha1sum", agent.mbox_sha1sum, None, name)
    return None if agent.openid is UNSET else _ref("openid", agent.openid, None, name)


def agent_in(tree: Mapping[str, Any]) -> AgentRef | None:
    """The agent or identified group in the JSON of a kept statement; None for an anonymous group."""
    name = tree.get("name")
    if "account" in tree:
        return _ref("account", tree["account"]["name"], tree["account"]["homePage"], name)
    for kind in ("mbox", "mbox_sha1sum", "openid"):
        if kind in tree:
            return _ref(kind, tree[kind], None, name)
    return None


def _ref(kind: AgentKind, value: str, home_page: str | None, name: str | None) -> AgentRef:
    is_short = len(value) + len(home_page or "") + len(name or "") <= LONGEST_REMEMBERED
    make = _short_ref if is_short else AgentRef
    return make(kind=kind, value=value, home_page=home_page, name=name)
