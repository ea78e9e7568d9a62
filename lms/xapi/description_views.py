"""What is known of an agent and of an activity (xAPI 1.0.3, Communication 2.4 and 2.5)."""

from flask import Response, jsonify, request

from lms.clock import now
from lms.db import reading
from lms.people.guards import public
from lms.xapi import access, protocol, queries, rules
from lms.xapi.endpoint import blueprint


@blueprint.get("/agents")
@public
def get_agent() -> Response:
    """The Person for an agent; for one that was never seen, what was asked.

    Who else the person is, is told only to those who may read statements, since these tell it as well.
    """
    credential = access.credential(reading(), request, scopes=access.DESCRIPTIONS_READ, now=now())
    protocol.only("agent")
    agent = rules.parse_agent(protocol.needed("agent"))
    protocol.touch(credential)
    known = queries.same_person if access.READ & set(credential.scopes) else queries.seen_as
    return jsonify(rules.person(agent, known(reading(), organisation_id=credential.organisation_id, agent=agent)))


@blueprint.get("/activities")
@public
def get_activity() -> Response:
    """The activity with its definition; one that was never described is its id alone."""
    credential = access.credential(reading(), request, scopes=access.DESCRIPTIONS_READ, now=now())
    protocol.only("activityId")
    iri = rules.checked_iri(protocol.needed("activityId"), place="activityId")
    protocol.touch(credential)
    key = rules.activity_key(iri)
    known = queries.definitions(reading(), organisation_id=credential.organisation_id, keys=[key]).get(key)
    activity = {"objectType": "Activity", "id": iri} | ({} if known is None else {"definition": known})
    return Response(rules.write(activity), mimetype="application/json")
