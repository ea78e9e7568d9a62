"""What is kept of a statement: payload, links, keys, fingerprint, claim."""

import json
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from lms.xapi import rules
from lms.xapi.rules import V1, V2
from tests.xapi.examples import (
    AUTHORITY,
    CONTEXT_AGENTS,
    FULL,
    ID,
    MODULE,
    NOW,
    OTHER_ID,
    PLAIN,
    STAMP,
    SUB_STATEMENT,
    VOIDING,
    Change,
    changed,
    drop,
    prepared,
    put,
)

GROUP = {
    "objectType": "Group",
    "member": [{"mbox": "mailto:ani@sukabumi.example"}, {"mbox": "mailto:budi@sukabumi.example"}],
}


def test_the_store_sets_what_is_its_own() -> None:
    kept = json.loads(prepared(PLAIN).payload(STAMP))

    assert {name: kept[name] for name in PLAIN} == PLAIN
    assert kept["stored"] == kept["timestamp"] == "2026-03-02T02:30:00.123456Z"
    assert kept["authority"] == AUTHORITY
    assert kept["version"] == "1.0.0"
    assert kept.keys() == {*PLAIN, "id", "stored", "timestamp", "authority", "version"}


def test_the_store_overwrites_stored_and_authority_and_keeps_the_rest() -> None:
    own = {"id": ID, "timestamp": "2026-03-02T09:30:00+07:00", "version": "1.0.3"}
    sent = {**PLAIN, **own, "stored": "2020-01-01T00:00:00Z", "authority": {"mbox": "mailto:a@example.com"}}

    kept = json.loads(prepared(sent).payload(STAMP))

    assert {name: kept[name] for name in own} == own
    assert (kept["stored"], kept["authority"]) == ("2026-03-02T02:30:00.123456Z", AUTHORITY)


def test_a_statement_gets_the_version_under_which_it_is_sent() -> None:
    assert json.loads(prepared(PLAIN, version=V2).payload(STAMP))["version"] == "2.0.0"
    older = prepared(changed(PLAIN, put("version", "1.0.0")), version=V2)
    assert json.loads(older.payload(STAMP))["version"] == "1.0.0"


def test_numbers_and_the_order_of_members_are_kept_as_sent() -> None:
    sent = (
        '{"object": {"id": "https://x.example/1"}, "result": {"score": {"raw": 80.0, "max": 1e2, "scaled": 0.80}},'
        ' "verb": {"id": "https://x.example/v"}, "actor": {"openid": "https://x.example/o"}}'
    )

    payload = prepared(sent).payload(STAMP)

    assert payload.startswith(
        '{"object":{"id":"https://x.example/1"},"result":{"score":{"raw":80.0,"max":1e2,"scaled":0.80}}'
    )


def test_single_context_activities_come_back_in_an_array() -> None:
    kept = json.loads(prepared(SUB_STATEMENT).payload(STAMP))
    full = json.loads(prepared(FULL).payload(STAMP))

    assert kept["object"]["context"]["contextActivities"] == {"parent": [{"id": "https://mooc.example/courses/1"}]}
    assert full["context"]["contextActivities"]["grouping"] == [{"id": "https://mooc.example/programmes/1"}]


@pytest.mark.parametrize(
    ("version", "timestamp", "duration"),
    [(V1, "2026-03-02T09:30:00.5+07:00", "PT0.129S"), (V2, "2026-03-02T02:30:00.500Z", "PT0.12S")],
)
def test_2_0_turns_moments_to_utc_and_cuts_durations(version: str, timestamp: str, duration: str) -> None:
    inside = [put("object.timestamp", FULL["timestamp"]), put("object.result", {"duration": "PT0.129S"})]
    full = json.loads(prepared(changed(FULL, put("result.duration", "PT0.129S")), version=version).payload(STAMP))
    sub = json.loads(prepared(changed(SUB_STATEMENT, *inside), version=version).payload(STAMP))["object"]

    assert (full["timestamp"], full["result"]["duration"]) == (timestamp, duration)
    assert (sub["timestamp"], sub["result"]["duration"]) == (timestamp, duration)


