"""The page on which the rules of a cohort's registers are set."""

from typing import Any

import pytest

from lms.attendance import queries
from tests.world import World

PAGE = "/cohorts/III/attendance-rules"
TYPED = {
    "early_minutes": "30",
    "late_days": "2",
    "present_status": "",
    "late_status": "",
    "absent_status": "alpa",
    "leave_statuses": ["dinas luar"],
    "grace_minutes": "10",
    "check_in": "y",
    "check_in_before": "15",
    "check_in_after": "20",
    "networks": "203.0.113.7\r\n\r\n 2001:db8::/32 \r\n203.0.113.7",
    "log_percent": "80",
    "warn_consecutive": "3",
}


@pytest.fixture
def world(world: World) -> World:
    """The world with its cohort."""
    _ = world.cohort
    return world


def rules(world: World) -> queries.CohortRules:
    with world.reading() as session:
        return queries.cohort_rules(session, organisation_id=world.sukabumi, cohort_id=world.cohort)


def test_without_any_the_defaults_hold(world: World) -> None:
    found = rules(world)
    assert (found.early_minutes, found.late_days, found.log_percent, found.check_in) == (None, None, 75, True)
    assert found.present is not None
    assert (found.present.code, found.leave_statuses) == ("hadir", ("dinas luar",))
    page = world.client("manager").get(PAGE).text
    assert 'name="log_percent"' in page
    assert 'value="75"' in page


def test_they_are_set_and_hold_from_then_on(world: World) -> None:
    client = world.client("manager")
    assert client.post(PAGE, data=TYPED).status_code == 303
    found = rules(world)
    assert (found.early_minutes, found.late_days, found.grace_minutes) == (30, 2, 10)
    assert (found.check_in, found.check_in_before, found.check_in_after) == (True, 15, 20)
    assert [str(network) for network in found.networks] == ["203.0.113.7/32", "2001:db8::/32"]
    assert (found.log_percent, found.warn_consecutive, found.warn_by_mail) == (80, 3, False)
    # What was set is what the page shows, and saving that again changes nothing.
    assert 'value="80"' in client.get(PAGE).text
    assert client.post(PAGE, data=TYPED | {"early_minutes": "", "late_days": ""}).status_code == 303
    assert (rules(world).early_minutes, rules(world).late_days) == (None, None)


def test_everything_that_is_wrong_is_told_at_once_and_kept(world: World) -> None:
    wrong: dict[str, Any] = {
        "early_minutes": "-1",
        "late_days": "x",
        "grace_minutes": "",
        "log_percent": "101",
        "networks": "10.0.0.0/33\nrumah",
        "present_status": "alpa",
        "absent_status": "pergi",
    }
    answer = world.client("manager").post(PAGE, data=TYPED | wrong)
    assert answer.status_code == 422
    for told in (
        "This is a whole number from 0 to 10080.",
        "This is a whole number from 0 to 366.",
        "This is a whole number from 0 to 1440.",
        "This is a whole number from 1 to 100.",
        "“10.0.0.0/33” is no address and no range",
        "“rumah” is no address and no range",
        "Choose a status that is not absent.",
        "Choose one of those on the list.",
    ):
        assert told in answer.text, told
    assert "rumah</textarea>" in answer.text
    assert rules(world).log_percent == 75


@pytest.mark.parametrize(
    ("role", "reads", "sets"),
    [
        (None, 303, 303),
        ("participant", 403, 403),
        ("facilitator", 403, 403),
        ("auditor", 200, 403),
        ("manager", 200, 303),
        ("admin", 200, 303),
    ],
)
def test_who_may(world: World, role: str | None, reads: int, sets: int) -> None:
    client = world.client(role)
    assert client.get(PAGE).status_code == reads
    assert client.post(PAGE, data=TYPED).status_code == sets


def test_another_organisation_does_not_find_it(world: World) -> None:
    client = world.client("manager", name="bandung_manager", organisation_id=world.bandung)
    assert (client.get(PAGE).status_code, client.post(PAGE, data=TYPED).status_code) == (404, 404)


def test_the_setup_of_a_cohort_leads_there(world: World) -> None:
    assert f'href="{PAGE}"' in world.client("manager").get("/cohorts/III/setup").text
