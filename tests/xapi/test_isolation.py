"""No organisation sees, changes or so much as notices another's records, whatever it asks for.

Sukabumi holds everything that the store knows of. Bandung, which may do everything, tries every address with every
parameter and method, aimed at what Sukabumi holds. Its replies have to be those that a third organisation, Cimahi, got
for the very same requests while Sukabumi held nothing yet.
"""

import ast
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha1
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.datastructures import Authorization
from werkzeug.test import TestResponse

import lms.xapi
from lms.db import Base
from lms.people import service as people
from lms.xapi import protocol, queries, rules, service
from tests.world import START, World
from tests.xapi.lrs import ANI, HOME, MODULE, Lrs, Statement, drain, lrs, referring, statement, voiding
from tests.xapi.test_attachments import attachment, body, first, part, send

MARK = "rahasia"
"""Stands in everything of Sukabumi's, and in nothing that Bandung sends."""
PLAIN, REFERRING, VOIDED, VOIDS, ATTACHED = (f"01890a5d-ac96-774b-bcce-b302099a800{number}" for number in range(5))
OF_BANDUNG = [f"01890a5d-ac96-774b-bcce-b302099a801{number}" for number in range(8)]
UNKNOWN = "01890a5d-ac96-774b-bcce-b302099a8999"
REGISTRATION = "3fdba88f-54ae-4a2f-956b-76143df1760e"
COURSE, VERB = "https://mooc.example/kursus/1", "https://mooc.example/verbs/opened"
AGENT = {"account": {"homePage": HOME, "name": ANI}}
CONTENT = f"isi {MARK}".encode()
DOCUMENT = json.dumps({"isi": MARK}).encode()
JSON = "application/json"

RESOURCES = {"state": "/xapi/activities/state", "activity": "/xapi/activities/profile", "agent": "/xapi/agents/profile"}
PLACES: Mapping[str, dict[str, str]] = {
    "state": {"activityId": MODULE, "agent": json.dumps(AGENT), "stateId": "resume", "registration": REGISTRATION},
    "activity": {"activityId": MODULE, "profileId": "resume"},
    "agent": {"agent": json.dumps(AGENT), "profileId": "resume"},
}
UNFILLED = {"statement_import"}
"""What only a command fills, never a request."""


# What Sukabumi holds


def fill(world: World) -> Lrs:
    """Give Sukabumi a row in every table of the store, all with the mark in it."""
    _ = world.cohort
    client = lrs(world)
    client.sent(*_statements())
    content = first(_plain(ATTACHED, attachments=[attachment(CONTENT, display={"id": MARK})]))
    assert send(client, body(content, part(CONTENT))).status_code == 200
    for kind, place in PLACES.items():
        answer = client.request("POST", RESOURCES[kind], query_string=place, data=DOCUMENT, content_type=JSON)
        assert answer.status_code == 204, answer.text
    assert client.post(statement(f"{MARK}-ditolak", verb="x")).status_code == 400
    with world.transaction() as session:
        service.requeue(session, organisation_id=world.sukabumi, statement_ids=[UUID(PLAIN)])
    return client


def _statements() -> list[Statement]:
    return [
        _plain(PLAIN, context=_context()),
        _plain(VOIDED),
        statement(f"peserta-{MARK}"),
        statement(ANI, actor={"mbox": "mailto:ani@sukabumi.example", "name": f"Ani {MARK}"}),
        referring(PLAIN, id=REFERRING, result={"response": MARK}),
        voiding(VOIDED, id=VOIDS),
    ]


def _plain(identity: str, **members: Any) -> Statement:
    definition = {"name": {"id": f"Modul {MARK}"}}
    return statement(id=identity, result={"response": MARK}, **members) | {
        "actor": AGENT | {"name": f"Ani {MARK}"},
        "verb": {"id": VERB, "display": {"id": MARK}},
        "object": {"id": MODULE, "definition": definition},
    }


def _context() -> dict[str, Any]:
    return {
        "registration": REGISTRATION,
        "instructor": {"mbox": "mailto:rina@sukabumi.example", "name": MARK},
        "contextActivities": {"parent": [{"id": COURSE, "definition": {"name": {"id": MARK}}}]},
    }


def held(world: World) -> dict[str, list[str]]:
    """Every row of Sukabumi's, of every table that has organisations."""
    found = {}
    with world.reading() as session:
        for table in Base.metadata.sorted_tables:
            if "organisation_id" in table.c:
                rows = session.execute(select(table).where(table.c.organisation_id == world.sukabumi))
                found[table.name] = sorted(map(repr, rows))
    return found