def test_a_moment_that_is_in_utc_keeps_its_digits_under_2_0() -> None:
    sent = changed(PLAIN, put("timestamp", "2026-03-02T02:30:00.123456789Z"))

    assert json.loads(prepared(sent, version=V2).payload(STAMP))["timestamp"] == "2026-03-02T02:30:00.123456789Z"


def test_it_tells_what_a_statement_is_about() -> None:
    full, voiding, sub = prepared(FULL), prepared(VOIDING), prepared(SUB_STATEMENT)

    assert (full.id, full.verb, full.registration) == (UUID(ID), rules.PASSED, UUID(OTHER_ID))
    assert full.actor == rules.AgentRef(kind="account", value="1987", home_page="https://mooc.example", name="Sari")
    assert (full.voids, full.refers_to) == (None, None)
    assert voiding.voids == voiding.refers_to == UUID(OTHER_ID)
    assert (sub.refers_to, sub.registration) == (None, None)
    assert prepared(changed(PLAIN, put("actor", GROUP))).actor is None


def test_a_reference_by_another_verb_voids_nothing() -> None:
    one = prepared(changed(VOIDING, put("verb.id", "https://x.example/confirmed")))

    assert (one.voids, one.refers_to) == (None, UUID(OTHER_ID))


def test_without_a_timestamp_the_moment_is_the_one_it_was_stored() -> None:
    one = prepared(PLAIN)

    assert rules.moment(rules.load(one.payload(STAMP))["timestamp"]) == NOW


def agents(statement: rules.Prepared) -> dict[str, str]:
    return {link.ref.value.removeprefix("mailto:").partition("@")[0]: link.role for link in statement.agents}


def test_agents_are_linked_in_their_roles() -> None:
    assert agents(prepared(FULL)) == {
        "1987": "actor",
        "moodle": "related",
        "budi": "related",
        "ani": "related",
        "tono": "related",
    }


def test_members_of_the_actor_match_as_it_does() -> None:
    assert agents(prepared(changed(PLAIN, put("actor", GROUP)))) == {
        "ani": "actor",
        "budi": "actor",
        "moodle": "related",
    }


def test_an_agent_is_linked_once_in_the_first_of_its_roles() -> None:
    sari = PLAIN["actor"]
    sent = changed(
        PLAIN, put("object", {**sari, "objectType": "Agent", "name": "Other"}), put("context.instructor", sari)
    )

    assert agents(prepared(sent)) == {"sari": "actor", "moodle": "related"}


def test_an_object_that_is_a_group_is_linked_with_its_members() -> None:
    sent = changed(PLAIN, put("object", {**GROUP, "mbox": "mailto:group@sukabumi.example"}))

    assert agents(prepared(sent)) == {
        "sari": "actor",
        "group": "object",
        "ani": "object",
        "budi": "object",
        "moodle": "related",
    }


def test_agents_of_a_sub_statement_are_related() -> None:
    sent = changed(
        SUB_STATEMENT,
        put("object.object", {"objectType": "Agent", "mbox": "mailto:rudi@sukabumi.example"}),
        put("object.context.instructor", {"mbox": "mailto:ani@sukabumi.example"}),
        put("object.context.contextAgents", CONTEXT_AGENTS),
    )

    assert agents(prepared(sent, version=V2)) == {
        "budi": "actor",
        "sari": "related",
        "rudi": "related",
        "ani": "related",
        "rina": "related",
        "moodle": "related",
    }


def test_both_members_of_an_authority_are_related() -> None:
    raw = json.dumps(PLAIN).encode()

    (one,) = rules.prepare(raw, version=V1, now=NOW, authority=GROUP)

    assert agents(one) == {"sari": "actor", "ani": "related", "budi": "related"}
    assert json.loads(one.payload(STAMP))["authority"] == GROUP


