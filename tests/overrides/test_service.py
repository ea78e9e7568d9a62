"""Overriding and withdrawing: what stands then, what is kept, what is refused, and that a rebuild changes nothing."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from lms.errors import Conflict, DomainError, NotFound
from lms.overrides import queries, rules
from lms.programme import service as programme
from lms.progress import queries as progress
from lms.progress import service as folding
from lms.progress.rules import unit_of as unit_in
from tests.cli.running import run
from tests.dashboards.facts import MODULE_1, entered, marked
from tests.overrides.overriding import REASON, override, overrides_of, result_of, unit_of, withdraw
from tests.world import NOW, PEOPLE, START, World

SAID: dict[str, dict[str, Any]] = {
    "module": {"score": Decimal("82.5"), "done": True},
    "session": {"status": "hadir"},
    "assessment": {"score": Decimal(0)},
}


@pytest.fixture
def world(world: World) -> World:
    """The world with its cohort, in which Ani has a score and was absent."""
    entered(world, "Ani", "55")
    marked(world, "Ani", "alpa")
    return world


def of_all(world: World) -> object:
    """The of-all figure of Ani's whole, as it is kept."""
    ani = world.participant("Ani")
    with world.reading() as session:
        kept = progress.stored(session, organisation_id=world.sukabumi, cohort_id=world.cohort, participant_ids=[ani])
    return dict(zip(progress.RESULT_FIGURES, kept[ani, ""], strict=True))["of_all"]


def test_each_kind_counts_at_once_keeps_its_history_and_comes_back_when_it_is_withdrawn(world: World) -> None:
    before = of_all(world)
    later = NOW + timedelta(hours=1)
    ids = {kind: override(world, kind, **said) for kind, said in SAID.items()}
    # Of 9 JP 6 at 82.5, weighing 60; of the JP of three sessions 3 of 10, weighing 10; nothing of 30.
    assert (before, of_all(world)) == (Decimal("16.50"), Decimal("36.00"))
    for kind, override_id in ids.items():
        unit = unit_in(result_of(world), kind, unit_of(world, kind))
        assert unit is not None
        assert unit.overridden
        withdraw(world, override_id, now=later)
    assert of_all(world) == before
    (assessed,) = overrides_of(world, "assessment")
    assert (assessed.before.score, assessed.said.score, assessed.reason, assessed.made_at) == (55, 0, REASON, NOW)
    assert (assessed.made_by, assessed.withdrawn_by, assessed.withdrawn_at) == ("Manager", "Manager", later)
    assert (assessed.state, assessed.title) == ("withdrawn", "Proyek")
    (session,), (module,) = overrides_of(world, "session"), overrides_of(world, "module")
    assert (session.before.status, module.before.done, module.before.score) == ("alpa", False, None)


def test_a_second_one_stands_above_the_first_which_stands_again_without_it(world: World) -> None:
    first = override(world, score=Decimal(60))
    second = override(world, score=Decimal(70))
    assert [(one.id, one.state) for one in overrides_of(world, "assessment")] == [
        (second, "standing"),
        (first, "superseded"),
    ]
    assert overrides_of(world, "assessment")[0].before.score == 60
    withdraw(world, second)
    assert [one.state for one in overrides_of(world, "assessment")] == ["withdrawn", "standing"]
    unit = unit_in(result_of(world, as_of=NOW + timedelta(hours=1)), "assessment", unit_of(world, "assessment"))
    assert unit is not None
    assert unit.value == 60


def test_in_another_cohort_with_the_same_module_it_counts_for_nothing(world: World) -> None:
    with world.transaction() as session:
        about = {"organisation_id": world.sukabumi, "now": START}
        other = programme.add_cohort(
            session,
            programme_code="contoh",
            version=None,
            code="IV",
            name="Angkatan IV",
            starts_at=START,
            ends_at=None,
            time_zone="Asia/Jakarta",
            targets={},
            **about,
        )
        identifier, name, *_ = PEOPLE[0]
        row = programme.NewEnrolment(identifier=identifier, name=name, email="", group="", category="", unit="")
        programme.enrol(session, cohort_id=other, rows=[row], **about)
        folding.refold(session, cohort_id=other, **about)
    override(world, "module", **SAID["module"])
    here, there = (unit_in(result_of(world, cohort_id=cohort), "module", MODULE_1) for cohort in (world.cohort, other))
    assert (here and here.value, there and there.value) == (Decimal("82.5"), None)


def test_a_rebuild_asks_the_overrides_again_and_changes_nothing(world: World) -> None:
    for kind, said in SAID.items():
        override(world, kind, **said)
    withdraw(world, override(world, score=Decimal(99)))
    told = run(world.app, "rebuild")
    assert "Results folded anew: 4" in told.stderr
    assert "Pieces of evidence changed: 0." in told.stderr
    unit = unit_in(result_of(world), "module", MODULE_1)
    assert unit is not None
    assert (unit.value, unit.overridden) == (Decimal("82.5"), True)


@pytest.mark.parametrize(
    ("kind", "values", "places"),
    [
        ("module", {"score": Decimal(80)}, {"done"}),
        ("module", {"score": Decimal("100.01"), "done": True}, {"score"}),
        ("module", {"score": Decimal("-1")}, {"score", "done"}),
        ("session", {"status": "tidur"}, {"status"}),
        ("session", {}, {"status"}),
        ("assessment", {}, {"score"}),
        ("assessment", {"score": Decimal("1.00001")}, {"score"}),
        ("assessment", {"score": Decimal("NaN")}, {"score"}),
        ("assessment", {"score": Decimal(1), "reason": " karena \n "}, {"reason"}),
        ("assessment", {"score": Decimal(1), "reason": "x" * 1001}, {"reason"}),
        ("assessment", {"score": Decimal(1), "reason": "sepuluh huruf\0"}, {"reason"}),
    ],
)
def test_these_are_refused_at_their_place(world: World, kind: str, values: dict[str, Any], places: set[str]) -> None:
    with pytest.raises(DomainError) as refused:
        override(world, kind, **values)
    assert {one.place for one in getattr(refused.value, "problems", (refused.value,))} == places
    assert overrides_of(world, kind) == ()


def test_what_has_changed_since_somebody_looked_is_looked_at_again(world: World) -> None:
    unit = unit_in(result_of(world), "assessment", unit_of(world, "assessment"))
    assert unit is not None
    seen = rules.seen(unit)
    entered(world, "Ani", "60")
    with pytest.raises(rules.StoodOtherwise):
        override(world, score=Decimal(70), seen=seen)


def test_other_units_people_and_organisations_have_none(world: World) -> None:
    with pytest.raises(NotFound):
        override(world, "assessment", unit="no such unit", score=Decimal(1))
    with pytest.raises(NotFound):
        override(world, "session", unit=str(world.session_id("SEM-B")), status="hadir")
    made = override(world, score=Decimal(1))
    with pytest.raises(NotFound):
        withdraw(world, made, organisation_id=world.bandung)
    withdraw(world, made)
    with pytest.raises(Conflict):
        withdraw(world, made)
    with world.reading() as session, pytest.raises(NotFound):
        queries.one_override(session, organisation_id=world.bandung, cohort_id=world.cohort, override_id=made)
