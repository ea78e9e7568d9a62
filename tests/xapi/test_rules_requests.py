"""Versions, the parameters of GET /statements, the cursor, and the formats in which statements are given back."""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lms.xapi import rules
from lms.xapi.rules import V1, V2
from tests.xapi.examples import (
    CONTEXT_AGENTS,
    CONTEXT_GROUPS,
    FULL,
    ID,
    MODULE,
    OTHER_ID,
    PLAIN,
    STAMP,
    SUB_STATEMENT,
    VOIDING,
    changed,
    prepared,
    put,
)

SARI = '{"mbox": "mailto:sari@sukabumi.example"}'


@pytest.mark.parametrize(
    ("header", "served"),
    [
        ("1.0", V1),
        ("1.0.0", V1),
        ("1.0.3", V1),
        ("1.0.99", V1),
        ("2.0", V2),
        ("2.0.0", V2),
        ("2.0.7", V2),
        (" 1.0.2 ", V1),
    ],
)
def test_it_serves_two_versions(header: str, served: str) -> None:
    assert rules.negotiate(header) == served


@pytest.mark.parametrize(
    "header", [None, "", "1", "0.9", "0.95", "1.1.0", "1.0.x", "2.1.0", "3.0.0", "1.0.3-a", "v1.0", "1.0\n2", "2.0.٣"]
)
def test_it_serves_no_other_version(header: str | None) -> None:
    with pytest.raises(rules.VersionError) as caught:
        rules.negotiate(header)

    assert caught.value.status == 400
    assert "2.0.0" in caught.value.message


def test_without_parameters_everything_is_asked_for() -> None:
    assert rules.parse_filters([], version=V1) == rules.StatementQuery()


def test_it_reads_every_parameter() -> None:
    cursor = rules.Cursor(stored=datetime(2026, 3, 2, tzinfo=UTC), id=UUID(ID), ascending=True)
    args = [
        ("agent", SARI),
        ("verb", rules.PASSED),
        ("activity", MODULE),
        ("registration", OTHER_ID),
        ("related_activities", "true"),
        ("related_agents", "true"),
        ("since", "2026-03-02T00:00:00+07:00"),
        ("until", "2026-03-03T00:00:00Z"),
        ("limit", "25"),
        ("format", "ids"),
        ("attachments", "true"),
        ("ascending", "true"),
        ("cursor", rules.encode_cursor(cursor)),
    ]

    assert rules.parse_filters(args, version=V2) == rules.StatementQuery(
        agent=rules.AgentRef(kind="mbox", value="mailto:sari@sukabumi.example"),
        verb=rules.PASSED,
        activity=MODULE,
        registration=UUID(OTHER_ID),
        related_activities=True,
        related_agents=True,
        since=datetime(2026, 3, 1, 17, tzinfo=UTC),
        until=datetime(2026, 3, 3, tzinfo=UTC),
        limit=25,
        format="ids",
        attachments=True,
        ascending=True,
        cursor=cursor,
    )


@pytest.mark.parametrize("name", ["statementId", "voidedStatementId"])
def test_one_statement_goes_with_format_and_attachments(name: str) -> None:
    query = rules.parse_filters([(name, ID), ("format", "canonical"), ("attachments", "false")], version=V1)

    assert {query.statement_id, query.voided_statement_id} == {UUID(ID), None}
    assert (query.format, query.attachments) == ("canonical", False)


@pytest.mark.parametrize("name", ["statementId", "voidedStatementId"])
@pytest.mark.parametrize(
    ("other", "text"),
    [
        ("agent", SARI),
        ("verb", rules.PASSED),
        ("activity", MODULE),
        ("registration", OTHER_ID),
        ("related_activities", "false"),
        ("related_agents", "false"),
        ("since", "2026-03-02T00:00:00Z"),
        ("until", "2026-03-02T00:00:00Z"),
        ("limit", "1"),
        ("ascending", "false"),
    ],
)
def test_one_statement_goes_with_no_other_filter(name: str, other: str, text: str) -> None:
    for args in ([(name, ID), (other, text)], [(other, text), (name, ID)]):
        with pytest.raises(rules.ParameterError) as caught:
            rules.parse_filters(args, version=V1)

        assert caught.value.place == name


