"""The page of a cohort: who is in it, what needs a look, and how it stands to its target and to other batches."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from flask.testing import FlaskClient

from lms.dashboards import queries
from lms.progress import queries as progress
from tests.dashboards.crowd import add_cohort, give_figures, statements
from tests.dashboards.facts import MODULE_2, entered, marked, scored
from tests.world import NOW, START, World

PAGE = "/cohorts/III"

# The statements of one request, in their order: what each is for, and the table that it begins at.
QUERIES = {
    "who is signed in": "FROM account",
    "the cohort, its programme, its targets, and whether a figure is stale": "FROM cohort JOIN programme_version",
    "the averages of all batches of the programme": "UNION ALL",
    "one page of participants": "ORDER BY",
    "their components": "FROM result_component",
    "how many there are of each group, category, status and reason": "GROUP BY cohort_group.name",
}
OF_A_FACILITATOR = "the groups that a facilitator marks"


def names(client: FlaskClient, query: str = "") -> list[str]:
    """Who is listed, by first name."""
    return re.findall(
        r'<th role="rowheader" scope="row"><a href="/cohorts/[^"]+">([^ <]+)', client.get(PAGE + query).text
    )


def asked(world: World, client: FlaskClient, address: str) -> list[str]:
    """The statements of one request."""
    client.get(address)
    with world.app.app_context(), statements() as seen:
        assert client.get(address).status_code == 200
    return [statement for statement in seen if not statement.startswith("BEGIN")]


def budi_misses_two_sessions(world: World, clock: time_machine.Traveller) -> None:
    """One in the morning, one in the afternoon; a mark counts from the start of its session."""
    for code in ("S01", "SEM-A"):
        marked(world, "Budi", "alpa", code=code)
    clock.move_to(NOW + timedelta(hours=6))


@pytest.mark.parametrize("address", ["/cohorts/IV", "/cohorts/IV?sort=-c.mooc&group=A&status=review&search=a"])
@pytest.mark.parametrize("size", [39, 1000])
def test_it_makes_at_most_eight_queries_whatever_its_size(world: World, size: int, address: str) -> None:
    add_cohort(world, "IV", size)
    seen = asked(world, world.client("manager"), address)
    assert len(QUERIES) + 1 <= 8
    assert len(seen) <= len(QUERIES)
    if "?" not in address:
        assert [what for what, table in QUERIES.items() if not any(table in one for one in seen)] == []


def test_it_makes_one_query_more_for_a_facilitator(world: World) -> None:
    by_manager = asked(world, world.client("manager"), PAGE)
    by_facilitator = asked(world, world.client("facilitator"), PAGE)
    assert len(by_facilitator) == len(by_manager) + 1
    assert any("FROM cohort_group JOIN facilitator_group" in one for one in by_facilitator), OF_A_FACILITATOR


def test_fifty_people_stand_on_a_page_and_the_next_one_follows(world: World) -> None:
    add_cohort(world, "IV", 61)
    client = world.client("manager")
    first = client.get("/cohorts/IV?sort=name")
    assert "50 people shown · 61 in all" in first.text
    (following,) = re.findall(r'href="(/cohorts/IV\?[^"]*after=[^"]*)"', first.text)
    second = client.get(following.replace("&amp;", "&"))
    assert "11 people shown · 61 in all" in second.text
    assert "To the beginning" in second.text


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["Ani", "Budi", "Citra", "Dedi"]),
        ("?group=B", ["Citra", "Dedi"]),
        ("?category=tenaga+teknis", ["Budi", "Dedi"]),
        ("?category=tenaga+teknis&group=A", ["Budi"]),
        ("?search=CITRA", ["Citra"]),
        ("?search=031004", ["Dedi"]),
        ("?search=%25", []),
        ("?status=review", ["Budi"]),
        ("?status=in_progress", ["Ani", "Citra", "Dedi"]),
        ("?status=eligible", []),
        ("?reason=absence.sessions", ["Budi"]),
        ("?reason=absence", []),
        ("?sort=-name", ["Dedi", "Citra", "Budi", "Ani"]),
        ("?sort=-of_all", ["Citra", "Ani", "Budi", "Dedi"]),
        ("?sort=of_all", ["Budi", "Dedi", "Ani", "Citra"]),
        ("?sort=-c.mooc", ["Citra", "Ani", "Budi", "Dedi"]),
        ("?sort=-c.project", ["Ani", "Budi", "Citra", "Dedi"]),
        ("?sort=-completion", ["Ani", "Citra", "Budi", "Dedi"]),
        ("?sort=nonsense&after=nonsense", ["Ani", "Budi", "Citra", "Dedi"]),
    ],
)
def test_it_lists_whom_it_is_asked_for_in_the_order_asked_for(
    world: World, at_that_moment: time_machine.Traveller, query: str, expected: list[str]
) -> None:
    scored(world, "Ani", "60")
    scored(world, "Citra", "90")
    budi_misses_two_sessions(world, at_that_moment)
    assert names(world.client("manager"), query) == expected


def test_an_empty_list_shows_the_way_back_to_everybody(world: World) -> None:
    page = world.client("manager").get(f"{PAGE}?search=nobody").text
    assert "Nobody matches these filters." in page
    assert f'href="{PAGE}#participants"' in page


def test_a_cohort_without_people_says_what_to_do(world: World) -> None:
    add_cohort(world, "IV", 0)
    assert "Nobody is in this cohort yet." in world.client("manager").get("/cohorts/IV").text


def test_reasons_are_counted_and_lead_to_whom_they_are_about(
    world: World, at_that_moment: time_machine.Traveller
) -> None:
    budi_misses_two_sessions(world, at_that_moment)
    page = world.client("manager").get(PAGE).text
    link = '<a href="/cohorts/III?reason=absence.sessions#participants">More sessions missed than allowed</a>'
    assert f"{link} · 1 person" in page


def test_a_facilitator_sees_and_counts_only_people_of_their_groups(world: World) -> None:
    client = world.client("facilitator")
    assert names(client) == ["Ani", "Budi"]
    assert names(client, "?group=B") == []
    page = client.get(PAGE).text
    assert "2 in all" in page
    assert "Only your groups are listed" in page
    assert "Citra" not in page


def test_every_figure_leads_to_its_explanation(world: World) -> None:
    scored(world, "Ani", "60")
    client, ani = world.client("manager"), world.participant("Ani")
    page = client.get(f"{PAGE}?search=ani").text
    for path in ("", "/mooc", "/attendance", "/project"):
        address = f"/cohorts/III/participants/{ani}/explain{path}"
        assert f'href="{address}"' in page
        assert client.get(address).status_code == 200


def test_an_average_is_the_mean_of_the_figures_that_the_list_shows(world: World) -> None:
    for name, score in (("Ani", "80"), ("Budi", "90.01"), ("Citra", "70")):
        scored(world, name, score)
    page = world.client("manager").get(PAGE).text
    # MOOC of all, at 6 of 9 JP: 53.33, 60.01, 46.67 and 0.00, which add up to 160.01.
    assert "160.01 ÷ 4 =</span> 40.00" in page
    # So far, where Dedi has no figure: 80.00, 90.01 and 70.00.
    assert "240.01 ÷ 3 =</span> 80.00" in page
    assert "So far 10.00 below the target of 90.00." in page


@pytest.mark.parametrize(
    ("score", "told"),
    [("90", "So far exactly at the target of 90.00."), ("90.01", "So far 0.01 above the target of 90.00.")],
)
def test_the_target_is_compared_with_what_counts_so_far(world: World, score: str, told: str) -> None:
    scored(world, "Ani", score)
    assert told in world.client("manager").get(PAGE).text


def test_batches_stand_beside_one_another_and_lead_to_their_people(world: World) -> None:
    earlier = add_cohort(world, "I", 3)
    crowd = give_figures(world, earlier, seed=1)
    figures = [one.mooc for one in crowd if one.mooc is not None]
    with world.reading() as session:
        found = {one.code: one for one in queries.batches(session, organisation_id=world.sukabumi)}
    assert found["I"].averages["mooc"]["of_all"].total == sum(figures, Decimal(0))
    assert found["I"].averages["mooc"]["of_all"].people == len(figures)
    assert found["I"].people == 3
    address = 'href="/cohorts/I?sort=-c.mooc#participants"'
    assert address in world.client("manager").get(PAGE).text
    assert address not in world.client("facilitator").get(PAGE).text


def test_batches_of_another_organisation_are_not_compared(world: World) -> None:
    with world.reading() as session:
        assert queries.batches(session, organisation_id=world.bandung) == []


def test_figures_that_the_clock_has_changed_are_right_when_the_page_is_opened(
    world: World, at_that_moment: time_machine.Traveller
) -> None:
    """Module 1 falls due after 16 days and is then in the so-far figure; module 2 closes after 30."""
    scored(world, "Ani", "80", module=MODULE_2)
    entered(world, "Ani", "50")
    client = world.client("manager")
    row = f"{PAGE}?search=ani&sort=so_far"
    assert 'class="figure-value">70.00<' in client.get(row).text
    at_that_moment.move_to(START + timedelta(days=16))
    # MOOC so far (6 x 0 + 3 x 80) / 9 = 26.67, the whole (60 x 26.67 + 30 x 50) / 90 = 34.44.
    page = client.get(row).text
    assert 'class="figure-value">34.44<' in page
    assert 'class="figure-value">70.00<' not in page
    at_that_moment.move_to(START + timedelta(days=30))
    assert names(client, "?reason=module.closed") == ["Budi", "Citra", "Dedi"]


def test_what_is_stale_in_another_batch_is_left_to_the_background_work(
    world: World, at_that_moment: time_machine.Traveller
) -> None:
    others = {world.cohort: False, add_cohort(world, "IV", 2): True}
    client, moment = world.client("manager"), START + timedelta(days=16)
    at_that_moment.move_to(moment)
    assert client.get("/cohorts/III").status_code == 200
    with world.reading() as session:
        stale = {
            cohort: progress.is_stale(session, organisation_id=world.sukabumi, cohort_id=cohort, now=moment)
            for cohort in others
        }
        found = {one.code: one for one in queries.batches(session, organisation_id=world.sukabumi)}
    assert stale == others
    assert found["III"].figures["mooc"].so_far == Decimal("0.00")


def test_it_needs_no_script(world: World) -> None:
    page = world.client("manager").get(PAGE).text
    assert "htmx" not in page
    assert 'action="#participants"' in page
