"""How soon a figure shows: from the answer to a statement that counts until the result that it changes is there."""

import json
import random
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine, Select, and_, bindparam, select
from sqlalchemy.orm import Session

from lms.bench.inbox import NotCounted, wait_until_empty
from lms.bench.ingest_rules import ONE_IN, Projection
from lms.bench.sendings import account, statement
from lms.bench.traffic import Load, Sender, connected, exchange, posting, send
from lms.db import among_named, open_engine
from lms.demo.mooc import HOME_PAGE
from lms.demo.seeding import programme_modules
from lms.programme import queries as programmes
from lms.progress.models import EvidenceRow, ResultRow

SIZE, CONNECTIONS = 50, 4
COMPLETED = "http://adlnet.gov/expapi/verbs/completed"
SOURCE = "xapi"
MARKERS_EVERY, LOOKS_EVERY = 0.05, 0.01
"""Seconds between statements whose way is followed, and between looks at what has come through."""
PATIENCE = 60
"""Seconds that the last of them are waited for."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Classroom:
    """Who learns, by the accounts that the sending system knows, and the modules of their programme, by their IRIs."""

    accounts: Sequence[str]
    modules: Sequence[str]

    def learning(self, number: int, chance: random.Random) -> dict[str, Any]:
        """One in ten completes a module with a score; the others are at something inside it, and count for nothing."""
        one = statement(number, chance)
        one["actor"] = account(chance.choice(self.accounts), home_page=HOME_PAGE)
        one["context"]["contextActivities"]["parent"] = [{"id": chance.choice(self.modules)}]
        if number % ONE_IN == 0:
            one["verb"] = {"id": COMPLETED, "display": {"en-US": "completed"}}
            one["object"] = {"id": chance.choice(self.modules), "objectType": "Activity"}
            one["result"] = {"completion": True, "score": {"raw": chance.randint(50, 100), "min": 0, "max": 100}}
        return one


def classroom(session: Session, *, organisation_id: int, code: str) -> Classroom:
    """The people of a cohort and the modules of the demo's programme."""
    cohort = programmes.cohort_by_code(session, organisation_id=organisation_id, code=code)
    roster = programmes.roster(session, organisation_id=organisation_id, cohort_id=cohort.id)
    session.rollback()
    return Classroom(
        accounts=tuple(person.identifier for person in roster),
        modules=tuple(one.iri for one in programme_modules()),
    )


def measure(
    url: str, *, organisation_id: int, sender: Sender, learners: Classroom, wanted: int, seconds: float
) -> Projection:
    """Send `wanted` statements a second in batches, and follow some that count. Raises NotCounted and OSError."""
    engine = open_engine(url)
    every = CONNECTIONS * SIZE * 1_000_000_000 // wanted
    load = Load(connections=CONNECTIONS, size=SIZE, seconds=seconds, every=every, make=learners.learning)
    try:
        wait_until_empty(url, organisation_id=organisation_id)
        watch = Watch(engine, organisation_id, sender, learners)
        sent = send(sender, load, beginning=watch.start)
        watch.stop()
    finally:
        engine.dispose()
    reached = sent.statements * 1_000_000 // max(1, sent.microseconds)
    return Projection(people=len(learners.accounts), wanted=wanted, reached=reached, microseconds=watch.found)


class Watch:
    """Sends single statements that count, and looks by a connection of its own when their results are there."""

    def __init__(self, engine: Engine, organisation_id: int, sender: Sender, learners: Classroom) -> None:
        self.engine, self.organisation_id = engine, organisation_id
        self.sender, self.learners = sender, learners
        self.chance = random.Random()  # noqa: S311  (ids of statements, not secrets)
        self.shown = _shown(engine.dialect.name)
        self.is_over = threading.Event()
        self.answered: dict[UUID, int] = {}
        self.found: list[int] = []
        self.failed: list[Exception] = []
        self.marking = threading.Thread(target=self._guarded, args=(self._mark,), daemon=True)
        self.looking = threading.Thread(target=self._guarded, args=(self._look,), daemon=True)

    def start(self) -> None:
        """Begin to send and to look."""
        self.marking.start()
        self.looking.start()

    def stop(self) -> None:
        """Send no more, and return once all has shown. Raises NotCounted, and what sending raised."""
        self.is_over.set()
        self.marking.join()
        self.looking.join()
        if self.failed:
            raise self.failed[0]

    def _guarded(self, work: Callable[[], None]) -> None:
        try:
            work()
        except Exception as error:
            self.failed.append(error)

    def _mark(self) -> None:
        with connected(self.sender) as connection:
            while not self.is_over.wait(MARKERS_EVERY):
                dice = random.Random(self.chance.getrandbits(64))  # noqa: S311  (as above)
                one = self.learners.learning(0, dice)
                exchange(connection, posting(self.sender, json.dumps(one).encode()))
                self.answered[UUID(one["id"])] = time.monotonic_ns()

    def _look(self) -> None:
        until = None
        with self.engine.connect() as connection:
            while self.answered or self.marking.is_alive():
                self._note(connection)
                if until is None and self.is_over.is_set():
                    until = time.monotonic() + PATIENCE
                if until is not None and time.monotonic() > until:
                    raise NotCounted(f"{len(self.answered)} statements do not show after {PATIENCE} seconds.")
                time.sleep(LOOKS_EVERY)

    def _note(self, connection: Connection) -> None:
        waiting = list(self.answered)
        asked = {"tenant": self.organisation_id, "ids": waiting}
        shown = set(connection.execute(self.shown, asked).scalars()) if waiting else set()
        moment = time.monotonic_ns()
        # What is committed from now on is seen the next time.
        connection.rollback()
        self.found += [(moment - self.answered.pop(one)) // 1000 for one in shown]


def _shown(dialect: str) -> Select[Any]:
    """Of statements those whose claim is in a result that was folded with it: what the page of the cohort reads.

    Made once, so that looking costs little beside what is looked at.
    """
    is_theirs = and_(
        ResultRow.organisation_id == EvidenceRow.organisation_id,
        ResultRow.participant_id == EvidenceRow.participant_id,
        ResultRow.folded_at >= EvidenceRow.recorded_at,
    )
    return (
        select(EvidenceRow.source_id)
        .join(ResultRow, is_theirs)
        .where(
            EvidenceRow.organisation_id == bindparam("tenant"),
            EvidenceRow.source == SOURCE,
            among_named(EvidenceRow.source_id, "ids", dialect=dialect),
        )
    )
