"""From statements to evidence: who, which module, what counts, what waits, and what is parked."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.exc import DataError

from lms.db import Again
from lms.people.rules import mbox_sha1
from lms.xapi import queries, rules, service
from lms.xapi.dialects import Claim, Dialect
from lms.xapi.projection import TRIES
from tests.world import NOW, World
from tests.xapi.lrs import ANI, BUDI, HOME, MODULE, SECOND, counts, drain, evidence, lrs, module, score, statement

CHOICE = {"id": f"{MODULE}/soal/1", "definition": {"type": "http://adlnet.gov/expapi/activities/cmi.interaction"}}


def project(world: World, *dialects: Dialect, limit: int = 500) -> int:
    with world.transaction() as session:
        return service.project(session, organisation_id=world.sukabumi, dialects=dialects, now=NOW, limit=limit)


def queue(world: World, statement_ids: Sequence[str]) -> None:
    """Put them into the inbox again: on SQLite they are projected as soon as they come in."""
    with world.transaction() as session:
        ids = [UUID(one) for one in statement_ids]
        service.requeue(session, organisation_id=world.sukabumi, statement_ids=ids)


def parked(world: World) -> list[queries.Parked]:
    with world.reading() as session:
        return queries.parked(session, organisation_id=world.sukabumi, limit=10)


def waiting_modules(world: World) -> list[str]:
    with world.reading() as session:
        return [one.iri for one in queries.waiting_modules(session, organisation_id=world.sukabumi, limit=10)]


def failing(*verbs: str, error: Exception | None = None) -> Dialect:
    """A dialect that breaks down on these verbs."""

    def dialect(found: Mapping[str, Any]) -> tuple[Claim, ...] | None:
        if found["verb"]["id"] in verbs:
            raise error or KeyError("no such thing")
        return None

    return dialect


def test_it_makes_evidence_of_what_is_claimed_about_a_module(world: World) -> None:
    _ = world.cohort
    lrs(world).sent(statement(ANI, rules.PASSED, result=score(85)))

    (piece,) = evidence(world, "Ani")
    assert (piece.kind, piece.unit, piece.source) == ("module", MODULE, "xapi")
    assert (piece.completed, piece.passed, piece.score) == (True, True, Decimal(85))
    assert piece.occurred_at is not None
    assert piece.occurred_at.isoformat() == "2026-03-10T02:00:00+00:00"
    assert module(world, "Ani").value == 85
    assert counts(world) == queries.Counts(persons=0, modules=0, parked=0, queued=0)


def test_it_counts_for_that_person_alone(world: World) -> None:
    _ = world.cohort
    lrs(world).sent(statement(ANI, result=score(85)), statement(BUDI, iri=SECOND, result=score(60)))

    assert [piece.unit for piece in evidence(world, "Ani")] == [MODULE]
    assert [piece.unit for piece in evidence(world, "Budi")] == [SECOND]
    assert evidence(world, "Citra") == []


@pytest.mark.parametrize(
    "actor",
    [
        {"account": {"homePage": "https://other.example", "name": ANI}},
        {"mbox": "mailto:Ani@Sukabumi.example"},
        {"mbox_sha1sum": "b0bd6dd5c2a4d5aa94d2f0f0fb0d5b0e0e0e0e0e"},
    ],
)
def test_it_knows_a_person_by_account_and_by_mail(world: World, actor: dict[str, Any]) -> None:
    _ = world.cohort
    if "mbox_sha1sum" in actor:
        actor = {"mbox_sha1sum": mbox_sha1("ani@sukabumi.example").upper()}
    lrs(world).sent(statement() | {"actor": actor})

    assert [piece.completed for piece in evidence(world, "Ani")] == [True]


def test_a_statement_of_an_unknown_person_waits_whatever_it_says(world: World) -> None:
    _ = world.cohort
    lrs(world).sent(statement("peserta-lain"), statement("peserta-lain", "https://mooc.example/verbs/viewed"))

    assert counts(world).persons == 2
    with world.reading() as session:
        (person,) = queries.waiting_persons(session, organisation_id=world.sukabumi, limit=10)
    assert (person.kind, person.value, person.home_page, person.statements) == ("account", "peserta-lain", HOME, 2)


def test_a_statement_about_an_unknown_module_waits(world: World) -> None:
    _ = world.cohort
    lrs(world).sent(statement(iri="https://mooc.example/modul/99"))

    assert counts(world).modules == 1
    assert waiting_modules(world) == ["https://mooc.example/modul/99"]
    assert evidence(world, "Ani") == []


@pytest.mark.parametrize(
    "members",
    [
        {"object": CHOICE},
        {"object": {"id": f"{MODULE}/bab/1"}, "context": {"contextActivities": {"parent": [{"id": MODULE}]}}},
        {"object": {"id": f"{MODULE}/bab/1"}, "context": {"contextActivities": {"grouping": {"id": MODULE}}}},
        {"verb": {"id": "https://mooc.example/verbs/viewed"}, "result": {"response": "x"}},
        {"object": {"objectType": "Agent", "mbox": "mailto:budi@sukabumi.example"}},
    ],
    ids=["interaction", "child", "grouped", "says nothing", "a person"],
)
def test_what_cannot_be_a_module_does_not_wait_for_one(world: World, members: dict[str, Any]) -> None:
    _ = world.cohort
    lrs(world).sent(statement(result={"completion": True}) | members)

    assert counts(world).modules == 0
    assert evidence(world, "Ani") == []


def test_a_statement_of_a_group_counts_for_nobody_and_waits_for_nobody(world: World) -> None:
    _ = world.cohort
    group = {
        "objectType": "Group",
        "mbox": "mailto:kelompok@sukabumi.example",
        "member": [{"mbox": "mailto:ani@sukabumi.example"}],
    }
    lrs(world).sent(
        statement() | {"actor": group}, statement() | {"actor": {k: group[k] for k in ("objectType", "member")}}
    )

    assert evidence(world, "Ani") == []
    assert counts(world) == queries.Counts(persons=0, modules=0, parked=0, queued=0)


def test_it_takes_the_oldest_first_and_no_more_than_asked_for(world: World) -> None:
    ids = lrs(world).sent(*(statement(f"peserta-{one}") for one in range(5)))
    queue(world, ids)

    assert [project(world, limit=2) for _ in range(4)] == [2, 2, 1, 0]


def test_projecting_again_changes_nothing(world: World) -> None:
    _ = world.cohort
    ids = lrs(world).sent(statement(result=score(70)), statement(BUDI), statement("peserta-lain"))
    before = [evidence(world, name) for name in ("Ani", "Budi")], counts(world)
    queue(world, [*ids, *ids])
    drain(world)

    assert ([evidence(world, name) for name in ("Ani", "Budi")], counts(world)) == before


def test_a_dialect_that_fails_three_times_parks_the_statement_and_the_rest_goes_on(world: World) -> None:
    _ = world.cohort
    strange = "https://mooc.example/verbs/strange"
    bad, good = lrs(world).sent(statement(ANI, strange), statement(BUDI, result=score(75)))
    queue(world, [bad, good])

    assert project(world, failing(strange)) == 2
    assert [piece.score for piece in evidence(world, "Budi")] == [75]
    for _ in range(TRIES - 1):
        assert (counts(world).queued, counts(world).parked) == (1, 0)
        assert project(world, failing(strange)) == 1

    assert project(world, failing(strange)) == 0
    assert (counts(world).queued, counts(world).parked) == (0, 1)
    assert [(str(one.statement_id), one.error) for one in parked(world)] == [(bad, "KeyError: 'no such thing'")]


def test_draining_ends_even_if_a_statement_fails(world: World) -> None:
    _ = world.cohort
    strange = "https://mooc.example/verbs/strange"
    ids = lrs(world).sent(statement(ANI, strange), *(statement(f"peserta-{one}") for one in range(3)))
    queue(world, ids)
    with world.transaction() as session:
        service.drain(session, organisation_id=world.sukabumi, dialects=[failing(strange)], now=NOW)

    assert (counts(world).queued, counts(world).parked) == (0, 1)


def test_what_the_database_cannot_take_parks_only_that_statement(world: World) -> None:
    """A plugin may claim something that no column holds; the rest must not wait for it for ever."""
    _ = world.cohort
    strange = "https://mooc.example/verbs/strange"
    bad, good = lrs(world).sent(statement(ANI, strange), statement(BUDI, result=score(75)))
    queue(world, [bad, good])
    refused = failing(strange, error=DataError("INSERT", {}, ValueError("out of range")))
    with world.transaction() as session:
        service.drain(session, organisation_id=world.sukabumi, dialects=[refused], now=NOW)

    assert [str(one.statement_id) for one in parked(world)] == [bad]
    assert [piece.score for piece in evidence(world, "Budi")] == [75]


def test_a_parked_statement_that_is_tried_again_counts(world: World) -> None:
    _ = world.cohort
    (bad,) = lrs(world).sent(statement(ANI, rules.PASSED))
    queue(world, [bad])
    while project(world, failing(rules.PASSED)):
        pass
    assert len(parked(world)) == 1

    queue(world, [bad])
    drain(world)

    assert parked(world) == []
    assert [piece.passed for piece in evidence(world, "Ani")] == [True]


def test_a_dialect_of_a_plugin_is_asked_before_the_core(world: World) -> None:
    _ = world.cohort

    def generous(found: Mapping[str, Any]) -> tuple[Claim, ...] | None:
        is_mine = found["object"]["id"].startswith("https://lain.example/")
        return (Claim(iri=MODULE, score=Decimal(99)), Claim(iri=SECOND, completed=True)) if is_mine else None

    ids = lrs(world).sent(statement(ANI, iri="https://lain.example/kursus"), statement(BUDI, result=score(50)))
    queue(world, ids)
    project(world, generous)

    assert [(piece.unit, piece.score) for piece in evidence(world, "Ani")] == [(MODULE, 99), (SECOND, None)]
    assert [(piece.unit, piece.score) for piece in evidence(world, "Budi")] == [(MODULE, 50)]


def test_a_claim_that_a_dialect_no_longer_makes_is_withdrawn(world: World) -> None:
    _ = world.cohort
    ids = lrs(world).sent(statement(ANI, result=score(50)))
    queue(world, ids)
    project(world, lambda found: ())

    assert evidence(world, "Ani") == []


def test_many_addresses_in_one_statement_are_no_trouble(world: World) -> None:
    _ = world.cohort
    around = [{"id": f"https://mooc.example/kelas/{one}"} for one in range(2000)]
    client = lrs(world)
    client.sent(
        *(
            statement(ANI, iri=f"https://mooc.example/bagian/{one}", context={"contextActivities": {"other": around}})
            for one in range(2)
        ),
        *(
            statement(
                BUDI,
                iri=f"https://mooc.example/bagian/{one}",
                context={
                    "contextActivities": {
                        "grouping": [{"id": f"https://mooc.example/kelas/{one}/{other}"} for other in range(2000)]
                    }
                },
            )
            for one in range(20)
        ),
    )

    assert counts(world).modules == 22


def test_it_replays_the_evidence_that_is_recorded(world: World) -> None:
    _ = world.cohort
    lrs(world).sent(statement(ANI, result=score(50)), statement(BUDI), statement("peserta-lain"))
    with world.reading() as session:
        dialects = world.app.extensions["dialects"]
        replayed = list(service.replay(session, organisation_id=world.sukabumi, dialects=dialects))

    assert [one.evidence for one in replayed if one.participant_id == world.participant("Ani")] == evidence(
        world, "Ani"
    )
    assert len(replayed) == 2


def test_nothing_of_another_organisation_counts(world: World) -> None:
    _ = world.cohort
    lrs(world, organisation_id=world.bandung).post(statement(ANI, result=score(50)))
    drain(world, organisation_id=world.bandung)
    drain(world)

    assert evidence(world, "Ani") == []
    assert counts(world).persons == 0
    assert counts(world, organisation_id=world.bandung).persons == 1


def test_what_has_to_be_done_again_is_no_failure_of_the_statement(world: World) -> None:
    queue(world, lrs(world).sent(statement(ANI)))

    for _ in range(3):
        with pytest.raises(Again):
            project(world, failing(rules.COMPLETED, error=Again("somebody was faster")))
    assert (counts(world).queued, counts(world).parked) == (1, 0)
