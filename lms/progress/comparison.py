"""Whose result changes, from what to what, and why: everybody of a cohort by two versions of a programme. Pure."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from lms.progress.cause_values import Cause, Said, Side, Why
from lms.progress.causes import causes
from lms.progress.figures import rounded
from lms.progress.values import Result

__all__ = ["Cause", "Compared", "Direction", "Said", "Side", "Standing", "Tally", "Why", "compared", "tally"]

Direction = Literal["better", "worse", "level"]
"""How the figure that decides (of all) changes."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """What people see of a result: the figures of the whole and the completion, rounded, and what they come to."""

    so_far: Decimal | None
    of_all: Decimal | None
    best_possible: Decimal | None
    completion: Decimal | None
    predicate: str | None
    status: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Compared:
    """One participant by both versions. `why` is empty exactly where nothing changes."""

    before: Standing
    after: Standing
    why: tuple[Why, ...]

    @property
    def changes(self) -> bool:
        """Whether anything that people see is different."""
        return self.before != self.after

    @property
    def changes_status(self) -> bool:
        """Whether the status, or a reason for it, is different."""
        return (self.before.status, self.before.reasons) != (self.after.status, self.after.reasons)

    @property
    def direction(self) -> Direction:
        """How the figure that decides changes; what has none is below all that have one."""
        old, new = (-1 if one.of_all is None else one.of_all for one in (self.before, self.after))
        return "level" if old == new else "better" if new > old else "worse"


@dataclass(frozen=True, kw_only=True, slots=True)
class Tally:
    """What the comparison of `people` comes to. `causes` are without what they come to for one person, each with how
    many people it concerns, the most frequent first."""

    people: int
    changed: int
    better: int
    worse: int
    status: int
    causes: tuple[tuple[Why, int], ...]


def standing(result: Result) -> Standing:
    """A result as it is shown."""
    figures = result.figures
    return Standing(
        so_far=_shown(figures.so_far),
        of_all=_shown(figures.of_all),
        best_possible=_shown(figures.best_possible),
        completion=_shown(result.completion),
        predicate=result.predicate,
        status=result.status,
        reasons=result.reasons,
    )


def compared(before: Side, after: Side) -> Compared:
    """One participant by two versions, from the same evidence as of the same moment."""
    old, new = standing(before.result), standing(after.result)
    return Compared(before=old, after=new, why=causes(before, after) if old != new else ())


def tally(people: Iterable[Compared]) -> Tally:
    """The counts that stand above the list."""
    everybody = list(people)
    changed = [one for one in everybody if one.changes]
    shared = Counter(_general(why) for one in changed for why in {_general(why) for why in one.why})
    return Tally(
        people=len(everybody),
        changed=len(changed),
        better=sum(one.direction == "better" for one in changed),
        worse=sum(one.direction == "worse" for one in changed),
        status=sum(one.changes_status for one in changed),
        causes=tuple(shared.most_common()),
    )


def _general(why: Why) -> Why:
    """The cause without what it comes to for one person."""
    return Why(cause=why.cause, subject=why.subject, before=why.before, after=why.after)


def _shown(figure: Decimal | None) -> Decimal | None:
    return None if figure is None else rounded(figure)
