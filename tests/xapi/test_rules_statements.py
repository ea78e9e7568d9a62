"""What is a statement and what is not (xAPI 1.0.3, Data 2 and 4; 2.0, 4.2)."""

import json
from typing import Any
from uuid import RFC_4122, UUID

import pytest

from lms.xapi import rules
from lms.xapi.rules import V1, V2
from tests.xapi.examples import (
    AUTHORITY,
    CONTEXT_AGENTS,
    CONTEXT_GROUPS,
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
    Statement,
    changed,
    drop,
    prepare_text,
    prepared,
    put,
)

GROUP = {"objectType": "Group", "member": [{"mbox": "mailto:a@example.com"}, {"openid": "https://b.example"}]}
IDENTIFIED = {"objectType": "Group", "mbox": "mailto:group@example.com"}
SHA1 = "ebd31e95054c018b10727ccffd2ef2ec3a016ee9"
DEFINITION = "object.definition"

VALID: list[tuple[str, Statement, list[Change]]] = [
    ("the simplest statement", PLAIN, []),
    ("every property at once", FULL, []),
    ("a SubStatement", SUB_STATEMENT, []),
    ("a voiding statement", VOIDING, []),
    ("an mbox_sha1sum", PLAIN, [put("actor", {"mbox_sha1sum": SHA1})]),
    ("an openid", PLAIN, [put("actor", {"openid": "https://sari.example/id"})]),
    ("an account", PLAIN, [put("actor", {"account": {"homePage": "https://lms.example", "name": "7"}})]),
    ("an mbox with a plus and a subdomain", PLAIN, [put("actor.mbox", "mailto:a.b+c@mail.sub.example.co.id")]),
    ("an mbox in a domain of other letters", PLAIN, [put("actor.mbox", "mailto:a@büro.example")]),
    ("an anonymous group as actor", PLAIN, [put("actor", GROUP)]),
    ("an identified group without members", PLAIN, [put("actor", IDENTIFIED)]),
    ("an identified group with an empty list of members", PLAIN, [put("actor", {**IDENTIFIED, "member": []})]),
    ("an agent as object", PLAIN, [put("object", {"objectType": "Agent", "mbox": "mailto:a@example.com"})]),
    ("a group as object", PLAIN, [put("object", GROUP)]),
    ("a reference as object", PLAIN, [put("object", {"objectType": "StatementRef", "id": ID})]),
    ("a group as instructor", PLAIN, [put("context.instructor", GROUP)]),
    ("an empty definition", PLAIN, [put("object.definition", {})]),
    ("an empty language map", PLAIN, [put("verb.display", {})]),
    ("an empty result", PLAIN, [put("result", {})]),
    ("an empty context", PLAIN, [put("context", {})]),
    ("no attachments in a list", PLAIN, [put("attachments", [])]),
    ("extensions with null", PLAIN, [put("result.extensions", {"https://x.example/y": None})]),
    ("extensions with an empty object", PLAIN, [put("context.extensions", {})]),
    ("a key of an extension that is a urn", PLAIN, [put("context.extensions", {"urn:x:y": "\0"})]),
    ("an IRI in other letters", PLAIN, [put("object.id", "https://example.com/فعل/خواندن")]),
    ("an IRI of another scheme", PLAIN, [put("object.id", "block-v1:edX+Demo+2026+type@problem+block@1")]),
    ("scaled at its lower end", PLAIN, [put("result.score", {"scaled": -1})]),
    ("scaled at its upper end", PLAIN, [put("result.score", {"scaled": 1.0})]),
    ("raw without a range", PLAIN, [put("result.score", {"raw": -12.5})]),
    ("raw at its max", PLAIN, [put("result.score", {"raw": 100, "max": 100, "min": 0})]),
    ("an upper case UUID", PLAIN, [put("id", ID.upper())]),
    ("a UUID of no known variant", PLAIN, [put("id", "00000000-0000-0000-0000-000000000000")]),
    ("a timestamp in the future", PLAIN, [put("timestamp", "2999-01-01T00:00:00Z")]),
    ("a leap second", PLAIN, [put("timestamp", "2016-12-31T23:59:60Z")]),
    ("the version 1.0", PLAIN, [put("version", "1.0")]),
    ("the version 1.0.9", PLAIN, [put("version", "1.0.9")]),
    ("a stored that the sender set", PLAIN, [put("stored", "2020-01-01T00:00:00Z")]),
    ("an authority that the sender set", PLAIN, [put("authority", {"mbox": "mailto:a@example.com"})]),
    ("an anonymous group of two as authority", PLAIN, [put("authority", GROUP)]),
    ("a duration in weeks", PLAIN, [put("result.duration", "P4W")]),
    ("a duration finer than a hundredth", PLAIN, [put("result.duration", "P1DT12H36M0.12567S")]),
    ("likert with a scale", PLAIN, [put(DEFINITION, {"interactionType": "likert", "scale": [{"id": "1"}]})]),
    ("an interaction without lists", PLAIN, [put(DEFINITION, {"interactionType": "other"})]),
    ("an interaction that has no correct answer", PLAIN, [
        put(DEFINITION, {"interactionType": "numeric", "correctResponsesPattern": []})]),
    ("matching with both lists", PLAIN, [
        put(DEFINITION, {"interactionType": "matching", "source": [{"id": "1"}], "target": [{"id": "1"}]})]),
]  # fmt: skip