def read_back(client: Lrs) -> list[bytes]:
    """What Sukabumi is answered when it asks for its own."""
    asked = [client.get(statementId=one) for one in (PLAIN, REFERRING, VOIDS)]
    asked += [client.get(voidedStatementId=VOIDED), client.get(), client.get(verb=VERB, related_agents="true")]
    asked += [client.request("GET", RESOURCES[kind], query_string=place) for kind, place in PLACES.items()]
    asked.append(client.request("GET", "/xapi/agents", query_string={"agent": json.dumps(AGENT)}))
    asked.append(client.request("GET", "/xapi/activities", query_string={"activityId": MODULE}))
    assert {answer.status_code for answer in asked} == {200}
    _, contents = _parts(client.get(statementId=ATTACHED, attachments="true"))
    return [answer.data for answer in asked] + contents


def _parts(response: TestResponse) -> tuple[Any, list[bytes]]:
    boundary = response.mimetype_params["boundary"]
    parts = rules.read_parts(response.data, boundary)
    return json.loads(parts[0].content), [one.content for one in parts[1:]]


# What Bandung tries


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """One request. `parameters` are those of the address."""

    method: str
    path: str = "/xapi/statements"
    parameters: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    data: bytes = b""
    kind: str = JSON

    def __str__(self) -> str:
        told = [self.method, self.path.removeprefix("/xapi/"), *self.parameters, *self.headers]
        return " ".join(told)


def getting(path: str = "/xapi/statements", **parameters: str) -> list[Attempt]:
    return [Attempt(method=method, path=path, parameters=parameters) for method in ("GET", "HEAD")]


def queried(cursor: str) -> Iterator[Attempt]:
    """GET /statements by ids and by every filter."""
    for identity in (PLAIN, REFERRING, VOIDED, VOIDS, ATTACHED):
        for name in ("statementId", "voidedStatementId"):
            yield from getting(**{name: identity})
            yield from getting(**{name: identity, "attachments": "true", "format": "canonical"})
    about: list[dict[str, str]] = [
        {"agent": json.dumps(AGENT)},
        {"agent": json.dumps({"mbox": "mailto:rina@sukabumi.example"})},
        {"activity": MODULE},
        {"activity": COURSE},
        {"verb": VERB},
        {"registration": REGISTRATION},
        {"since": "2020-01-01T00:00:00Z"},
        {"until": "2120-01-01T00:00:00Z"},
        {"cursor": cursor},
        {},
    ]
    also: list[dict[str, str]] = [
        {},
        {"related_agents": "true", "related_activities": "true"},
        {"attachments": "true", "format": "ids"},
        {"limit": "1", "format": "canonical"},
    ]
    for one in about:
        yield Attempt(method="HEAD", parameters=one)
        for other in also:
            yield Attempt(method="GET", parameters={**one, **other})
        if "cursor" not in one:
            yield from getting(**one, ascending="true")


def described() -> Iterator[Attempt]:
    """GET /agents and GET /activities."""
    for agent in (AGENT, {"mbox": "mailto:ani@sukabumi.example"}, {"mbox": "mailto:rina@sukabumi.example"}):
        yield from getting("/xapi/agents", agent=json.dumps(agent))
    for activity in (MODULE, COURSE):
        yield from getting("/xapi/activities", activityId=activity)


def documents_read() -> Iterator[Attempt]:
    tag = f'"{sha1(DOCUMENT, usedforsecurity=False).hexdigest()}"'
    for kind, place in PLACES.items():
        path = RESOURCES[kind]
        for parameters in _without_some(place):
            yield from getting(path, **parameters)
            yield from getting(path, **parameters, since="2020-01-01T00:00:00Z")
        for header in ("If-Match", "If-None-Match"):
            yield Attempt(method="GET", path=path, parameters=place, headers={header: tag})


def documents_written() -> Iterator[Attempt]:
    tag = f'"{sha1(DOCUMENT, usedforsecurity=False).hexdigest()}"'
    conditions: list[dict[str, str]] = [{"If-Match": tag}, {"If-Match": "*"}, {"If-None-Match": tag}, {}]
    conditions.append({"If-None-Match": "*"})
    for kind, place in PLACES.items():
        for method in ("DELETE", "POST", "PUT"):
            for headers in conditions:
                for parameters in _without_some(place) if headers == conditions[0] else [place]:
                    data = b'{"lain": 1}' if method != "DELETE" else b""
                    yield Attempt(
                        method=method, path=RESOURCES[kind], parameters=parameters, headers=headers, data=data
                    )


