"""When two statements are the same, and when two claims are.

Statements are trees of `tree.parse` here; `claim_of` takes those of any other JSON reader as well.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Any

from lms.xapi import values
from lms.xapi.tree import canonical, with_numbers

_SET_BY_THE_STORE = frozenset(("id", "stored", "timestamp", "authority", "version"))
_DIGEST = 24
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NO_TIMESTAMP = b"\x80" + b"\x00" * 7
_MICROSECOND = timedelta(microseconds=1)


def fingerprint_of(statement: Mapping[str, Any]) -> bytes:
    """32 bytes for `same`: a digest of what was sent, then the timestamp, or a mark where none was sent.

    The digest leaves out what the store sets, the order of keys and of members of a group, the definitions of
    activities, the display of verbs, insignificant forms of numbers, moments and durations, the letter case of UUIDs,
    and whether a single contextActivity came in an array (xAPI 1.0.3, Data 2.3.1; 2.0, 4.2.3).
    """
    body = {name: value for name, value in statement.items() if name not in _SET_BY_THE_STORE}
    sent = statement.get("timestamp")
    return fingerprint(canonical(_essence(body)), None if sent is None else _instant(sent))


def fingerprint(essence: bytes, timestamp: datetime | None) -> bytes:
    """`fingerprint_of` a statement that has this essence in its canonical form, and was sent with this timestamp."""
    moment = _NO_TIMESTAMP if timestamp is None else _microseconds(timestamp).to_bytes(8, "big", signed=True)
    return blake2b(essence, digest_size=_DIGEST).digest() + moment


def same(one: bytes, other: bytes) -> bool:
    """Whether two fingerprints are of equal statements, so that sending the second is no conflict with the first.

    Timestamps differ only where both were sent: one that is missing is set by the store that receives the statement.
    """
    moments = (one[_DIGEST:], other[_DIGEST:])
    return one[:_DIGEST] == other[:_DIGEST] and (moments[0] == moments[1] or _NO_TIMESTAMP in moments)


def claim_of(statement: Mapping[str, Any]) -> str:
    """A hexadecimal fingerprint of verb, timestamp and result; numbers are equal by value, so 80, 80.0 and 8e1 are.

    Without a timestamp it takes `stored`; it takes neither where both are missing.
    """
    moment = statement.get("timestamp") or statement.get("stored")
    result = statement.get("result")
    claimed = _result(with_numbers(result)) if result else None
    parts = [statement["verb"]["id"], _moment_form(moment) if moment else None, claimed]
    return blake2b(canonical(parts), digest_size=16).hexdigest()


def essence(name: str, value: Any) -> Any:
    """What of this member of a statement, such as its actor, counts towards its fingerprint, in one form."""
    return _FORMS[name](value) if name in _FORMS else value


def _essence(body: Mapping[str, Any]) -> dict[str, Any]:
    """The statement or SubStatement with one form for all that counts as the same. Nothing is changed in place."""
    return {name: essence(name, value) for name, value in body.items()}


def _agent(agent: dict[str, Any]) -> dict[str, Any]:
    return {**agent, "member": sorted(agent["member"], key=canonical)} if "member" in agent else agent


def _target(target: dict[str, Any]) -> dict[str, Any]:
    kind = target.get("objectType", "Activity")
    if kind == "SubStatement":
        return _essence(target)
    if kind == "StatementRef":
        return _reference(target)
    return _activity(target) if kind == "Activity" else _agent(target)


def _verb(verb: dict[str, Any]) -> dict[str, Any]:
    return {"id": verb["id"]}


def _activity(activity: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in activity.items() if name != "definition"}


def _reference(reference: dict[str, Any]) -> dict[str, Any]:
    return {**reference, "id": reference["id"].lower()}


def _result(result: dict[str, Any]) -> dict[str, Any]:
    if "duration" in result:
        return {**result, "duration": values.duration_form(result["duration"])}
    return result


def _context(context: dict[str, Any]) -> dict[str, Any]:
    return {name: _CONTEXT[name](value) if name in _CONTEXT else value for name, value in context.items()}


def _context_activities(activities: dict[str, Any]) -> dict[str, Any]:
    return {
        kind: [_activity(activity) for activity in (value if isinstance(value, list) else [value])]
        for kind, value in activities.items()
    }


def _context_groups(groups: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{**entry, "group": _agent(entry["group"])} for entry in groups]


_CONTEXT: dict[str, Callable[[Any], Any]] = {
    "registration": str.lower,
    "statement": _reference,
    "instructor": _agent,
    "team": _agent,
    "contextActivities": _context_activities,
    "contextGroups": _context_groups,
}


def _instant(text: str) -> datetime:
    moment = values.instant(text, strict=False)
    return _EPOCH if moment is None else moment


def _microseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // _MICROSECOND


def _moment_form(text: str) -> str:
    return values.timestamp(_instant(text))


_FORMS: dict[str, Callable[[Any], Any]] = {
    "actor": _agent,
    "verb": _verb,
    "object": _target,
    "result": _result,
    "context": _context,
    "timestamp": _moment_form,
}
