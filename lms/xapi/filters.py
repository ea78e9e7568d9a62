"""The parameters of GET /statements, and the cursor by which a list goes on.

xAPI 1.0.3, Communication 2.1.3; 2.0, 4.1.6.1.
"""

import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, cast
from uuid import UUID

from lms.errors import N_
from lms.xapi import values
from lms.xapi.agents import AgentRef, agent_ref
from lms.xapi.checks import check_actor
from lms.xapi.errors import ParameterError, StatementError
from lms.xapi.statements import Actor, shaped
from lms.xapi.tree import parse, shortened
from lms.xapi.versions import V2

Format = Literal["exact", "ids", "canonical"]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_CURSOR = struct.Struct(">?q16s")


@dataclass(frozen=True, kw_only=True, slots=True)
class Cursor:
    """The last statement of a page: the next page begins after it, in the same direction."""

    stored: datetime
    id: UUID
    ascending: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class StatementQuery:
    """What is asked for. `since` is exclusive and `until` inclusive, both by `stored`; `limit` 0 is as many as may be.

    With `statement_id` or `voided_statement_id` one statement is meant, and only `format` and `attachments` go with it.
    """

    statement_id: UUID | None = None
    voided_statement_id: UUID | None = None
    agent: AgentRef | None = None
    verb: str | None = None
    activity: str | None = None
    registration: UUID | None = None
    related_activities: bool = False
    related_agents: bool = False
    since: datetime | None = None
    until: datetime | None = None
    limit: int = 0
    format: Format = "exact"
    attachments: bool = False
    ascending: bool = False
    cursor: Cursor | None = None


def parse_filters(args: Iterable[tuple[str, str]], *, version: str) -> StatementQuery:
    """The query that the parameters ask for, decoded and in any order; ParameterError for the first one that is wrong.

    Unknown, miscased and repeated parameters are errors. `cursor` is this store's own, and part of `more`.
    """
    query: dict[str, Any] = {}
    for name, text in args:
        if name not in _PARAMETERS:
            raise ParameterError(N_("There is no such parameter; the case of letters counts."), place=shortened(name))
        field, read = _PARAMETERS[name]
        if field in query:
            raise ParameterError(N_("This parameter stands twice."), place=name)
        query[field] = read(name, text, version == V2)
    _check_single(query)
    return _with_direction(StatementQuery(**query))


def _check_single(query: dict[str, Any]) -> None:
    """One statement by its id leaves nothing to filter."""
    for name, field in (("statementId", "statement_id"), ("voidedStatementId", "voided_statement_id")):
        if field in query and query.keys() - {field, "format", "attachments"}:
            raise ParameterError(N_("Only format and attachments may go with this parameter."), place=name)


def _with_direction(query: StatementQuery) -> StatementQuery:
    if query.cursor is not None and query.cursor.ascending != query.ascending:
        raise ParameterError(N_("The cursor belongs to a list in the other direction."), place="cursor")
    return query


def encode_cursor(cursor: Cursor) -> str:
    """The cursor as text of letters, digits, hyphens and underscores."""
    microseconds = (cursor.stored - _EPOCH) // _MICROSECOND
    packed = _CURSOR.pack(cursor.ascending, microseconds, cursor.id.bytes)
    return urlsafe_b64encode(packed).decode().rstrip("=")


def decode_cursor(text: str) -> Cursor:
    """The cursor of a text that `encode_cursor` made; ParameterError for any other."""
    try:
        packed = urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
        ascending, microseconds, identity = _CURSOR.unpack(packed)
        stored = _EPOCH + microseconds * _MICROSECOND
    except (ValueError, struct.error, OverflowError):
        raise _no_cursor() from None
    cursor = Cursor(stored=stored, id=UUID(bytes=identity), ascending=ascending)
    if encode_cursor(cursor) != text:
        raise _no_cursor()
    return cursor


def _no_cursor() -> ParameterError:
    return ParameterError(N_("This is no cursor of this store; ask for the first page again."), place="cursor")


def _uuid(name: str, text: str, strict: bool) -> UUID:
    found = values.uuid(text)
    if found is None:
        raise ParameterError(N_("%(text)s is not a UUID."), place=name, text=shortened(text))
    return found


def checked_iri(text: str, *, place: str) -> str:
    """The IRI of a parameter; ParameterError for what is no absolute IRI."""
    if not values.is_iri(text):
        raise ParameterError(N_("%(text)s is not an absolute IRI."), place=place, text=shortened(text))
    return text


def _iri(name: str, text: str, strict: bool) -> str:
    return checked_iri(text, place=name)


def _boolean(name: str, text: str, strict: bool) -> bool:
    if text not in ("true", "false"):
        raise ParameterError(N_("%(text)s is neither true nor false."), place=name, text=shortened(text))
    return text == "true"


def _moment(name: str, text: str, strict: bool) -> datetime:
    found = values.instant(text, strict=strict)
    if found is None:
        raise ParameterError(
            N_("%(text)s is not a timestamp such as 2026-03-02T02:30:00.000Z; a + is sent as %%2B."),
            place=name,
            text=shortened(text),
        )
    return found


def _limit(name: str, text: str, strict: bool) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise ParameterError(N_("%(text)s is not a whole number from 0."), place=name, text=shortened(text))
    return int(text)


def _format(name: str, text: str, strict: bool) -> Format:
    if text not in ("exact", "ids", "canonical"):
        raise ParameterError(N_("%(text)s is not one of exact, ids and canonical."), place=name, text=shortened(text))
    return cast(Format, text)


def _cursor(name: str, text: str, strict: bool) -> Cursor:
    return decode_cursor(text)


def parse_agent(text: str, *, name: str = "agent") -> AgentRef:
    """The agent or identified group of a parameter, as JSON; ParameterError for anything else."""
    try:
        actor = shaped(parse(text), Actor, name)
        check_actor(actor, name)
    except StatementError as error:
        raise ParameterError(error.template, place=error.place or name, **error.params) from None
    ref = agent_ref(actor)
    if ref is None:
        raise ParameterError(N_("A group without an identifier cannot be looked for."), place=name)
    return ref


def _agent(name: str, text: str, strict: bool) -> AgentRef:
    return parse_agent(text, name=name)


_PARAMETERS: dict[str, tuple[str, Callable[[str, str, bool], Any]]] = {
    "statementId": ("statement_id", _uuid),
    "voidedStatementId": ("voided_statement_id", _uuid),
    "agent": ("agent", _agent),
    "verb": ("verb", _iri),
    "activity": ("activity", _iri),
    "registration": ("registration", _uuid),
    "related_activities": ("related_activities", _boolean),
    "related_agents": ("related_agents", _boolean),
    "since": ("since", _moment),
    "until": ("until", _moment),
    "limit": ("limit", _limit),
    "format": ("format", _format),
    "attachments": ("attachments", _boolean),
    "ascending": ("ascending", _boolean),
    "cursor": ("cursor", _cursor),
}
