"""To what a credential may be limited: the sites of the people and the activities that its statements are about.

Whoever can write could forge a pass. So a credential of one system may be kept to the accounts and to the addresses of
that system. What it may read is not limited. Part of `rules`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from lms.errors import N_, DomainError, NotAllowed
from lms.iris import IRI
from lms.xapi.agents import AgentRef
from lms.xapi.documents import DocumentPlace
from lms.xapi.prepare import Prepared
from lms.xapi.tree import parse, shortened

MOST = 50
LONGEST = 1000
_ENDS = "/?#=&:"
_BEGINS = "/?#&:"
_NAMED = 5
"""Limits that a refusal names; it is kept with the request, and limits may be many and long."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """HomePages, compared letter by letter, and what IRIs of activities begin with; an empty tuple limits nothing."""

    home_pages: tuple[str, ...] = ()
    activity_prefixes: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.home_pages or self.activity_prefixes)


def checked_limits(home_pages: Sequence[str], activity_prefixes: Sequence[str]) -> Limits:
    """The limits, each once and in its order; DomainError, with the name of the field as its place, for what is none.

    A prefix holds a slash after the host: `https://mooc.example` would let in `https://mooc.example.org` as well.
    """
    for place, values in (("home_pages", home_pages), ("activity_prefixes", activity_prefixes)):
        if len(values) > MOST:
            raise DomainError(N_("There may be %(most)s at most."), place=place, most=MOST)
        for value in values:
            # Kept apart by spaces, so there must be none in them, those beyond ASCII included, which an IRI may have.
            if len(value) > LONGEST or not IRI.fullmatch(value) or value.split() != [value]:
                raise DomainError(
                    N_("“%(value)s” is not an address such as https://mooc.example/."),
                    place=place,
                    value=shortened(value),
                )
    for prefix in activity_prefixes:
        _scheme, slashes, rest = prefix.partition("://")
        if slashes and not rest.partition("/")[1]:
            raise DomainError(
                N_("“%(value)s” needs a slash after the host: without one, longer names of hosts would begin with it."),
                place="activity_prefixes",
                value=shortened(prefix),
            )
    return Limits(
        home_pages=tuple(dict.fromkeys(home_pages)), activity_prefixes=tuple(dict.fromkeys(activity_prefixes))
    )


def is_inside(iri: str, prefixes: Sequence[str]) -> bool:
    """Whether the IRI is one of the prefixes, or goes on from one where a part of an IRI ends.

    `https://mooc.example/modul/1` lets in `.../modul/1/kuis` and `.../modul/1?id=2`, and not `.../modul/12`; `urn:mooc`
    lets in `urn:mooc:modul`. IRIs are compared as simple strings, as modules are (RFC 3987, 5.3.1), but that a host is
    the same with and without its slash (RFC 3986, 6.2.3): systems name themselves without.
    """
    return any((iri.startswith(one) and _ends_there(iri, one)) or _is_host_of(iri, one) for one in prefixes)


def _is_host_of(iri: str, prefix: str) -> bool:
    _scheme, _, host = iri.partition("://")
    return f"{iri}/" == prefix and host != "" and "/" not in host


def _ends_there(iri: str, prefix: str) -> bool:
    return len(iri) == len(prefix) or prefix[-1] in _ENDS or iri[len(prefix)] in _BEGINS


def refuse_beyond(batch: Sequence[Prepared], limits: Limits) -> None:
    """Raise NotAllowed for the first statement that lies outside the limits, with where and what.

    Looked at are the actor, an agent as object, and the members of both; the object, and the parents in its context,
    since an attempt counts for the quiz around it. What else stands in the context, and what a SubStatement plans,
    claims nothing.
    """
    if not limits:
        return
    for one in batch:
        if limits.home_pages:
            for role, ref in _people(one):
                _check_agent(ref, limits, f"{one.place}.{role}")
        if limits.activity_prefixes:
            for inside, iri in _activities(one):
                _check_activity(iri, limits, f"{one.place}.{inside}")


def refuse_place_beyond(place: DocumentPlace, limits: Limits) -> None:
    """Raise NotAllowed for a document whose activity or agent lies outside the limits."""
    if limits.home_pages and place.agent is not None:
        _check_agent(place.agent, limits, "agent")
    if limits.activity_prefixes and place.activity_id is not None:
        _check_activity(place.activity_id, limits, "activityId")


def _people(one: Prepared) -> Iterator[tuple[str, AgentRef]]:
    return ((link.role, link.ref) for link in one.agents if link.role != "related")


def _activities(one: Prepared) -> Iterator[tuple[str, str]]:
    yield from (("object.id", link.iri) for link in one.activities if link.role == "object")
    if '"parent"' in one.unstamped:
        kept: dict[str, Any] = parse(one.unstamped)
        parents = kept.get("context", {}).get("contextActivities", {}).get("parent", ())
        for position, parent in enumerate(parents):
            yield f"context.contextActivities.parent[{position}].id", parent["id"]


def _check_agent(ref: AgentRef, limits: Limits, place: str) -> None:
    if ref.home_page in limits.home_pages:
        return
    if ref.home_page is None:
        raise NotAllowed(
            N_("This credential is limited to accounts of %(allowed)s; this is no account but %(value)s."),
            place=place,
            allowed=_named(limits.home_pages),
            value=shortened(ref.value),
        )
    raise NotAllowed(
        N_("This credential is limited to accounts of %(allowed)s; this one is of %(value)s."),
        place=place,
        allowed=_named(limits.home_pages),
        value=shortened(ref.home_page),
    )


def _check_activity(iri: str, limits: Limits, place: str) -> None:
    if not is_inside(iri, limits.activity_prefixes):
        raise NotAllowed(
            N_("This credential is limited to activities under %(allowed)s; this is %(value)s."),
            place=place,
            allowed=_named(limits.activity_prefixes),
            value=shortened(iri),
        )


def _named(allowed: Sequence[str]) -> str:
    return ", ".join([*map(shortened, allowed[:_NAMED]), *(["…"] if len(allowed) > _NAMED else [])])
