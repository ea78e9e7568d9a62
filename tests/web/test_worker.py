"""What is served for the time without network, and to whom pages offer it."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from lms.web import worker


@pytest.fixture
def browser(shell_app: Flask) -> FlaskClient:
    """Somebody's browser, in front of the shell with what belongs to the time without network."""
    worker.init(shell_app)
    return shell_app.test_client()


def test_the_worker_looks_after_the_whole_site_and_is_asked_for_each_time(browser: FlaskClient) -> None:
    reply = browser.get("/sw.js")
    assert reply.mimetype == "text/javascript"
    assert (reply.headers["Cache-Control"], reply.headers["Service-Worker-Allowed"]) == ("no-cache", "/")
    assert browser.get("/sw.js", headers={"If-None-Match": reply.headers["ETag"]}).status_code == 304


def test_the_policy_allows_our_own_worker_and_manifest_only(browser: FlaskClient) -> None:
    policy = browser.get("/offline").headers["Content-Security-Policy"]
    assert "worker-src 'self';" in policy
    assert "manifest-src 'self';" in policy


def test_the_page_without_network_says_nothing_of_whoever_is_signed_in(browser: FlaskClient) -> None:
    page = browser.get("/offline?as=facilitator").get_data(as_text=True)
    assert "Ratna Wulandari" not in page
    assert "Kota Sukabumi" not in page


def test_the_manifest_names_files_that_are_there(browser: FlaskClient) -> None:
    reply = browser.get("/manifest.webmanifest")
    assert reply.mimetype == "application/manifest+json"
    assert reply.json is not None
    for address in [reply.json["start_url"], *(icon["src"] for icon in reply.json["icons"])]:
        assert browser.get(address).status_code == 200 or address == "/"


@pytest.mark.parametrize(
    ("role", "marks"),
    [("admin", True), ("manager", True), ("facilitator", True), ("auditor", False), ("participant", False)],
)
def test_marks_wait_on_the_devices_of_those_who_make_them(browser: FlaskClient, role: str, marks: bool) -> None:
    page = browser.get(f"/design?as={role}").get_data(as_text=True)
    assert ('id="waiting"' in page) is marks
