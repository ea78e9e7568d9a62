"""Pages of the record store for staff: credentials, what was refused, what waits, who was matched, statements."""

from flask import Blueprint

from lms.xapi import (
    credential_pages,
    home_page_pages,
    match_pages,
    refusal_pages,
    statement_pages,
    viewer_pages,
    waiting_pages,
)

blueprint = Blueprint("records", __name__)
get, post = ("GET",), ("POST",)

for address, view, methods in (
    ("/credentials", credential_pages.credentials, get),
    ("/credentials", credential_pages.add_credential, post),
    ("/credentials/<uuid:credential_id>", credential_pages.credential, get),
    ("/credentials/<uuid:credential_id>", credential_pages.limit_credential, post),
    ("/credentials/<uuid:credential_id>/revoke", credential_pages.revoke_credential, post),
    ("/credentials/refused", refusal_pages.refused_requests, get),
    ("/credentials/refused/<uuid:refused_id>", refusal_pages.refused_one, get),
    ("/credentials/refused/<uuid:refused_id>", refusal_pages.send_refused_again, post),
    ("/credentials/refused/<uuid:refused_id>/download", refusal_pages.refused_download, get),
    ("/credentials/refused/<uuid:refused_id>/dismiss", refusal_pages.dismiss_refused, post),
    ("/waiting", waiting_pages.waiting, get),
    ("/waiting/participants", waiting_pages.participants, get),
    ("/waiting/match", waiting_pages.match, post),
    ("/waiting/home-pages", home_page_pages.confirm_home_page, post),
    ("/waiting/again", waiting_pages.try_again, post),
    ("/people/participants/<uuid:participant_id>/agents", match_pages.matches, get),
    ("/people/participants/<uuid:participant_id>/agents", match_pages.unmatch, post),
    ("/statements", viewer_pages.statements, get),
    ("/statements/newer", viewer_pages.newer_statements, get),
    ("/statements/download", viewer_pages.download_statements, get),
    ("/statements/<uuid:statement_id>", statement_pages.statement, get),
):
    blueprint.add_url_rule(address, view_func=view, methods=methods)
