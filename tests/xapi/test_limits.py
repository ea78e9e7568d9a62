"""To what a credential may be limited: which IRIs are inside, and what of a statement is looked at. No database."""

import json
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lms.errors import DomainError, NotAllowed
from lms.xapi import rules
from lms.xapi.limits import LONGEST, MOST
from lms.xapi.rules import Limits
from tests.xapi.examples import MODULE, SUB_STATEMENT, VOIDING, Statement, changed, prepare_text, put
from tests.xapi.test_rules_properties import iris, statements, versions

HOME, OTHER = "https://mooc.example", "https://other.example"
HOMES, UNDER = Limits(home_pages=(HOME,)), Limits(activity_prefixes=("https://mooc.example/",))


def account(home_page: str = HOME, name: str = "1987") -> dict[str, Any]:
    return {"account": {"homePage": home_page, "name": name}}


def group(*members: dict[str, Any], **identifier: Any) -> dict[str, Any]:
    return {"objectType": "Group", "member": list(members), **identifier}


ALLOWED: Statement = {"actor": account(), "verb": {"id": rules.COMPLETED}, "object": {"id": MODULE}}
STRANGER, MAIL = account(OTHER), {"mbox": "mailto:sari@sukabumi.example"}


def refused(limits: Limits, sent: Any, *, version: str = rules.V1) -> NotAllowed | None:
    """Why the statement, or the array of them, lies outside the limits; None where it does not."""
    batch = prepare_text(json.dumps(sent), version=version)
    try:
        rules.refuse_beyond(batch, limits)
    except NotAllowed as error:
        return error
    return None


# What may be a limit


@pytest.mark.parametrize(
    ("home_pages", "prefixes", "place"),
    [
        (["mooc.example"], [], "home_pages"),
        ([""], [], "home_pages"),
        (["https://mooc.example/a b"], [], "home_pages"),
        (["https://mooc.example/a\u3000b"], [], "home_pages"),
        (["https://mooc.example/\u00a0https://other.example"], [], "home_pages"),
        (["https://mooc.example/\ud800"], [], "home_pages"),
        (["https://"], [], "home_pages"),
        (["https://mooc.example/" + "x" * LONGEST], [], "home_pages"),
        ([f"https://mooc.example/{number}" for number in range(MOST + 1)], [], "home_pages"),
        ([], ["https://mooc.example"], "activity_prefixes"),
        ([], ["https://mooc.example?x=1"], "activity_prefixes"),
        ([], ["https://mooc.example:8443"], "activity_prefixes"),
        ([], ["ftp://mooc.example"], "activity_prefixes"),
        ([], ["//mooc.example/"], "activity_prefixes"),
        ([], ["mooc.example/modul"], "activity_prefixes"),
        ([], ["/modul/1"], "activity_prefixes"),
        ([], ["urn:"], "activity_prefixes"),
        ([], ["https:"], "activity_prefixes"),
    ],
)
def test_what_is_no_limit_is_refused(home_pages: list[str], prefixes: list[str], place: str) -> None:
    with pytest.raises(DomainError) as error:
        rules.checked_limits(home_pages, prefixes)

    assert error.value.place == place
    assert error.value.message


def test_each_limit_is_kept_once_and_in_its_order() -> None:
    limits = rules.checked_limits([OTHER, HOME, OTHER], ["urn:mooc:", "https://mooc.example/", "urn:mooc:"])

    assert limits == Limits(home_pages=(OTHER, HOME), activity_prefixes=("urn:mooc:", "https://mooc.example/"))


@given(st.lists(st.text(max_size=30) | iris, max_size=4))
def test_what_is_taken_can_be_kept_apart_by_spaces(values: list[str]) -> None:
    try:
        limits = rules.checked_limits(values, [])
    except DomainError:
        return

    assert tuple(" ".join(limits.home_pages).split()) == limits.home_pages == tuple(dict.fromkeys(values))


# Which IRIs are inside