def _without_some(place: Mapping[str, str]) -> list[dict[str, str]]:
    """The place, and the wider ones around it."""
    whole = dict(place)
    less = [{name: text for name, text in place.items() if name != left} for left in place]
    bare = {name: text for name, text in place.items() if name in ("activityId", "agent")}
    return [whole, *less, bare]


def statements_sent() -> Iterator[Attempt]:
    """The ids of Sukabumi's, something else under them, what refers to them and what voids them."""

    def posted(*sent: Statement) -> Attempt:
        return Attempt(method="POST", data=json.dumps(sent).encode())

    def put(identity: str, sent: Statement) -> Attempt:
        return Attempt(method="PUT", parameters={"statementId": identity}, data=json.dumps(sent).encode())

    for number, identity in enumerate((PLAIN, VOIDED, VOIDS, REFERRING, ATTACHED)):
        yield posted(referring(identity, id=OF_BANDUNG[number]))
        yield posted(statement("lain", id=identity))
        yield put(identity, statement("lain-lagi"))
    yield posted(voiding(PLAIN, id=OF_BANDUNG[5]), voiding(ATTACHED, id=OF_BANDUNG[6]))
    yield put(OF_BANDUNG[7], statement(attachments=[attachment(CONTENT, fileUrl="https://mooc.example/isi.pdf")]))
    # The content itself is wanted without being sent.
    yield posted(statement(id=UNKNOWN, attachments=[attachment(CONTENT)]))
    yield from getting(statementId=OF_BANDUNG[7], attachments="true")


def every_attempt(cursor: str = "AAAF8S6L8kAAAYkKXayWd0u7zrMCCZqAVw") -> list[Attempt]:
    reading = [*queried(cursor), *described(), *documents_read()]
    return [*reading, *statements_sent(), *documents_written(), *reading]


def tried(client: Lrs, attempt: Attempt, syntax: str) -> TestResponse:
    """Send it: by itself under either version, or within a form."""
    if syntax == "form":
        return _in_a_form(client, attempt)
    headers = {**attempt.headers, **({"Content-Type": attempt.kind} if attempt.data else {})}
    return client.request(
        attempt.method,
        attempt.path,
        query_string=attempt.parameters,
        data=attempt.data or None,
        headers=headers,
        version=syntax,
    )


def _in_a_form(client: Lrs, attempt: Attempt) -> TestResponse:
    key = Authorization("basic", {"username": client.key, "password": client.secret}).to_header()
    form = {**attempt.parameters, **attempt.headers, "Authorization": key, "X-Experience-API-Version": "1.0.3"}
    if attempt.data:
        form |= {"content": attempt.data.decode(), "Content-Type": attempt.kind}
    return client.request(
        "POST",
        attempt.path,
        query_string={"method": attempt.method},
        data=urlencode(form),
        content_type="application/x-www-form-urlencoded",
        auth=None,
        version=None,
    )


def told(client: Lrs, response: TestResponse) -> tuple[int, str, str, str]:
    """The reply, but for what is different in every one."""
    text = response.data.decode("utf-8", "backslashreplace")
    kind = response.headers.get("Content-Type", "")
    for pattern, instead in (
        (r"\d{4}-\d\d-\d\dT[\d:.]+Z", "MOMENT"),
        (r"\b[0-9a-f]{48}\b", "BOUNDARY"),
        (r"cursor=[\w-]+", "CURSOR"),
        (re.escape(client.key), "KEY"),
    ):
        text, kind = re.sub(pattern, instead, text), re.sub(pattern, instead, kind)
    # A moment is as long as its digits, so the length tells of it; where there is a body, that is compared itself.
    names = ("ETag", "Allow", "Location") if response.data else ("ETag", "Content-Length", "Allow", "Location")
    headers = [response.headers.get(name, "") for name in names]
    return response.status_code, kind, " ".join(headers), text


def _told(client: Lrs, attempt: Attempt) -> tuple[int, str, str, str]:
    return told(client, tried(client, attempt, "1.0.3"))


def _cursor(client: Lrs) -> str:
    """Where the second page of all statements begins."""
    more = (client.get(limit="1").json or {})["more"]
    return parse_qs(urlsplit(more).query)["cursor"][0]


