"""Evidence folds into results: the entrance for other rooms. Pure; the same steps explain every figure."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal, localcontext

from lms.programme.rules import AbsenceLimit, Component, Programme
from lms.progress.figures import EXACT, HUNDRED, ZERO, leaf_figures, parent_figures, rounded
from lms.progress.moments import next_change
from lms.progress.plan import Plan, assessment_unit, override_unit, plan
from lms.progress.reach import Reach, reach
from lms.progress.units import ByUnit, Case, assessed_unit, module_unit, session_unit
from lms.progress.values import (
    OVERRIDE,
    Absence,
    Cohort,
    ComponentResult,
    Evidence,
    Figures,
    Outstanding,
    Result,
    Session,
    Status,
    UnitKind,
    UnitResult,
    Weighed,
)

__all__ = [
    "EXACT",
    "OVERRIDE",
    "REASONS",
    "Absence",
    "Cohort",
    "ComponentResult",
    "Evidence",
    "Figures",
    "Outstanding",
    "Plan",
    "Reach",
    "Result",
    "Session",
    "Status",
    "UnitKind",
    "UnitResult",
    "Weighed",
    "assessment_unit",
    "flattened",
    "override_unit",
    "plan",
    "reach",
    "result",
    "result_in",
    "rounded",
    "unit_of",
]

# In the order in which they are told.
REASONS = (
    "absence.sessions",
    "absence.jp",
    "absence.days",
    "module.closed",
    "pass.below",
    "pass.unreachable",
)


def result(
    evidence: Iterable[Evidence], programme: Programme, cohort: Cohort, group: str | None, as_of: datetime
) -> Result:
    """A participant's figures in a cohort as of a moment, from all that is recorded of them in any order, repeats
    included. `group` is the participant's, None without one. Evidence of units that the programme and the cohort do
    not know is passed over."""
    return result_in(plan(programme, cohort), evidence, group, as_of)


def result_in(planned: Plan, evidence: Iterable[Evidence], group: str | None, as_of: datetime) -> Result:
    """`result` in a cohort whose plan is there already, for one participant after the other."""
    with localcontext(EXACT):
        pieces = _distinct(evidence)
        units, overrides = _by_unit(pieces)
        case = Case(plan=planned, group=group, as_of=as_of, evidence=units, overrides=overrides)
        return _fold(case, next_change(planned, pieces, as_of))


def _distinct(evidence: Iterable[Evidence]) -> Sequence[Evidence]:
    """Each piece once. Where one copy says voided and another does not yet, voiding counts."""
    found: dict[tuple[object, ...], Evidence] = {}
    for piece in evidence:
        key = (piece.source, piece.source_id, piece.kind, piece.unit)
        if key not in found or piece.voided:
            found[key] = piece
    return list(found.values())


def _by_unit(pieces: Iterable[Evidence]) -> tuple[ByUnit, ByUnit]:
    """The evidence about each unit, and what overrides it, which stands apart."""
    units: ByUnit = {}
    overrides: ByUnit = {}
    for piece in pieces:
        kept = overrides if piece.source == OVERRIDE else units
        kept.setdefault((piece.kind, piece.unit), []).append(piece)
    return units, overrides


def _fold(case: Case, valid_until: datetime | None) -> Result:
    programme = case.plan.programme
    sessions = tuple(unit for one in case.plan.sessions if (unit := session_unit(one, case)) is not None)
    components = tuple(_component(one, case, sessions) for one in programme.components)
    # Sessions are among the units only where a component counts attendance.
    figures, units = parent_figures(components), [unit for one in flattened(components) for unit in one.units]
    absence, outstanding = _absence(sessions, case.plan), _outstanding(units)
    jp_done, jp_total = _jp(unit for unit in units if unit.done), _jp(units)
    waiting = any(unit.outstanding for unit in units)
    reasons = _reasons(programme, figures, absence, units)
    return Result(
        figures=figures,
        components=components,
        jp_done=jp_done,
        jp_total=jp_total,
        completion=jp_done / jp_total * HUNDRED if jp_total != 0 else None,
        absence=absence,
        outstanding=outstanding,
        predicate=None if waiting else _predicate(programme, figures.of_all),
        status=_status(reasons, waiting),
        reasons=reasons,
        valid_until=valid_until,
        sessions_outside=() if case.plan.has_attendance else sessions,
    )


def _component(component: Component, case: Case, sessions: tuple[UnitResult, ...]) -> ComponentResult:
    parts = tuple(_component(one, case, sessions) for one in component.components)
    units = _leaf_units(component, case, sessions)
    return ComponentResult(
        key=component.key,
        path=component.path,
        title=component.title,
        kind=component.kind,
        weight=component.weight,
        figures=parent_figures(parts) if parts else leaf_figures(units),
        units=units,
        components=parts,
    )


def _leaf_units(component: Component, case: Case, sessions: tuple[UnitResult, ...]) -> tuple[UnitResult, ...]:
    """The units of a component in the order in which they are shown; a parent has none of its own."""
    if component.kind == "attendance":
        return sessions
    if component.kind == "assessment":
        return (assessed_unit(component, case),)
    return tuple(module_unit(case.plan.modules[module.iri], case) for module in component.modules)


def flattened(components: Iterable[ComponentResult]) -> Iterator[ComponentResult]:
    """Every component, a parent before its sub-components: the order of columns in an export."""
    for one in components:
        yield one
        yield from flattened(one.components)


def unit_of(result: Result, kind: str, unit: str) -> UnitResult | None:
    """One unit of a result, sessions that count for absence only included."""
    inside = (one for component in flattened(result.components) for one in component.units)
    return next((one for one in (*inside, *result.sessions_outside) if (one.kind, one.unit) == (kind, unit)), None)


def _jp(units: Iterable[UnitResult]) -> Decimal:
    """The JP of modules and sessions; an assessment has none."""
    return sum((unit.jp for unit in units if not unit.excluded), ZERO)


def _absence(sessions: Iterable[UnitResult], plan: Plan) -> Absence:
    missed = [unit for unit in sessions if unit.absent]
    return Absence(sessions=len(missed), jp=_jp(missed), days=len({plan.days[unit.unit] for unit in missed}))


def _outstanding(units: Iterable[UnitResult]) -> Outstanding:
    kinds = [unit.kind for unit in units if unit.outstanding]
    return Outstanding(
        modules=kinds.count("module"), sessions=kinds.count("session"), assessments=kinds.count("assessment")
    )


def _predicate(programme: Programme, of_all: Decimal | None) -> str | None:
    """The highest band that the rounded figure reaches."""
    if of_all is None:
        return None
    figure = rounded(of_all, programme.places)
    reached = [band for band in programme.predicates if band.at_least <= figure]
    return max(reached, key=lambda band: band.at_least).name if reached else None


def _reasons(programme: Programme, figures: Figures, absence: Absence, units: Sequence[UnitResult]) -> tuple[str, ...]:
    waiting = any(unit.outstanding for unit in units)
    applies = {
        **_absences(absence, programme.absence_limit),
        "module.closed": any(unit.closed and not unit.done for unit in units),
        "pass.below": not waiting and _misses(programme, figures.of_all),
        "pass.unreachable": _misses(programme, figures.best_possible),
    }
    return tuple(reason for reason in REASONS if applies[reason])


def _absences(absence: Absence, limit: AbsenceLimit) -> dict[str, bool]:
    return {
        "absence.sessions": limit.sessions is not None and absence.sessions > limit.sessions,
        "absence.jp": limit.jp is not None and absence.jp > limit.jp,
        "absence.days": limit.days is not None and absence.days > limit.days,
    }


def _misses(programme: Programme, figure: Decimal | None) -> bool:
    return figure is not None and rounded(figure, programme.places) < programme.pass_mark


def _status(reasons: Sequence[str], waiting: bool) -> Status:
    if reasons:
        return "review"
    return "in_progress" if waiting else "eligible"