# name, change to the full statement, the place that is told
BROKEN: list[tuple[str, Change, str]] = [
    ("no actor", drop("actor"), ""),
    ("no verb", drop("verb"), ""),
    ("no object", drop("object"), ""),
    ("an unknown property", put("colour", "red"), ""),
    ("a miscased property", put("Actor", {}), ""),
    ("the actor is null", put("actor", None), ".actor"),
    ("the actor is a text", put("actor", "Sari"), ".actor"),
    ("the actor is empty", put("actor", {}), ".actor"),
    ("the actor has two identifiers", put("actor.mbox", "mailto:a@example.com"), ".actor"),
    ("the actor has an unknown property", put("actor.email", "a@example.com"), ".actor"),
    ("the name of the actor is null", put("actor.name", None), ".actor.name"),
    ("the name of the actor is a number", put("actor.name", 7), ".actor.name"),
    ("the name of the actor holds U+0000", put("actor.name", "a\0b"), ".actor.name"),
    ("an objectType in small letters", put("actor.objectType", "agent"), ".actor.objectType"),
    ("an activity as actor", put("actor", {"objectType": "Activity", "id": MODULE}), ".actor.objectType"),
    ("an mbox without mailto", put("actor", {"mbox": "a@example.com"}), ".actor.mbox"),
    ("an mbox without an at sign", put("actor", {"mbox": "mailto:a.example.com"}), ".actor.mbox"),
    ("an mbox with a newline at its end", put("actor", {"mbox": "mailto:a@example.com\n"}), ".actor.mbox"),
    ("an mbox of two addresses", put("actor", {"mbox": "mailto:a@example.com,b@example.com"}), ".actor.mbox"),
    ("an mbox with parameters", put("actor", {"mbox": "mailto:a@example.com?subject=x"}), ".actor.mbox"),
    ("an mbox_sha1sum that is too short", put("actor", {"mbox_sha1sum": SHA1[1:]}), ".actor.mbox_sha1sum"),
    ("an mbox_sha1sum with a newline", put("actor", {"mbox_sha1sum": SHA1 + "\n"}), ".actor.mbox_sha1sum"),
    ("an openid without a scheme", put("actor", {"openid": "sari.example/id"}), ".actor.openid"),
    ("an account without a name", drop("actor.account.name"), ".actor.account"),
    ("an account without a homePage", drop("actor.account.homePage"), ".actor.account"),
    ("a homePage without a scheme", put("actor.account.homePage", "mooc.example"), ".actor.account.homePage"),
    ("the name of an account is a number", put("actor.account.name", 1987), ".actor.account.name"),
    ("the name of an account holds U+0000", put("actor.account.name", "\0"), ".actor.account.name"),
    ("a miscased homePage", put("actor.account", {"homepage": "https://x.example", "name": "7"}), ".actor.account"),
    ("an agent with members", put("actor.member", []), ".actor.member"),
    ("an anonymous group without members", put("actor", {"objectType": "Group"}), ".actor"),
    ("an anonymous group with an empty list", put("actor", {"objectType": "Group", "member": []}), ".actor"),
    ("members that are no array", put("actor", {**GROUP, "member": GROUP["member"][0]}), ".actor.member"),
    ("a group within a group", put("actor", {**GROUP, "member": [GROUP]}), ".actor.member[0].objectType"),
    ("a member without an identifier", put("actor", {**GROUP, "member": [{"name": "A"}]}), ".actor.member[0]"),
    ("a group with two identifiers", put("actor", {**IDENTIFIED, "openid": "https://g.example"}), ".actor"),
    ("a verb without an id", drop("verb.id"), ".verb"),
    ("a verb that is a text", put("verb", rules.PASSED), ".verb"),
    ("a verb without a scheme", put("verb.id", "adlnet.gov/expapi/verbs/passed"), ".verb.id"),
    ("a verb whose id is empty", put("verb.id", ""), ".verb.id"),
    ("a verb whose id is a scheme alone", put("verb.id", "https:"), ".verb.id"),
    ("a verb without a host", put("verb.id", "https:///verbs/passed"), ".verb.id"),
    ("a verb with a space", put("verb.id", "https://x.example/a verb"), ".verb.id"),
    ("a verb with a newline at its end", put("verb.id", f"{rules.PASSED}\n"), ".verb.id"),
    ("a verb with half an escape", put("verb.id", "https://x.example/%2"), ".verb.id"),
    ("a scheme with a sign that has no place there", put("verb.id", "ab=c://x.example"), ".verb.id"),
    ("a display that is a text", put("verb.display", "passed"), ".verb.display"),
    ("a display with null", put("verb.display", {"en": None}), ".verb.display[...]"),
    ("a display in no language", put("verb.display", {"a12345678": "passed"}), ".verb.display"),
    ("a display with an underscore in its tag", put("verb.display", {"en_US": "passed"}), ".verb.display"),
    ("a display with an empty tag", put("verb.display", {"": "passed"}), ".verb.display"),
    ("an object without an id", drop("object.id"), ".object"),
    ("an object that is an array", put("object", []), ".object"),
    ("an object whose id has no scheme", put("object.id", "mooc.example/1"), ".object.id"),
    ("an object of a miscased type", put("object.objectType", "activity"), ".object.objectType"),
    ("an object whose type is null", put("object.objectType", None), ".object.objectType"),
    ("an object whose type is an object", put("object.objectType", {}), ".object.objectType"),
    ("an agent as object without objectType", put("object", {"mbox": "mailto:a@example.com"}), ".object"),
    ("an agent as object without an identifier", put("object", {"objectType": "Agent"}), ".object"),
    ("a reference that is no UUID", put("object", {"objectType": "StatementRef", "id": "1"}), ".object.id"),
    ("a reference with more than an id", put("object", {"objectType": "StatementRef", "id": ID, "x": 1}), ".object"),
    ("a definition that is null", put(DEFINITION, None), ".object.definition"),
    ("a definition with an unknown property", put(f"{DEFINITION}.colour", "red"), ".object.definition"),
    ("a name that is a text", put(f"{DEFINITION}.name", "Module"), ".object.definition.name"),
    ("a description that is a number", put(f"{DEFINITION}.description", 1), ".object.definition.description"),
    ("a type without a scheme", put(f"{DEFINITION}.type", "module"), ".object.definition.type"),
    ("a miscased moreInfo", put(f"{DEFINITION}.moreinfo", "https://x.example"), ".object.definition"),
    ("a moreInfo without a scheme", put(f"{DEFINITION}.moreInfo", "x.example"), ".object.definition.moreInfo"),
    ("an unknown interactionType", put(f"{DEFINITION}.interactionType", "Choice"),
     ".object.definition.interactionType"),
    ("choices without an interactionType", drop(f"{DEFINITION}.interactionType"), ".object.definition.interactionType"),
    ("a list that is of another interaction", put(f"{DEFINITION}.scale", []), ".object.definition.scale"),
    ("a pattern that is a text", put(f"{DEFINITION}.correctResponsesPattern", "a"),
     ".object.definition.correctResponsesPattern"),
    ("a pattern with a number", put(f"{DEFINITION}.correctResponsesPattern", [1]),
     ".object.definition.correctResponsesPattern[0]"),
    ("two choices with one id", put(f"{DEFINITION}.choices.1.id", "a"), ".object.definition.choices"),
    ("a choice without an id", put(f"{DEFINITION}.choices", [{}]), ".object.definition.choices[0]"),
    ("a choice described in no language", put(f"{DEFINITION}.choices.1.description", {"a_b": "x"}),
     ".object.definition.choices[1].description"),
    ("an extension whose key is no IRI", put(f"{DEFINITION}.extensions", {"x": 1}), ".object.definition.extensions"),
    ("extensions that are an array", put(f"{DEFINITION}.extensions", []), ".object.definition.extensions"),
    ("a result that is null", put("result", None), ".result"),
    ("a result with an unknown property", put("result.grade", 1), ".result"),
    ("a score that is a number", put("result.score", 80), ".result.score"),
    ("a score with an unknown property", put("result.score.percent", 80), ".result.score"),
    ("raw as a text", put("result.score.raw", "80"), ".result.score.raw"),
    ("raw as a boolean", put("result.score.raw", True), ".result.score.raw"),
    ("raw below min", put("result.score.raw", -1), ".result.score.raw"),
    ("raw a hair above max", put("result.score.raw", 100.00000001), ".result.score.raw"),
    ("raw beyond all numbers", put("result.score", {"raw": 10**401}), ".result.score.raw"),
    ("min equal to max", put("result.score.min", 100), ".result.score.min"),
    ("scaled above one", put("result.score.scaled", 1.01), ".result.score.scaled"),
    ("scaled below minus one", put("result.score.scaled", -1.0001), ".result.score.scaled"),
    ("success as a text", put("result.success", "true"), ".result.success"),
    ("completion as a number", put("result.completion", 1), ".result.completion"),
    ("completion as null", put("result.completion", None), ".result.completion"),
    ("a response that is a number", put("result.response", 1), ".result.response"),
    ("a duration that is a number", put("result.duration", 90), ".result.duration"),
    ("a duration of weeks and days", put("result.duration", "P4W1D"), ".result.duration"),
    ("a duration of nothing", put("result.duration", "P"), ".result.duration"),
    ("a duration that ends in T", put("result.duration", "P1DT"), ".result.duration"),
    ("a duration with an early fraction", put("result.duration", "PT1.5H2M"), ".result.duration"),
    ("a key of result.extensions without a scheme", put("result.extensions", {"x.example/y": 1}), ".result.extensions"),
    ("a context with an unknown property", put("context.colour", "red"), ".context"),
    ("a registration that is no UUID", put("context.registration", "first"), ".context.registration"),
    ("a registration in braces", put("context.registration", f"{{{ID}}}"), ".context.registration"),
    ("a registration without hyphens", put("context.registration", ID.replace("-", "")), ".context.registration"),
    ("an instructor without an identifier", put("context.instructor", {"name": "Budi"}), ".context.instructor"),
    ("a team that is an agent", put("context.team", {"mbox": "mailto:a@example.com"}), ".context.team"),
    ("a team without members", put("context.team", {"objectType": "Group"}), ".context.team"),
    ("an unknown kind of context activity", put("context.contextActivities.sibling", []), ".context.contextActivities"),
    ("a context activity that is a text", put("context.contextActivities.parent", MODULE),
     ".context.contextActivities.parent"),
    ("a context activity without a scheme", put("context.contextActivities.parent", [{"id": "course"}]),
     ".context.contextActivities.parent[0].id"),
    ("a single context activity with a bad type",
     put("context.contextActivities.parent", {"id": MODULE, "definition": {"type": "x"}}),
     ".context.contextActivities.parent.definition.type"),
    ("an agent as context activity",
     put("context.contextActivities.other", [{"objectType": "Agent", "id": MODULE}]),
     ".context.contextActivities.other[0].objectType"),
    ("a language that is a word", put("context.language", "indonesian language"), ".context.language"),
    ("a language with a singleton twice", put("context.language", "en-a-bbb-a-ccc"), ".context.language"),
    ("a language with a subtag that is too long", put("context.language", "en-abcdefghi"), ".context.language"),
    ("a reference in context without objectType", put("context.statement", {"id": ID}), ".context.statement"),
    ("a reference in context that is no UUID", put("context.statement.id", "x"), ".context.statement.id"),
    ("a revision that is a number", put("context.revision", 2), ".context.revision"),
    ("a revision with an agent as object",
     put("object", {"objectType": "Agent", "mbox": "mailto:a@example.com"}), ".context.revision"),
    ("a key of context.extensions that is no IRI", put("context.extensions", {"": 1}), ".context.extensions"),
    ("an id that is a number", put("id", 1), ".id"),
    ("an id that is too long", put("id", f"{ID}8"), ".id"),
    ("an id with a letter too far", put("id", "g" + ID[1:]), ".id"),
    ("a timestamp without a date", put("timestamp", "09:30:00Z"), ".timestamp"),
    ("a timestamp without a time", put("timestamp", "2026-03-02"), ".timestamp"),
    ("a timestamp with a space", put("timestamp", "2026-03-02 09:30:00Z"), ".timestamp"),
    ("a timestamp of a day that is not", put("timestamp", "2026-02-29T09:30:00Z"), ".timestamp"),
    ("a timestamp with minus zero", put("timestamp", "2026-03-02T09:30:00-00:00"), ".timestamp"),
    ("a timestamp with minus zero in short", put("timestamp", "2026-03-02T09:30:00-00"), ".timestamp"),
    ("a timestamp with an offset of a day", put("timestamp", "2026-03-02T09:30:00+24:00"), ".timestamp"),
    ("a timestamp before all years", put("timestamp", "0001-01-01T00:00:00+05:00"), ".timestamp"),
    ("a timestamp with a newline at its end", put("timestamp", "2026-03-02T09:30:00Z\n"), ".timestamp"),
    ("a timestamp that is a number", put("timestamp", 1772418600), ".timestamp"),
    ("a stored that is no timestamp", put("stored", "yesterday"), ".stored"),
    ("an authority without an identifier", put("authority", {"name": "LMS"}), ".authority"),
    ("an identified group as authority", put("authority", {**IDENTIFIED, **GROUP}), ".authority"),
    ("three members as authority",
     put("authority", {"objectType": "Group", "member": [*GROUP["member"], {"mbox": "mailto:c@example.com"}]}),
     ".authority"),
    ("a version before 1.0", put("version", "0.9.5"), ".version"),
    ("a version after 1.0", put("version", "1.1.0"), ".version"),
    ("a version that is a number", put("version", 1.0), ".version"),
    ("attachments that are an object", put("attachments", {}), ".attachments"),
    ("an attachment without a usageType", drop("attachments.0.usageType"), ".attachments[0]"),
    ("an attachment without a display", drop("attachments.0.display"), ".attachments[0]"),
    ("an attachment without a contentType", drop("attachments.0.contentType"), ".attachments[0]"),
    ("an attachment without a length", drop("attachments.0.length"), ".attachments[0]"),
    ("an attachment without a sha2", drop("attachments.0.sha2"), ".attachments[0]"),
    ("a miscased fileUrl", put("attachments.0.fileURL", "https://x.example"), ".attachments[0]"),
    ("a usageType without a scheme", put("attachments.0.usageType", "certificate"), ".attachments[0].usageType"),
    ("a contentType that is a word", put("attachments.0.contentType", "pdf"), ".attachments[0].contentType"),
    ("a length that is a text", put("attachments.0.length", "27"), ".attachments[0].length"),
    ("a length below nothing", put("attachments.0.length", -1), ".attachments[0].length"),
    ("a length with a fraction", put("attachments.0.length", 27.5), ".attachments[0].length"),
    ("a sha2 that is no hash", put("attachments.0.sha2", "x" * 64), ".attachments[0].sha2"),
    ("a fileUrl without a scheme", put("attachments.0.fileUrl", "x.example"), ".attachments[0].fileUrl"),
    ("a title in no language", put("attachments.0.display", {"english!": "x"}), ".attachments[0].display"),
    ("contextAgents before 2.0", put("context.contextAgents", CONTEXT_AGENTS), ".context.contextAgents"),
    ("contextGroups before 2.0", put("context.contextGroups", CONTEXT_GROUPS), ".context.contextGroups"),
    ("voiding what is no reference", put("verb.id", rules.VOIDED), ".object"),
]  # fmt: skip

