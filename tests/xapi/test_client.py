"""An independent client (tincan, which knows 1.0.x only) against a server on a real socket."""

import http.client
from base64 import b64encode
from urllib.parse import urlsplit
from uuid import UUID

import pytest
from tincan import (
    Activity,
    Agent,
    AgentAccount,
    RemoteLRS,
    Result,
    Score,
    Statement,
    StatementRef,
    Verb,
)

from lms.xapi import rules
from tests.world import World
from tests.xapi.lrs import ANI, HOME, MODULE, drain, module

COMPLETED = Verb(id=rules.COMPLETED, display={"en-US": "completed"})


@pytest.fixture
def client(server: str, world: World) -> RemoteLRS:
    key, secret = world.credential()
    return RemoteLRS(version="1.0.1", endpoint=f"{server}/xapi/", username=key, password=secret)


def ani(**names: str) -> Agent:
    return Agent(account=AgentAccount(name=ANI, home_page=HOME), **names)


def done(points: int, **members: object) -> Statement:
    return Statement(
        actor=ani(name="Ani Contoh"),
        verb=COMPLETED,
        object=Activity(id=MODULE),
        result=Result(score=Score(raw=points, min=0, max=100, scaled=points / 100), completion=True),
        timestamp="2026-03-10T09:00:00+07:00",
        **members,
    )


def test_what_it_sends_counts(client: RemoteLRS, world: World) -> None:
    _ = world.cohort
    assert client.save_statement(done(83)).success
    drain(world)

    assert module(world, "Ani").value == 83


def test_it_gets_a_statement_back_by_its_id(client: RemoteLRS) -> None:
    sent = done(83, id="9f1c2b7e-5d3a-4c1e-8f60-2f6f0f3f5a11")
    assert client.save_statement(sent).success
    found = client.retrieve_statement(sent.id)

    assert found.success
    assert (found.content.id, found.content.result.score.raw) == (UUID(str(sent.id)), 83)
    assert not client.retrieve_statement("3fdba88f-54ae-4a2f-956b-76143df1760e").success


def test_it_sends_a_batch_and_asks_page_after_page(client: RemoteLRS) -> None:
    saved = client.save_statements([done(points) for points in range(7)])
    assert saved.success
    ids = [one.id for one in saved.content]

    page = client.query_statements({"agent": ani(name="Ani + friends"), "verb": COMPLETED, "limit": 3}).content
    found = [one.id for one in page.statements]
    while page.more:
        page = client.more_statements(page).content
        found += [one.id for one in page.statements]
    assert found == ids[::-1]


def test_it_asks_by_activity_and_related_agents(client: RemoteLRS) -> None:
    client.save_statements([done(1), done(2)])
    query = {"activity": Activity(id=MODULE), "agent": ani(), "related_agents": "true", "ascending": "true"}

    assert [one.result.score.raw for one in client.query_statements(query).content.statements] == [1, 2]


def test_it_voids(client: RemoteLRS) -> None:
    sent = client.save_statement(done(83)).content
    void = Statement(
        actor=Agent(mbox="mailto:admin@sukabumi.example"),
        verb=Verb(id=rules.VOIDED),
        object=StatementRef(id=sent.id),
    )
    assert client.save_statement(void).success

    assert not client.retrieve_statement(sent.id).success
    assert client.retrieve_voided_statement(sent.id).content.id == sent.id


def test_a_conflict_is_no_success(client: RemoteLRS) -> None:
    statement_id = "9f1c2b7e-5d3a-4c1e-8f60-2f6f0f3f5a11"
    assert client.save_statement(done(83, id=statement_id)).success
    assert client.save_statement(done(83, id=statement_id)).success
    refused = client.save_statement(done(84, id=statement_id))

    assert not refused.success
    assert refused.response.status == 409


def test_without_the_secret_it_gets_nothing(client: RemoteLRS, server: str) -> None:
    stranger = RemoteLRS(version="1.0.1", endpoint=f"{server}/xapi/", username="1.x", password="y")

    assert stranger.save_statement(done(83)).response.status == 401


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/xapi/statements"), ("HEAD", "/xapi//statements"), ("GET", "/xapi/about")]
)
def test_a_reply_has_one_date(world: World, server: str, method: str, path: str) -> None:
    key, secret = world.credential()
    connection = http.client.HTTPConnection(urlsplit(server).netloc, timeout=20)
    basic = b64encode(f"{key}:{secret}".encode()).decode()
    connection.request(method, path, headers={"X-Experience-API-Version": "2.0.0", "Authorization": f"Basic {basic}"})
    response = connection.getresponse()
    names = [name.lower() for name, _ in response.getheaders()]
    connection.close()

    assert response.status == 200
    assert [names.count(name) for name in ("date", "x-experience-api-version", "content-type")] == [1, 1, 1]
