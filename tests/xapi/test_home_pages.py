"""Sites that accounts come from: one that was never seen before is flagged, and never blocked."""

import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from lms.errors import DomainError, NotFound
from lms.xapi import home_page_queries, queries, receiving, rules, service
from lms.xapi.gate_models import HomePageRow
from tests.world import NOW, World
from tests.xapi.examples import prepared
from tests.xapi.lrs import ANI, BUDI, HOME, MODULE, Lrs, Statement, limit, lrs, module, statement

OTHER, THIRD = "https://other.example", "https://third.example"


def of(home_page: str, name: str = ANI, **members: Any) -> Statement:
    return statement(name, **members) | {"actor": {"account": {"homePage": home_page, "name": name}}}


def rows(world: World, *, organisation_id: int | None = None) -> dict[str, HomePageRow]:
    with world.reading() as session:
        found = select(HomePageRow).where(HomePageRow.organisation_id == (organisation_id or world.sukabumi))
        return {row.home_page: row for row in session.scalars(found)}


def new(world: World, *, organisation_id: int | None = None) -> list[home_page_queries.NewHomePage]:
    with world.reading() as session:
        return home_page_queries.new_home_pages(session, organisation_id=organisation_id or world.sukabumi, limit=10)


def id_of(world: World, client: Lrs) -> UUID:
    with world.reading() as session:
        found = queries.credential(session, organisation_id=int(client.key.partition(".")[0]), key=client.key)
    assert found is not None
    return found.id


def limited(world: World, *home_pages: str) -> Lrs:
    client = lrs(world)
    limit(world, client, home_pages=home_pages)
    return client


def imported(world: World, *sent: Statement) -> None:
    organisation_id = world.sukabumi
    with world.transaction() as session:
        service.store_one(
            session,
            organisation_id=organisation_id,
            prepared=[prepared({"id": str(uuid4()), **one}) for one in sent],
            credential_id=None,
        )


def test_the_first_statement_of_a_site_notes_it_and_who_sent_it(world: World) -> None:
    first, second = lrs(world), lrs(world)
    first.sent(of(HOME))
    before = rows(world)[HOME]
    second.sent(of(HOME, BUDI), of(OTHER), of(HOME))
    (other, home) = new(world)

    assert (home.home_page, home.credential_id, home.accounts) == (HOME, id_of(world, first), 2)
    assert (other.home_page, other.credential_id, other.accounts) == (OTHER, id_of(world, second), 1)
    assert (home.label, home.is_revoked) == ("MOOC of the tests", False)
    assert home.first_stored == before.first_stored < other.first_stored


def test_a_statement_of_a_new_site_is_stored_and_counts(world: World) -> None:
    _, client = world.cohort, lrs(world)
    sent = client.sent(of(OTHER))

    assert client.found() == sent
    assert module(world, "Ani").completed


def test_a_batch_of_a_new_site_notes_it_once(world: World) -> None:
    client = lrs(world)
    client.sent(*(of(OTHER, f"peserta-{number}") for number in range(50)))

    assert [(one.home_page, one.accounts) for one in new(world)] == [(OTHER, 50)]


def test_its_accounts_are_counted_each_once_until_it_is_confirmed(world: World) -> None:
    first, second = lrs(world), lrs(world)
    for number in range(3):
        first.sent(of(OTHER, f"peserta-{number}"), of(OTHER, "peserta-0"), of(THIRD, "peserta-0"))
        second.sent(of(OTHER, f"peserta-{number}"))
    imported(world, of(OTHER, "peserta-0"), of(OTHER, "peserta-9"))
    assert {one.home_page: one.accounts for one in new(world)} == {OTHER: 4, THIRD: 1}

    confirm(world, OTHER, uuid4())
    first.sent(of(OTHER, "peserta-10"))
    assert {one.home_page: one.accounts for one in new(world)} == {THIRD: 1}


@pytest.mark.parametrize(
    "actor",
    [
        {"mbox": "mailto:ani@other.example"},
        {"openid": "https://other.example/ani"},
        {"mbox_sha1sum": "a" * 40},
        {"objectType": "Group", "member": [{"account": {"homePage": OTHER, "name": ANI}}]},
    ],
)
def test_only_the_account_of_an_actor_is_of_a_site(world: World, actor: dict[str, Any]) -> None:
    instructor = {"account": {"homePage": THIRD, "name": "pengajar"}}
    lrs(world).sent(statement(context={"instructor": instructor}) | {"actor": actor})

    assert rows(world) == {}


def test_a_group_with_an_account_is_an_actor_too(world: World) -> None:
    group = {"objectType": "Group", "account": {"homePage": OTHER, "name": "kelas"}}
    lrs(world).sent(statement() | {"actor": group})

    assert [one.home_page for one in new(world)] == [OTHER]


def test_the_agents_of_documents_are_not_noted(world: World) -> None:
    asked = {"activityId": MODULE, "agent": json.dumps({"account": {"homePage": OTHER, "name": ANI}}), "stateId": "x"}

    assert lrs(world).request("PUT", "/xapi/activities/state", query_string=asked, data=b"x").status_code == 204
    assert rows(world) == {}


