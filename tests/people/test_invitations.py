"""One-time links: made for one or for many, used once, and asked for by whoever has forgotten their password."""

import dataclasses
import re
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from lms.errors import NotFound
from lms.people import queries, service
from lms.people.models import Invitation, Mail
from lms.people.rules import NewParticipant
from lms.people.service import Invited
from tests.world import NOW, PASSWORD, World

PEOPLE = (
    NewParticipant(identifier="1990A", name="Ani Contoh", email="ani@sukabumi.example"),
    NewParticipant(identifier="1990D", name="Dedi Contoh"),
)


@pytest.fixture
def smtp(app: Flask) -> Iterator[None]:
    """As if a mail server had been set."""
    before = app.extensions["settings"]
    app.extensions["settings"] = dataclasses.replace(
        before, smtp_url="smtp://127.0.0.1:9", mail_from="padu@sukabumi.example", public_url="https://padu.example"
    )
    yield
    app.extensions["settings"] = before


@pytest.fixture
def participants(world: World) -> list[UUID]:
    """Ani, who has an e-mail, and Dedi, who has none."""
    organisation_id = world.sukabumi
    with world.transaction() as session:
        ids = service.add_participants(session, organisation_id=organisation_id, people=PEOPLE, now=NOW)
    return [ids["1990A"], ids["1990D"]]


def invite(
    world: World, account_ids: Sequence[UUID], organisation_id: int | None = None, **options: Any
) -> list[Invited]:
    organisation_id = organisation_id or world.sukabumi
    with world.transaction() as session:
        return service.invite(
            session, organisation_id=organisation_id, account_ids=account_ids, **{"now": NOW} | options
        )


def invite_participants(
    world: World, participant_ids: Sequence[UUID], organisation_id: int | None = None
) -> list[Invited]:
    organisation_id = organisation_id or world.sukabumi
    with world.transaction() as session:
        return service.invite_participants(
            session, organisation_id=organisation_id, participant_ids=participant_ids, now=NOW
        )


def letters(world: World) -> list[Mail]:
    with world.reading() as session:
        return list(session.scalars(select(Mail).order_by(Mail.id)))


def choose(world: World, path: str, password: str = PASSWORD, at: Any = NOW) -> int:
    with time_machine.travel(at, tick=False):
        return world.client().post(path, data={"password": password, "again": password}).status_code


def test_a_link_lets_its_person_choose_a_password_once_and_signs_them_in(world: World) -> None:
    (invited,) = invite(world, [world.account("manager")])
    client = world.client()
    with time_machine.travel(NOW, tick=False):
        page = client.get(invited.path)
        assert page.status_code == 200
        assert "manager@sukabumi.example" in page.text
        assert client.post(invited.path, data={"password": PASSWORD, "again": PASSWORD}).location == "/"
        assert client.get("/account").status_code == 200
        assert client.get(invited.path).status_code == 404
        assert choose(world, invited.path) == 404
        entered = world.client().post("/sign-in", data={"name": "manager@sukabumi.example", "password": PASSWORD})
    assert entered.status_code == 303
    with world.reading() as session:
        known = queries.account(session, organisation_id=world.sukabumi, account_id=invited.account_id)
    assert (known.state, known.last_sign_in_at) == ("active", NOW)


def test_opening_a_link_uses_nothing_up(world: World) -> None:
    (invited,) = invite(world, [world.account("manager")])
    with time_machine.travel(NOW, tick=False):
        assert [world.client().get(invited.path).status_code for _ in range(3)] == [200] * 3
    assert choose(world, invited.path) == 303


def test_a_weak_password_uses_nothing_up(world: World) -> None:
    (invited,) = invite(world, [world.account("manager")])
    assert choose(world, invited.path, "manager@sukabumi.example") == 422
    assert choose(world, invited.path, "pendek") == 422
    assert choose(world, invited.path) == 303


@pytest.mark.parametrize(("purpose", "lasts"), [("invite", timedelta(days=14)), ("reset", timedelta(days=1))])
def test_a_link_ends_when_its_time_is_over(world: World, purpose: str, lasts: timedelta) -> None:
    (early,) = invite(world, [world.account("manager")], purpose=purpose)
    assert choose(world, early.path, at=NOW + lasts - timedelta(seconds=1)) == 303
    (late,) = invite(world, [world.account("manager")], purpose=purpose)
    assert choose(world, late.path, at=NOW + lasts) == 404


