"""The page on which a cohort is set up, and what is posted from it."""

import re
from base64 import b64decode
from decimal import Decimal
from uuid import UUID, uuid4

import pytest

from lms.programme import queries
from tests.world import World

SETUP = "/cohorts/III/setup"


def group(world: World, name: str) -> UUID:
    with world.reading() as session:
        found = queries.groups(session, organisation_id=world.sukabumi, cohort_id=world.cohort)
    return next(one.id for one in found if one.name == name)


def groups_of(world: World, account: UUID) -> set[str]:
    with world.reading() as session:
        found = queries.groups_of(session, organisation_id=world.sukabumi, account_id=account)
    return {name for _, _, name in found}


def targets(world: World) -> dict[str, Decimal]:
    _ = world.cohort
    with world.reading() as session:
        return dict(queries.cohort_by_code(session, organisation_id=world.sukabumi, code="III").targets)


def posts(world: World) -> dict[str, dict[str, str]]:
    """Everything that the page posts, by address."""
    facilitator = str(world.account("facilitator"))
    return {
        f"{SETUP}/targets": {"target[mooc]": "80"},
        f"{SETUP}/facilitators": {"account": facilitator, "group": "B"},
        f"{SETUP}/facilitators/remove": {"account": facilitator, "group": str(group(world, "A"))},
        f"{SETUP}/invitations": {},
    }


@pytest.mark.parametrize(
    ("role", "reads", "changes"),
    [
        ("admin", 200, (200, 303)),
        ("manager", 200, (200, 303)),
        ("auditor", 200, (403,)),
        ("facilitator", 403, (403,)),
        ("participant", 403, (403,)),
        (None, 303, (303,)),
    ],
)
def test_managers_set_up_auditors_read_and_nobody_else_sees_it(
    world: World, role: str | None, reads: int, changes: tuple[int, ...]
) -> None:
    _ = world.cohort
    client = world.client(role)
    assert client.get(SETUP).status_code == reads
    for address, data in posts(world).items():
        assert client.post(address, data=data).status_code in changes, address
    may_change = role in ("admin", "manager")
    assert (targets(world) == {"mooc": Decimal(80)}) == may_change
    assert (groups_of(world, world.account("facilitator")) == {"B"}) == may_change


def test_another_organisation_finds_and_changes_nothing(world: World) -> None:
    client = world.client("admin", organisation_id=world.bandung)
    assert client.get(SETUP).status_code == 404
    for address, data in posts(world).items():
        client.post(address, data=data)
    assert targets(world) == {"mooc": Decimal(90)}
    assert groups_of(world, world.account("facilitator")) == {"A"}


def test_an_auditor_sees_no_form_but_those_of_the_page_s_frame(world: World) -> None:
    _ = world.cohort
    page = world.client("auditor").get(SETUP).text
    assert f"{SETUP}/" not in page
    assert "/import/" not in page


def test_it_says_what_there_is(world: World) -> None:
    _ = world.cohort
    world.account("facilitator")
    page = world.client("manager").get(SETUP).text
    for words in ("4 participants, 2 groups", "1 of 2 groups have one", "4 sessions", "1 target", "Seminar B"):
        assert words in page
    for kind in ("participants", "sessions", "attendance", "assessments"):
        assert f"/cohorts/III/import/{kind}" in page


def test_targets_are_saved_with_a_comma_or_a_point_and_taken_back_when_emptied(world: World) -> None:
    _ = world.cohort
    data = {"target[]": "80,5", "target[project]": "70.25", "target[mooc]": " "}
    response = world.client("manager").post(f"{SETUP}/targets", data=data)
    assert (response.status_code, response.location) == (303, SETUP)
    assert targets(world) == {"": Decimal("80.5"), "project": Decimal("70.25")}


@pytest.mark.parametrize(
    ("typed", "words"),
    [("much", "This is no number."), ("101", "A target runs from 0 to 100"), ("NaN", "A target runs from 0 to 100")],
)
def test_a_wrong_target_is_told_at_its_field_and_nothing_is_saved(world: World, typed: str, words: str) -> None:
    _ = world.cohort
    response = world.client("manager").post(f"{SETUP}/targets", data={"target[mooc]": typed, "target[project]": "70"})
    assert response.status_code == 422
    assert words in response.text
    assert f'value="{typed}"' in response.text
    assert 'value="70"' in response.text
    assert targets(world) == {"mooc": Decimal(90)}


def test_a_facilitator_is_given_a_group_and_loses_it(world: World) -> None:
    facilitator, client = world.account("facilitator"), world.client("manager")
    client.post(f"{SETUP}/facilitators", data={"account": str(facilitator), "group": "B"})
    assert groups_of(world, facilitator) == {"A", "B"}
    client.post(f"{SETUP}/facilitators/remove", data={"account": str(facilitator), "group": str(group(world, "A"))})
    assert groups_of(world, facilitator) == {"B"}


@pytest.mark.parametrize(
    "data", [{}, {"account": "nonsense", "group": "B"}, {"account": str(uuid4()), "group": "B"}, {"group": "B"}]
)
def test_an_account_that_is_none_is_refused(world: World, data: dict[str, str]) -> None:
    _ = world.cohort
    assert world.client("manager").post(f"{SETUP}/facilitators", data=data).status_code == 400


def test_everybody_is_invited_at_once_and_the_links_are_shown_this_once(world: World) -> None:
    _ = world.cohort
    client = world.client("manager")
    page = client.post(f"{SETUP}/invitations")
    assert page.text.count("/invitations/") == 4
    assert page.headers["Cache-Control"] == "no-store"
    assert "/invitations/" not in client.get(SETUP).text.replace(f"{SETUP}/invitations", "")


def test_the_links_come_as_a_file_too(world: World) -> None:
    _ = world.cohort
    page = world.client("manager").post(f"{SETUP}/invitations").text
    found = re.search(r'href="data:text/csv;base64,([^"]+)"', page)
    assert found is not None
    lines = b64decode(found[1]).decode("utf-8-sig").splitlines()
    assert [line.split(",")[1] for line in lines[1:]] == ["Ani Contoh", "Budi Contoh", "Citra Contoh", "Dedi Contoh"]
