"""What a rubric may say, what a rating by it comes to, and how several assessors' ratings become one score. Pure.

A rubric has criteria, whose weights sum to exactly 100, and levels, of which a criterion may have its own; a criterion
without any is rated freely from 0 to 100. The score of a rating is the weighted mean of its points, that of an
assessment what the rubric's rule makes of the assessors' scores: in decimals of fifty digits, nothing is rounded.
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Context, Decimal, localcontext
from typing import Literal
from uuid import UUID

from lms.assessment.rules import HIGHEST, MOST_DECIMALS, flaws_of_remark, is_score
from lms.errors import N_, Conflict, DomainError, Problems

Rule = Literal["mean", "median", "highest", "lowest", "latest"]
Points = Mapping[str, Decimal]
"""The points that were given, 0 to 100, by the criterion's key."""

EXACT = Context(prec=50, rounding=ROUND_HALF_EVEN)
KEY = re.compile(r"[a-z0-9_-]{1,40}")
RESERVED = frozenset({"component", "identifier", "assessor", "remark"})
"""No keys of criteria: a file of ratings has a column for each criterion beside these."""
LONGEST_TITLE, LONGEST_DESCRIPTION = 200, 1000
MOST_CRITERIA, MOST_LEVELS, MOST_NEEDED = 40, 20, 20


@dataclass(frozen=True, kw_only=True, slots=True)
class Level:
    """A step of a criterion, with the points that it is worth, 0 to 100."""

    label: str
    points: Decimal