def test_a_newer_link_ends_the_older_ones_of_that_account_alone(world: World) -> None:
    manager, auditor = world.account("manager"), world.account("auditor")
    (old,), (other,) = invite(world, [manager]), invite(world, [auditor])
    (new,) = invite(world, [manager], now=NOW + timedelta(minutes=1))
    later = NOW + timedelta(minutes=2)
    assert choose(world, old.path, at=later) == 404
    assert choose(world, other.path, at=later) == 303
    assert choose(world, new.path, at=later) == 303


def test_a_link_is_not_kept_but_for_its_hash(world: World) -> None:
    (invited,) = invite(world, [world.account("manager")])
    with world.reading() as session:
        kept = session.scalars(select(Invitation)).one()
    assert invited.path.rpartition("/")[2].encode() != kept.token_hash
    assert len(kept.token_hash) == 32


@pytest.mark.parametrize("token", ["x", "1.x", "1." + "a" * 43, "999999999999999999." + "a" * 43])
def test_an_invented_link_is_not_found(world: World, token: str) -> None:
    assert world.sukabumi
    assert world.client().get(f"/invitations/{token}").status_code == 404


def test_a_link_of_another_organisation_opens_nothing_here(world: World) -> None:
    (invited,) = invite(world, [world.account("manager")])
    secret = invited.path.partition(".")[2]
    assert choose(world, f"/invitations/{world.bandung}.{secret}") == 404


def test_nobody_is_invited_across_organisations_nor_when_switched_off(world: World) -> None:
    manager = world.account("manager")
    assert invite(world, [manager], organisation_id=world.bandung) == []
    (before,) = invite(world, [manager])
    organisation_id = world.sukabumi
    with world.transaction() as session:
        service.set_active(session, organisation_id=organisation_id, account_id=manager, active=False)
    assert invite(world, [manager]) == []
    assert choose(world, before.path) == 404


def test_a_new_password_opens_a_locked_name(world: World) -> None:
    (invited,) = invite(world, [world.account("manager")])
    data = {"name": "manager@sukabumi.example", "password": PASSWORD}
    with time_machine.travel(NOW, tick=False):
        answers = [world.client().post("/sign-in", data=data).status_code for _ in range(9)]
        assert answers[-1] == 429
        assert choose(world, invited.path) == 303
        assert world.client().post("/sign-in", data=data).status_code == 303


# A whole cohort at once


def test_all_are_invited_at_once_in_their_order_and_get_accounts(world: World, participants: list[UUID]) -> None:
    invited = invite_participants(world, [*reversed(participants), uuid4()])
    assert [(one.name, one.identifier, one.email, one.mailed) for one in invited] == [
        ("Dedi Contoh", "1990D", None, False),
        ("Ani Contoh", "1990A", "ani@sukabumi.example", False),
    ]
    assert [choose(world, one.path) for one in invited] == [303, 303]


def test_inviting_again_leaves_out_who_has_a_password(world: World, participants: list[UUID]) -> None:
    first = invite_participants(world, participants)
    assert choose(world, first[0].path) == 303
    again = invite_participants(world, participants)
    assert [one.account_id for one in again] == [first[1].account_id]
    assert choose(world, first[1].path) == 404
    assert choose(world, again[0].path) == 303


def test_participants_of_another_organisation_are_not_invited(world: World, participants: list[UUID]) -> None:
    assert invite_participants(world, participants, organisation_id=world.bandung) == []


def test_the_table_of_links_keeps_formulas_from_running(world: World) -> None:
    one = Invited(account_id=uuid4(), name="=1+1", identifier="-1", email=None, path="/invitations/1.x", mailed=False)
    table = service.links_csv([one], public_url="https://padu.example")
    assert table == "identifier,name,email,link\r\n'-1,'=1+1,,https://padu.example/invitations/1.x\r\n"


# By mail


@pytest.mark.usefixtures("smtp")
def test_a_link_is_mailed_to_whoever_has_an_address(world: World, participants: list[UUID]) -> None:
    invited = invite_participants(world, participants)
    assert [one.mailed for one in invited] == [True, False]
    (letter,) = letters(world)
    assert letter.recipient == "ani@sukabumi.example"
    assert f"https://padu.example{invited[0].path}\n" in letter.body
    assert "14 days" in letter.body


