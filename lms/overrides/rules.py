"""What an override may say, which of several stands, and what it does to the figures. Pure."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Literal
from uuid import UUID

from lms.assessment.rules import MOST_DECIMALS, is_score
from lms.errors import N_, Conflict, DomainError, Problems
from lms.progress.rules import (
    EXACT,
    OVERRIDE,
    ComponentResult,
    Evidence,
    Figures,
    Result,
    UnitKind,
    UnitResult,
    flattened,
    override_unit,
    rounded,
    unit_of,
)

SHORTEST_REASON, LONGEST_REASON = 10, 1000
SHOWN_PLACES = 30
"""Places of a score: beyond them lies only the noise of divisions that were cut."""
State = Literal["standing", "superseded", "withdrawn"]


class StoodOtherwise(Conflict):
    """The unit has come to something else since whoever overrides it looked."""

    def __init__(self) -> None:
        super().__init__(N_("This unit has changed since you looked. Look at the figures once more."))


@dataclass(frozen=True, kw_only=True, slots=True)
class Said:
    """What a unit comes to: a score from 0 to 100 and whether it is done for a module, where no score is no value; a
    status's code for a session; a score for an assessment. What is no matter of the kind is None."""

    score: Decimal | None = None
    done: bool | None = None
    status: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Override:
    """An override as it was made, with what the unit came to `before`; `made_by` and `withdrawn_by` are names.

    `unit` is the unit's key in a result, `title` what it was called then.
    """

    id: UUID
    cohort_id: UUID
    participant_id: UUID
    kind: UnitKind
    unit: str
    title: str
    said: Said
    before: Said
    reason: str
    made_at: datetime
    made_by: str | None
    withdrawn_at: datetime | None
    withdrawn_by: str | None
    withdrawn_reason: str
    state: State

    @property
    def key(self) -> str:
        """The key under which it is evidence."""
        return override_unit(self.cohort_id, self.kind, self.unit)


@dataclass(frozen=True, kw_only=True, slots=True)
class Moved:
    """The figures of a component, or of the whole without a title, before and after; rounded."""

    title: str
    before: Figures
    after: Figures


@dataclass(frozen=True, kw_only=True, slots=True)
class Consequences:
    """What changes for one participant: the unit (None where there is none), the figures from the component in which
    it counts up to the whole, and the results that they are of."""

    unit_before: UnitResult | None
    unit_after: UnitResult | None
    moved: tuple[Moved, ...]
    before: Result
    after: Result


def check(kind: UnitKind, said: Said, *, statuses: Collection[str]) -> None:
    """Raise Problems with all that is wrong with what an override says; `statuses` are those of the programme."""
    if problems := tuple(_flaws(kind, said, statuses)):
        raise Problems(problems)


def _flaws(kind: UnitKind, said: Said, statuses: Collection[str]) -> Iterator[DomainError]:
    if kind == "session":
        if said.status not in statuses:
            yield DomainError(N_("Choose one of the programme's statuses."), place="status")
        return
    if said.score is not None and not is_score(said.score):
        told = N_("A score is a number from 0 to 100 with at most %(most)s decimals.")
        yield DomainError(told, place="score", most=MOST_DECIMALS)
    if kind == "assessment" and said.score is None:
        yield DomainError(N_("Enter a score."), place="score")
    if kind == "module" and said.done is None:
        yield DomainError(N_("Choose whether the module is done."), place="done")


def check_reason(text: str) -> str:
    """The reason without the spaces around it; raises DomainError for one that tells nothing, or too much."""
    reason = text.strip()
    if len(reason) < SHORTEST_REASON:
        told = N_("Say why, in at least %(least)s characters: whoever sees the figure reads it.")
        raise DomainError(told, place="reason", least=SHORTEST_REASON)
    if len(reason) > LONGEST_REASON:
        raise DomainError(N_("A reason has at most %(most)s characters."), place="reason", most=LONGEST_REASON)
    if "\0" in reason:
        raise DomainError(N_("A reason holds text only."), place="reason")
    return reason


def said_by(unit: UnitResult) -> Said:
    """What a unit comes to, in the words of an override; a score without the noise of divisions that were cut."""
    if unit.kind == "session":
        return Said(status=unit.status)
    score = None if unit.value is None else rounded(unit.value, SHOWN_PLACES).normalize(EXACT)
    return Said(score=score, done=unit.done if unit.kind == "module" else None)


def evidence_of(
    *, override_id: UUID, cohort_id: UUID, kind: UnitKind, unit: str, said: Said, made_at: datetime
) -> Evidence:
    """An override as the fold takes it. It dates itself: as of an earlier moment it was not there."""
    return Evidence(
        kind=kind,
        unit=override_unit(cohort_id, kind, unit),
        source=OVERRIDE,
        source_id=override_id,
        completed=said.done,
        passed=True if said.done else None,
        score=said.score,
        status=said.status,
        recorded_at=made_at,
    )


def seen(unit: UnitResult) -> str:
    """What a unit stands at and by which override, as a form sends it back: what differs then was changed meanwhile."""
    said = said_by(unit)
    by = next((one.evidence.source_id for one in unit.evidence if one.counted and one.evidence.source == OVERRIDE), "")
    return f"{said.score}/{said.done}/{said.status}/{by}"


def making_moment(now: datetime, earlier: Iterable[datetime]) -> datetime:
    """When an override is made: now, but always after those before it, whatever the clocks of two servers say."""
    return max([now, *(moment + timedelta(microseconds=1) for moment in earlier)])


def state(*, is_withdrawn: bool, newer_stands: bool) -> State:
    """The state of an override: of those of one unit that were not withdrawn, the newest stands."""
    if is_withdrawn:
        return "withdrawn"
    return "superseded" if newer_stands else "standing"


def consequences(before: Result, after: Result, *, kind: str, unit: str) -> Consequences:
    """What changes from one result to another of the same programme, for one unit and all that it counts in."""
    above = _above(before.components, kind, unit) or _above(after.components, kind, unit)
    old, new = ({one.path: one for one in flattened(result.components)} for result in (before, after))
    return Consequences(
        unit_before=unit_of(before, kind, unit),
        unit_after=unit_of(after, kind, unit),
        moved=(
            *(_moved(old[path].title, old[path].figures, new[path].figures) for path in above),
            _moved("", before.figures, after.figures),
        ),
        before=before,
        after=after,
    )


def _moved(title: str, before: Figures, after: Figures) -> Moved:
    return Moved(title=title, before=_shown(before), after=_shown(after))


def _shown(figures: Figures) -> Figures:
    so_far, of_all, best = (
        None if one is None else rounded(one) for one in (figures.so_far, figures.of_all, figures.best_possible)
    )
    return Figures(so_far=so_far, of_all=of_all, best_possible=best, counted=figures.counted, units=figures.units)


def _above(components: Sequence[ComponentResult], kind: str, unit: str) -> tuple[str, ...]:
    """The paths of the components in which a unit counts, from the one that has it up."""
    for one in components:
        if any((inside.kind, inside.unit) == (kind, unit) for inside in one.units):
            return (one.path,)
        if found := _above(one.components, kind, unit):
            return (*found, one.path)
    return ()
