"""The list of cohorts, and adding one."""

from datetime import UTC, datetime

import pytest
from flask.testing import FlaskClient

from lms.programme import queries
from tests.world import World


def fields(world: World, **changes: str) -> dict[str, str]:
    good = {
        "version": str(world.programme),
        "code": "IV a",
        "name": "Angkatan IV",
        "time_zone": "Asia/Makassar",
        "starts_at": "2026-05-04T08:00",
        "ends_at": "",
    }
    return good | changes


def found(world: World, code: str) -> queries.CohortInfo | None:
    with world.reading() as session:
        return queries.find_cohort(session, organisation_id=world.sukabumi, code=code)


def listed(client: FlaskClient) -> str:
    response = client.get("/cohorts")
    assert response.status_code == 200
    return response.text


@pytest.mark.parametrize(
    ("role", "reads", "changes"),
    [
        ("admin", 200, 200),
        ("manager", 200, 200),
        ("auditor", 200, 403),
        ("facilitator", 200, 403),
        ("participant", 403, 403),
        (None, 303, 303),
    ],
)
def test_staff_see_the_list_and_managers_add_to_it(world: World, role: str | None, reads: int, changes: int) -> None:
    _ = world.cohort
    client = world.client(role)
    assert client.get("/cohorts").status_code == reads
    assert client.get("/cohorts/new").status_code == changes
    added = client.post("/cohorts/new", data=fields(world)).status_code
    assert added == (303 if changes == 200 else changes)
    assert (found(world, "IV a") is not None) == (changes == 200)


def test_a_facilitator_sees_only_cohorts_with_their_groups(world: World) -> None:
    world.client("manager").post("/cohorts/new", data=fields(world))
    page = listed(world.client("facilitator"))
    assert "Angkatan III" in page
    assert "Angkatan IV" not in page


def test_another_organisation_sees_none(world: World) -> None:
    _ = world.cohort
    assert "Angkatan III" not in listed(world.client("admin", organisation_id=world.bandung))


def test_its_moments_are_those_of_its_zone_s_clocks(world: World) -> None:
    response = world.client("manager").post("/cohorts/new", data=fields(world, ends_at="2026-08-01T00:00"))
    assert (response.status_code, response.location) == (303, "/cohorts/IV%20a/setup")
    cohort = found(world, "IV a")
    assert cohort is not None
    assert (cohort.starts_at, cohort.ends_at) == (
        datetime(2026, 5, 4, 0, 0, tzinfo=UTC),
        datetime(2026, 7, 31, 16, 0, tzinfo=UTC),
    )
    assert cohort.programme_version_id == world.programme


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"code": ""}, "Give the cohort a code."),
        ({"code": "a/b"}, "A code cannot hold a “/”."),
        ({"name": " "}, "Give the cohort a name."),
        ({"starts_at": ""}, "Say when the cohort starts."),
        ({"starts_at": "tomorrow"}, "Not a valid datetime value."),
        ({"starts_at": "0001-01-01T00:00"}, "outside the years 1900 to 2200"),
        ({"starts_at": "9999-12-31T23:59", "time_zone": "America/New_York"}, "outside the years 1900 to 2200"),
        ({"ends_at": "2026-05-04T08:00"}, "The end must be later than the start."),
        ({"time_zone": "Asia/Sukabumi"}, "Not a valid choice."),
        ({"version": "nonsense"}, "Not a valid choice."),
        ({"time_zone": "Europe/London", "starts_at": "2026-03-29T01:30"}, "the clocks leap over that time"),
    ],
)
def test_what_is_wrong_stands_at_its_field_and_the_rest_is_kept(
    world: World, changes: dict[str, str], words: str
) -> None:
    response = world.client("manager").post("/cohorts/new", data=fields(world, **changes))
    assert response.status_code == 422
    assert words in response.text
    assert 'value="Angkatan IV"' in response.text or "name" in changes
    assert found(world, "IV a") is None


def test_a_taken_code_is_told_at_its_field(world: World) -> None:
    _ = world.cohort
    response = world.client("manager").post("/cohorts/new", data=fields(world, code="III"))
    assert response.status_code == 422
    assert "There is a cohort III already" in response.text


def test_the_zones_of_indonesia_come_first(world: World) -> None:
    _ = world.programme
    page = world.client("manager").get("/cohorts/new").text
    places = [page.index(f'<option value="{zone}"') for zone in ("Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura")]
    assert places == sorted(places)
    assert places[-1] < page.index('<option value="Africa/Abidjan"')


def test_the_version_that_one_came_from_is_chosen(world: World) -> None:
    page = world.client("manager").get(f"/cohorts/new?version={world.programme}").text
    assert f'<option selected value="{world.programme}">' in page


def test_without_a_programme_it_says_what_to_do_first(world: World) -> None:
    assert "publish one first" in world.client("manager").get("/cohorts/new").text