@pytest.mark.usefixtures("smtp")
def test_a_link_to_hand_over_is_not_mailed(world: World) -> None:
    path = f"/people/accounts/{world.account('auditor')}"
    client = world.client("manager")
    assert "Make a link to hand over yourself" in client.get(path).text
    assert "https://padu.example/invitations/" in client.post(f"{path}/link", data={"by": "hand"}).text
    assert letters(world) == []
    assert "https://padu.example/invitations/" not in client.post(f"{path}/link").text
    assert len(letters(world)) == 1


@pytest.mark.usefixtures("smtp")
def test_whoever_has_forgotten_their_password_gets_a_link(world: World, participants: list[UUID]) -> None:
    invite_participants(world, [participants[0]])
    with time_machine.travel(NOW, tick=False):
        answer = world.client().post("/forgotten", data={"organisation": "sukabumi", "name": "1990a"})
    assert answer.status_code == 200
    invitation, reset = letters(world)
    assert reset.recipient == "ani@sukabumi.example"
    assert "24 hours" in reset.body
    link = reset.body.partition("https://padu.example")[2].partition("\n")[0]
    assert choose(world, link) == 303
    assert choose(world, invitation.body.partition("https://padu.example")[2].partition("\n")[0]) == 404


@pytest.mark.usefixtures("smtp")
def test_the_answer_is_the_same_for_names_that_nobody_has(world: World, participants: list[UUID]) -> None:
    invite_participants(world, participants)
    asked = [("sukabumi", name) for name in ("1990A", "1990D", "nobody", "ani@sukabumi.example")]
    assert len({forgotten(world, *names) for names in asked}) == 1
    assert world.bandung
    assert len({forgotten(world, slug, "1990A") for slug in ("sukabumi", "bandung", "nowhere", "")}) == 1


def forgotten(world: World, organisation: str, name: str) -> str:
    """The page that answers, without the tokens that differ on every page."""
    page = world.client().post("/forgotten", data={"organisation": organisation, "name": name})
    assert page.status_code == 200
    return re.sub(r'(name="csrf_token" value=")[^"]+', r"\1", page.text)


@pytest.mark.usefixtures("smtp")
def test_nobody_is_sent_one_letter_after_another(world: World, participants: list[UUID]) -> None:
    invite_participants(world, [participants[0]])
    with time_machine.travel(NOW, tick=False) as clock:
        for _ in range(5):
            world.client().post("/forgotten", data={"organisation": "sukabumi", "name": "1990A"})
        assert len(letters(world)) == 2
        clock.shift(timedelta(minutes=10))
        world.client().post("/forgotten", data={"organisation": "sukabumi", "name": "1990A"})
    assert len(letters(world)) == 3


def test_without_a_mail_server_the_manager_is_to_be_asked(world: World, participants: list[UUID]) -> None:
    invite_participants(world, participants)
    assert "Ask your programme manager" in world.client().get("/forgotten").text
    asked = world.client().post("/forgotten", data={"organisation": "sukabumi", "name": "1990A"})
    assert "Ask your programme manager" in asked.text
    assert letters(world) == []
    with world.reading() as session:
        assert session.scalars(select(Invitation).where(Invitation.purpose == "reset")).all() == []


def test_the_link_that_can_be_used_tells_whose_it_is(world: World, participants: list[UUID]) -> None:
    invited = invite_participants(world, participants)
    with world.reading() as session:
        link = queries.link(session, token=invited[1].path.rpartition("/")[2], now=NOW)
    assert (link.name, link.identifier, link.email, link.purpose) == ("Dedi Contoh", "1990D", None, "invite")


def test_of_two_who_use_a_link_at_once_one_has_it(world: World) -> None:
    (invited,) = invite(world, [world.account("manager")])
    token, start = invited.path.rpartition("/")[2], threading.Barrier(4)

    def use(number: int) -> bool:
        start.wait()
        try:
            with world.transaction() as session:
                service.accept_invitation(session, token=token, password=f"benar kuda baterai {number}", now=NOW)
        except NotFound:
            return False
        return True

    with ThreadPoolExecutor(4) as threads:
        assert sum(threads.map(use, range(4))) == 1
