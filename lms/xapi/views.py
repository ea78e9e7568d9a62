"""The addresses of the learning record store, under /xapi."""

from typing import cast

from flask import Flask, Response, current_app, jsonify, request
from flask.blueprints import BlueprintSetupState
from werkzeug.exceptions import MethodNotAllowed, NotFound

from lms.clock import now
from lms.db import reading
from lms.people.guards import public
from lms.xapi import (
    access,
    description_views,
    document_views,
    endpoint,
    protocol,
    receiving,
    replies,
    rules,
)
from lms.xapi.endpoint import blueprint

__all__ = ["blueprint", "description_views", "document_views"]


@blueprint.record_once
def init(state: BlueprintSetupState) -> None:
    """Make ready what the app holds for this room."""
    app = cast(Flask, state.app)
    endpoint.init(app)
    receiving.init(app)


@blueprint.get("/about")
@public
def about() -> Response:
    """Which versions are served (xAPI 1.0.3, Communication 2.8). No header and no credential needed."""
    protocol.no_parameters()
    return jsonify({"version": ["1.0.3", "2.0.0"]})


@blueprint.post("/statements")
@public
def post_statements() -> Response:
    """Store one statement or an array of them; answers their ids (Communication 2.1.2)."""
    stored = receiving.receive(protocol.no_parameters)
    return Response(rules.write([str(one) for one in stored]), mimetype="application/json")


@blueprint.put("/statements")
@public
def put_statement() -> Response:
    """Store one statement under the id in the address (Communication 2.1.1)."""
    receiving.receive(protocol.statement_id)
    return Response(status=204)


@blueprint.get("/statements")
@public
def get_statements() -> Response:
    """One statement by its id, or a page of those that match (Communication 2.1.3)."""
    credential = access.credential(reading(), request, scopes=access.READ_MINE, now=now())
    query = rules.parse_filters(request.args.items(multi=True), version=protocol.version())
    sent_by = None if access.READ & set(credential.scopes) else credential.id
    protocol.touch(credential)
    # What commits after this may be missing from the page, so it must not be promised.
    protocol.consistent_through()
    if query.statement_id is not None or query.voided_statement_id is not None:
        return replies.one(credential, query, sent_by)
    return replies.page(credential, query, sent_by)


@blueprint.route("/<path:anything>", methods=["GET", "POST", "PUT", "DELETE", "PATCH"])
@public
def nothing(anything: str) -> Response:
    """404, or 405 where it is only the method that the resource does not have."""
    there = [rule.methods or () for rule in current_app.url_map.iter_rules() if rule.rule == request.path]
    if there:
        raise MethodNotAllowed(sorted({method for methods in there for method in methods}))
    raise NotFound
