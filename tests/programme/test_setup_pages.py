"""The pages on which a cohort is set up, and what is posted from them."""

import re
from base64 import b64decode
from decimal import Decimal
from uuid import UUID, uuid4

import pytest

from lms.programme import queries, service
from tests.world import World

SETUP = "/cohorts/III/setup"
GROUPS = f"{SETUP}/groups"


def group(world: World, name: str) -> UUID:
    with world.reading() as session:
        found = queries.groups(session, organisation_id=world.sukabumi, cohort_id=world.cohort)
    return next(one.id for one in found if one.name == name)


def names(world: World) -> list[str]:
    with world.reading() as session:
        found = queries.groups(session, organisation_id=world.sukabumi, cohort_id=world.cohort)
    return [one.name for one in found]


def empty(world: World) -> UUID:
    """A group E without people and sessions."""
    if "E" not in names(world):
        with world.transaction() as session:
            service.add_groups(session, organisation_id=world.sukabumi, cohort_id=world.cohort, names=["E"])
    return group(world, "E")


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
        GROUPS: {"names": "C\nD", "facilitator": ""},
        f"{GROUPS}/name": {"group": str(group(world, "B")), "name": "Gugus B"},
        f"{GROUPS}/remove": {"group": str(empty(world))},
        f"{SETUP}/facilitators": {"account": facilitator, "group": "Gugus B"},
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
    client, sent = world.client(role), posts(world)
    for address in (SETUP, GROUPS, f"{SETUP}/targets"):
        assert client.get(address).status_code == reads
    for address, data in sent.items():
        assert client.post(address, data=data).status_code in changes, address
    may_change = role in ("admin", "manager")
    assert (targets(world) == {"mooc": Decimal(80)}) == may_change
    assert (groups_of(world, world.account("facilitator")) == {"Gugus B"}) == may_change
    assert names(world) == (["A", "C", "D", "Gugus B"] if may_change else ["A", "B", "E"])


def test_another_organisation_finds_and_changes_nothing(world: World) -> None:
    client, sent = world.client("admin", organisation_id=world.bandung), posts(world)
    assert client.get(SETUP).status_code == 404
    assert client.get(GROUPS).status_code == 404
    for address, data in sent.items():
        client.post(address, data=data)
    assert targets(world) == {"mooc": Decimal(90)}
    assert names(world) == ["A", "B", "E"]
    assert groups_of(world, world.account("facilitator")) == {"A"}


def test_an_auditor_sees_no_form_but_those_of_the_page_s_frame(world: World) -> None:
    _ = world.cohort
    world.account("facilitator")
    for address in (SETUP, GROUPS, f"{SETUP}/targets"):
        page = world.client("auditor").get(address).text
        assert f'action="{SETUP}' not in page
        assert "/import/" not in page
        assert f"{SETUP}/dates" not in page


def test_it_says_what_there_is(world: World) -> None:
    _ = world.cohort
    world.account("facilitator")
    page = world.client("manager").get(SETUP).text
    for words in ("4 participants", "2 groups, 1 of 2 with a facilitator", "4 sessions", "1 target", "Seminar B"):
        assert words in page
    assert "No facilitator yet: B" in page
    for kind in ("participants", "sessions", "attendance", "assessments"):
        assert f"/cohorts/III/import/{kind}" in page


def leads_on(page: str) -> tuple[str, str]:
    """Where the page leads on to, and in which words."""
    found = re.search(r'<a class="button[^"]*" href="([^"]+)"><span>Next: ([^<]+)</span>', page)
    assert found is not None
    return found[1], found[2]


def test_each_step_leads_back_to_all_and_on_to_the_next(world: World) -> None:
    _ = world.cohort
    client = world.client("manager")
    assert leads_on(client.get(SETUP).text) == (GROUPS, "Groups and facilitators")
    path, walked = f"{SETUP}/dates", []
    while len(walked) < 4:
        page = client.get(path).text
        assert f'href="{SETUP}"' in page
        path, words = leads_on(page)
        walked.append(words)
    assert walked == ["Groups and facilitators", "Participants", "Sessions", "Targets"]
    last = client.get(path)
    assert (last.status_code, "Next:" in last.text, f'href="{SETUP}"' in last.text) == (200, False, True)