INSIDE = [
    ("https://mooc.example/", "https://mooc.example/"),
    ("https://mooc.example/", "https://mooc.example"),
    ("https://mooc.example/", "https://mooc.example/modul/1?x=1#y"),
    ("https://mooc.example/modul/1", "https://mooc.example/modul/1"),
    ("https://mooc.example/modul/1", "https://mooc.example/modul/1/kuis"),
    ("https://mooc.example/modul/1", "https://mooc.example/modul/1?id=2"),
    ("https://mooc.example/modul/1", "https://mooc.example/modul/1#akhir"),
    ("https://mooc.example/view.php?id=", "https://mooc.example/view.php?id=12"),
    ("https://mooc.example/view.php?id=1", "https://mooc.example/view.php?id=1&section=2"),
    ("urn:mooc:modul", "urn:mooc:modul"),
    ("urn:mooc:modul", "urn:mooc:modul:1"),
    ("urn:mooc:", "urn:mooc:modul:1"),
    ("tag:mooc.example,2026:", "tag:mooc.example,2026:modul"),
]
OUTSIDE = [
    ("https://mooc.example/modul/1", "https://mooc.example/modul/12"),
    ("https://mooc.example/modul/1", "https://mooc.example/modul/1-lama"),
    ("https://mooc.example/modul/1", "https://mooc.example/modul/"),
    ("https://mooc.example/modul/1/", "https://mooc.example/modul/1"),
    ("https://mooc.example/", "https://mooc.example.org/"),
    ("https://mooc.example/", "https://mooc.example.org"),
    ("https://mooc.example/", "https://mooc.exampl"),
    ("urn:mooc/", "urn:mooc"),
    ("https://mooc.example/", "http://mooc.example/"),
    ("https://mooc.example/", "https://MOOC.example/"),
    ("https://mooc.example/Modul/", "https://mooc.example/modul/1"),
    ("https://mooc.example/", "https://other.example/?from=https://mooc.example/"),
    ("https://mooc.example/view.php?id=1", "https://mooc.example/view.php?id=12"),
    ("urn:mooc:modul", "urn:mooc:modular"),
    ("urn:mooc:modul:1", "urn:mooc:modul:12"),
]


@pytest.mark.parametrize(
    ("prefix", "iri", "is_inside"), [*((*one, True) for one in INSIDE), *((*one, False) for one in OUTSIDE)]
)
def test_an_iri_is_inside_where_it_goes_on_from_a_part(prefix: str, iri: str, is_inside: bool) -> None:
    assert rules.checked_limits([], [prefix]).activity_prefixes == (prefix,)
    assert rules.is_inside(iri, [prefix]) is is_inside
    assert rules.is_inside(iri, ["urn:lain:", prefix]) is is_inside


@given(iris, st.sampled_from(["/", "?", "#", "&", ":"]), st.text("abc/?#&=:", max_size=8))
def test_whatever_goes_on_from_a_prefix_at_the_end_of_a_part_is_inside(prefix: str, mark: str, rest: str) -> None:
    assert rules.is_inside(prefix + mark + rest, [prefix])
    assert rules.is_inside(prefix + mark + rest, [prefix + mark])
    assert not rules.is_inside(prefix + "x" + mark + rest, [prefix])


# Whom a statement is about


def of_actor(actor: dict[str, Any]) -> Statement:
    return {**ALLOWED, "actor": actor}


def about(target: dict[str, Any]) -> Statement:
    return {**ALLOWED, "object": target}


def context(**members: Any) -> Statement:
    return {**ALLOWED, "context": members}


def planned(**members: Any) -> Statement:
    inner = {"objectType": "SubStatement", **ALLOWED, **members}
    return about(inner)


OF_OTHERS = {
    "another site": (of_actor(STRANGER), "statement.actor", OTHER),
    "letter case": (of_actor(account("https://MOOC.example")), "statement.actor", "https://MOOC.example"),
    "a slash more": (of_actor(account("https://mooc.example/")), "statement.actor", "https://mooc.example/"),
    "a longer host": (of_actor(account("https://mooc.example.org")), "statement.actor", "https://mooc.example.org"),
    "a mailbox": (of_actor(MAIL), "statement.actor", "mailto:sari@sukabumi.example"),
    "a hashed mailbox": (of_actor({"mbox_sha1sum": "a" * 40}), "statement.actor", "a" * 40),
    "an openid": (of_actor({"openid": "https://mooc.example/sari"}), "statement.actor", "https://mooc.example/sari"),
    "a group": (of_actor(group(account(), **STRANGER)), "statement.actor", OTHER),
    "a member": (of_actor(group(account(), STRANGER, **account(name="kelas"))), "statement.actor", OTHER),
    "a member of nobody": (of_actor(group(account(), STRANGER)), "statement.actor", OTHER),
    "a member by mail": (of_actor(group(account(), MAIL)), "statement.actor", "mailto:sari@sukabumi.example"),
    "an agent as object": (about({"objectType": "Agent", **STRANGER}), "statement.object", OTHER),
    "a group as object": (about(group(account(), STRANGER)), "statement.object", OTHER),
}


