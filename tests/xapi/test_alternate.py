"""The alternate request syntax: what old browsers send in a form is served like the request inside it."""

import json
from base64 import b64encode
from typing import Any
from urllib.parse import urlencode

import pytest
from werkzeug.test import TestResponse

from tests.world import World
from tests.xapi.lrs import ANI, HOME, MODULE, Lrs, lrs, statement

ID = "01890a5d-ac96-774b-bcce-b302099a8051"
AGENT = json.dumps({"account": {"homePage": HOME, "name": ANI}})
STATE = {"activityId": MODULE, "agent": AGENT, "stateId": "bookmark"}


def send(client: Lrs, method: str, path: str = "/xapi/statements", *, also: str = "", **form: Any) -> TestResponse:
    """A form that holds a request, with the credential and the version in it; a field that is None is left out."""
    basic = b64encode(f"{client.key}:{client.secret}".encode()).decode()
    fields = {"Authorization": f"Basic {basic}", "X-Experience-API-Version": "1.0.3"} | form
    data = urlencode({name.replace("__", "-"): value for name, value in fields.items() if value is not None})
    return client.request(
        "POST",
        f"{path}?method={method}{also}",
        version=None,
        auth=None,
        data=data,
        content_type="application/x-www-form-urlencoded; charset=utf-8",
    )


def test_a_statement_is_put_and_got(world: World) -> None:
    client = lrs(world)
    sent = statement(result={"response": "a + b & c = 100 % – é"})
    put = send(client, "PUT", statementId=ID, content=json.dumps(sent), Content__Type="application/json")
    got = send(client, "GET", statementId=ID)

    assert put.status_code == 204
    assert (got.json or {})["result"] == sent["result"]
    assert got.headers["X-Experience-API-Version"] == "1.0.3"


def test_statements_are_posted_and_searched(world: World) -> None:
    client = lrs(world)
    assert send(client, "POST", content=json.dumps([statement(), statement()])).status_code == 200

    assert len((send(client, "GET", agent=AGENT, limit="1").json or {})["statements"]) == 1
    assert send(client, "GET", "/xapi//statements", agent=AGENT).status_code == 200


def test_documents_with_conditions(world: World) -> None:
    client, path = lrs(world), "/xapi/activities/state"
    first = send(client, "PUT", path, **STATE, content="halo", Content__Type="text/plain", If__None__Match="*")
    second = send(client, "PUT", path, **STATE, content="lagi", Content__Type="text/plain", If__None__Match="*")
    got = send(client, "GET", path, **STATE)

    assert (first.status_code, second.status_code) == (204, 412)
    assert (got.text, got.headers["Content-Type"]) == ("halo", "text/plain")
    assert send(client, "DELETE", path, **STATE).status_code == 204
    assert send(client, "GET", path, **STATE).status_code == 404


def test_a_head_has_no_body(world: World) -> None:
    client = lrs(world)
    client.sent(statement())

    assert send(client, "HEAD").data == b""


@pytest.mark.parametrize(
    ("method", "also", "form", "status"),
    [
        ("GET", "&limit=1", {}, 400),
        ("get", "", {}, 400),
        ("PATCH", "", {}, 400),
        ("GET", "", {"X_Experience__API__Version": None, "Version": "x"}, 400),
        ("GET", "", {"X-Experience-API-Version": "2.0.0"}, 400),
        ("GET", "", {"X-Experience-API-Version": None}, 400),
        ("GET", "", {"Authorization": None}, 401),
        ("GET", "", {"Authorization": "Basic \r\nX: y"}, 400),
        ("GET", "", {"verb": "selesai"}, 400),
        ("POST", "", {"content": "{"}, 400),
    ],
)
def test_what_is_wrong_is_refused_as_ever(
    world: World, method: str, also: str, form: dict[str, Any], status: int
) -> None:
    response = send(lrs(world), method, also=also, **form)

    assert response.status_code == status
    assert (response.json or {})["error"]


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"{}", "application/json"),
        (b"content=%ff", "application/x-www-form-urlencoded"),
        (b"\xff", "application/x-www-form-urlencoded"),
        (b"content=1&content=2", "application/x-www-form-urlencoded"),
    ],
)
def test_what_is_no_form_is_refused(world: World, data: bytes, kind: str) -> None:
    response = lrs(world).request("POST", "/xapi/statements?method=GET", data=data, content_type=kind)

    assert response.status_code == 400
    assert (response.json or {})["error"]


def test_a_form_beyond_the_limit_is_refused(world: World) -> None:
    most = world.app.extensions["settings"].xapi_max_body_bytes
    response = send(lrs(world), "POST", content="x" * (most + 1))

    assert response.status_code == 413
    assert str(most) in (response.json or {})["error"]


def test_a_parameter_of_that_name_means_nothing_elsewhere(world: World) -> None:
    assert lrs(world).get(method="GET").status_code == 400
