"""Where a participant stands, as they see it themselves and as staff see it."""

import re
from datetime import timedelta
from html import unescape

import pytest
import time_machine
from flask.testing import FlaskClient

from lms.attendance import service as attendance
from lms.programme import service as programme
from lms.progress import service as progress
from tests.dashboards.crowd import statements
from tests.dashboards.facts import MODULE_1, MODULE_2, entered, marked, scored
from tests.world import NOW, PEOPLE, PROGRAMME, START, World

BUDGET = 100_000


def text(page: str) -> str:
    """What a page says, without its markup."""
    main = page.partition("<main")[2].partition("</main>")[0]
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", "<main" + main)))


def told(client: FlaskClient, address: str = "/me") -> str:
    return text(client.get(address).text)


def test_it_says_the_three_figures_plainly(world: World) -> None:
    scored(world, "Ani", "80")
    entered(world, "Ani", "75.5")
    page = told(world.client("participant"))
    # So far (60 x 80 + 30 x 75.5) / 90; of all (60 x 53.33 + 30 x 75.5) / 100 and the 10 of attendance being 0.
    assert "So far 78.50 2 of 6 over what already counts" in page
    assert "Of all 54.65 what is missing counts as 0; this one decides" in page
    assert "Best possible 92.65 if all that is open goes perfectly" in page
    assert "The pass mark of 70.00 can still be reached: what is open decides." in page
    assert "6 of 19 JP done" in page


@pytest.mark.parametrize(
    ("score", "standing"),
    [
        ("95", "“Of all” has reached the pass mark of 70.00."),
        ("40", "The pass mark of 70.00 can still be reached: what is open decides."),
    ],
)
def test_it_says_how_that_stands_to_the_pass_mark(world: World, score: str, standing: str) -> None:
    for module in ({}, {"module": MODULE_2}):
        scored(world, "Ani", score, **module)
    entered(world, "Ani", score)
    assert standing in told(world.client("participant"))


def test_what_can_no_longer_be_reached_is_said_with_what_happens_then(
    world: World, at_that_moment: time_machine.Traveller
) -> None:
    entered(world, "Ani", "0")
    scored(world, "Ani", "50", module=MODULE_2)
    client = world.client("participant")
    at_that_moment.move_to(START + timedelta(days=31))
    page = told(client)
    assert "The pass mark of 70.00 can no longer be reached. A person looks at this before anything is decided." in page
    assert "A reason decides nothing by itself." in page
    assert "The pass mark can no longer be reached" in page


def test_the_next_step_opens_the_module(world: World) -> None:
    page = world.client("participant").get("/me").text
    assert "Be there on 12 Mar 2026, 08:00 WIB." in text(page)
    marked(world, "Ani", "hadir")
    marked(world, "Ani", "hadir", code="SEM-A")
    scored(world, "Ani", "80", module=MODULE_2)
    page = world.client("participant").get("/me").text
    assert 'href="https://mooc.example/buka/1"' in page


def test_an_overdue_module_is_told_calmly(world: World, at_that_moment: time_machine.Traveller) -> None:
    client = world.client("participant")
    at_that_moment.move_to(START + timedelta(days=17))
    page = told(client)
    assert "Modul 1 Late It was due on 18 Mar 2026, 08:00 WIB. It still counts when it is done now." in page


def in_another_cohort(world: World, text: str) -> None:
    """Ani is in a cohort of this programme too, which starts a week after the other one."""
    with world.transaction() as session:
        published = programme.publish(session, organisation_id=world.sukabumi, text=text, published_by=None, now=START)
        later = programme.add_cohort(
            session,
            organisation_id=world.sukabumi,
            programme_code=published.code,
            version=published.version,
            code="IV",
            name="Angkatan IV",
            starts_at=START + timedelta(days=7),
            ends_at=None,
            time_zone="Asia/Makassar",
            targets={},
            now=START,
        )
        ani = programme.NewEnrolment(
            identifier=PEOPLE[0][0], name=PEOPLE[0][1], email="", group="", category="", unit=""
        )
        programme.enrol(session, organisation_id=world.sukabumi, cohort_id=later, rows=[ani], now=START)
        progress.refold(session, organisation_id=world.sukabumi, cohort_id=later, now=START)


def test_what_comes_first_is_told_and_is_advice(world: World) -> None:
    wanted = f'title = "Modul 1"\nrequires = ["{MODULE_2}"]'
    text_of_2 = PROGRAMME.replace('title = "Modul 1"', wanted).replace("version = 1", "version = 2")
    in_another_cohort(world, text_of_2)
    client, place = world.client("participant"), f"/cohorts/IV/participants/{world.participant('Ani')}"
    page = told(client, "/me?cohort=IV")
    assert "Modul 2 It comes before “Modul 1”." in page
    assert "Modul 1 First: Modul 2 – 6 Not yet" in page
    assert "What comes first is advice: a module counts in whatever order it is done." in page
    about = told(client, f"{place}/units/module?unit={MODULE_1}")
    assert "What comes first Modul 2 Not yet Advice only" in about
    scored(world, "Ani", "80", at=NOW)
    assert "Modul 1 80.00 6 Done" in told(client, "/me?cohort=IV")


