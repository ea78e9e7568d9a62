"""The demo from beginning to end, on the database of the app: the story brought in, then sent by the MOOC."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from flask import current_app
from sqlalchemy.orm import Session

from lms.clock import now as clock
from lms.db import reading, retrying
from lms.demo import figures, rules, seeding
from lms.demo.mooc import Mooc, Told
from lms.demo.values import Batch, Story
from lms.errors import N_, Conflict, NotFound
from lms.xapi import queries as xapi_queries
from lms.xapi import service as xapi

KEY_LASTS = timedelta(hours=1)
LABEL = "MOOC (contoh)"


@dataclass(frozen=True, kw_only=True, slots=True)
class Brought:
    """A story that is in the database; `is_new` says that some of it was not there before."""

    organisation_id: int
    story: Story
    is_new: bool


def bring_in(
    *, seed: int, now: datetime, sizes: Mapping[str, int] = rules.SIZES, told: Callable[[Batch], None]
) -> Brought:
    """Bring the story in, or what is missing of it; `told` hears of each batch before its turn.

    A running batch that is there keeps the day on which it began. Raises Conflict where another story is there.
    """
    organisation_id = retrying(partial(seeding.add_house, now=now))
    today = now.astimezone(ZoneInfo(rules.ZONE)).date()
    start = seeding.began(reading(), organisation_id=organisation_id) or rules.began(today)
    story = rules.story(seed=seed, start=start, modules=seeding.programme_modules(), sizes=sizes)
    batches = (story.finished, story.running)
    if not all(seeding.is_of_story(reading(), organisation_id=organisation_id, batch=one) for one in batches):
        raise Conflict(N_("The demo that is there tells another story (--seed); add --reset to start afresh."))
    is_new = False
    for batch in batches:
        told(batch)
        is_new |= retrying(partial(_add_batch, organisation_id=organisation_id, batch=batch, now=now))
    retrying(partial(seeding.add_todays_meeting, organisation_id=organisation_id, now=now))
    return Brought(organisation_id=organisation_id, story=story, is_new=is_new)


def _add_batch(session: Session, *, organisation_id: int, batch: Batch, now: datetime) -> bool:
    if not seeding.add_batch(session, organisation_id=organisation_id, batch=batch, now=now):
        return False
    if batch.code == rules.RUNNING:
        seeding.add_entrants(session, organisation_id=organisation_id, batch=batch, now=now)
    return True


def send(brought: Brought, *, address: str, told: Told) -> None:
    """Have the MOOC send to the server at `address`, with a key that ends with it. `told` hears how many more went.

    What the running batch did lately comes one by one, the rest in batches; what is there already changes nothing.
    Raises mooc.NotTaken.
    """
    with _key(brought.organisation_id) as (key, secret):
        mooc = Mooc(endpoint=f"{address}/xapi/", key=key, secret=secret)
        mooc.send_in_batches(brought.story.sent_before, told=told)
        send_lately = mooc.send_one_by_one if brought.is_new else mooc.send_in_batches
        send_lately(brought.story.sent_lately, told=told)
    dialects = current_app.extensions["dialects"]
    figures.bring_up_to_date(organisation_id=brought.organisation_id, dialects=dialects, now=clock())


@contextmanager
def _key(organisation_id: int) -> Iterator[tuple[str, str]]:
    """A fresh key and its secret. It is revoked at the end; should that be missed, it expires within the hour."""
    moment = clock()
    key, secret = retrying(
        lambda session: xapi.add_credential(
            session,
            organisation_id=organisation_id,
            label=LABEL,
            scopes=["statements/write"],
            expires_at=moment + KEY_LASTS,
            created_by=None,
            now=moment,
        )
    )
    try:
        yield key, secret
    finally:
        retrying(lambda session: _revoke(session, organisation_id, key))


def _revoke(session: Session, organisation_id: int, key: str) -> None:
    found = xapi_queries.credential(session, organisation_id=organisation_id, key=key)
    if found is None:
        raise NotFound(N_("There is no such credential."))
    xapi.revoke_credential(session, organisation_id=organisation_id, credential_id=found.id, now=clock())
