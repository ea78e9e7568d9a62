"""Statements with attachments, and signed ones, both ways by HTTP and as rules."""

import json
from base64 import b64decode, b64encode, urlsafe_b64encode
from datetime import timedelta
from hashlib import sha256, sha512
from typing import Any, cast

import jwt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from hypothesis import example, given
from hypothesis import strategies as st
from sqlalchemy.pool import QueuePool
from werkzeug.http import parse_options_header
from werkzeug.test import TestResponse

from lms.db import db
from lms.errors import TooLarge
from lms.xapi import multipart, replies, rules, signatures
from lms.xapi.tree import parse
from tests.world import NOW, World
from tests.xapi.lrs import Lrs, Statement, lrs, referring, statement

BOUNDARY = "batas"
ID, OTHER = (f"01890a5d-ac96-774b-bcce-b302099a805{number}" for number in (1, 2))
CONTENT = b"\x00\xff\r\n--batas\x0d\r\n--bat"
SIGNATURE = "http://adlnet.gov/expapi/attachments/signature"


def attachment(content: bytes = CONTENT, **members: Any) -> dict[str, Any]:
    return {
        "usageType": "http://id.tincanapi.com/attachment/certificate-of-completion",
        "display": {"id": "Sertifikat"},
        "contentType": "application/pdf",
        "length": len(content),
        "sha2": sha256(content).hexdigest(),
    } | members


def part(content: bytes = CONTENT, **headers: str | None) -> bytes:
    """A part with its hash; a header that is None is left out."""
    given = {
        "Content-Type": "application/pdf",
        "Content-Transfer-Encoding": "binary",
        "X-Experience-API-Hash": sha256(content).hexdigest(),
    } | {name.replace("_", "-"): value for name, value in headers.items()}
    head = "".join(f"{name}: {value}\r\n" for name, value in given.items() if value is not None)
    return head.encode() + b"\r\n" + content


def body(*parts: bytes) -> bytes:
    return b"".join(b"--batas\r\n" + one + b"\r\n" for one in parts) + b"--batas--\r\n"


def first(tree: Any) -> bytes:
    return b"Content-Type: application/json\r\n\r\n" + json.dumps(tree).encode()


def send(client: Lrs, content: bytes, kind: str = "multipart/mixed; boundary=batas") -> TestResponse:
    return client.request("POST", data=content, content_type=kind)


def read(response: TestResponse) -> tuple[Any, list[rules.Part]]:
    """The JSON of a multipart reply, and its other parts."""
    kind, options = parse_options_header(response.headers["Content-Type"])
    assert kind == "multipart/mixed"
    assert int(response.headers["Content-Length"]) == len(response.data)
    parts = rules.read_parts(response.data, options["boundary"])
    return json.loads(parts[0].content), parts[1:]


def test_contents_come_back_as_they_went_in(world: World) -> None:
    client = lrs(world)
    assert send(client, body(first(statement(id=ID, attachments=[attachment()])), part())).status_code == 200
    tree, parts = read(client.get(statementId=ID, attachments="true"))

    assert tree["attachments"] == [attachment()]
    assert [one.content for one in parts] == [CONTENT]
    assert parts[0].headers == {
        "content-type": "application/pdf",
        "content-transfer-encoding": "binary",
        "x-experience-api-hash": sha256(CONTENT).hexdigest(),
    }
    assert client.get(statementId=ID).json == tree
    assert client.get(statementId=ID, attachments="true").headers["Last-Modified"]


def test_a_list_has_every_content_once(world: World) -> None:
    client = lrs(world)
    shared = [attachment(), attachment(contentType="text/plain")]
    inside = {"objectType": "SubStatement", **statement(attachments=[attachment(b"dalam")])}
    send(client, body(first([statement(attachments=shared), statement(object=inside)]), part(), part(b"dalam")))
    client.sent(statement())
    tree, parts = read(client.get(attachments="true"))

    assert len(tree["statements"]) == 3
    assert sorted(one.content for one in parts) == sorted([CONTENT, b"dalam"])


def test_without_attachments_the_answer_is_in_kind_all_the_same(world: World) -> None:
    client = lrs(world)
    client.sent(statement(id=ID))

    assert read(client.get(statementId=ID, attachments="true"))[1] == []
    assert client.get(attachments="false").mimetype == "application/json"