SYNTAXES = ("1.0.3", "2.0.0", "form")


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_another_organisation_is_answered_as_if_there_were_nobody_else(world: World, syntax: str) -> None:
    with world.transaction() as session:
        cimahi = people.add_organisation(session, slug="cimahi", name="Cimahi (contoh)", now=START)
    alone, beside = lrs(world, organisation_id=cimahi), lrs(world, organisation_id=world.bandung)
    expected = [told(alone, tried(alone, attempt, syntax)) for attempt in every_attempt()]
    sukabumi = fill(world)
    cursor = _cursor(sukabumi)
    before, rows = read_back(sukabumi), held(world)

    for attempt, answer in zip(every_attempt(cursor), expected, strict=True):
        response = tried(beside, attempt, syntax)

        assert told(beside, response) == answer, f"{attempt} tells that there is something"
        assert MARK not in f"{response.headers} {response.text}".lower(), f"{attempt} shows something"
    drain(world, organisation_id=world.bandung)
    assert held(world) == rows
    assert read_back(sukabumi) == before


def test_the_attempts_would_find_what_they_look_for(world: World) -> None:
    """Whoever may read it is answered otherwise than one who has nothing, so nothing above is asked past the point."""
    nobody, client = lrs(world, organisation_id=world.bandung), fill(world)
    rows = held(world)
    mappers = [one for one in Base.registry.mappers if one.class_.__module__.startswith("lms.xapi.")]
    cursor = _cursor(client)
    reading = [one for one in [*queried(cursor), *described(), *documents_read()] if one.method == "GET"]
    answers = [(str(one), _told(client, one), _told(nobody, one)) for one in reading]
    served = {name for name, mine, _ in answers if mine[0] == 200}

    assert {one.local_table.name for one in mappers if not rows[one.local_table.name]} == UNFILLED
    assert {name for name, mine, other in answers if mine != other} >= served
    assert len(served) > 40


# That nothing is left out


def test_every_address_and_method_is_tried(app: Flask) -> None:
    there = {
        (rule.rule, method)
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("xapi.") and rule.endpoint != "xapi.nothing"
        for method in (rule.methods or set()) - {"OPTIONS"}
    }
    done = {(attempt.path, attempt.method) for attempt in every_attempt()}

    assert there - done == {("/xapi/about", "GET"), ("/xapi/about", "HEAD")}


def strings() -> set[str]:
    """Every text of the room that might be the name of a parameter."""
    folder = Path(str(lms.xapi.__file__)).parent
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.py"))]
    constants = (node.value for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Constant))
    return {value for value in constants if isinstance(value, str) and re.fullmatch(r"[A-Za-z]\w{1,40}", value)}


def is_known(name: str, kind: rules.Kind | None) -> bool:
    """Whether GET has a parameter of this name: of statements, or of a kind of documents."""
    try:
        if kind is None:
            rules.parse_filters([(name, "")], version=rules.V2)
        else:
            rules.parse_place([(name, "")], kind=kind, version=rules.V2, needs_id=False, may_have_since=True)
    except rules.ParameterError as error:
        return "no such parameter" not in error.message
    return True


def tried_by(path: str) -> set[str]:
    return {name for attempt in every_attempt() if attempt.path == path for name in attempt.parameters}


@pytest.mark.parametrize("kind", [None, "state", "activity", "agent"])
def test_every_parameter_of_statements_and_documents_is_tried(kind: rules.Kind | None) -> None:
    known = {name for name in strings() if is_known(name, kind)}

    assert len(known) > 2
    assert tried_by("/xapi/statements" if kind is None else RESOURCES[kind]) == known


