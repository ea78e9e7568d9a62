"""Adding and changing participants, and who an agent is, on both databases."""

import contextlib
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import event
from sqlalchemy.orm import Session

from lms.db import db, transaction
from lms.errors import Conflict, DomainError, NotFound, Problems
from lms.events import AgentMatched, MatchingChanged, ParticipantsChanged
from lms.people import queries, rules, service
from lms.people.rules import KnownAgent, NewParticipant
from tests.world import NOW, World

ANI = NewParticipant(identifier="1990A", name="Ani Contoh", email="Ani@Sukabumi.Example")
BUDI = NewParticipant(identifier="1990B", name="Budi Contoh")


@contextlib.contextmanager
def heard(app: Flask) -> Iterator[tuple[Session, list[Any]]]:
    """A transaction, and the facts announced in it."""
    facts: list[Any] = []
    kinds = (ParticipantsChanged, AgentMatched, MatchingChanged)
    with app.app_context(), transaction() as session:
        session.info["listeners"] = {kind: [lambda _, fact: facts.append(fact)] for kind in kinds}
        yield session, facts


def add(world: World, *people: NewParticipant, organisation_id: int | None = None) -> tuple[dict[str, UUID], list[Any]]:
    organisation_id = organisation_id or world.sukabumi
    with heard(world.app) as (session, facts):
        return service.add_participants(session, organisation_id=organisation_id, people=people, now=NOW), facts


def known(world: World, participant_id: UUID) -> queries.ParticipantInfo:
    with world.reading() as session:
        return queries.participant(session, organisation_id=world.sukabumi, participant_id=participant_id)


def test_it_adds_participants_and_says_that_they_are_new(world: World) -> None:
    ids, facts = add(world, ANI, BUDI)
    assert known(world, ids["1990A"]).email == "Ani@Sukabumi.Example"
    assert known(world, ids["1990B"]).email is None
    assert facts == [ParticipantsChanged(organisation_id=world.sukabumi, participant_ids=(ids["1990A"], ids["1990B"]))]


def test_adding_the_same_again_changes_nothing_and_says_nothing(world: World) -> None:
    first, _ = add(world, ANI, BUDI)
    assert add(world, ANI, BUDI) == (first, [])


def test_another_name_is_kept_but_matches_nobody_anew(world: World) -> None:
    ids, _ = add(world, ANI)
    _, facts = add(world, NewParticipant(identifier="1990A", name="Ani Baru", email=ANI.email))
    assert known(world, ids["1990A"]).name == "Ani Baru"
    assert facts == []


@pytest.mark.parametrize(
    "otherwise",
    [
        NewParticipant(identifier="1990a", name=ANI.name, email=ANI.email),
        NewParticipant(identifier="1990A", name=ANI.name, email="ani.baru@sukabumi.example"),
    ],
)
def test_whoever_is_known_otherwise_is_told(world: World, otherwise: NewParticipant) -> None:
    ids, _ = add(world, ANI, BUDI)
    _, facts = add(world, otherwise, BUDI)
    assert facts == [ParticipantsChanged(organisation_id=world.sukabumi, participant_ids=(ids["1990A"],))]
    after = known(world, ids["1990A"])
    assert (after.identifier, after.email) == (otherwise.identifier, otherwise.email)


def test_an_import_without_an_email_leaves_the_known_one(world: World) -> None:
    ids, _ = add(world, ANI)
    _, facts = add(world, NewParticipant(identifier="1990A", name="Ani Contoh"))
    assert known(world, ids["1990A"]).email == "Ani@Sukabumi.Example"
    assert facts == []


def test_two_people_can_exchange_their_emails(world: World) -> None:
    one, two = "satu@sukabumi.example", "dua@sukabumi.example"
    ids, _ = add(world, *(NewParticipant(identifier=i, name=i, email=e) for i, e in (("A", one), ("B", two))))
    add(world, *(NewParticipant(identifier=i, name=i, email=e) for i, e in (("A", two), ("B", one))))
    assert [known(world, ids[identifier]).email for identifier in "AB"] == [two, one]


