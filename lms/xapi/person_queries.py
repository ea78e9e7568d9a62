"""Which agents are one person. Part of `queries`; none names another organisation's rows."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select, tuple_
from sqlalchemy.orm import Session

from lms.people import queries as people
from lms.people.models import ParticipantAgent
from lms.people.rules import Identity, KnownAgent
from lms.xapi import rules
from lms.xapi.models import AgentRow

MOST = 500
"""Agents of one person that are looked at: whoever may write can make up any number of them."""


def seen_as(session: Session, *, organisation_id: int, agent: rules.AgentRef) -> list[rules.AgentRef]:
    """The agent as it was first seen; nothing if it was not. One query."""
    return _seen(session, organisation_id, AgentRow.key == agent.key)


def same_person(session: Session, *, organisation_id: int, agent: rules.AgentRef) -> list[rules.AgentRef]:
    """The agents seen that stand for the participant for whom this one stands; of nobody known, `seen_as`.

    By what somebody has said and by the organisation's rules of who is who. Four queries, eight for a participant.
    """
    known = people.resolve_agents(session, organisation_id=organisation_id, agents=_known([agent]))
    participant_id = known.get(agent.key)
    if participant_id is None:
        return seen_as(session, organisation_id=organisation_id, agent=agent)
    return agents_of(session, organisation_id=organisation_id, participant_id=participant_id)


def agents_of(session: Session, *, organisation_id: int, participant_id: UUID) -> list[rules.AgentRef]:
    """The agents seen that stand for this participant. Five queries."""
    said = select(ParticipantAgent.agent_key).where(
        ParticipantAgent.organisation_id == organisation_id, ParticipantAgent.participant_id == participant_id
    )
    (identity,) = people.identities(session, organisation_id=organisation_id, participant_ids=[participant_id])
    by_rule = tuple_(AgentRow.kind, AgentRow.value_key).in_(sought_by_rule(identity))
    # What a rule would say of an agent counts only where nobody has said otherwise, so they are asked about once more.
    perhaps = _seen(session, organisation_id, or_(AgentRow.key.in_(said), by_rule))
    persons = people.resolve_agents(session, organisation_id=organisation_id, agents=_known(perhaps))
    return [one for one in perhaps if persons.get(one.key) == participant_id]


def sought_by_rule(identity: Identity) -> list[tuple[str, bytes]]:
    """The kinds and value keys of the agents that a rule of the organisation may match to this participant."""
    wanted = [("account", identity.identifier_folded)]
    wanted += [("mbox", f"mailto:{identity.email_folded}")] if identity.email_folded else []
    wanted += [("mbox_sha1sum", sha1) for sha1 in sorted(identity.sha1s)]
    return [(kind, rules.value_key(value)) for kind, value in wanted]


def _seen(session: Session, organisation_id: int, condition: ColumnElement[bool]) -> list[rules.AgentRef]:
    query = (
        select(AgentRow.kind, AgentRow.value, AgentRow.home_page, AgentRow.name)
        .where(AgentRow.organisation_id == organisation_id, condition)
        .order_by(AgentRow.first_stored, AgentRow.key)
        .limit(MOST)
    )
    return [rules.AgentRef(**row._mapping) for row in session.execute(query)]


def _known(agents: Sequence[rules.AgentRef]) -> list[KnownAgent]:
    return [KnownAgent(key=one.key, kind=one.kind, value=one.value, home_page=one.home_page) for one in agents]
