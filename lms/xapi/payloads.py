"""What is kept of a statement, and the forms in which it is given back."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import msgspec

from lms.xapi import values
from lms.xapi.tree import dump, reread

KEPT_VERSION = {False: "1.0.0", True: "2.0.0"}
_READER = msgspec.json.Decoder(float_hook=Decimal)
_IFIS = ("mbox", "mbox_sha1sum", "openid", "account")


def as_kept(sent: Mapping[str, Any], *, strict: bool, identity: str, authority: Mapping[str, Any]) -> dict[str, Any]:
    """The statement as `exact` gives it back: what was sent, and what the store sets, but for the moment of storing.

    Single contextActivities become arrays (xAPI 1.0.3, Data 2.4.6.2). Under 2.0, which `strict` stands for, moments
    are turned to UTC and durations cut to 0.01 s (4.2.7). An id, a timestamp and a version that were sent stay.
    """
    kept = _normal(sent, strict=strict)
    kept.setdefault("id", identity)
    kept.pop("stored", None)
    kept.setdefault("version", KEPT_VERSION[strict])
    kept["authority"] = authority
    return kept


def _normal(body: Mapping[str, Any], *, strict: bool) -> dict[str, Any]:
    kept = dict(body)
    context = kept.get("context", {})
    if "contextActivities" in context:
        kept["context"] = {**context, "contextActivities": in_arrays(context["contextActivities"])}
    if kept["object"].get("objectType") == "SubStatement":
        kept["object"] = _normal(kept["object"], strict=strict)
    if strict and "timestamp" in kept:
        kept["timestamp"] = in_utc(kept["timestamp"])
    if strict and "result" in kept:
        kept["result"] = truncated(kept["result"])
    return kept


def truncated(result: Mapping[str, Any]) -> Mapping[str, Any]:
    """The result with its duration cut to 0.01 s."""
    return {**result, "duration": values.truncated(result["duration"])} if "duration" in result else result


def in_arrays(activities: Mapping[str, Any]) -> dict[str, Any]:
    """The contextActivities, single ones in an array of one."""
    return {kind: value if isinstance(value, list) else [value] for kind, value in activities.items()}


def in_utc(text: str) -> str:
    """A timestamp of RFC 3339 in UTC. One that is in UTC already keeps all its digits."""
    moment = None if text.endswith("Z") else values.instant(text, strict=True)
    return text if moment is None else values.timestamp(moment)


def load(payload: str) -> dict[str, Any]:
    """The statement of a payload. Its numbers are decimals, exact, that `write` gives back in their form as sent."""
    statement: dict[str, Any] = reread(payload)
    return statement


def load_to_read(payload: str) -> dict[str, Any]:
    """`load` for who only reads it, in a fifth of the time: whole numbers are int, other ones decimals, all exact."""
    statement: dict[str, Any] = _READER.decode(payload)
    return statement


def write(tree: Any) -> str:
    """The JSON text of a tree that came from `load`, or was made of such trees."""
    return dump(tree)


def pretty(payload: str) -> str:
    """The same JSON, one member a line, for people to read. Numbers keep their form."""
    return msgspec.json.format(payload, indent=2)


def as_exact(payload: str) -> str:
    """The statement as it was received, with what the store set: the very text that is kept."""
    return payload


def as_ids(payload: str) -> dict[str, Any]:
    """The statement with only what identifies its agents, groups, activities and verbs (Communication 2.1.3, `format`).

    An activity is its id alone; an anonymous group is the identifiers of its members.
    """
    return _ids_of_body(load(payload))


def _ids_of_body(body: Mapping[str, Any]) -> dict[str, Any]:
    kept = dict(body)
    kept["actor"] = _agent_ids(kept["actor"])
    kept["verb"] = {"id": kept["verb"]["id"]}
    kept["object"] = _object_ids(kept["object"])
    if "authority" in kept:
        kept["authority"] = _agent_ids(kept["authority"])
    if "context" in kept:
        kept["context"] = _context_ids(kept["context"])
    return kept


def _object_ids(target: dict[str, Any]) -> dict[str, Any]:
    kind = target.get("objectType", "Activity")
    if kind == "SubStatement":
        return _ids_of_body(target)
    if kind == "StatementRef":
        return target
    return {"id": target["id"]} if kind == "Activity" else _agent_ids(target)


def _agent_ids(agent: Mapping[str, Any]) -> dict[str, Any]:
    kept = {name: agent[name] for name in ("objectType", *_IFIS) if name in agent}
    if "member" in agent and not any(name in agent for name in _IFIS):
        kept["member"] = [_agent_ids(member) for member in agent["member"]]
    return kept


def _context_ids(context: Mapping[str, Any]) -> dict[str, Any]:
    kept = dict(context)
    for name in ("instructor", "team"):
        if name in kept:
            kept[name] = _agent_ids(kept[name])
    for name, member in (("contextAgents", "agent"), ("contextGroups", "group")):
        if name in kept:
            kept[name] = [{**entry, member: _agent_ids(entry[member])} for entry in kept[name]]
    if "contextActivities" in kept:
        activities = kept["contextActivities"]
        kept["contextActivities"] = {kind: [{"id": one["id"]} for one in listed] for kind, listed in activities.items()}
    return kept