@pytest.mark.parametrize(
    ("people", "places"),
    [
        ([ANI, NewParticipant(identifier="1990a", name="Ani lagi")], ["1990a"]),
        ([ANI, NewParticipant(identifier="1990C", name="Citra", email="ANI@sukabumi.example")], ["1990C"]),
        ([NewParticipant(identifier="X", name=""), NewParticipant(identifier="Y", name="Y", email="y")], ["X", "Y"]),
        ([NewParticipant(identifier="1990C", name="Citra", email="lama@sukabumi.example")], ["1990C"]),
    ],
)
def test_it_names_every_bad_person_and_changes_nothing(
    world: World, people: Sequence[NewParticipant], places: list[str]
) -> None:
    add(world, NewParticipant(identifier="1990L", name="Lama", email="lama@sukabumi.example"))
    with pytest.raises(Problems) as refused:
        add(world, *people)
    assert [problem.place for problem in refused.value.problems] == places
    with world.reading() as session:
        assert len(queries.participant_ids(session, organisation_id=world.sukabumi)) == 1


def test_another_organisation_may_have_the_same_identifier_and_email(world: World) -> None:
    ours, _ = add(world, ANI)
    theirs, _ = add(world, ANI, organisation_id=world.bandung)
    assert ours["1990A"] != theirs["1990A"]


def test_participants_are_found_by_identifier_in_their_own_organisation_only(world: World) -> None:
    ids, _ = add(world, ANI)
    with world.reading() as session:
        assert queries.participants_by_identifier(
            session, organisation_id=world.sukabumi, identifiers=["1990a", "nobody"]
        ) == {"1990a": ids["1990A"]}
        assert queries.participants_by_identifier(session, organisation_id=world.bandung, identifiers=["1990A"]) == {}


def test_adding_many_takes_no_more_statements_than_adding_one(world: World) -> None:
    assert statements_to_add(world, 1) == statements_to_add(world, 60)


def statements_to_add(world: World, count: int) -> int:
    people = [
        NewParticipant(identifier=f"{count}-{n}", name="N", email=f"n{count}-{n}@x.example") for n in range(count)
    ]
    organisation_id, seen = world.sukabumi, list[str]()
    with world.app.app_context(), transaction() as session, counting(seen):
        service.add_participants(session, organisation_id=organisation_id, people=people, now=NOW)
    return len(seen)