def test_what_is_at_an_address_needs_no_content(world: World) -> None:
    client = lrs(world)
    client.sent(statement(id=ID, attachments=[attachment(fileUrl="https://mooc.example/sertifikat.pdf")]))
    tree, parts = read(client.get(statementId=ID, attachments="true"))

    assert tree["attachments"][0]["fileUrl"] == "https://mooc.example/sertifikat.pdf"
    assert parts == []


def test_the_length_that_is_told_is_not_trusted_and_the_hash_may_be_longer(world: World) -> None:
    client = lrs(world)
    sha2 = sha512(CONTENT).hexdigest().upper()
    sent = statement(id=ID, attachments=[attachment(length=1, sha2=sha2)])
    assert send(client, body(first(sent), part(X_Experience_API_Hash=sha2.lower()))).status_code == 200
    _, parts = read(client.get(statementId=ID, attachments="true"))

    assert (parts[0].headers["x-experience-api-hash"], parts[0].content) == (sha2, CONTENT)


def test_a_put_brings_contents_too_and_sending_it_again_is_no_conflict(world: World) -> None:
    client = lrs(world)
    content = body(first(statement(attachments=[attachment()])), part())
    for _ in range(2):
        response = client.request(
            "PUT",
            query_string={"statementId": ID},
            data=content,
            content_type='multipart/mixed; boundary="batas"',
        )
        assert response.status_code == 204
    assert len(read(client.get(attachments="true"))[1]) == 1


def test_a_page_of_large_contents_ends_earlier_and_goes_on(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replies, "MOST_BYTES", 50)
    client = lrs(world)
    contents = [bytes([number]) * 30 for number in range(5)]
    for content in contents:
        send(client, body(first(statement(attachments=[attachment(content)])), part(content)))
    found, response = [], client.get(attachments="true", ascending="true")
    while True:
        tree, parts = read(response)
        found.append([one.content for one in parts])
        if not tree["more"]:
            break
        response = client.request("GET", tree["more"])

    assert found == [[content] for content in contents]


ONE = statement(id=ID, attachments=[attachment()])
BAD = [
    ("no boundary", body(first(ONE), part()), "multipart/mixed"),
    ("another boundary", body(first(ONE), part()), "multipart/mixed; boundary=lain"),
    ("no end", body(first(ONE), part())[:-4], None),
    ("nothing", b"", None),
    ("no parts", b"--batas--\r\n", None),
    ("the first is no JSON", body(first(ONE).replace(b"application/json", b"text/plain"), part()), None),
    ("the first is broken", body(b"Content-Type: application/json\r\n\r\n{", part()), None),
    ("a part too few", body(first(ONE)), None),
    ("a part too many", body(first(ONE), part(), part(b"lain")), None),
    ("a part for no attachment", body(first(statement()), part()), None),
    ("no hash", body(first(ONE), part(X_Experience_API_Hash=None)), None),
    ("another hash", body(first(ONE), part(X_Experience_API_Hash="0" * 64)), None),
    ("no hash at all", body(first(ONE), part(X_Experience_API_Hash="abc")), None),
    ("another encoding", body(first(ONE), part(Content_Transfer_Encoding="base64")), None),
    ("no encoding", body(first(ONE), part(Content_Transfer_Encoding=None)), None),
    ("two hashes", body(first(ONE), f"X-Experience-API-Hash: {'0' * 64}\r\n".encode() + part()), None),
    ("no empty line", b"--batas\r\nContent-Type: application/json\r\n--batas--\r\n", None),
    ("JSON alone", json.dumps(ONE).encode(), "application/json"),
    ("a form", b"x=1", "application/x-www-form-urlencoded"),
]


@pytest.mark.parametrize(("content", "kind"), [case[1:] for case in BAD], ids=[case[0] for case in BAD])
def test_what_is_wrong_is_told_and_nothing_is_stored(world: World, content: bytes, kind: str | None) -> None:
    client = lrs(world)
    response = send(client, content, kind or "multipart/mixed; boundary=batas")

    assert response.status_code == 400
    assert (response.json or {})["error"]
    assert client.found() == []


IN_A_BATCH = [
    (statement(attachments=[attachment(b"ada"), attachment()]), "statements[1].attachments[1]"),
    (
        statement(object={"objectType": "SubStatement", **statement(attachments=[attachment()])}),
        "statements[1].object.attachments[0]",
    ),
]


