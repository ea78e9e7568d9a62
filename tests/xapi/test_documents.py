"""Documents of the state and profile resources, by HTTP."""

import json
import threading
from collections.abc import Callable
from hashlib import sha1
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from lms.xapi import rules
from tests.world import NOW, World
from tests.xapi.lrs import ANI, BUDI, HOME, MODULE, SECOND, Lrs, lrs

STATE, ACTIVITY, AGENT = "/xapi/activities/state", "/xapi/activities/profile", "/xapi/agents/profile"
REGISTRATION = "5e1d9d4a-3b0c-4f4e-9a51-0c5a3a7d9b11"
KINDS = [(STATE, "stateId"), (ACTIVITY, "profileId"), (AGENT, "profileId")]


def tag_of(content: bytes) -> str:
    """The ETag of a content, without its quotes."""
    return sha1(content, usedforsecurity=False).hexdigest()


def agent(name: str = ANI) -> str:
    return json.dumps({"account": {"homePage": HOME, "name": name}})


def place(path: str, identity: str | None = "bookmark", **others: str) -> dict[str, str]:
    """The parameters of a document of Ani about the first module, whichever of them the resource knows."""
    known = {STATE: ("activityId", "agent"), ACTIVITY: ("activityId",), AGENT: ("agent",)}[path]
    found = {name: value for name, value in (("activityId", MODULE), ("agent", agent())) if name in known}
    return found | others | ({} if identity is None else {dict(KINDS)[path]: identity})


def send(
    client: Lrs,
    method: str,
    path: str,
    parameters: dict[str, str],
    content: bytes | str | dict[str, Any] = b"",
    kind: str = "application/json",
    **headers: str,
) -> TestResponse:
    data = json.dumps(content) if isinstance(content, dict) else content
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.request(method, path, query_string=parameters, data=data, content_type=kind, headers=named)


def put(client: Lrs, path: str, content: Any = b"x", kind: str = "text/plain", **parameters: Any) -> TestResponse:
    return send(client, "PUT", path, place(path, **parameters), content, kind, If_None_Match="*")


def get(client: Lrs, path: str, **parameters: Any) -> TestResponse:
    return client.request("GET", path, query_string=place(path, **parameters))


@pytest.mark.parametrize("version", ["1.0.3", "2.0.0"])
@pytest.mark.parametrize(("path", "_name"), KINDS)
def test_bytes_and_media_type_come_back_as_they_went_in(world: World, path: str, _name: str, version: str) -> None:
    client = lrs(world, version=version)
    content, kind = b"\x00\xff\r\n--\r\n", "image/x-custom; q=1"
    assert put(client, path, content, kind).status_code == 204
    found = get(client, path)

    assert (found.data, found.headers["Content-Type"]) == (content, kind)
    assert found.headers["ETag"] == f'"{tag_of(content)}"'
    assert found.headers["Last-Modified"]
    assert found.headers["X-Experience-API-Version"] == version
    head = client.request("HEAD", path, query_string=place(path))
    assert (head.status_code, head.data, head.headers["ETag"]) == (200, b"", found.headers["ETag"])


@pytest.mark.parametrize(("path", "_name"), KINDS)
def test_it_is_gone_once_deleted_and_deleting_it_again_is_no_error(world: World, path: str, _name: str) -> None:
    client = lrs(world)
    put(client, path)

    for _ in range(2):
        assert send(client, "DELETE", path, place(path)).status_code == 204
        assert get(client, path).status_code == 404


@pytest.mark.parametrize(("path", "_name"), KINDS)
def test_ids_are_listed_and_since_is_exclusive(world: World, path: str, _name: str) -> None:
    client = lrs(world)
    put(client, path, identity="b")
    put(client, path, identity="a")

    assert get(client, path, identity=None).json == ["a", "b"]
    assert get(client, path, identity=None, since="2020-01-01T00:00:00Z").json == ["a", "b"]
    assert get(client, path, identity=None, since="2999-01-01T00:00:00Z").json == []


# POST merges


MERGES = [
    ("one level", {"a": {"x": 1}, "b": 1}, {"a": {"y": 2}}, {"a": {"y": 2}, "b": 1}),
    ("null stays", {"a": 1}, {"a": None}, {"a": None}),
    ("nothing", {"a": 1}, {}, {"a": 1}),
]


