"""What can still be reached, in words, for the participant and for staff."""

from datetime import timedelta

import time_machine

from tests.dashboards.facts import MODULE_2, entered, marked, scored
from tests.dashboards.test_participant_page import told
from tests.world import START, World


def test_it_says_what_it_takes_and_what_may_be_missed(world: World) -> None:
    entered(world, "Ani", "75")
    client, address = world.client("participant"), f"/cohorts/III/participants/{world.participant('Ani')}"
    page = told(client)
    # The project's 75 weigh 30 of 100, and 70 weigh what is left: (69.995 - 22.50) / 0.7 is 67.85.
    assert "“Of all” will be 22.50 if nothing more comes, and 92.50 if all that is open goes perfectly." in page
    assert "Left: 2 modules, 3 sessions." in page
    assert "Pass mark 70.00 67.85 on average in what is left" in page
    assert (
        "You may still miss 1 session. 2 sessions with 7 JP are still to come. 1 that has begun is not marked" in page
    )
    marked(world, "Ani", "alpa")
    staff = told(world.client("auditor"), address)
    assert "As much was missed as is allowed. One more absence would be a reason to look." in staff


def test_trying_again_is_told_apart_from_what_is_left(world: World) -> None:
    for module, score in (({}, "40"), ({"module": MODULE_2}, "50")):
        scored(world, "Ani", score, **module)
    entered(world, "Ani", "80")
    page = told(world.client("participant"))
    assert "2 modules with a score may be tried again." in page
    assert "Pass mark 70.00 Only if modules with a score are tried again too: " in page


def test_what_is_out_of_reach_leads_to_what_was_lost(world: World, at_that_moment: time_machine.Traveller) -> None:
    entered(world, "Ani", "0")
    scored(world, "Ani", "50", module=MODULE_2)
    client = world.client("participant")
    at_that_moment.move_to(START + timedelta(days=31))
    page = told(client)
    assert "The pass mark of 70.00 is out of reach unless something that counts now is corrected" in page
    assert "points of the whole" in page
