"""What was refused is kept whole, with the reason and within a bound, and nobody's secret with it."""

import json
import threading
from base64 import b64encode
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from random import Random
from typing import Any
from urllib.parse import quote
from uuid import UUID, uuid4

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from lms.errors import Conflict, DomainError, NotFound, TooLarge
from lms.xapi import refusal_queries, refusals, rules, service
from lms.xapi.gate_models import RefusedRow
from lms.xapi.models import Credential
from lms.xapi.refusals import Request
from tests.world import NOW, World
from tests.xapi.lrs import HOME, Lrs, credential, limit, lrs, statement
from tests.xapi.test_budget import counted

ID = "01890a5d-ac96-774b-bcce-b302099a8057"
JSON = "application/json"


@pytest.fixture
def small(app: Flask) -> Iterator[None]:
    """A store that takes 1,000 bytes and three statements a request."""
    settings = app.extensions["settings"]
    app.extensions["settings"] = replace(settings, xapi_max_body_bytes=1000, xapi_max_statements=3)
    yield
    app.extensions["settings"] = settings


def kept(world: World, *, organisation_id: int | None = None) -> list[RefusedRow]:
    """What is kept, from the oldest to the newest."""
    with world.reading() as session:
        found = select(RefusedRow).where(RefusedRow.organisation_id == (organisation_id or world.sukabumi))
        return list(session.scalars(found.order_by(RefusedRow.received_at, RefusedRow.id)))


def let_go(world: World, client: Lrs) -> int:
    found = credential(world, client)
    with world.reading() as session:
        counts = refusal_queries.refused_counts(session, organisation_id=found.organisation_id)
    return counts[found.id].let_go if found.id in counts else 0


def request(body: bytes | None = b"{}", **others: str) -> Request:
    return Request(**{"method": "POST", "query": "", "version": "1.0.3", "content_type": JSON, "body": body, **others})  # type: ignore[arg-type]


def keep(
    world: World,
    client: Lrs,
    sent: Request,
    *,
    error: DomainError | None = None,
    now: datetime = NOW,
) -> int:
    found = credential(world, client)
    with world.transaction() as session:
        return service.keep_refused(
            session,
            organisation_id=found.organisation_id,
            credential_id=found.id,
            request=sent,
            error=error or DomainError("It is wrong."),
            now=now,
        )


# What is kept

MULTIPART = "multipart/mixed; boundary=abc"
TEXT = json.dumps(statement(id=ID)).encode()


def post(body: bytes = TEXT, kind: str | None = JSON, **options: Any) -> Callable[[Lrs], TestResponse]:
    return lambda client: client.request("POST", data=body, content_type=kind, **options)


def put(body: bytes = TEXT, **parameters: str) -> Callable[[Lrs], TestResponse]:
    return lambda client: client.request("PUT", data=body, content_type=JSON, query_string=parameters)


