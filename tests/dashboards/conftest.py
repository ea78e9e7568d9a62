"""The known people at a known moment."""

from collections.abc import Iterator

import pytest
import time_machine

from tests.world import NOW, World


@pytest.fixture(autouse=True)
def at_that_moment() -> Iterator[time_machine.Traveller]:
    """The clock stands still at NOW, until a test moves it."""
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


@pytest.fixture
def world(world: World) -> World:
    """The world with its cohort."""
    _ = world.cohort
    return world
