"""What a decision may say, which one stands, and whom somebody has to look at. Pure.

Nothing here decides: figures only tell what a person has to give grounds for.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from lms.errors import N_, Conflict, DomainError, Problems
from lms.progress.rules import Figures, Result, Status, rounded

PASSED, DEFERRED, NOT_PASSED, WITHDRAWN = "passed", "deferred", "not_passed", "withdrawn"
OUTCOMES = (PASSED, DEFERRED, NOT_PASSED)
"""What somebody may decide about a participant; `withdrawn` takes that back."""
SHORTEST_GROUNDS, LONGEST_GROUNDS = 10, 2000
State = Literal["made", "waits", "seconded", "refused", "taken_back"]


class StoodOtherwise(Conflict):
    """The figures, or what was decided, have become something else since whoever decides looked."""

    def __init__(self) -> None:
        super().__init__(N_("The figures or the decision have changed since you looked. Look at them once more."))


@dataclass(frozen=True, kw_only=True, slots=True)
class Basis:
    """The figures that a decision is made from: rounded to two places, with the version that they were folded by.

    `outstanding` counts what is still to come.
    """

    so_far: Decimal | None
    of_all: Decimal | None
    best_possible: Decimal | None
    predicate: str | None
    status: Status
    reasons: tuple[str, ...]
    outstanding: int
    version_id: UUID


@dataclass(frozen=True, kw_only=True, slots=True)
class Said:
    """What somebody decides. `deadline` is a local day of the cohort, of a deferred decision only."""

    outcome: str
    grounds: str = ""
    deadline: date | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Decision:
    """A decision as it was made, with the names of whoever made, seconded or ended it.

    Only “not passed” is seconded, or ended: refused by another person, or taken back by whoever made it.
    """

    id: UUID
    outcome: str
    grounds: str
    deadline: date | None
    basis: Basis
    made_at: datetime
    made_by: UUID
    maker: str
    seconded_at: datetime | None = None
    seconder: str | None = None
    ended_at: datetime | None = None
    ended_by: UUID | None = None
    ender: str | None = None
    ended_reason: str = ""

    @property
    def state(self) -> State:
        """How far it has come."""
        if self.outcome != NOT_PASSED:
            return "made"
        if self.ended_at is not None:
            return "taken_back" if self.ended_by == self.made_by else "refused"
        return "waits" if self.seconded_at is None else "seconded"

    @property
    def counts(self) -> bool:
        """Whether it says something: what waits, or was ended before it stood, does not."""
        return self.state in ("made", "seconded")

    @property
    def stood_at(self) -> datetime:
        """Since when it counts; when it was made where it does not."""
        return self.seconded_at or self.made_at


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """One participant as whoever decides sees them: the figures now, every decision (the newest first), open appeals.

    `today` is the local day of the cohort.
    """

    basis: Basis
    history: Sequence[Decision]
    today: date
    open_appeals: int = 0

    @property
    def waiting(self) -> Decision | None:
        """What waits for a second person."""
        return self.history[0] if self.history and self.history[0].state == "waits" else None

    @property
    def standing(self) -> Decision | None:
        """The decision that stands: the newest that counts, unless that withdrew the one before it."""
        return standing(self.history)

    @property
    def state(self) -> Literal["waiting", "decided", "undecided"]:
        """Each participant is in one of these."""
        if self.waiting is not None:
            return "waiting"
        return "undecided" if self.standing is None else "decided"

    @property
    def changed(self) -> bool:
        """Whether the figures are no longer those that the decision (or what waits) was made from."""
        made = self.waiting or self.standing
        return made is not None and made.basis != self.basis

    @property
    def overdue(self) -> bool:
        """Whether the deadline of a deferred decision has passed: its day is over."""
        deadline = None if self.standing is None else self.standing.deadline
        return deadline is not None and deadline < self.today

    @property
    def to_review(self) -> bool:
        """Whether a person has to look: there are reasons and no decision, or the decision needs another look."""
        return self.changed or self.overdue or (self.state == "undecided" and bool(self.basis.reasons))

    @property
    def may_pass_with_others(self) -> bool:
        """Whether they may be passed together with others: nothing has to be looked at, and nobody has decided."""
        clear = self.basis.status == "eligible" and not self.basis.reasons and self.basis.outstanding == 0
        return clear and self.basis.of_all is not None and self.state == "undecided" and self.open_appeals == 0

    @property
    def seen(self) -> str:
        """What was looked at, as a form sends it back: what differs then was changed meanwhile."""
        basis = self.basis
        figures = ("" if one is None else f"{one:.2f}" for one in (basis.so_far, basis.of_all, basis.best_possible))
        last = (str(self.history[0].id), self.history[0].state) if self.history else ()
        told = (basis.predicate or "", basis.status, " ".join(basis.reasons), basis.outstanding, basis.version_id)
        return _digest(map(str, (*figures, *told, *last)))


def standing(history: Sequence[Decision]) -> Decision | None:
    """The same of somebody's decisions, the newest first."""
    newest = next((one for one in history if one.counts), None)
    return None if newest is None or newest.outcome == WITHDRAWN else newest


