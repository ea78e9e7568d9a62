"""Deciding as people see it: the review list, one person's page with its second look, what participants are told."""

import csv
import io
import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from uuid import UUID

import pytest
import time_machine
from werkzeug.test import TestResponse

from lms.decisions.rules import DEFERRED, PASSED
from tests.appeals import making
from tests.dashboards.crowd import statements
from tests.dashboards.facts import entered
from tests.decisions.deciding import GROUNDS, LATER, TOMORROW, case_of, complete, decide, propose, second
from tests.world import World

LIST = "/cohorts/III/decisions"


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(LATER, tick=False) as traveller:
        yield traveller


@pytest.fixture
def world(world: World) -> World:
    complete(world)
    return world


def address(world: World, name: str, act: str = "") -> str:
    return f"{LIST}/{world.participant(name)}{act}"


def told(answer: TestResponse) -> str:
    """The words of a page."""
    main = answer.text.partition("<main")[2].partition("</main>")[0]
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", "<main" + main)))


def fields(answer: TestResponse) -> dict[str, str]:
    """The hidden fields of a form."""
    found = re.findall(r'<input type="hidden" name="([a-z]+)" value="([^"]*)"', answer.text)
    return {name: unescape(value) for name, value in found}


def rows(answer: TestResponse) -> dict[str, str]:
    """Each person's row, by the first name."""
    found = re.findall(r'<tr role="row">.*?</tr>', answer.text, flags=re.DOTALL)
    texts = [re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", row)) for row in found]
    return {text.split()[0]: text for text in texts if " Contoh " in text}


def test_the_list_counts_tells_why_and_is_narrowed(world: World) -> None:
    decide(world, "Ani", DEFERRED, deadline=TOMORROW)
    propose(world)
    making.window(world)
    making.appeal(world)
    client = world.client("manager")
    page = client.get(LIST)
    listed = rows(page)
    assert list(listed) == ["Ani", "Budi", "Citra", "Dedi"]
    assert "Deferred until 17 Mar 2026" in listed["Ani"]
    assert "1 open appeal" in listed["Ani"]
    assert "More sessions missed than allowed" in listed["Budi"]
    assert "Proposed: not passed waits for a second person" in listed["Budi"]
    assert "Undecided" in listed["Citra"]
    assert "Undecided 2" in told(page)
    assert "passed 0 · deferred 1 · not passed 0" in told(page)
    for show, names in {
        "waiting": ["Budi"],
        "undecided": ["Citra", "Dedi"],
        "deferred": ["Ani"],
        "x": [*listed],
    }.items():
        assert list(rows(client.get(f"{LIST}?show={show}"))) == names
    assert rows(client.get(f"{LIST}?after=2&show=undecided")).keys() == {"Dedi"}
    assert 'href="/cohorts/III/decisions"' in client.get("/cohorts/III").text


def test_a_decision_is_looked_at_twice_before_it_is_saved(world: World) -> None:
    client, here = world.client("manager"), address(world, "Budi")
    page = client.get(here)
    assert "checked" not in page.text
    sent = {"outcome": "deferred", "deadline": "2026-03-17", "grounds": GROUNDS, "seen": fields(page)["seen"]}
    look = client.post(here, data={**sent, "step": "look"})
    assert "Nothing is saved yet." in told(look)
    assert "Deadline 17 Mar 2026" in told(look)
    assert case_of(world, "Budi").history == ()
    changed = client.post(here, data={**fields(look), "step": "change"})
    assert GROUNDS in changed.text
    saved = client.post(here, data={**fields(look), "step": "save"}, follow_redirects=True)
    assert "Decided: deferred until 17 Mar 2026" in told(saved)
    assert GROUNDS in told(saved)


WRONG: tuple[tuple[str, dict[str, str], str], ...] = (
    ("Ani", {}, "This field is required."),
    ("Ani", {"outcome": "withdrawn", "grounds": GROUNDS}, "Choose what you decide."),
    ("Budi", {"outcome": "passed", "grounds": "ya"}, "Say why, in at least 10 characters"),
    ("Citra", {"outcome": "passed"}, "Say why, in at least 10 characters"),
    ("Ani", {"outcome": "deferred", "grounds": GROUNDS}, "Say until which day it is deferred."),
    ("Ani", {"outcome": "deferred", "grounds": GROUNDS, "deadline": "besok"}, "Not a valid date value."),
    ("Ani", {"outcome": "passed", "seen": "x"}, "have changed since you looked"),
)


def test_what_is_wrong_stands_in_the_form_and_nothing_is_saved(world: World) -> None:
    client = world.client("manager")
    for name, sent, problem in WRONG:
        answer = client.post(address(world, name), data={"seen": case_of(world, name).seen, **sent, "step": "save"})
        assert (answer.status_code, problem in told(answer)) == (422, True), (name, sent)
        assert case_of(world, name).history == ()


def test_not_passed_takes_two_people_and_the_participant_learns_of_it_only_then(world: World) -> None:
    propose(world)
    here, act = address(world, "Budi"), address(world, "Budi", "/answer")
    maker, other, budi = world.client("manager"), world.client("manager", name="rekan"), None
    own, asked = maker.get(here), other.get(here)
    assert ("Take it back" in told(own), act in own.text) == (True, False)
    assert "Manager proposed on" in told(asked)
    assert "Decide anew" not in told(asked)
    budi = world.client("participant", name="Budi")
    assert "The decision about you" not in told(budi.get("/me"))
    sent = {"answer": "agree", "seen": fields(asked)["seen"]}
    assert maker.post(act, data=sent).status_code == 403
    assert other.post(act, data={"answer": "agree", "seen": "x"}).status_code == 422
    assert "It stands now: not passed." in other.post(act, data=sent, follow_redirects=True).text
    page = told(budi.get("/me"))
    assert f"Decision Not passed Date 16 Mar 2026 Grounds {GROUNDS}" in page
    again = other.post(act, data=sent)
    assert (again.status_code, "Nothing waits for a second person here any more." in told(again)) == (422, True)


def test_the_second_may_refuse_and_the_first_may_take_it_back(world: World) -> None:
    propose(world)
    other, act = world.client("manager", name="rekan"), address(world, "Budi", "/answer")
    assert other.post(act, data={"answer": "refuse", "reason": "tidak"}).status_code == 422
    page = told(other.post(act, data={"answer": "refuse", "reason": GROUNDS}, follow_redirects=True))
    assert f"“Not passed” was refused {GROUNDS}" in page
    propose(world)
    back = {"reason": "Salah orang, mohon maaf."}
    page = told(world.client("manager").post(address(world, "Budi", "/withdraw"), data=back, follow_redirects=True))
    assert "“Not passed” was taken back Salah orang" in page
    assert page.partition("What was decided, and when")[2].count("Proposed: not passed") == 2


def test_other_figures_and_a_passed_deadline_are_told_on_both_pages(
    world: World, clock: time_machine.Traveller
) -> None:
    decide(world, "Ani", DEFERRED, deadline=TOMORROW)
    decide(world, "Dedi", PASSED, grounds="")
    propose(world)
    for name in ("Dedi", "Budi"):
        entered(world, name, "70")
    clock.move_to(LATER + timedelta(days=2))
    client = world.client("manager", name="rekan")
    listed = rows(client.get(f"{LIST}?show=review"))
    assert {name: "Figures have changed since" in text for name, text in listed.items()} == {
        "Ani": False,
        "Budi": True,
        "Dedi": True,
    }
    assert "Past its deadline" in listed["Ani"]
    assert "The deadline, 17 Mar 2026, has passed." in told(client.get(address(world, "Ani")))
    page = told(client.get(address(world, "Dedi")))
    assert "The figures are no longer those that this was made from." in page
    assert "Of all 89.50 85.00" in page
    assert "it can be proposed anew" in told(client.get(address(world, "Budi")))


def test_a_decision_is_withdrawn_with_a_reason_and_stays_to_be_read(world: World) -> None:
    decide(world, "Ani", PASSED, grounds="")
    client, ani = world.client("manager"), world.client("participant")
    assert "The decision about you Decision Passed Date 16 Mar 2026" in told(ani.get("/me"))
    assert client.post(address(world, "Ani", "/withdraw"), data={"reason": "x"}).status_code == 422
    sent = {"reason": "Lembar nilai milik orang lain."}
    page = told(client.post(address(world, "Ani", "/withdraw"), data=sent, follow_redirects=True))
    assert "Decision withdrawn Lembar nilai milik orang lain." in page
    assert "Decided: passed" in page
    assert "The decision about you" not in told(ani.get("/me"))
    again = client.post(address(world, "Ani", "/withdraw"), data=sent)
    assert (again.status_code, "No decision stands that could be withdrawn." in told(again)) == (422, True)


def test_whoever_has_nothing_to_be_looked_at_passes_together_after_a_look_at_their_names(world: World) -> None:
    client, here = world.client("manager"), f"{LIST}/pass-all"
    assert "Pass all 2 without a reason" in told(client.get(LIST))
    look = client.get(here)
    assert list(rows(look)) == ["Ani", "Dedi"]
    entered(world, "Dedi", "84")
    late = client.post(here, data=fields(look))
    assert (late.status_code, case_of(world).state) == (409, "undecided")
    page = client.post(here, data=fields(late), follow_redirects=True)
    assert "2 people were passed." in page.text
    assert {name: "Passed" in text for name, text in rows(page).items()} == {
        "Ani": True,
        "Budi": False,
        "Citra": False,
        "Dedi": True,
    }
    assert "Nobody can be passed together" in told(client.get(here))


def test_the_list_as_a_table(world: World) -> None:
    decide(world, "Ani", PASSED, grounds="=1+1 tidak dihitung")
    propose(world)
    second(world)
    answer = world.client("auditor").get(f"{LIST}.csv")
    assert answer.data.startswith(b"\xef\xbb\xbf")
    found = list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert [one["name"].split()[0] for one in found] == ["Ani", "Budi", "Citra", "Dedi"]
    ani, budi, citra, _dedi = found
    assert (ani["outcome"], ani["grounds"], ani["of_all"]) == ("passed", "'=1+1 tidak dihitung", "89.50")
    assert (budi["outcome"], budi["made_by"], budi["seconded_by"]) == ("not_passed", "Manager", "Rekan")
    assert (budi["reasons"], budi["state"]) == ("absence.sessions", "decided")
    assert (citra["outcome"], citra["state"], citra["of_all"]) == ("", "undecided", "0.00")


def test_who_may_not(world: World) -> None:
    decide(world, "Ani", PASSED, grounds="")
    propose(world)
    acts = {
        address(world, "Ani"): {"outcome": "passed", "step": "save"},
        address(world, "Budi", "/answer"): {"answer": "refuse", "reason": GROUNDS},
        address(world, "Ani", "/withdraw"): {"reason": GROUNDS},
        f"{LIST}/pass-all": {},
    }
    pages = (LIST, f"{LIST}.csv", address(world, "Ani"))
    for role in ("facilitator", "auditor", "participant"):
        client = world.client(role)
        assert {client.get(page).status_code for page in pages} == {200 if role == "auditor" else 403}
        assert {client.post(act, data=sent).status_code for act, sent in acts.items()} == {403}
        assert client.get(f"{LIST}/pass-all").status_code == 403
    outside = world.client("manager", name="bandung_manager", organisation_id=world.bandung)
    assert {outside.get(page).status_code for page in pages} == {404}
    assert {outside.post(act, data=sent).status_code for act, sent in acts.items()} == {404}
    assert world.client("manager").get(f"{LIST}/{UUID(int=5)}").status_code == 404
    auditor = world.client("auditor").get(address(world, "Ani")).text
    assert 'method="post"' not in auditor.partition("<main")[2].partition("</main>")[0]
    assert "decisions" not in world.client("facilitator").get("/cohorts/III").text
    assert (len(case_of(world).history), case_of(world, "Budi").state) == (1, "waiting")


def test_without_its_token_nothing_is_decided(world: World) -> None:
    client, here = world.client("manager"), address(world, "Ani")
    seen = fields(client.get(here))["seen"]
    world.app.config["WTF_CSRF_ENABLED"] = True
    try:
        answer = client.post(here, data={"outcome": "passed", "seen": seen, "step": "save"})
    finally:
        world.app.config["WTF_CSRF_ENABLED"] = False
    assert answer.status_code in (400, 403, 422)
    assert case_of(world).history == ()


def test_the_pages_make_few_queries(world: World) -> None:
    decide(world, "Ani", PASSED, grounds="")
    client = world.client("manager")
    for page, most in ((LIST, 9), (address(world, "Ani"), 10)):
        client.get(page)
        with world.app.app_context(), statements() as seen:
            assert client.get(page).status_code == 200
        assert len([one for one in seen if not one.startswith("BEGIN")]) <= most
