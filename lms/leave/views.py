"""The addresses of leave."""

from flask import Blueprint

from lms.leave import ask_pages, my_pages, staff_pages

blueprint = Blueprint("leave", __name__)
get, post, both = ("GET",), ("POST",), ("GET", "POST")

for address, view, methods in (
    ("/my/leave", my_pages.mine, get),
    ("/my/leave/new", ask_pages.ask, both),
    ("/my/leave/<uuid:request_id>", my_pages.my_request, get),
    ("/my/leave/<uuid:request_id>/document", my_pages.my_document, get),
    ("/my/leave/<uuid:request_id>/take-back", my_pages.take_back, post),
    ("/my/leave/<uuid:request_id>/erase", my_pages.erase_mine, post),
    ("/cohorts/<code>/leave", staff_pages.requests, get),
    ("/cohorts/<code>/leave/new", ask_pages.enter, both),
    ("/cohorts/<code>/leave/<uuid:request_id>", staff_pages.one_request, get),
    ("/cohorts/<code>/leave/<uuid:request_id>/approve", staff_pages.approve, post),
    ("/cohorts/<code>/leave/<uuid:request_id>/refuse", staff_pages.refuse, post),
    ("/cohorts/<code>/leave/<uuid:request_id>/withdraw", staff_pages.withdraw, post),
    ("/cohorts/<code>/leave/<uuid:request_id>/note", staff_pages.open_note, post),
    ("/cohorts/<code>/leave/<uuid:request_id>/document", staff_pages.open_document, post),
    ("/cohorts/<code>/leave/<uuid:request_id>/erase", staff_pages.erase, post),
):
    blueprint.add_url_rule(address, view_func=view, methods=methods)
