"""The document resources: activities/state, activities/profile and agents/profile (xAPI 1.0.3, Communication 2.2)."""

from flask import Response, current_app, jsonify, request

from lms.clock import now
from lms.db import reading, retrying
from lms.errors import N_
from lms.people.guards import public
from lms.settings import Settings
from lms.xapi import access, protocol, queries, rules, service
from lms.xapi.endpoint import blueprint

PATHS: dict[str, rules.Kind] = {
    "/activities/state": "state",
    "/activities/profile": "activity",
    "/agents/profile": "agent",
}


@public
def get_documents(kind: rules.Kind) -> Response:
    """One document as it came in, or the ids of all (Communication 2.3, 2.6, 2.7)."""
    credential = access.credential(reading(), request, scopes=access.DOCUMENTS_READ[kind], now=now())
    place = _place(kind, needs_id=False, may_have_since=True)
    protocol.touch(credential)
    if place.id is None:
        return jsonify(queries.document_ids(reading(), organisation_id=credential.organisation_id, place=place))
    found = queries.document(reading(), organisation_id=credential.organisation_id, place=place)
    return protocol.error(404, N_("There is no such document.")) if found is None else _shown(found)


@public
def put_document(kind: rules.Kind) -> Response:
    """Store a document, in place of what may be there (Communication 2.2)."""
    return _change(kind, merging=False)


@public
def post_document(kind: rules.Kind) -> Response:
    """Store a document, or merge it into the one that is there (Communication 2.2)."""
    return _change(kind, merging=True)


@public
def delete_documents(kind: rules.Kind) -> Response:
    """Delete a document; a state without its id means all of the activity, the agent and the registration."""
    credential = access.credential(reading(), request, scopes=access.DOCUMENTS_WRITE[kind], now=now())
    place = _place(kind, needs_id=kind != "state")
    rules.refuse_place_beyond(place, credential.limits)
    conditions = _conditions()
    tenant = credential.organisation_id
    retrying(
        lambda session: service.delete_documents(session, organisation_id=tenant, place=place, conditions=conditions)
    )
    protocol.touch(credential)
    return Response(status=204)


def _change(kind: rules.Kind, *, merging: bool) -> Response:
    credential = access.credential(reading(), request, scopes=access.DOCUMENTS_WRITE[kind], now=now())
    reading().rollback()
    place = _place(kind)
    rules.refuse_place_beyond(place, credential.limits)
    conditions, content = _conditions(), protocol.content()
    media_type = rules.checked_media_type(request.headers.get("Content-Type"))
    sent = rules.Document(content=content, content_type=media_type, updated_at=now())
    settings: Settings = current_app.extensions["settings"]
    retrying(
        lambda session: service.put_document(
            session,
            organisation_id=credential.organisation_id,
            place=place,
            sent=sent,
            conditions=conditions,
            credential_id=credential.id,
            merging=merging,
            most_bytes=settings.xapi_max_body_bytes,
        )
    )
    protocol.touch(credential)
    return Response(status=204)


def _place(kind: rules.Kind, *, needs_id: bool = True, may_have_since: bool = False) -> rules.DocumentPlace:
    return rules.parse_place(
        request.args.items(multi=True),
        kind=kind,
        version=protocol.version(),
        needs_id=needs_id,
        may_have_since=may_have_since,
    )


def _conditions() -> rules.Conditions:
    return rules.Conditions(
        version=protocol.version(),
        if_match=request.headers.get("If-Match"),
        if_none_match=request.headers.get("If-None-Match"),
    )


def _shown(found: rules.Document) -> Response:
    response = Response(found.content)
    response.headers["Content-Type"] = found.content_type
    response.set_etag(found.etag)
    response.last_modified = found.updated_at
    # Whatever was stored here must not run as a page of this address.
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    if rules.has_already(found, _conditions()):
        response.status_code = 304
    return response


for path, kind in PATHS.items():
    for method, view in (
        ("GET", get_documents),
        ("PUT", put_document),
        ("POST", post_document),
        ("DELETE", delete_documents),
    ):
        name = f"{method.lower()}_{kind}_document"
        blueprint.add_url_rule(path, name, view, methods=[method], defaults={"kind": kind})