def test_activities_are_linked_in_their_roles() -> None:
    full = {link.iri.removeprefix("https://mooc.example/"): link.role for link in prepared(FULL).activities}
    sub = {link.iri.removeprefix("https://mooc.example/"): link.role for link in prepared(SUB_STATEMENT).activities}

    assert full == {
        "modules/1": "object",
        "courses/1": "related",
        "programmes/1": "related",
        "others/1": "related",
    }
    assert sub == {"modules/1": "related", "courses/1": "related"}


def test_an_activity_that_is_object_and_context_is_the_object() -> None:
    one = prepared(
        changed(PLAIN, put("context.contextActivities", {"parent": {"id": MODULE}, "other": {"id": MODULE}}))
    )

    assert [(link.iri, link.role) for link in one.activities] == [(MODULE, "object")]


def test_keys_differ_by_type_and_by_where_one_part_ends() -> None:
    iri = "https://x.example/1"
    keys = {
        rules.activity_key(iri),
        rules.verb_key(iri),
        rules.agent_key(rules.AgentRef(kind="openid", value=iri)),
        rules.agent_key(rules.AgentRef(kind="mbox", value=iri)),
        rules.agent_key(rules.AgentRef(kind="account", value="ab", home_page="c")),
        rules.agent_key(rules.AgentRef(kind="account", value="a", home_page="bc")),
        rules.activity_key(iri * 100),
    }

    assert len(keys) == 7
    assert {len(key) for key in keys} == {16}


def test_a_name_for_display_does_not_change_the_key_and_letter_case_does() -> None:
    ref = rules.AgentRef(kind="mbox", value="mailto:a@example.com", name="A")

    assert ref.key == rules.AgentRef(kind="mbox", value="mailto:a@example.com").key
    assert ref.key != rules.AgentRef(kind="mbox", value="mailto:A@example.com").key


SAME: list[tuple[str, list[Change]]] = [
    ("keys in another order", [put("result", dict(reversed(FULL["result"].items())))]),
    ("another id", [put("id", OTHER_ID)]),
    ("an upper case registration", [put("context.registration", OTHER_ID.upper())]),
    ("an upper case reference", [put("context.statement.id", OTHER_ID.upper())]),
    ("a stored", [put("stored", "2020-01-01T00:00:00Z")]),
    ("an authority", [put("authority", {"mbox": "mailto:a@example.com"})]),
    ("a version", [put("version", "1.0.1")]),
    ("no timestamp", [drop("timestamp")]),
    ("the timestamp at another offset", [put("timestamp", "2026-03-02T02:30:00.500000Z")]),
    ("another display of the verb", [put("verb.display", {"fr": "réussi"})]),
    ("no display of the verb", [drop("verb.display")]),
    ("another definition", [put("object.definition", {"name": {"en": "Renamed"}})]),
    ("no definition", [drop("object.definition")]),
    ("another definition in context", [put("context.contextActivities.parent.0.definition.name", {"en": "Renamed"})]),
    ("a context activity in an array", [
        put("context.contextActivities.grouping", [{"id": "https://mooc.example/programmes/1"}])]),
    ("members in another order", [
        put("context.team.member", FULL["context"]["team"]["member"][::-1])]),
    ("other forms of numbers", [put("result.score", {"scaled": 0.80, "raw": 80.0, "min": 0.0, "max": 1e2})]),
    ("another form of the duration", [put("result.duration", "PT01H30M0.001S")]),
]  # fmt: skip

