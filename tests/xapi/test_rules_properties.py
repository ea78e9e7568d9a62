"""What holds of every statement: whatever is sent, it is prepared or refused, and sending it again changes nothing."""

import copy
import json
from collections.abc import Callable
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from lms.errors import DomainError
from lms.xapi import rules
from lms.xapi.rules import V1, V2
from tests.xapi.examples import CONTEXT_AGENTS, CONTEXT_GROUPS, FULL, STAMP, SUB_STATEMENT, prepare_text, prepared

versions = st.sampled_from([V1, V2])
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
words = st.text("abcdefghij", min_size=1, max_size=6)
iris = st.builds("https://{}.example/{}".format, words, words)
uuids = st.uuids().map(str)
language_maps = st.dictionaries(st.sampled_from(["en", "id", "en-GB", "zh-Hant"]), texts, max_size=2)
numbers = st.integers(-1000, 1000) | st.floats(-1000, 1000)
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts
json_values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3)
)
extensions = st.dictionaries(iris, json_values, max_size=2)
identifiers = (
    st.builds(lambda name: {"mbox": f"mailto:{name}@x.example"}, words)
    | st.builds(lambda iri: {"openid": iri}, iris)
    | st.builds(lambda iri, name: {"account": {"homePage": iri, "name": name}}, iris, texts)
)


def objects(required: dict[str, Any], **optional: Any) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({name: wrap(value) for name, value in required.items()}, optional=optional)


def wrap(value: Any) -> st.SearchStrategy[Any]:
    return value if isinstance(value, st.SearchStrategy) else st.just(value)


agents = st.builds(lambda identifier, rest: {**identifier, **rest}, identifiers, objects({}, name=texts))
groups = st.builds(
    lambda members, identifier: {"objectType": "Group", "member": members, **identifier},
    st.lists(agents, min_size=1, max_size=3),
    st.just({}) | identifiers,
)
activities = objects(
    {"id": iris},
    objectType=st.just("Activity"),
    definition=objects({}, name=language_maps, description=language_maps, type=iris, extensions=extensions),
)
scores = objects({}, scaled=st.floats(-1, 1), raw=numbers)
results = objects(
    {},
    score=scores,
    success=st.booleans(),
    completion=st.booleans(),
    response=st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
    duration=st.sampled_from(["PT1H", "P4W", "PT0.125S", "P1DT12H"]),
    extensions=extensions,
)
contexts = objects(
    {},
    registration=uuids,
    instructor=agents | groups,
    team=groups,
    language=st.sampled_from(["id", "en-GB"]),
    statement=objects({"objectType": "StatementRef", "id": uuids}),
    extensions=extensions,
    contextActivities=objects({}, parent=activities, grouping=st.lists(activities, max_size=2)),
)
timestamps = st.sampled_from(["2026-03-02T09:30:00+07:00", "2026-03-02T02:30:00.25Z", "1999-12-31T23:59:59-10:30"])
targets = (
    activities
    | agents.map(lambda agent: {**agent, "objectType": "Agent"})
    | groups
    | objects({"objectType": "StatementRef", "id": uuids})
)
bodies = {"actor": agents | groups, "verb": objects({"id": iris}, display=language_maps)}
sub_statements = objects(
    {**bodies, "object": targets, "objectType": "SubStatement"}, result=results, context=contexts, timestamp=timestamps
)
statements = objects(
    {**bodies, "object": targets | sub_statements}, id=uuids, result=results, context=contexts, timestamp=timestamps
)


def shuffled(value: Any, random: Random) -> Any:
    """The same JSON value with the keys of its objects in another order."""
    if isinstance(value, dict):
        names = list(value)
        random.shuffle(names)
        return {name: shuffled(value[name], random) for name in names}
    return [shuffled(item, random) for item in value] if isinstance(value, list) else value


def reformed(value: Any, random: Random) -> str:
    """The same JSON value as text with its numbers in other forms."""
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return json.dumps(value, ensure_ascii=random.random() < 0.5)
    if isinstance(value, dict):
        return f"{{{', '.join(f'{json.dumps(name)}: {reformed(item, random)}' for name, item in value.items())}}}"
    if isinstance(value, list):
        return f"[{','.join(reformed(item, random) for item in value)}]"
    number = Decimal(repr(value))
    exact = format(number, "f")
    padded = f"{exact}000" if "." in exact else f"{exact}.0"
    return random.choice([repr(value), exact, padded, f"{number:e}", f"{exact}E+0"])


@settings(deadline=None)
@given(statements, versions)
def test_a_valid_statement_is_prepared_and_comes_back_as_it_was_sent(sent: dict[str, Any], version: str) -> None:
    one = prepared(sent, version=version)
    kept = json.loads(rules.as_exact(one.payload(STAMP)))

    assert UUID(kept["id"]) == one.id
    assert {name: kept[name] for name in ("actor", "verb")} == {name: sent[name] for name in ("actor", "verb")}
    assert kept.keys() >= sent.keys()
    assert prepared(one.payload(STAMP), version=version).payload(STAMP) == one.payload(STAMP)
    assert rules.load_to_read(one.payload(STAMP)) == rules.load(one.payload(STAMP))


