"""Requests to the record store as nobody should send them: valid ones with something wrong in them, by hypothesis."""

import copy
import json
import re
from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any
from urllib.parse import quote, urlencode

from hypothesis import strategies as st

from tests.xapi import examples
from tests.xapi.test_attachments import BOUNDARY, CONTENT, SIGNATURE, attachment, body, jws, part

Tree = Any
Draw = Callable[[st.SearchStrategy[Any]], Any]


@dataclass(frozen=True, kw_only=True)
class Sent:
    """A request, but for its credential. `query` is as in the address."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes


# What is put where it does not belong

IDS = [f"01890a5d-ac96-774b-bcce-b302099a9{number:03}" for number in range(40)]
"""So few that statements refer to one another, void one another and come twice."""
RAW = re.compile(r'"@raw:([^"]*)"')
"""A text that is written as it is, for JSON that no tree has."""
NUMBERS = ("1E999999", "-1e-999999", "-0", "0.10e1", "9" * 400, "NaN", "Infinity", "01", "1.", "+1", "1e", "0x1")
TEXTS = (
    "", " ", "\0", "\ud800", "\udfff\ud800", "\ufffe", "\u202eabc", "é" * 300, "x" * 70_000, "%", "%(text)s", "{0}",
    "null", "1", "true", "<script>", "' OR 1=1", "\\u0000", "\r\n", "\x7f", "😀", "İ", "ſ",
)  # fmt: skip
IRIS = (
    "https://mooc.example/x", "mailto:siapa@sukabumi.example", "http://example.com/ñ?q=[]#é", "urn:uuid:x",
    "http://[", "http://a b", "HTTP://x", "a:b", "mailto:", "mailto:a", "mailto:a@b", "urn:x:\0",
    "http://é.example/ñ", "//x", "x", "http://", "http://x:99999999/", "https://x/#" + "y" * 3000,
    "javascript:alert(1)", "http://x/\ud800", examples.FULL["verb"]["id"],
)  # fmt: skip
FORMS = (
    "2026-03-02T02:30:00.123456789+07:00", "2026-03-02T02:30:00Z", "PT1H0M0.129S", "P4W", "id-ID", "zh-Hant-x-a",
    "2026-02-30T00:00:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-03-02T02:30:60Z",
    "2026-W01", "2026-03-02T02:30:00.1234567890123Z", "2026-03-02T02:30:00-00:00", "2026-03-02", "20260302T023000Z",
    "+12026-01-01", "P1Y2M3DT4H5M6.789S", "PT0.0000000000001S", f"P{'9' * 400}D", "-P1D", "P", "PT", "P1W2D",
    "PT1,5S", f"PT{'9' * 30}S", "{01890a5d-ac96-774b-bcce-b302099a8057}", "01890A5D-AC96-774B-BCCE-B302099A8057",
    "01890a5dac96774bbcceb302099a8057", "en-US-x-private", "i-klingon", "a-a-a", "und", "x",
    "application/json; charset=utf-16", "text/", "/", "1.0.3", "2.0", "Agent", "Group", "Activity", "StatementRef",
    "SubStatement", "Person", "choice", "numeric", "sequencing", "other",
)  # fmt: skip
ODD = [None, True, False, 0, -1, 10**30, 1.5, -0.0, 1e-300, [], {}, [[]], [None], {"": ""}, *TEXTS, *IRIS, *FORMS, *IDS]
ODD += [f"@raw:{number}" for number in NUMBERS]
DEPTHS = (10, 200, 5000)


def nested(depth: int) -> str:
    """JSON as deep as that, to be written as it is."""
    return f"@raw:{'[' * depth}{']' * depth}"


odd = st.sampled_from(ODD) | st.sampled_from(DEPTHS).map(nested) | st.text(max_size=5) | st.integers() | st.floats()


# Statements

SIGNED = {**examples.PLAIN, "id": examples.ID, "timestamp": examples.STAMP}
SIGNATURE_OF_IT = jws(SIGNED)
STATEMENTS: list[Tree] = [
    examples.PLAIN,
    examples.FULL,
    examples.SUB_STATEMENT,
    examples.VOIDING,
    {**examples.FULL, "context": {"contextAgents": examples.CONTEXT_AGENTS, "contextGroups": examples.CONTEXT_GROUPS}},
    {**examples.PLAIN, "attachments": [attachment()]},
    {
        **SIGNED,
        "attachments": [attachment(SIGNATURE_OF_IT, usageType=SIGNATURE, contentType="application/octet-stream")],
    },
    {**examples.PLAIN, "object": {**examples.FULL["actor"]}, "actor": examples.FULL["context"]["team"]},
]


def places(tree: Tree) -> Iterator[tuple[Any, Any]]:
    """(container, key) of everything in the tree."""
    for key in list(tree) if isinstance(tree, dict) else range(len(tree)):
        yield tree, key
        if isinstance(tree[key], dict | list):
            yield from places(tree[key])


NAMES = sorted({key for one in STATEMENTS for _, key in places(one) if isinstance(key, str)})


@st.composite
def statements(draw: Draw) -> Tree:
    """A statement in which up to five things were changed; often under an id that others have as well."""
    tree = copy.deepcopy(draw(st.sampled_from(STATEMENTS)))
    whose = draw(st.sampled_from(("its own", "anybody's", "none")))
    if whose == "anybody's":
        tree["id"] = draw(st.sampled_from(IDS))
    elif whose == "none":
        tree.pop("id", None)
    for _ in range(draw(st.sampled_from((0, 1, 1, 1, 1, 2, 2, 5)))):
        _change(draw, tree)
    return tree


def _change(draw: Draw, tree: Tree) -> None:
    there = list(places(tree))
    if not there:
        return
    container, key = there[draw(st.integers(0, len(there) - 1))]
    how = draw(st.sampled_from(("alike", "alike", "alike", "drop", "odd", "move", "name", "add", "reference")))
    if how == "drop":
        del container[key]
    elif how == "odd":
        container[key] = copy.deepcopy(draw(odd))
    elif how == "alike":
        container[key] = copy.deepcopy(draw(_alike(container[key])))
    elif how == "reference":
        tree["object"] = {"objectType": "StatementRef", "id": draw(st.sampled_from(IDS))}
    elif how == "move":
        container[key] = copy.deepcopy(_piece(draw))
    elif isinstance(container, dict):
        name = draw(st.sampled_from(NAMES) | st.sampled_from(NAMES).map(str.upper) | st.sampled_from(TEXTS))
        container[name] = container.pop(key) if how == "name" else copy.deepcopy(draw(odd))


def _alike(value: Tree) -> st.SearchStrategy[Any]:
    """Something that could stand there, if only it were right."""
    if isinstance(value, bool) or value is None:
        return st.booleans()
    if isinstance(value, int | float):
        return st.sampled_from([f"@raw:{number}" for number in NUMBERS]) | st.integers() | st.floats(-100, 100)
    if isinstance(value, str):
        return st.sampled_from(IRIS if ":" in value else (*TEXTS, *FORMS)) | st.text(max_size=20)
    if isinstance(value, list):
        return st.lists(st.sampled_from(value or [None]), max_size=3)
    return st.dictionaries(st.sampled_from((*IRIS, *value)), odd, max_size=2)


def _piece(draw: Draw) -> Tree:
    """A piece of another statement."""
    there = list(places(draw(st.sampled_from(STATEMENTS))))
    container, key = there[draw(st.integers(0, len(there) - 1))]
    return container[key]


def written(tree: Tree, *, escaped: bool = True) -> bytes:
    """The tree as JSON; where it says so, as what is none."""
    text = RAW.sub(lambda found: found[1], json.dumps(tree, ensure_ascii=escaped))
    return text.encode("utf-8", "surrogatepass")


@st.composite
def damaged(draw: Draw, content: bytes) -> bytes:
    """The bytes, now and then with something taken out, put in or doubled."""
    if draw(st.integers(0, 5)) > 0 or not content:
        return content
    start = draw(st.integers(0, len(content)))
    end = min(len(content), start + draw(st.integers(0, 30)))
    piece = draw(st.sampled_from((b"", b"\xff", b"\0", b'"', b"{", b",", b"\r\n", b"--batas", content[start:end] * 2)))
    changed = content[:start] + piece + content[end:]
    return draw(
        st.sampled_from(
            (changed, changed, changed, b"\xef\xbb\xbf" + changed, changed.decode("latin-1").encode("utf-16"))
        )
    )


# Requests

VERSIONS = ("1.0.3", "2.0.0", "1.0", "2.0.1", "1.0.99")
JSON, FORM = "application/json", "application/x-www-form-urlencoded"
MULTIPART = [f"multipart/mixed; boundary={BOUNDARY}"] * 5 + ["multipart/mixed", "multipart/mixed; boundary=x"]
AGENT = json.dumps(examples.FULL["actor"])
DOCUMENTS = {
    "/xapi/activities/state": {"activityId": examples.MODULE, "agent": AGENT, "stateId": "resume"},
    "/xapi/activities/profile": {"activityId": examples.MODULE, "profileId": "resume"},
    "/xapi/agents/profile": {"agent": AGENT, "profileId": "resume"},
}
FILTERS = {
    "statementId": examples.ID,
    "voidedStatementId": examples.ID,
    "agent": AGENT,
    "verb": examples.FULL["verb"]["id"],
    "activity": examples.MODULE,
    "registration": examples.OTHER_ID,
    "related_activities": "true",
    "related_agents": "true",
    "since": "2026-03-02T02:30:00Z",
    "until": "2100-03-02T02:30:00Z",
    "limit": "2",
    "format": "canonical",
    "attachments": "true",
    "ascending": "true",
    "cursor": "AAAF8S6L8kAAAYkKXayWd0u7zrMCCZqAVw",
}
PATHS = (
    "/xapi/statements",
    "/xapi/agents",
    "/xapi/activities",
    "/xapi/about",
    "/xapi/",
    "/xapi//statements",
    *DOCUMENTS,
)
HEADERS = (
    "Authorization", "X-Experience-API-Version", "Content-Type", "Content-Length", "If-Match", "If-None-Match",
    "Accept", "Accept-Language", "Accept-Encoding", "Host", "Origin", "Range", "If-Modified-Since",
    "Transfer-Encoding", "Cookie", "Content-Encoding", "X-Forwarded-For",
)  # fmt: skip
VALUES = (
    "", "*", '"', 'W/"x"', ",", ";", "=", "0", "-1", "9" * 30, "1.0.3, 2.0.0", "application/json; charset=utf-16",
    "é", "multipart/mixed", "multipart/mixed; boundary=", "text/plain", "Basic", "Basic =", "Bearer x",
    "en;q=2, *;q=x", "id", "chunked", "bytes=0-1", "\xff\xfe", "x" * 5000, "multipart/mixed; boundary*=utf-8''%ff",
    "http://x", "null",
)  # fmt: skip


def request(method: str, path: str, query: Any = "", *, kind: str = JSON, content: bytes = b"") -> Sent:
    told = query if isinstance(query, str) else urlencode(query, errors="surrogatepass", quote_via=quote)
    headers = {"Content-Type": kind} if method in ("POST", "PUT") else {}
    return Sent(method=method, path=path, query=told, headers=headers, body=content)


@st.composite
def posted(draw: Draw) -> Sent:
    """POST of one statement or several."""
    sent = draw(statements() | st.lists(statements(), max_size=4))
    return request("POST", "/xapi/statements", content=draw(damaged(written(sent, escaped=draw(st.booleans())))))


@st.composite
def put(draw: Draw) -> Sent:
    """PUT of one statement, mostly under an id of its own."""
    query = {"statementId": draw(st.uuids().map(str) | st.sampled_from(IDS) | st.sampled_from(TEXTS))}
    sent = draw(statements())
    if draw(st.booleans()) and isinstance(sent, dict):
        sent["id"] = query["statementId"]
    return request("PUT", "/xapi/statements", query, content=draw(damaged(written(sent, escaped=draw(st.booleans())))))


@st.composite
def with_attachments(draw: Draw) -> Sent:
    """POST of statements with the contents of attachments, more or less those that they name."""
    trees = draw(st.lists(statements(), min_size=1, max_size=2))
    head = b"Content-Type: application/json\r\n\r\n" + written(trees[0] if len(trees) == 1 else trees)
    named = [one for one in (CONTENT, SIGNATURE_OF_IT) if sha256(one).hexdigest().encode() in head]
    contents = draw(st.just(named) | st.lists(st.sampled_from((CONTENT, SIGNATURE_OF_IT, b"", b"x")), max_size=3))
    parts = [part(one, **draw(st.just({}) | odd_headers)) for one in contents]
    return request(
        "POST",
        "/xapi/statements",
        kind=draw(st.sampled_from(MULTIPART)),
        content=draw(damaged(body(head, *parts))),
    )


odd_headers = st.dictionaries(
    st.sampled_from(("Content_Type", "Content_Transfer_Encoding", "X_Experience_API_Hash", "X")),
    st.none() | st.sampled_from([one for one in VALUES if one.isascii()]),
    max_size=1,
)


@st.composite
def document(draw: Draw) -> Sent:
    """Any method on a document, with conditions or without."""
    path = draw(st.sampled_from(sorted(DOCUMENTS)))
    method = draw(st.sampled_from(("GET", "HEAD", "PUT", "POST", "DELETE")))
    content = draw(
        st.sampled_from((b'{"a":1}', b'{"a":{"b":[2.50]}}', b"[]", b"", b"\xff", b"null")) | odd.map(written)
    )
    query = {**DOCUMENTS[path], **draw(parameters(("since", "registration", *DOCUMENTS[path])))}
    kind = draw(st.sampled_from((JSON, JSON, "text/plain", "application/json; charset=utf-8", "", "x", "é/é")))
    sent = request(method, path, query, kind=kind, content=content if method in ("PUT", "POST") else b"")
    conditions = st.fixed_dictionaries(
        {}, optional={name: st.sampled_from(('"x"', "*", "", "é")) for name in ("If-Match", "If-None-Match")}
    )
    return replace(sent, headers={**sent.headers, **draw(conditions)})


def parameters(names: tuple[str, ...]) -> st.SearchStrategy[dict[str, str]]:
    """Some of these parameters with values that make no sense."""
    values = odd.map(lambda one: one if isinstance(one, str) else json.dumps(one)).map(lambda text: text[:3000])
    agents = statements().map(lambda tree: written(tree.get("actor", {})).decode("utf-8", "surrogatepass"))
    return st.dictionaries(st.sampled_from(names), values | agents, max_size=2)


@st.composite
def asked(draw: Draw) -> Sent:
    """GET or HEAD of statements, by some filters."""
    names = draw(st.lists(st.sampled_from(sorted(FILTERS)), unique=True, max_size=4))
    query = {name: FILTERS[name] for name in names} | draw(parameters((*FILTERS, "Verb", "", "x")))
    return request(draw(st.sampled_from(("GET", "HEAD"))), "/xapi/statements", query)


@st.composite
def described(draw: Draw) -> Sent:
    """GET of agents, activities and what there is besides."""
    path = draw(st.sampled_from(("/xapi/agents", "/xapi/activities", "/xapi/about", "/xapi/nothing")))
    query = {"/xapi/agents": {"agent": AGENT}, "/xapi/activities": {"activityId": examples.MODULE}}.get(path, {})
    return request("GET", path, query | draw(parameters(("agent", "activityId", "x"))))


plain = posted() | posted() | put() | with_attachments() | document() | asked() | described()


@st.composite
def in_a_form(draw: Draw, key: str) -> Sent:
    """Any of the others in the alternate syntax of 1.0.x."""
    inner: Sent = draw(plain)
    form = {"Authorization": key, "X-Experience-API-Version": "1.0.3", **inner.headers}
    if inner.body:
        form["content"] = inner.body.decode("utf-8", "surrogateescape")
    content = urlencode(form, errors="surrogateescape") + (f"&{inner.query}" if inner.query else "")
    method = draw(st.sampled_from((inner.method,) * 5 + ("PATCH", "", "get")))
    return request("POST", inner.path, {"method": method}, kind=FORM, content=draw(damaged(content.encode())))


@st.composite
def requests(draw: Draw, key: str, secret: str) -> Sent:
    """Any request with this credential; of one in five, something in its head is wrong as well."""
    authorization = f"Basic {b64encode(f'{key}:{secret}'.encode()).decode()}"
    sent: Sent = draw(plain | in_a_form(authorization))
    version = draw(st.sampled_from(VERSIONS))
    sent = replace(sent, headers={"Authorization": authorization, "X-Experience-API-Version": version, **sent.headers})
    return sent if draw(st.integers(0, 4)) else _beheaded(draw, sent)


def _beheaded(draw: Draw, sent: Sent) -> Sent:
    how = draw(st.sampled_from(("header", "without", "method", "path", "query")))
    if how == "header":
        return replace(sent, headers={**sent.headers, draw(st.sampled_from(HEADERS)): draw(st.sampled_from(VALUES))})
    if how == "without":
        gone = draw(st.sampled_from(sorted(sent.headers)))
        return replace(sent, headers={name: value for name, value in sent.headers.items() if name != gone})
    if how == "method":
        methods = ("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "X")
        return replace(sent, method=draw(st.sampled_from(methods)))
    if how == "path":
        return replace(
            sent,
            path=draw(
                st.sampled_from(PATHS)
                | st.sampled_from(TEXTS[5:]).map(lambda one: f"/xapi/{quote(one[:300], errors='replace')}")
            ),
        )
    more = draw(st.sampled_from(("&", "%", "%ff", "=x", "x", "&method=PUT", "%00", "statementId=", ";a=b", "?", "+")))
    return replace(sent, query=f"{sent.query}&{more}" if draw(st.booleans()) else more + sent.query)
