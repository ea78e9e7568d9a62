"""What statements tell of activities: how it is merged, how often it is written, and who is faster."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from lms.db import db, retrying
from lms.xapi import definitions, queries, rules, storing
from lms.xapi.descriptions import MOST
from tests.world import NOW, World
from tests.xapi.lrs import MODULE, SECOND, Lrs, lrs, statement
from tests.xapi.test_budget import counted

Definition = dict[str, Any]


def told(definition: Definition, iri: str = MODULE) -> rules.Described:
    return rules.Described(iri=iri, definition=rules.write(definition))


def described(definition: Definition, iri: str = MODULE) -> dict[str, Any]:
    return statement(object={"id": iri, "definition": definition})


def known(client: Lrs, iri: str = MODULE) -> Any:
    activity = client.request("GET", "/xapi/activities", query_string={"activityId": iri}).json
    return (activity or {}).get("definition")


def name(text: str, language: str = "id") -> Definition:
    return {"name": {language: text}}


MERGED: dict[str, tuple[Definition, Definition, Definition]] = {
    "the first": ({}, name("Satu"), name("Satu")),
    "a language more": (name("Satu"), name("One", "en"), {"name": {"id": "Satu", "en": "One"}}),
    "a newer text": (name("Satu"), name("1"), name("1")),
    "another member": ({"type": "https://a.example/a"}, name("Satu"), {"type": "https://a.example/a"} | name("Satu")),
    "extensions, whole by key": (
        {"extensions": {"https://a.example/a": {"b": 1}, "https://a.example/c": 1}},
        {"extensions": {"https://a.example/a": {"d": 2}}},
        {"extensions": {"https://a.example/a": {"d": 2}, "https://a.example/c": 1}},
    ),
    "choices of an interaction that stays": (
        {"interactionType": "choice", "choices": [{"id": "a"}]},
        {"interactionType": "choice", "correctResponsesPattern": ["a"]},
        {"interactionType": "choice", "choices": [{"id": "a"}], "correctResponsesPattern": ["a"]},
    ),
    "choices of an interaction that was another": (
        {"interactionType": "choice", "choices": [{"id": "a"}], "correctResponsesPattern": ["a"]} | name("Soal"),
        {"interactionType": "true-false", "correctResponsesPattern": ["true"]},
        {"interactionType": "true-false", "correctResponsesPattern": ["true"]} | name("Soal"),
    ),
    "no word of the interaction": (
        {"interactionType": "choice", "choices": [{"id": "a"}]},
        name("Soal"),
        {"interactionType": "choice", "choices": [{"id": "a"}]} | name("Soal"),
    ),
}


@pytest.mark.parametrize(("there", "sent", "after"), MERGED.values(), ids=MERGED)
def test_newer_members_replace_older_ones(there: Definition, sent: Definition, after: Definition) -> None:
    assert rules.merged_definition(there, sent) == after


maps = st.dictionaries(st.sampled_from(["id", "en", "su"]), st.text(max_size=3), min_size=1)
some = st.fixed_dictionaries({}, optional={"name": maps, "description": maps, "type": st.just("https://a.example/a")})


@given(some, some)
def test_what_was_told_is_in_it_and_telling_it_again_changes_nothing(there: Definition, sent: Definition) -> None:
    after = rules.merged_definition(there, sent)

    assert rules.merged_definition(after, sent) == after
    for member in ("name", "description"):
        assert after.get(member, {}) == there.get(member, {}) | sent.get(member, {})


def extension(number: int, *, size: int = 1000) -> Definition:
    return {"extensions": {f"https://a.example/{number}": "a" * size}}


def test_extensions_of_ever_other_names_make_it_grow_up_to_a_bound() -> None:
    known: Definition = name("Satu")
    for number in range(200):
        known = rules.merged_definition(known, extension(number))

    assert MOST - 2000 < len(rules.write(known).encode()) <= MOST
    assert list(known["extensions"]) == [f"https://a.example/{number}" for number in range(len(known["extensions"]))]
    assert rules.merged_definition(known, name("Dua"))["name"] == {"id": "Dua"}
    assert rules.merged_definition(known, extension(0, size=10))["extensions"]["https://a.example/0"] == "a" * 10


def test_one_that_is_too_large_is_in_its_statement_and_nowhere_else(world: World) -> None:
    client = lrs(world)
    (sent,) = client.sent(described(extension(1, size=MOST)))
    assert known(client) is None
    assert "definition" in client.get(statementId=sent).json["object"]

    client.sent(described(name("Satu")), described(extension(2, size=MOST)), described(name("One", "en")))
    assert known(client) == {"name": {"id": "Satu", "en": "One"}}


def test_numbers_keep_their_digits(world: World) -> None:
    client = lrs(world)
    body = b"""{"actor":{"mbox":"mailto:a@a.example"},"verb":{"id":"https://a.example/v"},"object":{"id":"https://a.example/a",
        "definition":{"extensions":{"https://a.example/jp":1.10}}}}"""
    client.request("POST", data=body, content_type="application/json")
    found = client.request("GET", "/xapi/activities", query_string={"activityId": "https://a.example/a"})

    assert b'"https://a.example/jp":1.10' in found.data


def test_of_different_ones_in_turn_the_last_stays(world: World) -> None:
    client = lrs(world)
    for text in ("Satu", "Dua", "Satu", "Dua", "Satu"):
        client.sent(described(name(text)))
        assert known(client) == name(text)
    client.sent(described(name("Dua")), described(name("Satu")), described(name("Dua")))
    assert known(client) == name("Dua")


def test_what_another_process_was_told_meanwhile_does_not_stay_for_ever(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = lrs(world)
    client.sent(described(name("Satu")))
    with world.transaction() as session:
        definitions.note(session, organisation_id=world.sukabumi, told=[told(name("Dua"))], now=NOW)
    monkeypatch.setattr(storing, "REMEMBERED", timedelta(0))
    client.sent(described(name("Satu")))

    assert known(client) == name("Satu")


def test_what_is_known_already_takes_no_query(world: World) -> None:
    client = lrs(world)
    client.sent(described(name("Satu")), described(name("Dua"), SECOND))
    with counted(world) as plain:
        client.post(statement(), statement(iri=SECOND))
    with counted(world) as again:
        client.post(described(name("Satu")), described(name("Dua"), SECOND))

    assert len(again) == len(plain), "\n".join(again)


def test_new_ones_take_as_many_queries_for_many(world: World) -> None:
    client = lrs(world)
    client.sent(statement())
    taken = []
    for size in (1, 150):
        texts = [described(name(f"Modul {size}"), f"{MODULE}/{size}/{number}") for number in range(size)]
        with counted(world) as sent:
            client.post(*texts)
        taken.append([text for text in sent if "activity" in text])

    assert taken[0], "the definitions were not written"
    assert len(taken[0]) == len(taken[1]), "\n".join(["", *taken[0], "", *taken[1]])


def test_more_activities_than_a_query_can_name(world: World) -> None:
    client = lrs(world)
    around = [{"id": f"{MODULE}/{number}", "definition": name(str(number))} for number in range(3000)]
    response = client.post(statement(context={"contextActivities": {"other": around}}))

    assert response.status_code == 200, response.text
    assert known(client, f"{MODULE}/2999") == name("2999")


@pytest.mark.parametrize("described_before", [True, False])
def test_of_several_that_describe_it_at_once_none_is_lost(app: Flask, world: World, described_before: bool) -> None:
    tenant = world.sukabumi
    if described_before:
        with world.transaction() as session:
            definitions.note(session, organisation_id=tenant, told=[told(name("Satu", "su"))], now=NOW)
    languages = ("id", "en", "ms", "jv")
    gate = threading.Barrier(len(languages))

    def tell(language: str) -> Callable[[], None]:
        def work() -> None:
            with app.app_context():
                gate.wait(20)
                mine = [told(name("Satu", language)), told(name("Dua", language), SECOND)]
                retrying(lambda session: definitions.note(session, organisation_id=tenant, told=mine, now=NOW))
                db.session.remove()

        return work

    threads = [threading.Thread(target=tell(language)) for language in languages]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    key = rules.activity_key(MODULE)
    with world.reading() as session:
        found = queries.definitions(session, organisation_id=tenant, keys=[key])[key]

    assert set(found["name"]) == {*languages, *(["su"] if described_before else [])}
