"""Two who override the same unit at once, or one who withdraws meanwhile, on PostgreSQL."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import pytest

from lms.errors import Conflict
from lms.overrides import rules, service
from lms.overrides.rules import Said, StoodOtherwise
from lms.progress.rules import unit_of as unit_in
from tests.overrides.overriding import REASON, override, overrides_of, result_of, unit_of
from tests.programme.test_at_once import wait_until_it_waits
from tests.world import NOW, World

Work = Callable[..., object]


@pytest.fixture
def database_url(postgres_url: str) -> str:
    """PostgreSQL only: SQLite lets one writer in after the other."""
    return postgres_url


def at_once(world: World, first: Work, second: Work) -> None:
    """Begin the second while the first has not ended; raises what the second raises."""

    def other() -> None:
        with world.transaction() as session:
            second(session)

    with ThreadPoolExecutor(1) as pool:
        with world.transaction() as session:
            first(session)
            waiting = pool.submit(other)
            wait_until_it_waits(world, waiting)
        waiting.result()


def test_the_second_is_told_what_the_first_has_done(world: World) -> None:
    first, unit = override(world, score=Decimal(75)), unit_of(world, "assessment")
    about: dict[str, Any] = {"organisation_id": world.sukabumi, "cohort_id": world.cohort, "reason": REASON}
    ani, manager = world.participant("Ani"), world.account("manager")

    def overriding(score: int) -> Work:
        """By whoever looks at the figures at this moment, and saves later."""
        looked = unit_in(result_of(world), "assessment", unit)
        assert looked is not None
        told: dict[str, Any] = {
            "kind": "assessment",
            "unit": unit,
            "said": Said(score=Decimal(score)),
            "seen": rules.seen(looked),
        }
        return partial(service.override_unit, **about, **told, participant_id=ani, made_by=manager, now=NOW)

    def withdrawing() -> Work:
        return partial(service.withdraw, **about, override_id=first, withdrawn_by=manager, now=NOW)

    for one, another, refused in (
        (overriding(80), overriding(90), StoodOtherwise),
        (withdrawing(), withdrawing(), Conflict),
    ):
        with pytest.raises(refused):
            at_once(world, one, another)
    assert [(one.said.score, one.state) for one in overrides_of(world, "assessment")] == [
        (Decimal(80), "standing"),
        (Decimal(75), "withdrawn"),
    ]
    found = unit_in(result_of(world, as_of=NOW + timedelta(seconds=1)), "assessment", unit)
    assert found is not None
    assert found.value == 80