DIFFERENT: list[tuple[str, list[Change]]] = [
    ("another actor", [put("actor.account.name", "1988")]),
    ("another name of the actor", [put("actor.name", "Sari W.")]),
    ("another verb", [put("verb.id", rules.COMPLETED)]),
    ("another object", [put("object.id", "https://mooc.example/modules/2")]),
    ("another raw", [put("result.score.raw", 80.0000001)]),
    ("success taken away", [drop("result.success")]),
    ("another duration", [put("result.duration", "PT90M")]),
    ("another extension", [put("result.extensions", {"https://mooc.example/ext": 0})]),
    ("another timestamp", [put("timestamp", "2026-03-02T09:30:01+07:00")]),
    ("no context", [drop("context")]),
    ("another order of context activities", [put("context.contextActivities.other", [{"id": "https://a.example"}])]),
    ("no attachments", [drop("attachments")]),
]  # fmt: skip


@pytest.mark.parametrize("changes", [case[1] for case in SAME], ids=[case[0] for case in SAME])
def test_a_statement_sent_again_is_the_same_with(changes: list[Change]) -> None:
    one, other = prepared(FULL), prepared(changed(FULL, *changes), version=V2)

    assert rules.same(one.fingerprint, other.fingerprint)
    assert rules.same(other.fingerprint, one.fingerprint)
    assert len(one.fingerprint) == 32


@pytest.mark.parametrize("changes", [case[1] for case in DIFFERENT], ids=[case[0] for case in DIFFERENT])
def test_a_statement_sent_again_is_different_with(changes: list[Change]) -> None:
    assert not rules.same(prepared(FULL).fingerprint, prepared(changed(FULL, *changes)).fingerprint)


def test_what_the_store_gave_back_is_the_same_as_what_it_was_sent() -> None:
    for sent in (PLAIN, FULL, SUB_STATEMENT, VOIDING):
        for version in (V1, V2):
            one = prepared(sent, version=version)
            again = prepared(rules.as_exact(one.payload(STAMP)), version=version)

            assert rules.same(one.fingerprint, again.fingerprint)
            assert (one.id, one.payload(STAMP)) == (again.id, again.payload(STAMP))


def test_a_sub_statement_counts_by_what_it_says() -> None:
    same = changed(SUB_STATEMENT, drop("object.object.definition"), put("object.timestamp", "2027-03-02T02:30:00Z"))
    other = changed(SUB_STATEMENT, put("object.timestamp", "2027-03-02T02:30:01Z"))

    assert rules.same(prepared(SUB_STATEMENT).fingerprint, prepared(same).fingerprint)
    assert not rules.same(prepared(SUB_STATEMENT).fingerprint, prepared(other).fingerprint)


def test_an_early_timestamp_is_not_taken_for_none() -> None:
    moments = ["1969-12-31T23:59:59.999999Z", "0001-01-01T00:00:00Z", "1970-01-01T00:00:00Z"]
    prints = [prepared(changed(PLAIN, put("timestamp", moment))).fingerprint for moment in moments]

    assert not rules.same(prints[0], prints[1])
    assert not rules.same(prints[0], prints[2])


CLAIM: dict[str, Any] = {
    "verb": {"id": rules.PASSED},
    "timestamp": "2026-03-02T09:30:00+07:00",
    "result": {"score": {"raw": 80, "max": 100}, "success": True, "duration": "PT1H"},
}


@pytest.mark.parametrize(
    "change",
    [
        put("result.score.raw", 80.0),
        put("result.score.raw", Decimal("8e1")),
        put("timestamp", "2026-03-02T02:30:00.000Z"),
        put("result.duration", "PT1H0M"),
        put("verb.display", {"en": "passed"}),
        put("object", {"id": "https://elsewhere.example"}),
        put("id", ID),
    ],
)
def test_a_claim_is_equal_by_value(change: Change) -> None:
    assert rules.claim_of(CLAIM) == rules.claim_of(changed(CLAIM, change))


@pytest.mark.parametrize(
    "change",
    [
        put("result.score.raw", 80.01),
        put("result.score.raw", "80"),
        put("result.success", 1),
        put("result.completion", True),
        put("timestamp", "2026-03-02T09:30:00.001+07:00"),
        put("verb.id", rules.COMPLETED),
        drop("result"),
        drop("timestamp"),
    ],
)
def test_another_verb_moment_or_result_is_another_claim(change: Change) -> None:
    assert rules.claim_of(CLAIM) != rules.claim_of(changed(CLAIM, change))


