"""Who sends something for the first time: the actors of new statements, and the homePages of their accounts."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import bindparam, update
from sqlalchemy.orm import Session

from lms.people.rules import fold
from lms.xapi import rules
from lms.xapi.gate_models import HomePageRow
from lms.xapi.memory import Memory
from lms.xapi.models import AgentRow
from lms.xapi.writing import insert_new


class Came(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An actor, by which credential it came (None for an import), and the homePages that this one is limited to."""

    actor: rules.AgentRef
    credential_id: UUID | None
    limited_to: tuple[str, ...]


def note(session: Session, *, organisation_id: int, came: Iterable[Came], stored: datetime, memory: Memory) -> None:
    """Write down the actors that are new, the first of each, and the homePages that are.

    What a credential's limits name is known to whoever has set them; any other homePage waits for somebody to say so.
    No query where `memory` knows all of them, three at most.
    """
    first: dict[bytes, Came] = {}
    for one in came:
        if (organisation_id, one.actor.key) not in memory:
            first.setdefault(one.actor.key, one)
    if not first:
        return
    rows = [_agent_row(organisation_id, first[key].actor, stored) for key in sorted(first)]
    new = insert_new(session, AgentRow, rows, key="key")
    _note_pages(session, organisation_id, [one for key, one in first.items() if key in new], stored)


def _note_pages(session: Session, organisation_id: int, came: Iterable[Came], stored: datetime) -> None:
    """The homePages of these accounts, and how many they are: one that is known already is not counted, nor locked."""
    pages: dict[bytes, dict[str, Any]] = {}
    for one in came:
        if one.actor.home_page is not None:
            page = _page_row(organisation_id, one, stored)
            pages.setdefault(page["key"], page)["accounts"] += 1
    if not pages:
        return
    new = insert_new(session, HomePageRow, [pages[key] for key in sorted(pages)], key="key")
    more = [{"page": key, "more": pages[key]["accounts"]} for key in sorted(pages.keys() - new)]
    if more:
        session.connection().execute(_COUNTING, [{"tenant": organisation_id, **one} for one in more])


_COUNTING = (
    update(HomePageRow)
    .where(
        HomePageRow.organisation_id == bindparam("tenant"),
        HomePageRow.key == bindparam("page"),
        HomePageRow.confirmed_at.is_(None),
    )
    .values(accounts=HomePageRow.accounts + bindparam("more"))
)


def _agent_row(organisation_id: int, agent: rules.AgentRef, stored: datetime) -> dict[str, Any]:
    return {
        "organisation_id": organisation_id,
        "key": agent.key,
        "kind": agent.kind,
        "value": agent.value,
        "value_key": rules.value_key(fold(agent.value)),
        "home_page": agent.home_page,
        "name": agent.name,
        "first_stored": stored,
    }


def _page_row(organisation_id: int, one: Came, stored: datetime) -> dict[str, Any]:
    home_page = one.actor.home_page or ""
    return {
        "organisation_id": organisation_id,
        "key": rules.home_page_key(home_page),
        "home_page": home_page,
        "first_stored": stored,
        "credential_id": one.credential_id,
        "confirmed_at": stored if home_page in one.limited_to else None,
        "accounts": 0,
    }
