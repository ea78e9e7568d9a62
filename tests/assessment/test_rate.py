"""Setting a rubric and rating by it: scores, history, and what stands behind them."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from lms.assessment import rubric_service, service
from lms.assessment.rubric_rules import Criterion, RatedMeanwhile, Rubric, RubricChanged
from lms.errors import NotFound, Problems
from lms.progress import queries as progress
from tests.assessment.rubrics import RUBRIC, about_project, behind, entries, rate, ratings, set_rubric
from tests.assessment.test_enter import entry, figure, put
from tests.world import NOW, World

GOOD, POOR = {"isi": "82.5", "sikap": "70"}, {"isi": "50", "sikap": "60.5"}
LATER = NOW + timedelta(minutes=1)


def test_what_several_assessors_give_becomes_one_score_with_the_ratings_behind_it(world: World) -> None:
    set_rubric(world)
    rate(world, GOOD, by="manager", remark="  rapi \n sekali ")
    rate(world, POOR, by="second", now=LATER)
    rate(world, {"isi": "82.5", "sikap": "0"}, by="third", now=LATER)
    scores = [one.score for one in entries(world)]
    good, poor, third = Decimal("77.8125"), Decimal("53.9375"), Decimal("51.5625")
    assert scores[:2] == [good, (good + poor) / 2]
    assert str(scores[2]) == "61.104166666666666666666666666666666666666666666667"
    assert abs(scores[2] * 3 - (good + poor + third)) < Decimal("1e-47")
    newest = behind(world)[entries(world)[-1].id]
    assert (newest.rule, [one.assessor for one in newest.ratings]) == ("mean", ["Manager", "Second", "Third"])
    assert [one.remark for one in newest.ratings] == ["rapi sekali", "", ""]
    assert {one.source for one in entries(world)} == {"rubric"}


def test_the_score_counts_in_the_figures_with_all_its_digits(world: World) -> None:
    set_rubric(world)
    for number, name in enumerate(("manager", "second", "third")):
        rate(world, {"isi": "82.5", "sikap": str(number)}, by=name)
    rate(world, POOR, by="third", seen=ratings(world)[-1].id)
    found = entries(world)[-1].score
    with world.reading() as session:
        result = progress.result_of(
            session,
            organisation_id=world.sukabumi,
            cohort_id=world.cohort,
            participant_id=world.participant("Ani"),
            as_of=LATER,
        )
    assert next(one.figures.of_all for one in result.components if one.path == "project") == found
    assert len(found.as_tuple().digits) > 40


def test_an_assessors_newer_rating_replaces_their_own_and_both_stay_to_be_read(world: World) -> None:
    set_rubric(world)
    rate(world, GOOD)
    assert rate(world, GOOD) is False
    assert rate(world, POOR, seen=ratings(world)[0].id)
    assert [one.score for one in entries(world)] == [Decimal("77.8125"), Decimal("53.9375")]
    assert [len(behind(world)[one.id].ratings) for one in entries(world)] == [1, 1]
    assert [one.points["isi"] for one in ratings(world)] == [Decimal("82.5"), 50]


def test_a_rating_from_an_older_window_is_told(world: World) -> None:
    set_rubric(world)
    rate(world, GOOD)
    with pytest.raises(RatedMeanwhile):
        rate(world, POOR)
    set_rubric(world, replace(RUBRIC, rule="highest"), seen=1)
    with pytest.raises(RubricChanged):
        rate(world, POOR, seen=ratings(world)[0].id)
    with pytest.raises(RubricChanged):
        set_rubric(world, replace(RUBRIC, rule="lowest"), seen=1)
    assert len(ratings(world)) == 1


def test_there_is_a_score_once_enough_have_rated(world: World) -> None:
    set_rubric(world, replace(RUBRIC, needed=2, rule="latest"))
    rate(world, GOOD)
    assert (entries(world), figure(world, "Ani")) == ([], 0)
    rate(world, POOR, by="second")
    assert [one.score for one in entries(world)] == [Decimal("53.9375")]


def test_a_changed_rubric_joins_anew_and_leaves_ratings_as_they_were_made(world: World) -> None:
    set_rubric(world)
    rate(world, GOOD)
    rate(world, POOR, by="second")
    other = Rubric(criteria=(Criterion(key="satu", title="Satu", weight=Decimal(100)),), rule="highest")
    assert set_rubric(world, other, seen=1, now=LATER) is True
    assert set_rubric(world, other, seen=2, now=LATER) is False
    assert [one.score for one in entries(world)][-1] == Decimal("77.8125")
    rate(world, {"satu": "91"}, by="second", version=2, seen=ratings(world)[-1].id, now=LATER)
    assert [one.score for one in entries(world)][-1] == 91
    assert [one.version for one in behind(world)[entries(world)[-1].id].ratings] == [1, 2]


def test_a_score_that_stands_is_not_taken_back_where_more_assessors_are_needed(world: World) -> None:
    set_rubric(world)
    rate(world, GOOD)
    set_rubric(world, replace(RUBRIC, needed=2), seen=1)
    assert [one.score for one in entries(world)] == [Decimal("77.8125")]


@pytest.mark.parametrize("source", ["grid", "import"])
def test_a_plain_score_is_refused_where_there_is_a_rubric_and_an_old_one_may_be_sent_again(
    world: World, source: str
) -> None:
    put(world, entry(world, "Ani", "80"), source=source)
    set_rubric(world)
    with pytest.raises(Problems) as refusal:
        put(world, entry(world, "Budi", "80"), entry(world, "Ani", "80"), source=source)
    (problem,) = refusal.value.problems
    assert "is scored by a rubric: rate this person" in problem.message
    assert problem.place.endswith("002")
    assert put(world, entry(world, "Ani", "80"), source=source).unchanged == 1
    rate(world, GOOD, now=LATER)
    assert entries(world)[-1].score == Decimal("77.8125")


def test_only_an_assessment_of_the_programme_has_a_rubric_and_only_its_people_are_rated(world: World) -> None:
    by, about = world.account("manager"), about_project(world)
    with world.transaction() as session, pytest.raises(NotFound):
        rubric_service.set_rubric(session, **about | {"path": "mooc"}, rubric=RUBRIC, seen=None, set_by=by, now=NOW)
    set_rubric(world)
    with world.transaction() as session, pytest.raises(NotFound):
        rubric_service.rate(
            session,
            **about,
            participant_id=by,
            points={},
            remark="",
            version=1,
            seen=None,
            assessor_id=by,
            now=NOW,
        )


def test_replaying_the_entries_gives_the_very_evidence_that_is_there(world: World) -> None:
    set_rubric(world)
    rate(world, GOOD)
    rate(world, POOR, by="second")
    with world.transaction() as session:
        before = progress.evidence_of(
            session, organisation_id=world.sukabumi, participant_ids=[world.participant("Ani")]
        )
        replayed = list(service.replay(session, organisation_id=world.sukabumi))
    assert [one.evidence.score for one in replayed] == [Decimal("77.8125"), Decimal("65.875")]
    (told,) = before.values()
    assert {one.evidence for one in replayed} == set(told)
