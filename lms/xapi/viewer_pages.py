"""The viewer of statements for staff: newest first, by filters, going on by itself while the page is open."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from flask import Response, redirect, render_template, request, stream_with_context, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale

from lms.clock import now
from lms.db import reading
from lms.people.guards import allowed, current
from lms.people.rules import READERS
from lms.web import formats
from lms.xapi import queries, rules, viewer_forms, viewer_queries, wording
from lms.xapi.viewer_forms import VERBS, Filters
from lms.xapi.viewer_queries import Asked, Person

SHOWN = 50
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Search:
    """The filters, whom they may mean, and what to look for: None while that is not clear, or is nobody's."""

    filters: Filters
    persons: list[Person]
    asked: Asked | None


@allowed(*READERS)
def statements() -> ResponseReturnValue:
    """A page of the statements that match."""
    search = _search()
    cursor = viewer_forms.cursor(request.args, "cursor")
    through = queries.readable_through(reading()) if cursor is None else None
    page = _page(search, cursor, through)
    if cursor is not None and cursor.ascending and page.more is None:
        return redirect(_address(search, ".statements"), 303)
    if "raw" in request.args:
        return _json(page)
    return _shown(search, page, cursor, through)


@allowed(*READERS)
def newer_statements() -> ResponseReturnValue:
    """What came in after the newest statement of a page, as a fragment; 204 while there is nothing."""
    search, after = _search(), viewer_forms.cursor(request.args, "after")
    if search.asked is None or after is None:
        return "", 204
    page = viewer_queries.newer(
        reading(), organisation_id=current().organisation_id, asked=search.asked, after=after, limit=SHOWN
    )
    if not page.statements:
        return "", 204
    return render_template(
        "xapi/_newer_statements.html", rows=_rows(page), tail=_tail(search, page, None), is_cut=page.more is not None
    )


@allowed(*READERS)
def download_statements() -> ResponseReturnValue:
    """All that match as a file of JSON Lines, the oldest first."""
    search = _search()
    found = iter(()) if search.asked is None else _every(search.asked)
    lines = (one.payload + "\n" for one in found)
    response = Response(stream_with_context(lines), mimetype="application/jsonl")
    response.headers["Cache-Control"] = "no-store"
    name = f"statements-{formats.current().local(now()):%Y-%m-%d-%H%M}.jsonl"
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response


def _every(asked: Asked) -> Iterator[queries.Found]:
    return viewer_queries.every(reading(), organisation_id=current().organisation_id, asked=asked)


def _search() -> _Search:
    filters = viewer_forms.read(request.args, zone=formats.current().zone)
    persons = _persons(filters)
    if filters.errors or len(persons) > 1:
        return _Search(filters=filters, persons=persons, asked=None)
    asked = Asked(query=filters.query, sent_by=filters.credential)
    if {"who", "agent"} & filters.typed.keys():
        agents = _agents(persons[0]) if persons else ()
        return _Search(filters=filters, persons=persons, asked=replace(asked, agents=agents) if agents else None)
    return _Search(filters=filters, persons=[], asked=asked)


def _persons(filters: Filters) -> list[Person]:
    session, organisation_id = reading(), current().organisation_id
    if filters.agent is not None:
        one = viewer_queries.agent(session, organisation_id=organisation_id, key=filters.agent)
        return [] if one is None else [one]
    who = filters.typed.get("who", "")
    return viewer_queries.persons(session, organisation_id=organisation_id, search=who) if who else []


def _agents(person: Person) -> tuple[rules.AgentRef, ...]:
    return viewer_queries.agents_of(reading(), organisation_id=current().organisation_id, person=person)


def _page(search: _Search, cursor: rules.Cursor | None, through: datetime | None) -> queries.Page:
    """Newest first, whichever way the cursor goes."""
    if search.asked is None:
        return queries.Page(statements=(), more=None)
    query = search.asked.query
    until = min((one for one in (query.until, through) if one is not None), default=None)
    is_back = cursor is not None and cursor.ascending
    asked = replace(search.asked, query=replace(query, until=until, cursor=cursor, ascending=is_back))
    page = viewer_queries.found(reading(), organisation_id=current().organisation_id, asked=asked, limit=SHOWN)
    return replace(page, statements=page.statements[::-1]) if is_back else page


def _shown(search: _Search, page: queries.Page, cursor: rules.Cursor | None, through: datetime | None) -> str:
    older = page.more
    if cursor is not None and cursor.ascending:
        older = _cursor(page, -1, ascending=False)
    goes_on = cursor is None and search.asked is not None and search.filters.query.until is None
    return render_template(
        "xapi/statements.html",
        rows=_rows(page),
        filters=search.filters,
        persons=search.persons,
        verbs=VERBS,
        systems=_systems(),
        offered=viewer_queries.OFFERED,
        zone=formats.current().zone_name(now()),
        older=_address(search, ".statements", cursor=_text(older)),
        newer=_address(search, ".statements", cursor=_text(_cursor(page, 0, ascending=True))) if cursor else "",
        first=_address(search, ".statements") if cursor else "",
        has_older=older is not None,
        tail=_tail(search, page, through) if goes_on else "",
        here=lambda **changes: _address(search, ".statements", **changes),
        download=_address(search, ".download_statements"),
        raw=_address(search, ".statements", cursor=request.args.get("cursor"), raw="1"),
    )


def _systems() -> list[tuple[UUID, str]]:
    found = queries.credentials(reading(), organisation_id=current().organisation_id)
    return [(one.id, one.label) for one in found]


def _rows(page: queries.Page) -> list[dict[str, Any]]:
    """The rows with their verbs, and those of the statements that they are about, in the page's language."""
    locale = str(get_locale() or "en")
    rows = viewer_queries.told(
        reading(),
        organisation_id=current().organisation_id,
        statements=page.statements,
        languages=(locale, "en"),
    )
    return [
        {
            "row": row,
            "verb": _verb(row.said, locale),
            "about_verb": "" if row.about is None else _verb(row.about.said, locale),
        }
        for row in rows
    ]


def _verb(said: wording.Said, locale: str) -> str:
    """The verb as it was named in the reader's language, else our word for it, else as it was named at all."""
    if said.verb.iri in VERBS and not said.verb.language.lower().startswith(locale):
        return str(VERBS[said.verb.iri])
    return said.verb.shown


def _json(page: queries.Page) -> Response:
    text = "[\n" + ",\n".join(rules.pretty(one.payload) for one in page.statements) + "\n]\n"
    response = Response(text, mimetype="application/json")
    response.headers["Cache-Control"] = "no-store"
    return response


def _tail(search: _Search, page: queries.Page, through: datetime | None) -> str:
    """Where what is newer than this page is asked for."""
    newest = _cursor(page, 0, ascending=True)
    if newest is None:
        newest = rules.Cursor(stored=through or _BEGINNING, id=UUID(int=0), ascending=True)
    return _address(search, ".newer_statements", after=_text(newest))


def _cursor(page: queries.Page, position: int, *, ascending: bool) -> rules.Cursor | None:
    if not page.statements:
        return None
    one = page.statements[position]
    return rules.Cursor(stored=one.stored, id=one.id, ascending=ascending)


def _text(cursor: rules.Cursor | None) -> str | None:
    return None if cursor is None else rules.encode_cursor(cursor)


def _address(search: _Search, endpoint: str, **changes: str | None) -> str:
    """An address with the filters that are set, and these changes; None takes a part out."""
    wanted = {name: text for name, text in {**search.filters.typed, **changes}.items() if text is not None}
    return url_for(endpoint, **wanted)  # type: ignore[arg-type]
