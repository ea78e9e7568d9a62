"""The addresses of appeals."""

from flask import Blueprint

from lms.appeals import my_pages, staff_pages

blueprint = Blueprint("appeals", __name__)
get, post, both = ("GET",), ("POST",), ("GET", "POST")

for address, view, methods in (
    ("/my/appeals", my_pages.mine, get),
    ("/my/appeals/new", my_pages.new, both),
    ("/my/appeals/<uuid:appeal_id>", my_pages.my_appeal, get),
    ("/my/appeals/<uuid:appeal_id>/add", my_pages.add, post),
    ("/my/appeals/<uuid:appeal_id>/take-back", my_pages.take_back, post),
    ("/cohorts/<code>/appeals", staff_pages.appeals, get),
    ("/cohorts/<code>/appeals/window", staff_pages.set_window, post),
    ("/cohorts/<code>/appeals/<uuid:appeal_id>", staff_pages.one_appeal, get),
    ("/cohorts/<code>/appeals/<uuid:appeal_id>/answer", staff_pages.answer, post),
):
    blueprint.add_url_rule(address, view_func=view, methods=methods)
