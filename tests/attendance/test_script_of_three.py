"""Three facilitators with bad networks mark forty people: two hundred marks, doubled, in conflict, by skewed clocks."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from random import Random
from typing import Any
from uuid import UUID, uuid4

import pytest
import time_machine
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lms.attendance import queries, sync_service
from lms.attendance.rules import Origin
from lms.attendance.sync_parsing import parse
from lms.attendance.sync_rules import Item, by_session, skew_ms
from tests.attendance.three import NAMES, Device, Model, Payload, Room, add_session, play, room_of
from tests.world import NOW, World

CLOCKS = (timedelta(0), timedelta(hours=7), -timedelta(minutes=4))
REGISTER = "/cohorts/IV/sessions/K1"


@pytest.fixture(autouse=True)
def _at_that_moment() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def room(world: World) -> Room:
    return room_of(world)


def found(room: Room, session_id: UUID) -> tuple[dict[str, Any], dict[UUID, str], dict[UUID, str]]:
    """The register as it stands, and the people of every mark, and the outcomes of every contested one, by id."""
    with room.world.reading() as session:
        about: Any = {"organisation_id": room.world.sukabumi, "session_id": session_id}
        register = queries.register(session, **about)
    counting = {
        str(person.enrolled.participant_id): (person.counting.status, person.counting.minutes_late)
        for person in register.people
        if person.counting
    }
    marks = {mark.id: mark.status for person in register.people for mark in person.marks}
    kept = {one.id: one.outcome for person in register.people for one in person.contested}
    return counting, marks, kept


@pytest.mark.parametrize("seed", [4, 2026])
def test_every_mark_is_found_again_the_register_is_right_and_every_conflict_is_shown(room: Room, seed: int) -> None:
    random, model = Random(seed), Model()  # noqa: S311
    clients = [room.world.client("facilitator", name=name) for name in NAMES]
    devices = [Device(number=number, session_id=room.session_id, ahead=ahead) for number, ahead in enumerate(CLOCKS)]

    def send(device: Device, payload: Payload) -> Payload:
        reply = clients[device.number].post("/registers/sync", json=payload)
        assert reply.status_code == 200
        told: Payload = reply.json
        assert [mark["id"] for mark in told["marks"]] == [mark["id"] for mark in payload["marks"]]
        assert [mark["outcome"] for mark in told["marks"]] == model.take(payload)
        return told

    story = play(random, devices, room.people, send, taps=200)
    # The script is worth something only if everything has happened in it.
    assert min(story.lost[luck] for luck in ("request", "reply", "twice", "later first", "old")) > 0
    assert set(model.outcomes.values()) == {"recorded", "same", "contested"}

    counting, marks, kept = found(room, room.session_id)
    ids = {UUID(mark["id"]) for mark in story.made}
    assert len(ids) == 200
    assert marks.keys() | kept.keys() == ids
    assert not marks.keys() & kept.keys()
    assert counting == model.register()
    assert conflicts_shown(room.world.client("manager")) == conflicts(model, story.made)
    assert f"{len(conflicts(model, story.made))} marks wait to be settled" in clients[0].get(REGISTER).text


def conflicts(model: Model, made: list[Payload]) -> set[str]:
    return {mark["id"] for mark in made if model.outcomes[mark["id"]] == "contested"}


def conflicts_shown(client: FlaskClient) -> set[str]:
    """The ids that the settle page offers to take."""
    page = client.get(f"{REGISTER}/settle").text
    return set(re.findall(r'name="case-\d+-take" id="[^"]*" value="([0-9a-f-]{36})"', page))


def test_a_clock_that_is_off_is_noticed_and_told(room: Room) -> None:
    client = room.world.client("facilitator", name="satu")
    device = Device(number=0, session_id=room.session_id, ahead=timedelta(hours=7))
    device.tap(room.people[0], ("hadir", None), NOW)
    reply = client.post("/registers/sync", json=device.payload(device.queue, NOW)).json
    assert reply["skew_ms"] == 7 * 3600 * 1000
    assert reply["marks"][0]["outcome"] == "recorded"
    assert "its clock was 420 minutes fast" in client.get(REGISTER).text


@pytest.mark.slow
@settings(max_examples=3, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 10**9), skews=st.lists(st.integers(-9000, 9000), min_size=3, max_size=3))
def test_whatever_the_networks_do_nothing_is_lost(room: Room, seed: int, skews: list[int]) -> None:
    world, model, random = room.world, Model(), Random(seed)  # noqa: S311
    session_id = add_session(world, room.cohort_id, f"K-{uuid4()}")
    devices = [
        Device(number=number, session_id=session_id, ahead=timedelta(seconds=ahead))
        for number, ahead in enumerate(skews)
    ]
    story = play(
        random, devices, room.people, lambda device, payload: by_service(room, device, payload, model), taps=200
    )
    counting, marks, kept = found(room, session_id)
    assert marks.keys() | kept.keys() == {UUID(mark["id"]) for mark in story.made}
    assert counting == model.register()
    open_ones = {str(mark_id) for mark_id, outcome in kept.items() if not outcome}
    assert open_ones == conflicts(model, story.made)


def by_service(room: Room, device: Device, payload: Payload, model: Model) -> Payload:
    batch = parse(json.dumps(payload).encode())
    ((session_id, made),) = by_session(batch.items).items()
    with room.world.transaction() as session:
        taken = sync_service.take_marks(
            session,
            organisation_id=room.world.sukabumi,
            session_id=session_id,
            items=[item for _, item in made if isinstance(item, Item)],
            origin=Origin(source="offline", recorded_by=room.facilitators[device.number]),
            skew_ms=skew_ms(sent_at=batch.sent_at, now=NOW),
            now=NOW,
        )
    assert [verdict.outcome for verdict in taken.verdicts] == model.take(payload)
    counting = {str(who): {"id": str(mark.id)} for who, mark in taken.counting.items()}
    marks = [{"id": mark["id"], "counting": counting.get(mark["participant"])} for mark in payload["marks"]]
    return {"marks": marks}
