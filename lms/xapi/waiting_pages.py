"""The page of what does not count yet: unknown people, unknown modules, and statements that were set aside."""

from collections.abc import Mapping
from functools import partial
from uuid import UUID

from flask import current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from lms.clock import now
from lms.db import reading, retrying, transaction
from lms.errors import N_, DomainError
from lms.people import queries as people_queries
from lms.people import service as people
from lms.people.guards import allowed, current
from lms.people.rules import MANAGERS, READERS
from lms.web.errors import told
from lms.xapi import queries, rules, service
from lms.xapi.home_page_pages import is_trusted
from lms.xapi.home_page_queries import new_home_pages
from lms.xapi.refusal_queries import refused_counts

SHOWN = 50
OFFERED = 10
ROUNDS = 20
FIELD = "identifier-"
"""The field beside an agent is called so, followed by the agent's key in hexadecimal digits."""


@allowed(*READERS)
def waiting() -> ResponseReturnValue:
    """What waits, the most frequent first."""
    return _page({})


@allowed(*MANAGERS)
def participants() -> ResponseReturnValue:
    """Participants by a part of their name or identifier, for the list under a field."""
    search = next((text.strip() for name, text in request.args.items() if name.startswith(FIELD)), "")
    found = people_queries.participants(
        reading(), organisation_id=current().organisation_id, search=search, limit=OFFERED
    )
    return render_template("xapi/_participants.html", participants=found)


@allowed(*MANAGERS)
def match() -> ResponseReturnValue:
    """Say which participant an agent is; what it sent counts from now on."""
    agent = request.form.get("agent", "")
    try:
        name = _matched(agent, request.form.get(f"{FIELD}{agent}", "").strip())
    except DomainError as error:
        return _page({agent: told(error)}), 422
    project()
    flash(_("This is %(name)s. What was sent counts now.", name=name), "success")
    return redirect(url_for(".waiting"), 303)


@allowed(*MANAGERS)
def try_again() -> ResponseReturnValue:
    """Project statements that were set aside once more: those that are named, or all that are shown."""
    organisation_id = current().organisation_id
    with transaction() as session:
        parked = queries.parked(session, organisation_id=organisation_id, limit=SHOWN)
        named = request.form.get("statement", "")
        again = [one.statement_id for one in parked if named in ("", str(one.statement_id))]
        service.requeue(session, organisation_id=organisation_id, statement_ids=again)
    project()
    return redirect(url_for(".waiting", _anchor="parked"), 303)


def _matched(agent: str, identifier: str) -> str:
    """Match them, and return the participant's name."""
    organisation_id = current().organisation_id
    with transaction() as session:
        participant_id = _participant(session, identifier)
        people.match_agent(
            session,
            organisation_id=organisation_id,
            agent_key=_key(session, agent),
            participant_id=participant_id,
            matched_by=current().account_id,
            now=now(),
        )
        found = people_queries.participant(session, organisation_id=organisation_id, participant_id=participant_id)
    return found.name


def _participant(session: Session, identifier: str) -> UUID:
    found = people_queries.participants_by_identifier(
        session, organisation_id=current().organisation_id, identifiers=[identifier]
    )
    if identifier not in found:
        raise DomainError(N_("No participant has the identifier “%(identifier)s”."), identifier=identifier)
    return found[identifier]


def _key(session: Session, agent: str) -> bytes:
    """The key of an agent that is known here, from its hexadecimal digits."""
    key = rules.key_in(agent)
    if not queries.agents(session, organisation_id=current().organisation_id, keys={key}):
        raise DomainError(N_("Nothing of this person is here."))
    return key


def project() -> None:
    """Count what was queued, so that the page which follows is right; of very much, workers do the rest."""
    work = partial(
        service.project,
        organisation_id=current().organisation_id,
        dialects=current_app.extensions["dialects"],
        now=now(),
    )
    for _round in range(ROUNDS):
        if not retrying(work):
            return


def _page(errors: Mapping[str, str]) -> str:
    """`errors` are texts by the agent, in hexadecimal digits, at whose field they belong."""
    session, organisation_id = reading(), current().organisation_id
    strangers = new_home_pages(session, organisation_id=organisation_id, limit=SHOWN + 1)
    matching = people_queries.matching(session, organisation_id=organisation_id)
    return render_template(
        "xapi/waiting.html",
        counts=queries.counts(session, organisation_id=organisation_id),
        persons=queries.waiting_persons(session, organisation_id=organisation_id, limit=SHOWN + 1),
        modules=queries.waiting_modules(session, organisation_id=organisation_id, limit=SHOWN + 1),
        parked=queries.parked(session, organisation_id=organisation_id, limit=SHOWN + 1),
        strangers=strangers,
        trusted={one.key for one in strangers if is_trusted(one.home_page, matching)},
        refused=sum(one.open for one in refused_counts(session, organisation_id=organisation_id).values()),
        shown=SHOWN,
        field=FIELD,
        errors=errors,
        typed=request.form,
    )
