"""Storing statements: duplicates, conflicts, batches, voiding."""

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

import pytest

from lms.errors import Conflict
from lms.xapi import queries, rules, service
from lms.xapi.dialects import Claim
from tests.world import NOW, World
from tests.xapi.lrs import (
    ANI,
    BUDI,
    MODULE,
    Statement,
    counts,
    drain,
    evidence,
    lrs,
    score,
    statement,
    store_now,
    voiding,
)

AUTHORITY = {"objectType": "Agent", "account": {"homePage": "https://padu.example", "name": "tests"}}
ONE, TWO, THREE = (f"01890a5d-ac96-774b-bcce-b302099a805{number}" for number in (1, 2, 3))


def store(world: World, *statements: Statement, organisation_id: int | None = None) -> service.Stored:
    prepared = rules.prepare(json.dumps(statements).encode(), version=rules.V1, now=NOW, authority=AUTHORITY)
    organisation_id = organisation_id or world.sukabumi
    with world.transaction() as session:
        return service.store_one(session, organisation_id=organisation_id, prepared=prepared, credential_id=None)


def stored(world: World, *, organisation_id: int | None = None) -> set[str]:
    organisation_id = organisation_id or world.sukabumi
    with world.reading() as session:
        portions = queries.every_statement(session, organisation_id=organisation_id, at_once=2)
        return {str(one.id) for portion in portions for one in portion}


def is_voided(world: World, statement_id: str) -> bool:
    with world.reading() as session:
        (kept,) = queries.kept(session, organisation_id=world.sukabumi, statement_ids=[UUID(statement_id)])
    return kept.voided


def test_it_stores_a_batch_and_answers_the_ids_in_their_order(world: World) -> None:
    done = store(world, statement(id=TWO), statement(BUDI, id=ONE), statement(BUDI, rules.PASSED))

    assert [str(one) for one in done.ids[:2]] == [TWO, ONE]
    assert done.new == frozenset(done.ids)
    assert stored(world) == {str(one) for one in done.ids}


def test_an_equal_statement_sent_again_is_skipped(world: World) -> None:
    store(world, statement(id=ONE, result=score(80)))
    again = store(world, statement(id=ONE, result={"score": {"max": 100.0, "min": 0, "raw": 8e1}}), statement(id=TWO))

    assert again.new == {UUID(TWO)}
    assert stored(world) == {ONE, TWO}


def test_a_different_statement_with_the_same_id_is_a_conflict_and_nothing_is_stored(world: World) -> None:
    store(world, statement(id=ONE, result=score(80)))

    with pytest.raises(Conflict) as refused:
        store(world, statement(id=TWO), statement(id=ONE, result=score(81)), statement(id=THREE))

    assert refused.value.place == ONE
    assert stored(world) == {ONE}


def test_two_organisations_may_have_the_same_id(world: World) -> None:
    store(world, statement(id=ONE, result=score(80)))
    store(world, statement(id=ONE, result=score(70)), organisation_id=world.bandung)

    assert stored(world) == stored(world, organisation_id=world.bandung) == {ONE}


def test_voiding_in_one_organisation_leaves_the_other_alone(world: World) -> None:
    store(world, statement(id=ONE), organisation_id=world.sukabumi)
    store(world, statement(id=ONE), voiding(ONE, id=TWO), organisation_id=world.bandung)

    assert not is_voided(world, ONE)


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
@pytest.mark.parametrize("together", [True, False])
def test_a_voiding_statement_voids_whichever_comes_first(world: World, order: tuple[int, int], together: bool) -> None:
    both = [statement(id=ONE), voiding(ONE, id=TWO)]
    sent = [both[position] for position in order]
    for batch in [sent] if together else [[one] for one in sent]:
        store(world, *batch)

    assert is_voided(world, ONE)
    assert not is_voided(world, TWO)


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (2, 0, 1)])
def test_a_voiding_statement_cannot_be_voided(world: World, order: tuple[int, ...]) -> None:
    sent = [statement(id=ONE), voiding(ONE, id=TWO), voiding(TWO, id=THREE)]
    for position in order:
        store(world, sent[position])

    assert is_voided(world, ONE)
    assert not is_voided(world, TWO)