BROKEN_INSIDE: list[tuple[str, Change, str]] = [
    ("an id", put("object.id", ID), ".object"),
    ("a stored", put("object.stored", "2026-03-02T09:30:00Z"), ".object"),
    ("a version", put("object.version", "1.0.0"), ".object"),
    ("an authority", put("object.authority", AUTHORITY), ".object"),
    ("no actor", drop("object.actor"), ".object"),
    ("a bad actor", put("object.actor", {"mbox": "sari"}), ".object.actor.mbox"),
    ("a bad verb", put("object.verb.id", "completed"), ".object.verb.id"),
    ("another SubStatement", put("object.object", SUB_STATEMENT["object"]), ".object.object"),
    ("an object of no type", put("object.object.objectType", "Thing"), ".object.object.objectType"),
    ("a bad score", put("object.result", {"score": {"scaled": 2}}), ".object.result.score.scaled"),
    ("a bad timestamp", put("object.timestamp", "soon"), ".object.timestamp"),
    ("a platform with a reference", lambda s: (put("object.object", VOIDING["object"])(s),
                                               put("object.context.platform", "MOOC")(s))[1],
     ".object.context.platform"),
    ("a bad context activity", put("object.context.contextActivities.parent", {"id": "x"}),
     ".object.context.contextActivities.parent.id"),
]  # fmt: skip


