"""Overriding as people see it: a form, a second look, and the mark that it leaves wherever the figure shows."""

import re
from collections.abc import Iterator
from decimal import Decimal
from urllib.parse import quote
from uuid import UUID

import pytest
import time_machine

from lms.programme import service as programme
from tests.dashboards.facts import entered, marked
from tests.overrides.overriding import REASON, override, overrides_of, unit_of, withdraw
from tests.world import NOW, World


@pytest.fixture(autouse=True)
def _at_that_moment() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def world(world: World) -> World:
    """The world with its cohort, in which Ani has a score and was absent."""
    entered(world, "Ani", "55")
    marked(world, "Ani", "alpa")
    return world


def address(world: World, kind: str, page: str = "override", name: str = "Ani") -> str:
    unit, person = quote(unit_of(world, kind), safe=""), f"/cohorts/III/participants/{world.participant(name)}"
    return f"{person}/override?kind={kind}&unit={unit}" if page == "override" else f"{person}/units/{kind}?unit={unit}"


def told(text: str) -> str:
    """The words of a page."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text))


@pytest.mark.parametrize(
    ("kind", "sent", "shown"),
    [
        ("module", {"score": "82,5", "done": "yes"}, "score 82.5, done"),
        ("session", {"status": "hadir"}, "hadir"),
        ("assessment", {"score": "75"}, "75"),
    ],
)
def test_what_changes_is_shown_before_it_is_saved(world: World, kind: str, sent: dict[str, str], shown: str) -> None:
    client, here = world.client("manager"), address(world, kind)
    assert client.get(here).status_code == 200
    look = client.post(here, data={**sent, "reason": REASON, "step": "look"})
    assert look.status_code == 200
    assert f"Will be {shown}" in told(look.text)
    assert "becomes" in told(look.text)
    assert overrides_of(world, kind) == ()
    fields = dict(re.findall(r'<input type="hidden" name="([a-z]+)" value="([^"]*)"', look.text))
    assert client.post(here, data={**fields, "step": "change"}).text.count(REASON) == 1
    saved = client.post(here, data={**fields, "step": "save"})
    assert (saved.status_code, len(overrides_of(world, kind))) == (303, 1)
    page = told(client.get(saved.headers["Location"]).text)
    assert f"Overridden: {shown}" in page
    assert "Manager decided this on" in page
    assert page.count(REASON) == 2


@pytest.mark.parametrize(
    ("kind", "sent", "problem"),
    [
        ("assessment", {"score": "101", "reason": REASON}, "A score is a number from 0 to 100"),
        ("assessment", {"score": "", "reason": REASON}, "Enter a score."),
        ("assessment", {"score": "70", "reason": "salah"}, "Say why, in at least 10 characters"),
        ("assessment", {"score": "70", "reason": REASON, "seen": "x"}, "This unit has changed since you looked."),
        ("module", {"score": "1/0", "done": "yes", "reason": REASON}, "A score is a number from 0 to 100"),
        ("module", {"score": "70", "reason": REASON}, "This field is required."),
        ("session", {"status": "tidur", "reason": REASON}, "Choose one of the programme"),
    ],
)
def test_what_is_wrong_stands_in_the_form_and_nothing_is_saved(
    world: World, kind: str, sent: dict[str, str], problem: str
) -> None:
    answer = world.client("manager").post(address(world, kind), data={**sent, "step": "save"})
    assert (answer.status_code, problem in answer.text) == (422, True)
    assert overrides_of(world, kind) == ()


def test_it_is_marked_wherever_the_figure_shows_and_the_participant_is_told(world: World) -> None:
    override(world, score=Decimal("75"))
    manager, ani = world.client("manager"), world.client("participant")
    person = f"/cohorts/III/participants/{world.participant('Ani')}"
    rows = re.findall(r'<tr role="row">.*?</tr>', manager.get("/cohorts/III").text, flags=re.DOTALL)
    assert {re.search(r">(\w+) Contoh<", row)[1]: "Overridden" in row for row in rows if "Contoh<" in row} == {  # type: ignore[index]
        "Ani": True,
        "Budi": False,
        "Citra": False,
        "Dedi": False,
    }
    assert "Overridden" in manager.get(f"{person}/explain/project").text
    assert "An override counts in its place." in manager.get(address(world, "assessment", "unit")).text
    own = told(ani.get("/me").text)
    assert "Overridden: a manager decided what these come to Proyek" in own
    unit = ani.get(address(world, "assessment", "unit"))
    assert REASON in unit.text
    assert "/override?" not in unit.text
    assert "/withdraw" not in unit.text
    listed = told(world.client("auditor").get("/cohorts/III/overrides").text)
    assert "Proyek from 55 to 75" in listed
    assert "Stands" in listed


def test_a_participant_sees_it_among_their_own_sessions_too(world: World) -> None:
    override(world, "session", status="hadir")
    ani = world.client("participant")
    assert re.search(r"hadir Overridden", told(ani.get("/my/attendance").text))
    page = ani.get(f"/my/attendance/{world.session_id('S01')}").text
    assert "hadir Overridden Who decided this, when and why" in told(page)


def test_it_is_withdrawn_with_a_reason_after_a_look_and_both_stay_to_be_read(world: World) -> None:
    made = override(world, score=Decimal("75"))
    client, here = world.client("manager"), f"/cohorts/III/overrides/{made}/withdraw"
    assert "Will be 55" in told(client.get(here).text)
    assert client.post(here, data={"reason": "salah"}).status_code == 422
    answer = client.post(here, data={"reason": "Lembar hasil ternyata milik orang lain."})
    page = told(client.get(answer.headers["Location"]).text)
    assert "It counts in place of all that is told below" not in page
    assert "This override was withdrawn Lembar hasil ternyata milik orang lain." in page
    again = client.post(here, data={"reason": "Lembar hasil ternyata milik orang lain."})
    assert (again.status_code, "was withdrawn already" in again.text) == (422, True)
    assert "Withdrawn" in client.get("/cohorts/III/overrides").text


def test_who_may_not(world: World) -> None:
    made = override(world, score=Decimal("75"))
    here, back = address(world, "assessment"), f"/cohorts/III/overrides/{made}/withdraw"
    sent = {"score": "1", "reason": REASON, "step": "save"}
    for role in ("facilitator", "auditor", "participant"):
        client = world.client(role)
        assert [client.get(here).status_code, client.post(here, data=sent).status_code] == [403, 403]
        assert [client.get(back).status_code, client.post(back, data=sent).status_code] == [403, 403]
        may_list = 200 if role == "auditor" else 403
        assert client.get("/cohorts/III/overrides").status_code == may_list
    outside = world.client("manager", name="bandung_manager", organisation_id=world.bandung)
    for path in (here, back, "/cohorts/III/overrides"):
        assert outside.get(path).status_code == 404
    assert world.client("manager").get(here.replace("kind=assessment", "kind=module")).status_code == 404
    nobody = here.replace(str(world.participant("Ani")), str(UUID(int=5)))
    assert world.client("manager").get(nobody).status_code == 404
    assert [one.state for one in overrides_of(world, "assessment")] == ["standing"]


def test_the_list_does_not_lead_to_what_is_not_there(world: World) -> None:
    made = override(world, "session", status="hadir")
    withdraw(world, made)
    client = world.client("manager")
    assert "units/session" in client.get("/cohorts/III/overrides").text
    with world.transaction() as session:
        programme.cancel_session(
            session,
            organisation_id=world.sukabumi,
            cohort_id=world.cohort,
            code="S01",
            reason="Banjir",
            changed_by=None,
            now=NOW,
        )
    assert "units/session" not in client.get("/cohorts/III/overrides").text
