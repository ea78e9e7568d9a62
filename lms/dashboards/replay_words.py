"""Why a result changes between two versions, in one sentence for each cause."""

from collections.abc import Callable, Iterator
from datetime import datetime
from decimal import Decimal

from lms.errors import N_
from lms.progress.comparison import Cause, Said, Why
from lms.web.formats import Formatter

Translate = Callable[[str], str]

SENTENCES: dict[Cause, str] = {
    "component.added": N_("“%(subject)s” is new and weighs %(after)s."),
    "component.removed": N_("“%(subject)s”, which weighed %(before)s, is gone."),
    "component.kind": N_("“%(subject)s” is made up in another way: %(after)s instead of %(before)s."),
    "component.weight": N_("“%(subject)s” weighs %(after)s instead of %(before)s."),
    "module.added": N_("The module “%(subject)s” is new."),
    "module.removed": N_("The module “%(subject)s” is gone."),
    "module.moved": N_("The module “%(subject)s” counts in “%(after)s” instead of “%(before)s”."),
    "module.jp": N_("The module “%(subject)s” is worth %(after)s JP instead of %(before)s."),
    "module.attempts": N_("Of “%(subject)s” %(after)s counts instead of %(before)s."),
    "module.closes": N_("The closing of “%(subject)s”: %(after)s instead of %(before)s."),
    "module.due": N_("The due date of “%(subject)s”: %(after)s instead of %(before)s."),
    "module.complete_when": N_("The module “%(subject)s” is done when it is %(after)s instead of %(before)s."),
    "module.pass_mark": N_("The pass mark of “%(subject)s” is %(after)s instead of %(before)s."),
    "status.added": N_("The mark “%(subject)s” counts now, which it did not."),
    "status.removed": N_("The mark “%(subject)s” is gone and counts as none."),
    "status.weight": N_("The mark “%(subject)s” counts as %(after)s instead of %(before)s."),
    "status.absent": N_("Whether the mark “%(subject)s” is an absence: %(after)s, before: %(before)s."),
    "status.excluded": N_(
        "Whether the mark “%(subject)s” takes a session out of the count: %(after)s, before: %(before)s."
    ),
    "limit.sessions": N_("Sessions that may be missed: %(after)s instead of %(before)s."),
    "limit.jp": N_("Lesson hours that may be missed: %(after)s instead of %(before)s."),
    "limit.days": N_("Days that may be missed: %(after)s instead of %(before)s."),
    "pass_mark": N_("The pass mark is %(after)s instead of %(before)s."),
    "predicates": N_("The predicates are %(after)s instead of %(before)s."),
}

NAMES = {
    "best": N_("the best attempt"),
    "last": N_("the last attempt"),
    "first": N_("the first attempt"),
    "mean": N_("the mean of all attempts"),
    "completed": N_("completed"),
    "passed": N_("passed"),
    "completed_and_passed": N_("completed and passed"),
    "modules": N_("online modules"),
    "attendance": N_("attendance"),
    "assessment": N_("a score that people give"),
    "components": N_("weighted parts"),
    "yes": N_("yes"),
    "no": N_("no"),
}

NAMED: frozenset[Cause] = frozenset(
    {"component.kind", "module.attempts", "module.complete_when", "status.absent", "status.excluded"}
)
"""The causes that say something by a word of the file."""

NOTHING: dict[Cause, str] = {
    "module.closes": N_("none"),
    "module.due": N_("none"),
    "module.pass_mark": N_("none"),
    "limit.sessions": N_("no limit"),
    "limit.jp": N_("no limit"),
    "limit.days": N_("no limit"),
}
NO_VALUE = N_("none")
SESSIONS = N_("Sessions with it: %(count)s.")
MORE = N_("Statements that come after the closing: %(count)s more.")
FEWER = N_("Statements that come after the closing: %(count)s fewer.")
CAME_TO = N_("It comes to %(comes)s instead of %(was)s.")
COMES_TO = N_("Its score: %(comes)s.")
CAME_TO_BEFORE = N_("Its score was: %(was)s.")


def sentence(why: Why, *, write: Formatter, translate: Translate, general: bool = False) -> str:
    """One cause in plain words; `write` knows how figures are written and in which zone moments are told.

    In `general` it is told without what it comes to for one person.
    """
    value = _Values(why, write, translate)
    told = {
        "subject": why.subject,
        "before": value.of(why.before),
        "after": value.of(why.after),
        "was": value.score(why.was),
        "comes": value.score(why.comes),
        "count": write.quantity(abs(why.count)),
    }
    sentences = [SENTENCES[why.cause], *([] if general else _details(why))]
    return " ".join(translate(one) % told for one in sentences)


def _details(why: Why) -> Iterator[str]:
    """What the cause comes to for one person."""
    if why.cause.startswith("status."):
        yield SESSIONS
    if why.cause == "module.closes" and why.count:
        yield MORE if why.count > 0 else FEWER
    if why.cause == "module.added":
        yield COMES_TO
    elif why.cause == "module.removed":
        yield CAME_TO_BEFORE
    elif why.was != why.comes:
        yield CAME_TO


class _Values:
    """How what a cause says is written."""

    def __init__(self, why: Why, write: Formatter, translate: Translate) -> None:
        self._cause, self._write, self._translate = why.cause, write, translate

    def of(self, said: Said) -> str:
        if said is None:
            return self._translate(NOTHING.get(self._cause, "–"))
        if isinstance(said, datetime):
            return self._write.moment(said)
        if isinstance(said, Decimal) and self._cause == "status.weight":
            return self._write.quantity(said) + "%"
        if isinstance(said, Decimal | int):
            return self._write.quantity(said)
        return self._translate(NAMES[said]) if self._cause in NAMED else said

    def score(self, score: Decimal | None) -> str:
        return self._translate(NO_VALUE) if score is None else self._write.figure(score)