REFUSED: dict[str, tuple[Callable[[Lrs], TestResponse], int, bytes]] = {
    "no JSON": (post(b"{"), 400, b"{"),
    "no UTF-8": (post(b'{"a": "\xff\x00"}'), 400, b'{"a": "\xff\x00"}'),
    "nothing": (post(b""), 400, b""),
    "no statement": (post(b'[{"actor": {}}]'), 400, b'[{"actor": {}}]'),
    "another type": (post(kind="text/plain"), 400, TEXT),
    "no type": (post(kind=None), 400, TEXT),
    "no boundary": (post(kind="multipart/mixed"), 400, TEXT),
    "broken parts": (post(b"--abc\r\n\r\nx", MULTIPART), 400, b"--abc\r\n\r\nx"),
    "no version": (post(version=None), 400, TEXT),
    "another version": (post(version="0.95"), 400, TEXT),
    "a parameter": (post(query_string={"statementid": ID}), 400, TEXT),
    "PUT without an id": (put(), 400, TEXT),
    "PUT with no id": (put(statementId="1"), 400, TEXT),
    "PUT with another id": (put(statementId=str(uuid4())), 400, TEXT),
    "too many": (post(b"[{},{},{},{}]"), 413, b"[{},{},{},{}]"),
    "too large": (post(b"[" + b" " * 1000), 413, b""),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_refused_request_is_kept_whole_with_the_reason(world: World, small: None, case: str) -> None:
    send, status, body = REFUSED[case]
    client = lrs(world)
    response = send(client)
    told = response.json or {}
    (row,) = kept(world)

    assert (response.status_code, row.status) == (status, status)
    assert row.credential_id == credential(world, client).id
    assert row.body == body
    assert (row.size, row.is_whole) == (len(body), case != "too large")
    assert refusals.reason(row.why, row.params, row.place).message == told["error"]
    assert row.place == told.get("place", "")
    assert (row.method, row.times, row.settled) == (response.request.method, 1, "")
    assert row.version == response.headers["X-Experience-API-Version"]
    assert row.content_type == response.request.headers.get("Content-Type", "")
    assert row.query == response.request.query_string.decode()
    assert client.found() == []


def test_a_refusal_by_limits_and_a_conflict_are_kept(world: World) -> None:
    client = lrs(world)
    client.sent(statement(id=ID))
    assert client.post(statement(id=ID, result={"completion": True})).status_code == 409
    limit(world, client, home_pages=("https://other.example",))
    assert client.post(statement()).status_code == 403

    assert [(row.status, row.place) for row in kept(world)] == [(409, ID), (403, "statement.actor")]
    assert json.loads(kept(world)[1].body) == statement()


def test_what_is_answered_well_or_is_no_statement_is_not_kept(world: World) -> None:
    client, reader = lrs(world), lrs(world, "all/read", "state", "define")
    client.sent(statement(id=ID))
    wrong = Lrs(world=world, client=client.client, key=client.key, secret=f"{client.secret}x")
    asked: dict[str, Any] = {"query_string": {"activityId": HOME, "profileId": "x"}, "data": b"x"}
    answers = [
        wrong.post({}),
        client.request("POST", auth=None, data=b"{"),
        # Who may not write cannot fill the database this way either.
        reader.post({}),
        client.get(limit="x"),
        client.request("PUT", "/xapi/activities/profile", **asked),
        client.request("PUT", "/xapi/activities/profile", **asked, headers={"If-Match": '"x"'}),
        client.request("DELETE"),
        client.request("POST", "/xapi/statements/x", data=b"{"),
        client.request("POST", query_string={"method": "PATCH"}, data=b"{"),
        client.post(statement(id=ID)),
    ]

    assert [one.status_code for one in answers] == [401, 401, 403, 400, 400, 412, 405, 404, 400, 200]
    assert kept(world) == []


@pytest.mark.parametrize(("version", "named"), [(None, "2.0.0"), ("0.95", "2.0.0"), ("1.0.2", "1.0.3")])
def test_who_has_no_credential_is_asked_for_it_whatever_the_version(
    world: World, version: str | None, named: str
) -> None:
    response = lrs(world).request("POST", auth=None, version=version, json=statement())

    assert response.status_code == 401
    assert response.headers["X-Experience-API-Version"] == named


# Secrets


def texts(row: RefusedRow) -> str:
    """All that is kept of it, in one text."""
    values = (getattr(row, column.name) for column in RefusedRow.__table__.columns)
    return "\n".join(one.decode("latin-1") if isinstance(one, bytes) else str(one) for one in values)


def test_no_secret_is_kept_wherever_it_was_written(world: World) -> None:
    client = lrs(world)
    token = b64encode(f"{client.key}:{client.secret}".encode()).decode()
    client.client.set_cookie("session", "a-cookie-of-somebody")
    inner = {"method": "PUT"}, {"Authorization": f"Basic {token}", "X-Experience-API-Version": "1.0.3", "content": "{"}
    answers = [
        client.request("POST", data=b"{", content_type=JSON),
        client.request("POST", data=b"{", query_string=f"Authorization={quote(f'Basic {token}', safe='')}"),
        client.request("POST", data=b"{", query_string=f"auth=Basic%20{token}&secret={client.secret}"),
        client.request("POST", data={"Authorization": f"Basic {token}", "content": "{"}),
        client.request("POST", data=json.dumps({"key": client.key, "secret": client.secret}), content_type=JSON),
        client.request("POST", query_string=inner[0], data=inner[1], auth=None, version=None),
    ]
    rows = kept(world)

    assert [one.status_code for one in answers] == [400] * 6
    assert [row.method for row in rows] == [*["POST"] * 5, "PUT"]
    for row in rows:
        for secret in (client.secret, token, quote(token, safe=""), "a-cookie-of-somebody"):
            assert secret not in texts(row)


def test_no_secret_is_kept_in_the_reason(world: World) -> None:
    client = lrs(world)
    secret, token = client.secret, b64encode(f"{client.key}:{client.secret}".encode()).decode()
    answers = [
        client.request("POST", data=json.dumps({"verb": {"id": secret}, "actor": {"mbox": "m"}}), content_type=JSON),
        client.request("POST", data=json.dumps({secret: 1}), content_type=JSON),
        client.request("POST", data=json.dumps([{"id": token}]), content_type=JSON),
        client.request("POST", data=json.dumps({"object": {"id": f"{'x' * 190}{secret}"}}), content_type=JSON),
        client.request("POST", data=b"{}", content_type=JSON, query_string={secret: "1"}),
        client.request("POST", data=b"{}", content_type=f"text/{secret}"),
        client.request("POST", data=b"{}", content_type=JSON, version=secret),
    ]
    rows = kept(world)

    assert [one.status_code for one in answers] == [400] * 7
    assert len(rows) == 7
    for row in rows:
        for hidden in (secret, token):
            assert hidden.lower() not in texts(row).lower()


@given(st.text(max_size=20), st.binary(max_size=20), st.text("secret", min_size=6, max_size=12))
def test_only_the_secret_is_taken_out(query: str, body: bytes, secret: str) -> None:
    clean = request(body.replace(b"e", b"_"), query=query.replace("e", "_"))
    marked = replace(clean, query=f"{clean.query}{secret}e", body=(clean.body or b"") + b"e" + secret.encode() + b"e")
    found = refusals.without(marked, [f"{secret}e"])

    assert refusals.without(clean, [f"{secret}e"]) == clean
    assert f"{secret}e" not in found.query
    assert f"{secret}e".encode() not in (found.body or b"")
    assert found.query.startswith(clean.query)
    assert (found.method, found.version, found.content_type) == (clean.method, clean.version, clean.content_type)


# The same again


def test_the_same_again_is_counted(world: World) -> None:
    client = lrs(world)
    for _ in range(30):
        client.post({})
    client.post({}, version="2.0.0")
    (row, other) = kept(world)

    assert (row.times, other.times) == (30, 1)
    assert row.received_at < row.last_at
    assert let_go(world, client) == 0


def test_another_credential_or_organisation_has_rows_of_its_own(world: World) -> None:
    clients = lrs(world), lrs(world), lrs(world, organisation_id=world.bandung)
    for client in clients:
        client.post({})

    assert {row.credential_id for row in kept(world)} == {credential(world, one).id for one in clients[:2]}
    assert [row.times for row in kept(world)] == [1, 1]
    assert len(kept(world, organisation_id=world.bandung)) == 1


def test_what_comes_again_tells_the_newest_reason_and_stays_settled(world: World) -> None:
    client = lrs(world)
    keep(world, client, request())
    (row,) = kept(world)
    dismiss(world, row.id)
    later = NOW + timedelta(hours=1)
    keep(world, client, request(), error=Conflict("It is there.", place="x"), now=later)
    (row,) = kept(world)

    assert (row.received_at, row.last_at, row.times) == (NOW, later, 2)
    assert (row.status, row.why, row.place, row.settled) == (409, "It is there.", "x", "dismissed")


@pytest.mark.parametrize("change", [
    {"method": "PUT"}, {"query": "a"}, {"version": "2.0.0"}, {"content_type": "a"}, {"body": b"{} "}, {"body": b""},
    {"body": None}, {"query": "1.0.3", "version": ""}, {"query": "\0"}, {"query": "\ud800"},
])  # fmt: skip
def test_requests_that_differ_anywhere_are_others(change: dict[str, Any]) -> None:
    assert replace(request(), **change).digest != request().digest
    assert replace(request(), **change).digest == replace(request(), **change).digest


# The bound


def bounds(monkeypatch: pytest.MonkeyPatch, *, most: int, size: int = 10**6) -> None:
    monkeypatch.setattr(refusals, "MOST", most)
    monkeypatch.setattr(refusals, "MOST_BYTES", size)


def dismiss(world: World, refused_id: UUID, *, organisation_id: int | None = None) -> None:
    with world.transaction() as session:
        service.dismiss_refused(
            session,
            organisation_id=organisation_id or world.sukabumi,
            refused_id=refused_id,
            settled_by=uuid4(),
            now=NOW,
        )


def test_settled_ones_leave_first_and_then_the_oldest(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    bounds(monkeypatch, most=3)
    client = lrs(world)
    for number in range(3):
        client.post({"number": number})
    dismiss(world, kept(world)[1].id)
    left = []
    for number in range(3, 6):
        client.post({"number": number})
        left.append([json.loads(row.body)["number"] for row in kept(world)])

    assert left == [[0, 2, 3], [2, 3, 4], [3, 4, 5]]
    assert let_go(world, client) == 3


def test_what_came_again_is_no_longer_the_oldest(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    bounds(monkeypatch, most=2)
    client = lrs(world)
    for number in (0, 1, 0, 2):
        client.post({"number": number})

    assert [json.loads(row.body)["number"] for row in kept(world)] == [0, 2]


def test_the_newest_stays_however_large_and_alone(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    bounds(monkeypatch, most=5, size=30)
    client = lrs(world)
    for number, size in enumerate((10, 10, 10, 29)):
        assert client.request("POST", data=f"{number}".ljust(size, "x"), content_type=JSON).status_code == 400

    assert [row.size for row in kept(world)] == [29]
    assert let_go(world, client) == 3


def test_a_body_beyond_the_whole_bound_is_not_kept(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    bounds(monkeypatch, most=5, size=20)
    client = lrs(world)
    client.post({"a": 1})
    client.post({"a": "x" * 20})
    first, last = kept(world)

    assert (first.is_whole, last.is_whole) == (True, False)
    assert (last.body, last.size) == (b"", 0)


def test_a_bound_is_of_one_credential(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    bounds(monkeypatch, most=1)
    noisy, quiet, foreign = lrs(world), lrs(world), lrs(world, organisation_id=world.bandung)
    for client in (quiet, foreign, noisy, noisy, noisy):
        client.post({"id": str(uuid4())})

    assert [row.credential_id for row in kept(world)] == [credential(world, one).id for one in (quiet, noisy)]
    assert len(kept(world, organisation_id=world.bandung)) == 1
    assert [let_go(world, client) for client in (noisy, quiet, foreign)] == [2, 0, 0]


@pytest.mark.parametrize("seed", range(4))
def test_the_bound_holds_whatever_comes(world: World, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    """Against a plain list, from which the next to leave is taken until there is room."""
    random, client, gone = Random(seed), lrs(world), 0  # noqa: S311
    bounds(monkeypatch, most=6, size=100)
    expected: list[tuple[bytes, bool]] = []
    for number in range(40):
        rows = {row.body: row.id for row in kept(world)}
        if expected and random.random() < 0.3:
            position = random.randrange(len(expected))
            body = expected[position][0]
            dismiss(world, rows[body])
            expected[position] = body, True
        body = b"%03d" % number + b"x" * random.choice([0, 5, 20, 60, 97])
        told = keep(world, client, request(body), now=NOW + timedelta(seconds=number))
        before = len(expected)
        while len(expected) >= 6 or sum(len(one) for one, _ in expected) + len(body) > 100:
            expected.pop(next((at for at, (_, settled) in enumerate(expected) if settled), 0))
        assert told == before - len(expected)
        gone += told
        expected.append((body, False))

        assert [(row.body, row.settled != "") for row in kept(world)] == expected
    assert let_go(world, client) == gone


def test_keeping_one_more_takes_as_much_beside_many_as_beside_few(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    bounds(monkeypatch, most=40)
    client = lrs(world)
    taken = []
    for number in range(45):
        with counted(world) as sent:
            keep(world, client, request(b"%d" % number), now=NOW + timedelta(seconds=number))
        taken.append(sent)
    assert let_go(world, client) == 5

    assert len({len(sent) for sent in taken[:40]}) == 1
    assert {len(sent) - len(taken[0]) for sent in taken[40:]} == {2}  # one leaves, and the credential counts it


def test_the_log_tells_what_was_let_go_and_no_more(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    bounds(monkeypatch, most=1)
    client = lrs(world)
    for number in range(2):
        client.post({"number": number})
    told = [one.getMessage() for one in caplog.records if "let go" in one.getMessage()]

    assert len(told) == 1
    assert client.key in told[0]
    assert client.secret not in caplog.text


# What goes wrong


@pytest.mark.parametrize("error", [RuntimeError("disk"), OperationalError("INSERT", {}, Exception("gone"))])
def test_a_failure_to_keep_it_does_not_change_the_answer(
    world: World, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    client = lrs(world)
    as_ever = client.post({})

    def fail(session: Session, **_: Any) -> int:
        raise error

    monkeypatch.setattr(service, "keep_refused", fail)
    response = client.post({})

    assert (response.status_code, response.json) == (400, as_ever.json)
    assert len(kept(world)) == 1
    assert client.post(statement()).status_code == 200


@pytest.mark.parametrize("how", ["revoked", "expired", "unknown"])
def test_of_a_credential_that_is_valid_no_more_nothing_is_kept(world: World, how: str) -> None:
    client = lrs(world)
    found = credential(world, client)
    with world.transaction() as session:
        if how == "revoked":
            service.revoke_credential(session, organisation_id=world.sukabumi, credential_id=found.id, now=NOW)
        elif how == "expired":
            row = session.get(Credential, (world.sukabumi, found.id))
            assert row is not None
            row.expires_at = NOW
    with world.transaction() as session:
        gone = service.keep_refused(
            session,
            organisation_id=world.sukabumi,
            credential_id=uuid4() if how == "unknown" else found.id,
            request=request(),
            error=DomainError("No."),
            now=NOW,
        )

    assert gone == 0
    assert kept(world) == []


STRANGE = "a\0b\ud800c"


def test_whatever_a_request_holds_can_be_kept(world: World) -> None:
    client = lrs(world)
    error = DomainError("It is %(what)s\0.", place=STRANGE, what=STRANGE, number=1, none=None)
    keep(world, client, request(STRANGE.encode("utf-8", "replace"), query=STRANGE, content_type=STRANGE), error=error)
    (row,) = kept(world)

    assert row.place == row.query == row.content_type == "a\ufffdb?c"
    assert refusals.reason(row.why, row.params, row.place).message == "It is a\ufffdb?c\ufffd."
    assert row.body == b"a\0b?c"


@pytest.mark.parametrize("body", [
    rb'{"actor": {"mbox": "mailto:a@b.example", "a\u0000b": 1}}',
    rb'{"\ud800": 1}',
    rb'{"actor": {"a\ud800": 1}}',
    rb'{"a\u0000": 1}',
    b'{"\x00": 1}',
    b'\x00\xff',
    json.dumps({"x" * 500_000: 1}).encode(),
    json.dumps({**statement(), "context": {"extensions": {"x" * 500_000: {}}}}).encode(),
])  # fmt: skip
@pytest.mark.parametrize("query", ["", "a%00=%ED%A0%80", "\xff=%FF", f"{'x' * 20_000}=1"])
def test_strange_requests_are_refused_and_kept(world: World, body: bytes, query: str) -> None:
    client = lrs(world)
    response = client.request("POST", data=body, content_type=JSON, query_string=query)
    (row,) = kept(world)

    assert response.status_code == 400
    assert row.body == body
    assert len(row.place) <= refusals.LONGEST >= len(row.query)
    assert len(row.params) < 100_000


@given(st.text(max_size=30))
def test_clean_text_is_the_text_where_that_can_be_kept(text: str) -> None:
    clean = refusals.clean(text)

    assert "\0" not in clean
    assert clean.encode().decode() == clean
    assert len(clean) == len(text)
    if "\0" not in text and text.isprintable():
        assert clean == text


@given(st.dictionaries(st.text("abc", min_size=1), st.text() | st.integers(), max_size=3))
def test_a_reason_is_told_again_as_it_was(params: dict[str, Any]) -> None:
    template = "It is " + ", ".join(f"%({name})s" for name in params)
    error = TooLarge(template, place="x", **params)
    again = refusals.reason(*refusals.reason_of(error), error.place)

    assert again.message == refusals.clean(error.message)
    assert str(refusals.reason(*refusals.reason_of(DomainError("100 %")), "")) == "100 %"


# Settled


def settle(world: World, refused_id: UUID, *, organisation_id: int | None = None) -> None:
    with world.transaction() as session:
        service.settle_refused(
            session,
            organisation_id=organisation_id or world.sukabumi,
            refused_id=refused_id,
            ids=[UUID(ID)],
            settled_by=uuid4(),
            now=NOW,
        )


def test_it_is_sent_again_once(world: World) -> None:
    client = lrs(world)
    client.post({})
    refused_id = kept(world)[0].id
    dismiss(world, refused_id)
    settle(world, refused_id)
    with pytest.raises(Conflict):
        settle(world, refused_id)
    dismiss(world, refused_id)
    (row,) = kept(world)

    assert (row.settled, row.ids, row.settled_at) == ("sent", ID, NOW)


def test_another_organisation_reads_and_settles_nothing_of_it(world: World) -> None:
    client, bandung = lrs(world), world.bandung
    client.post({})
    (row,) = kept(world)
    with pytest.raises(NotFound):
        dismiss(world, row.id, organisation_id=bandung)
    with pytest.raises(Conflict):
        settle(world, row.id, organisation_id=bandung)
    with world.reading() as session:
        theirs: dict[str, Any] = {"organisation_id": bandung}
        assert refusal_queries.refused(session, **theirs, limit=10).found == []
        assert refusal_queries.refused(session, **theirs, credential_id=row.credential_id, limit=10).found == []
        assert refusal_queries.refused_request(session, **theirs, refused_id=row.id) is None
        assert refusal_queries.refused_body(session, **theirs, refused_id=row.id) == b""
        assert refusal_queries.refused_counts(session, **theirs) == {}
        ours = refusal_queries.refused_request(session, organisation_id=world.sukabumi, refused_id=row.id)

    assert ours is not None
    assert (ours.label, ours.settled) == ("MOOC of the tests", "")


def test_pages_of_it_are_told_once_each(world: World) -> None:
    client, other = lrs(world), lrs(world)
    for number in range(7):
        # Several at one moment: the id decides.
        keep(world, client, request(b"%d" % number), now=NOW + timedelta(seconds=number // 3))
    keep(world, other, request())
    one, asked = credential(world, client), {"organisation_id": world.sukabumi, "limit": 3}
    found, after = [], None
    with world.reading() as session:
        for _ in range(3):
            page = refusal_queries.refused(session, **asked, credential_id=one.id, states=[""], after=after)
            found += page.found
            after = None if page.more is None else rules.decode_cursor(rules.encode_cursor(page.more))

    assert after is None
    assert len({each.id for each in found}) == len(found) == 7
    assert [each.last_at for each in found] == sorted((each.last_at for each in found), reverse=True)


# Several at once


def test_the_same_and_others_at_once_are_kept_within_the_bound(
    world: World, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    bounds(monkeypatch, most=3)
    client, rounds = lrs(world), 6

    def send(number: int) -> list[int]:
        twin = Lrs(world=world, client=app.test_client(), key=client.key, secret=client.secret)
        answers = []
        for _ in range(rounds):
            answers += [twin.post({}).status_code, twin.post({"number": number}).status_code]
        return answers

    with ThreadPoolExecutor(4) as pool:
        answers = [one for some in pool.map(send, range(4)) for one in some]
    rows = kept(world)

    assert answers == [400] * rounds * 8
    assert len(rows) == 3
    assert len({row.digest for row in rows}) == 3
    assert sum(row.times for row in rows) <= rounds * 8


def waited_for(session: Session) -> None:
    """Return once a transaction waits for another one."""
    query = text("SELECT count(*) FROM pg_locks WHERE locktype IN ('transactionid', 'tuple') AND NOT granted")
    for _ in range(1000):
        if session.scalar(query):
            return
        threading.Event().wait(0.02)
    raise AssertionError("one was to wait by now")


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_the_second_of_two_waits_for_the_first(world: World) -> None:
    """PostgreSQL only: SQLite lets one writer in after the other."""
    client = lrs(world)
    found = credential(world, client)
    with ThreadPoolExecutor(1) as pool:
        with world.transaction() as session:
            service.keep_refused(
                session,
                organisation_id=world.sukabumi,
                credential_id=found.id,
                request=request(),
                error=DomainError("No."),
                now=NOW,
            )
            second = pool.submit(keep, world, client, request())
            waited_for(session)
        assert second.result(20) == 0

    assert [row.times for row in kept(world)] == [2]


def test_the_same_at_once_is_one_row(world: World, app: Flask) -> None:
    client = lrs(world)

    def send(_: int) -> int:
        twin = Lrs(world=world, client=app.test_client(), key=client.key, secret=client.secret)
        return twin.post({}).status_code

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(send, range(16)))

    assert answers == [400] * 16
    assert [row.times for row in kept(world)] == [16]


# Reading and repairing it


def joined(found: refusals.Shown) -> str:
    return found.before + found.marked + found.after


ARRAY = json.dumps([statement(), {"actor": {"mbox": "x"}, "context": {"extensions": {"a.b": {"c": 1}, "a": 2}}}])
PLACES = {
    "a member": ("statements[1].actor.mbox", '"x"'),
    "an object": ("statements[1].actor", '{"mbox":"x"}'),
    "a name with a full stop": ("statements[1].context.extensions.a.b.c", "1"),
    "a shorter name": ("statements[1].context.extensions.a", "2"),
    "what is not there": ("statements[1].actor.name", '{"mbox":"x"}'),
    "a statement": ("statements[1]", ""),
    "beyond the last": ("statements[7].actor", ""),
    "another kind of place": ("agent", ""),
    "nowhere": ("", ""),
}


@pytest.mark.parametrize("case", PLACES)
def test_what_is_wrong_is_marked_in_the_statement_concerned(case: str) -> None:
    place, marked = PLACES[case]
    found = refusals.shown(ARRAY, place)

    assert "".join(found.marked.split()) == marked
    whole = json.loads(joined(found))
    assert whole == (json.loads(ARRAY)[1] if place.startswith("statements[1]") else json.loads(ARRAY))
    assert not found.is_cut


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text("a.[0]\ue000", max_size=4),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("a.[0]", max_size=3), inner, max_size=3),
    ),
    st.text("a.[0]", max_size=8),
)
def test_whatever_is_marked_nothing_is_added_or_lost(tree: Any, rest: str) -> None:
    for place in (f"statement{rest}", f"statements[0]{rest}", rest):
        found = refusals.shown(json.dumps(tree), place)
        whole = json.loads(joined(found))

        is_one_of_several = isinstance(tree, list) and whole in tree
        assert whole == tree or is_one_of_several
    assert json.loads(refusals.readable(json.dumps(tree))) == tree


@given(st.text(max_size=40), st.text(max_size=10))
def test_what_is_no_json_is_shown_as_it_is(text: str, place: str) -> None:
    assert joined(refusals.shown(f"{{{text}", f"statement{place}")).replace("\n", "") != ""
    assert refusals.readable(f"{{{text}{{") == f"{{{text}{{"


def test_a_character_that_marks_places_may_stand_in_the_text() -> None:
    sent = {"a": ["\ue000", "\ue000\ue000", "here", "\ue000"]}
    found = refusals.shown(json.dumps(sent), "statement.a[2]")

    assert found.marked == '"here"'
    assert json.loads(joined(found)) == sent


def test_a_long_request_is_cut_around_what_is_wrong() -> None:
    long = {"a": "x" * 50_000, "b": {"c": "here"}, "d": "y" * 50_000}
    found = refusals.shown(json.dumps(long), "statement.b.c")

    assert found.is_cut
    assert found.marked == '"here"'
    assert len(joined(found)) <= refusals.SHOWN
    assert found.before.endswith('"c": ')
    assert len(refusals.shown(json.dumps(long), "statement.a").marked) <= refusals.SHOWN
    deep = "[" * 5000 + "]" * 5000
    assert joined(refusals.shown(deep, "statements[0][0]")) == refusals.readable(deep) == deep


CONTENT = b"\x00\xff--\r\ncontent"
PARTS = (
    b"--abc\r\nContent-Type: application/json\r\n\r\n{\r\n"
    b"--abc\r\nContent-Type: text/plain\r\nContent-Transfer-Encoding: binary\r\nX-Experience-API-Hash: %s\r\n\r\n%s\r\n"
    b"--abc--\r\n"
) % (sha256(CONTENT).hexdigest().encode(), CONTENT)


def test_what_is_repaired_keeps_the_contents_of_its_attachments() -> None:
    assert refusals.json_of(MULTIPART, PARTS) == "{"
    body = refusals.repaired(MULTIPART, PARTS, '{"a": "\ud800é"}')

    assert body.statements == '{"a": "?é"}'.encode()
    assert body.contents == {sha256(CONTENT).hexdigest(): CONTENT}
    assert refusals.repaired(JSON, b"{", "[]") == rules.Body(statements=b"[]", contents={})
    assert refusals.json_of(JSON, b"\xff{") == "\ufffd{"


@given(
    st.binary(max_size=60), st.sampled_from([JSON, MULTIPART, "multipart/mixed", "", "\0", "multipart/mixed; b=\xff"])
)
def test_whatever_came_can_be_read_or_is_refused(body: bytes, kind: str) -> None:
    try:
        text = refusals.json_of(kind, body)
    except DomainError:
        with pytest.raises(DomainError):
            refusals.repaired(kind, body, "[]")
        return
    assert refusals.is_multipart(kind) or text == body.decode("utf-8", "replace")
    assert refusals.repaired(kind, body, "[]").statements == b"[]"