FILTERS: Mapping[str, Callable[[Case], bool]] = {
    "review": lambda case: case.to_review,
    "undecided": lambda case: case.state == "undecided",
    "waiting": lambda case: case.state == "waiting",
    "decided": lambda case: case.state == "decided",
    "passed": lambda case: _stands(case, PASSED),
    "deferred": lambda case: _stands(case, DEFERRED),
    "not_passed": lambda case: _stands(case, NOT_PASSED),
    "changed": lambda case: case.changed,
    "overdue": lambda case: case.overdue,
}
"""What a list may be narrowed to."""


def _stands(case: Case, outcome: str) -> bool:
    return case.state == "decided" and case.standing is not None and case.standing.outcome == outcome


def counts(cases: Iterable[Case]) -> dict[str, int]:
    """How many there are of each filter."""
    listed = list(cases)
    return {name: sum(map(holds, listed)) for name, holds in FILTERS.items()}


def basis_of(result: Result, version_id: UUID) -> Basis:
    """A fold's figures, as a decision keeps them."""
    so_far, of_all, best = (_shown(getattr(result.figures, name)) for name in ("so_far", "of_all", "best_possible"))
    left = result.outstanding
    return Basis(
        so_far=so_far,
        of_all=of_all,
        best_possible=best,
        predicate=result.predicate,
        status=result.status,
        reasons=result.reasons,
        outstanding=left.modules + left.sessions + left.assessments,
        version_id=version_id,
    )


def shown(figures: Figures) -> Figures:
    """Three figures, rounded."""
    so_far, of_all, best = (_shown(one) for one in (figures.so_far, figures.of_all, figures.best_possible))
    return Figures(so_far=so_far, of_all=of_all, best_possible=best, counted=figures.counted, units=figures.units)


def _shown(figure: Decimal | None) -> Decimal | None:
    return None if figure is None else rounded(figure)


def today(now: datetime, time_zone: str) -> date:
    """The day on a calendar of the cohort; `time_zone` is an IANA name."""
    return now.astimezone(ZoneInfo(time_zone)).date()


def needs_grounds(outcome: str, basis: Basis) -> bool:
    """Whether grounds have to be given: always, except for passing somebody about whom there is nothing to say."""
    return outcome != PASSED or bool(basis.reasons) or basis.outstanding > 0


def check(said: Said, basis: Basis, *, today: date) -> Said:
    """What was said, its grounds without the spaces around them; raises Problems with all that is wrong with it."""
    grounds = said.grounds.strip()
    problems = [*_flaws_of_outcome(said, today)]
    problems += _flaws_of_text(
        grounds, "grounds", needed=said.outcome in OUTCOMES and needs_grounds(said.outcome, basis)
    )
    if problems:
        raise Problems(tuple(problems))
    return Said(outcome=said.outcome, grounds=grounds, deadline=said.deadline)


def check_reason(text: str) -> str:
    """Why something is refused, taken back or withdrawn, without the spaces around it; raises DomainError."""
    reason = text.strip()
    for problem in _flaws_of_text(reason, "reason", needed=True):
        raise problem
    return reason


def _flaws_of_outcome(said: Said, today: date) -> Iterator[DomainError]:
    if said.outcome not in OUTCOMES:
        yield DomainError(N_("Choose what you decide."), place="outcome")
    elif said.outcome != DEFERRED:
        if said.deadline is not None:
            yield DomainError(N_("Only a deferred decision has a deadline: leave the day empty."), place="deadline")
    elif said.deadline is None:
        yield DomainError(N_("Say until which day it is deferred."), place="deadline")
    elif said.deadline <= today:
        yield DomainError(N_("The deadline has to be a day after today."), place="deadline")


def _flaws_of_text(text: str, place: str, *, needed: bool) -> Iterator[DomainError]:
    if needed and len(text) < SHORTEST_GROUNDS:
        told = N_("Say why, in at least %(least)s characters: it stays with the decision.")
        yield DomainError(told, place=place, least=SHORTEST_GROUNDS)
    if len(text) > LONGEST_GROUNDS:
        yield DomainError(N_("At most %(most)s characters, please."), place=place, most=LONGEST_GROUNDS)
    if "\0" in text:
        yield DomainError(N_("This holds a character that no text has."), place=place)


def making_moment(now: datetime, history: Sequence[Decision]) -> datetime:
    """When a decision is made: now, but always after those before it, whatever the clocks of two servers say."""
    return max([now, *(one.made_at + timedelta(microseconds=1) for one in history)])


def seen_together(cases: Mapping[UUID, Case]) -> str:
    """The same as `Case.seen` for several, by participant, in whatever order they come."""
    return _digest(f"{one} {cases[one].seen}" for one in sorted(cases))


def _digest(parts: Iterable[str]) -> str:
    return sha256("\n".join(parts).encode()).hexdigest()
