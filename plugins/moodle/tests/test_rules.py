"""What Moodle's statements claim, from statements in the shape in which logstore_xapi sends them."""

import json
from decimal import Decimal
from typing import Any

import pytest

from lms.plugin import load_plugins
from lms.xapi import rules
from lms.xapi.dialects import Claim, claims_of
from plugins.moodle.rules import INFO, SCORED, moodle

SITE = "https://belajar.example"
COURSE = f"{SITE}/course/view.php?id=12"
QUIZ = f"{SITE}/mod/quiz/view.php?id=70"
ASSIGNMENT = f"{SITE}/mod/assign/view.php?id=71"
WORKSHOP = f"{SITE}/mod/facetoface/view.php?id=72"
ATTEMPT = f"{SITE}/mod/quiz/attempt.php?attempt=901&cmid=70"
SECTION = f"{SITE}/course/section.php?id=3"
HALF = {"raw": 50, "min": 0, "max": 100, "scaled": 0}


def sent(
    verb: str,
    target: str,
    *,
    result: dict[str, Any] | None = None,
    parents: tuple[str, ...] = (),
    platform: str = "Moodle",
    event: str = "\\core\\event\\something_happened",
) -> dict[str, Any]:
    """A statement of Moodle's, with numbers as the store reads them."""
    statement: dict[str, Any] = {
        "actor": {"name": "Ani Contoh", "account": {"homePage": SITE, "name": "4711"}},
        "verb": {"id": verb, "display": {"en": verb.rsplit("/", 1)[1]}},
        "object": {"objectType": "Activity", "id": target},
        "context": {
            "platform": platform,
            "language": "id",
            "extensions": {INFO: {"http://moodle.org": "4.5", "event_name": event}},
            "contextActivities": {
                "category": [{"id": SITE, "definition": {"type": "http://id.tincanapi.com/activitytype/lms"}}],
            },
        },
    }
    if parents:
        statement["context"]["contextActivities"]["parent"] = [{"id": parent} for parent in parents]
    if result is not None:
        statement["result"] = result
    return rules.load(json.dumps(statement))


CLAIMS = {
    "a course is completed, without a result": (
        sent(rules.COMPLETED, COURSE),
        [Claim(iri=COURSE, completed=True)],
    ),
    "a course is completed no more": (
        sent(rules.UNCOMPLETED, COURSE),
        [Claim(iri=COURSE, completed=False)],
    ),
    "an activity is completed by its state": (
        sent(rules.COMPLETED, QUIZ, result={"completion": True, "success": True}, parents=(SECTION, COURSE)),
        [Claim(iri=QUIZ, completed=True, passed=True)],
    ),
    "an activity is completed and failed": (
        sent(rules.COMPLETED, QUIZ, result={"completion": True, "success": False}, parents=(SECTION, COURSE)),
        [Claim(iri=QUIZ, completed=True)],
    ),
    "an activity's completion is taken back": (
        sent(rules.UNCOMPLETED, QUIZ, parents=(SECTION, COURSE)),
        [Claim(iri=QUIZ, completed=False)],
    ),
    "a quiz attempt counts for the quiz, half of the points being 50": (
        sent(
            rules.COMPLETED,
            ATTEMPT,
            result={"score": HALF, "completion": True, "success": False, "duration": "PT20M"},
            parents=(QUIZ, SECTION, COURSE),
        ),
        [Claim(iri=QUIZ, completed=True, score=Decimal(50))],
    ),
    "a quiz attempt without its quiz claims nothing": (
        sent(rules.COMPLETED, ATTEMPT, result={"score": HALF}, parents=(COURSE,)),
        [],
    ),
    "an assignment is scored on its submission": (
        sent(
            SCORED,
            f"{ASSIGNMENT}#submission",
            result={"score": {"raw": 17, "min": 0, "max": 20, "scaled": 0.7}, "success": True},
            parents=(ASSIGNMENT, SECTION, COURSE),
        ),
        [
            Claim(iri=ASSIGNMENT, passed=True, score=Decimal(85)),
            Claim(iri=f"{ASSIGNMENT}#submission", passed=True, score=Decimal(85)),
        ],
    ),
    "a grade outside its range comes without a score": (
        sent(SCORED, f"{ASSIGNMENT}#submission", result={"success": False}, parents=(ASSIGNMENT, COURSE)),
        [],
    ),
    "a submission alone claims nothing": (
        sent("http://activitystrea.ms/schema/1.0/submit", f"{ASSIGNMENT}#submission", parents=(ASSIGNMENT, COURSE)),
        [],
    ),
    "a workshop attended to its end is done": (
        sent(rules.ATTENDED, WORKSHOP, result={"duration": "PT7200S", "completion": True}, parents=(SECTION, COURSE)),
        [Claim(iri=WORKSHOP, completed=True)],
    ),
    "a workshop left early is not": (
        sent(rules.ATTENDED, WORKSHOP, result={"duration": "PT7200S", "completion": False}, parents=(COURSE,)),
        [],
    ),
    "a package is passed by its content": (
        sent(rules.PASSED, f"{SITE}/mod/scorm/view.php?id=73#sco", result={"score": {"raw": 8, "max": 10}}),
        [
            Claim(iri=f"{SITE}/mod/scorm/view.php?id=73", completed=True, passed=True, score=Decimal(80)),
            Claim(iri=f"{SITE}/mod/scorm/view.php?id=73#sco", completed=True, passed=True, score=Decimal(80)),
        ],
    ),
    "a question answered is not the quiz": (
        sent(
            "http://adlnet.gov/expapi/verbs/answered",
            f"{SITE}/mod/quiz/question?id=5",
            result={"completion": True, "success": True},
            parents=(ATTEMPT, QUIZ, COURSE),
        ),
        [],
    ),
    "a grade item without a range has no score": (
        sent(rules.COMPLETED, QUIZ, result={"score": {"raw": 0, "min": 0, "max": 0, "scaled": 0}}),
        [Claim(iri=QUIZ, completed=True)],
    ),
}


