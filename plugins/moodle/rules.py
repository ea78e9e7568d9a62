"""What Moodle's statements claim. It tells of quizzes and assignments by attempts and submissions inside them.

Courses and activities are modules under their addresses, `SITE/course/view.php?id=2` and `SITE/mod/quiz/view.php?id=7`.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from lms.xapi import rules
from lms.xapi.dialects import Claim, completed

INFO = "http://lrs.learninglocker.net/define/extensions/info"
SCORED = "https://w3id.org/xapi/tla/verbs/scored"
CLAIMING = frozenset((rules.COMPLETED, rules.PASSED, rules.FAILED, rules.UNCOMPLETED, rules.ATTENDED, SCORED))
"""Whatever else Moodle tells (viewed, answered, assessed) is about an item inside a module, or about somebody else."""

ATTEMPT, QUIZ = "/mod/quiz/attempt.php", "/mod/quiz/view.php"


def moodle(statement: Mapping[str, Any]) -> tuple[Claim, ...] | None:
    """The claims of a statement that Moodle sent, None for any other."""
    if not is_moodle(statement):
        return None
    verb, result = statement["verb"]["id"], statement.get("result") or {}
    if verb not in CLAIMING or statement["object"].get("objectType", "Activity") != "Activity":
        return ()
    score = rules.claimed_score({"score": _unscaled(result.get("score") or {})})
    done = completed(verb, result)
    passed = True if verb == rules.PASSED or result.get("success") is True else None
    if done is None and passed is None and score is None:
        return ()
    return tuple(Claim(iri=iri, completed=done, passed=passed, score=score) for iri in _modules(statement))


def is_moodle(statement: Mapping[str, Any]) -> bool:
    """Moodle names the event that it tells of, by the event's class; or itself, as the platform."""
    context = statement.get("context") or {}
    info = (context.get("extensions") or {}).get(INFO)
    event = info.get("event_name") if isinstance(info, Mapping) else None
    return context.get("platform") == "Moodle" or (isinstance(event, str) and event.startswith("\\"))


def _unscaled(score: Mapping[str, Any]) -> dict[str, Any]:
    """Without `scaled`, which Moodle stretches over -1..1: half of the points would read as none."""
    return {name: value for name, value in score.items() if name != "scaled"}


def _modules(statement: Mapping[str, Any]) -> Iterator[str]:
    """The activity's own address first; then the object's, should a programme name that (`...#submission`)."""
    target = statement["object"]["id"]
    module = target.partition("#")[0]
    if _path(module).endswith(ATTEMPT):
        yield from _quizzes(statement)
        return
    yield module
    if target != module:
        yield target


def _quizzes(statement: Mapping[str, Any]) -> Iterator[str]:
    """The quiz of an attempt, which stands in its context beside the course."""
    parents = ((statement.get("context") or {}).get("contextActivities") or {}).get("parent", ())
    yield from (parent["id"] for parent in parents if _path(parent["id"]).endswith(QUIZ))


def _path(iri: str) -> str:
    """Up to its query. Not every IRI can be split as an address of the web."""
    return iri.partition("?")[0]
