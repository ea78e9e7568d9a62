"""A cohort that is moved while somebody marks it, or moves it too, on PostgreSQL."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from lms.errors import Conflict
from lms.programme import service as programme
from lms.progress import queries as progress
from lms.progress.move_service import move_cohort
from tests.dashboards.facts import marked
from tests.programme.test_at_once import wait_until_it_waits
from tests.world import NOW, PROGRAMME, START, World

LATE_COUNTS_MORE = PROGRAMME.replace("version = 1", "version = 2").replace('weight = "0.5"', 'weight = "0.9"')


@pytest.fixture
def database_url(postgres_url: str) -> str:
    """PostgreSQL only: SQLite lets one writer in after the other."""
    return postgres_url


def test_a_mark_made_meanwhile_counts_by_the_new_version_and_a_second_move_is_refused(world: World) -> None:
    with world.transaction() as session:
        version = programme.publish(
            session, organisation_id=world.sukabumi, text=LATE_COUNTS_MORE, published_by=None, now=START
        ).id
    ani, act = world.participant("Ani"), {"organisation_id": world.sukabumi, "cohort_id": world.cohort}
    _ = world.session_id("S01"), world.account("facilitator")
    wanted = {"version_id": version, "seen_version_id": world.programme, "reason": "Keputusan", "moved_by": None}

    def move_too() -> None:
        with world.transaction() as session:
            move_cohort(session, **act, **wanted, now=NOW)

    with ThreadPoolExecutor(2) as pool:
        with world.transaction() as session:
            move_cohort(session, **act, **wanted, now=NOW)
            marking = pool.submit(marked, world, "Ani", "terlambat")
            wait_until_it_waits(world, marking)
            moving = pool.submit(move_too)
        marking.result()
        with pytest.raises(Conflict, match="runs version 2 now"):
            moving.result()
    with world.reading() as session:
        stored = progress.stored(session, **act, participant_ids=[ani])
    assert str(stored[ani, "attendance"][0]) == "90.00"