@pytest.mark.parametrize("version", [V1, V2])
@pytest.mark.parametrize(("statement", "changes"), [case[1:] for case in VALID], ids=[case[0] for case in VALID])
def test_it_accepts(statement: Statement, changes: list[Change], version: str) -> None:
    sent = changed(statement, *changes)

    assert prepared(sent, version=version).verb == sent["verb"]["id"]


@pytest.mark.parametrize(("change", "place"), [case[1:] for case in BROKEN], ids=[case[0] for case in BROKEN])
def test_it_rejects(change: Change, place: str) -> None:
    with pytest.raises(rules.StatementError) as caught:
        prepared(changed(FULL, change))

    assert caught.value.place == f"statement{place}"
    assert caught.value.message
    assert caught.value.status == 400


@pytest.mark.parametrize("version", [V1, V2])
@pytest.mark.parametrize(
    ("change", "place"), [case[1:] for case in BROKEN_INSIDE], ids=[case[0] for case in BROKEN_INSIDE]
)
def test_it_rejects_a_sub_statement_with(change: Change, place: str, version: str) -> None:
    with pytest.raises(rules.StatementError) as caught:
        prepared(changed(SUB_STATEMENT, change), version=version)

    assert caught.value.place == f"statement{place}"


def test_it_takes_context_agents_and_groups_under_2_0() -> None:
    sent = changed(
        SUB_STATEMENT, put("context.contextAgents", CONTEXT_AGENTS), put("object.context.contextGroups", CONTEXT_GROUPS)
    )

    agents = {link.ref.value for link in prepared(sent, version=V2).agents if link.role == "related"}

    assert {"mailto:rina@sukabumi.example", "mailto:group-1@sukabumi.example", "mailto:joko@sukabumi.example"} <= agents


