"""Statements that refer to others: found by every filter that finds those, whatever the order in which they come."""

import json
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event, text
from sqlalchemy.orm import Session

from lms.people import service as people
from lms.xapi import queries, references, rules, searching, service
from lms.xapi.references import MOST_STEPS
from tests.world import NOW, START, World
from tests.xapi.lrs import ANI, BUDI, CITRA, HOME, MODULE, SECOND, Statement, lrs, referring, statement, voiding
from tests.xapi.test_budget import counted

AUTHORITY = {"objectType": "Agent", "account": {"homePage": "https://padu.example", "name": "mooc"}}
MENTOR = {"mbox": "mailto:mentor@sukabumi.example"}
COURSE, VIEWED, REVIEWED = (f"https://mooc.example/{name}" for name in ("kursus/1", "verbs/viewed", "verbs/reviewed"))
REVIEWS = referring("")["verb"]["id"]
REGISTRATIONS = ("3fdba88f-54ae-4a2f-956b-76143df1760e", "3fdba88f-54ae-4a2f-956b-76143df1760f")
SENDERS = tuple(UUID(int=number) for number in (1, 2))


def agent(name: str) -> dict[str, Any]:
    return {"account": {"homePage": HOME, "name": name}}


def identity(number: int) -> str:
    return str(UUID(int=0x01890A5DAC96774BBCCEB302099A8000 + number))


# A naive store to compare with


@dataclass(frozen=True)
class Kept:
    """A statement in the naive store."""

    id: UUID
    stored: datetime
    tree: Statement
    sent_by: UUID

    @property
    def target(self) -> str | None:
        found = self.tree["object"]
        return found["id"] if found.get("objectType") == "StatementRef" else None

    @property
    def voids(self) -> bool:
        return bool(self.tree["verb"]["id"] == rules.VOIDED)


