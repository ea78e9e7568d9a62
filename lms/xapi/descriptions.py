"""What is told of agents and of activities, put together. Part of `rules`."""

from collections.abc import Mapping, Sequence
from typing import Any

from lms.xapi.agents import AgentRef
from lms.xapi.payloads import write

MOST = 65_536
"""Bytes of JSON to which a definition grows."""
_BY_KEY = ("name", "description", "extensions")
_OF_INTERACTION = ("correctResponsesPattern", "choices", "scale", "source", "target", "steps")


def person(asked: AgentRef, seen: Sequence[AgentRef]) -> dict[str, Any]:
    """The Person that all these agents are: names and identifiers, each kind an array (xAPI 1.0.3, Communication 2.4).

    The agent that was asked for is always in it, and its identifier comes first.
    """
    everyone = [asked, *sorted((one for one in seen if one.key != asked.key), key=_order)]
    found: dict[str, Any] = {"objectType": "Person"}
    names = {one.name for one in (*everyone, *seen) if one.name}
    if names:
        found["name"] = sorted(names)
    for one in everyone:
        found.setdefault(one.kind, []).append(_identifier(one))
    return found


def _order(agent: AgentRef) -> tuple[str, str, str]:
    return agent.kind, agent.value, agent.home_page or ""


def _identifier(agent: AgentRef) -> str | dict[str, Any]:
    return agent.value if agent.kind != "account" else {"homePage": agent.home_page, "name": agent.value}


def merged_definition(there: Mapping[str, Any], sent: Mapping[str, Any]) -> dict[str, Any]:
    """A definition with all that is known: newer members replace older ones, by language and by extension.

    An activity has all that any statement told of it (xAPI 1.0.3, Communication 2.5). What belongs to the interaction
    that it was before does not outlive a change of its `interactionType` (Data 2.4.4.1).

    What would make it larger than MOST is not merged, and it stays as it was: extensions with ever other names must
    not make it grow for ever.
    """
    kept = dict(there)
    if sent.get("interactionType", there.get("interactionType")) != there.get("interactionType"):
        kept = {name: value for name, value in there.items() if name not in _OF_INTERACTION}
    found = {**kept, **sent}
    for name in _BY_KEY:
        if isinstance(kept.get(name), dict) and isinstance(sent.get(name), dict):
            found[name] = {**kept[name], **sent[name]}
    return found if len(write(found).encode()) <= MOST else dict(there)
