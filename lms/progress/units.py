"""What the evidence of one module, one session or one assessment comes to."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from msgspec.structs import replace

from lms.programme.rules import AttendanceStatus, CompleteWhen, Component, Module
from lms.progress.figures import ATTEMPTS, HUNDRED, ZERO, settle
from lms.progress.moments import dated, is_out
from lms.progress.plan import Plan, PlannedModule, PlannedSession, assessment_unit
from lms.progress.values import Evidence, UnitKind, UnitResult, Weighed

ByUnit = dict[tuple[UnitKind, str], list[Evidence]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """One participant at one moment: all that the rules of a unit look at. No piece of evidence is in it twice.

    `overrides` are by the keys of `override_unit`.
    """

    plan: Plan
    group: str | None
    as_of: datetime
    evidence: ByUnit
    overrides: ByUnit

    def of(self, kind: UnitKind, unit: str) -> list[Evidence]:
        """The evidence about one unit, in no order."""
        return self.evidence.get((kind, unit), [])

    def overriding(self, kind: UnitKind, key: str) -> tuple[Weighed, ...]:
        """What overrides one unit, in order: the newest counts that was made by now, before any other evidence."""
        pieces = self.overrides.get((kind, key)) if self.overrides else None
        return () if pieces is None else _weigh_latest(pieces, _recorded, lambda one: one.recorded_at > self.as_of)


# When a module is done, by what it is: completed, passed.
COMPLETE_WHEN: dict[CompleteWhen, Callable[[bool, bool], bool]] = {
    "completed": lambda completed, passed: completed,
    "passed": lambda completed, passed: passed,
    "completed_and_passed": lambda completed, passed: completed and passed,
}


def module_unit(planned: PlannedModule, case: Case) -> UnitResult:
    """A module as an override says, or else as its statements do."""
    unit, overrides = _by_statements(planned, case), case.overriding("module", planned.override)
    if not overrides:
        return unit
    evidence, override = _beneath(unit.evidence, overrides)
    if override is None:
        return replace(unit, evidence=evidence)
    done = override.completed is True
    said = {"done": done, "completed": done, "passed": done, "value": override.score}
    best = ZERO if override.score is None else override.score
    settled = {"best_value": best, "counts": True, "outstanding": False, "overridden": True}
    return replace(unit, **said, **settled, evidence=evidence)


def _by_statements(planned: PlannedModule, case: Case) -> UnitResult:
    """A module, from its statements in order; an attempt more at 100 is possible until it is closed."""
    module, as_of = planned.module, case.as_of
    weighed = _weigh_statements(planned, case)
    counted = [one.evidence for one in weighed if one.counted]
    policy = ATTEMPTS[module.attempts]
    scores = [piece.score for piece in counted if piece.score is not None]
    score = policy(scores) if scores else None
    completed, passed = _completed(counted), _passed(counted, module, score)
    due, closed = _reached(planned.due_at, as_of), _reached(planned.closes_at, as_of)
    done = COMPLETE_WHEN[module.complete_when](completed, passed)
    return UnitResult(
        kind="module",
        unit=module.iri,
        title=module.title,
        code=module.iri,
        jp=module.jp,
        value=score,
        best_value=policy([*scores, HUNDRED]) if not closed else ZERO if score is None else score,
        counts=score is not None or due or closed,
        done=done,
        outstanding=not done and not closed,
        completed=completed,
        passed=passed,
        due_at=planned.due_at,
        closes_at=planned.closes_at,
        due=due,
        closed=closed,
        evidence=weighed,
    )


def session_unit(planned: PlannedSession, case: Case) -> UnitResult | None:
    """A session of the participant's group or one with a mark of theirs, or an override; None for any other."""
    session, overrides = planned.session, case.overriding("session", planned.unit)
    later = session.starts_at > case.as_of
    weighed = _weigh_latest(case.of("session", planned.unit), _recorded, lambda _: later)
    weighed, override = _beneath(weighed, overrides)
    mark = _latest(weighed)
    status = None if mark is None or mark.status is None else case.plan.statuses.get(mark.status)
    if status is None and session.group not in (None, case.group):
        return None
    return UnitResult(
        kind="session",
        unit=planned.unit,
        title=session.title,
        code=session.code,
        jp=session.jp,
        starts_at=session.starts_at,
        overridden=override is not None,
        evidence=weighed,
        **_marked(status),
    )


