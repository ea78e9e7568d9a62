"""Deciding, by one person or by two, and what stands then."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from lms.decisions import queries, rules, service
from lms.decisions.models import DecisionRow
from lms.decisions.rules import DEFERRED, NOT_PASSED, PASSED, Said, StoodOtherwise
from lms.decisions.service import About
from lms.errors import Conflict, DomainError, NotAllowed, NotFound
from lms.programme import queries as programmes
from tests.dashboards.crowd import statements
from tests.dashboards.facts import entered
from tests.decisions.deciding import GROUNDS, LATER, TOMORROW, about, case_of, complete, decide, propose, second
from tests.world import World


@pytest.fixture
def world(world: World) -> World:
    complete(world)
    return world


def stands(world: World, name: str) -> str | None:
    of = about(world, name)
    with world.reading() as session:
        found = queries.standing(
            session, organisation_id=of.organisation_id, cohort_id=of.cohort_id, participant_id=of.participant_id
        )
    return None if found is None else found.outcome


def ended(world: World, name: str = "Budi", *, by: str = "rekan", reason: str = GROUNDS) -> None:
    of, account = about(world, name), world.account("manager", name=by)
    with world.transaction() as session:
        service.end_waiting(session, about=of, reason=reason, ended_by=account, now=LATER)


def withdrawn(world: World, name: str, *, reason: str = GROUNDS) -> None:
    of, account = about(world, name), world.account("manager")
    with world.transaction() as session:
        service.withdraw(session, about=of, reason=reason, withdrawn_by=account, now=LATER)


def passed_together(world: World, *, seen: str | None = None) -> int:
    organisation, cohort_id, account = world.sukabumi, world.cohort, world.account("manager")
    if seen is None:
        seen = rules.seen_together(
            {about(world, name).participant_id: case_of(world, name) for name in ("Ani", "Dedi")}
        )
    with world.transaction() as session:
        return service.pass_all(
            session, organisation_id=organisation, cohort_id=cohort_id, seen=seen, made_by=account, now=LATER
        )


def test_it_keeps_the_figures_that_it_was_made_from_and_every_one_before_it(world: World) -> None:
    decide(world, "Ani", PASSED, grounds="")
    decide(world, "Ani", DEFERRED, deadline=TOMORROW)
    withdrawn(world, "Ani", reason="Ternyata nilainya masih diperiksa.")
    case = case_of(world)
    assert [one.outcome for one in case.history] == ["withdrawn", DEFERRED, PASSED]
    assert [one.made_at for one in case.history] == [LATER + timedelta(microseconds=n) for n in (2, 1, 0)]
    assert {one.basis for one in case.history} == {case.basis}
    assert (case.history[1].deadline, case.history[0].maker, case.state) == (TOMORROW, "Manager", "undecided")
    assert stands(world, "Ani") is None


def test_not_passed_stands_only_once_a_second_person_has_agreed(world: World) -> None:
    decide(world, "Budi", DEFERRED, deadline=TOMORROW)
    propose(world)
    assert (case_of(world, "Budi").state, stands(world, "Budi")) == ("waiting", DEFERRED)
    with pytest.raises(NotAllowed):
        second(world, by="manager")
    with pytest.raises(Conflict):
        decide(world, "Budi", PASSED, by="rekan")
    with pytest.raises(Conflict):
        withdrawn(world, "Budi")
    second(world)
    (newest, _older) = case_of(world, "Budi").history
    assert (stands(world, "Budi"), newest.maker, newest.seconder) == (NOT_PASSED, "Manager", "Rekan")
    with pytest.raises(Conflict):
        second(world, by="ketiga")


@pytest.mark.parametrize(("by", "state"), [("rekan", "refused"), ("manager", "taken_back")])
def test_what_waits_is_refused_or_taken_back_with_a_reason_and_kept(world: World, by: str, state: str) -> None:
    decide(world, "Budi", PASSED)
    propose(world)
    with pytest.raises(DomainError):
        ended(world, by=by, reason="tidak")
    ended(world, by=by)
    (newest, _older) = case_of(world, "Budi").history
    assert (newest.state, newest.ended_reason, stands(world, "Budi")) == (state, GROUNDS, PASSED)
    with pytest.raises(Conflict):
        second(world)


def test_other_figures_are_told_and_nobody_agrees_to_what_was_made_from_others(world: World) -> None:
    decide(world, "Ani", PASSED, grounds="")
    propose(world)
    before = case_of(world, "Ani").seen
    for name in ("Ani", "Budi"):
        entered(world, name, "70")
        assert case_of(world, name).changed
        assert case_of(world, name).to_review
    assert stands(world, "Ani") == PASSED
    with pytest.raises(Conflict):
        second(world)
    with pytest.raises(StoodOtherwise), world.transaction() as session:
        service.decide(
            session,
            about=about(world),
            said=Said(outcome=PASSED),
            seen=before,
            made_by=world.account("manager"),
            now=LATER,
        )


def test_many_are_passed_in_one_act_each_with_a_row(world: World) -> None:
    assert passed_together(world) == 2
    assert {name: stands(world, name) for name in ("Ani", "Budi", "Citra", "Dedi")} == {
        "Ani": PASSED,
        "Budi": None,
        "Citra": None,
        "Dedi": PASSED,
    }
    with pytest.raises(StoodOtherwise):
        passed_together(world, seen="what was seen before")


def test_many_are_not_passed_where_one_has_changed_since(world: World) -> None:
    seen = rules.seen_together({about(world, name).participant_id: case_of(world, name) for name in ("Ani", "Dedi")})
    entered(world, "Dedi", "20")
    with pytest.raises(StoodOtherwise):
        passed_together(world, seen=seen)
    assert stands(world, "Ani") is None


def test_the_database_lets_nobody_second_themselves_or_propose_twice(world: World) -> None:
    made, manager = propose(world), world.account("manager")
    changes: list[dict[str, Any]] = [
        {"seconded_at": LATER, "seconded_by": manager},
        {"outcome": PASSED, "ended_at": LATER, "ended_by": manager, "ended_reason": GROUNDS},
        {"grounds": ""},
        {"deadline": TOMORROW},
    ]
    for values in changes:
        with pytest.raises(IntegrityError), world.transaction() as session:
            session.execute(update(DecisionRow).where(DecisionRow.id == made).values(**values))


def test_other_people_and_organisations_have_none(world: World) -> None:
    decide(world, "Ani", PASSED, grounds="")
    of, account = about(world), world.account("manager")
    told = Said(outcome=PASSED)
    for other in (
        About(organisation_id=world.bandung, cohort_id=of.cohort_id, participant_id=of.participant_id),
        About(organisation_id=of.organisation_id, cohort_id=of.cohort_id, participant_id=of.cohort_id),
    ):
        with pytest.raises(NotFound), world.transaction() as session:
            service.decide(session, about=other, said=told, seen="", made_by=account, now=LATER)
    with world.reading() as session:
        of_bandung = {"cohort_id": of.cohort_id, "participant_id": of.participant_id}
        assert queries.standing(session, organisation_id=world.bandung, **of_bandung) is None


def test_the_list_makes_few_queries(world: World) -> None:
    decide(world, "Ani", PASSED, grounds="")
    propose(world)
    organisation, cohort_id = world.sukabumi, world.cohort
    with world.reading() as session, statements() as seen:
        cohort = programmes.cohort_by_id(session, organisation_id=organisation, cohort_id=cohort_id)
        found = queries.listed(session, organisation_id=organisation, cohort=cohort, now=LATER)
    assert [one.person.name.split()[0] for one in found] == ["Ani", "Budi", "Citra", "Dedi"]
    # The cohort and its targets; results, decisions, appeals and the people.
    assert len([one for one in seen if not one.startswith("BEGIN")]) == 6
