"""What the viewer of statements shows: a page with its people and what it refers to, and whom a search means."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from heapq import merge
from itertools import islice
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from lms.people import queries as people
from lms.people.rules import KnownAgent, fold
from lms.xapi import queries, rules, wording
from lms.xapi.models import StatementRow

MOST_AGENTS = 10
"""Agents of one participant whose statements are shown together; a person has an account for each system or so."""
OFFERED = 10
"""People among whom to choose where a search means several."""
REFERRERS = 20


@dataclass(frozen=True, kw_only=True, slots=True)
class Person:
    """Somebody whose statements can be shown: a participant, or else an agent of nobody known."""

    name: str
    note: str
    participant_id: UUID | None = None
    agent: rules.AgentRef | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """A statement of a page. `about` is the statement it refers to, if that is here, and whether that is voided."""

    id: UUID
    stored: datetime
    said: wording.Said
    participant_id: UUID | None
    participant: str
    about: "Row | None" = None
    voided: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """What is looked for: a query, of these agents together unless there are none, sent by this credential if any."""

    query: rules.StatementQuery
    agents: tuple[rules.AgentRef, ...] = ()
    sent_by: UUID | None = None


def found(session: Session, *, organisation_id: int, asked: Asked, limit: int) -> queries.Page:
    """A page of the statements that are asked for, as `queries.statements` orders them. Up to 20 queries."""
    agents: Sequence[rules.AgentRef | None] = asked.agents[:MOST_AGENTS] or (asked.query.agent,)
    pages = [
        queries.statements(
            session,
            organisation_id=organisation_id,
            query=replace(asked.query, agent=agent),
            limit=limit,
            sent_by=asked.sent_by,
        )
        for agent in agents
    ]
    return pages[0] if len(pages) == 1 else _together(pages, limit, ascending=asked.query.ascending)


def _together(pages: Sequence[queries.Page], limit: int, *, ascending: bool) -> queries.Page:
    """The first of all the pages in their order; one that several agents share stands there once."""
    ordered = merge(*(page.statements for page in pages), key=lambda one: (one.stored, one.id), reverse=not ascending)
    every = list({one.id: one for one in ordered}.values())
    shown = tuple(islice(every, limit))
    goes_on = len(every) > len(shown) or any(page.more is not None for page in pages)
    more = rules.Cursor(stored=shown[-1].stored, id=shown[-1].id, ascending=ascending) if goes_on and shown else None
    return queries.Page(statements=shown, more=more)


def newer(session: Session, *, organisation_id: int, asked: Asked, after: rules.Cursor, limit: int) -> queries.Page:
    """The newest of what was stored after the cursor, newest first; `more` tells that there are others between."""
    through = queries.readable_through(session)
    bounds = (after.stored - timedelta(microseconds=1), asked.query.since)
    since = max(one for one in bounds if one is not None)
    query = replace(asked.query, since=since, until=through, cursor=None)
    page = found(session, organisation_id=organisation_id, asked=replace(asked, query=query), limit=limit)
    fresh = tuple(one for one in page.statements if (one.stored, one.id) > (after.stored, after.id))
    return queries.Page(statements=fresh, more=page.more if len(fresh) == limit else None)


def every(session: Session, *, organisation_id: int, asked: Asked) -> Iterator[queries.Found]:
    """All that is asked for, voided ones in their places, the oldest first, as `queries.exported` reads them."""
    agents: Sequence[rules.AgentRef | None] = asked.agents[:MOST_AGENTS] or (asked.query.agent,)
    files = [
        queries.exported(
            session,
            organisation_id=organisation_id,
            query=replace(asked.query, agent=agent),
            sent_by=asked.sent_by,
        )
        for agent in agents
    ]
    last: UUID | None = None
    for one in merge(*files, key=lambda one: (one.stored, one.id)):
        if one.id != last:
            yield one
        last = one.id


def told(
    session: Session, *, organisation_id: int, statements: Sequence[queries.Found], languages: Sequence[str]
) -> list[Row]:
    """The statements in words, with the names of participants, and what they refer to. Five queries."""
    parts = {one.id: wording.said(one.payload, languages) for one in statements}
    targets = {said.target for said in parts.values() if said.target is not None}
    kept = queries.kept(session, organisation_id=organisation_id, statement_ids=sorted(targets)) if targets else []
    about = {one.id: (one, wording.said(one.payload, languages)) for one in kept}
    actors = [said.actor for said in [*parts.values(), *(said for _, said in about.values())]]
    persons = _participants(session, organisation_id, [actor for actor in actors if actor is not None])
    targeted = {one.id: _row(one.id, one.stored, said, persons, voided=one.voided) for one, said in about.values()}
    return [
        _row(one.id, one.stored, parts[one.id], persons, about=targeted.get(parts[one.id].target or one.id))
        for one in statements
    ]


def _row(
    identity: UUID,
    stored: datetime,
    said: wording.Said,
    persons: dict[bytes, tuple[UUID, str]],
    *,
    about: Row | None = None,
    voided: bool = False,
) -> Row:
    participant_id, name = persons.get(said.actor.key, (None, "")) if said.actor is not None else (None, "")
    return Row(
        id=identity,
        stored=stored,
        said=said,
        participant_id=participant_id,
        participant=name,
        about=about,
        voided=voided,
    )


def _participants(
    session: Session, organisation_id: int, agents: Sequence[rules.AgentRef]
) -> dict[bytes, tuple[UUID, str]]:
    """Who the agents are, by their keys: participants with their names. Four queries."""
    known = people.resolve_agents(session, organisation_id=organisation_id, agents=_known(agents))
    names = people.participant_names(session, organisation_id=organisation_id, participant_ids=set(known.values()))
    return {key: (one, names[one]) for key, one in known.items() if one in names}


def persons(session: Session, *, organisation_id: int, search: str) -> list[Person]:
    """Whom a search may mean: the participant with this very identifier, else participants and agents. Nine queries.

    Participants are found by a part of their name, identifier or e-mail, agents by their whole identifier.
    """
    exactly = people.participants_by_identifier(session, organisation_id=organisation_id, identifiers=[search])
    if search in exactly:
        found = people.participant(session, organisation_id=organisation_id, participant_id=exactly[search])
        return [_participant(found)]
    keys = set(queries.agent_keys(session, organisation_id=organisation_id, values=_agent_values(search)))
    seen = [_ref(one) for one in queries.agents(session, organisation_id=organisation_id, keys=keys)]
    known = people.resolve_agents(session, organisation_id=organisation_id, agents=_known(seen))
    similar = people.participants(session, organisation_id=organisation_id, search=search, limit=OFFERED)
    there = {one.id for one in similar}
    others = [
        people.participant(session, organisation_id=organisation_id, participant_id=one)
        for one in dict.fromkeys(known.values())
        if one not in there
    ]
    unknown = [_stranger(one) for one in seen if one.key not in known]
    return [*unknown, *map(_participant, others[:OFFERED]), *map(_participant, similar)]


def _agent_values(search: str) -> set[tuple[str, bytes]]:
    folded = fold(search)
    address = folded.removeprefix("mailto:")
    return {
        ("account", rules.value_key(folded)),
        ("mbox", rules.value_key(f"mailto:{address}")),
        ("mbox_sha1sum", rules.value_key(folded)),
        ("openid", rules.value_key(folded)),
    }


def agent(session: Session, *, organisation_id: int, key: bytes) -> Person | None:
    """The agent with this key; None for one that was never seen. One query."""
    seen = queries.agents(session, organisation_id=organisation_id, keys={key})
    return _stranger(_ref(seen[0])) if seen else None


def agents_of(session: Session, *, organisation_id: int, person: Person) -> tuple[rules.AgentRef, ...]:
    """The agents by which a person was seen; none of a participant who sent nothing. Five queries at most."""
    if person.participant_id is None:
        return () if person.agent is None else (person.agent,)
    return tuple(queries.agents_of(session, organisation_id=organisation_id, participant_id=person.participant_id))


def _participant(one: people.ParticipantInfo) -> Person:
    return Person(name=one.name, note=one.identifier, participant_id=one.id)


def _stranger(agent: rules.AgentRef) -> Person:
    return Person(name=agent.name or agent.value.removeprefix("mailto:"), note=wording.ifi(agent), agent=agent)


def _ref(seen: queries.AgentSeen) -> rules.AgentRef:
    return rules.AgentRef(kind=seen.kind, value=seen.value, home_page=seen.home_page, name=seen.name)  # type: ignore[arg-type]


def _known(agents: Collection[rules.AgentRef]) -> list[KnownAgent]:
    return [KnownAgent(key=one.key, kind=one.kind, value=one.value, home_page=one.home_page) for one in agents]


@dataclass(frozen=True, kw_only=True, slots=True)
class Referrer:
    """A statement that refers to another, or voids it."""

    id: UUID
    stored: datetime
    voids: bool


def referrers(session: Session, *, organisation_id: int, statement_id: UUID) -> list[Referrer]:
    """Statements that refer to this one, those that void it first, then the oldest; 20 at most. One query."""
    rows = session.execute(
        select(StatementRow.id, StatementRow.stored, StatementRow.voids)
        .where(StatementRow.organisation_id == organisation_id, StatementRow.target_id == statement_id)
        .order_by(StatementRow.voids.desc(), StatementRow.stored, StatementRow.id)
        .limit(REFERRERS)
    )
    return [Referrer(**row._asdict()) for row in rows]
