"""The addresses of decisions."""

from flask import Blueprint

from lms.decisions import list_pages, person_pages

blueprint = Blueprint("decisions", __name__)
get, post, both = ("GET",), ("POST",), ("GET", "POST")

for address, view, methods in (
    ("/cohorts/<code>/decisions", list_pages.decisions, get),
    ("/cohorts/<code>/decisions.csv", list_pages.decisions_file, get),
    ("/cohorts/<code>/decisions/pass-all", list_pages.pass_all, both),
    ("/cohorts/<code>/decisions/<uuid:participant_id>", person_pages.decision, get),
    ("/cohorts/<code>/decisions/<uuid:participant_id>", person_pages.decide, post),
    ("/cohorts/<code>/decisions/<uuid:participant_id>/answer", person_pages.answer, post),
    ("/cohorts/<code>/decisions/<uuid:participant_id>/withdraw", person_pages.withdraw, post),
):
    blueprint.add_url_rule(address, view_func=view, methods=methods)
