"""Which agents and activities a statement names: what the filters of GET /statements look for."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType

from lms.xapi.agents import AgentRef, activity_key, agent_ref, verb_key
from lms.xapi.statements import Activity, Actor, Agent, Context, Shaped, shape, shaped
from lms.xapi.tree import parse

AgentRole = Literal["actor", "object", "related"]
ActivityRole = Literal["object", "related"]


ROLES = {"actor": 0, "object": 0, "related": 1}, {"object": 2, "related": 3}
"""The role in which a link of an agent, or of an activity, is kept: so that a kept link tells which of both it is."""
VERB, REGISTRATION = 4, 5
MOST_HANDED_ON = 100
"""Keys of a statement by which what refers to it is found as well."""


class AgentLink(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One agent of a statement. `related` answers related_agents only, the other two answer the agent filter too."""

    ref: AgentRef
    role: AgentRole


class ActivityLink(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One activity of a statement. `related` answers related_activities only, `object` the activity filter as well."""

    iri: str
    role: ActivityRole
    key: bytes


def activity_link(activity: Activity, role: ActivityRole) -> ActivityLink:
    """The link to an activity in this role."""
    return ActivityLink(iri=activity.id, role=role, key=activity_key(activity.id))


def keys_of(agents: Iterable[AgentLink], activities: Iterable[ActivityLink]) -> list[tuple[bytes, int]]:
    """The key and the role of each link, as they are kept."""
    of_agents, of_activities = ROLES
    keys = [(link.ref.key, of_agents[link.role]) for link in agents]
    keys += [(link.key, of_activities[link.role]) for link in activities]
    return keys


def handed_on(
    agents: Sequence[AgentLink], activities: Sequence[ActivityLink], *, verb: str, registration: UUID | None
) -> tuple[tuple[bytes, int], ...]:
    """Keys and roles by which also that is found which refers to the statement: MOST_HANDED_ON, what says most first.

    Its verb, registration, object and actor; then other activities, members of groups, and agents around it.
    """
    keys = [(verb_key(verb), VERB)]
    if registration is not None:
        keys.append((registration.bytes, REGISTRATION))
    # A group stands before its members.
    first = {one.role: one for one in reversed(agents) if one.role != "related"}
    keys += keys_of(first.values(), (one for one in activities if one.role == "object"))
    keys += keys_of((), activities)
    keys += keys_of(agents, ())
    return tuple(islice(dict.fromkeys(keys), MOST_HANDED_ON))


def handed_on_by_kept(payload: str) -> tuple[tuple[bytes, int], ...]:
    """`handed_on` for a statement that is kept."""
    tree = parse(payload)
    statement = shape(tree, "statement")
    authority = shaped(tree["authority"], Actor, "authority")
    context = statement.body.context
    registration = UNSET if context is UNSET else context.registration
    return handed_on(
        agent_links(statement, authority),
        activity_links(statement),
        verb=statement.body.verb.id,
        registration=None if registration is UNSET else UUID(registration),
    )


def agent_links(statement: Shaped, authority: Actor) -> tuple[AgentLink, ...]:
    """Each agent once, in the first of its roles: actor, object, related.

    Members of the actor, or of the object, match like their group (xAPI 1.0.3, Communication 2.1.3, `agent`).
    """
    found: dict[bytes, AgentLink] = {}
    for role, ref in _agents(statement, authority):
        found.setdefault(ref.key, AgentLink(ref=ref, role=role))
    return tuple(found.values())


def _agents(shaped: Shaped, authority: Actor) -> Iterator[tuple[AgentRole, AgentRef]]:
    for ref in with_members(shaped.body.actor):
        yield "actor", ref
    if isinstance(shaped.target, Actor):
        for ref in with_members(shaped.target):
            yield "object", ref
    for agent in (authority, *context_agents(shaped.body.context), *_inner_agents(shaped)):
        for ref in with_members(agent):
            yield "related", ref


def with_members(agent: Actor | Agent) -> Iterator[AgentRef]:
    """The agent or identified group, and the members of a group."""
    ref = agent_ref(agent)
    if ref is not None:
        yield ref
    if isinstance(agent, Actor):
        for member in agent.members:
            yield from with_members(member)


def links_to(agents: Iterable[Actor | Agent], role: AgentRole) -> tuple[AgentLink, ...]:
    """Links to these agents and their members."""
    return tuple(AgentLink(ref=ref, role=role) for agent in agents for ref in with_members(agent))


def context_agents(context: Context | UnsetType) -> Iterator[Actor | Agent]:
    """The instructor, the team, and the agents and groups around it, in this order."""
    if context is UNSET:
        return
    yield from (actor for actor in (context.instructor, context.team) if actor is not UNSET)
    if context.context_agents is not UNSET:
        yield from (entry.agent for entry in context.context_agents)
    if context.context_groups is not UNSET:
        yield from (entry.group for entry in context.context_groups)


def _inner_agents(shaped: Shaped) -> Iterator[Actor | Agent]:
    inner = shaped.target
    if isinstance(inner, Shaped):
        yield inner.body.actor
        if isinstance(inner.target, Actor):
            yield inner.target
        yield from context_agents(inner.body.context)


def activity_links(statement: Shaped) -> tuple[ActivityLink, ...]:
    """Each activity once, as object where it is that."""
    found: dict[str, ActivityLink] = {}
    if isinstance(statement.target, Activity):
        found[statement.target.id] = activity_link(statement.target, "object")
    for activity in (*context_activities(statement.body.context), *_inner_activities(statement)):
        if activity.id not in found:
            found[activity.id] = activity_link(activity, "related")
    return tuple(found.values())


def context_activities(context: Context | UnsetType) -> Iterator[Activity]:
    """The activities around it: parent, grouping, category and other, in this order."""
    if context is not UNSET and context.context_activities is not UNSET:
        yield from context.context_activities.all()


def _inner_activities(shaped: Shaped) -> Iterator[Activity]:
    inner = shaped.target
    if isinstance(inner, Shaped):
        if isinstance(inner.target, Activity):
            yield inner.target
        yield from context_activities(inner.body.context)
