"""What a statement claims about a module. A dialect reads the usage of one source; the core reads ADL's and cmi5's."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from lms.xapi import rules


@dataclass(frozen=True, kw_only=True, slots=True)
class Claim:
    """What one statement says of the module `iri`.

    `completed` is True, False (taken back) or None (nothing said); `passed` is True or None; `score` is 0..100 or None.
    """

    iri: str
    completed: bool | None = None
    passed: bool | None = None
    score: Decimal | None = None


Dialect = Callable[[Mapping[str, Any]], tuple[Claim, ...] | None]
"""Takes a statement as `rules.load_to_read` reads it; returns its claims, or None where it is not of this source.

Then the next dialect is asked; the core's comes last and always answers."""

COMPLETING = (rules.COMPLETED, rules.PASSED)


def claims_of(statement: Mapping[str, Any], dialects: Sequence[Dialect]) -> tuple[Claim, ...]:
    """The claims by the first dialect that knows the statement. A group's statement claims nothing of any person."""
    if statement["actor"].get("objectType") == "Group":
        return ()
    for dialect in (*dialects, core):
        claims = dialect(statement)
        if claims is not None:
            return claims
    return ()


def core(statement: Mapping[str, Any]) -> tuple[Claim, ...]:
    """The claim about the activity that is the statement's object; none where it says nothing that counts."""
    target = statement["object"]
    if target.get("objectType", "Activity") != "Activity":
        return ()
    verb, result = statement["verb"]["id"], statement.get("result") or {}
    claim = Claim(
        iri=target["id"],
        completed=completed(verb, result),
        passed=True if verb == rules.PASSED or result.get("success") is True else None,
        score=rules.claimed_score(result),
    )
    says_nothing = claim.completed is None and claim.passed is None and claim.score is None
    return () if says_nothing else (claim,)


def completed(verb: str, result: Mapping[str, Any]) -> bool | None:
    """`uncompleted` takes back, whatever the result says; a result with completion false says nothing."""
    if verb == rules.UNCOMPLETED:
        return False
    return True if verb in COMPLETING or result.get("completion") is True else None