def named(actor: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """An agent, or a group with its members, as the agent parameter names them."""
    yield {name: value for name, value in actor.items() if name in ("account", "mbox")}
    for member in actor.get("member", []):
        yield from named(member)


def around(tree: Statement) -> tuple[list[Any], list[Any]]:
    """The agents and activities of the context."""
    context = tree.get("context", {})
    agents = [one for name in ("instructor", "team") if name in context for one in named(context[name])]
    activities = [one["id"] for kind in context.get("contextActivities", {}).values() for one in kind]
    return agents, activities


def core(tree: Statement) -> tuple[list[Any], list[Any]]:
    """The agents that are actor or object, and the activity that is the object."""
    target, agents = tree["object"], [*named(tree["actor"])]
    kind = target.get("objectType", "Activity")
    if kind in ("Agent", "Group"):
        agents += named(target)
    return agents, [target["id"]] if kind == "Activity" else []


def names(tree: Statement, *, related: bool) -> tuple[list[Any], list[Any]]:
    agents, activities = core(tree)
    if not related:
        return agents, activities
    inner = tree["object"] if tree["object"].get("objectType") == "SubStatement" else None
    parts = [around(tree), *([core(inner), around(inner)] if inner else [])]
    agents = [*agents, {"account": AUTHORITY["account"]}, *(one for part in parts for one in part[0])]
    return agents, [*activities, *(one for part in parts for one in part[1])]


def is_match(tree: Statement, asked: dict[str, Any]) -> bool:
    """Whether the statement itself is what all the filters look for."""
    agents = names(tree, related=bool(asked.get("related_agents")))[0]
    activities = names(tree, related=bool(asked.get("related_activities")))[1]
    return (
        asked.get("verb") in (None, tree["verb"]["id"])
        and asked.get("registration") in (None, tree.get("context", {}).get("registration"))
        and ("agent" not in asked or asked["agent"] in agents)
        and asked.get("activity") in (None, *activities)
    )


def chain(one: Kept, everything: dict[str, Kept]) -> Iterator[Kept]:
    """What the statement refers to, step by step."""
    seen, target = {str(one.id)}, one.target
    while target in everything and target not in seen:
        seen.add(target)
        yield everything[target]
        target = everything[target].target


def naive(history: Sequence[Kept], asked: dict[str, Any], sent_by: UUID | None) -> list[UUID]:
    """The ids that GET /statements has to give, all pages together."""
    everything = {str(one.id): one for one in history}
    voided = {one.target for one in history if one.voids}
    found = [
        one
        for one in history
        if any(is_match(each.tree, asked) for each in (one, *chain(one, everything)))
        and (one.voids or str(one.id) not in voided)
        and sent_by in (None, one.sent_by)
        and ("since" not in asked or one.stored > asked["since"])
        and ("until" not in asked or one.stored <= asked["until"])
    ]
    found.sort(key=lambda one: (one.stored, one.id), reverse=not asked.get("ascending"))
    return [one.id for one in found]


# Histories


def moment(number: int) -> datetime:
    return NOW + timedelta(milliseconds=number)


@st.composite
def trees(draw: st.DrawFn, number: int) -> Statement:
    """A plain statement, one with a SubStatement, or one that refers to any of the others or voids it."""
    said: dict[str, Any] = {"id": identity(number)}
    target = identity(draw(st.integers(0, 13)))
    kind = draw(st.sampled_from(["plain", "plain", "group", "inside", "refers", "refers", "refers", "voids"]))
    if kind == "voids":
        return voiding(target, **said)
    context: dict[str, Any] = {}
    if draw(st.booleans()):
        context["registration"] = draw(st.sampled_from(REGISTRATIONS))
    if draw(st.booleans()):
        context["instructor"] = draw(st.sampled_from([MENTOR, agent(ANI)]))
    if draw(st.booleans()):
        context["contextActivities"] = {"parent": [{"id": draw(st.sampled_from([COURSE, MODULE]))}]}
    name, verb = draw(st.sampled_from([ANI, BUDI, CITRA])), draw(st.sampled_from([VIEWED, REVIEWED]))
    iri = draw(st.sampled_from([MODULE, SECOND, COURSE]))
    one = statement(name, verb, iri, **said, context=context)
    if kind == "group":
        one["actor"] = {"objectType": "Group", "member": [agent(name), MENTOR]}
    if kind == "inside":
        inner = {key: one[key] for key in ("actor", "verb", "object", "context")} | {"objectType": "SubStatement"}
        return statement("perencana", VIEWED, **said) | {"object": inner}
    return one | {"object": {"objectType": "StatementRef", "id": target}} if kind == "refers" else one


@st.composite
def histories(draw: st.DrawFn) -> list[tuple[list[Statement], UUID]]:
    """Batches with their senders. What a statement refers to came before, comes later, or never."""
    order = draw(st.permutations(range(draw(st.integers(1, 12)))))
    batches: list[tuple[list[Statement], UUID]] = []
    for number in order:
        if not batches or draw(st.booleans()):
            batches.append(([], draw(st.sampled_from(SENDERS))))
        batches[-1][0].append(draw(trees(number)))
    return batches


ASKED = st.fixed_dictionaries(
    {},
    optional={
        "agent": st.sampled_from([agent(ANI), agent(BUDI), MENTOR, {"account": AUTHORITY["account"]}]),
        "verb": st.sampled_from([VIEWED, REVIEWED, rules.VOIDED]),
        "activity": st.sampled_from([MODULE, SECOND, COURSE]),
        "registration": st.sampled_from(REGISTRATIONS),
        "related_agents": st.booleans(),
        "related_activities": st.booleans(),
        "since": st.integers(-1, 8).map(moment),
        "until": st.integers(-1, 8).map(moment),
        "ascending": st.booleans(),
    },
)


def received(world: World, organisation_id: int, batches: Sequence[tuple[list[Statement], UUID]]) -> list[Kept]:
    """Store the batches, each in a transaction, two at a time at the same moment."""
    kept = []
    for position, (batch, sent_by) in enumerate(batches):
        stored = moment(position // 2)
        with world.transaction() as session:
            prepared = rules.prepare(json.dumps(batch).encode(), version=rules.V1, now=stored, authority=AUTHORITY)
            sent_together = service.Batch(prepared=prepared, credential_id=sent_by)
            service.stamp(session, organisation_id=organisation_id, alone=True)
            service.store(session, organisation_id=organisation_id, batches=[sent_together], stored=stored)
        kept += [Kept(id=UUID(one["id"]), stored=stored, tree=one, sent_by=sent_by) for one in batch]
    return kept


def fields(asked: dict[str, Any]) -> dict[str, Any]:
    """What is asked, as the fields of a query."""
    found = dict(asked)
    if "agent" in asked:
        found["agent"] = rules.parse_agent(json.dumps(asked["agent"]))
    if "registration" in asked:
        found["registration"] = UUID(asked["registration"])
    return found


def read(
    world: World, organisation_id: int, asked: dict[str, Any], *, limit: int, sent_by: UUID | None = None
) -> list[UUID]:
    """The ids of all pages, going on by the cursor."""
    found: list[UUID] = []
    cursor = None
    for _ in range(30):
        with world.reading() as session:
            query = rules.StatementQuery(**fields(asked), cursor=cursor)
            page = queries.statements(
                session, organisation_id=organisation_id, query=query, limit=limit, sent_by=sent_by
            )
        assert len(page.statements) == limit or page.more is None
        found += [one.id for one in page.statements]
        if page.more is None:
            return found
        cursor = page.more
    raise AssertionError("the pages lead in a circle")


_number = count(1)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    batches=histories(),
    asked=st.lists(ASKED, min_size=1, max_size=6),
    limit=st.integers(1, 13),
    sent_by=st.sampled_from([None, None, *SENDERS]),
    few=st.sampled_from([1, 3, 200]),
)
def test_every_page_is_what_a_naive_store_would_give(
    world: World,
    batches: list[tuple[list[Statement], UUID]],
    asked: list[dict[str, Any]],
    limit: int,
    sent_by: UUID | None,
    few: int,
) -> None:
    with world.transaction() as session:
        organisation_id = people.add_organisation(session, slug=f"o-{next(_number)}", name="Contoh", now=START)
    history = received(world, organisation_id, batches)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(searching, "FEW", few)
        for one in asked:
            found = read(world, organisation_id, one, limit=limit, sent_by=sent_by)
            assert found == naive(history, one, sent_by), one


# One by one


def sent(world: World, *statements: Statement) -> None:
    organisation_id = world.sukabumi
    prepared = rules.prepare(json.dumps(statements).encode(), version=rules.V1, now=NOW, authority=AUTHORITY)
    with world.transaction() as session:
        service.store_one(session, organisation_id=organisation_id, prepared=prepared, credential_id=None)


def found(world: World, **asked: Any) -> set[int]:
    """The numbers of all that is found."""
    ids = read(world, world.sukabumi, asked, limit=100)
    return {one.int - UUID(identity(0)).int for one in ids}


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (3, 2, 1, 0), (1, 3, 0, 2), (2, 0, 3, 1)])
@pytest.mark.parametrize("at_once", [1, 2, 4])
def test_a_chain_is_followed_in_whatever_order_it_comes(world: World, order: tuple[int, ...], at_once: int) -> None:
    links = [statement(iri=SECOND, id=identity(0))]
    links += [referring(identity(number - 1), id=identity(number)) for number in (1, 2, 3)]
    for start in range(0, 4, at_once):
        sent(world, *(links[number] for number in order[start : start + at_once]))

    assert found(world, activity=SECOND) == {0, 1, 2, 3}
    assert found(world, activity=SECOND, verb=rules.COMPLETED) == {0, 1, 2, 3}


