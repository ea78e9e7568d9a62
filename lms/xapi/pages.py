"""Pages of the learning record store for staff: credentials, what waits, who was matched, statements."""

from flask import Blueprint

from lms.xapi import credential_pages, match_pages, statement_pages, viewer_pages, waiting_pages

blueprint = Blueprint("records", __name__)
get, post = ("GET",), ("POST",)

for address, view, methods in (
    ("/credentials", credential_pages.credentials, get),
    ("/credentials", credential_pages.add_credential, post),
    ("/credentials/<uuid:credential_id>/revoke", credential_pages.revoke_credential, post),
    ("/waiting", waiting_pages.waiting, get),
    ("/waiting/participants", waiting_pages.participants, get),
    ("/waiting/match", waiting_pages.match, post),
    ("/waiting/again", waiting_pages.try_again, post),
    ("/people/participants/<uuid:participant_id>/agents", match_pages.matches, get),
    ("/people/participants/<uuid:participant_id>/agents", match_pages.unmatch, post),
    ("/statements", viewer_pages.statements, get),
    ("/statements/newer", viewer_pages.newer_statements, get),
    ("/statements/download", viewer_pages.download_statements, get),
    ("/statements/<uuid:statement_id>", statement_pages.statement, get),
):
    blueprint.add_url_rule(address, view_func=view, methods=methods)