def test_every_module_can_be_opened_by_its_participant_only(world: World) -> None:
    link = '<a class="open-module" href="https://mooc.example/buka/1">'
    assert link in world.client("participant").get("/me").text
    address = f"/cohorts/III/participants/{world.participant('Ani')}"
    assert link not in world.client("manager").get(address).text


def test_every_component_and_unit_leads_to_its_explanation(world: World) -> None:
    client, base = world.client("participant"), f"/cohorts/III/participants/{world.participant('Ani')}"
    page = client.get("/me").text
    links = {unescape(link) for link in re.findall(rf'href="({base}[^"]*)"', page)}
    explained = {f"{base}/explain{path}" for path in ("", "/mooc", "/attendance", "/project")}
    assert explained <= links
    units = links - explained
    assert len(units) == 2 + 3
    assert {client.get(link).status_code for link in links} == {200}


def test_staff_see_whom_it_is_about_and_the_same_figures(world: World) -> None:
    scored(world, "Ani", "80")
    page = told(world.client("auditor"), f"/cohorts/III/participants/{world.participant('Ani')}")
    assert "Ani Contoh" in page
    assert PEOPLE[0][0] in page
    assert "Group A" in page
    assert "So far 80.00 1 of 6" in page


def test_somebody_never_seen_has_a_page_too(world: World) -> None:
    page = told(world.client("participant", name="Dedi"))
    assert "So far – no figure yet 0 of 6" in page
    assert "Of all 0.00" in page
    assert "Best possible 100.00" in page


def test_absences_are_told_beside_what_is_allowed(world: World) -> None:
    marked(world, "Ani", "alpa")
    page = told(world.client("participant"))
    assert "Sessions missed 1 (allowed: 1)" in page
    assert "JP missed 3 Days with an absence 1" in page


def test_the_band_is_shown_only_when_nothing_is_outstanding(
    world: World, at_that_moment: time_machine.Traveller
) -> None:
    scored(world, "Ani", "90")
    entered(world, "Ani", "90")
    client = world.client("participant")
    assert "lies in the band" not in told(client)
    scored(world, "Ani", "90", module=MODULE_2)
    for code in ("S01", "SEM-A"):
        marked(world, "Ani", "hadir", code=code)
    at_that_moment.move_to(NOW + timedelta(days=1, hours=3))
    marked_on_its_day(world)
    page = told(client)
    assert "“Of all” lies in the band “Baik”." in page
    assert "Nothing is left for you to do here." in page


def marked_on_its_day(world: World) -> None:
    session_id, participant_id = world.session_id("S02"), world.participant("Ani")
    with world.transaction() as session:
        attendance.take_register(
            session,
            organisation_id=world.sukabumi,
            session_id=session_id,
            marks=[attendance.NewMark(participant_id=participant_id, status="hadir")],
            recorded_by=None,
            source="register",
            now=NOW + timedelta(days=1, hours=2),
        )


def test_somebody_in_two_cohorts_changes_between_them(world: World) -> None:
    in_another_cohort(world, PROGRAMME)
    client = world.client("participant")
    assert '<a href="/me?cohort=IV" aria-current="page">' in client.get("/me").text
    assert '<a href="/me?cohort=III" aria-current="page">' in client.get("/me?cohort=III").text
    assert "WITA" in told(client)


def test_it_makes_few_queries(world: World) -> None:
    """The account; the enrolments; cohort, person, enrolments, programme, timetable and evidence; appeals; decision."""
    client = world.client("participant")
    client.get("/me")
    with world.app.app_context(), statements() as seen:
        client.get("/me")
    assert len([one for one in seen if not one.startswith("BEGIN")]) == 10


def test_the_first_page_is_light_and_needs_no_script(world: World) -> None:
    scored(world, "Ani", "80")
    client = world.client("participant")
    page = client.get("/me")
    files = re.findall(r'<(?:link|script|img)[^>]* (?:href|src)="([^"#]+)', page.text)
    sprite = set(re.findall(r'<use href="([^"#]+)', page.text))
    assert len(sprite) == 1
    sizes = {address: len(client.get(unescape(address)).data) for address in {*files, *sprite}}
    assert len(sizes) >= 4
    assert len(page.data) + sum(sizes.values()) < BUDGET
    assert "htmx" not in page.text