@pytest.mark.parametrize(("without", "place"), IN_A_BATCH, ids=["beside another", "in a SubStatement"])
def test_an_attachment_without_content_is_told_by_its_place(world: World, without: Statement, place: str) -> None:
    known = statement(attachments=[attachment(b"ada")])
    response = send(lrs(world), body(first([known, without]), part(b"ada")))

    assert (response.status_code, (response.json or {})["place"]) == (400, place)


def test_content_that_is_kept_already_has_to_come_along_all_the_same(world: World) -> None:
    client = lrs(world)
    send(client, body(first(ONE), part()))

    assert client.post(statement(attachments=[attachment()])).status_code == 400
    assert send(client, body(first(statement(attachments=[attachment()])))).status_code == 400


def test_more_parts_than_are_allowed_are_too_large_and_the_limit_is_told(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(multipart, "MOST_PARTS", 2)
    client = lrs(world)
    response = send(client, body(first(ONE), part(), part()))

    assert response.status_code == 413
    assert "2 parts" in (response.json or {})["error"]
    assert send(client, body(first(ONE), part())).status_code == 200


def test_a_body_that_is_too_large_is_refused_whole_whatever_is_in_its_parts(world: World) -> None:
    most = world.app.extensions["settings"].xapi_max_body_bytes
    content = bytes(most)
    response = send(lrs(world), body(first(statement(attachments=[attachment(content)])), part(content)))

    assert response.status_code == 413
    assert str(most) in (response.json or {})["error"]


def test_who_takes_contents_slowly_holds_no_connection_meanwhile(world: World) -> None:
    client = lrs(world)
    contents = [b"satu", b"dua"]
    many = [attachment(content) for content in contents]
    send(client, body(first(statement(id=ID, attachments=many)), *map(part, contents)))
    with world.app.app_context():
        pool = cast(QueuePool, db.engine.pool)
    before = pool.checkedout()
    response = client.get(statementId=ID, attachments="true")
    held = [pool.checkedout() - before for _ in response.iter_encoded()]
    response.close()

    assert held == [0, 0, 0, 0]


def test_no_other_organisation_gets_the_content(world: World) -> None:
    mine, others = lrs(world), lrs(world, organisation_id=world.bandung)
    send(mine, body(first(ONE), part()))
    hidden = statement(attachments=[attachment(fileUrl="https://mooc.example/x")])
    others.sent(hidden)

    assert read(others.get(attachments="true"))[1] == []
    assert (
        send(others, json.dumps(statement(attachments=[attachment()])).encode(), "application/json").status_code == 400
    )


def test_what_refers_to_it_needs_no_content(world: World) -> None:
    client = lrs(world)
    send(client, body(first(ONE), part()))
    client.sent(referring(ID))

    assert len(read(client.get(attachments="true"))[1]) == 1


# Reading parts, as rules


@given(st.lists(st.binary(max_size=60) | st.sampled_from([b"\r\n", b"--batas", b"\r\n--batas", b"\r\n--batasx", b"-"])))
@example([b"\r\n--batas-"])
def test_parts_are_read_byte_for_byte(contents: list[bytes]) -> None:
    usable = [one for one in contents if b"\r\n--batas" not in b"\r\n" + one]

    assert [one.content for one in rules.read_parts(body(*(b"\r\n" + one for one in usable)), BOUNDARY)] == usable


@given(st.integers(0, 400), st.binary(max_size=4), st.integers(0, 6))
def test_a_damaged_body_is_read_or_refused(position: int, inserted: bytes, removed: int) -> None:
    whole = body(first(ONE), part())
    damaged = whole[:position] + inserted + whole[position + removed :]
    try:
        read_again = rules.body_of_parts(rules.read_parts(damaged, BOUNDARY))
    except rules.StatementError:
        return
    assert all(sha256(content).hexdigest() == sha2 for sha2, content in read_again.contents.items())


def test_as_many_contents_as_statements_may_come_in_one_request() -> None:
    parts = [b"\r\n"] * 2001

    assert len(rules.read_parts(body(*parts), BOUNDARY)) == 2001
    with pytest.raises(TooLarge, match="2001 parts"):
        rules.read_parts(body(*parts, b"\r\n"), BOUNDARY)


def test_what_stands_around_is_ignored_and_a_boundary_may_end_in_spaces() -> None:
    text = b"ini pembuka\r\n--batas  \r\nA: b\r\n\r\nx\r\n--batas--  \r\npenutup"

    assert rules.read_parts(text, BOUNDARY) == [rules.Part(headers={"a": "b"}, content=b"x")]


# Signatures


KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
STRANGER = rsa.generate_private_key(public_exponent=65537, key_size=2048)


RSA_KEY, VERSION_3 = bytes.fromhex("06092a864886f70d010101"), bytes.fromhex("a003020102")


def certificate(key: rsa.RSAPrivateKey, **damage: bytes) -> str:
    """A certificate that the key signed itself; `kind` and `version` put other bytes where those are told."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mooc.example")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(NOW)
        .not_valid_after(NOW + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    text = made.public_bytes(Encoding.DER)
    changed = text.replace(RSA_KEY, damage.get("kind", RSA_KEY)).replace(VERSION_3, damage.get("version", VERSION_3))
    assert (changed == text) is not bool(damage)
    return b64encode(changed).decode()


def jws(payload: Any, algorithm: str = "RS256", key: Any = KEY, **header: Any) -> bytes:
    content = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    return jwt.PyJWS().encode(content, key, algorithm, headers=header).encode()


def unsigned_jws(header: bytes, payload: Any, signature: bytes = b"x") -> bytes:
    """A JWS with just this header, by no key."""
    texts = (header, json.dumps(payload).encode(), signature)
    return b".".join(urlsafe_b64encode(text).rstrip(b"=") for text in texts)


def signed(sent: Statement, signature: bytes, **members: Any) -> bytes:
    meta = attachment(signature, usageType=SIGNATURE, contentType="application/octet-stream", **members)
    return body(first({**sent, "attachments": [*sent.get("attachments", ()), meta]}), part(signature))


PLAIN = statement(id=ID)
GOOD = {
    "RS256": jws(PLAIN),
    "RS384": jws(PLAIN, "RS384"),
    "RS512": jws(PLAIN, "RS512"),
    "other forms of the same": jws(dict(reversed(PLAIN.items())) | {"timestamp": "2026-03-10T09:00:00.000+07:00"}),
    "with its certificate": jws(PLAIN, x5c=[certificate(KEY)]),
    "before it had what the store sets": jws({k: v for k, v in PLAIN.items() if k not in ("id", "timestamp")}),
    "after another store had set it": jws(PLAIN | {"stored": "2026-03-10T02:00:01Z", "version": "1.0.0"}),
}


@pytest.mark.parametrize("signature", GOOD.values(), ids=GOOD)
def test_a_signature_that_holds_is_kept_with_the_statement(world: World, signature: bytes) -> None:
    client = lrs(world)
    assert send(client, signed(PLAIN, signature)).status_code == 200

    assert [one.content for one in read(client.get(statementId=ID, attachments="true"))[1]] == [signature]


def test_a_signed_statement_may_have_other_attachments(world: World) -> None:
    sent = {**PLAIN, "attachments": [attachment(fileUrl="https://mooc.example/sertifikat.pdf")]}

    assert send(lrs(world), signed(sent, jws(sent))).status_code == 200


FORGED = {
    "no JWS": b"tanda tangan",
    "no UTF-8": b"\xff\xfe.\xff.\xff",
    "two of three": b".".join(jws(PLAIN).split(b".")[:2]),
    "none": jws(PLAIN, "none", None),
    "a shared secret": jws(PLAIN, "HS256", "rahasia" * 6),
    "another statement": jws(statement(id=ID, verb="https://mooc.example/verbs/lain")),
    "no statement": jws({"a": 1}),
    "no JSON": jws(b"ya"),
    "somebody else's certificate": jws(PLAIN, x5c=[certificate(STRANGER)]),
    "no certificate": jws(PLAIN, x5c=["bukan"]),
    "an empty chain": jws(PLAIN, x5c=[]),
    "a chain of numbers": jws(PLAIN, x5c=[1]),
    "a certificate of another kind of key": jws(PLAIN, x5c=[certificate(KEY, kind=RSA_KEY[:-1] + b"\x65")]),
    "a certificate of no version": jws(PLAIN, x5c=[certificate(KEY, version=VERSION_3[:-1] + b"\x09")]),
    "no signature in it": unsigned_jws(b'{"alg":"RS256"}', PLAIN, b""),
    "half a character": unsigned_jws(b'{"alg":"\\ud800"}', PLAIN),
    "a nested header": unsigned_jws(b'{"alg":"RS256","x":' + b"[" * 100_000, PLAIN),
    "a long name in it": unsigned_jws(b'{"alg":"RS256","crit":["' + b"x" * 100_000 + b'"]}', PLAIN),
    "the same under another id": jws(PLAIN | {"id": OTHER}),
    "the same at another time": jws(PLAIN | {"timestamp": "2026-03-10T02:00:01Z"}),
    "a registration that is none": jws(PLAIN | {"context": {"registration": "satu"}}),
    "a reference to nothing": jws(PLAIN | {"object": {"objectType": "StatementRef", "id": "satu"}}),
    "a duration that is none": jws(PLAIN | {"result": {"duration": "lama"}}),
}


@pytest.mark.parametrize("signature", FORGED.values(), ids=FORGED)
def test_a_signature_that_does_not_hold_is_refused(world: World, signature: bytes) -> None:
    client = lrs(world)
    response = send(client, signed(PLAIN, signature))

    assert response.status_code == 400
    told = response.json or {}
    assert "signature" in told["error"]
    assert len(told["error"]) < 500
    assert told["place"] == "statement.attachments"
    assert client.found() == []


@pytest.mark.parametrize("name", ["id", "timestamp"])
def test_what_was_signed_must_not_be_taken_away(world: World, name: str) -> None:
    sent = {key: value for key, value in PLAIN.items() if key != name}

    assert send(lrs(world), signed(sent, jws(PLAIN))).status_code == 400


def check(signature: bytes) -> None:
    """What a request with the plain statement and this signature is asked, but for a database."""
    meta = attachment(signature, usageType=SIGNATURE, contentType="application/octet-stream")
    batch = rules.prepare(
        json.dumps(PLAIN | {"attachments": [meta]}).encode(),
        version=rules.V1,
        now=NOW,
        authority={"account": {"homePage": "https://padu.example", "name": "1.kunci"}},
    )
    rules.require_content(batch, {meta["sha2"]: signature})


@given(st.integers(0, 1500), st.binary(max_size=3), st.integers(0, 3))
def test_a_damaged_signature_is_refused_or_read(position: int, inserted: bytes, removed: int) -> None:
    whole = GOOD["with its certificate"]
    damaged = whole[:position] + inserted + whole[position + removed :]
    try:
        check(damaged)
    except rules.StatementError:
        return
    # What was altered in the payload, its certificate has found out.
    assert damaged.split(b".")[1] == whole.split(b".")[1]


@given(st.integers(0, 900), st.integers(0, 255))
def test_a_damaged_certificate_is_refused_or_read(position: int, changed: int) -> None:
    text = bytearray(b64decode(certificate(KEY)))
    text[position % len(text)] = changed
    header = json.dumps({"alg": "RS256", "x5c": [b64encode(text).decode()]}).encode()

    with pytest.raises(rules.StatementError, match=r"certificate|x5c"):
        check(unsigned_jws(header, PLAIN))


def test_a_signature_that_many_share_is_read_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    client = lrs(world)
    payloads: list[bytes] = []

    def read_payload(text: bytes) -> Any:
        payloads.append(text)
        return parse(text)

    monkeypatch.setattr(signatures, "parse", read_payload)
    bare = {key: value for key, value in PLAIN.items() if key != "id"}
    signature = jws(bare)
    meta = attachment(signature, usageType=SIGNATURE, contentType="application/octet-stream")
    sent = [{**bare, "attachments": [meta] * 20}] * 20
    response = send(client, body(first(sent), part(signature)))

    assert response.status_code == 200
    assert len(client.found()) == 20
    assert len(payloads) == 1


def test_a_signature_of_another_kind_or_elsewhere_is_refused(world: World) -> None:
    client = lrs(world)
    kind = body(
        first({**PLAIN, "attachments": [attachment(jws(PLAIN), usageType=SIGNATURE, contentType="text/plain")]}),
        part(jws(PLAIN)),
    )
    meta = attachment(
        jws(PLAIN), usageType=SIGNATURE, contentType="application/octet-stream", fileUrl="https://mooc.example/x"
    )

    assert send(client, kind).status_code == 400
    assert client.post({**PLAIN, "attachments": [meta]}).status_code == 400