@pytest.mark.parametrize(
    ("path", "value", "place"),
    [
        ("contextAgents.0.objectType", "Agent", "contextAgents[0].objectType"),
        ("contextAgents.0.agent", {"name": "Rina"}, "contextAgents[0].agent"),
        (
            "contextAgents.0.agent",
            {"objectType": "Group", "mbox": "mailto:a@b.example"},
            "contextAgents[0].agent.objectType",
        ),
        ("contextAgents.0.relevantTypes", [], "contextAgents[0].relevantTypes"),
        ("contextAgents.0.relevantTypes", ["mentor"], "contextAgents[0].relevantTypes[0]"),
        ("contextAgents.0.relevantTypes", "https://x.example", "contextAgents[0].relevantTypes"),
        ("contextAgents", {}, "contextAgents"),
        ("contextGroups.0.objectType", "contextAgent", "contextGroups[0].objectType"),
        ("contextGroups.0.group", {"mbox": "mailto:a@b.example"}, "contextGroups[0].group"),
        ("contextGroups.0.group", {"objectType": "Group"}, "contextGroups[0].group"),
        ("contextGroups.0.member", [], "contextGroups[0]"),
        ("contextGroups.0.relevantTypes", [], "contextGroups[0].relevantTypes"),
        ("contextGroups.0.relevantTypes", ["team"], "contextGroups[0].relevantTypes[0]"),
    ],
)
@pytest.mark.parametrize("inside", ["", "object."])
def test_it_rejects_bad_context_agents_and_groups_under_2_0(path: str, value: Any, place: str, inside: str) -> None:
    whole = [
        put(f"{inside}context.contextAgents", CONTEXT_AGENTS),
        put(f"{inside}context.contextGroups", CONTEXT_GROUPS),
    ]

    with pytest.raises(rules.StatementError) as caught:
        prepared(changed(SUB_STATEMENT, *whole, lambda s: put(f"{inside}context.{path}", value)(s)), version=V2)

    assert caught.value.place == f"statement.{inside}context.{place}"


