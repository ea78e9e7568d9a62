"""What changed about one module and made a difference to one participant. Pure."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from lms.programme.rules import Module
from lms.progress.figures import ATTEMPTS, HUNDRED, settle
from lms.progress.units import COMPLETE_WHEN
from lms.progress.values import UnitResult

Told = dict[str, Any]
"""The parts of a cause but its subject."""


def module_causes(was: Module, old: UnitResult, now: Module, new: UnitResult, *, counts: bool) -> Iterator[Told]:
    """What the module's rules changed for this participant; `counts` says whether its score is part of the whole.

    An override stands whatever the rules say, except for what the module weighs.
    """
    came = {"was": old.value, "comes": new.value}
    if was.jp != now.jp:
        yield {"cause": "module.jp", "before": was.jp, "after": now.jp}
    if old.overridden and new.overridden:
        return
    done = old.done != new.done
    if (counts or done) and _attempts_matter(was, old, now, new):
        yield {"cause": "module.attempts", "before": was.attempts, "after": now.attempts} | came
    late = _after_closing(new) - _after_closing(old)
    if old.closes_at != new.closes_at and (old.closed != new.closed or _out(old) != _out(new)):
        yield {"cause": "module.closes", "before": old.closes_at, "after": new.closes_at, "count": late} | came
    if counts and old.due != new.due and old.counts != new.counts:
        yield {"cause": "module.due", "before": old.due_at, "after": new.due_at}
    if done:
        yield from _done(was, old, now, new)


def _done(was: Module, old: UnitResult, now: Module, new: UnitResult) -> Iterator[Told]:
    """What the module's being done changed by, beside its statements and their scores."""
    if any(_is_done(was, one) != _is_done(now, one) for one in (old, new)):
        yield {"cause": "module.complete_when", "before": was.complete_when, "after": now.complete_when}
    if any(_reaches(was, one) != _reaches(now, one) for one in (old, new)):
        yield {"cause": "module.pass_mark", "before": was.pass_mark, "after": now.pass_mark}


def _attempts_matter(was: Module, old: UnitResult, now: Module, new: UnitResult) -> bool:
    """Whether the two policies come to different scores, now or, before the closing, after one more perfect attempt."""
    if was.attempts == now.attempts:
        return False
    first, second = ATTEMPTS[was.attempts], ATTEMPTS[now.attempts]
    tried = [_scores(one) for one in (old, new)]
    tried += [[*_scores(one), HUNDRED] for one in (old, new) if not one.closed]
    return any(settle(first(scores)) != settle(second(scores)) for scores in tried if scores)


def _scores(unit: UnitResult) -> list[Decimal]:
    return [one.evidence.score for one in unit.evidence if one.counted and one.evidence.score is not None]


def _out(unit: UnitResult) -> set[tuple[str, object]]:
    return {(one.evidence.source, one.evidence.source_id) for one in unit.evidence if one.why == "after_closing"}


def _after_closing(unit: UnitResult) -> int:
    return len(_out(unit))


def _is_done(module: Module, unit: UnitResult) -> bool:
    return COMPLETE_WHEN[module.complete_when](unit.completed, unit.passed)


def _reaches(module: Module, unit: UnitResult) -> bool:
    return module.pass_mark is not None and unit.value is not None and settle(unit.value) >= module.pass_mark
