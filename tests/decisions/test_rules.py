"""Which decision stands, what has to be looked at, and what may be said."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.decisions import rules
from lms.decisions.rules import Basis, Case, Decision, Said
from lms.errors import Problems

NOW, TODAY = datetime(2026, 3, 16, 1, tzinfo=UTC), date(2026, 3, 16)
MAKER, OTHER = UUID(int=1), UUID(int=2)
CLEAR = Basis(
    so_far=Decimal("88.50"),
    of_all=Decimal("88.50"),
    best_possible=Decimal("88.50"),
    predicate="Baik",
    status="eligible",
    reasons=(),
    outstanding=0,
    version_id=UUID(int=9),
)
ABSENT = replace(CLEAR, status="review", reasons=("absence.sessions",))
OPEN = replace(CLEAR, predicate=None, status="in_progress", outstanding=2)


def made(outcome: str, basis: Basis = CLEAR, **told: Any) -> Decision:
    """A decision; `seconded`, `refused` and `taken_back` say what became of it."""
    for how, by in (("refused", OTHER), ("taken_back", MAKER)):
        if told.pop(how, False):
            told |= {"ended_at": NOW, "ended_by": by, "ended_reason": "sepuluh huruf"}
    if told.pop("seconded", False):
        told |= {"seconded_at": NOW, "seconder": "Rekan"}
    deadline = told.pop("deadline", date(2026, 4, 1) if outcome == "deferred" else None)
    fixed: dict[str, Any] = {"id": UUID(int=5), "grounds": "", "made_at": NOW, "made_by": MAKER, "maker": "Manager"}
    return Decision(outcome=outcome, basis=basis, deadline=deadline, **fixed, **told)


def case(*history: Decision, basis: Basis = CLEAR, today: date = TODAY, appeals: int = 0) -> Case:
    return Case(basis=basis, history=history, today=today, open_appeals=appeals)


@pytest.mark.parametrize(
    ("history", "state", "stands"),
    [
        ((), "undecided", None),
        ((made("passed"),), "decided", "passed"),
        ((made("deferred"), made("passed")), "decided", "deferred"),
        ((made("withdrawn"), made("passed")), "undecided", None),
        ((made("passed"), made("withdrawn"), made("deferred")), "decided", "passed"),
        ((made("not_passed"),), "waiting", None),
        ((made("not_passed"), made("deferred")), "waiting", "deferred"),
        ((made("not_passed", seconded=True), made("deferred")), "decided", "not_passed"),
        ((made("not_passed", refused=True), made("deferred")), "decided", "deferred"),
        ((made("not_passed", taken_back=True),), "undecided", None),
        ((made("withdrawn"), made("not_passed", seconded=True), made("passed")), "undecided", None),
    ],
)
def test_the_newest_that_counts_stands(history: Sequence[Decision], state: str, stands: str | None) -> None:
    found = case(*history)
    assert (found.state, found.standing and found.standing.outcome) == (state, stands)


@pytest.mark.parametrize(
    ("found", "holds"),
    [
        (case(), {"undecided"}),
        (case(basis=ABSENT), {"undecided", "review"}),
        (case(made("passed")), {"decided", "passed"}),
        (case(made("passed", ABSENT), basis=ABSENT), {"decided", "passed"}),
        (case(made("passed"), basis=ABSENT), {"decided", "passed", "changed", "review"}),
        (
            case(made("passed"), basis=replace(CLEAR, version_id=UUID(int=8))),
            {"decided", "passed", "changed", "review"},
        ),
        (case(made("deferred")), {"decided", "deferred"}),
        (case(made("deferred", deadline=TODAY)), {"decided", "deferred"}),
        (case(made("deferred", deadline=TODAY - timedelta(days=1))), {"decided", "deferred", "overdue", "review"}),
        (case(made("not_passed", ABSENT), basis=ABSENT), {"waiting"}),
        (case(made("not_passed", ABSENT)), {"waiting", "changed", "review"}),
        (case(made("not_passed", seconded=True)), {"decided", "not_passed"}),
    ],
)
def test_a_list_is_narrowed_to_whoever_it_is_about(found: Case, holds: set[str]) -> None:
    assert {name for name, holds in rules.FILTERS.items() if holds(found)} == holds
    assert {name for name, count in rules.counts([found]).items() if count > 0} == holds


@pytest.mark.parametrize(
    ("found", "together"),
    [
        (case(), True),
        (case(made("withdrawn"), made("passed")), True),
        (case(basis=ABSENT), False),
        (case(basis=OPEN), False),
        (case(basis=replace(CLEAR, of_all=None)), False),
        (case(appeals=1), False),
        (case(made("passed")), False),
        (case(made("deferred", deadline=TODAY - timedelta(days=9))), False),
        (case(made("not_passed")), False),
    ],
)
def test_only_people_about_whom_nothing_is_to_be_looked_at_pass_together(found: Case, together: bool) -> None:
    assert found.may_pass_with_others is together


LONG = "cukup panjang"


@pytest.mark.parametrize(
    ("said", "basis", "places"),
    [
        (Said(outcome="passed"), CLEAR, set()),
        (Said(outcome="passed"), ABSENT, {"grounds"}),
        (Said(outcome="passed"), OPEN, {"grounds"}),
        (Said(outcome="passed", grounds=LONG), ABSENT, set()),
        (Said(outcome="passed", deadline=TODAY + timedelta(days=1)), CLEAR, {"deadline"}),
        (Said(outcome="deferred", grounds=LONG, deadline=TODAY + timedelta(days=1)), CLEAR, set()),
        (Said(outcome="deferred", grounds=LONG, deadline=TODAY), CLEAR, {"deadline"}),
        (Said(outcome="deferred", grounds=f" {'x' * 9} "), CLEAR, {"deadline", "grounds"}),
        (Said(outcome="not_passed"), CLEAR, {"grounds"}),
        (Said(outcome="not_passed", grounds=LONG), CLEAR, set()),
        (Said(outcome="not_passed", grounds="x" * 2001), CLEAR, {"grounds"}),
        (Said(outcome="passed", grounds="\0"), CLEAR, {"grounds"}),
        (Said(outcome="withdrawn", grounds=LONG), CLEAR, {"outcome"}),
        (Said(outcome=""), CLEAR, {"outcome"}),
    ],
)
def test_what_may_be_said(said: Said, basis: Basis, places: set[str]) -> None:
    if places:
        with pytest.raises(Problems) as refused:
            rules.check(said, basis, today=TODAY)
        assert {one.place for one in refused.value.problems} == places
    else:
        assert rules.check(said, basis, today=TODAY).grounds == said.grounds.strip()


bases = st.builds(
    Basis,
    so_far=st.none() | st.decimals(0, 100, places=2),
    of_all=st.none() | st.decimals(0, 100, places=2),
    best_possible=st.none() | st.decimals(0, 100, places=2),
    predicate=st.none() | st.just("Baik"),
    status=st.sampled_from(["in_progress", "eligible", "review"]),
    reasons=st.sampled_from([(), ("pass.below",), ("pass.below", "absence.jp")]),
    outstanding=st.integers(0, 3),
    version_id=st.sampled_from([UUID(int=1), UUID(int=2)]),
)


@given(one=bases, other=bases)
def test_what_was_seen_differs_exactly_where_the_figures_do(one: Basis, other: Basis) -> None:
    assert (case(basis=one).seen == case(basis=other).seen) is (one == other)


@given(basis=bases, appeals=st.integers(0, 2))
def test_figures_alone_decide_nothing(basis: Basis, appeals: int) -> None:
    found = case(basis=basis, appeals=appeals)
    assert (found.state, found.standing, found.waiting) == ("undecided", None, None)
    if found.may_pass_with_others:
        assert not rules.needs_grounds("passed", basis)


def test_what_was_seen_of_several_is_the_same_in_any_order_and_not_of_others() -> None:
    cases = {UUID(int=number): case(basis=basis) for number, basis in enumerate((CLEAR, OPEN, ABSENT))}
    turned = dict(reversed(cases.items()))
    assert rules.seen_together(cases) == rules.seen_together(turned)
    assert rules.seen_together(cases) != rules.seen_together({UUID(int=0): case()})
