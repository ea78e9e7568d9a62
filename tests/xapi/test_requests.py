"""Requests to the record store: versions, headers, sizes, addresses, and everything that is refused."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO
from typing import TYPE_CHECKING, Any

import pytest
from flask import Flask
from werkzeug.datastructures import Authorization

from lms.clock import now
from lms.xapi import rules
from lms.xapi.protocol import CONSISTENT, VERSION
from tests.world import World
from tests.xapi.lrs import ANI, BUDI, MODULE, Lrs, lrs, statement

if TYPE_CHECKING:
    from typing_extensions import Buffer

ID, OTHER = "01890a5d-ac96-774b-bcce-b302099a8057", "3fdba88f-54ae-4a2f-956b-76143df1760e"


@pytest.fixture
def limited(app: Flask) -> Iterator[None]:
    """A store that takes 2,000 bytes and three statements a request."""
    settings = app.extensions["settings"]
    app.extensions["settings"] = replace(settings, xapi_max_body_bytes=2000, xapi_max_statements=3)
    yield
    app.extensions["settings"] = settings


# Versions


@pytest.mark.parametrize(
    ("sent", "served"),
    [("1.0", "1.0.3"), ("1.0.0", "1.0.3"), ("1.0.2", "1.0.3"), ("1.0.3", "1.0.3"), ("1.0.9", "1.0.3"), ("2.0", "2.0.0"),
     ("2.0.0", "2.0.0"), ("2.0.1", "2.0.0")],
)  # fmt: skip
def test_it_serves_both_versions_and_names_the_one(world: World, sent: str, served: str) -> None:
    client = lrs(world, version=sent)
    for response in (client.post(statement()), client.get(), client.get(statementId=OTHER)):
        assert response.headers[VERSION] == served


@pytest.mark.parametrize("sent", [None, "", "0.95", "1.1.0", "1.0.", "2", "3.0.0", "1.0.3\u00a0x", "latest"])
def test_it_refuses_other_versions_and_names_its_own(world: World, sent: str | None) -> None:
    client = lrs(world)
    for response in (client.request("GET", version=sent), client.request("POST", version=sent, json=statement())):
        assert response.status_code == 400
        assert response.headers[VERSION] == "2.0.0"
        assert "1.0.3 or 2.0.0" in response.text
    assert client.found() == []


def test_what_is_new_in_2_is_refused_under_1(world: World) -> None:
    client = lrs(world)
    agents = [{"objectType": "contextAgent", "agent": {"mbox": "mailto:mentor@sukabumi.example"}}]
    sent = statement(context={"contextAgents": agents})

    assert client.post(sent).status_code == 400
    assert client.post(sent, version="2.0.0").status_code == 200


def test_about_needs_neither_version_nor_credential(world: World) -> None:
    response = lrs(world).request("GET", "/xapi/about", version=None, auth=None)

    assert response.status_code == 200
    assert response.json == {"version": ["1.0.3", "2.0.0"]}
    assert response.headers[VERSION] == "2.0.0"


def test_about_takes_no_parameter(world: World) -> None:
    response = lrs(world).request("GET", "/xapi/about", query_string={"version": "2.0.0"})

    assert (response.status_code, (response.json or {})["place"]) == (400, "version")


# Addresses and methods


@pytest.mark.parametrize("path", ["/xapi//statements", "//xapi/statements", "/xapi///statements"])
def test_a_doubled_slash_is_served_and_not_redirected(world: World, path: str) -> None:
    client = lrs(world)
    as_it_came = {"PATH_INFO": path}
    sent = client.request("POST", json=statement(id=ID), environ_overrides=as_it_came)
    found = client.request("GET", environ_overrides=as_it_came).json or {}

    assert (sent.status_code, sent.json) == (200, [ID])
    assert [one["id"] for one in found["statements"]] == [ID]


def test_other_addresses_keep_their_slashes(world: World) -> None:
    assert lrs(world).request("GET", "/health//x").status_code in (308, 404)


def test_head_is_get_without_a_body(world: World) -> None:
    client = lrs(world)
    client.post(statement(id=ID))
    for parameters in ({}, {"statementId": ID}, {"statementId": OTHER}):
        get = client.request("GET", query_string=parameters)
        head = client.request("HEAD", query_string=parameters)

        assert head.data == b""
        assert head.status_code == get.status_code
        kept = ("Content-Type", "Content-Length", VERSION, "Last-Modified")
        assert [head.headers.get(name) for name in kept] == [get.headers.get(name) for name in kept]
        assert CONSISTENT in head.headers


@pytest.mark.parametrize("method", ["DELETE", "PATCH"])
def test_other_methods_are_not_there(world: World, method: str) -> None:
    response = lrs(world).request(method)

    assert response.status_code == 405
    assert response.mimetype == "application/json"


# Bodies


@pytest.mark.parametrize(
    "kind",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/jsonx", ""],
)
def test_a_body_must_say_that_it_is_json(world: World, kind: str) -> None:
    client = lrs(world)
    response = client.request("POST", data=json.dumps(statement()), content_type=kind)

    assert response.status_code == 400
    assert "application/json" in response.text
    assert client.found() == []


def test_a_character_set_may_be_named(world: World) -> None:
    response = lrs(world).request("POST", data=json.dumps(statement()), content_type="application/json; charset=utf-8")

    assert response.status_code == 200


@pytest.mark.usefixtures("limited")
@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_that_is_too_large_is_refused_and_told_the_limit(world: World, chunked: bool) -> None:
    client = lrs(world)
    body = json.dumps(statement(result={"response": "x" * 2000})).encode()
    told: dict[str, Any] = {"data": body}
    if chunked:
        told = {"input_stream": BytesIO(body), "environ_overrides": {"wsgi.input_terminated": True}}
        told["headers"] = {"Transfer-Encoding": "chunked"}
    response = client.request("POST", content_type="application/json", **told)

    assert response.status_code == 413
    assert "2000" in (response.json or {})["error"]
    assert client.found() == []


@pytest.mark.usefixtures("limited")
def test_too_many_statements_are_refused_and_told_the_limit(world: World) -> None:
    client = lrs(world)
    assert client.post(*[statement()] * 3).status_code == 200
    response = client.post(*[statement()] * 4)

    assert response.status_code == 413
    assert "3" in (response.json or {})["error"]
    assert len(client.found()) == 3


def test_an_attachment_without_content_or_address_is_refused(world: World) -> None:
    attachment = {
        "usageType": "https://mooc.example/certificate",
        "display": {"en": "Certificate"},
        "contentType": "application/pdf",
        "length": 27,
        "sha2": "495395e777cd98da653df9615d09c0fd6bb2f8d4788394cd53c56a3bfdcd848a",
    }
    client = lrs(world)

    assert client.post(statement(attachments=[attachment])).status_code == 400
    with_address = attachment | {"fileUrl": "https://mooc.example/certificate.pdf"}
    assert client.post(statement(attachments=[with_address])).status_code == 200


class Noted(BytesIO):
    """A body that notes when it was last read."""

    moment = datetime.min.replace(tzinfo=UTC)

    def readinto(self, buffer: "Buffer") -> int:
        self.moment = now()
        return super().readinto(buffer)


def stored_of(client: Lrs, statement_id: str) -> datetime:
    return datetime.fromisoformat((client.get(statementId=statement_id).json or {})["stored"])


def test_a_body_that_comes_slowly_is_stored_when_it_is_here(world: World) -> None:
    client, body = lrs(world), json.dumps(statement(id=ID)).encode()
    slow = Noted(body)
    response = client.request(
        "POST", input_stream=slow, content_type="application/json", headers={"Content-Length": str(len(body))}
    )

    assert response.status_code == 200
    assert stored_of(client, ID) >= slow.moment > datetime.min.replace(tzinfo=UTC)


# PUT


def test_put_stores_under_the_id_of_the_address(world: World) -> None:
    client = lrs(world)
    response = client.put(statement(), statementId=ID)

    assert (response.status_code, response.data) == (204, b"")
    assert client.found() == [ID]
    assert client.put(statement(id=ID), statementId=ID.upper()).status_code == 204
    assert client.put(statement(BUDI), statementId=ID).status_code == 409
    assert client.found() == [ID]


@pytest.mark.parametrize(
    ("parameters", "sent", "place"),
    [
        ({}, statement(id=ID), "statementId"),
        ({"statementId": "1"}, statement(), "statementId"),
        ({"statementId": ID}, statement(id=OTHER), "statement.id"),
        ({"statementId": ID, "format": "exact"}, statement(), "format"),
        ({"statementId": ID, "Verb": "x"}, statement(), "Verb"),
        ({"statementid": ID}, statement(), "statementid"),
        ({"statementId": ID}, [statement()], ""),
    ],
)
def test_put_takes_one_statement_and_its_id_and_nothing_else(
    world: World, parameters: dict[str, str], sent: Any, place: str
) -> None:
    client = lrs(world)
    response = client.put(sent, **parameters)

    assert response.status_code == 400
    assert (response.json or {}).get("place", "") == place
    assert client.found() == []


def test_post_takes_no_parameter(world: World) -> None:
    client = lrs(world)
    response = client.post(statement(), query_string={"statementId": ID})

    assert response.status_code == 400
    assert client.found() == []


# What is refused


def broken() -> Iterator[tuple[str, Any]]:
    """Statements that are wrong in one place each, and that place: of a property too much or missing, the object's."""
    ani, verb, target = statement()["actor"], statement()["verb"], statement()["object"]
    account = ani["account"]
    for place, change in (
        ("actor", {"actor": None}),
        ("actor", {"actor": "Ani"}),
        ("actor", {"actor": {}}),
        ("actor", {"actor": {"objectType": "Agent", "name": "Ani"}}),
        ("actor.name", {"actor": {**ani, "name": 5}}),
        ("actor", {"actor": {**ani, "Name": "Ani"}}),
        ("actor", {"actor": {**ani, "mbox": "mailto:ani@sukabumi.example"}}),
        ("actor.mbox", {"actor": {"mbox": "ani@sukabumi.example"}}),
        ("actor.mbox_sha1sum", {"actor": {"mbox_sha1sum": "abc"}}),
        ("actor.openid", {"actor": {"openid": "ani"}}),
        ("actor.objectType", {"actor": {**ani, "objectType": "agent"}}),
        ("actor.account.homePage", {"actor": {"account": {"name": ANI, "homePage": "mooc"}}}),
        ("actor.account", {"actor": {"account": {"name": ANI}}}),
        ("actor.account.name", {"actor": {"account": {**account, "name": 5}}}),
        ("actor.account", {"actor": {"account": {**account, "login": "x"}}}),
        ("actor", {"actor": {"objectType": "Group"}}),
        ("actor", {"actor": {"objectType": "Group", "member": []}}),
        ("verb", {"verb": None}),
        ("verb", {"verb": {}}),
        ("verb.id", {"verb": {"id": "completed"}}),
        ("verb.display", {"verb": {**verb, "display": {"x_y": "selesai"}}}),
        ("verb.display", {"verb": {**verb, "display": {"id": None}}}),
        ("object", {"object": None}),
        ("object", {"object": {}}),
        ("object.id", {"object": {"id": "modul"}}),
        ("object.objectType", {"object": {**target, "objectType": "activity"}}),
        ("object.definition.type", {"object": {**target, "definition": {"type": "modul"}}}),
        ("object.definition", {"object": {**target, "definition": {"nama": {}}}}),
        ("object.definition", {"object": {**target, "definition": {"choices": [{"id": "a"}]}}}),
        ("object", {"object": {"objectType": "StatementRef"}}),
        ("object.id", {"object": {"objectType": "StatementRef", "id": "1"}}),
        ("object", {"verb": {"id": rules.VOIDED}}),
        ("object", {"object": {"objectType": "SubStatement", "actor": ani, "verb": verb}}),
        ("result", {"result": None}),
        ("result.success", {"result": {"success": "true"}}),
        ("result.completion", {"result": {"completion": 1}}),
        ("result.duration", {"result": {"duration": "1 hour"}}),
        ("result.score.scaled", {"result": {"score": {"scaled": 1.01}}}),
        ("result.score.raw", {"result": {"score": {"raw": "80"}}}),
        ("result.score.raw", {"result": {"score": {"raw": 101, "max": 100}}}),
        ("result.score.min", {"result": {"score": {"min": 10, "max": 1}}}),
        ("result.score", {"result": {"score": {"points": 1}}}),
        ("result.extensions", {"result": {"extensions": {"nilai": 1}}}),
        ("context.registration", {"context": {"registration": "1"}}),
        ("context.language", {"context": {"language": "bahasa_indonesia"}}),
        ("context.contextActivities", {"context": {"contextActivities": {"parents": []}}}),
        ("context.contextActivities.parent", {"context": {"contextActivities": {"parent": [{"id": "x"}]}}}),
        ("context.statement", {"context": {"statement": {"id": ID}}}),
        ("context.revision", {"context": {"revision": "1"}, "object": {"objectType": "Agent", **ani}}),
        ("timestamp", {"timestamp": "10 March 2026"}),
        ("timestamp", {"timestamp": "2026-03-10T02:00:00-00:00"}),
        ("id", {"id": "1"}),
        ("version", {"version": "0.9"}),
        ("stored", {"stored": "now"}),
        ("attachments", {"attachments": {}}),
        ("", {"Result": {}}),
        ("authority", {"authority": {"name": "nobody"}}),
    ):
        yield place, statement() | change


