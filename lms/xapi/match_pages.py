"""The page of who was said to be a participant, where a wrong match is taken back."""

from functools import partial
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from lms.db import reading, retrying
from lms.people import queries as people_queries
from lms.people import service as people
from lms.people.guards import allowed, current
from lms.people.rules import MANAGERS, READERS
from lms.xapi import queries, rules
from lms.xapi.waiting_pages import project


@allowed(*READERS)
def matches(participant_id: UUID) -> ResponseReturnValue:
    """What was matched with a participant by hand, by whom and when."""
    session, organisation_id = reading(), current().organisation_id
    found = people_queries.participant(session, organisation_id=organisation_id, participant_id=participant_id)
    matched = people_queries.matched_agents(session, organisation_id=organisation_id, participant_id=participant_id)
    seen = queries.agents(session, organisation_id=organisation_id, keys={one.agent_key for one in matched})
    return render_template(
        "xapi/matches.html",
        participant=found,
        matched=matched,
        seen={agent.key: agent for agent in seen},
        may_change=current().role in MANAGERS,
    )


@allowed(*MANAGERS)
def unmatch(participant_id: UUID) -> ResponseReturnValue:
    """Take back that an agent is this participant; what it sent is looked at anew at once."""
    organisation_id = current().organisation_id
    people_queries.participant(reading(), organisation_id=organisation_id, participant_id=participant_id)
    work = partial(
        people.unmatch_agent,
        organisation_id=organisation_id,
        agent_key=rules.key_in(request.form.get("agent", "")),
        participant_id=participant_id,
    )
    if retrying(work):
        project()
        flash(_("Taken back. What was sent waits until it is known whose it is."), "success")
    return redirect(url_for(".matches", participant_id=participant_id), 303)
