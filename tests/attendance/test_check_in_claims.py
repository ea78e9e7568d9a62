"""What becomes of a claim: it stands, waits or is refused, and a refusal is kept."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from threading import Thread
from typing import Any

import pytest
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from lms.attendance import check_in_claiming as claiming
from lms.attendance import check_in_rules as rules
from lms.attendance import check_in_service as service
from lms.attendance import queries as registers
from lms.attendance import service as attendance
from lms.attendance import timetabling
from lms.attendance.check_in_claiming import Outcome
from lms.attendance.check_in_models import CheckInClaim
from lms.attendance.rules import NewMark, Origin
from lms.db import retrying
from lms.errors import Conflict, TooMany
from lms.programme import queries as programmes
from lms.programme.service import NewSession
from tests.attendance.check_ins import (
    claim,
    claimant,
    closed,
    digits,
    later,
    on_record,
    opened,
    token,
    type_in,
    with_rules,
)
from tests.world import NOW, World


@pytest.fixture
def world(world: World) -> World:
    """The world with its cohort."""
    _ = world.cohort
    return world


def test_a_fresh_token_makes_a_claim(world: World) -> None:
    secret = opened(world)
    outcome = claim(world, claimant(world, "Ani"), token(world, secret))
    assert outcome.state == "claimed"
    assert on_record(world, "Ani") == [("claimed", "", "")]


def test_a_token_that_was_sent_on_is_refused_once_it_is_old_and_that_is_kept(world: World) -> None:
    text = token(world, opened(world))
    outcome = claim(world, claimant(world, "Budi"), text, at=later(seconds=50))
    assert (outcome.state, outcome.why) == ("refused", "late_token")
    assert on_record(world, "Budi") == [("refused", "late_token", "")]


def test_a_token_works_once_for_each_person_and_claims_nothing_for_anybody_else(world: World) -> None:
    text = token(world, opened(world))
    assert claim(world, claimant(world, "Ani"), text).state == "claimed"
    assert claim(world, claimant(world, "Ani"), text).state == "already"
    assert on_record(world, "Ani") == [("claimed", "", "")]
    assert on_record(world, "Budi") == []


def test_a_token_of_another_session_claims_that_session_only(world: World) -> None:
    secret = opened(world, "SEM-B")
    _ = opened(world)
    outcome = claim(world, claimant(world, "Ani"), token(world, secret, "SEM-B"))
    assert (outcome.state, outcome.why) == ("refused", "other_group")
    assert on_record(world, "Ani") == []
    assert on_record(world, "Ani", "SEM-B") == [("refused", "other_group", "")]


def test_a_token_signed_with_the_secret_of_another_session_is_refused(world: World) -> None:
    _ = opened(world)
    forged = token(world, opened(world, "SEM-A"))
    outcome = claim(world, claimant(world, "Ani"), forged)
    assert (outcome.state, outcome.why) == ("refused", "bad_token")
    assert on_record(world, "Ani") == [("refused", "bad_token", "")]


def test_a_token_of_another_organisation_leads_nowhere(world: World) -> None:
    secret = opened(world)
    text = rules.token(secret, organisation_id=world.bandung, session_id=world.session_id("S01"), now=NOW)
    assert claim(world, claimant(world, "Ani"), text) == Outcome(state="refused", why="bad_token")


@pytest.mark.parametrize("text", ["", "nonsense", "A" * 51, "é"])
def test_any_text_is_refused_without_more(world: World, text: str) -> None:
    assert claim(world, claimant(world, "Ani"), text) == Outcome(state="refused", why="bad_token")


def test_a_token_from_before_check_in_was_opened_anew_is_worth_nothing(world: World) -> None:
    text = token(world, opened(world))
    closed(world)
    assert claim(world, claimant(world, "Ani"), text).why == "closed"
    opened(world)
    assert claim(world, claimant(world, "Ani"), text).why == "bad_token"


def test_a_second_person_with_the_same_device_is_refused_and_both_are_shown(world: World) -> None:
    secret = opened(world)
    claim(world, claimant(world, "Ani"), token(world, secret))
    outcome = claim(world, claimant(world, "Budi", phone="Ani"), token(world, secret))
    assert (outcome.state, outcome.why) == ("refused", "device_used")
    assert on_record(world, "Budi") == [("refused", "device_used", "")]
    assert on_record(world, "Ani") == [("claimed", "", "shared_device")]


def test_one_device_checks_in_one_person_at_each_session(world: World) -> None:
    first, second = opened(world), opened(world, "SEM-A")
    assert claim(world, claimant(world, "Ani"), token(world, first)).state == "claimed"
    assert claim(world, claimant(world, "Ani"), token(world, second, "SEM-A")).state == "early"


def test_the_same_person_with_a_second_device_is_flagged(world: World) -> None:
    secret = opened(world)
    claim(world, claimant(world, "Ani"), token(world, secret))
    outcome = claim(world, claimant(world, "Ani", phone="spare"), token(world, secret))
    assert (outcome.state, outcome.why) == ("already", "second_device")
    assert on_record(world, "Ani") == [("claimed", "", "second_device"), ("refused", "second_device", "")]


def test_whoever_comes_early_waits_and_is_told_from_when_it_counts(world: World) -> None:
    secret = opened(world, at=later(-90))
    outcome = claim(world, claimant(world, "Ani"), token(world, secret, at=later(-90)), at=later(-90))
    assert (outcome.state, outcome.begins_at) == ("early", later(-30))
    assert service_marks(world, at=later(-31)) == {}
    assert service_marks(world, at=later(-30)) == {"Ani": ("hadir", None)}


def test_after_the_time_a_claim_is_refused_and_kept(world: World) -> None:
    secret = opened(world)
    outcome = claim(world, claimant(world, "Ani"), token(world, secret, at=later(31)), at=later(31))
    assert (outcome.state, outcome.why) == ("refused", "too_late")
    assert on_record(world, "Ani") == [("refused", "too_late", "")]


def test_outside_of_the_network_a_claim_is_refused_and_kept(world: World) -> None:
    with_rules(world, networks="192.0.2.0/24\n2001:db8::/32")
    secret = opened(world)
    assert claim(world, claimant(world, "Ani"), token(world, secret)).why == "network"
    inside = claimant(world, "Ani", address="2001:db8::5")
    assert claim(world, inside, token(world, secret)).state == "claimed"
    assert on_record(world, "Ani") == [("refused", "network", ""), ("claimed", "", "")]


def test_of_one_person_twenty_refusals_are_kept(world: World) -> None:
    text = token(world, opened(world))
    for turn in range(25):
        claim(world, claimant(world, "Budi"), text, at=later(seconds=60 + turn))
    assert on_record(world, "Budi") == [("refused", "late_token", "")] * 20


def test_a_ticket_lasts_longer_than_the_token_that_it_was_given_for_and_is_for_one_phone(world: World) -> None:
    text, ani = token(world, opened(world)), claimant(world, "Ani")
    with world.reading() as session:
        found = claiming.look(session, who=ani, text=text, now=later(seconds=40))
    assert found is not None
    place, ticket = found
    assert place.title == "Pembukaan"
    assert claim(world, claimant(world, "Budi"), ticket, at=later(seconds=60)).why == "bad_token"
    assert claim(world, claimant(world, "Ani", phone="spare"), ticket, at=later(seconds=60)).why == "bad_token"
    assert claim(world, ani, ticket, at=later(seconds=120)).state == "claimed"


def test_looking_with_an_old_token_gives_no_ticket(world: World) -> None:
    text = token(world, opened(world))
    with world.reading() as session:
        assert claiming.look(session, who=claimant(world, "Ani"), text=text, now=later(1)) is None


# Six digits


def test_the_six_digits_find_the_session_among_those_that_are_open(world: World) -> None:
    _ = opened(world, "SEM-A")
    secret = opened(world)
    outcome = type_in(world, claimant(world, "Ani"), digits(world, secret))
    assert outcome.state == "claimed"
    assert outcome.place is not None
    assert outcome.place.code == "S01"


def test_wrong_digits_are_kept_where_somebody_ought_to_be(world: World) -> None:
    secret = opened(world)
    wrong = f"{(int(digits(world, secret)) + 500_000) % 1_000_000:06}"
    outcome = type_in(world, claimant(world, "Ani"), wrong)
    assert (outcome.state, outcome.why) == ("refused", "wrong_code")
    assert on_record(world, "Ani") == [("refused", "wrong_code", "")]


def test_without_an_open_check_in_any_digits_are_wrong(world: World) -> None:
    assert type_in(world, claimant(world, "Ani"), "000000") == Outcome(state="refused", why="wrong_code")


def test_an_account_that_guesses_has_to_wait_and_others_do_not(world: World) -> None:
    secret = opened(world)
    for _ in range(8):
        type_in(world, claimant(world, "Ani"), "x")
    with pytest.raises(TooMany):
        type_in(world, claimant(world, "Ani"), digits(world, secret))
    assert type_in(world, claimant(world, "Budi"), digits(world, secret)).state == "claimed"
    assert type_in(world, claimant(world, "Ani"), digits(world, secret, at=later(2)), at=later(2)).state == "claimed"


# What claims come to


class Undone(Exception):
    """Ends a transaction without a trace."""


def service_marks(world: World, *, at: datetime = NOW) -> dict[str, tuple[str, int | None]]:
    """What closing the register of S01 at this moment would make of the claims; undone again."""
    session_id, found = world.session_id("S01"), list[NewMark]()
    names = {world.participant(name): name for name in ("Ani", "Budi", "Citra", "Dedi")}
    with suppress(Undone), world.transaction() as session:
        found = service.settle(session, organisation_id=world.sukabumi, session_id=session_id, now=at, closed_by=None)
        raise Undone
    return {names[mark.participant_id]: (mark.status, mark.minutes_late) for mark in found}


def accepted(world: World, *, at: datetime = NOW, account: str = "manager") -> attendance.Changed:
    session_id, account_id = world.session_id("S01"), world.account("manager")
    groups = None
    if account != "manager":
        account_id = world.account("facilitator", name=account)
        with world.reading() as session:
            groups = programmes.groups_of(session, organisation_id=world.sukabumi, account_id=account_id)
    with world.transaction() as session:
        return service.accept(
            session,
            organisation_id=world.sukabumi,
            session_id=session_id,
            origin=Origin(source="check_in", recorded_by=account_id),
            now=at,
            groups=groups,
        )


def mark(world: World, name: str, status: str, *, at: datetime = NOW) -> None:
    session_id, who, by = world.session_id("S01"), world.participant(name), world.account("manager")
    with world.transaction() as session:
        attendance.take_register(
            session,
            organisation_id=world.sukabumi,
            session_id=session_id,
            marks=[NewMark(participant_id=who, status=status)],
            recorded_by=by,
            source="register",
            now=at,
        )


def marks(world: World) -> dict[str, list[tuple[str, str, str | None]]]:
    """Everybody's marks at S01, oldest first: status, source, and by whom."""
    session_id = world.session_id("S01")
    with world.reading() as session:
        found = registers.history(session, organisation_id=world.sukabumi, session_id=session_id)
    return {
        name: [(one.status, one.source, one.recorded_by) for one in found[world.participant(name)]]
        for name in ("Ani", "Budi", "Citra", "Dedi")
        if world.participant(name) in found
    }


