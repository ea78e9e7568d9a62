"""The addresses of people, in one table."""

from flask import Blueprint

from lms.people.pages import accounts, entrance, links, participants, setup

blueprint = Blueprint("people", __name__)

GET, POST, BOTH = ["GET"], ["POST"], ["GET", "POST"]

for path, endpoint, view, methods in (
    ("/sign-in", "sign_in", entrance.sign_in, BOTH),
    ("/o/<slug>/sign-in", "sign_in_at", entrance.sign_in_at, BOTH),
    ("/sign-out", "sign_out", entrance.sign_out, POST),
    ("/account", "account", entrance.account, BOTH),
    ("/forgotten", "forgotten", links.forgotten, BOTH),
    ("/invitations/<token>", "invitation", links.invitation, BOTH),
    ("/setup", "setup", setup.setup, BOTH),
    ("/people", "accounts", accounts.accounts, GET),
    ("/people/new", "new_account", accounts.new_account, BOTH),
    ("/people/accounts/<uuid:account_id>", "one_account", accounts.one_account, GET),
    ("/people/accounts/<uuid:account_id>", "change_account", accounts.change_account, POST),
    ("/people/accounts/<uuid:account_id>/link", "make_link", accounts.make_link, POST),
    ("/people/accounts/<uuid:account_id>/active", "set_active", accounts.set_active, POST),
    ("/people/participants", "participants", participants.participants, GET),
    ("/people/participants/<uuid:participant_id>", "participant", participants.participant, GET),
    ("/people/participants/<uuid:participant_id>", "change_participant", participants.change_participant, POST),
    ("/people/participants/<uuid:participant_id>/link", "invite_participant", participants.invite, POST),
    ("/who-is-who", "who_is_who", participants.who_is_who, GET),
    ("/who-is-who", "change_matching", participants.change_matching, POST),
):
    blueprint.add_url_rule(path, endpoint, view, methods=methods)