def test_one_statement_must_match_all_filters_alone(world: World) -> None:
    sent(world, statement(ANI, iri=SECOND, id=identity(0)), referring(identity(0), id=identity(1)))
    reviewed = referring(identity(0))["verb"]["id"]

    assert found(world, activity=SECOND, verb=rules.COMPLETED) == {0, 1}
    assert found(world, activity=SECOND, verb=reviewed) == set()
    assert found(world, agent=agent("penilai"), verb=rules.COMPLETED) == set()
    assert found(world, agent=agent("penilai"), verb=reviewed) == {1}


def test_two_targets_do_not_match_together(world: World) -> None:
    sent(
        world,
        statement(ANI, VIEWED, MODULE, id=identity(0)),
        referring(identity(0), id=identity(1)),
        referring(identity(1), id=identity(2)),
    )

    assert found(world, agent=agent("penilai"), activity=MODULE) == set()
    assert found(world, agent=agent(ANI), activity=MODULE) == {0, 1, 2}


def test_a_chain_that_never_ends_is_followed_a_bounded_way(world: World) -> None:
    last = MOST_STEPS + 5
    links = [statement(iri=SECOND, id=identity(0))]
    links += [referring(identity(number - 1), id=identity(number)) for number in range(1, last)]
    sent(world, *links[1:])
    sent(world, links[0])

    assert found(world, activity=SECOND) == set(range(MOST_STEPS + 1))


