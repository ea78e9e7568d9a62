"""Everybody's sessions for their calendar program: the file, and the page on which its address is made."""

from datetime import timedelta
from urllib.parse import quote

from flask import Response, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from lms.clock import now
from lms.db import reading, transaction
from lms.errors import N_, NotFound
from lms.people import queries as people
from lms.people.guards import allowed, current, public
from lms.people.rules import ROLES
from lms.programme import queries, service
from lms.programme.calendar_queries import CalendarReader
from lms.programme.calendar_rules import CalendarSession, Words
from lms.programme.calendar_rules import calendar as calendar_of

PAST = timedelta(days=366)
"""How far back a calendar goes: programs fetch the whole of it every time."""


@allowed(*ROLES)
def calendar() -> ResponseReturnValue:
    """Whether one's calendar has an address."""
    return _page("")


@allowed(*ROLES)
def renew() -> ResponseReturnValue:
    """A fresh address for one's calendar, shown this once; the one before opens nothing any more."""
    person = current()
    with transaction() as session:
        token = service.renew_calendar(
            session, organisation_id=person.organisation_id, account_id=person.account_id, now=now()
        )
    return _page(url_for(".calendar_file", slug=person.organisation_slug, token=token))


@allowed(*ROLES)
def end() -> ResponseReturnValue:
    """Let one's calendar be read no longer."""
    with transaction() as session:
        service.end_calendar(session, organisation_id=current().organisation_id, account_id=current().account_id)
    flash(_("The address is ended. Calendars that used it show nothing new."), "success")
    return redirect(url_for(".calendar"), 303)


@public
def calendar_file(slug: str, token: str) -> ResponseReturnValue:
    """The sessions of whoever made this address, for their calendar program."""
    organisation = people.organisation_by_slug(reading(), slug=slug)
    hashed = service.token_hash(token)
    reader = queries.calendar_reader(reading(), organisation_id=organisation.id, token_hash=hashed)
    if reader is None:
        raise NotFound(N_("There is no such calendar; make a new address on the page of your account."))
    found = queries.calendar_sessions(reading(), organisation_id=organisation.id, reader=reader, since=now() - PAST)
    addressed = [(session, _public(_address(session, reader))) for session in found]
    response = Response(
        calendar_of(addressed, words=_words(organisation.name)), content_type="text/calendar; charset=utf-8"
    )
    response.headers["Cache-Control"] = "private, no-cache"
    response.add_etag()
    return response.make_conditional(request)


def _address(session: CalendarSession, reader: CalendarReader) -> str:
    """A participant opens no register."""
    if reader.participant_id is not None:
        return url_for("dashboards.me")
    return url_for("attendance.register", code=session.cohort_code, session_code=session.code)


def _public(path: str) -> str:
    return str(current_app.extensions["settings"].public_url) + path


def _words(organisation: str) -> Words:
    return Words(
        name=_("Sessions · %(organisation)s", organisation=organisation),
        group=_("Group"),
        jp=_("JP"),
        facilitators=_("Facilitators"),
        cancelled=_("Cancelled"),
    )


def _page(path: str) -> str:
    """The page; with the path of an address that has just been made it shows that."""
    person, url = current(), _public(path) if path else ""
    made_at = queries.calendar_made_at(reading(), organisation_id=person.organisation_id, account_id=person.account_id)
    subscribe = "webcal:" + url.partition(":")[2] if url else ""
    return render_template(
        "programme/calendar.html", url=url, subscribe=quote(subscribe, safe=":/.-_~"), made_at=made_at
    )
