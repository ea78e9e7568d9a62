"""What the demo shows at its end, read from the stored results."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import Any

from sqlalchemy.orm import Session

from lms.dashboards import queries as dashboards
from lms.db import retrying
from lms.demo.rules import FINISHED, RUNNING
from lms.exchange.service import drain
from lms.programme import queries as programmes
from lms.progress import service as progress
from lms.progress.rules import Figures
from lms.xapi import queries as xapi

COMPONENT = "mooc"


@dataclass(frozen=True, kw_only=True, slots=True)
class Compared:
    """A batch's MOOC figures, how many people have which status, and what for."""

    code: str
    people: int
    mooc: Figures
    statuses: dict[str, int]
    reasons: dict[str, int]


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparison:
    """The running batch against the finished one and its target, and how many statements wait."""

    running: Compared
    finished: Compared
    target: Decimal | None
    unknown_people: int
    unknown_modules: int


def bring_up_to_date(*, organisation_id: int, dialects: Any, now: datetime) -> None:
    """Count whatever was sent and is not counted yet, and fold what the clock alone has changed."""
    drain(organisation_id=organisation_id, dialects=dialects, now=now)
    retrying(partial(progress.refresh, organisation_id=organisation_id, now=now))


def comparison(session: Session, *, organisation_id: int) -> Comparison:
    """Seven queries."""
    cohort = programmes.cohort_by_code(session, organisation_id=organisation_id, code=RUNNING)
    batches = {one.code: one for one in dashboards.batches(session, organisation_id=organisation_id)}
    counts = xapi.counts(session, organisation_id=organisation_id)
    return Comparison(
        running=_compared(session, organisation_id, batches[RUNNING]),
        finished=_compared(session, organisation_id, batches[FINISHED]),
        target=cohort.targets.get(COMPONENT),
        unknown_people=counts.persons,
        unknown_modules=counts.modules,
    )


def _compared(session: Session, organisation_id: int, batch: dashboards.Batch) -> Compared:
    facets = dashboards.facets(session, organisation_id=organisation_id, cohort_id=batch.cohort_id)
    return Compared(
        code=batch.code,
        people=batch.people,
        mooc=batch.figures[COMPONENT],
        statuses=facets.statuses,
        reasons=facets.reasons,
    )


def told(found: Comparison) -> Iterator[str]:
    """The comparison in lines of text. The target stands under *so far*, which it is held against."""
    yield f"{'MOOC averages':24}{'people':>8}{'so far':>10}{'of all':>10}{'best possible':>16}"
    for one, state in ((found.running, "running"), (found.finished, "finished")):
        figures = "".join(
            f"{_figure(figure):>{width}}"
            for figure, width in ((one.mooc.so_far, 10), (one.mooc.of_all, 10), (one.mooc.best_possible, 16))
        )
        yield f"{f'Batch {one.code} ({state})':24}{one.people:8}{figures}"
    yield f"{f'Target of batch {found.running.code}':24}{'':8}{_figure(found.target):>10}"
    yield ""
    for one in (found.running, found.finished):
        yield f"Batch {one.code}: {_counted(one.statuses)}. Reasons to look: {_counted(one.reasons) or 'none'}."
    yield (
        f"Statements that do not count yet: {found.unknown_people} of people whom nobody knows, "
        f"{found.unknown_modules} about a module that nobody knows."
    )


def _figure(figure: Decimal | None) -> str:
    return "–" if figure is None else f"{figure:.2f}"


def _counted(counts: dict[str, int]) -> str:
    return ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in sorted(counts.items()))
