"""Who marks which groups."""

from uuid import UUID

import pytest

from lms.errors import DomainError, Problems
from lms.programme import queries, service
from tests.world import NOW, World


def assign(world: World, account: UUID, *groups: str, organisation_id: int | None = None) -> None:
    with world.transaction() as session:
        service.assign_facilitator(
            session, organisation_id=organisation_id or world.sukabumi, account_id=account, groups=groups, now=NOW
        )


def names(world: World, account: UUID, *, organisation_id: int | None = None) -> set[str]:
    with world.reading() as session:
        found = queries.groups_of(session, organisation_id=organisation_id or world.sukabumi, account_id=account)
    return {name for _, _, name in found}


def test_groups_are_added_to_those_that_a_facilitator_has(world: World) -> None:
    facilitator = world.account("facilitator")
    assert names(world, facilitator) == {"A"}
    assign(world, facilitator, "III/B", "III/A")
    assert names(world, facilitator) == {"A", "B"}


def test_a_group_s_name_may_hold_a_slash(world: World) -> None:
    facilitator = world.account("facilitator")
    with world.transaction() as session:
        row = service.NewEnrolment(identifier="9", name="Eka", group="B/2")
        service.enrol(session, organisation_id=world.sukabumi, cohort_id=world.cohort, rows=[row], now=NOW)
    assign(world, facilitator, "III/B/2")
    assert names(world, facilitator) == {"A", "B/2"}


def test_it_names_every_group_that_there_is_not(world: World) -> None:
    facilitator = world.account("facilitator")
    with pytest.raises(Problems) as refused:
        assign(world, facilitator, "III/B", "III/Z", "IV/A", "nonsense")
    assert [problem.place for problem in refused.value.problems] == ["III/Z", "IV/A", "nonsense"]
    assert names(world, facilitator) == {"A"}


@pytest.mark.parametrize("role", ["manager", "auditor", "participant"])
def test_only_a_facilitator_marks_groups(world: World, role: str) -> None:
    _ = world.cohort
    account = world.account(role)
    with pytest.raises(DomainError):
        assign(world, account, "III/A")
    assert names(world, account) == set()


def test_another_organisation_can_neither_give_nor_take_nor_see_them(world: World) -> None:
    facilitator = world.account("facilitator")
    with pytest.raises(DomainError):
        assign(world, facilitator, "III/B", organisation_id=world.bandung)
    unassign(world, facilitator, organisation_id=world.bandung)
    assert names(world, facilitator) == {"A"}
    assert names(world, facilitator, organisation_id=world.bandung) == set()


def test_a_group_can_be_taken_away(world: World) -> None:
    facilitator, other = world.account("facilitator"), world.account("facilitator", name="second")
    unassign(world, facilitator)
    assert names(world, facilitator) == set()
    assert names(world, other) == {"A"}


def unassign(world: World, account: UUID, *, organisation_id: int | None = None) -> None:
    with world.reading() as session:
        group = next(
            one.id
            for one in queries.groups(session, organisation_id=world.sukabumi, cohort_id=world.cohort)
            if one.name == "A"
        )
    with world.transaction() as session:
        service.unassign_facilitator(
            session, organisation_id=organisation_id or world.sukabumi, account_id=account, group_id=group
        )


def test_a_facilitator_s_cohorts_are_those_with_their_groups(world: World) -> None:
    facilitator = world.account("facilitator")
    with world.transaction() as session:
        service.add_cohort(
            session,
            organisation_id=world.sukabumi,
            programme_code="contoh",
            code="IV",
            name="Angkatan IV",
            starts_at=NOW,
            ends_at=None,
            time_zone="Asia/Jakarta",
            targets={},
            now=NOW,
        )
    with world.reading() as session:
        everything = queries.cohorts(session, organisation_id=world.sukabumi)
        theirs = queries.cohorts(session, organisation_id=world.sukabumi, facilitator_id=facilitator)
    assert [(one.code, one.participants) for one in everything] == [("IV", 0), ("III", 4)]
    assert [one.code for one in theirs] == ["III"]
