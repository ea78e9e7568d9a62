"""What holds for every history."""

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from lms.progress.rules import Result, flattened, result, rounded
from tests.progress.histories import History, histories
from tests.progress.oracle import Oracle

TICK = timedelta(microseconds=1)


def shown(found: Result) -> dict[str, object]:
    """What the oracle tells, by the same names."""

    def three(figures: object) -> list[object]:
        values = [getattr(figures, name) for name in ("so_far", "of_all", "best_possible")]
        return [None if value is None else rounded(value) for value in values]

    absence, outstanding = found.absence, found.outstanding
    return {
        "figures": {one.path: three(one.figures) for one in flattened(found.components)},
        "whole": three(found.figures),
        "completion": None if found.completion is None else rounded(found.completion),
        "absence": (absence.sessions, absence.jp, absence.days),
        "outstanding": (outstanding.modules, outstanding.sessions, outstanding.assessments),
        "predicate": found.predicate,
        "reasons": found.reasons,
        "status": found.status,
    }


@settings(max_examples=250, deadline=None)
@given(histories())
def test_it_agrees_with_a_second_reading_of_the_rules_in_exact_fractions(history: History) -> None:
    assert shown(result(*history)) == Oracle(**history._asdict()).told()


@settings(max_examples=80, deadline=None)
@given(histories(), st.data())
def test_any_order_and_any_repeats_give_the_same_result_step_by_step(history: History, data: st.DataObject) -> None:
    again = data.draw(st.lists(st.sampled_from(history.evidence))) if history.evidence else []
    shuffled = data.draw(st.permutations([*history.evidence, *again]))
    assert result(*history._replace(evidence=shuffled)) == result(*history)


@settings(max_examples=80, deadline=None)
@given(histories(), st.data())
def test_the_order_of_the_timetable_means_nothing(history: History, data: st.DataObject) -> None:
    cohort = history.cohort
    shuffled = type(cohort)(
        id=cohort.id,
        starts_at=cohort.starts_at,
        time_zone=cohort.time_zone,
        ends_at=cohort.ends_at,
        sessions=tuple(data.draw(st.permutations(cohort.sessions))),
    )
    assert result(*history._replace(cohort=shuffled)) == result(*history)


@settings(max_examples=150, deadline=None)
@given(histories(), st.floats(0, 1, exclude_max=True))
def test_a_result_stays_the_same_until_it_says_otherwise(history: History, along: float) -> None:
    found = result(*history)
    if found.valid_until is None:
        later = history.as_of + timedelta(days=10_000 * along)
    else:
        assert found.valid_until > history.as_of
        later = min(history.as_of + (found.valid_until - history.as_of) * along, found.valid_until - TICK)
    assert result(*history._replace(as_of=later)) == found


@settings(max_examples=80, deadline=None)
@given(histories())
def test_the_moments_at_which_it_changes_come_to_an_end(history: History) -> None:
    seen, as_of = [history.as_of], history.as_of
    while (upcoming := result(*history._replace(as_of=as_of)).valid_until) is not None:
        assert upcoming > seen[-1]
        seen.append(as_of := upcoming)
    assert len(seen) <= 1 + len(history.evidence) + 2 * 4 + 1


@settings(max_examples=80, deadline=None)
@given(histories())
def test_of_all_is_at_most_so_far_and_so_far_at_most_the_best_possible(history: History) -> None:
    found = result(*history)
    for figures in (found.figures, *(one.figures for one in flattened(found.components))):
        assert (figures.of_all is None) == (figures.best_possible is None)
        three = [
            rounded(value) for value in (figures.of_all, figures.so_far, figures.best_possible) if value is not None
        ]
        assert three == sorted(three)
        assert all(0 <= value <= 100 for value in three)
        assert figures.counted <= figures.units


@settings(max_examples=80, deadline=None)
@given(histories())
def test_voided_evidence_and_no_evidence_come_to_the_same_figures(history: History) -> None:
    standing = [piece for piece in history.evidence if not piece.voided]
    assert shown(result(*history._replace(evidence=standing))) == shown(result(*history))