def test_one_statement_is_asked_for_by_one_id() -> None:
    with pytest.raises(rules.ParameterError):
        rules.parse_filters([("statementId", ID), ("voidedStatementId", OTHER_ID)], version=V1)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("statementid", ID),
        ("StatementId", ID),
        ("colour", "red"),
        ("", ""),
        ("relatedAgents", "true"),
        ("statementId", "wrong"),
        ("statementId", ""),
        ("voidedStatementId", f"{ID}\n"),
        ("registration", ID.replace("-", "")),
        ("verb", "x.example/verb"),
        ("verb", ""),
        ("activity", "x.example/activity"),
        ("related_agents", "True"),
        ("related_agents", "1"),
        ("related_activities", ""),
        ("ascending", "yes"),
        ("attachments", "null"),
        ("limit", "-1"),
        ("limit", "1.0"),
        ("limit", "ten"),
        ("limit", ""),
        ("limit", "٣"),
        ("limit", "1" * 400),
        ("format", "Exact"),
        ("format", "full"),
        ("since", "yesterday"),
        ("since", "2026-03-02T00:00:00 07:00"),
        ("until", "2026-03-02"),
        ("until", "2026-03-02T00:00:00-00:00"),
        ("agent", "wrong"),
        ("agent", "mailto:a@example.com"),
        ("agent", "{}"),
        ("agent", "[]"),
        ("agent", '{"mbox": "a@example.com"}'),
        ("agent", '{"mbox": "mailto:a@example.com", "mbox": "mailto:b@example.com"}'),
        ("agent", '{"mbox": "mailto:a@example.com", "openid": "https://a.example"}'),
        ("agent", '{"objectType": "Group", "member": [{"mbox": "mailto:a@example.com"}]}'),
        ("agent", '{"mbox": "mailto:a@example.com", "colour": "red"}'),
        ("agent", '{"openid": "https://a.example/\ud800"}'),
        ("agent", "[" * 100_000),
        ("cursor", "wrong"),
        ("cursor", ""),
        ("cursor", "é"),
    ],
)
def test_it_rejects_the_parameter(name: str, text: str) -> None:
    with pytest.raises(rules.ParameterError) as caught:
        rules.parse_filters([(name, text)], version=V1)

    assert caught.value.place.partition(".")[0] == name
    assert caught.value.status == 400
    assert caught.value.message


def test_it_rejects_a_parameter_that_stands_twice() -> None:
    with pytest.raises(rules.ParameterError, match="twice"):
        rules.parse_filters([("verb", rules.PASSED), ("limit", "1"), ("verb", rules.PASSED)], version=V1)


def test_parameters_follow_the_rules_of_their_version() -> None:
    args = [("since", "2026-03-02T00:00:00")]

    assert rules.parse_filters(args, version=V1).since == datetime(2026, 3, 2, tzinfo=UTC)
    with pytest.raises(rules.ParameterError):
        rules.parse_filters(args, version=V2)


def test_an_identified_group_can_be_looked_for() -> None:
    query = rules.parse_filters([("agent", '{"objectType":"Group","openid":"https://g.example"}')], version=V1)

    assert query.agent == rules.AgentRef(kind="openid", value="https://g.example")


cursors = st.builds(
    rules.Cursor,
    stored=st.datetimes(timezones=st.just(UTC)),
    id=st.uuids(),
    ascending=st.booleans(),
)


@settings(deadline=None)
@given(cursors)
def test_a_cursor_reads_as_it_was_written_and_is_safe_in_an_address(cursor: rules.Cursor) -> None:
    text = rules.encode_cursor(cursor)

    assert rules.decode_cursor(text) == cursor
    assert text.replace("-", "").replace("_", "").isalnum()


@settings(deadline=None)
@given(cursors, st.integers(0, 33), st.sampled_from("-_09AZaz.=!é"))
def test_a_cursor_that_was_tampered_with_is_an_error_or_another_cursor(
    cursor: rules.Cursor, at: int, letter: str
) -> None:
    text = rules.encode_cursor(cursor)
    other = text[:at] + letter + text[at + 1 :]

    try:
        assert (rules.decode_cursor(other) == cursor) == (other == text)
    except rules.ParameterError:
        assert other != text


def test_a_cursor_has_one_spelling() -> None:
    text = rules.encode_cursor(rules.Cursor(stored=datetime(2026, 3, 2, tzinfo=UTC), id=UUID(ID), ascending=True))

    with pytest.raises(rules.ParameterError):
        rules.decode_cursor(f"{text[:10]}!!!!{text[10:]}")


def test_a_cursor_goes_on_in_its_own_direction_only() -> None:
    cursor = rules.Cursor(stored=datetime(2026, 3, 2, tzinfo=UTC), id=UUID(ID), ascending=False)

    with pytest.raises(rules.ParameterError, match="direction"):
        rules.parse_filters([("cursor", rules.encode_cursor(cursor)), ("ascending", "true")], version=V1)


def test_exact_is_the_very_text_that_is_kept() -> None:
    payload = prepared(FULL).payload(STAMP)

    assert rules.as_exact(payload) == payload
    assert rules.write(rules.load(payload)) == payload


def test_ids_leave_what_identifies_and_the_rest_of_the_statement() -> None:
    kept = rules.as_ids(prepared(FULL).payload(STAMP))

    assert kept["actor"] == {"objectType": "Agent", "account": FULL["actor"]["account"]}
    assert kept["verb"] == {"id": rules.PASSED}
    assert kept["object"] == {"id": MODULE}
    assert kept["context"]["contextActivities"]["parent"] == [{"id": "https://mooc.example/courses/1"}]
    assert kept["context"]["team"] == {"objectType": "Group", "member": FULL["context"]["team"]["member"]}
    assert kept["context"]["instructor"] == FULL["context"]["instructor"]
    assert json.loads(rules.write(kept["result"])) == FULL["result"]
    assert kept["id"] == ID


