"""The addresses of programmes and cohorts."""

from flask import Blueprint

from lms.programme import calendar_pages, cohort_pages, draft_pages, group_pages, programme_pages, setup_pages

blueprint = Blueprint("programme", __name__)
get, post, both = ("GET",), ("POST",), ("GET", "POST")

for address, view, methods in (
    ("/programmes", programme_pages.programmes, get),
    ("/programmes/new", programme_pages.new_programme, both),
    ("/programmes/<path:code>/<int(max=999999):version>", programme_pages.programme_version, get),
    ("/programmes/<path:code>/<int(max=999999):version>.toml", programme_pages.programme_file, get),
    ("/programmes/<path:code>/<int(max=999999):version>/differences", programme_pages.differences, get),
    ("/programmes/<path:code>/<int(max=999999):version>/draft", draft_pages.new_version, post),
    ("/programmes/drafts/new", draft_pages.new_draft, both),
    ("/programmes/drafts/<uuid:draft_id>", draft_pages.draft, get),
    ("/programmes/drafts/<uuid:draft_id>", draft_pages.save_draft, post),
    ("/programmes/drafts/<uuid:draft_id>/parts/<where>", draft_pages.draft_part, get),
    ("/programmes/drafts/<uuid:draft_id>/parts/<where>", draft_pages.save_draft_part, post),
    ("/programmes/drafts/<uuid:draft_id>/text", draft_pages.draft_text, get),
    ("/programmes/drafts/<uuid:draft_id>/text", draft_pages.replace_draft, post),
    ("/programmes/drafts/<uuid:draft_id>/discard", draft_pages.discard_draft, post),
    ("/programmes/drafts/<uuid:draft_id>.toml", draft_pages.draft_file, get),
    ("/cohorts", cohort_pages.cohorts, get),
    ("/cohorts/new", cohort_pages.new_cohort, both),
    ("/cohorts/<code>/setup", setup_pages.cohort_setup, get),
    ("/cohorts/<code>/setup/targets", setup_pages.cohort_targets, get),
    ("/cohorts/<code>/setup/targets", setup_pages.set_targets, post),
    ("/cohorts/<code>/setup/groups", group_pages.cohort_groups, get),
    ("/cohorts/<code>/setup/groups", group_pages.add_groups, post),
    ("/cohorts/<code>/setup/groups/name", group_pages.rename_group, post),
    ("/cohorts/<code>/setup/groups/remove", group_pages.remove_group, post),
    ("/cohorts/<code>/setup/facilitators", group_pages.assign, post),
    ("/cohorts/<code>/setup/facilitators/remove", group_pages.unassign, post),
    ("/cohorts/<code>/setup/name", setup_pages.rename, post),
    ("/cohorts/<code>/setup/invitations", setup_pages.invite, post),
    ("/account/calendar", calendar_pages.calendar, get),
    ("/account/calendar", calendar_pages.renew, post),
    ("/account/calendar/end", calendar_pages.end, post),
    ("/calendar/<slug>/<token>.ics", calendar_pages.calendar_file, get),
):
    blueprint.add_url_rule(address, view_func=view, methods=methods)
