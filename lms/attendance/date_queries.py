"""What a change of a cohort's dates would come to, found without changing anything."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from lms.programme import queries as programmes
from lms.programme.queries import Enrolled, TimetableSession
from lms.programme.service import Dates
from lms.progress import queries as progress
from lms.progress import rules


@dataclass(frozen=True, kw_only=True, slots=True)
class MovedModule:
    """A module that will be due or close at another moment than it is now (`before`); None is never."""

    title: str
    due_before: datetime | None
    due_after: datetime | None
    closes_before: datetime | None
    closes_after: datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class MovedResult:
    """A person whose result will be another: what the whole comes to of all, rounded, and the status."""

    person: Enrolled
    before: Mapping[str, Any]
    after: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Foreseen:
    """What a change of dates comes to.

    `after_end` are sessions that will lie after the end: they go on counting. `people` says of how many the results
    were compared.
    """

    before: Dates
    after: Dates
    people: int
    results: tuple[MovedResult, ...]
    modules: tuple[MovedModule, ...]
    timetable: tuple[TimetableSession, ...]
    after_end: tuple[TimetableSession, ...]

    @property
    def shown_otherwise(self) -> bool:
        """Whether the sessions, which keep their moments, will be shown at other times of the clock."""
        return bool(self.timetable) and self.before.time_zone != self.after.time_zone


def foreseen(
    session: Session, *, organisation_id: int, cohort_id: UUID, before: Dates, after: Dates, now: datetime
) -> Foreseen:
    """Everybody's result as of now with the dates as they are, beside the same with others.

    Six queries, and one per 500 people; raises NotFound.
    """
    where: dict[str, Any] = {"organisation_id": organisation_id, "cohort_id": cohort_id}
    known = progress.plan(session, **where)
    roster = programmes.roster(session, **where)
    people = [person.participant_id for person in roster]
    evidence = progress.evidence_of(session, organisation_id=organisation_id, participant_ids=people)
    moved = replace(known.cohort, starts_at=after.starts_at, ends_at=after.ends_at, time_zone=after.time_zone)
    plans = [rules.plan(known.programme, cohort) for cohort in (known.cohort, moved)]
    results = []
    for person in roster:
        pieces = evidence.get(person.participant_id, ())
        old, new = (_told(rules.result_in(plan, pieces, person.group, now)) for plan in plans)
        if old != new:
            results.append(MovedResult(person=person, before=old, after=new))
    timetable = programmes.timetable(session, **where)
    return Foreseen(
        before=before,
        after=after,
        people=len(roster),
        results=tuple(results),
        modules=_modules(*plans),
        timetable=timetable,
        after_end=tuple(one for one in timetable if after.ends_at and one.ends_at > after.ends_at and _planned(one)),
    )


def _planned(session: TimetableSession) -> bool:
    return session.cancelled_at is None


def _modules(old: rules.Plan, new: rules.Plan) -> tuple[MovedModule, ...]:
    found = []
    for iri, before in old.modules.items():
        after = new.modules[iri]
        if (before.due_at, before.closes_at) != (after.due_at, after.closes_at):
            found.append(
                MovedModule(
                    title=before.module.title,
                    due_before=before.due_at,
                    due_after=after.due_at,
                    closes_before=before.closes_at,
                    closes_after=after.closes_at,
                )
            )
    return tuple(found)


def _told(result: rules.Result) -> dict[str, Any]:
    """What people read of a result: the figures as they are rounded, and what is said of them."""
    figures = {"": result.figures} | {one.path: one.figures for one in rules.flattened(result.components)}
    return {
        "of_all": _rounded(result.figures.of_all),
        "status": result.status,
        "said": (result.reasons, result.predicate, result.absence, result.outstanding, _rounded(result.completion)),
        "figures": {path: _figures(one) for path, one in figures.items()},
    }


def _figures(one: rules.Figures) -> tuple[Any, ...]:
    return _rounded(one.so_far), _rounded(one.of_all), _rounded(one.best_possible), one.counted, one.units


def _rounded(figure: Any) -> Any:
    return None if figure is None else rules.rounded(figure)