def test_ids_reach_into_sub_statements_and_keep_references() -> None:
    kept = rules.as_ids(prepared(changed(SUB_STATEMENT, put("object.actor.name", "Sari"))).payload(STAMP))["object"]

    assert kept["actor"] == {"mbox": "mailto:sari@sukabumi.example"}
    assert (kept["verb"], kept["object"]) == ({"id": rules.COMPLETED}, {"id": MODULE})
    assert kept["context"]["contextActivities"] == {"parent": [{"id": "https://mooc.example/courses/1"}]}
    assert rules.as_ids(prepared(VOIDING).payload(STAMP))["object"] == VOIDING["object"]


def test_ids_of_an_identified_group_leave_its_members_out() -> None:
    group = {
        "objectType": "Group",
        "name": "G",
        "mbox": "mailto:g@example.com",
        "member": [{"mbox": "mailto:a@b.example"}],
    }
    bare = {"objectType": "Group", "mbox": "mailto:g@example.com"}

    assert (
        rules.as_ids(prepared(changed(PLAIN, put("actor", group), put("object", group))).payload(STAMP))["object"]
        == bare
    )


def test_ids_reach_into_context_agents_and_groups() -> None:
    named = changed({"agents": CONTEXT_AGENTS}, put("agents.0.agent.name", "Rina"))["agents"]
    sent = changed(PLAIN, put("context", {"contextAgents": named, "contextGroups": CONTEXT_GROUPS}))

    kept = rules.as_ids(prepared(sent, version=V2).payload(STAMP))["context"]

    assert kept["contextAgents"] == CONTEXT_AGENTS
    assert kept["contextGroups"][0]["group"] == {"objectType": "Group", "mbox": "mailto:group-1@sukabumi.example"}


@pytest.mark.parametrize("language", ["en", "id"])
def test_canonical_speaks_one_language(language: str) -> None:
    kept = rules.as_canonical(prepared(FULL).payload(STAMP), (language,))
    definition: dict[str, Any] = kept["object"]["definition"]
    sent = FULL["object"]["definition"]

    assert kept["verb"]["display"] == {language: FULL["verb"]["display"][language]}
    assert definition["name"] == {language: sent["name"][language]}
    assert definition["description"] == {language: sent["description"][language]}
    assert definition["choices"] == [
        {"id": "a", "description": {language: sent["choices"][0]["description"][language]}},
        {"id": "b"},
    ]
    assert definition["correctResponsesPattern"] == sent["correctResponsesPattern"]
    assert definition["extensions"] == sent["extensions"]
    assert kept["context"]["contextActivities"]["parent"][0]["definition"]["name"] == {"en": "Course 1"}
    assert kept["actor"] == FULL["actor"]


def test_canonical_reaches_into_sub_statements() -> None:
    kept = rules.as_canonical(prepared(SUB_STATEMENT).payload(STAMP), ("id",))["object"]

    assert kept["verb"]["display"] == {"id": "selesai"}
    assert kept["object"]["definition"]["name"] == {"id": "Modul 1"}


def test_canonical_leaves_agents_and_references_alone() -> None:
    sent = changed(PLAIN, put("object", {"objectType": "Agent", "name": "A", "mbox": "mailto:a@example.com"}))

    assert rules.as_canonical(prepared(sent).payload(STAMP), ())["object"] == sent["object"]
    assert rules.as_canonical(prepared(VOIDING).payload(STAMP), ())["object"] == VOIDING["object"]


@pytest.mark.parametrize(
    ("header", "languages"),
    [
        (None, ()),
        ("", ()),
        ("id", ("id",)),
        ("id, en;q=0.5", ("id", "en")),
        ("en;q=0.5, id", ("id", "en")),
        ("en-GB,en;q=0.8,*;q=0.1", ("en-GB", "en", "*")),
        ("fr;q=0, en", ("en",)),
        ("en ; q=0.7 , id;q=0.9", ("id", "en")),
        ("en;q=2, ???, id", ("id",)),
    ],
)
def test_it_reads_what_languages_are_wanted(header: str | None, languages: tuple[str, ...]) -> None:
    assert rules.accepted_languages(header) == languages


@pytest.mark.parametrize(
    ("languages", "tag"),
    [
        ((), "en-US"),
        (("en-GB",), "en-GB"),
        (("EN-gb",), "en-GB"),
        (("en",), "en-US"),
        (("id-ID",), "id"),
        (("fr", "id"), "id"),
        (("fr",), "en-US"),
        (("*",), "en-US"),
        (("e",), "en-US"),
        (("i",), "en-US"),
    ],
)
def test_the_language_that_fits_best_is_taken(languages: tuple[str, ...], tag: str) -> None:
    texts = {"en-US": "color", "en-GB": "colour", "id": "warna"}

    assert rules.one_language(texts, languages) == {tag: texts[tag]}


def test_an_equal_tag_comes_before_one_within_the_range() -> None:
    assert rules.one_language({"en-US": "color", "en": "colour"}, ("en",)) == {"en": "colour"}


def test_no_text_is_in_no_language() -> None:
    assert rules.one_language({}, ("en",)) == {}