@pytest.mark.parametrize(
    ("minutes", "grace", "expected"),
    [
        (-20, 0, ("hadir", None)),
        (0, 0, ("hadir", None)),
        (7, 0, ("terlambat", 7)),
        (7, 10, ("hadir", None)),
        (12, 10, ("terlambat", 12)),
    ],
)
def test_a_claim_becomes_present_or_late_by_the_rules(
    world: World, minutes: int, grace: int, expected: tuple[str, int | None]
) -> None:
    with_rules(world, grace_minutes=grace)
    secret = opened(world, at=later(-30))
    claim(world, claimant(world, "Ani"), token(world, secret, at=later(minutes)), at=later(minutes))
    assert service_marks(world, at=later(40)) == {"Ani": expected}


def test_settling_closes_check_in_and_refuses_whoever_comes_after(world: World) -> None:
    secret, session_id = opened(world), world.session_id("S01")
    with world.transaction() as session:
        service.settle(session, organisation_id=world.sukabumi, session_id=session_id, now=NOW, closed_by=None)
    assert claim(world, claimant(world, "Ani"), token(world, secret)).why == "closed"


def test_accepted_claims_are_marks_of_the_source_check_in(world: World) -> None:
    secret = opened(world)
    for name in ("Ani", "Citra"):
        claim(world, claimant(world, name), token(world, secret))
    assert accepted(world).added == 2
    assert marks(world) == {name: [("hadir", "check_in", "Manager")] for name in ("Ani", "Citra")}
    assert accepted(world, at=later(1)).added == 0


