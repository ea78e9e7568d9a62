"""What a rubric may say, and what ratings by it come to."""

import json
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.assessment import rubric_rules, rubric_texts
from lms.assessment.rubric_rules import Criterion, Level, Points, Rating, Rubric, Rule
from lms.errors import Problems
from tests.assessment.rubrics import LEVELS, RUBRIC
from tests.world import NOW


def points(isi: str, sikap: str) -> Points:
    return {"isi": Decimal(isi), "sikap": Decimal(sikap)}


def rating(number: int, given: str, *, assessor: int | None = None, rubric: Rubric = RUBRIC) -> Rating:
    """A rating with the same points for each criterion, made `number` minutes after NOW."""
    return Rating(
        id=UUID(int=number),
        participant_id=UUID(int=0),
        assessor_id=UUID(int=number if assessor is None else assessor),
        assessor="",
        rubric=rubric,
        version=1,
        points={one.key: Decimal(given) for one in rubric.criteria},
        remark="",
        rated_at=NOW + timedelta(minutes=number),
    )


def refused(rubric: Rubric) -> list[str]:
    with pytest.raises(Problems) as refusal:
        rubric_rules.check(rubric)
    return [problem.message for problem in refusal.value.problems]


def test_a_score_is_the_weighted_mean_of_the_points_with_all_its_digits() -> None:
    assert rubric_rules.score(RUBRIC, points("82.5", "71.3333")) == Decimal("78.3124875")


@pytest.mark.parametrize(
    ("rule", "scores", "score"),
    [
        ("mean", ["70", "80", "85"], Decimal("78." + "3" * 48)),
        ("median", ["70", "90", "75"], Decimal(75)),
        ("median", ["70", "90", "75", "80"], Decimal("77.5")),
        ("highest", ["70", "90", "75"], Decimal(90)),
        ("lowest", ["90", "70", "75"], Decimal(70)),
        ("latest", ["90", "70", "75"], Decimal(75)),
    ],
)
def test_several_assessors_are_joined_by_the_rule(rule: Rule, scores: list[str], score: Decimal) -> None:
    rated = [rating(number, one) for number, one in enumerate(scores)]
    assert rubric_rules.combined(replace(RUBRIC, rule=rule), rubric_rules.newest(reversed(rated))) == score


def test_an_assessors_newest_rating_goes_before_their_older_ones_by_whatever_rubric_they_were_made() -> None:
    older = Rubric(criteria=(Criterion(key="lama", title="Lama", weight=Decimal(100)),))
    rated = [rating(1, "50"), rating(2, "80", rubric=older), rating(3, "60", assessor=1)]
    counting = rubric_rules.newest(rated)
    assert [one.score for one in counting] == [80, 60]
    assert rubric_rules.combined(RUBRIC, counting) == 70


def test_there_is_no_score_before_enough_have_rated() -> None:
    two = replace(RUBRIC, needed=2)
    assert rubric_rules.combined(two, rubric_rules.newest([rating(1, "50"), rating(2, "60", assessor=1)])) is None
    assert rubric_rules.combined(two, rubric_rules.newest([rating(1, "50"), rating(2, "60")])) == 55


@given(
    st.lists(st.integers(1, 10**6), min_size=1, max_size=6).flatmap(
        lambda parts: st.tuples(st.just(parts), st.lists(st.integers(0, 10**6), min_size=len(parts), max_size=8))
    ),
    st.integers(1, 7),
)
def test_scores_agree_with_exact_fractions(drawn: tuple[list[int], list[int]], assessors: int) -> None:
    parts, worth = drawn
    weights = [Decimal(part) / Decimal(10**6) for part in parts]
    weights[0] += 100 - sum(weights)
    criteria = tuple(Criterion(key=str(n), title=str(n), weight=weight) for n, weight in enumerate(weights))
    rubric = Rubric(criteria=criteria)
    scored = [
        {one.key: Decimal(worth[(n + k) % len(worth)]).scaleb(-4) for n, one in enumerate(criteria)}
        for k in range(assessors)
    ]
    exact = sum(
        sum(Fraction(one.weight) * Fraction(given[one.key]) for one in criteria) / 100 for given in scored
    ) / len(scored)
    rated = [replace(rating(n, "0", rubric=rubric), points=given) for n, given in enumerate(scored)]
    found = rubric_rules.combined(rubric, rubric_rules.newest(rated))
    assert found is not None
    assert 0 <= found <= 100
    assert abs(Fraction(found) - exact) < Fraction(1, 10**45)