@pytest.mark.parametrize("case", OF_OTHERS)
def test_people_of_other_sites_are_refused(case: str) -> None:
    sent, place, named = OF_OTHERS[case]
    error = refused(HOMES, sent)

    assert error is not None
    assert (error.status, error.place) == (403, place)
    assert HOME in error.message
    assert named in error.message
    assert refused(UNDER, sent) is None


MEANT_FOR_NOBODY = {
    "an account": ALLOWED,
    "a group of the site": of_actor(group(account(), **account(name="kelas"))),
    "members of nobody": of_actor(group(account(), account(name="1988"))),
    "an agent of the site": about({"objectType": "Agent", **account()}),
    "instructor": context(instructor=STRANGER),
    "team": context(team=group(STRANGER)),
    "a plan for another": planned(actor=STRANGER),
    "a plan about another": planned(object={"objectType": "Agent", **STRANGER}),
    "a reference": about({"objectType": "StatementRef", "id": str(UUID(int=7 << 76 | 8 << 60))}),
}


@pytest.mark.parametrize("case", MEANT_FOR_NOBODY)
def test_who_only_stands_by_is_not_looked_at(case: str) -> None:
    assert refused(HOMES, MEANT_FOR_NOBODY[case]) is None


def test_context_agents_and_groups_only_stand_by_too() -> None:
    agents = [{"objectType": "contextAgent", "agent": STRANGER}]
    groups = [{"objectType": "contextGroup", "group": group(STRANGER)}]

    assert refused(HOMES, context(contextAgents=agents, contextGroups=groups), version=rules.V2) is None


# What it is about


def parents(*found: str) -> Statement:
    return context(contextActivities={"parent": [{"id": one} for one in found]})


BEYOND = {
    "object": (about({"id": f"{OTHER}/modul/1"}), "statement.object.id"),
    "a longer host": (about({"id": "https://mooc.example.org/modul/1"}), "statement.object.id"),
    "parent": (parents(f"{OTHER}/kuis/1"), "statement.context.contextActivities.parent[0].id"),
    "second parent": (parents(MODULE, f"{OTHER}/kuis/1"), "statement.context.contextActivities.parent[1].id"),
    "parent alone": (
        context(contextActivities={"parent": {"id": f"{OTHER}/kuis/1"}}),
        "statement.context.contextActivities.parent[0].id",
    ),
}


@pytest.mark.parametrize("version", [rules.V1, rules.V2])
@pytest.mark.parametrize("case", BEYOND)
def test_activities_elsewhere_are_refused(case: str, version: str) -> None:
    sent, place = BEYOND[case]
    error = refused(UNDER, sent, version=version)

    assert error is not None
    assert (error.status, error.place) == (403, place)
    assert "https://mooc.example/" in error.message
    assert "https://mooc.example.org/" in error.message or OTHER in error.message
    assert refused(HOMES, sent, version=version) is None


def test_no_way_of_writing_hides_a_parent() -> None:
    text = json.dumps(parents(f"{OTHER}/kuis/1")).replace('"parent"', '"p\\u0061rent"')
    with pytest.raises(NotAllowed) as error:
        rules.refuse_beyond(prepare_text(text), UNDER)

    assert error.value.place == "statement.context.contextActivities.parent[0].id"


ELSEWHERE: dict[str, Statement] = {
    "grouping": context(contextActivities={"grouping": [{"id": f"{OTHER}/kursus"}]}),
    "category": context(contextActivities={"category": [{"id": f"{OTHER}/profil"}]}),
    "other": context(contextActivities={"other": [{"id": f"{OTHER}/lain"}]}),
    "a parent inside": parents(MODULE),
    "a plan": planned(object={"id": f"{OTHER}/modul/1"}),
    "a planned parent": changed(
        SUB_STATEMENT, put("object.context.contextActivities.parent", [{"id": f"{OTHER}/kursus"}])
    ),
    "a person": about({"objectType": "Agent", **account()}),
    "voiding": VOIDING,
    "the word alone": about({"id": MODULE, "definition": {"name": {"en": '"parent"'}}}),
    "the word as a name": about({"id": MODULE, "definition": {"extensions": {"urn:x:parent": {"parent": None}}}}),
}