@contextlib.contextmanager
def counting(seen: list[str]) -> Iterator[None]:
    def note(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        seen.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


# One participant


def change(
    world: World, participant_id: UUID, organisation_id: int | None = None, **wanted: str
) -> tuple[bool, list[Any]]:
    values = {"identifier": "1990A", "name": "Ani Contoh", "email": "Ani@Sukabumi.Example"} | wanted
    organisation_id = organisation_id or world.sukabumi
    with heard(world.app) as (session, facts):
        changed = service.change_participant(
            session, organisation_id=organisation_id, participant_id=participant_id, **values
        )
        return changed, facts


def test_a_participant_can_lose_their_email(world: World) -> None:
    ids, _ = add(world, ANI)
    changed, facts = change(world, ids["1990A"], email="")
    assert changed
    assert known(world, ids["1990A"]).email is None
    assert facts == [ParticipantsChanged(organisation_id=world.sukabumi, participant_ids=(ids["1990A"],))]


def test_saving_a_participant_as_they_are_changes_nothing(world: World) -> None:
    ids, _ = add(world, ANI)
    assert change(world, ids["1990A"]) == (False, [])


@pytest.mark.parametrize(
    ("wanted", "place"),
    [
        ({"identifier": "1990b"}, "identifier"),
        ({"email": "BUDI@sukabumi.example"}, "email"),
        ({"name": " "}, "name"),
        ({"email": "x"}, "email"),
    ],
)
def test_it_tells_the_column_that_is_wrong(world: World, wanted: dict[str, str], place: str) -> None:
    ids, _ = add(world, ANI, NewParticipant(identifier="1990B", name="Budi", email="budi@sukabumi.example"))
    with pytest.raises(DomainError) as refused:
        change(world, ids["1990A"], **wanted)
    assert refused.value.place == place


def test_nobody_changes_a_participant_of_another_organisation(world: World) -> None:
    ids, _ = add(world, ANI)
    with pytest.raises(NotFound):
        change(world, ids["1990A"], organisation_id=world.bandung, name="Lain")
    assert known(world, ids["1990A"]).name == "Ani Contoh"


# Who is who

AGENTS = (
    KnownAgent(key=b"account---------", kind="account", value="1990a", home_page="https://mooc.example"),
    KnownAgent(key=b"mbox------------", kind="mbox", value="mailto:ani@sukabumi.example"),
    KnownAgent(key=b"sha1------------", kind="mbox_sha1sum", value=rules.mbox_sha1("Ani@Sukabumi.Example")),
    KnownAgent(key=b"sha1-folded-----", kind="mbox_sha1sum", value=rules.mbox_sha1("ani@sukabumi.example")),
    KnownAgent(key=b"nobody----------", kind="account", value="nobody", home_page="https://mooc.example"),
)


def resolve(
    world: World, agents: Sequence[KnownAgent] = AGENTS, organisation_id: int | None = None
) -> dict[bytes, UUID]:
    organisation_id = organisation_id or world.sukabumi
    with world.reading() as session:
        return queries.resolve_agents(session, organisation_id=organisation_id, agents=agents)


def test_agents_stand_for_the_participant_with_their_identifier_or_email(world: World) -> None:
    ids, _ = add(world, ANI, BUDI)
    assert resolve(world) == {agent.key: ids["1990A"] for agent in AGENTS[:4]}


def test_agents_stand_for_nobody_of_another_organisation(world: World) -> None:
    add(world, ANI)
    assert resolve(world, organisation_id=world.bandung) == {}


def test_it_asks_the_database_as_often_for_many_agents_as_for_one(world: World) -> None:
    add(world, ANI)
    many = [KnownAgent(key=n.to_bytes(16, "big"), kind="account", value=str(n)) for n in range(3000)]
    counts = []
    for agents in ([], AGENTS[:1], [*AGENTS, *many]):
        seen: list[str] = []
        with world.reading() as session, counting(seen):
            queries.resolve_agents(session, organisation_id=world.sukabumi, agents=agents)
        counts.append(len([statement for statement in seen if not statement.startswith("BEGIN")]))
    assert counts == [3, 3, 3]


def match(world: World, participant_id: UUID, organisation_id: int | None = None) -> list[Any]:
    organisation_id = organisation_id or world.sukabumi
    with heard(world.app) as (session, facts):
        service.match_agent(
            session,
            organisation_id=organisation_id,
            agent_key=AGENTS[4].key,
            participant_id=participant_id,
            matched_by=None,
            now=NOW,
        )
        return facts


def test_what_somebody_says_of_an_agent_counts_until_somebody_says_otherwise(world: World) -> None:
    ids, _ = add(world, ANI, BUDI)
    for identifier in ("1990A", "1990B"):
        facts = match(world, ids[identifier])
        assert resolve(world)[AGENTS[4].key] == ids[identifier]
        assert facts == [
            AgentMatched(organisation_id=world.sukabumi, agent_key=AGENTS[4].key, participant_id=ids[identifier])
        ]
    assert matched(world, ids["1990A"]) == []
    assert matched(world, ids["1990B"]) == [(AGENTS[4].key, None, NOW)]


def matched(world: World, participant_id: UUID) -> list[tuple[bytes, str | None, datetime]]:
    with world.reading() as session:
        found = queries.matched_agents(session, organisation_id=world.sukabumi, participant_id=participant_id)
    return [(one.agent_key, one.matched_by, one.matched_at) for one in found]


def unmatch(world: World, participant_id: UUID, *, organisation_id: int | None = None) -> tuple[bool, list[Any]]:
    organisation_id = organisation_id or world.sukabumi
    with heard(world.app) as (session, facts):
        changed = service.unmatch_agent(
            session, organisation_id=organisation_id, agent_key=AGENTS[4].key, participant_id=participant_id
        )
        return changed, facts


def test_what_somebody_said_of_an_agent_can_be_taken_back_once(world: World) -> None:
    ids, _ = add(world, ANI, BUDI)
    match(world, ids["1990A"])
    assert unmatch(world, ids["1990B"]) == (False, [])
    assert unmatch(world, ids["1990A"], organisation_id=world.bandung) == (False, [])
    assert matched(world, ids["1990A"]) == [(AGENTS[4].key, None, NOW)]
    assert unmatch(world, ids["1990A"]) == (
        True,
        [AgentMatched(organisation_id=world.sukabumi, agent_key=AGENTS[4].key, participant_id=None)],
    )
    assert AGENTS[4].key not in resolve(world)
    assert unmatch(world, ids["1990A"]) == (False, [])


@pytest.mark.parametrize("stranger", ["unknown", "elsewhere"])
def test_an_agent_is_matched_with_nobody_of_elsewhere(world: World, stranger: str) -> None:
    ids, _ = add(world, ANI)
    there = world.bandung if stranger == "elsewhere" else world.sukabumi
    with pytest.raises(NotFound):
        match(world, ids["1990A"] if stranger == "elsewhere" else uuid4(), organisation_id=there)


def set_matching(world: World, *, by_account: bool, home_pages: Sequence[str], by_mbox: bool) -> tuple[bool, list[Any]]:
    organisation_id = world.sukabumi
    with heard(world.app) as (session, facts):
        changed = service.set_matching(
            session,
            organisation_id=organisation_id,
            by_account=by_account,
            home_pages=home_pages,
            by_mbox=by_mbox,
        )
        return changed, facts


def test_other_rules_of_who_is_who_count_at_once_and_are_told(world: World) -> None:
    ids, _ = add(world, ANI)
    changed, facts = set_matching(world, by_account=True, home_pages=["https://other.example"], by_mbox=False)
    assert changed
    assert facts == [MatchingChanged(organisation_id=world.sukabumi)]
    assert resolve(world) == {}
    set_matching(world, by_account=True, home_pages=["https://mooc.example"], by_mbox=False)
    assert resolve(world) == {AGENTS[0].key: ids["1990A"]}


def test_the_same_rules_again_are_no_news(world: World) -> None:
    assert set_matching(world, by_account=True, home_pages=[], by_mbox=True) == (False, [])


# Organisations


@pytest.mark.parametrize(("slug", "name", "place"), [("Kota", "Kota", "slug"), ("kota", " ", "name")])
def test_it_refuses_an_organisation_without_a_usable_name(world: World, slug: str, name: str, place: str) -> None:
    with pytest.raises(DomainError) as refused, world.transaction() as session:
        service.add_organisation(session, slug=slug, name=name, now=NOW)
    assert refused.value.place == place


def test_a_short_name_is_taken_once(world: World) -> None:
    assert world.sukabumi
    with pytest.raises(Conflict), world.transaction() as session:
        service.add_organisation(session, slug="sukabumi", name="Lain", now=NOW)


def test_the_only_organisation_is_found_while_it_is_the_only_one(world: World) -> None:
    with world.reading() as session:
        assert queries.only_organisation(session) is None
        assert queries.is_empty(session)
    assert world.sukabumi
    with world.reading() as session:
        only = queries.only_organisation(session)
        assert only is not None
        assert only.id == world.sukabumi
        assert queries.organisation_by_slug(session, slug="sukabumi") == only
        assert queries.organisation(session, organisation_id=world.sukabumi) == only
    assert world.bandung
    with world.reading() as session:
        assert queries.only_organisation(session) is None
        assert [one.slug for one in queries.organisations(session)] == ["bandung", "sukabumi"]
        with pytest.raises(NotFound):
            queries.organisation_by_slug(session, slug="nowhere")