@pytest.mark.parametrize(("version", "accepted"), [(V1, False), (V2, True)])
def test_it_takes_statements_of_version_2_under_2_0_only(version: str, accepted: bool) -> None:
    sent = changed(PLAIN, put("version", "2.0.0"))

    if accepted:
        assert json.loads(prepared(sent, version=version).payload(STAMP))["version"] == "2.0.0"
    else:
        with pytest.raises(rules.StatementError, match="version"):
            prepared(sent, version=version)


@pytest.mark.parametrize(
    "text", ["2026-03-02T09:30:00", "2026-03-02T09:30Z", "2026-03-02T09:30:00+0700", "2026-03-02T09:30:00,5Z"]
)
def test_it_takes_other_forms_of_iso_8601_before_2_0_only(text: str) -> None:
    sent = changed(PLAIN, put("timestamp", text))

    assert json.loads(prepared(sent, version=V1).payload(STAMP))["timestamp"] == text
    with pytest.raises(rules.StatementError, match="timestamp"):
        prepared(sent, version=V2)


NOT_JSON = [
    ("nothing", b""),
    ("a word", b"statement"),
    ("half an object", b'{"actor":'),
    ("two objects", b"{}{}"),
    ("bad UTF-8", b'{"actor": "\xff"}'),
    ("UTF-16", json.dumps(PLAIN).encode("utf-16")),
    ("a byte order mark", b"\xef\xbb\xbf{}"),
    ("a raw control character", b'{"actor": "\x01"}'),
    ("NaN", b'{"result": {"score": {"raw": NaN}}}'),
    ("Infinity", b'{"result": {"score": {"raw": -Infinity}}}'),
    ("an exponent beyond all measure", b'{"result": {"score": {"raw": 1e99999999999999999999}}}'),
    ("a number of too many digits", b"1" * 1_000_000),
    ("half of a surrogate pair", b'{"actor": "\\ud83d"}'),
    ("half of a surrogate pair in a key", b'{"\\uDE00": 1}'),
    ("arrays without end", b"[" * 100_000),
    ("objects without end", b'{"a":' * 100_000),
    ("a key that stands twice", b'{"actor": {}, "actor": {}}'),
    (
        "a key that stands twice among very many",
        json.dumps(dict.fromkeys(map(str, range(200_000)))).encode()[:-1] + b', "9": 1}',
    ),
    ("a key that stands twice inside", b'{"context": {"extensions": {"https://x.example": [{"a": 1, "a": 1}]}}}'),
    ("a text", b'"statement"'),
    ("null", b"null"),
    ("an array of null", b"[null]"),
    ("an array within an array", b"[[]]"),
]