@pytest.mark.parametrize("case", ELSEWHERE)
def test_activities_that_only_stand_around_are_not_looked_at(case: str) -> None:
    assert refused(UNDER, ELSEWHERE[case]) is None


# Documents


@pytest.mark.parametrize(
    ("agent", "activity_id", "places"),
    [
        (account(), MODULE, ["", ""]),
        (STRANGER, MODULE, ["agent", ""]),
        (MAIL, MODULE, ["agent", ""]),
        (account(), f"{OTHER}/modul/1", ["", "activityId"]),
    ],
)
def test_documents_of_others_are_refused(agent: dict[str, Any], activity_id: str, places: list[str]) -> None:
    asked = [("agent", json.dumps(agent)), ("activityId", activity_id), ("stateId", "x")]
    place = rules.parse_place(asked, kind="state", version=rules.V1, needs_id=True, may_have_since=False)
    found = []
    for limits in (HOMES, UNDER):
        try:
            rules.refuse_place_beyond(place, limits)
        except NotAllowed as error:
            found.append(error.place)
        else:
            found.append("")

    assert found == places


# What is told


def test_of_several_statements_the_first_outside_is_named() -> None:
    error = refused(HOMES, [ALLOWED, of_actor(STRANGER), of_actor(MAIL)])

    assert error is not None
    assert error.place == "statements[1].actor"
    assert refused(HOMES, [ALLOWED, ALLOWED]) is None


def test_however_many_and_long_limits_are_the_message_stays_short() -> None:
    many = tuple(f"https://mooc.example/{'x' * 900}/{number}" for number in range(MOST))
    error = refused(Limits(home_pages=many), of_actor(account(f"{OTHER}/{'y' * 900}")))

    assert error is not None
    assert many[0][:50] in error.message
    assert len(error.message) < 2000


# What holds of every statement


def _people(sent: Any) -> Iterator[str | None]:
    """The homePages of whom a statement is about, None for one without, read from the JSON itself."""
    for agent in (sent["actor"], sent["object"]):
        if agent is sent["actor"] or agent.get("objectType") in ("Agent", "Group"):
            is_named = {"account", "mbox", "mbox_sha1sum", "openid"} & agent.keys()
            for one in (*([agent] if is_named else []), *agent.get("member", ())):
                yield one.get("account", {}).get("homePage")


def _activities(sent: Any) -> Iterator[str]:
    if sent["object"].get("objectType", "Activity") == "Activity":
        yield sent["object"]["id"]
    found = sent.get("context", {}).get("contextActivities", {}).get("parent", ())
    yield from (one["id"] for one in ([found] if isinstance(found, dict) else found))


@settings(deadline=None)
@given(statements, versions, st.data())
def test_a_statement_inside_its_limits_is_taken_and_any_other_is_refused(
    sent: dict[str, Any], version: str, data: st.DataObject
) -> None:
    people, activities = set(_people(sent)), set(_activities(sent))
    named = {one for one in people if one is not None} | {HOME}
    homes = data.draw(st.sets(st.sampled_from(sorted(named)), min_size=1))
    under = data.draw(st.sets(st.sampled_from(sorted(activities | {MODULE})), min_size=1))

    assert (refused(Limits(home_pages=tuple(homes)), sent, version=version) is None) == (people <= homes)
    assert (refused(Limits(activity_prefixes=tuple(under)), sent, version=version) is None) == (
        all(rules.is_inside(one, list(under)) for one in activities)
    )


@settings(deadline=None)
@given(statements, st.lists(iris, max_size=2), st.lists(iris, max_size=2))
def test_one_limit_more_never_lets_more_in(sent: dict[str, Any], homes: list[str], under: list[str]) -> None:
    people, activities = Limits(home_pages=tuple(homes)), Limits(activity_prefixes=tuple(under))
    both = Limits(home_pages=tuple(homes), activity_prefixes=tuple(under))

    assert refused(Limits(), sent) is None
    assert (refused(both, sent) is None) == (refused(people, sent) is None and refused(activities, sent) is None)
