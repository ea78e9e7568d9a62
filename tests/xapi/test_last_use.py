"""When a credential was used last: noted by the way, and never waited for."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy import update

from lms.db import db
from lms.xapi import queries
from lms.xapi.models import Credential
from tests.world import World
from tests.xapi.lrs import MODULE, Lrs, lrs, score, statement
from tests.xapi.test_refusal_pages import again, refuse


def last_use(world: World, client: Lrs) -> datetime | None:
    with world.reading() as session:
        found = queries.credential(session, organisation_id=world.sukabumi, key=client.key)
    assert found is not None
    return found.last_used_at


@contextmanager
def busy(world: World, client: Lrs) -> Iterator[None]:
    """Meanwhile another transaction has changed the credential, and is not done."""
    with world.app.app_context():
        engine = db.engine
    with engine.connect().execution_options(writes=True, waits=True) as connection:
        connection.execute(update(Credential).where(Credential.key == client.key).values(label="MOOC"))
        yield
        connection.rollback()


def test_who_reads_does_not_wait_for_who_writes(world: World) -> None:
    client = lrs(world)
    with busy(world, client):
        assert client.get().status_code == 200
        assert client.request("GET", "/xapi/activities", query_string={"activityId": MODULE}).status_code == 200
    assert last_use(world, client) is None

    client.get()
    assert last_use(world, client) is not None


def test_what_is_sent_again_by_hand_is_no_use(world: World) -> None:
    client = lrs(world)
    one = refuse(world, sender=client)
    assert last_use(world, client) is None

    assert again(world, one, statement(result=score(7))).status_code == 303
    assert last_use(world, client) is None
    client.post(statement())
    assert last_use(world, client) is not None