@pytest.mark.parametrize("raw", [case[1] for case in NOT_JSON], ids=[case[0] for case in NOT_JSON])
def test_it_rejects_a_body_of(raw: bytes) -> None:
    with pytest.raises(rules.StatementError):
        prepare_text(raw)


def test_it_rejects_extensions_that_are_nested_beyond_reason() -> None:
    deep = "[" * 101 + "]" * 101
    text = json.dumps(changed(PLAIN, put("context.extensions", {"https://x.example/": "DEEP"})))

    with pytest.raises(rules.StatementError, match="nested") as caught:
        prepared(text.replace('"DEEP"', deep))

    assert caught.value.place == "statement.context.extensions"
    assert prepared(text.replace('"DEEP"', deep[1:-1]))


@pytest.mark.parametrize(("digits", "taken"), [(1000, True), (1001, False)])
def test_it_takes_numbers_up_to_a_thousand_digits_in_extensions(digits: int, taken: bool) -> None:
    number = "1" * digits
    text = json.dumps(changed(PLAIN, put("context.extensions", {"https://x.example/": "N"}))).replace('"N"', number)

    if taken:
        assert f":{number}}}" in prepared(text).payload(STAMP)
    else:
        with pytest.raises(rules.StatementError, match="beyond all measure"):
            prepared(text)


