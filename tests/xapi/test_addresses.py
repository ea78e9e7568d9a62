"""What is answered under /xapi where there is no such resource or method, and what every reply names."""

from typing import NoReturn

import pytest
from sqlalchemy.exc import TimeoutError as NoConnection

from lms.xapi import consistency
from lms.xapi.protocol import CONSISTENT, VERSION
from tests.world import World
from tests.xapi.lrs import lrs

METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH")


@pytest.mark.parametrize("version", ["1.0.3", "2.0.0"])
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("path", ["/xapi/lain", "/xapi/statements/lain", "/xapi/", "/xapi/statements/"])
def test_there_is_no_such_resource_whatever_the_method(world: World, path: str, method: str, version: str) -> None:
    response = lrs(world, version=version).request(method, path)

    assert (response.status_code, response.mimetype) == (404, "application/json")
    assert response.headers[VERSION] == version
    assert "Allow" not in response.headers


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PATCH", "/xapi/statements", {"GET", "HEAD", "OPTIONS", "POST", "PUT"}),
        ("DELETE", "/xapi/statements", {"GET", "HEAD", "OPTIONS", "POST", "PUT"}),
        ("POST", "/xapi/about", {"GET", "HEAD", "OPTIONS"}),
        ("PUT", "/xapi//activities", {"GET", "HEAD", "OPTIONS"}),
        ("PATCH", "/xapi/agents/profile", {"DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT"}),
    ],
)
def test_a_resource_names_the_methods_that_it_has(world: World, method: str, path: str, allowed: set[str]) -> None:
    response = lrs(world).request(method, path)

    assert (response.status_code, response.mimetype) == (405, "application/json")
    assert set(response.headers["Allow"].split(", ")) == allowed
    assert response.headers[VERSION] == "1.0.3"


@pytest.mark.parametrize("version", [None, "0.9"])
def test_a_version_that_is_not_served_is_not_named(world: World, version: str | None) -> None:
    assert lrs(world).request("GET", "/xapi/about", version=version).headers[VERSION] == "2.0.0"


def test_what_is_refused_is_told_though_there_is_no_connection_to_be_had(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def wait_in_vain(_session: object) -> NoReturn:
        raise NoConnection

    client = lrs(world)
    monkeypatch.setattr(consistency, "consistent_through", wait_in_vain)
    response = client.get(limit="x")

    assert response.status_code == 400
    assert CONSISTENT not in response.headers
