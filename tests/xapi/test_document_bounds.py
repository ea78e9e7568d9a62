"""Documents at the edges: nothing at all, odd media types, sizes, the nil UUID, and many writers at once."""

import json
import threading
from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from lms.settings import Settings
from lms.xapi import rules
from tests.world import NOW, World
from tests.xapi.lrs import Lrs, lrs
from tests.xapi.test_documents import ACTIVITY, KINDS, STATE, get, place, put, send, tag_of

NIL = "00000000-0000-0000-0000-000000000000"


@pytest.fixture
def small(app: Flask, monkeypatch: pytest.MonkeyPatch) -> int:
    """A limit that a test reaches soon, in bytes."""
    settings: Settings = app.extensions["settings"]
    monkeypatch.setitem(app.extensions, "settings", replace(settings, xapi_max_body_bytes=1000))
    return 1000


@pytest.mark.parametrize(("path", "_name"), KINDS)
def test_an_empty_document_is_one(world: World, path: str, _name: str) -> None:
    client = lrs(world)
    assert put(client, path, b"").status_code == 204
    found = get(client, path)

    assert (found.status_code, found.data, found.headers["ETag"]) == (200, b"", f'"{tag_of(b"")}"')


def test_bytes_without_a_media_type_are_bytes(world: World) -> None:
    client = lrs(world)
    assert client.request("PUT", STATE, query_string=place(STATE), data=b"\x00\x01").status_code == 204

    assert get(client, STATE).headers["Content-Type"] == "application/octet-stream"


@pytest.mark.parametrize(
    "kind", ["text", "text/", "/plain", "text plain/x", "text/plain\x01", "text/plain;é", "a/" + "b" * 300]
)
def test_what_is_no_media_type_is_refused(world: World, kind: str) -> None:
    client = lrs(world)
    refused = client.request("PUT", STATE, query_string=place(STATE), data=b"x", headers={"Content-Type": kind})

    assert refused.status_code == 400
    assert "media type" in (refused.json or {})["error"]
    assert get(client, STATE).status_code == 404


def test_a_merge_does_not_outgrow_what_one_request_may_bring(world: World, small: int) -> None:
    client = lrs(world)
    for member in ("a", "b"):
        assert send(client, "POST", STATE, place(STATE), {member: "x" * 450}).status_code == 204
    before = get(client, STATE).data
    refused = send(client, "POST", STATE, place(STATE), {"c": "x" * 450})

    assert refused.status_code == 413
    assert str(small) in (refused.json or {})["error"]
    assert get(client, STATE).data == before
    assert send(client, "POST", STATE, place(STATE), {"a": ""}).status_code == 204


@pytest.mark.parametrize("content", ["[1, 2]", '"text"', "1", "null"])
def test_a_first_document_may_be_any_json(world: World, content: str) -> None:
    client = lrs(world)
    assert send(client, "POST", STATE, place(STATE), content).status_code == 204
    assert get(client, STATE).text == content

    assert send(client, "POST", STATE, place(STATE), {"a": 1}).status_code == 400
    assert get(client, STATE).text == content


def test_a_first_document_that_says_it_is_json_must_be(world: World) -> None:
    client = lrs(world)

    assert send(client, "POST", STATE, place(STATE), '{"a": }').status_code == 400
    assert get(client, STATE).status_code == 404


def test_a_registration_of_zeros_is_not_none(world: World) -> None:
    client = lrs(world)
    put(client, STATE, b"without")
    put(client, STATE, b"zeros", registration=NIL)

    assert get(client, STATE).data == b"without"
    assert get(client, STATE, registration=NIL).data == b"zeros"
    assert send(client, "DELETE", STATE, place(STATE, None, registration=NIL)).status_code == 204
    assert get(client, STATE).data == b"without"


@pytest.mark.parametrize("condition", ["*", f'"{tag_of(b"x")}"'])
def test_many_are_not_deleted_on_the_condition_of_one(world: World, condition: str) -> None:
    client = lrs(world)
    put(client, STATE)
    refused = send(client, "DELETE", STATE, place(STATE, None), If_Match=condition)

    assert refused.status_code == 412
    assert get(client, STATE).status_code == 200


X, Y = f'"{tag_of(b"x")}"', f'"{tag_of(b"y")}"'


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"If_None_Match": X}, 304),
        ({"If_None_Match": f"{Y}, W/{X}"}, 304),
        ({"If_None_Match": X.strip('"')}, 304),
        ({"If_None_Match": Y}, 200),
        ({"If_Match": X}, 200),
        ({"If_Match": X, "If_None_Match": X}, 304),
        ({"If_Modified_Since": "Fri, 01 Jan 2999 00:00:00 GMT"}, 200),
        ({"Range": "bytes=0-0"}, 200),
    ],
)
def test_who_has_it_already_need_not_read_it_again(world: World, headers: dict[str, str], status: int) -> None:
    client = lrs(world)
    put(client, ACTIVITY)
    found = send(client, "GET", ACTIVITY, place(ACTIVITY), **headers)

    assert (found.status_code, found.headers["ETag"]) == (status, X)
    assert found.data == (b"x" if status == 200 else b"")


