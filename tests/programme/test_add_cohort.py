"""Adding a cohort, and its targets."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from lms.errors import Conflict, DomainError, NotFound, Problems
from lms.programme import queries, service
from tests.world import NOW, START, World

GOOD: dict[str, Any] = {
    "programme_code": "contoh",
    "version": None,
    "code": "IV",
    "name": "Angkatan IV",
    "starts_at": START,
    "ends_at": None,
    "time_zone": "Asia/Makassar",
    "targets": {},
}


def add(world: World, **changes: Any) -> UUID:
    _ = world.programme
    with world.transaction() as session:
        return service.add_cohort(session, organisation_id=world.sukabumi, **(GOOD | changes), now=NOW)


def found(world: World, code: str) -> queries.CohortInfo:
    with world.reading() as session:
        return queries.cohort_by_code(session, organisation_id=world.sukabumi, code=code)


def test_it_is_found_by_its_code(world: World) -> None:
    end = datetime(2026, 6, 1, tzinfo=UTC)
    cohort = add(world, ends_at=end, targets={"": Decimal(80), "mooc": Decimal("90.55")})
    info = found(world, "IV")
    assert (info.id, info.name, info.starts_at, info.ends_at) == (cohort, "Angkatan IV", START, end)
    assert (info.time_zone, info.targets) == ("Asia/Makassar", {"": Decimal(80), "mooc": Decimal("90.55")})


@pytest.mark.parametrize("code", ["III", "2026 #3", "IV (pagi)", "ä%?&", "x" * 60])
def test_a_code_may_be_anything_printable(world: World, code: str) -> None:
    assert add(world, code=code) == found(world, code).id


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"code": ""}, "code"),
        ({"code": "a/b"}, "code"),
        ({"code": " III"}, "code"),
        ({"code": "III "}, "code"),
        ({"code": "I\nII"}, "code"),
        ({"code": "new"}, "code"),
        ({"code": ".."}, "code"),
        ({"code": "x" * 61}, "code"),
        ({"name": ""}, "name"),
        ({"name": "a\tb"}, "name"),
        ({"time_zone": "Asia/Sukabumi"}, "time_zone"),
        ({"time_zone": ""}, "time_zone"),
        ({"time_zone": "../etc/passwd"}, "time_zone"),
        ({"ends_at": START}, "ends_at"),
        ({"starts_at": START.replace(tzinfo=None)}, "starts_at"),
        ({"ends_at": datetime(2027, 1, 1)}, "ends_at"),  # noqa: DTZ001  (a moment without a zone is what is refused)
        ({"targets": {"moooc": Decimal(90)}}, "target[moooc]"),
        ({"targets": {"mooc": Decimal("100.01")}}, "target[mooc]"),
        ({"targets": {"mooc": Decimal("-0.01")}}, "target[mooc]"),
        ({"targets": {"mooc": Decimal("90.001")}}, "target[mooc]"),
        ({"targets": {"": Decimal("NaN")}}, "target[]"),
        ({"targets": {"": Decimal("Infinity")}}, "target[]"),
    ],
)
def test_it_refuses_what_is_wrong_and_says_where(world: World, changes: dict[str, Any], place: str) -> None:
    with pytest.raises(Problems) as refused:
        add(world, **changes)
    assert [problem.place for problem in refused.value.problems] == [place]
    with world.reading() as session:
        assert queries.cohorts(session, organisation_id=world.sukabumi) == []


def test_it_tells_everything_that_is_wrong_at_once(world: World) -> None:
    with pytest.raises(Problems) as refused:
        add(world, code="", name="", time_zone="x", ends_at=START)
    assert [problem.place for problem in refused.value.problems] == ["code", "name", "ends_at", "time_zone"]


@pytest.mark.parametrize("figure", ["0", "100", "90.5"])
def test_a_target_runs_from_0_to_100(world: World, figure: str) -> None:
    add(world, targets={"mooc": Decimal(figure)})
    assert found(world, "IV").targets == {"mooc": Decimal(figure)}


def test_a_code_is_used_once_in_an_organisation(world: World) -> None:
    add(world)
    with pytest.raises(Conflict) as refused:
        add(world, name="Another")
    assert refused.value.place == "code"


@pytest.mark.parametrize("changes", [{"programme_code": "lain"}, {"version": 2}])
def test_it_needs_a_published_version(world: World, changes: dict[str, Any]) -> None:
    with pytest.raises(NotFound):
        add(world, **changes)


def test_another_organisation_does_not_find_it(world: World) -> None:
    cohort = add(world)
    with world.reading() as session:
        with pytest.raises(NotFound):
            queries.cohort_by_code(session, organisation_id=world.bandung, code="IV")
        with pytest.raises(NotFound):
            queries.cohort_by_id(session, organisation_id=world.bandung, cohort_id=cohort)
        assert queries.cohorts_by_id(session, organisation_id=world.bandung, cohort_ids=[cohort]) == {}


def set_targets(world: World, targets: dict[str, Decimal], *, organisation_id: int | None = None) -> None:
    cohort, organisation_id = world.cohort, organisation_id or world.sukabumi
    with world.transaction() as session:
        service.set_targets(session, organisation_id=organisation_id, cohort_id=cohort, targets=targets)


def test_new_targets_replace_the_old_ones(world: World) -> None:
    assert found_targets(world) == {"mooc": Decimal(90)}
    set_targets(world, {"project": Decimal(70)})
    assert found_targets(world) == {"project": Decimal(70)}
    set_targets(world, {})
    assert found_targets(world) == {}


def test_wrong_targets_leave_the_old_ones(world: World) -> None:
    with pytest.raises(DomainError):
        set_targets(world, {"project": Decimal(70), "mooc": Decimal(101)})
    assert found_targets(world) == {"mooc": Decimal(90)}


def test_another_organisation_cannot_set_them(world: World) -> None:
    _ = world.cohort
    with pytest.raises(NotFound):
        set_targets(world, {}, organisation_id=world.bandung)
    assert found_targets(world) == {"mooc": Decimal(90)}


def found_targets(world: World) -> dict[str, Decimal]:
    _ = world.cohort
    return dict(found(world, "III").targets)