def test_it_keeps_u_0000_where_any_text_may_stand() -> None:
    assert '"response":"a\\u0000b"' in prepared(changed(PLAIN, put("result.response", "a\0b"))).payload(STAMP)


def test_it_tells_which_statement_of_a_batch_is_wrong() -> None:
    with pytest.raises(rules.StatementError) as caught:
        prepare_text(json.dumps([PLAIN, PLAIN, changed(PLAIN, put("actor.mbox", "sari"))]))

    assert caught.value.place == "statements[2].actor.mbox"
    assert "sari" in caught.value.message


def test_it_rejects_one_id_twice_in_a_batch_whatever_its_letter_case() -> None:
    with pytest.raises(rules.StatementError) as caught:
        prepare_text(json.dumps([changed(PLAIN, put("id", ID)), changed(VOIDING, put("id", ID.upper()))]))

    assert caught.value.place == "statements[1].id"


def test_it_keeps_the_order_of_a_batch_and_gives_each_statement_an_id() -> None:
    batch = prepare_text(json.dumps([PLAIN, VOIDING, FULL, PLAIN]))

    assert [one.verb for one in batch] == [rules.COMPLETED, rules.VOIDED, rules.PASSED, rules.COMPLETED]
    assert batch[2].id == UUID(ID)
    assert len({one.id for one in batch}) == 4
    assert (batch[0].id.version, batch[0].id.variant) == (4, RFC_4122)


def test_ids_that_are_given_to_a_batch_keep_its_order() -> None:
    ids = [one.id for one in prepare_text(json.dumps([PLAIN] * 20))]

    assert ids == sorted(ids)


def test_it_takes_an_empty_batch() -> None:
    assert prepare_text(b"[]") == ()


def test_a_put_gives_the_statement_its_id() -> None:
    raw = json.dumps(PLAIN).encode()

    (one,) = rules.prepare(raw, version=V1, now=NOW, authority=AUTHORITY, statement_id=UUID(ID))

    assert one.id == UUID(ID)
    assert json.loads(one.payload(STAMP))["id"] == ID


@pytest.mark.parametrize("body", [[PLAIN], changed(PLAIN, put("id", OTHER_ID)), changed(PLAIN, put("id", 5))])
def test_a_put_is_one_statement_with_the_id_of_the_request(body: object) -> None:
    with pytest.raises(rules.StatementError):
        rules.prepare(json.dumps(body).encode(), version=V1, now=NOW, authority=AUTHORITY, statement_id=UUID(ID))


def test_attachments_need_a_file_url_or_content_that_came_along() -> None:
    with_url = prepare_text(json.dumps(FULL))
    without = prepare_text(json.dumps(changed(FULL, drop("attachments.0.fileUrl"))))
    sha2 = FULL["attachments"][0]["sha2"]

    rules.require_content(with_url, {})
    rules.require_content(without, {sha2: b""})
    with pytest.raises(rules.StatementError, match=sha2):
        rules.require_content(without, {})


def test_attachments_of_a_sub_statement_need_content_too() -> None:
    bare = {key: value for key, value in FULL["attachments"][0].items() if key != "fileUrl"}
    batch = prepare_text(json.dumps(changed(SUB_STATEMENT, put("object.attachments", [bare]))))

    with pytest.raises(rules.StatementError):
        rules.require_content(batch, {})
