"""More ids at once than a statement may have parameters."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.orm import Session

from lms.people import queries as people
from lms.programme import queries as programmes
from lms.progress import queries as progress
from tests.world import World

MORE_THAN_PARAMETERS = 70_000
STRANGERS = [UUID(int=number) for number in range(MORE_THAN_PARAMETERS)]


def _source_ids(session: Session, *, organisation_id: int, participant_ids: list[UUID]) -> list[UUID]:
    return progress.source_ids(session, organisation_id=organisation_id, source="xapi", participant_ids=participant_ids)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        (people.lock_participants, 1),
        (people.participant_names, 1),
        (people.identities, 1),
        (people.account_ids, 0),
        (programmes.enrolments_of, 1),
        (_source_ids, 0),
    ],
)
def test_any_number_of_participants_may_be_named(world: World, query: Callable[..., Any], found: int) -> None:
    ids = [*STRANGERS, world.participant("Ani")]
    with world.transaction() as session:
        assert len(query(session, organisation_id=world.sukabumi, participant_ids=ids)) == found


def test_any_number_of_identifiers_may_be_asked_for(world: World) -> None:
    ani = world.participant("Ani")
    with world.reading() as session:
        identifier = people.participant(session, organisation_id=world.sukabumi, participant_id=ani).identifier
        asked = [*map(str, range(MORE_THAN_PARAMETERS)), identifier]
        found = people.participants_by_identifier(session, organisation_id=world.sukabumi, identifiers=asked)
    assert found == {identifier: ani}


def test_however_many_are_locked_they_are_locked_in_the_order_of_their_ids(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [world.participant(name) for name in ("Dedi", "Ani", "Citra", "Budi")]
    monkeypatch.setattr("lms.db.AT_ONCE", 2)
    with world.transaction() as session:
        locked = people.lock_participants(session, organisation_id=world.sukabumi, participant_ids=[*ids, *ids])
    assert locked == sorted(ids)
