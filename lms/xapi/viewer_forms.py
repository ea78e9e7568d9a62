"""What the address of the viewer asks for; what makes no sense is told at its field."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any
from uuid import UUID

from flask_babel import gettext, lazy_gettext

from lms.errors import DomainError
from lms.web.errors import told
from lms.xapi import rules

ADL, XAPI = "http://adlnet.gov/expapi/verbs/", "https://w3id.org/xapi/adl/verbs/"
VERBS: Mapping[str, Any] = {
    f"{ADL}answered": lazy_gettext("answered"),
    f"{ADL}attempted": lazy_gettext("attempted"),
    f"{ADL}attended": lazy_gettext("attended"),
    f"{ADL}commented": lazy_gettext("commented on"),
    f"{ADL}completed": lazy_gettext("completed"),
    f"{ADL}exited": lazy_gettext("left"),
    f"{ADL}experienced": lazy_gettext("experienced"),
    f"{ADL}failed": lazy_gettext("failed"),
    f"{ADL}initialized": lazy_gettext("began"),
    f"{ADL}interacted": lazy_gettext("interacted with"),
    f"{ADL}launched": lazy_gettext("launched"),
    f"{ADL}mastered": lazy_gettext("mastered"),
    f"{ADL}passed": lazy_gettext("passed"),
    f"{ADL}progressed": lazy_gettext("made progress in"),
    f"{ADL}registered": lazy_gettext("registered for"),
    f"{ADL}resumed": lazy_gettext("resumed"),
    f"{ADL}scored": lazy_gettext("scored in"),
    f"{ADL}suspended": lazy_gettext("suspended"),
    f"{ADL}terminated": lazy_gettext("ended"),
    f"{ADL}voided": lazy_gettext("voided"),
    f"{XAPI}abandoned": lazy_gettext("abandoned"),
    f"{XAPI}satisfied": lazy_gettext("satisfied"),
    f"{XAPI}waived": lazy_gettext("was excused from"),
    rules.UNCOMPLETED: lazy_gettext("took back the completion of"),
}
"""Verbs of ADL and cmi5 as words in a sentence, by their IRIs."""

SHORT = {iri.rpartition("/")[2]: iri for iri in VERBS}
YEARS = range(1970, 2201)
_LOCAL = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?)?", re.ASCII)
NAMES = ("who", "agent", "verb", "activity", "related", "registration", "credential", "since", "until")


@dataclass(frozen=True, kw_only=True, slots=True)
class Filters:
    """What was typed, by name; the query it makes; and what is wrong with it, by name. `who` is for the caller."""

    typed: Mapping[str, str]
    query: rules.StatementQuery
    credential: UUID | None
    agent: bytes | None
    errors: Mapping[str, str]

    @property
    def are_set(self) -> bool:
        return bool(self.typed)

    def kind(self, name: str) -> str:
        """The type of the field of a moment: a browser shows nothing of a text that its own field cannot hold."""
        return "datetime-local" if _LOCAL.fullmatch(self.typed.get(name, "")) else "text"


def read(args: Mapping[str, str], *, zone: tzinfo) -> Filters:
    """The filters of an address; moments without an offset are on the clock of `zone`, and both are included."""
    typed = {name: args[name].strip() for name in NAMES if args.get(name, "").strip()}
    errors: dict[str, str] = {}
    query: dict[str, Any] = {"related_activities": "related" in typed}
    for name, text in typed.items():
        try:
            query |= {name: _READ[name](text, zone)} if name in _READ else {}
        except DomainError as error:
            errors[name] = told(error)
        except (ValueError, OverflowError):
            errors[name] = gettext("This is not one.")
    credential, agent = query.pop("credential", None), query.pop("agent", None)
    return Filters(typed=typed, query=rules.StatementQuery(**query), credential=credential, agent=agent, errors=errors)


def cursor(args: Mapping[str, str], name: str) -> rules.Cursor | None:
    """The cursor of that name; None without one. Raises ParameterError for what is none."""
    return rules.decode_cursor(args[name]) if args.get(name) else None


def _parameter(name: str, text: Any) -> Any:
    return getattr(rules.parse_filters([(name, text)], version=rules.V2), name)


def _moment(text: str, zone: tzinfo) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.year not in YEARS:
        raise ValueError(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)


def _end(moment: datetime) -> datetime:
    """The end of the minute, or of the second where one is told."""
    length = timedelta(seconds=1 if moment.second else 60)
    return moment.replace(microsecond=0) + length - timedelta(microseconds=1)


_READ: Mapping[str, Any] = {
    "verb": lambda text, zone: _parameter("verb", SHORT.get(text.lower(), text)),
    "activity": lambda text, zone: _parameter("activity", text),
    "registration": lambda text, zone: _parameter("registration", text),
    "credential": lambda text, zone: UUID(text),
    "agent": lambda text, zone: bytes.fromhex(text),
    "since": lambda text, zone: _moment(text, zone) - timedelta(microseconds=1),
    "until": lambda text, zone: _end(_moment(text, zone)),
}
