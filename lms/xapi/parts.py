"""The parts of statements, each by its own text. Part of `rules`.

The same people, verbs, activities and courses come again and again. So what a part comes to, whatever stands around it,
is remembered by its text: it is read, checked and put into its forms once.
"""

from collections.abc import Callable
from datetime import datetime
from functools import lru_cache, partial
from itertools import chain
from typing import Any
from uuid import UUID

import msgspec

from lms.xapi import fingerprints, payloads
from lms.xapi.agents import AgentRef, agent_ref
from lms.xapi.checks import check_activity, check_actor, check_authority, check_context, check_verb, check_version
from lms.xapi.links import ActivityLink, AgentLink, activity_link, context_activities, context_agents, links_to
from lms.xapi.prepared import Described, described
from lms.xapi.results import check_result
from lms.xapi.statements import Activity, Actor, Context, Result, Verb, shaped
from lms.xapi.tree import canonical, dump, parse
from lms.xapi.versions import V2

LONGEST = 1000
"""Bytes of a part that is remembered; longer ones rarely come again, and would make the memory grow."""
_REMEMBERED = 4096


class Part(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A member of a statement, or a member of its context or result, checked.

    `kept` is its text in the payload, unless the store sets that; `essence` its text in what the fingerprint is of, and
    `colons` how many were sent.
    """

    kept: str
    essence: str = ""
    colons: int = 0
    verb: str = ""
    uuid: UUID | None = None
    """The id of a statement, or the registration in its context."""
    moment: datetime | None = None
    actor: AgentRef | None = None
    agents: tuple[AgentLink, ...] = ()
    activities: tuple[ActivityLink, ...] = ()
    described: tuple[Described, ...] = ()


Make = Callable[[Any, int, str], Part]
"""Makes a part of its tree and its colons, for a statement that is served under a version."""


def part(make: Make, text: bytes, version: str) -> Part:
    """What `make`, one of MAIN, IN_CONTEXT and IN_RESULT, makes of the text.

    An object is an activity here. Raises StatementError for what is wrong or is something else, without its place.
    """
    return (_short if len(text) <= LONGEST else _made)(make, text, version)


def _made(make: Make, text: bytes, version: str) -> Part:
    return make(parse(text), text.count(b":"), version)


_short = lru_cache(maxsize=_REMEMBERED)(_made)


def _actor(tree: Any, colons: int, _: str) -> Part:
    actor = shaped(tree, Actor, "")
    check_actor(actor, "")
    return Part(
        kept=dump(tree),
        essence=_essence("actor", tree),
        colons=colons,
        actor=agent_ref(actor),
        agents=links_to([actor], "actor"),
    )


def _verb(tree: Any, colons: int, _: str) -> Part:
    verb = shaped(tree, Verb, "")
    check_verb(verb, "")
    return Part(kept=dump(tree), essence=_essence("verb", tree), colons=colons, verb=verb.id)


def _object(tree: Any, colons: int, _: str) -> Part:
    activity = shaped(tree, Activity, "")
    check_activity(activity, "")
    return Part(
        kept=dump(tree),
        essence=_essence("object", tree),
        colons=colons,
        activities=(activity_link(activity, "object"),),
        described=tuple(described([tree])),
    )


def _version(tree: Any, colons: int, version: str) -> Part:
    check_version(shaped(tree, str, ""), "", version=version)
    return Part(kept=dump(tree), colons=colons)


def _authority(tree: Any, colons: int, _: str) -> Part:
    check_authority(shaped(tree, Actor, ""), "")
    return Part(kept="", colons=colons)


MAIN: dict[str, Make] = {
    "actor": _actor,
    "verb": _verb,
    "object": _object,
    "authority": _authority,
    "version": _version,
}


def _in_result(name: str, tree: Any, colons: int, version: str) -> Part:
    sent = {name: tree}
    check_result(shaped(sent, Result, ""), "")
    kept = payloads.truncated(sent) if version == V2 else sent
    essence: Any = fingerprints.essence("result", sent)
    return Part(kept=dump(kept[name]), essence=canonical(essence[name]).decode(), colons=colons)


def _in_context(name: str, tree: Any, colons: int, version: str) -> Part:
    context = shaped({name: tree}, Context, "")
    check_context(context, "", is_about_activity=True, version=version)
    essence: Any = fingerprints.essence("context", {name: tree})
    kept = payloads.in_arrays(tree) if name == "contextActivities" else tree
    return Part(
        kept=dump(kept),
        essence=canonical(essence[name]).decode(),
        colons=colons,
        agents=links_to(context_agents(context), "related"),
        activities=tuple(activity_link(one, "related") for one in context_activities(context)),
        described=tuple(described(chain.from_iterable(kept.values()))) if name == "contextActivities" else (),
    )


def _essence(name: str, tree: Any) -> str:
    return canonical(fingerprints.essence(name, tree)).decode()


IN_CONTEXT: dict[str, Make] = {name: partial(_in_context, name) for name in Context.__struct_encode_fields__}
IN_RESULT: dict[str, Make] = {name: partial(_in_result, name) for name in Result.__struct_encode_fields__}
