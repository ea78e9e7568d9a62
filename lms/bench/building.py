"""Made-up cohorts of any size with full evidence, brought in through the services."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

from flask import current_app
from sqlalchemy import text
from sqlalchemy.orm import Session

from lms.db import portions, retrying
from lms.demo import rules, seeding
from lms.demo.mooc import as_statement
from lms.demo.values import Batch
from lms.exchange.service import drain
from lms.xapi import rules as records_rules
from lms.xapi import service as records

SLUG, NAME = "bench", "Bench"
SEED = 1
AUTHORITY: Mapping[str, object] = {
    "objectType": "Agent",
    "account": {"homePage": "https://bench.example", "name": "bench"},
}


def build(*, sizes: Sequence[int], now: datetime, told: Callable[[int], None]) -> int:
    """An organisation with a running cohort of each size, whose code is its size; returns the organisation's id.

    A cohort that is there stays as it is. `told` hears of each size before its turn.
    """
    organisation_id = add_house(now=now)
    start = rules.began(now.astimezone(ZoneInfo(rules.ZONE)).date())
    for number, size in enumerate(sizes, start=1):
        told(size)
        batch = rules.running_batch(
            seed=SEED, start=start, size=size, code=str(size), number=number, surname=f"Angkatan{size}"
        )
        retrying(partial(_add, organisation_id=organisation_id, batch=batch, now=now))
        drain(organisation_id=organisation_id, dialects=current_app.extensions["dialects"], now=now)
    retrying(_gather_statistics)
    return organisation_id


def add_house(*, now: datetime) -> int:
    """The organisation of the bench without a cohort; returns its id."""
    return retrying(partial(seeding.add_house, slug=SLUG, name=NAME, now=now))


def _add(session: Session, *, organisation_id: int, batch: Batch, now: datetime) -> None:
    """A cohort with its marks, its scores and its statements, or nothing of it."""
    if not seeding.add_batch(session, organisation_id=organisation_id, batch=batch, now=now):
        return
    by_person = sorted(
        rules.sent(batch, seeding.programme_modules(), seed=SEED), key=lambda one: (one.account, one.at, one.id)
    )
    for portion in portions(by_person):
        content = f"[{','.join(as_statement(one).to_json() for one in portion)}]"
        prepared = records_rules.prepare(content.encode(), version=records_rules.V1, now=now, authority=AUTHORITY)
        records.store_one(session, organisation_id=organisation_id, prepared=prepared, credential_id=None)


def _gather_statistics(session: Session) -> None:
    """PostgreSQL does this by itself, but only a while after so much was written."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("ANALYZE"))