def test_a_rubric_is_read_as_it_was_written() -> None:
    rubric = replace(RUBRIC, levels=LEVELS, rule="median", needed=2)
    told = json.loads(json.dumps(rubric_texts.criteria_as_text(rubric)))
    assert rubric_texts.rubric_from_text(told, rule="median", needed=2) == rubric
    rubric_rules.check(rubric)


ISI, SIKAP = RUBRIC.criteria


@pytest.mark.parametrize(
    ("rubric", "told"),
    [
        (Rubric(criteria=()), "A rubric has from 1 to 40 criteria."),
        (
            Rubric(criteria=(ISI, replace(SIKAP, weight=Decimal("37.4999")))),
            "The weights sum to 99.9999; make them sum to exactly 100.",
        ),
        (
            Rubric(criteria=(replace(ISI, weight=Decimal("-1")), replace(SIKAP, weight=Decimal(101)))),
            "a weight is a number from 0 to 100",
        ),
        (Rubric(criteria=(ISI, replace(SIKAP, key="isi"))), "another criterion has this key"),
        (Rubric(criteria=(ISI, replace(SIKAP, key="Sikap!"))), "a key has up to 40"),
        (Rubric(criteria=(ISI, replace(SIKAP, title=""))), "needs a title"),
        (Rubric(criteria=(ISI, replace(SIKAP, title="\0"))), "text only"),
        (replace(RUBRIC, levels=LEVELS[:1]), "Give from 2 to 20 levels"),
        (replace(RUBRIC, levels=(*LEVELS, replace(LEVELS[0], label="Lain"))), "Give from 2 to 20 levels"),
        (Rubric(criteria=(replace(ISI, levels=LEVELS[:1]), SIKAP)), "“Isi”: give from 2 to 20 levels"),
        (replace(RUBRIC, levels=(*LEVELS, Level(label="Lebih", points=Decimal(101)))), "from 0 to 100"),
        (replace(RUBRIC, rule="most"), "Choose one of the rules."),
        (replace(RUBRIC, needed=0), "From 1 to 20 assessors"),
    ],
)
def test_what_a_rubric_may_not_say_is_told(rubric: Rubric, told: str) -> None:
    assert any(told in one for one in refused(rubric))


@pytest.mark.parametrize(
    ("given", "places"),
    [
        (points("82.50", "0"), []),
        ({}, ["isi", "sikap"]),
        (points("80", "100.0001"), ["isi", "sikap"]),
        (points("50", "70.00001"), ["sikap"]),
        ({**points("50", "70"), "lain": Decimal(1)}, ["lain"]),
    ],
)
def test_a_rating_gives_each_criterion_one_of_its_levels_or_points(given: Points, places: list[str]) -> None:
    problems: list[str] = []
    try:
        rubric_rules.check_rating(RUBRIC, given, "")
    except Problems as refusal:
        problems = [one.place for one in refusal.problems]
    assert problems == places


@pytest.mark.parametrize(
    ("title", "taken", "key"),
    [
        ("Isi & Gaya", set(), "isi-gaya"),
        ("Isi", {"isi"}, "isi-2"),
        ("字", set(), "criterion"),
        ("x" * 99, set(), "x" * 30),
    ],
)
def test_a_key_is_made_of_the_title(title: str, taken: set[str], key: str) -> None:
    assert rubric_rules.key_of(title, taken) == key