BROKEN = list(broken())


def test_there_are_fifty_broken_statements_and_more() -> None:
    assert len(BROKEN) > 50


@pytest.fixture
def client(world: World) -> Lrs:
    return lrs(world)


@pytest.mark.parametrize(("place", "sent"), BROKEN, ids=[f"{n}-{place}" for n, (place, _) in enumerate(BROKEN)])
def test_a_broken_statement_is_refused_with_its_place_and_the_whole_batch_with_it(
    client: Lrs, place: str, sent: Any
) -> None:
    alone = client.post(sent)
    among = client.post(statement(), sent, statement(BUDI))

    assert (alone.status_code, among.status_code) == (400, 400)
    assert (alone.json or {})["place"].startswith(f"statement.{place}".rstrip("."))
    assert (among.json or {})["place"].startswith(f"statements[1].{place}".rstrip("."))
    assert (alone.json or {})["error"]
    assert client.found() == []


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"[", b"null", b"5", b'"x"', b"true", b"[[]]", b"[null]", b"\xff\xfe{}", b"\xef\xbb\xbf",
        b'{"actor": NaN}', b'{"actor": 1, "actor": 1}', b"[" * 5000, b'{"a":' * 5000, b"1e999999999",
        b'{"actor": "\\ud800"}', b"{} {}", b"{'actor': 1}",
    ],
)  # fmt: skip
def test_what_is_no_statement_at_all_is_refused(client: Lrs, body: bytes) -> None:
    response = client.request("POST", data=body, content_type="application/json")

    assert response.status_code == 400
    assert (response.json or {})["error"]
    assert client.found() == []