def test_who_reads_on_the_condition_of_another_is_told_so(world: World) -> None:
    client = lrs(world)
    put(client, ACTIVITY)
    refused = send(client, "GET", ACTIVITY, place(ACTIVITY), If_Match=Y)

    assert refused.status_code == 412
    assert "If-Match" in (refused.json or {})["error"]


def test_what_is_kept_never_runs_as_a_page(world: World) -> None:
    client = lrs(world)
    put(client, STATE, b"<script>alert(1)</script>", "text/html")
    headers = get(client, STATE).headers

    assert "sandbox" in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"


def twins(client: Lrs, number: int) -> list[Lrs]:
    """The same credential in several browsers: one test client must not serve two threads."""
    return [
        Lrs(world=client.world, client=client.world.app.test_client(), key=client.key, secret=client.secret)
        for _ in range(number)
    ]


def all_at_once(works: list[Callable[[], list[TestResponse]]]) -> list[int]:
    """The statuses of all requests, once all have been answered."""
    statuses: list[int] = []
    gate = threading.Barrier(len(works))

    def run(work: Callable[[], list[TestResponse]]) -> None:
        gate.wait(20)
        statuses.extend(response.status_code for response in work())

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return statuses


def test_members_that_several_add_at_once_are_all_there(world: World) -> None:
    def adding(twin: Lrs, writer: int) -> Callable[[], list[TestResponse]]:
        members = [{f"{writer}.{number}": number} for number in range(4)]
        return lambda: [send(twin, "POST", STATE, place(STATE), one) for one in members]

    client = lrs(world)
    statuses = all_at_once([adding(twin, writer) for writer, twin in enumerate(twins(client, 4))])

    assert statuses == [204] * 16
    assert len(json.loads(get(client, STATE).data)) == 16


def test_a_counter_that_all_raise_on_the_condition_of_its_tag_misses_nobody(world: World) -> None:
    client = lrs(world)
    put(client, ACTIVITY, b"0")

    def raising(twin: Lrs) -> Callable[[], list[TestResponse]]:
        def work() -> list[TestResponse]:
            answers = []
            for _ in range(60):
                there = get(twin, ACTIVITY)
                raised = str(int(there.data) + 1).encode()
                tag = there.headers["ETag"]
                answers.append(send(twin, "PUT", ACTIVITY, place(ACTIVITY), raised, "text/plain", If_Match=tag))
                if [answer.status_code for answer in answers].count(204) == 3:
                    break
            return answers

        return work

    statuses = all_at_once([raising(twin) for twin in twins(client, 4)])

    assert set(statuses) <= {204, 412}
    assert int(get(client, ACTIVITY).data) == statuses.count(204)


def test_putting_and_deleting_at_once_is_never_an_error_of_the_store(world: World) -> None:
    def churning(twin: Lrs) -> Callable[[], list[TestResponse]]:
        def once() -> list[TestResponse]:
            return [
                send(twin, "PUT", STATE, place(STATE), b"x", "text/plain"),
                send(twin, "DELETE", STATE, place(STATE)),
                send(twin, "DELETE", STATE, place(STATE, None)),
            ]

        return lambda: [answer for _ in range(4) for answer in once()]

    assert set(all_at_once([churning(twin) for twin in twins(lrs(world), 4)])) == {204}


tags = st.sampled_from(["*", '"*"', tag_of(b"first"), f'"{tag_of(b"first")}"', f'W/"{tag_of(b"first")}"'])
others = st.sampled_from(['""', "first", "W/", f'"{tag_of(b"other")}"', f'W/"{tag_of(b"other")}"', "\xff"])


@given(st.lists(tags | others), st.sampled_from([", ", ",", " ,\t"]), st.booleans())
def test_a_list_of_tags_names_a_document_if_one_of_them_does(listed: list[str], comma: str, is_there: bool) -> None:
    there = rules.Document(content=b"first", content_type="text/plain", updated_at=NOW) if is_there else None
    names_it = is_there and any(tag_of(b"first") in one or "*" in one for one in listed)
    conditions = rules.Conditions(version="2.0.0", if_match=comma.join(listed), if_none_match=None)
    try:
        rules.check_precondition(there, method="PUT", kind="state", conditions=conditions)
        assert names_it
    except rules.PreconditionFailed:
        assert not names_it