def test_a_claim_is_the_same_read_from_the_payload_by_any_reader() -> None:
    for sent in (PLAIN, FULL):
        payload = prepared(sent).payload(STAMP)
        claim = rules.claim_of(rules.load(payload))

        assert claim == rules.claim_of(rules.load_to_read(payload))
        assert claim == rules.claim_of(json.loads(payload))
        assert claim == rules.claim_of(json.loads(payload, parse_float=Decimal))


def test_no_result_and_an_empty_one_claim_the_same() -> None:
    assert rules.claim_of({"verb": {"id": "v:1"}, "result": {}}) == rules.claim_of({"verb": {"id": "v:1"}})


@pytest.mark.parametrize(
    ("score", "claimed"),
    [
        (None, None),
        ({}, None),
        ({"raw": 80, "max": 100}, "80"),
        ({"raw": 80, "min": 0, "max": 100, "scaled": 0.1}, "80"),
        ({"raw": 5, "min": 1, "max": 5}, "100"),
        ({"raw": 2, "min": 1, "max": 5}, "25"),
        ({"raw": 1, "max": 3}, "33.333333333333333333333333333333333333333333333333"),
        ({"raw": 2, "max": 3}, "66.666666666666666666666666666666666666666666666667"),
        ({"raw": -5, "min": -10, "max": 0}, "50"),
        ({"raw": 80}, None),
        ({"raw": 80, "scaled": 0.5}, "50"),
        ({"raw": 0, "max": 0, "scaled": 0.5}, "50"),
        ({"raw": 0, "max": 100, "scaled": 0.5}, "0"),
        ({"max": 100, "scaled": 0.75}, "75"),
        ({"scaled": 0}, "0"),
        ({"scaled": -1}, "0"),
        ({"scaled": 1}, "100"),
        ({"scaled": Decimal("0.8551")}, "85.51"),
        ({"raw": 120, "max": 100}, "100"),
        ({"raw": -20, "max": 100}, "0"),
        ({"raw": 0.1, "max": 0.3}, "33.333333333333333333333333333333333333333333333333"),
        ({"raw": "80", "max": 100}, None),
        ({"raw": True, "max": 100}, None),
        ({"raw": float("nan"), "max": 100}, None),
    ],
)
def test_the_score_of_a_statement(score: dict[str, Any] | None, claimed: str | None) -> None:
    result = None if score is None else {"score": score}

    assert rules.claimed_score(result) == (None if claimed is None else Decimal(claimed))


def test_a_result_without_a_score_has_none() -> None:
    assert rules.claimed_score({"completion": True}) is None


def test_the_score_of_a_payload_is_exact() -> None:
    one = prepared('{"actor":{"mbox":"mailto:a@example.com"},"verb":{"id":"v:1"},"object":{"id":"o:1"},'
                   '"result":{"score":{"raw":0.1000000000000000000000000001,"min":0.1,"max":0.2}}}')  # fmt: skip

    for load in (rules.load, rules.load_to_read):
        assert rules.claimed_score(load(one.payload(STAMP))["result"]) == Decimal("1E-25")


def test_who_only_reads_a_payload_reads_the_same() -> None:
    nested, long = "[" * 90 + "]" * 90, "1" * 1000
    values = rf'-0,-0.0,1e400,1E-400,0.10,12345678901234567890123,{long},"\u00e9\ud83d\ude00",{nested}'
    who = '"actor":{"mbox":"mailto:a@example.com"},"verb":{"id":"v:1"},"object":{"id":"o:1"}'
    one = prepared(f'{{{who},"result":{{"extensions":{{"e:1":[{values}]}}}}}}')

    assert rules.load_to_read(one.payload(STAMP)) == rules.load(one.payload(STAMP))
