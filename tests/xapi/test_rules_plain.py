"""Plain statements are put together from their parts, all others as a whole; nobody can tell which way one has gone."""

import json
from collections.abc import Callable
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lms.errors import DomainError
from lms.xapi import plain, prepare, rules
from lms.xapi.rules import V1, V2
from tests.xapi import mutations
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
    SUB_STATEMENT,
    VOIDING,
    Change,
    changed,
    drop,
    prepare_text,
    prepared,
    put,
)
from tests.xapi.test_rules_properties import damaged, reformed, shuffled, statements, versions

RICH = changed(FULL, drop("attachments"))
GROUPS = [{"objectType": "Group", "member": [{"mbox": "mailto:ani@sukabumi.example"}, PLAIN["actor"]]}, AUTHORITY]
authorities = st.sampled_from(GROUPS)


class Goes(Exception):
    """A statement goes another way than it should."""


@pytest.fixture
def only_plain(monkeypatch: pytest.MonkeyPatch) -> None:
    """No statement may go as a whole."""

    def refuse(*_: object) -> None:
        raise Goes

    monkeypatch.setattr(prepare, "_prepared", refuse)


def as_a_whole(_: bytes) -> None:
    """Takes no request for one of plain statements."""
    raise plain.NotPlain


def outcome(raw: bytes, version: str, authority: dict[str, Any]) -> Any:
    """What becomes of a request: what is prepared, or how it is refused. Ids that are given are the same each time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("lms.xapi.prepared.secrets.randbits", lambda _: 1)
        try:
            return rules.prepare(raw, version=version, now=NOW, authority=authority, most=5)
        except DomainError as error:
            return type(error), error.message, error.place


def both_ways(raw: bytes, version: str, authority: dict[str, Any] = AUTHORITY) -> tuple[Any, Any]:
    one = outcome(raw, version, authority)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(prepare, "members_of", as_a_whole)
        return one, outcome(raw, version, authority)


PLAIN_ONES: list[tuple[str, list[Change]]] = [
    ("all that a plain statement can have", []),
    ("no more than it must", [drop(name) for name in ("id", "result", "context", "timestamp")]),
    ("a group as actor", [put("actor", GROUPS[0])]),
    ("a version", [put("version", "1.0.3")]),
    ("what another store has set", [put("stored", "2020-01-01T00:00:00Z"), put("authority", GROUPS[0])]),
    ("an empty context", [put("context", {})]),
    ("an empty result", [put("result", {})]),
    ("a context without activities", [drop("context.contextActivities")]),
    ("what stands in its context as its object", [put("context.contextActivities.parent.0.id", MODULE)]),
    ("its actor as instructor", [put("context.instructor", FULL["actor"])]),
    ("whom its authority names as a team", [put("context.team", {**AUTHORITY, "objectType": "Group", "member": []})]),
    ("an upper case id and registration", [put("id", ID.upper()), put("context.registration", OTHER_ID.upper())]),
    ("a timestamp of many digits", [put("timestamp", "2026-03-02T09:30:00.123456789+07:00")]),
    ("texts beyond ASCII", [put("result.response", "é \u2028 \U0001f600 \0 \\ \" :"), put("actor.name", "Śari")]),
    ("parts that are too long to be remembered", [put("actor.name", "x" * 2000), put("result.response", "y" * 2000)]),
    ("a fine duration", [put("result.duration", "PT0.129S")]),
]  # fmt: skip


@pytest.mark.parametrize("version", [V1, V2])
@pytest.mark.parametrize("changes", [case[1] for case in PLAIN_ONES], ids=[case[0] for case in PLAIN_ONES])
@pytest.mark.usefixtures("only_plain")
def test_a_statement_is_plain_with(changes: list[Change], version: str) -> None:
    assert prepared(changed(RICH, *changes), version=version)


@pytest.mark.parametrize("version", [V1, V2])
@pytest.mark.parametrize("authority", [AUTHORITY, GROUPS[0]], ids=["an agent", "two members"])
@pytest.mark.parametrize("changes", [case[1] for case in PLAIN_ONES], ids=[case[0] for case in PLAIN_ONES])
def test_both_ways_come_to_the_same_with(changes: list[Change], authority: dict[str, Any], version: str) -> None:
    sent = changed(RICH, *changes)

    for form in (sent, [sent], [sent, PLAIN, SUB_STATEMENT, PLAIN]):
        one, other = both_ways(json.dumps(form).encode(), version, authority)

        assert isinstance(one[0], rules.Prepared)
        assert one == other


@pytest.mark.usefixtures("only_plain")
def test_context_agents_and_groups_are_plain_under_2_0() -> None:
    sent = changed(RICH, put("context.contextAgents", CONTEXT_AGENTS), put("context.contextGroups", CONTEXT_GROUPS))

    assert "group-1" in str(prepared(sent, version=V2).agents)
    with pytest.raises(Goes):
        prepared(sent, version=V1)


@pytest.mark.parametrize(
    "sent",
    [
        FULL,
        SUB_STATEMENT,
        VOIDING,
        changed(VOIDING, put("verb.id", rules.COMPLETED)),
        changed(RICH, put("object", {**PLAIN["actor"], "objectType": "Agent"}), put("context", {})),
        changed(RICH, put("stored", "2020-01-01")),
        changed(RICH, put("authority", {"name": "Nobody"})),
        changed(RICH, put("attachments", [])),
    ],
)
@pytest.mark.usefixtures("only_plain")
def test_a_statement_is_not_plain_with_anything_else(sent: dict[str, Any]) -> None:
    with pytest.raises(Goes):
        prepared(sent)


def test_a_plain_voiding_verb_needs_a_reference_all_the_same() -> None:
    with pytest.raises(rules.StatementError, match="StatementRef"):
        prepared(changed(PLAIN, put("verb.id", rules.VOIDED)))


whole = {**RICH, "context": {**RICH["context"], "contextAgents": CONTEXT_AGENTS, "contextGroups": CONTEXT_GROUPS}}


@st.composite
def requests(draw: st.DrawFn) -> bytes:
    """Requests of good, strange and wrong statements, in any form that JSON allows and some that it does not."""
    random = draw(st.randoms(use_true_random=False))
    some = statements | damaged() | mutations.statements() | st.sampled_from([PLAIN, RICH, whole])
    sent = draw(some | st.lists(some, max_size=6))
    write = draw(st.sampled_from([as_written, in_any_form, on_many_lines]))
    return draw(mutations.damaged(write(sent, random)))


def as_written(sent: Any, _: Random) -> bytes:
    return mutations.written(sent)


def in_any_form(sent: Any, random: Random) -> bytes:
    """With members in another order, and numbers and texts in other forms."""
    return reformed(shuffled(sent, random), random).encode("utf-8", "surrogatepass")


def on_many_lines(sent: Any, _: Random) -> bytes:
    return json.dumps(sent, indent=2, ensure_ascii=False).encode("utf-8", "surrogatepass")


@settings(max_examples=300, deadline=None)
@given(requests(), versions, authorities)
def test_both_ways_come_to_the_same(raw: bytes, version: str, authority: dict[str, Any]) -> None:
    one, other = both_ways(raw, version, authority)

    assert one == other


TEXT = json.dumps(RICH)
REPEATED: list[tuple[str, Callable[[str], str]]] = [
    ("a member", lambda text: text[:-1] + ', "verb": {"id": "https://x.example/v"}}'),
    ("a member with the same value", lambda text: text[:-1] + f', "id": "{ID}"}}'),
    ("a member before it", lambda text: text.replace("{", '{"timestamp": null, ', 1)),
    ("a member, its name escaped", lambda text: text[:-1] + ', "\\u0076erb": {"id": "https://x.example/v"}}'),
    ("a member that is no statement's, twice", lambda text: text[:-1] + ', "x": 1, "x": 1}'),
    ("a member of its context", lambda text: text.replace('"context": {', '"context": {"platform": "", ')),
    ("a registration", lambda text: text.replace('"registration"', f'"registration": "{ID}", "registration"')),
    ("a member of its actor", lambda text: text.replace('"account"', '"name": "Sari", "account"')),
    ("a kind of activities around it", lambda text: text.replace('"category"', '"parent": [], "category"')),
    ("a member of a part", lambda text: text.replace('"scaled"', '"raw": 80, "scaled"')),
    (
        "a member, and as many colons fewer elsewhere",
        lambda text: text.replace("https:", "https\\u003a")[:-1] + ', "result": {"completion": true}}',
    ),
]


@pytest.mark.parametrize("repeat", [case[1] for case in REPEATED], ids=[case[0] for case in REPEATED])
def test_it_is_told_what_stands_twice(repeat: Callable[[str], str]) -> None:
    for text in (repeat(TEXT), f"[{repeat(TEXT)}]", f"[{json.dumps(PLAIN)}, {repeat(TEXT)}, {json.dumps(PLAIN)}]"):
        with pytest.raises(rules.StatementError, match="stands twice in one object"):
            prepare_text(text)


def test_what_is_wrong_again_is_told_where_it_stands_then() -> None:
    wrong = changed(RICH, put("actor.account.homePage", "moodle"))
    for sent, place in (([wrong], "statements[0]"), ([PLAIN, wrong], "statements[1]"), (wrong, "statement")):
        with pytest.raises(rules.StatementError) as caught:
            prepare_text(json.dumps(sent))

        assert caught.value.place == f"{place}.actor.account.homePage"


def test_a_part_is_remembered_for_its_version_only() -> None:
    sent = changed(RICH, put("result.duration", "PT0.129S"))
    kept = [json.loads(prepared(sent, version=version).unstamped)["result"]["duration"] for version in (V1, V2, V1)]

    assert kept == ["PT0.129S", "PT0.12S", "PT0.129S"]
    assert prepared(changed(RICH, put("version", "2.0.0")), version=V2)
    with pytest.raises(rules.StatementError):
        prepared(changed(RICH, put("version", "2.0.0")), version=V1)


def test_one_text_is_another_part_under_another_name() -> None:
    group = {"objectType": "Group", "member": [PLAIN["actor"]]}
    sent = changed(PLAIN, put("actor", group), put("context.team", group), put("context.instructor", group))

    assert [link.role for link in prepared(sent).agents] == ["actor", "related"]
    with pytest.raises(rules.StatementError):
        prepared(changed(PLAIN, put("context.verb", PLAIN["verb"])))
