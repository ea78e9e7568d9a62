"""Moodle's statements on their way to the figures, by HTTP and with the plugin as it is loaded."""

from decimal import Decimal
from typing import Any

from lms.programme import service as programme
from tests.world import PROGRAMME, START, World
from tests.xapi.lrs import ANI, MODULE, counts, evidence, lrs

SITE = "https://belajar.example"
QUIZ, COURSE = f"{SITE}/mod/quiz/view.php?id=70", f"{SITE}/course/view.php?id=12"
ATTEMPT = f"{SITE}/mod/quiz/attempt.php?attempt=901&cmid=70"


def told(target: str, *parents: str, **members: Any) -> dict[str, Any]:
    """Ani has completed it, as Moodle tells it."""
    return {
        "actor": {"name": "Ani Contoh", "account": {"homePage": SITE, "name": ANI}},
        "verb": {"id": "http://adlnet.gov/expapi/verbs/completed", "display": {"en": "Completed"}},
        "object": {"objectType": "Activity", "id": target},
        "context": {"platform": "Moodle", "contextActivities": {"parent": [{"id": parent} for parent in parents]}},
        "timestamp": "2026-03-10T02:00:00+00:00",
    } | members


def publish(world: World, iri: str) -> None:
    _ = world.cohort
    text = PROGRAMME.replace("version = 1", "version = 2").replace(MODULE, iri)
    with world.transaction() as session:
        programme.publish(session, organisation_id=world.sukabumi, text=text, published_by=None, now=START)


def test_an_attempt_counts_for_its_quiz_with_half_of_the_points(world: World) -> None:
    publish(world, QUIZ)
    half = {"score": {"raw": 50, "min": 0, "max": 100, "scaled": 0}, "completion": True, "success": False}
    lrs(world).sent(told(ATTEMPT, QUIZ, COURSE, result=half))

    assert [(one.unit, one.completed, one.score) for one in evidence(world, "Ani")] == [(QUIZ, True, Decimal(50))]


def test_a_quiz_inside_a_course_neither_completes_it_nor_waits(world: World) -> None:
    publish(world, COURSE)
    lrs(world).sent(told(ATTEMPT, QUIZ, COURSE, result={"completion": True}), told(QUIZ, COURSE))
    assert evidence(world, "Ani") == []
    assert counts(world).modules == 0

    lrs(world).sent(told(COURSE))
    assert [(one.unit, one.completed) for one in evidence(world, "Ani")] == [(COURSE, True)]