def test_every_parameter_of_descriptions_is_tried(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    client, known = lrs(world), set[str]()
    monkeypatch.setattr(protocol, "only", lambda *names: known.update(names))
    for path in ("/xapi/agents", "/xapi/activities"):
        known.clear()
        client.request("GET", path)

        assert tried_by(path) == known != set()


def test_there_are_no_other_ways_to_parameters() -> None:
    """Parameters are read in these files only; one more has to be looked at here."""
    folder = Path(str(lms.xapi.__file__)).parent
    reading = {path.name for path in folder.glob("*.py") if "request.args" in path.read_text(encoding="utf-8")}

    assert {name for name in reading if not name.endswith("_pages.py")} == {
        "document_views.py",
        "protocol.py",
        "replies.py",
        "views.py",
    }


# The pages of staff


@dataclass(frozen=True, kw_only=True)
class Ids:
    """What Bandung's staff may have got hold of."""

    credential: UUID
    refused: UUID
    participant: UUID
    agent: bytes
    home_page: bytes


def ids_of(world: World) -> Ids:
    with world.reading() as session:
        credential = queries.credentials(session, organisation_id=world.sukabumi)[0].id
        tables = Base.metadata.tables
        refused = session.scalars(select(tables["refused"].c.id)).one()
    agent = rules.parse_agent(json.dumps(AGENT))
    return Ids(
        credential=credential,
        refused=refused,
        participant=world.participant("Ani"),
        agent=agent.key,
        home_page=rules.home_page_key(HOME),
    )


def pages(ids: Ids) -> list[tuple[str, str, Mapping[str, str], int]]:
    """(rule's address, address, form of a POST, status) of every page: 404 by what is another organisation's."""
    credential, refused = f"/credentials/{ids.credential}", f"/credentials/refused/{ids.refused}"
    agents = f"/people/participants/{ids.participant}/agents"
    viewer = urlencode({"credential": str(ids.credential), "agent": ids.agent.hex(), "verb": VERB})
    one, other = "/credentials/<uuid:credential_id>", "/credentials/refused/<uuid:refused_id>"
    of_people = "/people/participants/<uuid:participant_id>/agents"
    repaired = {"statements": json.dumps(statement(id=OF_BANDUNG[0])), "statement_id": ""}
    rows: list[tuple[str, str, Mapping[str, str], int]] = [
        (f"GET {one}", credential, {}, 404),
        (f"POST {one}", credential, {"home_pages": "https://lain.example"}, 404),
        (f"POST {one}/revoke", f"{credential}/revoke", {}, 404),
        (f"GET {other}", refused, {}, 404),
        (f"POST {other}", refused, repaired, 404),
        (f"GET {other}/download", f"{refused}/download", {}, 404),
        (f"GET {other}/download", f"{refused}/download?json=1", {}, 404),
        (f"POST {other}/dismiss", f"{refused}/dismiss", {}, 404),
        (f"GET {of_people}", agents, {}, 404),
        (f"POST {of_people}", agents, {"agent": ids.agent.hex()}, 404),
        ("POST /waiting/home-pages", "/waiting/home-pages", {"home_page": ids.home_page.hex()}, 404),
        ("POST /waiting/match", "/waiting/match", _matching(ids), 422),
        ("POST /waiting/again", "/waiting/again", {"statement": PLAIN}, 303),
        ("GET /credentials", "/credentials", {}, 200),
        ("POST /credentials", "/credentials", {"label": ""}, 422),
        ("GET /credentials/refused", f"/credentials/refused?state=all&credential={ids.credential}", {}, 200),
        ("GET /waiting", "/waiting", {}, 200),
        ("GET /waiting/participants", "/waiting/participants?identifier-=Ani", {}, 200),
        ("GET /statements", f"/statements?{viewer}", {}, 200),
        ("GET /statements", "/statements?raw=1", {}, 200),
        ("GET /statements", f"/statements?who={ANI}", {}, 200),
        ("GET /statements/newer", f"/statements/newer?after={_beginning()}", {}, 204),
        ("GET /statements/download", "/statements/download", {}, 200),
    ]
    for identity in (PLAIN, REFERRING, VOIDED, VOIDS, ATTACHED):
        rows.append(("GET /statements/<uuid:statement_id>", f"/statements/{identity}", {}, 404))
        rows.append(("GET /statements/<uuid:statement_id>", f"/statements/{identity}?raw=1", {}, 404))
    return rows


def _matching(ids: Ids) -> dict[str, str]:
    return {"agent": ids.agent.hex(), f"identifier-{ids.agent.hex()}": ANI}


def _beginning() -> str:
    return rules.encode_cursor(rules.Cursor(stored=datetime(1970, 1, 1, tzinfo=UTC), id=UUID(int=0), ascending=True))


def test_staff_of_another_organisation_find_nothing_by_its_ids(world: World) -> None:
    sukabumi = fill(world)
    ids, before = ids_of(world), read_back(sukabumi)
    client = world.client("manager", organisation_id=world.bandung)
    client.get("/statements")
    rows = held(world)

    for rule, address, form, status in pages(ids):
        method = rule.partition(" ")[0]
        response = client.open(address, method=method, data=form if method == "POST" else None)

        assert response.status_code == status, f"{rule} is {response.status_code}"
        assert MARK not in f"{response.headers} {response.text}".lower(), rule
        assert "Ani Contoh" not in response.text, rule
    assert held(world) == rows
    assert read_back(sukabumi) == before


def test_every_page_is_tried(app: Flask) -> None:
    there = {
        f"{method} {rule.rule}"
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("records.")
        for method in (rule.methods or set()) - {"OPTIONS", "HEAD"}
    }
    nobody = Ids(credential=UUID(int=1), refused=UUID(int=2), participant=UUID(int=3), agent=b"a", home_page=b"h")

    assert {rule for rule, *_ in pages(nobody)} == there
