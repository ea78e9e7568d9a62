"""What is told of why a participant's results differ between two versions of a programme. Pure."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal

from lms.programme.rules import Programme, components, leaves
from lms.progress.figures import HUNDRED
from lms.progress.plan import Plan
from lms.progress.values import Result

Said = Decimal | int | str | datetime | None
"""What a programme says of something, before or after."""

Cause = Literal[
    "component.added",
    "component.removed",
    "component.kind",
    "component.weight",
    "module.added",
    "module.removed",
    "module.moved",
    "module.jp",
    "module.attempts",
    "module.closes",
    "module.due",
    "module.complete_when",
    "module.pass_mark",
    "status.added",
    "status.removed",
    "status.weight",
    "status.absent",
    "status.excluded",
    "limit.sessions",
    "limit.jp",
    "limit.days",
    "pass_mark",
    "predicates",
]


@dataclass(frozen=True, kw_only=True, slots=True)
class Why:
    """One cause: what was `before` and is `after` of the thing called `subject`.

    `was` and `comes` are what the unit came to, 0 to 100, where the cause is about a module. `count` is how many
    sessions a status concerns, or by how many more statements come after a closing (fewer: below 0).
    """

    cause: Cause
    subject: str
    before: Said = None
    after: Said = None
    was: Decimal | None = None
    comes: Decimal | None = None
    count: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Side:
    """A result, with the plan that it was folded by."""

    plan: Plan
    result: Result

    @property
    def programme(self) -> Programme:
        """The version."""
        return self.plan.programme


@dataclass(frozen=True, kw_only=True, slots=True)
class Leaf:
    """A leaf of a programme, with its share in the whole, from 0 to 100."""

    title: str
    kind: str | None
    share: Decimal


def shares(programme: Programme) -> dict[str, Leaf]:
    """What each leaf weighs in the whole, from 0 to 100, by its path."""
    weights = {one.path: one.weight for one in components(programme)}
    found = {}
    for leaf in leaves(programme):
        share, path = HUNDRED, leaf.path
        while path:
            share, path = share * weights[path] / HUNDRED, parent(path)
        found[leaf.path] = Leaf(title=leaf.title, kind=leaf.kind, share=share)
    return found


def parent(path: str) -> str:
    """The path of what a component is in, empty at the top."""
    return path.rpartition(".")[0]
