"""The story is brought in step by step; each step is whole or not there at all."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from lms.assessment import service as assessment
from lms.attendance import queries as attendance
from lms.db import reading, transaction
from lms.demo import seeding, stage
from lms.demo.values import Batch
from lms.errors import Conflict
from lms.programme import queries as programmes
from lms.programme import service as programme
from lms.programme.service import Dates
from tests.demo.running import FEW, nobody
from tests.world import NOW, World


def bring_in(*, seed: int = 1) -> stage.Brought:
    return stage.bring_in(seed=seed, now=NOW, sizes=FEW, told=nobody)


def cohorts(brought: stage.Brought) -> dict[str, int]:
    found = programmes.cohorts(reading(), organisation_id=brought.organisation_id)
    return {one.code: one.participants for one in found}


def test_registers_are_taken_by_the_facilitator_of_the_group(world: World) -> None:
    with world.app.app_context():
        brought = bring_in()
        cohort = programmes.cohort_by_code(reading(), organisation_id=brought.organisation_id, code="III")
        timetable = programmes.timetable(reading(), organisation_id=brought.organisation_id, cohort_id=cohort.id)
        seminar = next(one for one in timetable if one.code == "BIM-C")
        marks = attendance.history(reading(), organisation_id=brought.organisation_id, session_id=seminar.id)
        assert {mark.recorded_by for past in marks.values() for mark in past} == {"Fasilitator Dua"}
        assert {mark.recorded_at for past in marks.values() for mark in past} == {seminar.ends_at}


def test_group_a_has_a_meeting_today_that_nobody_marked(world: World) -> None:
    with world.app.app_context():
        brought = bring_in()
        today = attendance.today(reading(), organisation_id=brought.organisation_id, groups=None, now=NOW)
        (meeting,) = today
        assert (meeting.session.group, meeting.marked) == ("A", 0)


def test_a_second_time_brings_nothing_new_and_another_story_is_refused(world: World) -> None:
    with world.app.app_context():
        first, second = bring_in(), bring_in()
        assert (first.is_new, second.is_new) == (True, False)
        assert second.story == first.story
        assert cohorts(second) == {"I": 8, "III": 8}
        with pytest.raises(Conflict, match="--reset"):
            bring_in(seed=2)


def test_the_story_keeps_its_days_where_somebody_changed_the_start_of_the_cohort(world: World) -> None:
    with world.app.app_context():
        first = bring_in()
        cohort = programmes.cohort_by_code(reading(), organisation_id=first.organisation_id, code="III")
        seen = Dates(starts_at=cohort.starts_at, ends_at=cohort.ends_at, time_zone=cohort.time_zone)
        earlier = replace(seen, starts_at=cohort.starts_at - timedelta(days=7))
        with transaction() as session:
            programme.change_dates(
                session,
                organisation_id=first.organisation_id,
                cohort_id=cohort.id,
                seen=seen,
                dates=earlier,
                reason="Salah ketik pada SK",
            )
        assert bring_in().story == first.story


def test_an_interruption_between_the_batches_leaves_the_first(world: World) -> None:
    def interrupt(batch: Batch) -> None:
        if batch.code == "III":
            raise KeyboardInterrupt

    with world.app.app_context():
        with pytest.raises(KeyboardInterrupt):
            stage.bring_in(seed=1, now=NOW, sizes=FEW, told=interrupt)
        brought = bring_in()
        assert brought.is_new
        assert cohorts(brought) == {"I": 8, "III": 8}


def test_an_interruption_within_a_batch_leaves_nothing_of_it(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(_: Session, **__: object) -> None:
        raise KeyboardInterrupt

    with world.app.app_context():
        with monkeypatch.context() as patched:
            patched.setattr(assessment, "enter", interrupt)
            with pytest.raises(KeyboardInterrupt):
                bring_in()
        organisation_id = seeding.add_house(reading(), now=NOW)
        assert programmes.cohorts(reading(), organisation_id=organisation_id) == []
        assert cohorts(bring_in()) == {"I": 8, "III": 8}
