"""Enrolling people in a cohort."""

from dataclasses import replace

import pytest

from lms.errors import NotFound, Problems
from lms.programme import queries, service
from lms.programme.service import Changed, NewEnrolment
from tests.world import NOW, PEOPLE, World

ROWS = [
    NewEnrolment(identifier=i, name=n, email=e, group=g, category=c, unit="Dinas Contoh") for i, n, e, g, c in PEOPLE
]
ANI, BUDI, CITRA, DEDI = ROWS
EKA = NewEnrolment(identifier="199001012026031005", name="Eka Contoh", email="eka@sukabumi.example", group="C")
FAJAR = NewEnrolment(identifier="199001012026031006", name="Fajar Contoh")


def enrol(world: World, rows: list[NewEnrolment], *, organisation_id: int | None = None) -> Changed:
    _ = world.cohort
    with world.transaction() as session:
        return service.enrol(
            session,
            organisation_id=organisation_id or world.sukabumi,
            cohort_id=world.cohort,
            rows=rows,
            now=NOW,
        )


def roster(world: World) -> list[queries.Enrolled]:
    with world.reading() as session:
        return queries.roster(session, organisation_id=world.sukabumi, cohort_id=world.cohort)


def names(world: World) -> list[str]:
    return [person.name.split()[0] for person in roster(world)]


def test_people_stand_in_the_order_of_their_file(world: World) -> None:
    _ = world.cohort
    assert names(world) == ["Ani", "Budi", "Citra", "Dedi"]
    assert [person.position for person in roster(world)] == [0, 1, 2, 3]
    first = roster(world)[0]
    assert (first.identifier, first.email, first.group) == ("199001012026031001", "ani@sukabumi.example", "A")
    assert (first.category, first.unit) == ("tenaga kesehatan", "Dinas Contoh")


def test_the_same_rows_again_change_nothing(world: World) -> None:
    _ = world.cohort
    before = roster(world)
    assert enrol(world, ROWS) == Changed(added=0, changed=0, unchanged=4)
    assert roster(world) == before


@pytest.mark.parametrize(
    "change",
    [
        {"name": "Ani Baru"},
        {"email": "ani@baru.example"},
        {"group": "B"},
        {"group": None},
        {"category": "x"},
        {"unit": "x"},
    ],
)
def test_what_a_row_says_otherwise_is_changed(world: World, change: dict[str, str | None]) -> None:
    assert enrol(world, [replace(ANI, **change), BUDI, CITRA, DEDI]) == Changed(added=0, changed=1, unchanged=3)  # type: ignore[arg-type]
    ani = roster(world)[0]
    assert {name: getattr(ani, name) for name in change} == change


def test_a_known_e_mail_stays_where_a_row_has_none(world: World) -> None:
    assert enrol(world, [replace(ANI, email=None)]) == Changed(added=0, changed=0, unchanged=1)
    assert roster(world)[0].email == "ani@sukabumi.example"


def test_a_longer_list_sets_the_order(world: World) -> None:
    assert enrol(world, [EKA, DEDI, CITRA, BUDI, ANI]).added == 1
    assert names(world) == ["Eka", "Dedi", "Citra", "Budi", "Ani"]


def test_a_list_of_latecomers_is_added_at_the_end_and_removes_nobody(world: World) -> None:
    assert enrol(world, [EKA, BUDI, FAJAR]) == Changed(added=2, changed=0, unchanged=1)
    assert names(world) == ["Ani", "Budi", "Citra", "Dedi", "Eka", "Fajar"]


def test_a_new_group_is_made_once(world: World) -> None:
    enrol(world, [EKA, replace(FAJAR, group="C")])
    with world.reading() as session:
        groups = queries.groups(session, organisation_id=world.sukabumi, cohort_id=world.cohort)
    assert [(group.name, group.participants) for group in groups] == [("A", 2), ("B", 2), ("C", 2)]


def test_somebody_known_keeps_their_id_whatever_the_case_of_their_identifier(world: World) -> None:
    enrol(world, [replace(EKA, identifier="nip-x")])
    eka = roster(world)[-1].participant_id
    assert enrol(world, [replace(EKA, identifier="NIP-X")]).added == 0
    assert roster(world)[-1].participant_id == eka


def test_only_the_groups_that_are_asked_for_are_listed(world: World) -> None:
    _ = world.cohort
    with world.reading() as session:
        groups = queries.groups(session, organisation_id=world.sukabumi, cohort_id=world.cohort)
        both, second, none = (
            [
                person.name.split()[0]
                for person in queries.roster(
                    session, organisation_id=world.sukabumi, cohort_id=world.cohort, groups=asked
                )
            ]
            for asked in ([group.id for group in groups], [groups[1].id], [])
        )
    assert (both, second, none) == (["Ani", "Budi", "Citra", "Dedi"], ["Citra", "Dedi"], [])


@pytest.mark.parametrize(
    ("rows", "places"),
    [
        ([EKA, replace(EKA, name="Eka Lain", email=None)], ["row 2, identifier"]),
        ([EKA, replace(FAJAR, identifier=EKA.identifier.lower())], ["row 2, identifier"]),
        ([EKA, replace(FAJAR, email="EKA@sukabumi.example")], ["row 2, email"]),
        ([replace(EKA, identifier="")], ["row 1, identifier"]),
        ([FAJAR, replace(EKA, name=" ", place="line 7")], ["line 7, name"]),
        ([replace(EKA, email="no address")], ["row 1, email"]),
        ([replace(EKA, email="ani@sukabumi.example", place="line 7")], ["line 7, email"]),
        ([replace(EKA, group=" A")], ["row 1, group"]),
        ([replace(EKA, category="a\nb", unit="x" * 201)], ["row 1, category", "row 1, unit"]),
    ],
)
def test_it_names_every_row_that_is_wrong_and_enrols_nobody(
    world: World, rows: list[NewEnrolment], places: list[str]
) -> None:
    with pytest.raises(Problems) as refused:
        enrol(world, rows)
    assert [problem.place for problem in refused.value.problems] == places
    assert names(world) == ["Ani", "Budi", "Citra", "Dedi"]


def test_an_empty_list_changes_nothing(world: World) -> None:
    assert enrol(world, []) == Changed(added=0, changed=0, unchanged=0)
    assert names(world) == ["Ani", "Budi", "Citra", "Dedi"]


def test_another_organisation_cannot_enrol(world: World) -> None:
    _ = world.cohort
    with pytest.raises(NotFound):
        enrol(world, [EKA], organisation_id=world.bandung)
    with world.reading() as session:
        assert queries.roster(session, organisation_id=world.bandung, cohort_id=world.cohort) == []


def test_a_participant_s_cohorts_tell_what_the_fold_needs(world: World) -> None:
    ani = world.participant("Ani")
    with world.reading() as session:
        found = queries.enrolments_of(session, organisation_id=world.sukabumi, participant_ids=[ani])
        elsewhere = queries.enrolments_of(session, organisation_id=world.bandung, participant_ids=[ani])
    assert [(one.cohort_id, one.group, one.time_zone, one.programme_version_id) for one in found] == [
        (world.cohort, "A", "Asia/Jakarta", world.programme)
    ]
    assert elsewhere == []
