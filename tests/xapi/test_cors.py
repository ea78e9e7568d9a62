"""What content in a browser may do from another address, and what every reply of the record store has."""

from dataclasses import replace

import pytest

from tests.world import World
from tests.xapi.lrs import Lrs, lrs, statement

CONTENT, OTHER = "https://content.example", "https://lain.example"
PATHS = ("statements", "activities/state", "activities/profile", "agents/profile", "agents", "activities", "about")


@pytest.fixture
def opened(world: World, monkeypatch: pytest.MonkeyPatch) -> Lrs:
    """A client of a store where content from CONTENT may ask."""
    settings = replace(world.app.extensions["settings"], xapi_cors_origins=(CONTENT, "https://kedua.example:8443"))
    monkeypatch.setitem(world.app.extensions, "settings", settings)
    return lrs(world)


@pytest.mark.parametrize("path", PATHS)
def test_a_preflight_needs_neither_version_nor_credential(opened: Lrs, path: str) -> None:
    asked = {"Origin": CONTENT, "Access-Control-Request-Method": "PUT", "Access-Control-Request-Headers": "if-match"}
    response = opened.request("OPTIONS", f"/xapi/{path}", version=None, auth=None, headers=asked)
    allowed = response.headers["Access-Control-Allow-Headers"].lower().split(", ")

    assert response.status_code == 200
    assert response.headers["Access-Control-Allow-Origin"] == CONTENT
    assert {"authorization", "content-type", "x-experience-api-version", "if-match", "if-none-match"} <= set(allowed)
    assert {"GET", "PUT", "POST", "DELETE"} <= set(response.headers["Access-Control-Allow-Methods"].split(", "))
    assert "Origin" in response.headers["Vary"]
    assert "Access-Control-Allow-Credentials" not in response.headers


@pytest.mark.parametrize("status", [200, 400, 401, 404, 405, 409])
def test_every_reply_can_be_read_also_an_error(opened: Lrs, status: int) -> None:
    identity = "01890a5d-ac96-774b-bcce-b302099a8051"
    opened.post(statement(id=identity))
    headers = {"Origin": CONTENT}
    response = {
        200: lambda: opened.request("GET", headers=headers),
        400: lambda: opened.request("GET", query_string={"limit": "x"}, headers=headers),
        401: lambda: opened.request("GET", auth=None, headers=headers),
        404: lambda: opened.request("GET", "/xapi/lain", headers=headers),
        405: lambda: opened.request("PATCH", headers=headers),
        409: lambda: opened.post(statement(id=identity, verb="https://mooc.example/lain"), headers=headers),
    }[status]()
    shown = response.headers["Access-Control-Expose-Headers"]

    assert response.status_code == status
    assert response.headers["Access-Control-Allow-Origin"] == CONTENT
    for name in ("ETag", "Last-Modified", "X-Experience-API-Version", "X-Experience-API-Consistent-Through"):
        assert name in shown


@pytest.mark.parametrize("origin", [OTHER, "https://content.example.evil", "http://content.example", "null"])
def test_no_other_page_may_read(opened: Lrs, origin: str) -> None:
    for method in ("GET", "OPTIONS"):
        assert "Access-Control-Allow-Origin" not in opened.request(method, headers={"Origin": origin}).headers


def test_without_the_setting_nobody_may(world: World) -> None:
    response = lrs(world).request("OPTIONS", headers={"Origin": CONTENT})

    assert "Access-Control-Allow-Origin" not in response.headers
    assert response.headers["Allow"]


def test_pages_are_never_opened_to_others(opened: Lrs) -> None:
    response = opened.client.get("/sign-in", headers={"Origin": CONTENT})

    assert "Access-Control-Allow-Origin" not in response.headers


@pytest.mark.parametrize("path", PATHS)
def test_head_is_get_without_a_body(world: World, path: str) -> None:
    client = lrs(world)
    agent = '{"mbox":"mailto:ani@sukabumi.example"}'
    query = {
        "activities/state": {"activityId": "https://mooc.example/1", "agent": agent},
        "activities/profile": {"activityId": "https://mooc.example/1"},
        "agents/profile": {"agent": agent},
        "agents": {"agent": agent},
        "activities": {"activityId": "https://mooc.example/1"},
    }.get(path, {})
    get, head = (client.request(method, f"/xapi/{path}", query_string=query) for method in ("GET", "HEAD"))

    assert (get.status_code, head.status_code, head.data) == (200, 200, b"")
    assert head.headers["Content-Length"] == get.headers["Content-Length"] == str(len(get.data))
    assert head.headers["X-Experience-API-Version"] == get.headers["X-Experience-API-Version"]


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/xapi/lain"), ("PATCH", "/xapi/statements"), ("GET", "/xapi/a/b")]
)
def test_what_is_not_there_is_told_in_json_with_the_version(world: World, method: str, path: str) -> None:
    response = lrs(world).request(method, f"/xapi/{path}")

    assert response.status_code in (404, 405)
    assert (response.json or {})["error"]
    assert response.headers["X-Experience-API-Version"]
