"""How long results take: all of them anew, those of one new statement, and those by a draft of another version."""

import gc
import random
import time
from collections.abc import Callable
from functools import partial
from typing import TypeVar
from uuid import UUID

from flask import current_app
from sqlalchemy.orm import Session

from lms.bench import results_cohort
from lms.bench.results_cohort import CODE, Size
from lms.bench.results_rules import Taken
from lms.clock import now
from lms.db import reading, retrying
from lms.exchange.service import drain
from lms.programme import queries as programmes
from lms.programme.rules import parse_programme
from lms.progress import comparison, replay_queries
from lms.progress import queries as progress
from lms.progress.service import Rebuilt

T = TypeVar("T")
WARM_UP, STATEMENTS = 5, 50

Rebuild = Callable[[Session], Rebuilt]
"""Asks every source of an organisation for all that it claims, and folds everybody."""


class NotTheSame(Exception):
    """A rebuild came to something else than what was there."""


def build(*, organisation_id: int, size: Size, anew: Rebuild) -> int:
    """The cohort with all that is known of it, folded; returns how many pieces of evidence that is."""
    moment = now()
    retrying(partial(results_cohort.add_cohort, organisation_id=organisation_id, size=size, now=moment))
    sent = list(results_cohort.statements(size, now=moment))
    retrying(partial(results_cohort.store, organisation_id=organisation_id, sent=sent, now=moment))
    retrying(partial(results_cohort.empty_inbox, organisation_id=organisation_id))
    return retrying(anew).evidence_changed


def floor(*, organisation_id: int) -> Taken:
    """Only reading all the evidence, without looking for cycles in it, as a rebuild does; the quickest of three."""
    gc.disable()
    try:
        reads = [_timed(partial(_evidence, reading(), organisation_id))[1] for _ in range(3)]
    finally:
        gc.enable()
    return min(reads, key=lambda taken: taken.waited)


def rebuild(anew: Rebuild) -> Taken:
    """Asking every source and folding everybody anew. Raises NotTheSame."""
    done, taken = _timed(partial(retrying, anew))
    if done.evidence_changed or done.results_changed:
        raise NotTheSame(f"The rebuild changed {done.evidence_changed} claims and {done.results_changed} results.")
    return taken


def one_by_one(*, organisation_id: int, size: Size) -> list[Taken]:
    """A statement that counts for somebody, from its text until the result is there, fifty times."""
    chance = random.Random(now().microsecond)  # noqa: S311  (ids of statements, not secrets)
    taken = []
    for _ in range(WARM_UP + STATEMENTS):
        who, number = chance.randrange(size.people), chance.randrange(size.modules)
        one = results_cohort.learning(who, number, at=now(), chance=chance)
        taken.append(_timed(partial(_take_in, organisation_id, one))[1])
    return taken[WARM_UP:]


def replay(*, organisation_id: int, size: Size) -> tuple[Taken, int]:
    """Folding everybody by the version that stands and by a draft, and telling whose result changes and why; and how
    many those are. Nothing is written."""
    found, taken = _timed(partial(_replay, reading(), organisation_id, size))
    return taken, found.changed


def _take_in(organisation_id: int, one: dict[str, object]) -> None:
    dialects = current_app.extensions["dialects"]
    retrying(partial(results_cohort.store, organisation_id=organisation_id, sent=[one], now=now()))
    drain(organisation_id=organisation_id, dialects=dialects, now=now())


def _roster(session: Session, organisation_id: int) -> tuple[UUID, list[programmes.Enrolled]]:
    cohort = programmes.cohort_by_code(session, organisation_id=organisation_id, code=CODE)
    return cohort.id, list(programmes.roster(session, organisation_id=organisation_id, cohort_id=cohort.id))


def _evidence(session: Session, organisation_id: int) -> None:
    _, people = _roster(session, organisation_id)
    everybody = [person.participant_id for person in people]
    progress.evidence_of(session, organisation_id=organisation_id, participant_ids=everybody)


def _replay(session: Session, organisation_id: int, size: Size) -> comparison.Tally:
    cohort_id, people = _roster(session, organisation_id)
    everybody = replay_queries.replayed(
        session,
        organisation_id=organisation_id,
        cohort_id=cohort_id,
        people=people,
        programme=parse_programme(results_cohort.programme_text(size, version=2)),
        as_of=now(),
    )
    return comparison.tally(compared for _, compared in everybody)


def _timed(work: Callable[[], T]) -> tuple[T, Taken]:
    """What the work comes to, and what it took."""
    on_processor, began = time.process_time_ns(), time.perf_counter_ns()
    found = work()
    waited = time.perf_counter_ns() - began
    return found, Taken(work=(time.process_time_ns() - on_processor) // 1000, waited=waited // 1000)
