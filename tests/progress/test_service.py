"""Evidence is recorded, and results follow: at once, in any order, and the same as from scratch."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace
from sqlalchemy.orm import Session

from lms.db import new_id
from lms.people import queries as people
from lms.progress import queries, rules, service
from lms.progress.rules import Evidence
from tests.world import NOW, START, World

MODULE_1, MODULE_2 = "https://mooc.example/modul/1", "https://mooc.example/modul/2"


def claim(unit: str, score: str, **values: object) -> Evidence:
    """Somebody completed a module with this score, three days after the start."""
    made = Evidence(
        kind="module",
        unit=unit,
        recorded_at=NOW,
        source="xapi",
        source_id=new_id(),
        completed=True,
        score=Decimal(score),
        occurred_at=START + timedelta(days=3),
        claim=None,
    )
    return replace(made, **values)  # type: ignore[arg-type]


def record(world: World, *pieces: Evidence, name: str = "Ani", withdrawn: tuple[tuple[str, object], ...] = ()) -> None:
    person = world.participant(name)
    with world.transaction() as session:
        service.record(
            session,
            organisation_id=world.sukabumi,
            evidence=[service.NewEvidence(participant_id=person, evidence=piece) for piece in pieces],
            withdrawn=withdrawn,  # type: ignore[arg-type]
            now=NOW,
        )


def stored(world: World, name: str, path: str = "mooc") -> dict[str, object]:
    """The figures of a component (the whole with an empty path) as they are kept."""
    person = world.participant(name)
    with world.reading() as session:
        kept = queries.stored(session, organisation_id=world.sukabumi, cohort_id=world.cohort, participant_ids=[person])
    names = queries.COMPONENT_FIGURES if path else queries.RESULT_FIGURES
    return dict(zip(names, kept[person, path], strict=True))


def test_everybody_enrolled_has_a_result_before_any_evidence(world: World) -> None:
    assert stored(world, "Dedi", "")["of_all"] == Decimal("0.00")
    assert stored(world, "Dedi", "")["best_possible"] == Decimal("100.00")
    assert stored(world, "Dedi")["so_far"] is None


def test_evidence_shows_in_the_component_and_in_the_whole(world: World) -> None:
    record(world, claim(MODULE_1, "90"))
    assert stored(world, "Ani")["so_far"] == Decimal("90.00")
    assert stored(world, "Ani")["of_all"] == Decimal("60.00")  # 6 of 9 JP
    assert stored(world, "Ani", "")["of_all"] == Decimal("36.00")  # weighs 60
    assert stored(world, "Budi")["so_far"] is None


def test_the_same_source_again_replaces_what_it_claimed(world: World) -> None:
    first = claim(MODULE_1, "90")
    record(world, first)
    record(world, replace(first, unit=MODULE_2))
    assert stored(world, "Ani")["of_all"] == Decimal("30.00")


def test_a_source_that_turns_out_to_be_somebody_elses_leaves_the_first_person(world: World) -> None:
    piece = claim(MODULE_1, "90")
    record(world, piece)
    record(world, piece, name="Budi")
    assert stored(world, "Ani")["so_far"] is None
    assert stored(world, "Budi")["so_far"] == Decimal("90.00")


def test_every_field_of_evidence_comes_back_as_it_was(world: World) -> None:
    whole = claim(MODULE_1, "0.1000", passed=True, status="hadir", claim="ab", voided=True)
    bare = replace(claim(MODULE_2, "1"), completed=None, score=None, occurred_at=None)
    record(world, whole, bare)

    with world.reading() as session:
        ani = world.participant("Ani")
        found = queries.evidence_of(session, organisation_id=world.sukabumi, participant_ids=[ani])[ani]
    assert {one.unit: one for one in found} == {MODULE_1: whole, MODULE_2: bare}
    assert [str(one.score) for one in found if one.unit == MODULE_1] == ["0.1000"]


def test_of_one_source_told_twice_the_later_word_counts(world: World) -> None:
    first = claim(MODULE_1, "90")
    record(world, first, replace(first, score=Decimal(60)))
    assert stored(world, "Ani")["so_far"] == Decimal("60.00")


def test_a_withdrawn_source_claims_nothing_any_more(world: World) -> None:
    piece = claim(MODULE_1, "90")
    record(world, piece)
    record(world, withdrawn=((piece.source, piece.source_id),))
    assert stored(world, "Ani")["so_far"] is None


def test_a_score_keeps_all_its_digits(world: World) -> None:
    third = Decimal(100) / Decimal(3)
    record(world, claim(MODULE_1, str(third)))
    person = world.participant("Ani")
    with world.reading() as session:
        kept = queries.evidence_of(session, organisation_id=world.sukabumi, participant_ids=[person])
    assert [piece.score for piece in kept[person]] == [third]


def test_the_clock_alone_makes_a_result_stale_and_refreshing_makes_it_right(world: World) -> None:
    record(world, claim(MODULE_1, "90"))
    later = START + timedelta(days=31)  # module 2 closed a day before, so it counts as 0 from then on
    with world.reading() as session:
        assert not queries.is_stale(session, organisation_id=world.sukabumi, cohort_id=world.cohort, now=NOW)
        assert queries.is_stale(session, organisation_id=world.sukabumi, cohort_id=world.cohort, now=later)
    with world.transaction() as session:
        assert service.refresh(session, organisation_id=world.sukabumi, cohort_id=world.cohort, now=later) == 4
    assert stored(world, "Ani")["so_far"] == Decimal("60.00")
    assert "module.closed" in str(stored(world, "Ani", "")["reasons"])
    with world.reading() as session:
        assert not queries.is_stale(session, organisation_id=world.sukabumi, cohort_id=world.cohort, now=later)


def test_what_is_stored_is_what_the_fold_says_at_that_moment(world: World) -> None:
    record(world, claim(MODULE_1, "90"), claim(MODULE_2, "61.5"))
    person = world.participant("Ani")
    with world.reading() as session:
        result = queries.result_of(
            session, organisation_id=world.sukabumi, cohort_id=world.cohort, participant_id=person, as_of=NOW
        )
    assert result.figures.of_all is not None
    assert stored(world, "Ani", "")["of_all"] == rules.rounded(result.figures.of_all)
    assert stored(world, "Ani", "")["valid_until"] == result.valid_until


def test_a_rebuild_from_the_same_sources_changes_nothing(world: World) -> None:
    piece = claim(MODULE_1, "90")
    record(world, piece)
    replayed = [service.NewEvidence(participant_id=world.participant("Ani"), evidence=piece)]
    with world.transaction() as session:
        done = service.rebuild(session, organisation_id=world.sukabumi, replayed=replayed, now=NOW)
    assert done == service.Rebuilt(results=4, evidence_changed=0, results_changed=0)


def test_a_rebuild_finds_what_is_wrong_and_mends_it(world: World) -> None:
    record(world, claim(MODULE_1, "90"))
    with world.transaction() as session:
        done = service.rebuild(session, organisation_id=world.sukabumi, replayed=[], now=NOW)
    assert (done.evidence_changed, done.results_changed) == (1, 1)
    assert stored(world, "Ani")["so_far"] is None


def test_another_organisation_is_left_alone(world: World) -> None:
    piece = claim(MODULE_1, "90")
    record(world, piece)
    _ = world.bandung
    with world.transaction() as session:
        service.record(
            session,
            organisation_id=world.bandung,
            evidence=[],
            withdrawn=[(piece.source, piece.source_id)],
            now=NOW,
        )
        assert service.refresh(session, organisation_id=world.bandung, now=NOW + timedelta(days=400)) == 0
    assert stored(world, "Ani")["so_far"] == Decimal("90.00")


def test_of_several_who_refresh_at_once_one_folds(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever had to wait for the participants looks again, and finds nothing left."""
    later = START + timedelta(days=15)
    asked = {"organisation_id": world.sukabumi, "cohort_id": world.cohort, "now": later}
    lock = people.lock_participants

    def overtaken(session: Session, **named: Any) -> object:
        """Somebody else has folded in between."""
        monkeypatch.undo()
        service.refresh(session, **asked)
        return lock(session, **named)

    monkeypatch.setattr(people, "lock_participants", overtaken)
    with world.transaction() as session:
        assert service.refresh(session, **asked) == 0