@pytest.mark.parametrize("case", CLAIMS)
def test_it_claims_what_moodle_means(case: str) -> None:
    statement, expected = CLAIMS[case]

    assert list(moodle(statement) or ()) == expected


def test_scaled_alone_is_never_a_score() -> None:
    (claim,) = moodle(sent(rules.COMPLETED, QUIZ, result={"score": {"scaled": 0.5}})) or ()

    assert claim.score is None


def test_a_course_around_an_activity_is_not_completed_by_it() -> None:
    claims = moodle(sent(rules.COMPLETED, QUIZ, result={"completion": True}, parents=(SECTION, COURSE))) or ()

    assert COURSE not in {claim.iri for claim in claims}


@pytest.mark.parametrize(
    ("platform", "event", "known"),
    [
        ("Moodle", "", True),
        ("BKPSDM e-learning", "\\core\\event\\course_completed", True),
        ("BKPSDM e-learning", "", False),
        ("Open edX", "course_completed", False),
    ],
)
def test_it_knows_moodle_by_its_platform_or_its_event(platform: str, event: str, known: bool) -> None:
    statement = sent(rules.COMPLETED, COURSE, platform=platform, event=event)

    assert (moodle(statement) is not None) is known


@pytest.mark.parametrize("extension", [None, 5, ["event_name"], {"event_name": 5}])
def test_it_survives_an_extension_of_another_shape(extension: object) -> None:
    statement = sent(rules.COMPLETED, COURSE, platform="Other")
    statement["context"]["extensions"] = {INFO: extension}

    assert moodle(statement) is None


def test_what_others_send_is_left_to_them() -> None:
    statement = rules.load(
        json.dumps(
            {
                "actor": {"mbox": "mailto:ani@sukabumi.example"},
                "verb": {"id": rules.COMPLETED},
                "object": {"id": "https://mooc.example/modul/1"},
                "result": {"score": {"scaled": 0.5}},
            }
        )
    )

    assert moodle(statement) is None
    assert claims_of(statement, [moodle])[0].score == Decimal(50)


def test_an_iri_that_is_no_address_of_the_web_is_taken_as_it_is() -> None:
    claims = moodle(sent(rules.COMPLETED, "https://[belajar/modul/1"))

    assert claims == (Claim(iri="https://[belajar/modul/1", completed=True),)


def test_a_statement_about_a_person_claims_nothing() -> None:
    statement = sent(rules.COMPLETED, COURSE)
    statement["object"] = {"objectType": "Agent", "mbox": "mailto:ani@sukabumi.example"}

    assert moodle(statement) == ()


def test_it_is_loaded_as_a_plugin() -> None:
    (plugin,) = load_plugins(["plugins.moodle"])

    assert (plugin.name, plugin.dialects) == ("moodle", (moodle,))