def test_what_the_limits_of_a_credential_name_is_known_at_once(world: World) -> None:
    client = limited(world, HOME, THIRD)
    client.sent(of(HOME), of(HOME, BUDI))
    row = rows(world)[HOME]

    assert new(world) == []
    assert row.confirmed_at == row.first_stored
    assert row.confirmed_by is None
    assert rows(world).keys() == {HOME}


def test_a_limit_on_activities_alone_names_no_site(world: World) -> None:
    client = limited(world)
    limit(world, client, prefixes=(MODULE,))
    client.sent(of(HOME))

    assert [one.home_page for one in new(world)] == [HOME]


def test_what_is_refused_notes_nothing(world: World) -> None:
    client = limited(world, HOME)

    assert client.post(of(HOME), of(OTHER)).status_code == 403
    assert rows(world) == {}


def test_an_import_notes_sites_without_a_credential(world: World) -> None:
    imported(world, of(OTHER), of(OTHER, BUDI))
    (found,) = new(world)

    assert (found.home_page, found.credential_id, found.label, found.accounts) == (OTHER, None, None, 2)


def test_who_sends_is_told_also_of_a_credential_that_was_revoked(world: World) -> None:
    client = lrs(world)
    client.sent(of(OTHER))
    with world.transaction() as session:
        service.revoke_credential(session, organisation_id=world.sukabumi, credential_id=id_of(world, client), now=NOW)

    assert [one.is_revoked for one in new(world)] == [True]


@pytest.mark.parametrize("home_page", ["https://MOOC.example", "https://mooc.example/", "http://mooc.example"])
def test_sites_are_told_apart_letter_by_letter(world: World, home_page: str) -> None:
    client = lrs(world)
    client.sent(of(HOME))
    client.sent(of(home_page))

    assert {one.home_page for one in new(world)} == {HOME, home_page}


# Confirming


def confirm(world: World, home_page: str, by: UUID, *, organisation_id: int | None = None) -> None:
    with world.transaction() as session:
        service.confirm_home_page(
            session,
            organisation_id=organisation_id or world.sukabumi,
            key=rules.home_page_key(home_page),
            confirmed_by=by,
            now=NOW,
        )


def test_what_somebody_confirmed_is_flagged_no_more(world: World) -> None:
    client, first, second = lrs(world), uuid4(), uuid4()
    client.sent(of(HOME), of(OTHER))
    confirm(world, HOME, first)
    confirm(world, HOME, second)
    client.sent(of(HOME, BUDI))

    assert [one.home_page for one in new(world)] == [OTHER]
    assert (rows(world)[HOME].confirmed_by, rows(world)[HOME].confirmed_at) == (first, NOW)


def test_what_never_came_cannot_be_confirmed(world: World) -> None:
    _ = world.sukabumi
    with pytest.raises(NotFound):
        confirm(world, HOME, uuid4())


def test_organisations_know_their_own_sites_only(world: World) -> None:
    client, there = lrs(world), lrs(world, organisation_id=world.bandung)
    client.sent(of(HOME), of(OTHER))
    confirm(world, HOME, uuid4())
    assert new(world, organisation_id=world.bandung) == []
    with pytest.raises(NotFound):
        confirm(world, OTHER, uuid4(), organisation_id=world.bandung)
    there.post(of(HOME))

    assert [one.home_page for one in new(world, organisation_id=world.bandung)] == [HOME]
    assert [one.home_page for one in new(world)] == [OTHER]
    assert rows(world, organisation_id=world.bandung)[HOME].credential_id == id_of(world, there)


# What a process remembers


def test_what_was_rolled_back_is_not_taken_to_be_known(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    client = lrs(world)
    store = service.store

    def refuse(session: Session, *, batches: Sequence[service.Batch], **options: Any) -> list[service.Stored]:
        store(session, batches=batches, **options)
        raise DomainError("It could not be stored.")

    monkeypatch.setattr(service, "store", refuse)
    assert client.post(of(OTHER)).status_code == 400
    assert rows(world) == {}
    monkeypatch.setattr(service, "store", store)
    client.sent(of(OTHER))

    assert [one.home_page for one in new(world)] == [OTHER]


def test_a_conflict_beside_it_does_not_hide_a_site(world: World) -> None:
    client, identity = lrs(world), str(uuid4())
    client.sent(of(HOME, id=identity))
    assert client.post(of(OTHER), of(HOME, BUDI, id=identity)).status_code == 409
    client.sent(of(OTHER))

    assert {one.home_page for one in new(world)} == {HOME, OTHER}


def test_a_process_that_remembers_nothing_notes_it_no_second_time(world: World) -> None:
    first = lrs(world)
    first.sent(of(HOME))
    before = rows(world)[HOME]
    confirm(world, HOME, uuid4())
    receiving.init(world.app)
    lrs(world).sent(of(HOME), of(HOME, BUDI))
    after = rows(world)[HOME]

    assert (after.first_stored, after.credential_id) == (before.first_stored, before.credential_id)
    assert new(world) == []