def test_groups_are_there_before_anybody_is_enrolled_and_the_file_of_people_finds_them(world: World) -> None:
    client, facilitator = world.client("manager"), str(world.account("facilitator"))
    sent = {"names": " Gugus  C \r\n\r\nGugus D\r\nA\r\n", "facilitator": facilitator}
    done = client.post(GROUPS, data=sent, follow_redirects=True)
    assert "2 groups were added." in done.text
    assert names(world) == ["A", "B", "Gugus C", "Gugus D"]
    assert groups_of(world, world.account("facilitator")) == {"A", "Gugus C", "Gugus D"}
    pasted = "identifier\tname\tgroup\n199001012026031009\tGita\tGugus C\n"
    client.post("/cohorts/III/import/participants", data={"text": pasted, "bring": "1"})
    assert names(world) == ["A", "B", "Gugus C", "Gugus D"]
    assert "5 participants" in client.get(SETUP).text


@pytest.mark.parametrize(
    ("address", "data", "words"),
    [
        (GROUPS, {"names": " \n "}, "Name at least one group."),
        (GROUPS, {"names": "x" * 201}, "200 characters at most"),
        (GROUPS, {"names": "\n".join(map(str, range(99)))}, "100 groups at most"),
        (GROUPS, {"names": "C", "facilitator": "00000000-0000-7000-8000-000000000000"}, "Only a facilitator"),
        (f"{GROUPS}/name", {"name": " "}, "This is missing."),
        (f"{GROUPS}/name", {"name": "A"}, "There is a group A already"),
    ],
)
def test_what_is_no_group_is_told_at_its_field_and_nothing_is_saved(
    world: World, address: str, data: dict[str, str], words: str
) -> None:
    sent = data | {"group": str(group(world, "B"))}
    refused = world.client("manager").post(address, data=sent)
    assert (refused.status_code, words in refused.text) == (422, True)
    assert names(world) == ["A", "B"]


def test_a_renamed_group_keeps_its_people_and_its_sessions(world: World) -> None:
    world.client("manager").post(f"{GROUPS}/name", data={"group": str(group(world, "B")), "name": " Gugus  B "})
    with world.reading() as session:
        roster = queries.roster(session, organisation_id=world.sukabumi, cohort_id=world.cohort)
        timetable = queries.timetable(session, organisation_id=world.sukabumi, cohort_id=world.cohort)
    assert [one.group for one in roster] == ["A", "A", "Gugus B", "Gugus B"]
    assert {one.group for one in timetable} == {None, "A", "Gugus B"}


def test_only_an_empty_group_is_removed_and_its_facilitators_lose_it(world: World) -> None:
    client, facilitator = world.client("manager"), world.account("facilitator")
    page = client.get(GROUPS).text
    assert f"{GROUPS}/remove" not in page
    refused = client.post(f"{GROUPS}/remove", data={"group": str(group(world, "B"))})
    assert (refused.status_code, "people in it: 2, sessions for it: 1" in refused.text) == (409, True)
    left = empty(world)
    client.post(f"{SETUP}/facilitators", data={"account": str(facilitator), "group": "E"})
    assert f"{GROUPS}/remove" in client.get(GROUPS).text
    assert client.post(f"{GROUPS}/remove", data={"group": str(left)}).status_code == 303
    assert (names(world), groups_of(world, facilitator)) == (["A", "B"], {"A"})
    assert client.post(f"{GROUPS}/remove", data={"group": str(left)}).status_code == 404


def test_targets_are_saved_with_a_comma_or_a_point_and_taken_back_when_emptied(world: World) -> None:
    _ = world.cohort
    data = {"target[]": "80,5", "target[project]": "70.25", "target[mooc]": " "}
    response = world.client("manager").post(f"{SETUP}/targets", data=data)
    assert (response.status_code, response.location) == (303, SETUP)
    assert targets(world) == {"": Decimal("80.5"), "project": Decimal("70.25")}


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        *((typed, "This is no number.") for typed in ("much", "NaN", "1_0", "0e999999", "٣", "1.000,5")),
        *((typed, "A target runs from 0 to 100") for typed in ("101", "-1", "80.125")),
    ],
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