@settings(deadline=None)
@given(statements, versions, st.randoms(use_true_random=False))
def test_the_order_of_keys_and_the_form_of_numbers_make_no_difference(
    sent: dict[str, Any], version: str, random: Random
) -> None:
    one = prepared(sent, version=version)
    other = prepared(reformed(shuffled(sent, random), random), version=version)

    assert rules.same(one.fingerprint, other.fingerprint)
    assert rules.claim_of(rules.load(one.payload(STAMP))) == rules.claim_of(rules.load(other.payload(STAMP)))
    assert [link.ref.key for link in one.agents] == [link.ref.key for link in other.agents]


@settings(deadline=None)
@given(statements, versions)
def test_every_form_of_a_statement_can_be_written(sent: dict[str, Any], version: str) -> None:
    payload = prepared(sent, version=version).payload(STAMP)

    for form in (rules.as_ids(payload), rules.as_canonical(payload, ("id", "*"))):
        assert json.loads(rules.write(form))["id"] == json.loads(payload)["id"]


junk = st.sampled_from(
    [None, True, 0, -1.5, "", "x", "\0", [], [None], {}, {"x": 1}, "https://x.example", 10**400, 1e300]
).map(copy.deepcopy)
whole = {**FULL, "context": {**FULL["context"], "contextAgents": CONTEXT_AGENTS, "contextGroups": CONTEXT_GROUPS}}
NAMES = ("id", "objectType", "member", "mbox", "extensions", "definition", "en", "score", "raw", "object", "x")


@st.composite
def damaged(draw: st.DrawFn) -> Any:
    """A rich statement with up to three of its places replaced, renamed, doubled or taken away."""
    statement = json.loads(json.dumps(draw(st.sampled_from([whole, FULL, SUB_STATEMENT]))))
    for _ in range(draw(st.integers(1, 3))):
        node: Any = statement
        while True:
            keys: list[Any] = list(node) if isinstance(node, dict) else list(range(len(node)))
            if not keys:
                break
            key = draw(st.sampled_from(keys))
            if isinstance(node[key], dict | list) and draw(st.booleans()):
                node = node[key]
                continue
            damage(draw, node, key)
            break
    return statement


def damage(draw: st.DrawFn, node: Any, key: Any) -> None:
    what = draw(st.sampled_from(["replace", "drop", "add"]))
    if what == "drop":
        del node[key]
    elif what == "add" and isinstance(node, dict):
        node[draw(st.sampled_from(NAMES))] = draw(junk)
    else:
        node[key] = draw(junk)


def refusal(error: type[DomainError], call: Callable[[], object]) -> DomainError | None:
    """The error of that kind by which the call ends, if it does; any other leaves the test."""
    try:
        call()
    except error as refused:
        return refused
    return None


@settings(max_examples=400, deadline=None)
@given(damaged(), versions)
def test_a_damaged_statement_is_prepared_or_refused_and_nothing_else(sent: Any, version: str) -> None:
    refused = refusal(rules.StatementError, lambda: prepared(sent, version=version))

    assert refused is None or (refused.message and refused.place.startswith("statement"))


@settings(deadline=None)
@given(json_values, versions)
def test_any_json_is_prepared_or_refused_and_nothing_else(value: Any, version: str) -> None:
    refused = refusal(rules.StatementError, lambda: prepare_text(json.dumps(value), version=version))

    assert (refused is None) == (value == [])


@settings(deadline=None)
@given(st.binary(max_size=60) | st.text('{}[]",:0123456789.eE-+ \\udntrfabc', max_size=40).map(str.encode))
def test_any_bytes_are_prepared_or_refused_and_nothing_else(raw: bytes) -> None:
    refused = refusal(rules.StatementError, lambda: prepare_text(raw))

    assert (refused is None) == (raw.translate(None, b" \t\r\n") == b"[]")


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(["agent", "since", "limit", "cursor", "verb", "x"]), texts), max_size=3),
    versions,
)
def test_any_parameters_are_read_or_refused_and_nothing_else(args: list[tuple[str, str]], version: str) -> None:
    refused = refusal(rules.ParameterError, lambda: rules.parse_filters(args, version=version))

    assert refused is None or refused.message


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(["raw", "min", "max", "scaled"]), numbers | st.decimals(-100, 100), max_size=4))
def test_a_claimed_score_lies_within_0_and_100(score: dict[str, Any]) -> None:
    claimed = rules.claimed_score({"score": score})

    assert claimed is None or 0 <= claimed <= 100
    assert (claimed is None) <= ("scaled" not in score)
