"""Entering scores."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from lms.assessment import queries
from lms.assessment.rules import ScoredMeanwhile
from lms.assessment.service import Changed, NewEntry, enter, replay
from lms.errors import NotFound, Problems
from lms.programme import queries as programmes
from lms.progress import queries as progress
from tests.world import NOW, World

EARLIER, LATER = NOW - timedelta(days=5), NOW + timedelta(days=5)


def entry(world: World, name: str, score: str, *, dated_at: datetime | None = None, path: str = "project") -> NewEntry:
    return NewEntry(path=path, participant_id=world.participant(name), score=Decimal(score), dated_at=dated_at)


def put(world: World, *entries: NewEntry, **options: object) -> Changed:
    settings: dict[str, object] = {"recorded_by": None, "source": "grid", "now": NOW} | options
    cohort_id = world.cohort
    with world.transaction() as session:
        return enter(
            session,
            organisation_id=world.sukabumi,
            cohort_id=cohort_id,
            entries=entries,
            **settings,  # type: ignore[arg-type]
        )


def scores(world: World, name: str) -> list[Decimal]:
    participant_id = world.participant(name)
    with world.reading() as session:
        found = queries.entry_history(
            session,
            organisation_id=world.sukabumi,
            cohort_id=world.cohort,
            path="project",
            participant_id=participant_id,
        )
    return [one.score for one in found]


def figure(world: World, name: str) -> Decimal | None:
    """The of-all figure of the assessment, as of NOW."""
    with world.reading() as session:
        result = progress.result_of(
            session,
            organisation_id=world.sukabumi,
            cohort_id=world.cohort,
            participant_id=world.participant(name),
            as_of=NOW,
        )
    return next(one.figures.of_all for one in result.components if one.path == "project")


def test_it_adds_entries_and_never_overwrites_them(world: World) -> None:
    first = [entry(world, "Ani", "80"), entry(world, "Citra", "75.5")]
    assert put(world, *first) == Changed(added=2, changed=0, unchanged=0)
    second = [entry(world, "Ani", "80.0"), entry(world, "Citra", "76")]
    assert put(world, *second) == Changed(added=0, changed=1, unchanged=1)
    assert scores(world, "Citra") == [Decimal("75.5"), Decimal(76)]


def test_the_entry_that_counts_here_counts_in_the_results(world: World) -> None:
    put(world, entry(world, "Ani", "60"), source="import")
    for new, counts in [
        (entry(world, "Ani", "80"), 80),
        (entry(world, "Ani", "99", dated_at=EARLIER), 80),
        (entry(world, "Ani", "98", dated_at=LATER), 80),
        (entry(world, "Ani", "70"), 70),
    ]:
        put(world, new, source="import")
        participant_id = world.participant("Ani")
        with world.reading() as session:
            grid = queries.grid(session, organisation_id=world.sukabumi, cohort_code="III", path="project", now=NOW)
        (person,) = [one for one in grid.people if one.enrolled.participant_id == participant_id]
        assert person.counting is not None
        assert (person.counting.score, figure(world, "Ani")) == (counts, counts)


def test_it_writes_nothing_where_one_entry_is_bad(world: World) -> None:
    wrong = [entry(world, "Ani", "80"), entry(world, "Budi", "101"), entry(world, "Citra", "80", path="mooc")]
    with pytest.raises(Problems) as refusal:
        put(world, *wrong)
    assert [problem.place[-1] for problem in refusal.value.problems] == ["2", "3"]
    assert scores(world, "Ani") == []


def test_a_grid_refuses_a_score_that_would_not_count(world: World) -> None:
    put(world, entry(world, "Ani", "80"))
    for dated_at in (EARLIER, LATER):
        with pytest.raises(Problems) as refusal:
            put(world, entry(world, "Ani", "90", dated_at=dated_at), entry(world, "Budi", "70"))
        assert [problem.place[-1] for problem in refusal.value.problems] == ["1"]
    assert (scores(world, "Ani"), scores(world, "Budi")) == ([80], [])


def test_it_refuses_people_of_another_group_to_a_facilitator(world: World) -> None:
    account = world.account("facilitator")
    with world.reading() as session:
        groups = programmes.groups_of(session, organisation_id=world.sukabumi, account_id=account)
    with pytest.raises(Problems, match="don't score"):
        put(world, entry(world, "Ani", "80"), entry(world, "Citra", "80"), groups=groups)
    assert scores(world, "Ani") == []
    assert put(world, entry(world, "Ani", "80"), groups=groups).added == 1


def test_it_rejects_another_organisation(world: World) -> None:
    new, cohort_id, bandung = entry(world, "Ani", "80"), world.cohort, world.bandung
    with pytest.raises(NotFound), world.transaction() as session:
        enter(
            session,
            organisation_id=bandung,
            cohort_id=cohort_id,
            entries=[new],
            recorded_by=None,
            source="import",
            now=NOW,
        )


def test_it_overwrites_nobody_silently(world: World) -> None:
    opened = {("project", world.participant(name)): None for name in ("Ani", "Budi")}
    put(world, entry(world, "Ani", "80"), seen=opened)
    with pytest.raises(ScoredMeanwhile) as refusal:
        put(world, entry(world, "Ani", "81"), entry(world, "Budi", "70"), seen=opened)
    assert refusal.value.participant_ids == {world.participant("Ani")}
    assert (scores(world, "Ani"), scores(world, "Budi")) == ([80], [])


def test_its_evidence_can_be_replayed(world: World) -> None:
    put(world, entry(world, "Ani", "80"), entry(world, "Budi", "70.25", dated_at=EARLIER))
    put(world, entry(world, "Ani", "81"))
    people = [world.participant("Ani"), world.participant("Budi")]
    with world.reading() as session:
        replayed = list(replay(session, organisation_id=world.sukabumi))
        stored = progress.evidence_of(session, organisation_id=world.sukabumi, participant_ids=people)
    assert len(replayed) == 3
    assert {(one.participant_id, one.evidence) for one in replayed} == {
        (participant_id, piece) for participant_id, pieces in stored.items() for piece in pieces
    }