def test_what_a_person_has_marked_goes_before_a_claim(world: World) -> None:
    secret = opened(world)
    claim(world, claimant(world, "Ani"), token(world, secret))
    mark(world, "Ani", "alpa")
    assert accepted(world, at=later(1)).added == 0
    assert marks(world) == {"Ani": [("alpa", "register", "Manager")]}


def test_a_mark_that_was_taken_back_leaves_the_claim_but_one_that_came_of_it_does_not(world: World) -> None:
    secret = opened(world)
    claim(world, claimant(world, "Ani"), token(world, secret))
    mark(world, "Ani", "alpa")
    mark(world, "Ani", "", at=later(1))
    assert accepted(world, at=later(2)).added + accepted(world, at=later(2)).changed <= 1
    mark(world, "Ani", "", at=later(3))
    accepted(world, at=later(4))
    assert [status for status, _, _ in marks(world)["Ani"]] == ["alpa", "", "hadir", ""]


def test_a_facilitator_accepts_the_claims_of_their_own_groups(world: World) -> None:
    secret = opened(world)
    for name in ("Ani", "Citra"):
        claim(world, claimant(world, name), token(world, secret))
    assert accepted(world, account="facilitator").added == 1
    assert list(marks(world)) == ["Ani"]


def test_check_in_cannot_be_opened_where_the_rules_have_none_or_its_time_is_over(world: World) -> None:
    with pytest.raises(Conflict):
        opened(world, at=later(31))
    with_rules(world, check_in=False)
    with pytest.raises(Conflict):
        opened(world)


