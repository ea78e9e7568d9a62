"""What holds of people, whatever the database: names, roles, passwords, links, limits, and who is who."""

import hashlib
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Literal
from uuid import UUID

from lms.errors import N_, DomainError

ADMIN, MANAGER, FACILITATOR, AUDITOR, PARTICIPANT = "admin", "manager", "facilitator", "auditor", "participant"
ROLES = {
    ADMIN: N_("Administrator"),
    MANAGER: N_("Programme manager"),
    FACILITATOR: N_("Facilitator"),
    AUDITOR: N_("Auditor"),
    PARTICIPANT: N_("Participant"),
}
STAFF_ROLES = (ADMIN, MANAGER, FACILITATOR, AUDITOR)
MANAGERS = (ADMIN, MANAGER)
READERS = (ADMIN, MANAGER, AUDITOR)

MAY_MANAGE: Mapping[str, frozenset[str]] = {
    ADMIN: frozenset(ROLES),
    MANAGER: frozenset(ROLES) - {ADMIN},
}
"""Whose accounts a role may add, invite, change and switch off; other roles none at all."""

Purpose = Literal["invite", "reset"]
LINK_LASTS: Mapping[Purpose, timedelta] = {"invite": timedelta(days=14), "reset": timedelta(days=1)}
"""How long a one-time link can be used."""

SHORTEST_PASSWORD, LONGEST_PASSWORD, FEWEST_LETTERS = 12, 200, 5
FREE_TRIES, FIRST_WAIT, LONGEST_WAIT = 8, timedelta(minutes=1), timedelta(minutes=15)
FORGET_FAILURES_AFTER = timedelta(days=1)
LONGEST_TEXT = 200
LEAST_OF_ITS_OWN = 6
"""The fewest characters that a password must have beside somebody's e-mail or identifier in it."""

EMAIL = re.compile(r"[^\s@<>()\[\],;:\"\\]+@[^\s@<>()\[\],;:\"\\]+\.[^\s@<>()\[\],;:\"\\.]+\Z")
SLUG = re.compile(r"[a-z0-9]([a-z0-9-]{0,58}[a-z0-9])?\Z")
TOKEN = re.compile(r"([0-9]{1,18})\.[A-Za-z0-9_-]{43}\Z")


@dataclass(frozen=True, kw_only=True, slots=True)
class NewParticipant:
    """A participant as a file or a form names one; without an e-mail, one that is known already stays."""

    identifier: str
    name: str
    email: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class KnownAgent:
    """An xAPI agent by its inverse functional identifier: `value` as it was sent, for an account the account's name."""

    key: bytes
    kind: str
    value: str
    home_page: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Matching:
    """An organisation's rules of who is who. No home pages means that any will do."""

    by_account: bool
    home_pages: tuple[str, ...]
    by_mbox: bool


# Names


def fold(text: str) -> str:
    """The text as it is compared with another, letter case aside (Unicode's canonical caseless matching, D145)."""
    folded = text
    for _ in range(2):
        folded = unicodedata.normalize("NFD", unicodedata.normalize("NFD", folded).casefold())
    return unicodedata.normalize("NFC", folded)