@pytest.mark.parametrize(("path", "_name"), KINDS)
@pytest.mark.parametrize(
    ("before", "sent", "after"), [merge[1:] for merge in MERGES], ids=[merge[0] for merge in MERGES]
)
def test_post_replaces_members(
    world: World, path: str, _name: str, before: dict[str, Any], sent: dict[str, Any], after: dict[str, Any]
) -> None:
    client = lrs(world)
    assert send(client, "POST", path, place(path), before).status_code == 204
    assert send(client, "POST", path, place(path), sent, "application/json; charset=utf-8").status_code == 204

    assert get(client, path).json == after


def test_a_merge_keeps_every_digit(world: World) -> None:
    client = lrs(world)
    send(client, "POST", STATE, place(STATE), '{"a": 1.10, "b": 12345678901234567890.5}')
    send(client, "POST", STATE, place(STATE), '{"c": 1e2}')

    assert get(client, STATE).data == b'{"a":1.10,"b":12345678901234567890.5,"c":1e2}'


UNMERGEABLE = [
    ("text over JSON", ("{}", "application/json"), ("x", "text/plain")),
    ("JSON over text", ("x", "text/plain"), ("{}", "application/json")),
    ("an array", ("{}", "application/json"), ("[]", "application/json")),
    ("broken", ("{}", "application/json"), ("{", "application/json")),
    ("a key twice", ("{}", "application/json"), ('{"a":1,"a":2}', "application/json")),
    ("no UTF-8", ("{}", "application/json"), (b'{"a":"\xff"}', "application/json")),
]


@pytest.mark.parametrize(("before", "sent"), [case[1:] for case in UNMERGEABLE], ids=[case[0] for case in UNMERGEABLE])
def test_what_cannot_be_merged_changes_nothing(
    world: World, before: tuple[str, str], sent: tuple[str | bytes, str]
) -> None:
    client = lrs(world)
    put(client, STATE, *before)
    refused = send(client, "POST", STATE, place(STATE), *sent)

    assert refused.status_code == 400
    assert (refused.json or {})["error"]
    assert get(client, STATE).data == before[0].encode()


# Who was faster


FIRST = f'"{tag_of(b"first")}"'
OTHER = f'"{tag_of(b"other")}"'
# Version, resource, what is there, method, condition, status.
CONDITIONS = [
    ("1.0.3", STATE, None, "PUT", {}, 204),
    ("1.0.3", STATE, b"first", "PUT", {}, 204),
    ("2.0.0", STATE, None, "PUT", {}, 204),
    ("2.0.0", STATE, b"first", "PUT", {}, 409),
    ("1.0.3", ACTIVITY, None, "PUT", {}, 400),
    ("1.0.3", AGENT, b"first", "PUT", {}, 409),
    ("2.0.0", AGENT, None, "PUT", {}, 204),
    ("2.0.0", ACTIVITY, b"first", "PUT", {}, 409),
    ("2.0.0", ACTIVITY, b"first", "PUT", {"If_Match": FIRST}, 204),
    ("1.0.3", ACTIVITY, b"first", "PUT", {"If_Match": FIRST.strip('"')}, 204),
    ("1.0.3", ACTIVITY, b"first", "PUT", {"If_Match": FIRST.upper()}, 204),
    ("2.0.0", ACTIVITY, b"first", "PUT", {"If_Match": f"W/{OTHER}, W/{FIRST}"}, 204),
    ("2.0.0", ACTIVITY, b"first", "PUT", {"If_Match": "*"}, 204),
    ("2.0.0", ACTIVITY, b"first", "PUT", {"If_Match": OTHER}, 412),
    ("2.0.0", ACTIVITY, None, "PUT", {"If_Match": "*"}, 412),
    ("1.0.3", STATE, b"first", "PUT", {"If_None_Match": "*"}, 412),
    ("1.0.3", STATE, None, "PUT", {"If_None_Match": "*"}, 204),
    ("2.0.0", AGENT, b"first", "PUT", {"If_None_Match": FIRST}, 412),
    ("2.0.0", AGENT, b"first", "PUT", {"If_None_Match": OTHER}, 204),
    ("1.0.3", STATE, b"first", "POST", {"If_Match": OTHER}, 412),
    ("2.0.0", STATE, b"first", "DELETE", {"If_Match": OTHER}, 412),
    ("2.0.0", AGENT, b"first", "DELETE", {"If_Match": FIRST}, 204),
    ("1.0.3", ACTIVITY, b"first", "DELETE", {}, 204),
]