# At the same moment


def at_once(world: World, works: Sequence[Callable[[Session], Outcome]]) -> list[str]:
    """The states that claims in threads of their own come to, sorted."""
    found: list[str] = []

    def run(work: Callable[[Session], Outcome]) -> None:
        with world.app.app_context():
            found.append(retrying(work).state)

    threads = [Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(found)


def test_of_claims_of_one_person_at_the_same_moment_one_stands(world: World) -> None:
    text = token(world, opened(world))
    phones = [claimant(world, "Ani", phone=phone) for phone in ("Ani", "spare", "Ani", "spare", "Ani", "spare")]
    works = [partial(claiming.claim_by_token, who=who, text=text, now=NOW) for who in phones]
    assert at_once(world, works) == ["already"] * 5 + ["claimed"]
    assert sum(state == "claimed" for state, _, _ in on_record(world, "Ani")) == 1


def test_of_claims_with_one_device_at_the_same_moment_one_stands(world: World) -> None:
    text = token(world, opened(world))
    people = [claimant(world, name, phone="spare") for name in ("Ani", "Budi", "Citra", "Dedi")]
    works = [partial(claiming.claim_by_token, who=who, text=text, now=NOW) for who in people]
    assert at_once(world, works) == ["claimed"] + ["refused"] * 3


def test_claims_that_come_while_check_in_is_closed_are_marks_or_refused(world: World) -> None:
    """None is taken and then forgotten."""
    text, session_id = token(world, opened(world)), world.session_id("S01")
    people = [claimant(world, name) for name in ("Ani", "Budi", "Citra", "Dedi")]

    def settle(session: Session) -> Outcome:
        new = service.settle(session, organisation_id=world.sukabumi, session_id=session_id, now=NOW, closed_by=None)
        attendance.take_register(
            session,
            organisation_id=world.sukabumi,
            session_id=session_id,
            marks=new,
            recorded_by=None,
            source="check_in",
            now=NOW,
        )
        return Outcome(state="settled")

    works = [partial(claiming.claim_by_token, who=who, text=text, now=NOW) for who in people]
    states = at_once(world, [*works[:2], settle, *works[2:]])
    with world.reading() as session:
        claims = session.scalars(select(CheckInClaim)).all()
    assert {(one.state, one.mark_id is not None) for one in claims} <= {("claimed", True), ("refused", False)}
    assert len(marks(world)) == states.count("claimed")


def test_a_claim_takes_two_statements(world: World) -> None:
    """The session as it is for this person, held; and the claim itself."""
    text, ani, seen = token(world, opened(world)), claimant(world, "Ani"), list[str]()

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        seen.append(statement.split(maxsplit=1)[0])

    with world.transaction() as session:
        event.listen(session.get_bind(), "before_cursor_execute", note)
        claiming.claim_by_token(session, who=ani, text=text, now=NOW)
        event.remove(session.get_bind(), "before_cursor_execute", note)
    assert seen == ["SELECT", "INSERT"]


def test_a_claim_of_before_a_session_was_moved_to_another_day_makes_no_mark(world: World) -> None:
    secret = opened(world)
    ani, after = claimant(world, "Ani"), NOW + timedelta(days=7)
    assert claim(world, ani, token(world, secret)).state == "claimed"
    with world.transaction() as session:
        found = programmes.timetable(session, organisation_id=world.sukabumi, cohort_id=world.cohort)
        one = next(meeting for meeting in found if meeting.code == "S01")
        told: dict[str, Any] = {name: getattr(one, name) for name in ("code", "title", "jp", "group")}
        moved = NewSession(starts_at=one.starts_at + timedelta(days=7), ends_at=one.ends_at + timedelta(days=7), **told)
        about: Any = {"organisation_id": world.sukabumi, "cohort_id": world.cohort, "changed_by": None, "now": NOW}
        timetabling.change_session(session, row=moved, seen=one.revision, reason="Banjir", **about)
    assert on_record(world, "Ani") == [("refused", "moved", "")]
    # Whoever comes at the new time checks in anew.
    assert claim(world, ani, token(world, secret, at=after), at=after).state == "claimed"
    assert [state for state, *_ in on_record(world, "Ani")] == ["refused", "claimed"]


def test_the_code_of_one_session_opens_no_endless_tries_at_another(world: World) -> None:
    with_rules(world, check_in_before=24 * 60)
    secret = opened(world)
    opened(world, "SEM-A")
    ani = claimant(world, "Ani")
    assert type_in(world, ani, digits(world, secret)).state == "claimed"

    def guess() -> None:
        for _ in range(50):
            type_in(world, ani, "no code")
            type_in(world, ani, digits(world, secret))

    with pytest.raises(TooMany):
        guess()