def harmless(text: str) -> str:
    """The text for a spreadsheet, which would run one that begins like a formula: an apostrophe keeps it a text."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def mbox_sha1(email: str) -> str:
    """The mbox_sha1sum of an e-mail, in lower-case hex (xAPI 1.0.3, Data 2.4.2.3)."""
    return hashlib.sha1(f"mailto:{email}".encode(), usedforsecurity=False).hexdigest()


def bare_mbox(mbox: str) -> str:
    """The e-mail of an mbox, folded."""
    folded = fold(mbox)
    return folded.removeprefix("mailto:")


def participant_problem(person: NewParticipant) -> DomainError | None:
    """What is wrong with a participant, if anything; its place is the column."""
    if not is_text(person.identifier):
        return DomainError(
            N_("An identifier has 1 to %(most)s visible characters."), place="identifier", most=LONGEST_TEXT
        )
    if not is_text(person.name):
        return DomainError(N_("A name has 1 to %(most)s visible characters."), place="name", most=LONGEST_TEXT)
    if person.email and not is_email(person.email):
        return DomainError(N_("“%(email)s” is not an e-mail address."), place="email", email=person.email)
    return None


def is_text(text: str) -> bool:
    """Whether it can be a name: visible on one line, without blanks around it, neither empty nor endless."""
    return 0 < len(text) <= LONGEST_TEXT and text == text.strip() and text.isprintable()


def is_email(text: str) -> bool:
    """Whether mail can be addressed to it; whether somebody reads it, only a mail can tell."""
    return len(text) <= 254 and text.isprintable() and EMAIL.match(text) is not None


def is_slug(text: str) -> bool:
    """Whether it can stand in an address: up to 60 lower-case letters, digits and inner hyphens."""
    return SLUG.match(text) is not None


def home_pages(text: str) -> tuple[str, ...]:
    """The home pages of a text, one a line, in its order and each once."""
    return tuple(dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()))


# Roles


def may_manage(role: str, other: str) -> bool:
    """Whether somebody of `role` may add and change accounts of the role `other`."""
    return other in MAY_MANAGE.get(role, frozenset())


# Passwords


def password_problem(password: str, *, known: Sequence[str]) -> DomainError | None:
    """What is wrong with a new password; `known` is what anybody knows of the person: e-mail, identifier, name."""
    if len(password) < SHORTEST_PASSWORD:
        return DomainError(
            N_("Use %(least)s characters or more; a few words are easy to remember."), least=SHORTEST_PASSWORD
        )
    if len(password) > LONGEST_PASSWORD:
        return DomainError(N_("Use %(most)s characters or fewer."), most=LONGEST_PASSWORD)
    folded = fold(password)
    if len(set(folded)) < FEWEST_LETTERS or _is_run(folded):
        return DomainError(N_("That is too easy to guess: use more different characters."))
    for text in known:
        if _gives_away(folded, fold(text)):
            return DomainError(N_("Do not use your name, e-mail address or identifier as the password."))
    return None


def _is_run(text: str) -> bool:
    """Whether every character follows the one before, as in 1234567890: digits that go on from 9 with 0 too."""
    steps = {(ord(after) - ord(before)) % 10 for before, after in pairwise(text)}
    return text.isdigit() and len(steps) == 1


def _gives_away(password: str, known: str) -> bool:
    parts = [known, known.partition("@")[0]] if "@" in known else [known]
    return any(len(part) >= 4 and part in password and len(password) - len(part) < LEAST_OF_ITS_OWN for part in parts)


# Links


def token_organisation(token: str) -> int | None:
    """The organisation that a one-time link names; None where it cannot be such a link."""
    found = TOKEN.match(token)
    return int(found.group(1)) if found else None


def secret_hash(secret: str) -> bytes:
    """What is kept of a secret of 60 random bits or more: with so many, a slow hash would add nothing."""
    return hashlib.sha256(secret.encode()).digest()


def bare_code(code: str) -> str:
    """A setup code as it is hashed: its letters and digits alone, in capitals."""
    return "".join(letter for letter in code.upper() if letter.isalnum())


# Limits


def failure_key(name: str) -> bytes:
    """16 bytes that stand for a name that somebody tried to sign in with, letter case aside."""
    return hashlib.blake2b(fold(name).encode(), digest_size=16).digest()


def wait_after(failures: int) -> timedelta:
    """How long nobody may try a name after so many failures in a row: nothing at first, then doubling."""
    if failures < FREE_TRIES:
        return timedelta()
    doublings = min(failures - FREE_TRIES, 10)
    return min(FIRST_WAIT * (1 << doublings), LONGEST_WAIT)


def seconds_to_wait(*, failures: int, last_at: datetime, now: datetime) -> int:
    """Whole seconds, rounded up, until the name may be tried again; 0 if it may be tried now."""
    left = last_at + wait_after(failures) - now
    return max(0, -(-left // timedelta(seconds=1)))


def are_forgotten(*, last_at: datetime, now: datetime) -> bool:
    """Whether earlier failures no longer count."""
    return now - last_at >= FORGET_FAILURES_AFTER


# Who is who


@dataclass(frozen=True, kw_only=True, slots=True)
class Identity:
    """What of a participant is compared with agents."""

    participant_id: UUID
    identifier_folded: str
    email_folded: str | None
    sha1s: frozenset[str]


def sought(agent: KnownAgent, matching: Matching) -> str | None:
    """What a participant must have to be this agent by the organisation's rules; None if no rule speaks of it."""
    if agent.kind == "account":
        return fold(agent.value) if matching.by_account and _is_home(agent.home_page, matching.home_pages) else None
    if agent.kind == "mbox":
        return bare_mbox(agent.value) if matching.by_mbox else None
    if agent.kind == "mbox_sha1sum":
        return agent.value.lower() if matching.by_mbox else None
    return None


def _is_home(home_page: str | None, allowed: Sequence[str]) -> bool:
    """A slash at the end makes no other site."""
    return not allowed or any((home_page or "").rstrip("/") == page.rstrip("/") for page in allowed)


def who_is_who(
    agents: Sequence[KnownAgent], *, matching: Matching, identities: Sequence[Identity], said: Mapping[bytes, UUID]
) -> dict[bytes, UUID]:
    """Participants by agent key, without agents of nobody known. What somebody has said goes before every rule."""
    by_identifier = {identity.identifier_folded: identity.participant_id for identity in identities}
    by_email = {identity.email_folded: identity.participant_id for identity in identities if identity.email_folded}
    by_sha1 = {sha1: identity.participant_id for identity in identities for sha1 in identity.sha1s}
    tables = {"account": by_identifier, "mbox": by_email, "mbox_sha1sum": by_sha1}
    found = {agent.key: tables.get(agent.kind, {}).get(sought(agent, matching) or "") for agent in agents}
    known = {key: participant_id for key, participant_id in found.items() if participant_id is not None}
    return known | {agent.key: said[agent.key] for agent in agents if agent.key in said}