def test_what_is_voided_counts_no_more_whenever_the_voiding_comes(world: World) -> None:
    _ = world.cohort
    store(world, statement(ANI, id=ONE, result=score(90)), statement(BUDI, id=TWO, result=score(80)), voiding(ONE))
    drain(world)
    store(world, voiding(TWO))
    drain(world)

    assert [(one.score, one.voided) for one in evidence(world, "Ani")] == [(90, True)]
    assert [(one.score, one.voided) for one in evidence(world, "Budi")] == [(80, True)]


def test_a_name_with_a_nul_is_refused_since_no_database_keeps_it(world: World) -> None:
    response = lrs(world).post(statement("a\0b", id=ONE))

    assert response.status_code == 400
    assert "statement.actor.account.name" in response.text
    assert stored(world) == set()


def test_numbers_and_texts_come_back_as_they_were_sent(world: World) -> None:
    client = lrs(world)
    text = json.dumps(statement(id=ONE, result={"response": "\u0000 é"})).replace(
        '"response"', '"score": {"raw": 8.50E1, "max": 100.0}, "response"'
    )
    client.request("POST", data=text, content_type="application/json")

    raw = client.get(statementId=ONE).text
    assert '"raw":8.50E1' in raw
    assert '"max":100.0' in raw


@pytest.mark.parametrize("number", [1, 2, 1500])
def test_a_batch_may_be_large(world: World, number: int) -> None:
    done = store(world, *(statement(f"peserta-{one % 7}", iri=f"{MODULE}/{one % 11}") for one in range(number)))

    assert len(done.new) == number


def test_statements_without_ids_are_given_some_that_keep_their_order(world: World) -> None:
    client = lrs(world)
    ids = client.sent(*(statement(BUDI, verb=f"https://mooc.example/verbs/{one}") for one in range(12)))

    assert ids == sorted(ids)
    assert client.found(ascending="true") == ids


def test_an_empty_batch_is_nothing(world: World) -> None:
    response = lrs(world).request("POST", data="[]", content_type="application/json")

    assert (response.status_code, response.json) == (200, [])


def test_a_statement_about_something_unknown_is_kept_too(world: World) -> None:
    target = str(uuid4())
    store(world, voiding(target, id=ONE))

    assert stored(world) == {ONE}
    assert not is_voided(world, ONE)


@pytest.mark.parametrize("kind", ["account", "mbox"])
def test_an_agent_may_have_a_name_longer_than_an_index_holds(world: World, kind: str) -> None:
    """Random letters, since a database may press others small enough."""
    letters = "".join(sha256(bytes([number])).hexdigest() for number in range(94))
    actor = {"mbox": f"mailto:{letters}@sukabumi.example"} if kind == "mbox" else statement(letters)["actor"]
    response = lrs(world).post(statement(id=ONE) | {"actor": actor})

    assert (response.status_code, response.json) == (200, [ONE])


def test_a_request_counts_all_that_it_brings_and_leaves_the_rest_of_the_inbox(world: World) -> None:
    """As it is done on SQLite, in parts; on either database it comes to the same."""
    _ = world.cohort
    store(world, statement(BUDI, id=ONE))
    sent = [statement(ANI, result=score(number % 101)) for number in range(1200)]
    prepared = rules.prepare(json.dumps(sent).encode(), version=rules.V1, now=NOW, authority=AUTHORITY)
    with world.transaction() as session:
        store_now(session, world, prepared)

    assert len(evidence(world, "Ani")) == 1200
    assert evidence(world, "Budi") == []
    assert counts(world).queued == 1


def test_a_request_ends_though_a_statement_of_it_cannot_be_counted(world: World) -> None:
    def fail(read: Mapping[str, Any]) -> tuple[Claim, ...] | None:
        if read["id"] == TWO:
            raise ValueError
        return None

    _ = world.cohort
    sent = [statement(ANI, id=ONE), statement(ANI, id=TWO)]
    prepared = rules.prepare(json.dumps(sent).encode(), version=rules.V1, now=NOW, authority=AUTHORITY)
    with world.transaction() as session:
        store_now(session, world, prepared, dialects=[fail])

    assert len(evidence(world, "Ani")) == 1
    assert counts(world).queued == 1
