"""Two who work on the same group at once, on PostgreSQL."""

import time
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from sqlalchemy import text

from lms.errors import Problems
from lms.programme import queries, service
from tests.world import NOW, World


@pytest.fixture
def database_url(postgres_url: str) -> str:
    """PostgreSQL only: SQLite lets one writer in after the other."""
    return postgres_url


def test_a_group_assigned_twice_at_once_is_assigned_once(world: World) -> None:
    _ = world.cohort
    facilitator = world.account("facilitator")
    assigned = {"organisation_id": world.sukabumi, "account_id": facilitator, "groups": ["III/B"], "now": NOW}

    def assign() -> None:
        with world.transaction() as session:
            service.assign_facilitator(session, **assigned)

    with ThreadPoolExecutor(1) as pool:
        with world.transaction() as session:
            service.assign_facilitator(session, **assigned)
            second = pool.submit(assign)
            wait_until_it_waits(world, second)
        second.result()

    with world.reading() as session:
        found = queries.groups_of(session, organisation_id=world.sukabumi, account_id=facilitator)
    assert sorted(name for _, _, name in found) == ["A", "B"]


def test_a_group_that_is_removed_meanwhile_is_told_to_be_none(world: World) -> None:
    where = {"organisation_id": world.sukabumi, "cohort_id": world.cohort}
    facilitator = world.account("facilitator")
    with world.transaction() as session:
        service.add_groups(session, **where, names=["E"])
        group = next(one for one in queries.groups(session, **where) if one.name == "E")

    def assign() -> None:
        with world.transaction() as session:
            service.assign_facilitator(
                session, organisation_id=world.sukabumi, account_id=facilitator, groups=["III/E"], now=NOW
            )

    with ThreadPoolExecutor(1) as pool:
        with world.transaction() as session:
            service.remove_group(session, **where, group_id=group.id)
            second = pool.submit(assign)
            wait_until_it_waits(world, second)
        with pytest.raises(Problems, match="There is no group III/E"):
            second.result()


def wait_until_it_waits(world: World, job: Future[None]) -> None:
    """Until somebody waits for a lock, or there is no more to wait for."""
    waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted"
    while not job.done():
        with world.reading() as session:
            if session.scalar(text(waiting)):
                return
        time.sleep(0.01)