def assessed_unit(component: Component, case: Case) -> UnitResult:
    """The single unit of an assessment: the score of an override, or else the newest score entered, taken back by a
    newer entry without one."""
    unit = assessment_unit(case.plan.cohort.id, component.path)
    overrides = case.overriding("assessment", unit)
    weighed = _weigh_latest(case.of("assessment", unit), _dated, lambda piece: _is_later(piece, case.as_of))
    weighed, override = _beneath(weighed, overrides)
    entry = _latest(weighed)
    score = None if entry is None else entry.score
    return UnitResult(
        kind="assessment",
        unit=unit,
        title=component.title,
        code=component.path,
        jp=ZERO,
        value=score,
        best_value=HUNDRED if score is None else score,
        counts=score is not None,
        done=score is not None,
        outstanding=score is None,
        overridden=override is not None,
        evidence=weighed,
    )


def _marked(status: AttendanceStatus | None) -> dict[str, Any]:
    """What a session comes to by the status of its mark, None without a mark."""
    if status is None:
        return {"value": None, "best_value": HUNDRED, "counts": False, "done": False, "outstanding": True}
    if status.excluded:
        out = {"value": None, "best_value": ZERO, "counts": False, "done": False, "outstanding": False}
        return out | {"excluded": True, "status": status.code}
    value = status.weight * HUNDRED
    known = {"value": value, "best_value": value, "counts": True, "done": not status.absent, "outstanding": False}
    return known | {"absent": status.absent, "status": status.code}


def _weigh_statements(planned: PlannedModule, case: Case) -> tuple[Weighed, ...]:
    """A module's statements in order of time, each with why it does not count: of equal claims the first one does."""
    claims: set[str] = set()
    weighed = []
    for piece in sorted(case.of("module", planned.module.iri), key=_dated):
        why = is_out(piece, case.plan, planned.closes_at) or ("later" if dated(piece) > case.as_of else "")
        if not why and piece.claim is not None:
            why = "repeat" if piece.claim in claims else ""
            claims.add(piece.claim)
        weighed.append(Weighed(evidence=piece, counted=not why, why=why))
    return tuple(weighed)


def _completed(counted: Iterable[Evidence]) -> bool:
    """The last word on completion: `uncompleted` takes it back until something completes it again."""
    said = [piece.completed for piece in counted if piece.completed is not None]
    return said[-1] if said else False


def _passed(counted: Iterable[Evidence], module: Module, score: Decimal | None) -> bool:
    """Whether a statement says so, which only voiding takes back, or the score reaches the pass mark as it stands."""
    reached = module.pass_mark is not None and score is not None and settle(score) >= module.pass_mark
    return reached or any(piece.passed for piece in counted)


def _weigh_latest(
    pieces: Iterable[Evidence], order: Callable[[Evidence], tuple[Any, ...]], is_later: Callable[[Evidence], bool]
) -> tuple[Weighed, ...]:
    """Marks or assessments in order: the newest counts that is neither voided nor dated later; older ones do not."""
    weighed: list[Weighed] = []
    newer = False
    for piece in sorted(pieces, key=order, reverse=True):
        why = "voided" if piece.voided else "later" if is_later(piece) else "superseded" if newer else ""
        newer = newer or not why
        weighed.append(Weighed(evidence=piece, counted=not why, why=why))
    return tuple(reversed(weighed))


def _beneath(
    weighed: tuple[Weighed, ...], overrides: tuple[Weighed, ...]
) -> tuple[tuple[Weighed, ...], Evidence | None]:
    """All evidence about a unit, and the override that stands, if any does: then it alone counts."""
    if not overrides:
        return weighed, None
    override = _latest(overrides)
    if override is not None:
        weighed = tuple(replace(one, counted=False, why=one.why or "overridden") for one in weighed)
    return (*weighed, *overrides), override


def _latest(weighed: Iterable[Weighed]) -> Evidence | None:
    return next((one.evidence for one in weighed if one.counted), None)


def _reached(moment: datetime | None, as_of: datetime) -> bool:
    return moment is not None and as_of >= moment


def _is_later(piece: Evidence, as_of: datetime) -> bool:
    return piece.occurred_at is not None and piece.occurred_at > as_of


def _recorded(piece: Evidence) -> tuple[Any, ...]:
    return (piece.recorded_at, piece.source_id, piece.source)


def _dated(piece: Evidence) -> tuple[Any, ...]:
    """The order of evidence: the moment it is about, then when it was stored, then its id."""
    return (dated(piece), piece.recorded_at, piece.source_id, piece.source)
