"""Navigation, language and theme."""

from dataclasses import replace

import pytest
from flask import Flask, Request
from flask_babel import force_locale
from werkzeug.test import EnvironBuilder

from lms.web.shell import Link, chosen_locale, here_with, links, navigation, safe_path
from tests.web.conftest import Staff


@pytest.fixture
def roomy_app(shell_app: Flask) -> Flask:
    """With some of the rooms that the navigation leads to."""
    shell_app.add_url_rule("/cohorts", "programme.cohorts", lambda: "")
    shell_app.add_url_rule("/me", "dashboards.me", lambda: "")
    shell_app.add_url_rule("/cohorts/archive", "archive", lambda: "")
    shell_app.add_url_rule("/", "dashboards.front", lambda: "")
    return shell_app


@pytest.mark.parametrize(
    ("role", "expected"),
    [
        ("participant", ["dashboards.me"]),
        ("facilitator", ["dashboards.front", "programme.cohorts"]),
        ("manager", ["dashboards.front", "programme.cohorts"]),
    ],
)
def test_a_role_is_offered_what_it_may_open_of_the_rooms_that_are_there(
    roomy_app: Flask, role: str, expected: list[str]
) -> None:
    with roomy_app.test_request_context(), force_locale("en"):
        assert [endpoint for endpoint, _ in navigation(Staff(role=role))] == expected


def test_nobody_signed_in_is_offered_nothing(roomy_app: Flask) -> None:
    with roomy_app.test_request_context():
        assert navigation(Staff(role="manager", is_authenticated=False)) == []


@pytest.mark.parametrize(
    ("path", "current"),
    [
        ("/cohorts", "/cohorts"),
        ("/cohorts/7/people", "/cohorts"),
        ("/cohorts/archive", "/cohorts/archive"),
        ("/cohorts-old", None),
        ("/", "/"),
        ("/elsewhere", None),
    ],
)
def test_the_nearest_link_above_a_page_is_current(roomy_app: Flask, path: str, current: str | None) -> None:
    entries = [("dashboards.front", "Overview"), ("programme.cohorts", "Cohorts"), ("archive", "Archive")]
    with roomy_app.test_request_context():
        made = links(entries, path)
    assert [link.href for link in made if link.current] == ([] if current is None else [current])
    assert made[1] == Link(href="/cohorts", label="Cohorts", current=current == "/cohorts")


@pytest.mark.parametrize(
    ("cookie", "asked", "expected"),
    [
        ("en", "id", "en"),
        ("id", "en-GB,en", "id"),
        ("xx", "id-ID,id;q=0.9,en;q=0.8", "id"),
        ("", "en-US,en;q=0.9", "en"),
        ("", "fr", "id"),
        ("", "", "id"),
    ],
)
def test_a_language_is_chosen_by_the_person_then_the_browser_then_the_deployment(
    cookie: str, asked: str, expected: str
) -> None:
    sent = {"Accept-Language": asked} | ({"Cookie": f"padu_locale={cookie}"} if cookie else {})
    assert chosen_locale(Request(EnvironBuilder(headers=sent).get_environ()), "id") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/cohorts?sort=name", "/cohorts?sort=name"),
        ("", "/"),
        ("cohorts", "/"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("/\t/evil.example", "/"),
        ("/\n/evil.example", "/"),
        ("https://evil.example/", "/"),
        ("javascript:alert(1)", "/"),
    ],
)
def test_one_goes_back_only_to_a_page_of_this_site(text: str, expected: str) -> None:
    assert safe_path(text) == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"sort": "name"}, "/cohorts?sort=name&group=A%20B"),
        ({"sort": None}, "/cohorts?group=A%20B"),
        ({"after": 5}, "/cohorts?sort=jp&group=A%20B&after=5"),
        ({"sort": None, "group": None, "missing": None}, "/cohorts"),
    ],
)
def test_a_page_s_address_keeps_the_rest_of_its_query(
    roomy_app: Flask, changes: dict[str, object], expected: str
) -> None:
    with roomy_app.test_request_context("/cohorts?sort=jp&group=A%20B"):
        assert here_with(**changes) == expected


@pytest.mark.parametrize(
    ("form", "cookies"),
    [
        ({"theme": "dark"}, ["padu_theme=dark"]),
        ({"locale": "en"}, ["padu_locale=en"]),
        ({"theme": "sepia", "locale": "fr"}, []),
    ],
)
def test_a_preference_is_kept_in_a_cookie_if_it_is_offered(
    shell_app: Flask, form: dict[str, str], cookies: list[str]
) -> None:
    shell_app.config["WTF_CSRF_ENABLED"] = False
    reply = shell_app.test_client().post("/preferences", data=form | {"back": "/design"})
    assert (reply.status_code, reply.headers["Location"]) == (303, "/design")
    assert [cookie.split(";")[0] for cookie in reply.headers.getlist("Set-Cookie")] == cookies


@pytest.mark.parametrize(("public_url", "is_secure"), [("https://padu.example.org", True), ("http://localhost", False)])
@pytest.mark.parametrize("asked_by", ["http://localhost", "https://localhost"])
def test_a_preference_s_cookie_is_secure_where_people_reach_padu_over_https(
    shell_app: Flask, public_url: str, is_secure: bool, asked_by: str
) -> None:
    shell_app.config["WTF_CSRF_ENABLED"] = False
    shell_app.extensions["settings"] = replace(shell_app.extensions["settings"], public_url=public_url)
    reply = shell_app.test_client().post("/preferences", base_url=asked_by, data={"theme": "dark", "back": "/"})
    (cookie,) = [one for one in reply.headers.getlist("Set-Cookie") if one.startswith("padu_theme")]
    assert ("; Secure" in cookie) is is_secure


def test_a_preference_is_not_changed_from_another_site(shell_app: Flask) -> None:
    reply = shell_app.test_client().post("/preferences", data={"theme": "dark"})
    assert reply.status_code == 400
    assert not any("padu_theme" in cookie for cookie in reply.headers.getlist("Set-Cookie"))