@pytest.mark.parametrize(("version", "path", "there", "method", "condition", "status"), CONDITIONS)
def test_conditions(
    world: World, version: str, path: str, there: bytes | None, method: str, condition: dict[str, str], status: int
) -> None:
    client = lrs(world, version=version)
    if there is not None:
        put(client, path, there)
    response = send(client, method, path, place(path), b"second", "text/plain", **condition)
    left = get(client, path)

    assert response.status_code == status
    if status == 204:
        assert left.data == b"second" if method == "PUT" else left.status_code == 404
    else:
        assert (response.json or {})["error"]
        assert left.data == there if there is not None else left.status_code == 404


def test_a_browser_that_has_it_already_is_told_so(world: World) -> None:
    client = lrs(world)
    put(client, STATE)
    tag = get(client, STATE).headers["ETag"]
    again = send(client, "GET", STATE, place(STATE), If_None_Match=tag)

    assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", tag)


def at_once(works: list[Callable[[], TestResponse]]) -> list[int]:
    """The statuses of requests that begin together, in the order of their numbers."""
    statuses: list[int] = []
    gate = threading.Barrier(len(works))

    def run(work: Callable[[], TestResponse]) -> None:
        gate.wait(20)
        statuses.append(work().status_code)

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return sorted(statuses)


def test_of_two_that_change_the_same_document_one_is_told_so(world: World) -> None:
    client = lrs(world)
    put(client, ACTIVITY, b"first")

    def change(content: bytes) -> Callable[[], TestResponse]:
        other = Lrs(world=world, client=world.app.test_client(), key=client.key, secret=client.secret)
        return lambda: send(other, "PUT", ACTIVITY, place(ACTIVITY), content, "text/plain", If_Match=FIRST)

    assert at_once([change(b"one"), change(b"two"), change(b"three")]) == [204, 412, 412]


def test_of_those_that_put_the_first_document_one_wins(world: World) -> None:
    client = lrs(world)

    def first(content: bytes) -> Callable[[], TestResponse]:
        other = Lrs(world=world, client=world.app.test_client(), key=client.key, secret=client.secret)
        return lambda: put(other, AGENT, content)

    assert at_once([first(bytes([number])) for number in range(4)]) == [204, 412, 412, 412]


# State


def test_a_registration_keeps_states_apart(world: World) -> None:
    client = lrs(world)
    put(client, STATE, b"without")
    put(client, STATE, b"with", registration=REGISTRATION)
    put(client, STATE, b"other", registration=REGISTRATION, identity="other")

    assert get(client, STATE).data == b"without"
    assert get(client, STATE, registration=REGISTRATION.upper()).data == b"with"
    assert get(client, STATE, identity=None).json == ["bookmark", "other"]
    assert get(client, STATE, identity=None, registration=REGISTRATION).json == ["bookmark", "other"]

    assert send(client, "DELETE", STATE, place(STATE, None, registration=REGISTRATION)).status_code == 204
    assert get(client, STATE, identity=None).json == ["bookmark"]


def test_deleting_without_an_id_deletes_what_is_of_this_agent_and_activity(world: World) -> None:
    client = lrs(world)
    put(client, STATE)
    put(client, STATE, registration=REGISTRATION)
    put(client, STATE, agent=agent(BUDI))
    put(client, STATE, activityId=SECOND)
    send(client, "DELETE", STATE, place(STATE, None))

    assert get(client, STATE, identity=None).json == []
    assert get(client, STATE, identity=None, agent=agent(BUDI)).json == ["bookmark"]
    assert get(client, STATE, identity=None, activityId=SECOND).json == ["bookmark"]


# Bad parameters


