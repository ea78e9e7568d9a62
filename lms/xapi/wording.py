"""What a kept statement says, taken apart for people to read: who, did what, to what, with what result. Pure.

Everything in it was sent by others and may hold anything; nothing of it is markup.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from lms.xapi import values
from lms.xapi.agents import AgentRef, agent_in
from lms.xapi.languages import one_language
from lms.xapi.payloads import load
from lms.xapi.tree import Number, shortened

PROGRESS = "https://w3id.org/xapi/cmi5/result/extensions/progress"
_DURATION = re.compile(r"P(?:(\d{1,4})D)?(?:T(?:(\d{1,5})H)?(?:(\d{1,6})M)?(?:(\d{1,7})(?:[.,]\d+)?S)?)?", re.ASCII)
_MOST_DIGITS = 12


@dataclass(frozen=True, kw_only=True, slots=True)
class Thing:
    """A verb, an activity, or whatever the object is. `iri` is what identifies it, `name` empty where none was sent.

    `language` is the tag of the name.
    """

    iri: str
    name: str = ""
    language: str = ""

    @property
    def shown(self) -> str:
        """The name, or else the last part of the IRI that is not empty."""
        last = re.split(r"[/#]", self.iri.rstrip("/#"))[-1]
        return self.name or last or self.iri


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """A result. `of` is the best raw score; figures that nobody could read are left as `None` and told in the JSON."""

    success: bool | None = None
    completion: bool | None = None
    raw: Decimal | None = None
    of: Decimal | None = None
    percent: Decimal | None = None
    progress: Decimal | None = None
    duration: timedelta | None = None
    response: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Said:
    """A statement in parts. `actor` is None for a group without an identifier; `target` is a statement it is about."""

    actor: AgentRef | None
    who: str
    verb: Thing
    what: Thing
    target: UUID | None
    outcome: Outcome
    timestamp: datetime | None
    sent_by: str


def said(payload: str, languages: Sequence[str]) -> Said:
    """What a kept payload says, names in the first of the languages that there is."""
    body = load(payload)
    what = body["object"]
    kind = what.get("objectType", "Activity")
    actor = agent_in(body["actor"])
    authority = body.get("authority", {})
    return Said(
        actor=actor,
        who=_name(body["actor"]),
        verb=_thing(body["verb"]["id"], body["verb"].get("display"), languages),
        what=_what(what, kind, languages),
        target=values.uuid(what["id"]) if kind == "StatementRef" else None,
        outcome=_outcome(body.get("result", {})),
        timestamp=values.instant(body["timestamp"], strict=False) if "timestamp" in body else None,
        sent_by=_name(authority) if authority else "",
    )


def ifi(agent: AgentRef) -> str:
    """The agent's identifier as text: an account as name and home page."""
    return f"{agent.value} · {agent.home_page}" if agent.kind == "account" else agent.value.removeprefix("mailto:")


def _name(agent: Mapping[str, Any]) -> str:
    """A name for an agent; of a group without one, its members'."""
    if agent.get("name"):
        return str(agent["name"])
    ref = agent_in(agent)
    if ref is not None:
        return ref.value.removeprefix("mailto:")
    return shortened(", ".join(_name(member) for member in agent.get("member", [])[:5]))


def _what(what: Mapping[str, Any], kind: str, languages: Sequence[str]) -> Thing:
    if kind == "SubStatement":
        inner = _thing(what["verb"]["id"], what["verb"].get("display"), languages)
        about = _what(what["object"], what["object"].get("objectType", "Activity"), languages)
        return Thing(iri=about.iri, name=f"{_name(what['actor'])} {inner.shown} {about.shown}", language=about.language)
    if kind in ("Agent", "Group"):
        ref = agent_in(what)
        return Thing(iri="" if ref is None else ifi(ref), name=_name(what))
    if kind == "StatementRef":
        return Thing(iri=what["id"])
    return _thing(what["id"], what.get("definition", {}).get("name"), languages)


def _thing(iri: str, names: Mapping[str, str] | None, languages: Sequence[str]) -> Thing:
    for language, name in one_language(names or {}, languages).items():
        return Thing(iri=iri, name=shortened(name.strip()), language=language)
    return Thing(iri=iri)


def _outcome(result: Mapping[str, Any]) -> Outcome:
    score = result.get("score", {})
    scaled = _plain(score.get("scaled"))
    return Outcome(
        success=result.get("success"),
        completion=result.get("completion"),
        raw=_plain(score.get("raw")),
        of=_plain(score.get("max")),
        percent=None if scaled is None else scaled * 100,
        progress=_plain(result.get("extensions", {}).get(PROGRESS)),
        duration=_duration(result.get("duration", "")),
        response=shortened(result.get("response", "")),
    )


def _plain(number: Any) -> Decimal | None:
    """A number that a person can take in; None for any other, or none."""
    if not isinstance(number, Number) or len(number.as_tuple().digits) > _MOST_DIGITS:
        return None
    exponent = number.as_tuple().exponent
    return Decimal(number) if isinstance(exponent, int) and abs(exponent) <= _MOST_DIGITS else None


def _duration(text: str) -> timedelta | None:
    """Without years and months, whose length nobody knows; fractions of a second are cut off."""
    found = _DURATION.fullmatch(text)
    if found is None or text == "P":
        return None
    days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
