"""The addresses of programmes and cohorts."""

from flask import Blueprint

from lms.programme import cohort_pages, programme_pages, setup_pages

blueprint = Blueprint("programme", __name__)
get, post, both = ("GET",), ("POST",), ("GET", "POST")

for address, view, methods in (
    ("/programmes", programme_pages.programmes, get),
    ("/programmes/new", programme_pages.new_programme, both),
    ("/programmes/<path:code>/<int(max=999999):version>", programme_pages.programme_version, get),
    ("/programmes/<path:code>/<int(max=999999):version>.toml", programme_pages.programme_file, get),
    ("/cohorts", cohort_pages.cohorts, get),
    ("/cohorts/new", cohort_pages.new_cohort, both),
    ("/cohorts/<code>/setup", setup_pages.cohort_setup, get),
    ("/cohorts/<code>/setup/targets", setup_pages.set_targets, post),
    ("/cohorts/<code>/setup/facilitators", setup_pages.assign, post),
    ("/cohorts/<code>/setup/facilitators/remove", setup_pages.unassign, post),
    ("/cohorts/<code>/setup/invitations", setup_pages.invite, post),
):
    blueprint.add_url_rule(address, view_func=view, methods=methods)
