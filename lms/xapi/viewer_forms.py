"""What the address of the viewer asks for; what makes no sense is told at its field."""

from collections.abc import Mapping
from dataclasses import dataclass, field
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
NAMES = ("who", "agent", "verb", "activity", "related", "registration", "credential", "since", "until")


@dataclass(kw_only=True, slots=True)
class Filters:
    """What was typed, by name; the query it makes; and what is wrong with it, by name. `who` is for the caller."""

    typed: dict[str, str]
    query: rules.StatementQuery = field(default_factory=rules.StatementQuery)
    credential: UUID | None = None
    agent: bytes | None = None
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def are_set(self) -> bool:
        return bool(self.typed)


def read(args: Mapping[str, str], *, zone: tzinfo) -> Filters:
    """The filters of an address; moments without an offset are on the clock of `zone`, to the minute, both included."""
    typed = {name: args[name].strip() for name in NAMES if args.get(name, "").strip()}
    filters = Filters(typed=typed)
    query: dict[str, Any] = {"related_activities": "related" in typed}
    for name in ("verb", "activity", "registration", "credential", "agent", "since", "until"):
        if name in typed:
            try:
                query[name] = _READ[name](typed[name], zone)
            except DomainError as error:
                filters.errors[name] = told(error)
            except (ValueError, OverflowError):
                filters.errors[name] = gettext("This is not one.")
    filters.credential, filters.agent = query.pop("credential", None), query.pop("agent", None)
    filters.query = rules.StatementQuery(**query)
    return filters


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


_READ: Mapping[str, Any] = {
    "verb": lambda text, zone: _parameter("verb", SHORT.get(text.lower(), text)),
    "activity": lambda text, zone: _parameter("activity", text),
    "registration": lambda text, zone: _parameter("registration", text),
    "credential": lambda text, zone: UUID(text),
    "agent": lambda text, zone: bytes.fromhex(text),
    "since": lambda text, zone: _moment(text, zone) - timedelta(microseconds=1),
    "until": lambda text, zone: _moment(text, zone) + timedelta(seconds=60, microseconds=-1),
}