@dataclass(frozen=True, kw_only=True, slots=True)
class Criterion:
    """What is looked at. `weight` is 0 to 100; `levels`, where there are any, go before those of the rubric."""

    key: str
    title: str
    weight: Decimal
    description: str = ""
    levels: tuple[Level, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Rubric:
    """How one assessment is rated. `needed` is how many assessors must have rated somebody before there is a score."""

    criteria: tuple[Criterion, ...]
    levels: tuple[Level, ...] = ()
    rule: Rule = "mean"
    needed: int = 1

    def levels_of(self, criterion: Criterion) -> tuple[Level, ...]:
        """The levels among which is chosen; none where any points from 0 to 100 may be given."""
        return criterion.levels or self.levels


@dataclass(frozen=True, kw_only=True, slots=True)
class Rating:
    """What one assessor gave one participant, by the rubric of that time."""

    id: UUID
    participant_id: UUID
    assessor_id: UUID
    assessor: str
    rubric: Rubric
    version: int
    points: Points
    remark: str
    rated_at: datetime

    @property
    def score(self) -> Decimal:
        """What it comes to, 0 to 100."""
        return score(self.rubric, self.points)

    def label(self, criterion: Criterion) -> str:
        """The level that was chosen, empty where the points were given freely."""
        given = self.points[criterion.key]
        return next((one.label for one in self.rubric.levels_of(criterion) if one.points == given), "")


@dataclass(frozen=True, kw_only=True, slots=True)
class NewRating:
    """What an assessor gives one participant for the component at `path`, by this version of its rubric."""

    path: str
    participant_id: UUID
    assessor_id: UUID
    version: int
    points: Points
    remark: str


class RubricChanged(Conflict):
    """The rubric is another one than the form was made from."""

    def __init__(self) -> None:
        super().__init__(N_("The rubric was changed meanwhile; nothing was saved. Look at it, then save again."))


class RatedMeanwhile(Conflict):
    """The assessor's own rating is another one than the form was made from, as from a second window."""

    def __init__(self) -> None:
        super().__init__(
            N_("You have rated this person meanwhile, in another window; nothing was saved. Saving again replaces it.")
        )


def score(rubric: Rubric, points: Points) -> Decimal:
    """The weighted mean of the points, 0 to 100."""
    with localcontext(EXACT):
        return sum((one.weight * points[one.key] for one in rubric.criteria), Decimal(0)) / HIGHEST


def _mean(scores: Sequence[Decimal]) -> Decimal:
    return sum(scores, Decimal(0)) / len(scores)


def _median(scores: Sequence[Decimal]) -> Decimal:
    inside, half = sorted(scores), len(scores) // 2
    return _mean(inside[half - 1 : half + 1]) if len(inside) % 2 == 0 else inside[half]


RULES: Mapping[Rule, Callable[[Sequence[Decimal]], Decimal]] = {
    "mean": _mean,
    "median": _median,
    "highest": max,
    "lowest": min,
    "latest": lambda scores: scores[-1],
}
"""What becomes of the assessors' scores, which stand in the order of their ratings."""


def newest(ratings: Iterable[Rating]) -> tuple[Rating, ...]:
    """The newest rating of each assessor, in the order in which they were made: those that count."""
    by_assessor = {one.assessor_id: one for one in sorted(ratings, key=_order)}
    return tuple(sorted(by_assessor.values(), key=_order))


def _order(rating: Rating) -> tuple[datetime, UUID]:
    return rating.rated_at, rating.id


def combined(rubric: Rubric, ratings: Sequence[Rating]) -> Decimal | None:
    """The score by the rubric's rule of the ratings that count (as `newest` gives them), each by its own rubric.

    None while fewer assessors have rated than are needed.
    """
    if len(ratings) < rubric.needed:
        return None
    with localcontext(EXACT):
        return RULES[rubric.rule]([one.score for one in ratings])


def total(rubric: Rubric) -> Decimal:
    """The sum of the weights."""
    with localcontext(EXACT):
        return sum((one.weight for one in rubric.criteria), Decimal(0))


def check(rubric: Rubric) -> None:
    """Raise Problems with everything that a rubric may not say; a place is `criteria`, `levels`, `rule` or `needed`."""
    if problems := (*_flaws_of_frame(rubric), *_flaws_of_criteria(rubric.criteria)):
        raise Problems(problems)


def _flaws_of_frame(rubric: Rubric) -> Iterator[DomainError]:
    if rubric.rule not in RULES:
        yield DomainError(N_("Choose one of the rules."), place="rule")
    if not 1 <= rubric.needed <= MOST_NEEDED:
        told = N_("From 1 to %(most)s assessors may be needed.")
        yield DomainError(told, place="needed", most=MOST_NEEDED)
    if not 1 <= len(rubric.criteria) <= MOST_CRITERIA:
        told = N_("A rubric has from 1 to %(most)s criteria.")
        yield DomainError(told, place="criteria", most=MOST_CRITERIA)
    elif total(rubric) != HIGHEST:
        told = N_("The weights sum to %(sum)s; make them sum to exactly 100.")
        yield DomainError(told, place="criteria", sum=f"{total(rubric):f}")
    if not _are_levels(rubric.levels):
        told = N_("Give from 2 to %(most)s levels, each with its own name and its own points from 0 to 100, or none.")
        yield DomainError(told, place="levels", most=MOST_LEVELS)


def _flaws_of_criteria(criteria: Sequence[Criterion]) -> Iterator[DomainError]:
    keys = [one.key for one in criteria]
    for one in criteria:
        name = one.title or one.key
        if KEY.fullmatch(one.key) is None:
            told = N_("“%(name)s”: a key has up to 40 of a to z, 0 to 9, - and _.")
            yield DomainError(told, place="criteria", name=name)
        elif one.key in RESERVED:
            told = N_("“%(name)s”: “%(key)s” is a column of every file of ratings; choose another key.")
            yield DomainError(told, place="criteria", name=name, key=one.key)
        elif keys.count(one.key) > 1:
            yield DomainError(N_("“%(name)s”: another criterion has this key."), place="criteria", name=name)
        if not 1 <= len(one.title) <= LONGEST_TITLE:
            told = N_("“%(name)s”: a criterion needs a title of at most %(most)s characters.")
            yield DomainError(told, place="criteria", name=name, most=LONGEST_TITLE)
        if not is_score(one.weight):
            told = N_("“%(name)s”: a weight is a number from 0 to 100 with at most %(most)s decimals.")
            yield DomainError(told, place="criteria", name=name, most=MOST_DECIMALS)
        if len(one.description) > LONGEST_DESCRIPTION:
            told = N_("“%(name)s”: a description has at most %(most)s characters.")
            yield DomainError(told, place="criteria", name=name, most=LONGEST_DESCRIPTION)
        if "\0" in one.title + one.description:
            yield DomainError(N_("A rubric holds text only."), place="criteria")
        if not _are_levels(one.levels):
            told = N_("“%(name)s”: give from 2 to %(most)s levels, each with its own name and points, or none.")
            yield DomainError(told, place="criteria", name=name, most=MOST_LEVELS)


def _are_levels(levels: Sequence[Level]) -> bool:
    """Whether these can be chosen among, or are none at all: no two say the same, so the points tell which it was."""
    labels, points = {one.label for one in levels}, {one.points for one in levels}
    return (
        (not levels or 2 <= len(levels) <= MOST_LEVELS)
        and len(labels) == len(points) == len(levels)
        and all(is_score(one) for one in points)
        and all(1 <= len(one) <= LONGEST_TITLE and "\0" not in one for one in labels)
    )


def check_rating(rubric: Rubric, points: Points, remark: str) -> None:
    """Raise Problems with everything that a rating may not say, each at the criterion's key, or at `remark`."""
    if problems := (*_flaws_of_points(rubric, points), *flaws_of_remark(remark, "remark")):
        raise Problems(problems)


def _flaws_of_points(rubric: Rubric, points: Points) -> Iterator[DomainError]:
    for one in rubric.criteria:
        levels, given = rubric.levels_of(one), points.get(one.key)
        if given is None:
            yield DomainError(N_("“%(title)s” is not rated yet."), place=one.key, title=one.title)
        elif levels and given not in {level.points for level in levels}:
            yield DomainError(N_("“%(title)s”: choose one of the levels."), place=one.key, title=one.title)
        elif not is_score(given):
            told = N_("“%(title)s”: points are a number from 0 to 100 with at most %(most)s decimals.")
            yield DomainError(told, place=one.key, title=one.title, most=MOST_DECIMALS)
    for key in sorted(points.keys() - {one.key for one in rubric.criteria}):
        yield DomainError(N_("The rubric has no criterion “%(key)s”."), place=key, key=key)


def key_of(title: str, taken: Collection[str]) -> str:
    """A key for a criterion that was given none: its title in small letters, with a number where it is taken."""
    plain = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:30].strip("-") or "criterion"
    numbers = (f"{plain}-{number}" for number in range(2, 3 * MOST_CRITERIA))
    return next(one for one in (plain, *numbers) if one not in RESERVED.union(taken))
