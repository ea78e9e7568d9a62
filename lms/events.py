"""Facts that a room announces inside its transaction, for rooms above it that it must not know.

A listener gets (session, fact) and may only append inbox or outbox rows: what it does is part of the same transaction.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

Listener = Callable[[Session, Any], None]
Listeners = Mapping[type, Sequence[Listener]]


@dataclass(frozen=True, kw_only=True, slots=True)
class ParticipantsChanged:
    """These participants are new, or another identifier or e-mail stands for them now."""

    organisation_id: int
    participant_ids: tuple[UUID, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class AgentMatched:
    """Somebody said which participant an agent is, or (None) that it is not the one it was said to be.

    `agent_key` is the agent's 16-byte key.
    """

    organisation_id: int
    agent_key: bytes
    participant_id: UUID | None


@dataclass(frozen=True, kw_only=True, slots=True)
class MatchingChanged:
    """The organisation's rules of who is who have changed."""

    organisation_id: int


@dataclass(frozen=True, kw_only=True, slots=True)
class ModulesPublished:
    """A programme version with these module IRIs was published."""

    organisation_id: int
    iris: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class MarksTaken:
    """These participants have new marks at a session."""

    organisation_id: int
    session_id: UUID
    participant_ids: tuple[UUID, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class TimetableChanged:
    """These sessions of a cohort were changed, moved, cancelled or restored."""

    organisation_id: int
    cohort_id: UUID
    session_ids: tuple[UUID, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class AttendedSaid:
    """These statements say that somebody attended something; they are new, or may count differently now."""

    organisation_id: int
    statement_ids: tuple[UUID, ...]


def announce(session: Session, fact: object) -> None:
    """Tell every listener of this fact, within the transaction."""
    listeners: Listeners = session.info.get("listeners", {})
    for listener in listeners.get(type(fact), ()):
        listener(session, fact)