WRONG = [
    (STATE, "GET", {"activityId": None}, "activityId"),
    (STATE, "GET", {"activityId": "modul/1"}, "activityId"),
    (STATE, "PUT", {"agent": None}, "agent"),
    (STATE, "PUT", {"agent": "ani"}, "agent"),
    (STATE, "PUT", {"agent": "{}"}, "agent"),
    (STATE, "PUT", {"agent": '{"mbox":"mailto:a@b.example","openid":"https://a.example"}'}, "agent"),
    (STATE, "POST", {"stateId": None}, "stateId"),
    (STATE, "POST", {"stateId": ""}, "stateId"),
    (STATE, "POST", {"stateid": "x"}, "stateid"),
    (STATE, "DELETE", {"registration": "1"}, "registration"),
    (STATE, "DELETE", {"since": "2026-01-01T00:00:00Z"}, "since"),
    (STATE, "GET", {"stateId": None, "since": "yesterday"}, "since"),
    (ACTIVITY, "GET", {"agent": agent()}, "agent"),
    (ACTIVITY, "DELETE", {"profileId": None}, "profileId"),
    (AGENT, "PUT", {"profileId": None}, "profileId"),
    (AGENT, "GET", {"registration": REGISTRATION}, "registration"),
]


@pytest.mark.parametrize(("path", "method", "changes", "wrong"), WRONG)
def test_bad_parameters_are_named(
    world: World, path: str, method: str, changes: dict[str, str | None], wrong: str
) -> None:
    parameters = {**place(path), **changes}
    given = {name: value for name, value in parameters.items() if value is not None}
    response = send(lrs(world), method, path, given, "{}", If_None_Match="*")

    assert response.status_code == 400
    assert (response.json or {})["place"].startswith(wrong)


def test_a_parameter_must_not_stand_twice(world: World) -> None:
    response = lrs(world).request("GET", f"{ACTIVITY}?activityId={MODULE}&activityId={MODULE}")

    assert (response.status_code, (response.json or {})["place"]) == (400, "activityId")


def test_a_document_beyond_the_limit_is_refused_with_the_limit(world: World) -> None:
    most = world.app.extensions["settings"].xapi_max_body_bytes
    response = put(lrs(world), STATE, b"x" * (most + 1))

    assert response.status_code == 413
    assert str(most) in (response.json or {})["error"]


# Who may


@pytest.mark.parametrize(
    ("scope", "state", "profile"),
    [
        ("state", (204, 200), (403, 403)),
        ("profile", (403, 403), (204, 200)),
        ("all/read", (403, 200), (403, 200)),
        ("all", (204, 200), (204, 200)),
        ("statements/write", (403, 403), (403, 403)),
        ("statements/read", (403, 403), (403, 403)),
        ("define", (403, 403), (403, 403)),
    ],
)
def test_scopes(world: World, scope: str, state: tuple[int, int], profile: tuple[int, int]) -> None:
    client = lrs(world, scope)
    for path, expected in ((STATE, state), (ACTIVITY, profile), (AGENT, profile)):
        assert put(client, path).status_code == expected[0]
        assert get(client, path, identity=None).status_code == expected[1]
        assert send(client, "DELETE", path, place(path)).status_code == expected[0]


@pytest.mark.parametrize(("path", "_name"), KINDS)
def test_no_other_organisation_sees_changes_or_deletes_it(world: World, path: str, _name: str) -> None:
    mine, others = lrs(world), lrs(world, organisation_id=world.bandung)
    put(mine, path, b"mine")

    assert get(others, path).status_code == 404
    assert get(others, path, identity=None).json == []
    assert send(others, "DELETE", path, place(path)).status_code == 204
    assert put(others, path, b"theirs").status_code == 204
    assert get(mine, path).data == b"mine"


@pytest.mark.parametrize(("path", "_name"), KINDS)
def test_nobody_may_without_a_credential_or_a_version(world: World, path: str, _name: str) -> None:
    client = lrs(world)

    assert client.request("GET", path, query_string=place(path), auth=None).status_code == 401
    assert client.request("GET", path, query_string=place(path), version=None).status_code == 400


@given(
    st.dictionaries(st.text(max_size=5), st.integers() | st.none() | st.text(max_size=5), max_size=5),
    st.dictionaries(st.text(max_size=5), st.integers() | st.none() | st.text(max_size=5), max_size=5),
)
def test_a_merge_is_what_a_dictionary_does(before: dict[str, Any], sent: dict[str, Any]) -> None:
    one, other = (
        rules.Document(content=json.dumps(tree).encode(), content_type="application/json", updated_at=NOW)
        for tree in (before, sent)
    )

    assert json.loads(rules.merged(one, other).content) == before | sent