def test_of_what_names_very_many_the_first_hundred_keys_are_handed_on(world: World) -> None:
    members = [agent(f"anggota-{number}") for number in range(150)]
    team = {"objectType": "Group", "mbox": "mailto:tim@sukabumi.example", "member": members}
    context = {"registration": REGISTRATIONS[0], "contextActivities": {"parent": [{"id": COURSE}]}}
    sent(world, statement(iri=SECOND, id=identity(0), context=context) | {"actor": team})
    sent(world, referring(identity(0), id=identity(1)))
    sent(world, statement(BUDI, id=identity(2)) | {"actor": team, "object": agent(CITRA) | {"objectType": "Agent"}})
    sent(world, referring(identity(2), id=identity(3)))
    group = {"mbox": team["mbox"]}

    assert found(world, verb=rules.COMPLETED, registration=REGISTRATIONS[0], agent=group, activity=SECOND) == {0, 1}
    assert found(world, activity=COURSE, related_activities=True) == {0, 1}
    assert found(world, agent=members[0]) == {0, 1, 2, 3}
    assert found(world, agent=agent(CITRA)) == {2, 3}
    assert found(world, agent=members[-1]) == {0, 2}
    assert found(world, agent=agent("penilai")) == {1, 3}


def test_a_request_writes_the_nearest_references_and_no_more_than_a_bound(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    sent(world, statement(ANI, iri=SECOND, id=identity(0)))
    sent(world, referring(identity(0), id=identity(1)))
    numbers = range(10, 20)
    # Each has a verb, an actor and an authority, and what all of them lead to an activity as well.
    monkeypatch.setattr(references, "MOST_ROWS", 3 * len(numbers) + 4)
    sent(world, *(referring(identity(1), id=identity(number)) for number in numbers))

    assert found(world, verb=REVIEWS, agent=agent("penilai")) == {1, *numbers}
    assert found(world, activity=SECOND) == {0, 1, 10}
    assert "not followed any further" in caplog.text


def test_of_very_many_that_wait_for_one_a_bounded_number_learns_what_it_is(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(references, "MOST_WAITING", 5)
    numbers = range(1, 21)
    sent(world, *(referring(identity(0), id=identity(number)) for number in numbers))
    sent(world, statement(ANI, iri=SECOND, id=identity(0)), referring(identity(0), id=identity(30)))
    by_target = found(world, activity=SECOND)

    assert {0, 30} < by_target
    # One of the five may be the new one, which is found anyway.
    assert len(by_target & {*numbers}) in (4, 5)
    assert found(world, agent=agent("penilai")) == {*numbers, 30}


def test_members_authority_and_what_is_inside_count_as_for_the_target(world: World) -> None:
    team = {"objectType": "Group", "mbox": "mailto:tim@sukabumi.example", "member": [MENTOR]}
    inner = statement(BUDI, VIEWED, SECOND) | {"objectType": "SubStatement"}
    sent(world, statement(ANI, id=identity(0)) | {"actor": team}, statement(id=identity(1)) | {"object": inner})
    sent(world, referring(identity(0), id=identity(10)), referring(identity(1), id=identity(11)))

    assert found(world, agent=MENTOR) == {0, 10}
    assert found(world, agent=agent(BUDI)) == set()
    assert found(world, agent=agent(BUDI), related_agents=True) == {1, 11}
    assert found(world, agent={"account": AUTHORITY["account"]}, related_agents=True) == {0, 1, 10, 11}
    assert found(world, activity=SECOND, related_activities=True) == {1, 11}


def test_the_voiding_statement_is_found_in_place_of_the_voided_one(world: World) -> None:
    sent(world, voiding(identity(0), id=identity(2)))
    sent(world, referring(identity(0), id=identity(1)))
    sent(world, statement(ANI, iri=SECOND, id=identity(0)))

    assert found(world, activity=SECOND) == {1, 2}
    assert found(world, agent=agent(ANI), activity=SECOND) == {1, 2}


def test_what_refers_to_several_matches_takes_one_place_on_a_page(world: World) -> None:
    course = {"contextActivities": {"parent": [{"id": COURSE}]}}
    sent(world, *(referring(identity(number - 1), id=identity(number), context=course) for number in range(1, 5)))
    sent(world, *(referring(identity(number - 1), id=identity(number)) for number in range(5, 9)))
    asked = {"activity": COURSE, "related_activities": True}

    assert read(world, world.sukabumi, asked, limit=2) == [UUID(identity(number)) for number in range(8, 0, -1)]


def test_a_reference_leads_into_no_other_organisation(world: World) -> None:
    lrs(world, organisation_id=world.bandung).sent(statement(iri=SECOND, id=identity(0)))
    sent(world, referring(identity(0), id=identity(1)))

    assert found(world, activity=SECOND) == set()


def test_what_refers_to_nothing_costs_no_query(world: World) -> None:
    taken = []
    for batch in ([statement(ANI, id=identity(0))], [statement(ANI), referring(identity(0))]):
        with counted(world) as queries_sent:
            sent(world, *batch)
        taken.append([one for one in queries_sent if "RECURSIVE" in one or "statement_reference" in one])

    # What is referred to, and its statement; COPY goes past what is counted.
    assert [[one.split()[0] for one in each if one.split()[0] != "INSERT"] for each in taken] == [[], ["WITH"]]


def test_many_references_take_as_many_queries_as_one(world: World) -> None:
    # Who refers is known beforehand: whoever comes for the first time costs a query more.
    sent(world, statement("penilai"), *(statement(ANI, id=identity(number)) for number in range(200)))
    taken = []
    for start, end in ((0, 1), (1, 200)):
        with counted(world) as queries_sent:
            sent(world, *(referring(identity(number), id=identity(number + 1000)) for number in range(start, end)))
        taken.append(queries_sent)

    assert len(taken[0]) == len(taken[1]), "\n".join(["", *taken[0], "", *taken[1]])


def test_a_statement_and_its_reference_stored_at_the_same_moment_know_each_other(world: World) -> None:
    sent(world, statement("admin"))
    barrier = threading.Barrier(2)
    wrong: list[BaseException] = []

    def send(batches: Sequence[Statement]) -> None:
        try:
            for one in batches:
                barrier.wait(timeout=60)
                sent(world, one)
        except BaseException as error:
            wrong.append(error)
            barrier.abort()

    numbers = range(20)
    targets = [statement(ANI, iri=SECOND, id=identity(number)) for number in numbers]
    sources = [referring(identity(number), id=identity(number + 100)) for number in numbers]
    threads = [threading.Thread(target=send, args=[batches]) for batches in (targets, sources)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)

    assert not wrong
    assert found(world, activity=SECOND) == {*numbers, *(number + 100 for number in numbers)}


# How they are found


SHAPES = [
    {},
    {"verb": VIEWED},
    {"agent": agent(ANI), "related_agents": True},
    {"activity": COURSE, "related_activities": True, "verb": VIEWED},
    {"registration": REGISTRATIONS[0], "agent": agent(ANI)},
    {"verb": VIEWED, "since": moment(1), "until": moment(7)},
    {"agent": agent(ANI), "activity": COURSE, "verb": VIEWED, "registration": REGISTRATIONS[0]},
]
PLANNED = {"sqlite": "EXPLAIN QUERY PLAN ", "postgresql": "EXPLAIN (FORMAT JSON) "}
TABLES = ("statement", "statement_link", "statement_reference")


def inside(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for part in plan.get("Plans", []):
        yield from inside(part)


def unordered(session: Session, sql: str, parameters: Any) -> list[Any]:
    """What of the plan reads a table without an index, or sorts what it reads from one."""
    connection, dialect = session.connection(), session.get_bind().dialect.name
    rows = connection.exec_driver_sql(PLANNED[dialect] + sql, parameters).all()
    if dialect == "sqlite":
        return [row.detail for row in rows if row.detail.startswith("SCAN statement")]
    steps = [*inside(rows[0][0][0]["Plan"])]
    read = [part for step in steps if "Sort" in step["Node Type"] for part in step["Plans"]]
    whole = [step for step in steps if step["Node Type"] == "Seq Scan"]
    return [step for step in (*read, *whole) if step.get("Relation Name") in TABLES]


@pytest.mark.parametrize("sent_by", [None, SENDERS[0]])
@pytest.mark.parametrize("asked", SHAPES)
def test_every_source_is_read_in_the_order_of_an_index(
    world: World, asked: dict[str, Any], sent_by: UUID | None
) -> None:
    sent(world, *(statement(ANI, VIEWED) for _ in range(3)))
    organisation_id, taken = world.sukabumi, []

    def note(_connection: Any, _cursor: Any, sql: str, parameters: Any, *_: Any) -> None:
        taken.append((sql, parameters))

    with world.reading() as session:
        if session.get_bind().dialect.name == "postgresql":
            # Tables as small as this one are read as they lie, if that is allowed.
            session.execute(text("SET LOCAL enable_seqscan = off"))
            session.execute(text("SET LOCAL enable_bitmapscan = off"))
        event.listen(session.get_bind(), "before_cursor_execute", note)
        query = rules.StatementQuery(**fields(asked))
        queries.statements(session, organisation_id=organisation_id, query=query, limit=50, sent_by=sent_by)
        event.remove(session.get_bind(), "before_cursor_execute", note)

        assert taken
        assert [found for one in taken for found in unordered(session, *one)] == []
        session.rollback()