def test_the_same_id_twice_in_one_batch_is_refused(client: Lrs) -> None:
    response = client.post(statement(id=ID), statement(id=ID.upper()))

    assert response.status_code == 400
    assert (response.json or {})["place"] == "statements[1].id"
    assert client.found() == []


def test_a_conflict_names_the_statement_and_stores_nothing(client: Lrs) -> None:
    client.post(statement(id=ID))
    response = client.post(statement(BUDI), statement(BUDI, id=ID))

    assert response.status_code == 409
    assert (response.json or {})["place"] == ID
    assert client.found() == [ID]


def test_an_equal_statement_is_answered_with_its_id(client: Lrs) -> None:
    client.post(statement(id=ID))
    response = client.post(statement(id=ID))

    assert (response.status_code, response.json) == (200, [ID])
    assert client.found() == [ID]


def test_it_answers_in_json_whatever_is_accepted(client: Lrs) -> None:
    response = client.request("GET", query_string={"limit": "x"}, headers={"Accept": "text/html"})

    assert (response.status_code, response.mimetype) == (400, "application/json")


def test_it_needs_no_token_against_forged_forms(app: Flask, client: Lrs) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    try:
        assert client.post(statement(iri=MODULE)).status_code == 200
    finally:
        app.config["WTF_CSRF_ENABLED"] = False


def test_a_key_that_no_credential_can_have_is_refused(world: World) -> None:
    sender = lrs(world)
    for key in ("1.a\0b", "\0", "1.\u202e", "٣.x"):
        auth = Authorization("basic", {"username": key, "password": "x"})
        assert sender.request("GET", auth=auth).status_code == 401
